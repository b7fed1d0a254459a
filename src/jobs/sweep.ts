/**
 * Derives afresh whatever could be stuck: at start and every 30 s.
 *
 * In a healthy hub it changes nothing but spent tokens; after a crash, a restored backup or lost news it
 * brings everything to where it would have been.
 */
import { sql } from 'drizzle-orm';
import { rowsOf, textArray } from '../db/database.ts';
import { followDatabases } from './database-word.ts';
import { dispatch } from './dispatch.ts';
import { failDependents, requeueJobs } from './ending.ts';
import { stopFrozen } from './frozen.ts';
import { stopForMaintenance } from './maintenance.ts';
import { changeJobs, completeRequests, type Change } from './transaction.ts';
import type { JobsDeps } from './types.ts';

export interface Swept {
  /** Backends that were looked at. */
  backends: number;
  started: number;
}

export async function sweep(deps: JobsDeps): Promise<Swept> {
  await deps.db.execute(sql`delete from used_tokens where expires_at < ${deps.clock.now()}`);
  const backends = await rowsOf<{ backend: string }>(
    deps.db,
    sql`
      select distinct backend from jobs where state in ('pending', 'running')
      union select backend from job_requests where completed_at is null`,
  );
  await followDatabases(deps);
  let started = 0;
  for (const { backend } of backends) {
    try {
      await changeJobs(deps, backend, async (change) => {
        await freeWorkspacesOfGoneAgents(change, deps);
        await mend(change);
      });
      started += await dispatch(deps, backend);
    } catch (error) {
      deps.logger.error({ err: error, code: 'jobs.sweep', backend }, 'A backend could not be swept');
    }
  }
  await stopFrozen(deps);
  await stopForMaintenance(deps);
  return { backends: backends.length, started };
}

/** An agent whose id governance no longer lists comes never back; its workspaces may move. */
async function freeWorkspacesOfGoneAgents({ tx, backend }: Change, deps: JobsDeps): Promise<void> {
  const known = deps.governance()?.backends.find(({ id }) => id === backend);
  if (!known) return;
  const listed = known.keys.agent.map(({ id }) => id);
  await tx.execute(sql`
    delete from workspace_agents where backend = ${backend} and agent <> all(${textArray(listed)})`);
}

async function mend(change: Change): Promise<void> {
  const { tx, backend, now } = change;
  // Running without a task that anybody could report on.
  const lost = await rowsOf<{ id: string }>(
    tx,
    sql`
      select id from jobs where backend = ${backend} and state = 'running' and not exists (
        select 1 from tasks where tasks.job = jobs.id and tasks.type = 'run' and tasks.state = 'active')`,
  );
  await requeueJobs(
    change,
    lost.map(({ id }) => ({ id, afterMs: 0 })),
    'hub',
  );
  const closed = await rowsOf<{ agent: string }>(
    tx,
    sql`
      update tasks set state = 'done', done_at = ${now} from jobs
      where tasks.backend = ${backend} and tasks.state = 'active' and jobs.id = tasks.job and jobs.state <> 'running'
      returning tasks.agent`,
  );
  for (const { agent } of closed) change.agents.add(agent);
  const failed = await rowsOf<{ needs: string }>(
    tx,
    sql`
      select distinct job_needs.needs from jobs join job_needs on job_needs.job = jobs.id
      join jobs as needed on needed.id = job_needs.needs
      where jobs.backend = ${backend} and jobs.state = 'pending' and needed.state = 'failed'`,
  );
  await failDependents(
    change,
    failed.map(({ needs }) => needs),
  );
  await tx.execute(sql`
    update jobs set unmet = found.unmet
    from (
      select waiting.id, count(needed.id)::int as unmet
      from jobs as waiting
      left join job_needs on job_needs.job = waiting.id
      left join jobs as needed on needed.id = job_needs.needs and needed.state <> 'succeeded'
      where waiting.backend = ${backend} and waiting.state = 'pending' group by waiting.id
    ) as found
    where jobs.id = found.id and jobs.unmet <> found.unmet`);
  const open = await rowsOf<{ id: string }>(
    tx,
    sql`select id from job_requests where backend = ${backend} and completed_at is null`,
  );
  const completed = await completeRequests(
    tx,
    open.map(({ id }) => id),
    now,
  );
  for (const id of completed) change.requests.add(id);
}
