/** Telling agents to stop what runs: what becomes of the job then, its end or another turn, is decided when it was asked for. */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf } from '../db/database.ts';
import { taskNumbers } from './dispatch.ts';
import { requeueJobs } from './ending.ts';
import { cancelTaskId } from './ids.ts';
import { isReset, RESETS } from './resets.ts';
import type { Change } from './transaction.ts';
import type { JobsDeps, JobState, ResetCode, StopCode } from './types.ts';

/** A job and the run task it has, if one is under way. */
export interface Stoppable {
  id: string;
  action: string;
  state: JobState;
  attempts: number;
  task: string | null;
  agent: string | null;
}

/** An agent that governance no longer lists cannot answer: waiting for it would be for ever. */
export function answerable(deps: JobsDeps, backend: string): (row: Stoppable) => boolean {
  const listed = new Set(
    deps
      .governance()
      ?.backends.find(({ id }) => id === backend)
      ?.keys.agent.map(({ id }) => id),
  );
  return ({ state, task, agent }) =>
    state === 'running' && task !== null && agent !== null && listed.has(agent);
}

/** Asking twice gives one task. The first who asked decides; but an end goes before another turn. */
export async function giveStopTasks(
  change: Change,
  rows: readonly Stoppable[],
  stop: { code: StopCode; person?: number },
): Promise<void> {
  const wanted = rows.flatMap(({ id, task, agent, attempts }) =>
    task && agent ? [{ job: id, task, agent, attempts }] : [],
  );
  if (wanted.length === 0) return;
  const { tx, now, backend } = change;
  const seqs = await taskNumbers(change, wanted);
  const tasks = wanted.map((each) => ({
    ...each,
    id: cancelTaskId(each.job, each.attempts),
    seq: seqs.next(each.agent),
  }));
  const given = sql`json_to_recordset(${asJson(tasks)}) as row (id text, job text, task text, agent text, seq bigint)`;
  await tx.execute(sql`
    insert into tasks (id, type, job, stops, backend, agent, seq, state, created_at)
    select id, 'cancel', job, task, ${backend}, agent, seq, 'active', ${now} from ${given} on conflict do nothing`);
  const gives = isReset(stop.code) ? sql`jobs.stop_code is null` : sql`true`;
  await tx.execute(sql`
    update jobs set cancel_requested_at = coalesce(cancel_requested_at, ${now}),
      stop_code = case when stop_code is null or stop_code in (${sql.raw(RESETS)}) then ${stop.code} else stop_code end,
      cancelled_by = coalesce(cancelled_by, ${stop.person ?? null}::bigint)
    from ${given} where jobs.id = row.job and ${gives}`);
  for (const { agent } of tasks) change.agents.add(agent);
}

export interface Reset {
  /** Their containers are being stopped; they wait again once those have gone. */
  stopping: string[];
  /** They wait again already: nobody ran them. */
  waiting: string[];
}

/** Who wants it, for the public record. */
export interface Resetter {
  by: 'operator' | 'hub';
  why: string;
}

/**
 * Puts running jobs of a backend back into the queue, as an operator or its database wants it. What is being stopped already is left
 * alone. `which` is over `jobs`. The lost attempt does not count.
 */
export async function resetJobs(
  change: Change,
  deps: JobsDeps,
  ask: Resetter & { which: ReturnType<typeof sql>; code: ResetCode },
): Promise<Reset> {
  const rows = await rowsOf<Stoppable & { request: string }>(
    change.tx,
    sql`
      select jobs.id, jobs.action, jobs.state, jobs.attempts, jobs.request, tasks.id as task, tasks.agent
      from jobs left join tasks on tasks.job = jobs.id and tasks.type = 'run' and tasks.state = 'active'
      where jobs.backend = ${change.backend} and jobs.state = 'running' and jobs.cancel_requested_at is null
        and ${ask.which} order by jobs.seq`,
  );
  const stopping = rows.filter(answerable(deps, change.backend));
  const waiting = rows.filter((row) => !stopping.includes(row));
  for (const { id, request, attempts } of rows) {
    change.requests.add(request);
    change.tell({
      type: 'job',
      actor: ask.by,
      subject: `job:${id}`,
      body: { event: 'reset', request, attempts, because: ask.code, why: ask.why },
    });
  }
  await giveStopTasks(change, stopping, { code: ask.code });
  await requeueJobs(
    change,
    waiting.map(({ id }) => ({ id, afterMs: 0, reset: ask.code })),
    ask.by,
  );
  return { stopping: stopping.map(({ id }) => id), waiting: waiting.map(({ id }) => id) };
}
