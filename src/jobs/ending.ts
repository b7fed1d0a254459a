/** Ends jobs, and with them what waited for them; or puts them back into the queue. */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf, textArray } from '../db/database.ts';
import { RESETS } from './resets.ts';
import { isoTime } from '../lib/clock.ts';
import type { Reuse } from '../protocol/messages.ts';
import { namedIn } from './by-id.ts';
import { reinstate } from './latest.ts';
import type { Change } from './transaction.ts';
import type { ResetCode } from './types.ts';

export interface EndOfJob {
  id: string;
  state: 'succeeded' | 'failed';
  code: string;
  reason?: string;
  /** What the agent reported, by which a repeated report is recognised. */
  reported?: string;
  outputsMissing?: boolean;
  outputsWithheld?: boolean;
  exitCode?: number;
  logTail?: string;
  reuse?: Reuse;
  programStartedAt?: number;
  programFinishedAt?: number;
  cancelledBy?: number;
}

interface EndedRow {
  id: string;
  request: string;
  workspace: string;
  action: string;
  state: string;
  code: string;
  reason: string | null;
  started_at: number | null;
  cancelled_by: number | null;
}

const ENDED_ROW = sql.raw(
  'jobs.id, jobs.request, jobs.workspace, jobs.action, jobs.state, jobs.code, jobs.reason, jobs.started_at::float8 as started_at, jobs.cancelled_by::float8 as cancelled_by',
);

/** Jobs that have ended already are left as they are. Returns those that ended now, without the ones that waited for them. */
export async function endJobs(change: Change, ends: readonly EndOfJob[], actor: string): Promise<string[]> {
  if (ends.length === 0) return [];
  const { tx, now } = change;
  const ended = await rowsOf<EndedRow>(
    tx,
    sql`
      update jobs set
        state = e.state, code = e.code, latest = jobs.latest and e.code <> 'cancelled_by_user', reason = e.reason, completed_at = ${now}, updated_at = ${now},
        outputs_missing = e."outputsMissing", outputs_withheld = e."outputsWithheld", exit_code = e."exitCode",
        log_tail = e."logTail", program_started_at = e."programStartedAt", program_finished_at = e."programFinishedAt",
        reuse = e.reuse, cancelled_by = coalesce(e."cancelledBy", jobs.cancelled_by)
      from json_to_recordset(${asJson(ends)}) as e (
        id text, state text, code text, reason text, "outputsMissing" boolean, "outputsWithheld" boolean,
        "exitCode" int, "logTail" text, reuse jsonb, "programStartedAt" bigint, "programFinishedAt" bigint, "cancelledBy" bigint)
      where jobs.id = e.id and ${namedIn(
        ends.map(({ id }) => id),
        'pending',
        'running',
      )}
      returning ${ENDED_ROW}`,
  );
  await closeTasks(change, ends);
  const succeeded = ended.filter(({ state }) => state === 'succeeded').map(({ id }) => id);
  const failed = ended.filter(({ state }) => state === 'failed').map(({ id }) => id);
  await releaseDependents(change, succeeded);
  await reinstate(
    tx,
    ended.filter(({ code }) => code === 'cancelled_by_user').map(({ id }) => id),
  );
  tellEnds(change, ended, actor);
  await failDependents(change, failed);
  return ended.map(({ id }) => id);
}

/** Another turn was asked for, and this is it. */
const TURN_AGAIN = sql.raw(`stop_code in (${RESETS})`);

/** A retry: the start time is cleared, the place in the queue is kept. `reset`: an operator wanted it, and why it waits. */
export async function requeueJobs(
  change: Change,
  again: readonly { id: string; reported?: string; afterMs: number; reset?: ResetCode }[],
  actor: string,
): Promise<void> {
  if (again.length === 0) return;
  const { tx, now } = change;
  const requeued = await rowsOf<{ id: string; request: string; attempts: number }>(
    tx,
    sql`
      update jobs set
        state = 'pending', code = coalesce(e.reset, 'waiting_on_new_task'), started_at = null, updated_at = ${now},
        not_before = ${now} + e."afterMs", resets = resets + (e.reset is not null)::int,
        cancel_requested_at = case when ${TURN_AGAIN} then null else cancel_requested_at end,
        stop_code = case when ${TURN_AGAIN} then null else stop_code end
      from json_to_recordset(${asJson(again)}) as e (id text, "afterMs" bigint, reset text)
      where jobs.id = e.id and jobs.state = 'running'
      returning jobs.id, jobs.request, jobs.attempts`,
  );
  await closeTasks(change, again);
  for (const { id, request, attempts } of requeued) {
    change.requests.add(request);
    change.tell({ type: 'job', actor, subject: `job:${id}`, body: { event: 'requeued', request, attempts } });
  }
}

async function closeTasks(change: Change, ends: readonly { id: string; reported?: string }[]): Promise<void> {
  const closed = await rowsOf<{ agent: string }>(
    change.tx,
    sql`
      update tasks set state = 'done', ended = e.reported, done_at = ${change.now}
      from json_to_recordset(${asJson(ends)}) as e (id text, reported text)
      where tasks.job = e.id and tasks.state = 'active'
      returning tasks.agent`,
  );
  for (const { agent } of closed) change.agents.add(agent);
}

async function releaseDependents(change: Change, succeeded: readonly string[]): Promise<void> {
  if (succeeded.length === 0) return;
  await change.tx.execute(sql`
    update jobs set unmet = jobs.unmet - met.n
    from (select job, count(*)::int as n from job_needs where needs = any(${textArray(succeeded)}) group by job) as met
    where jobs.id = met.job and jobs.state = 'pending'`);
}

/** Everything that waited, directly or not. Such jobs are pending: they have not begun. */
export async function failDependents(change: Change, failed: readonly string[]): Promise<void> {
  if (failed.length === 0) return;
  const { tx, now } = change;
  const doomed = await rowsOf<EndedRow>(
    tx,
    sql`
      with recursive doomed (id) as (
        select job from job_needs where needs = any(${textArray(failed)})
        union
        select job_needs.job from job_needs join doomed on job_needs.needs = doomed.id
      )
      update jobs set state = 'failed', code = 'dependency_failed', completed_at = ${now}, updated_at = ${now}
      from doomed where jobs.id = doomed.id and jobs.state = 'pending'
      returning ${ENDED_ROW}`,
  );
  tellEnds(change, doomed, 'hub');
}

/** Whoever asked for the stop ended it, not the agent that reports it. */
function whoEnded({ code, cancelled_by: person }: EndedRow): string | undefined {
  if (code === 'killed_by_admin') return 'operator';
  return code === 'cancelled_by_user' && person !== null ? `person:${person}` : undefined;
}

function tellEnds(change: Change, ended: readonly EndedRow[], actor: string): void {
  for (const row of ended) {
    change.requests.add(row.request);
    change.ended.add(row.request);
    change.codes.push(row.code);
    change.tell({
      type: 'job',
      actor: whoEnded(row) ?? actor,
      subject: `job:${row.id}`,
      body: {
        event: 'ended',
        request: row.request,
        workspace: row.workspace,
        action: row.action,
        state: row.state,
        code: row.code,
        reason: row.reason,
        started: row.started_at === null ? null : isoTime(row.started_at),
      },
    });
  }
}
