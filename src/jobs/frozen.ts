/**
 * What a freeze does to jobs: those that run are stopped where it says so, those that wait go on waiting and
 * show why. Derived afresh, so that a hub that died in between, or a job that slipped through, changes nothing.
 */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import { queueOutbox } from '../db/outbox.ts';
import { freezesOn } from '../freezes/freezes.ts';
import type { Freeze, FreezeScope } from '../governance/governance.ts';
import { cancelRequest } from './cancel.ts';
import { dispatch } from './dispatch.ts';
import { REQUESTS_CHANNEL } from './transaction.ts';
import type { JobsDeps } from './types.ts';

/** Every freeze that stops what runs; how many requests had something to stop. */
export async function stopFrozen(deps: JobsDeps): Promise<number> {
  let stopped = 0;
  for (const { scope, running, by } of await freezesOn(deps.db)) {
    if (running !== 'stop') continue;
    const found = await rowsOf<{ request: string; actions: string[] }>(
      deps.db,
      sql`
        select jobs.request, json_agg(jobs.action) as actions
        from jobs join job_requests on job_requests.id = jobs.request
        where jobs.state = 'running' and jobs.cancel_requested_at is null and ${inScope(scope)}
        group by jobs.request`,
    );
    for (const { request, actions } of found) await cancelRequest(deps, { request, actions, by: by.id });
    stopped += found.length;
  }
  return stopped;
}

/** What waits in this scope is shown again, and started where it may be. */
export async function afterFreeze(deps: JobsDeps, { scope }: Pick<Freeze, 'scope'>): Promise<void> {
  await stopFrozen(deps);
  const waiting = await rowsOf<{ request: string; backend: string }>(
    deps.db,
    sql`
      select distinct jobs.request, jobs.backend from jobs join job_requests on job_requests.id = jobs.request
      where jobs.state = 'pending' and ${inScope(scope)}`,
  );
  const shown = waiting.map(({ request }) => ({ topic: 'request', subject: request }));
  const told = waiting.map(({ request }) => ({ channel: REQUESTS_CHANNEL, payload: request }));
  await deps.db.transaction((tx) => queueOutbox(tx, shown, deps.clock.now(), told));
  for (const backend of new Set(waiting.map((each) => each.backend))) await dispatch(deps, backend);
}

function inScope(scope: FreezeScope) {
  if (scope.kind === 'all') return sql`true`;
  return scope.kind === 'backend' ? sql`jobs.backend = ${scope.id}` : sql`job_requests.project = ${scope.id}`;
}
