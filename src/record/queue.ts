/** What somebody who waits wants to know: how many are before, how long it usually takes, and whether an agent has fallen silent. */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';
import type { JobView, RequestView } from '../jobs/jobs.ts';
import { minutes } from '../lib/clock.ts';
import type { QueuePlace, RecordDeps } from './types.ts';

/** An agent calls all the time, unless something is wrong. */
export const SILENT_MS = minutes(30);
/** Runs of an action that an estimate looks back on, and requests that are counted. */
const LOOKED_AT = 10;
const MOST_COUNTED = 1000;

/** Null when nothing of it waits any more. */
export async function queueOf(db: Db, view: RequestView, number: number): Promise<QueuePlace | null> {
  if (!view.jobs.some(({ state }) => state === 'pending')) return null;
  const [row] = await rowsOf<{ ahead: number }>(
    db,
    sql`
      select count(*)::int as ahead from (
        select distinct j.request from jobs as j join job_requests as r on r.id = j.request
        where j.backend = ${view.backend} and j.state = 'pending' and r.seq < ${number}::bigint limit ${MOST_COUNTED}
      ) as before`,
  );
  return { ahead: row?.ahead ?? 0, usuallyMs: await usually(db, view) };
}

/** The longest way through what is left, each job as long as the middle one of its last runs that succeeded. */
async function usually(db: Db, view: RequestView): Promise<number | null> {
  const open = view.jobs.filter(({ state }) => state === 'pending' || state === 'running');
  const actions = JSON.stringify([...new Set(open.map(({ action }) => action))]);
  const rows = await rowsOf<{ action: string; took: number }>(
    db,
    sql`
      select action, (select percentile_disc(0.5) within group (order by took) from (
          select completed_at - started_at as took from jobs
          where backend = ${view.backend} and workspace = ${view.workspace} and action = wanted.action
            and state = 'succeeded' and started_at is not null
          order by seq desc limit ${LOOKED_AT}
        ) as last)::float8 as took
      from json_array_elements_text(${actions}::json) as wanted (action)`,
  );
  const took = new Map(rows.map((row) => [row.action, row.took]));
  if (open.some(({ action }) => typeof took.get(action) !== 'number')) return null;
  const needs = await rowsOf<{ job: string; needs: string }>(
    db,
    sql`
      select n.job, n.needs from jobs join job_needs as n on n.job = jobs.id where jobs.request = ${view.id}`,
  );
  return longest(open, needs, (job) => took.get(job.action) ?? 0);
}

function longest(
  open: readonly JobView[],
  needs: readonly { job: string; needs: string }[],
  length: (job: JobView) => number,
): number {
  const byId = new Map(open.map((job) => [job.id, job]));
  const ends = new Map<string, number>();
  const endOf = (id: string): number => {
    const job = byId.get(id);
    if (!job) return 0;
    const known = ends.get(id);
    if (known !== undefined) return known;
    ends.set(id, 0);
    const before = needs.filter((need) => need.job === id).map((need) => endOf(need.needs));
    const end = length(job) + Math.max(0, ...before);
    ends.set(id, end);
    return end;
  };
  return Math.max(0, ...open.map(({ id }) => endOf(id)));
}

/** Of the agent that runs a job, or of all that could take one that waits: null while they call. */
export async function silentSince({ db, clock }: RecordDeps, view: RequestView): Promise<number | null> {
  const states = new Set(view.jobs.map(({ state }) => state));
  if (!states.has('running') && !states.has('pending')) return null;
  const [row] = await rowsOf<{ at: number | null }>(
    db,
    states.has('running')
      ? sql`
          select min(a.last_seen_at)::float8 as at
          from jobs as j join tasks as t on t.job = j.id and t.type = 'run' and t.state = 'active'
            join agents as a on a.backend = t.backend and a.id = t.agent
          where j.request = ${view.id} and j.state = 'running'`
      : sql`select max(last_seen_at)::float8 as at from agents where backend = ${view.backend}`,
  );
  const at = row?.at ?? null;
  return at !== null && clock.now() - at > SILENT_MS ? at : null;
}
