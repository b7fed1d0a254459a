/**
 * What an agent reports of its tasks, taken at least once and in any order.
 *
 * Only for a task of that very agent on that backend; another's task looks unknown. A report of a job on
 * real data with a field too many is malformed: nothing of it is kept. Where such a report is the end of a
 * task, its job is ended all the same: the agent has nothing more to say of it.
 */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf } from '../db/database.ts';
import type { DATA_KINDS } from '../db/schema/jobs.ts';
import { trustsExitCode } from '../governance/governance.ts';
import type { Governance } from '../governance/types.ts';
import { splitWords } from '../pipeline/pipeline.ts';
import {
  dummyUpdate,
  realUpdate,
  updateNames,
  type Caller,
  type Update,
  type UpdateAnswer,
} from '../protocol/protocol.ts';
import { agentKey, changeJobs, type Change } from './transaction.ts';
import { dispatch } from './dispatch.ts';
import { endJobs, requeueJobs, type EndOfJob } from './ending.ts';
import { decide, decideMalformed, type Decision, type ReportedJob, type ReportedTask } from './state.ts';
import { traceEnds } from './traced.ts';
import type { JobsDeps, JobState, ResetCode } from './types.ts';

interface Known {
  id: string;
  job: string;
  request: string;
  data: (typeof DATA_KINDS)[number];
  run: string;
  reportedJob: ReportedJob;
  task: ReportedTask;
}

/** An update as it came: what it speaks of, and its content when that may be taken. */
interface Reading {
  names: { task: string; job: string; state: string };
  known: Known | undefined;
  update: Update | undefined;
}

interface Decided {
  known: Known;
  decision: Decision;
  /** None of a malformed one. */
  update: Update | undefined;
}

/** One answer per update, in order. */
export async function applyUpdates(
  deps: JobsDeps,
  caller: Caller,
  updates: readonly unknown[],
): Promise<UpdateAnswer[]> {
  const named = updates.map((update) => updateNames.safeParse(update).data);
  if (named.every((names) => names === undefined)) return named.map(() => 'malformed');
  const governance = deps.governance();
  const { answers, decided } = await changeJobs(deps, caller.backend, async (change) => {
    const tasks = await knownTasks(
      change,
      caller,
      named.flatMap((names) => names?.task ?? []),
    );
    const readings = named.map((names, at): Reading | undefined => {
      if (!names) return undefined;
      const found = tasks.get(names.task);
      const known = found?.job === names.job ? found : undefined;
      return { names, known, update: readUpdate(updates[at], known, caller.backend, governance) };
    });
    const decided = readings.map((reading) => (reading ? decideOne(reading, tasks) : undefined));
    await write(change, decided, `agent:${agentKey(caller.backend, caller.agent)}`);
    return { answers: readings.map((reading, at) => answerOf(reading, decided[at])), decided };
  });
  for (const each of decided) {
    if (!each || each.update) continue;
    deps.logger.error(
      { code: 'jobs.malformed-end', job: each.known.job, task: each.known.id, agent: caller.agent },
      'The end of a job was reported in a form that may not be taken; the job is ended without its report',
    );
  }
  if (decided.some(frees)) await dispatch(deps, caller.backend);
  await traceEnds(
    deps,
    decided.flatMap((each) => (each?.decision.kind === 'end' ? [each.known.id] : [])),
  );
  return answers;
}

/**
 * Its content, or undefined when it may not be taken. A log passes only of dummy data, as the backend was
 * when the job was made and as it is now; an exit code also of a database job whose image is trusted.
 */
function readUpdate(
  given: unknown,
  known: Known | undefined,
  backendId: string,
  governance: Governance | undefined,
): Update | undefined {
  const backend = governance?.backends.find(({ id }) => id === backendId);
  if (backend?.data === 'dummy' && known?.data !== 'real') return dummyUpdate.safeParse(given).data;
  const update = realUpdate.safeParse(given).data;
  if (update?.exitCode === undefined) return update;
  return known && governance && mayTellExitCode(governance, known) ? update : undefined;
}

function mayTellExitCode(governance: Governance, { run, reportedJob }: Known): boolean {
  if (!reportedJob.isDatabase) return false;
  const words = splitWords(run);
  const [name, tag] = Array.isArray(words) ? (words[0] ?? '').split(':') : [];
  return name !== undefined && tag !== undefined && trustsExitCode(governance, { name, tag });
}

/**
 * Each is looked up by its id. Left to choose, the planner of a table that has just grown reads all tasks that the agent
 * ever had: it takes them for few.
 */
async function knownTasks(
  change: Change,
  caller: Caller,
  tasks: readonly string[],
): Promise<Map<string, Known>> {
  const rows = await rowsOf<
    Pick<Known, 'id' | 'job' | 'request' | 'data' | 'run'> &
      Omit<ReportedJob, 'state'> &
      ReportedTask & { jobState: JobState }
  >(
    change.tx,
    sql`
      select tasks.id, tasks.type, tasks.state, tasks.ended, tasks.last_at::float8 as "lastAt", tasks.job, jobs.request,
        jobs.data, jobs.run, jobs.state as "jobState", jobs.code, jobs.attempts - jobs.resets as attempts, jobs.pool = 'database' as "isDatabase",
        jobs.stop_code as stop
      from (select distinct id from json_array_elements_text(${asJson(tasks)}) as each (id)) as asked
      cross join lateral (select * from tasks where id = asked.id limit 1) as tasks
      cross join lateral (select * from jobs where id = tasks.job limit 1) as jobs
      where tasks.backend = ${caller.backend} and tasks.agent = ${caller.agent}`,
  );
  const jobs = new Map<string, ReportedJob>();
  const known = rows.map((row) => {
    const { id, job, request, data, run, jobState, type, state, ended, lastAt } = row;
    const { code, attempts, isDatabase, stop } = row;
    const reportedJob = jobs.get(job) ?? { state: jobState, code, attempts, isDatabase, stop };
    jobs.set(job, reportedJob);
    return [id, { id, job, request, data, run, reportedJob, task: { type, state, ended, lastAt } }] as const;
  });
  return new Map(known);
}

/** In the order they came; each sees what the ones before it have changed. */
function decideOne({ names, known, update }: Reading, tasks: Map<string, Known>): Decided | undefined {
  if (!known) return undefined;
  const decision = update
    ? decide(known.reportedJob, known.task, update)
    : decideMalformed(known.reportedJob, known.task, names.state);
  if (!decision) return undefined;
  if (decision.kind === 'stage' && update) {
    known.reportedJob.code = decision.code;
    known.task.lastAt = Math.max(known.task.lastAt, update.at);
  }
  if (decision.kind === 'end' || decision.kind === 'retry') {
    for (const each of tasks.values()) {
      if (each.job === known.job) Object.assign(each.task, { state: 'done', ended: update?.state ?? null });
    }
  }
  return { known, update, decision };
}

function answerOf(reading: Reading | undefined, decided: Decided | undefined): UpdateAnswer {
  if (!reading?.update) return 'malformed';
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
  const faulty: EndOfJob[] = [];
  const again: { id: string; reported: string; afterMs: number; reset?: ResetCode }[] = [];
  for (const each of decided) {
    if (!each) continue;
    const { known, update, decision } = each;
    if (decision.kind === 'stage') {
      stages.set(known.job, { job: known.job, task: known.id, code: decision.code, at: known.task.lastAt });
      change.requests.add(known.request);
    }
    if (decision.kind === 'end' && update) ends.push(endOf(update, decision));
    if (decision.kind === 'end' && !update)
      faulty.push({ id: known.job, state: decision.state, code: decision.code });
    if (decision.kind === 'retry' && update)
      again.push({
        id: known.job,
        reported: update.state,
        afterMs: decision.afterMs,
        reset: decision.reset,
      });
  }
  await writeStages(change, [...stages.values()]);
  await endJobs(change, ends, actor);
  await endJobs(change, faulty, 'hub');
  await requeueJobs(change, again, actor);
}

/** What no database takes in a text: it would refuse the whole batch, again and again. */
const UNSTORABLE = /\0|\p{Cs}/gu;

function endOf(update: Update, { state, code }: Extract<Decision, { kind: 'end' }>): EndOfJob {
  const { outputsMissing, outputsWithheld, exitCode, logTail, reuse } = update;
  return {
    id: update.job,
    state,
    code,
    reason: code === 'job_error' && update.state === 'interrupted' ? 'too-many-attempts' : update.reason,
    reported: update.state,
    outputsMissing,
    outputsWithheld,
    exitCode,
    logTail: logTail?.replace(UNSTORABLE, ''),
    reuse,
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
