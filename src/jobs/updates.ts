/**
 * What an agent reports of its tasks, taken at least once and in any order.
 *
 * Only for a task of that very agent on that backend; another's task looks unknown. A report of a job on
 * real data with a field too many is malformed: nothing of it is kept.
 */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf, textArray } from '../db/database.ts';
import {
  dummyUpdate,
  realUpdate,
  type Caller,
  type Update,
  type UpdateAnswer,
} from '../protocol/protocol.ts';
import { agentKey, changeJobs, type Change } from './transaction.ts';
import { dispatch } from './dispatch.ts';
import { endJobs, requeueJobs, type EndOfJob } from './ending.ts';
import { decide, type Decision, type ReportedJob, type ReportedTask } from './state.ts';
import type { JobsDeps, JobState } from './types.ts';

interface Known {
  id: string;
  job: string;
  request: string;
  reportedJob: ReportedJob;
  task: ReportedTask;
}

interface Decided {
  known: Known;
  update: Update;
  decision: Decision;
}

/** One answer per update, in order. */
export async function applyUpdates(
  deps: JobsDeps,
  caller: Caller,
  updates: readonly unknown[],
): Promise<UpdateAnswer[]> {
  const backend = deps.governance()?.backends.find(({ id }) => id === caller.backend);
  const schema = backend?.data === 'dummy' ? dummyUpdate : realUpdate;
  const parsed = updates.map((update) => schema.safeParse(update));
  const good = parsed.flatMap((each) => (each.success ? [each.data] : []));
  if (good.length === 0) return parsed.map(() => 'malformed');
  const { answers, freed } = await changeJobs(deps, caller.backend, async (change) => {
    const known = await knownTasks(change, caller, good);
    const decided = decideAll(known, good);
    await write(change, decided, `agent:${agentKey(caller.backend, caller.agent)}`);
    return { answers: good.map((_, at) => answerOf(decided[at])), freed: decided.some(frees) };
  });
  if (freed) await dispatch(deps, caller.backend);
  const rest = answers.values();
  return parsed.map((each) => (each.success ? (rest.next().value ?? 'unknown-task') : 'malformed'));
}

async function knownTasks(
  change: Change,
  caller: Caller,
  updates: readonly Update[],
): Promise<Map<string, Known>> {
  const rows = await rowsOf<
    { id: string; job: string; request: string } & Omit<ReportedJob, 'state'> &
      ReportedTask & { jobState: JobState }
  >(
    change.tx,
    sql`
      select tasks.id, tasks.type, tasks.state, tasks.ended, tasks.last_at::float8 as "lastAt", tasks.job, jobs.request,
        jobs.state as "jobState", jobs.code, jobs.attempts, jobs.pool = 'database' as "isDatabase",
        jobs.cancel_requested_at is not null as "cancelRequested"
      from tasks join jobs on jobs.id = tasks.job
      where tasks.id = any(${textArray(updates.map(({ task }) => task))})
        and tasks.backend = ${caller.backend} and tasks.agent = ${caller.agent}`,
  );
  const jobs = new Map<string, ReportedJob>();
  const known = rows.map(
    ({
      id,
      job,
      request,
      jobState,
      type,
      state,
      ended,
      lastAt,
      code,
      attempts,
      isDatabase,
      cancelRequested,
    }) => {
      const reportedJob = jobs.get(job) ?? { state: jobState, code, attempts, isDatabase, cancelRequested };
      jobs.set(job, reportedJob);
      return [id, { id, job, request, reportedJob, task: { type, state, ended, lastAt } }] as const;
    },
  );
  return new Map(known);
}

/** In the order they came; each sees what the ones before it have changed. */
function decideAll(tasks: Map<string, Known>, updates: readonly Update[]): (Decided | undefined)[] {
  return updates.map((update) => {
    const known = tasks.get(update.task);
    if (!known || known.job !== update.job) return undefined;
    const decision = decide(known.reportedJob, known.task, update);
    if (decision.kind === 'stage') {
      known.reportedJob.code = decision.code;
      known.task.lastAt = Math.max(known.task.lastAt, update.at);
    }
    if (decision.kind === 'end' || decision.kind === 'retry') {
      for (const each of tasks.values()) {
        if (each.job === known.job) Object.assign(each.task, { state: 'done', ended: update.state });
      }
    }
    return { known, update, decision };
  });
}

function answerOf(decided: Decided | undefined): UpdateAnswer {
  if (!decided) return 'unknown-task';
  return decided.decision.kind === 'stale' ? 'stale' : 'taken';
}

function frees(decided: Decided | undefined): boolean {
  return decided?.decision.kind === 'end' || decided?.decision.kind === 'retry';
}

async function write(
  change: Change,
  decided: readonly (Decided | undefined)[],
  actor: string,
): Promise<void> {
  const stages = new Map<string, { job: string; task: string; code: string; at: number }>();
  const ends: EndOfJob[] = [];
  const again: { id: string; reported: string; afterMs: number }[] = [];
  for (const each of decided) {
    if (!each) continue;
    const { known, update, decision } = each;
    if (decision.kind === 'stage') {
      stages.set(known.job, { job: known.job, task: known.id, code: decision.code, at: known.task.lastAt });
      change.requests.add(known.request);
    }
    if (decision.kind === 'end') ends.push(endOf(update, decision));
    if (decision.kind === 'retry')
      again.push({ id: known.job, reported: update.state, afterMs: decision.afterMs });
  }
  await writeStages(change, [...stages.values()]);
  await endJobs(change, ends, actor);
  await requeueJobs(change, again, actor);
}

function endOf(update: Update, { state, code }: Extract<Decision, { kind: 'end' }>): EndOfJob {
  const { outputsMissing, outputsWithheld, exitCode, logTail } = update;
  return {
    id: update.job,
    state,
    code,
    reason: code === 'job_error' && update.state === 'interrupted' ? 'too-many-attempts' : update.reason,
    reported: update.state,
    outputsMissing,
    outputsWithheld,
    exitCode,
    logTail: logTail?.replaceAll('\0', ''),
    programStartedAt: update.startedAt,
    programFinishedAt: update.finishedAt,
  };
}

async function writeStages(
  change: Change,
  stages: readonly { job: string; task: string; code: string; at: number }[],
): Promise<void> {
  if (stages.length === 0) return;
  const given = sql`json_to_recordset(${asJson(stages)}) as row (job text, task text, code text, at bigint)`;
  await change.tx.execute(sql`
    update jobs set code = row.code, updated_at = ${change.now} from ${given}
    where jobs.id = row.job and jobs.state = 'running'`);
  await change.tx.execute(sql`
    update tasks set last_at = greatest(tasks.last_at, row.at) from ${given} where tasks.id = row.task`);
}
