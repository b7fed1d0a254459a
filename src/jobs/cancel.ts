/**
 * Cancelling: what waits ends at once, what runs is told to stop and ends when its container has gone.
 * What has ended stays as it is.
 */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import { RESETS } from './resets.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { dispatch } from './dispatch.ts';
import { endJobs, type EndOfJob } from './ending.ts';
import { bounded, selectRequests } from './requests.ts';
import { answerable, giveStopTasks, type Stoppable } from './stopping.ts';
import { changeJobs, type Change } from './transaction.ts';
import type { JobsDeps, Purpose, StopCode } from './types.ts';
import * as words from './words.ts';

/** A person's numeric GitHub id, the hub itself (a newer push replaces a dummy run), or whoever runs the hub. */
export type CancelledBy = number | 'hub' | 'operator';

interface Ask {
  request: string;
  actions?: readonly string[];
  by: CancelledBy;
  /** For the record, from an operator. */
  why?: string;
}

export interface Cancelled {
  request: string;
  /** Actions that ended at once. */
  ended: string[];
  /** Actions whose containers are being stopped. */
  stopping: string[];
}

interface Row extends Stoppable {
  /** Its end was asked for before. */
  asked: boolean;
}

/** Refuses `run.unknown-request`, `cancel.unknown-action` (then nothing is cancelled), `cancel.ended`. */
export async function cancelRequest(deps: JobsDeps, ask: Ask): Promise<Cancelled | Refusal> {
  const [request] = await selectRequests(deps.db, sql`id = ${ask.request}`, 1);
  if (!request) return words.unknownRequest(ask.request);
  const answer = await changeJobs(deps, request.backend, (change) => cancel(change, deps, ask));
  if (!isRefusal(answer) && answer.ended.length > 0) await dispatch(deps, request.backend);
  return answer;
}

/** By whoever runs the hub: it ends as `killed_by_admin`. Refuses `operator.unknown-job`, `cancel.ended`. */
export async function killJob(
  deps: JobsDeps,
  ask: { job: string; why: string },
): Promise<{ request: string; action: string; outcome: 'ended' | 'stopping' } | Refusal> {
  const [job] = await rowsOf<{ request: string; action: string }>(
    deps.db,
    sql`select request, action from jobs where id = ${ask.job}`,
  );
  if (!job) return words.unknownJob(ask.job);
  const answer = await cancelRequest(deps, {
    request: job.request,
    actions: [job.action],
    by: 'operator',
    why: ask.why,
  });
  if (isRefusal(answer)) return answer;
  return { ...job, outcome: answer.ended.length > 0 ? 'ended' : 'stopping' };
}

/** Every open request that fits; those that ended meanwhile are left out of the answer. */
export async function cancelRequests(
  deps: JobsDeps,
  ask: { repository: number; branch?: string; purpose?: Purpose; except?: string; by: CancelledBy },
): Promise<Cancelled[]> {
  const open = await selectRequests(
    deps.db,
    sql`repository_id = ${ask.repository} and completed_at is null
      and (${ask.branch ?? null}::text is null or branch = ${ask.branch ?? null})
      and (${ask.purpose ?? null}::text is null or purpose = ${ask.purpose ?? null})
      and id <> ${ask.except ?? ''}`,
    1000,
  );
  const cancelled: Cancelled[] = [];
  for (const { id } of open) {
    const answer = await cancelRequest(deps, { request: id, by: ask.by });
    if (!isRefusal(answer)) cancelled.push(answer);
  }
  return cancelled;
}

async function cancel(change: Change, deps: JobsDeps, ask: Ask): Promise<Cancelled | Refusal> {
  const rows = await rowsOf<Row>(
    change.tx,
    sql`
      select jobs.id, jobs.action, jobs.state, jobs.attempts, tasks.id as task, tasks.agent,
        jobs.cancel_requested_at is not null and jobs.stop_code not in (${sql.raw(RESETS)}) as asked
      from jobs left join tasks on tasks.job = jobs.id and tasks.type = 'run' and tasks.state = 'active'
      where jobs.request = ${ask.request} order by jobs.seq`,
  );
  const has = new Set(rows.map(({ action }) => action));
  const unknown = (ask.actions ?? []).filter((action) => !has.has(action));
  if (unknown.length > 0) return words.notInRequest(unknown, [...has]);
  const named = ask.actions && new Set(ask.actions);
  const active = rows.filter(
    ({ action, state }) => (!named || named.has(action)) && (state === 'pending' || state === 'running'),
  );
  if (active.length === 0) return words.alreadyEnded();

  const stopping = active.filter(answerable(deps, change.backend));
  const ended = active.filter((row) => !stopping.includes(row));
  const actor = typeof ask.by === 'number' ? `person:${ask.by}` : ask.by;
  const fresh = active.filter((row) => ended.includes(row) || !row.asked);
  if (fresh.length > 0) {
    change.requests.add(ask.request);
    change.tell({
      type: 'request',
      actor,
      subject: `request:${ask.request}`,
      body: {
        event: ask.by === 'operator' ? 'killed' : 'cancelled',
        actions: bounded(fresh.map(({ action }) => action)),
        ...(ask.why === undefined ? {} : { why: ask.why }),
      },
    });
  }
  await giveStopTasks(
    change,
    stopping.filter(({ asked }) => !asked),
    { code: stopCode(ask.by), person: personOf(ask.by) },
  );
  await endJobs(
    change,
    ended.map((row) => endOf(row, ask.by)),
    actor,
  );
  return {
    request: ask.request,
    ended: ended.map(({ action }) => action),
    stopping: stopping.map(({ action }) => action),
  };
}

function endOf({ id }: Row, by: CancelledBy): EndOfJob {
  return { id, state: 'failed', code: stopCode(by), cancelledBy: personOf(by) };
}

const stopCode = (by: CancelledBy): StopCode => (by === 'operator' ? 'killed_by_admin' : 'cancelled_by_user');

const personOf = (by: CancelledBy): number | undefined => (typeof by === 'number' ? by : undefined);
