/**
 * The agent's question "which tasks are mine?": answered the moment the list differs from the one it holds.
 *
 * It waits for news in this process, which other hubs' news reaches through the database, and looks again
 * when a job may be tried again, and every 30 s in case news was lost. Rights are checked again when it is answered.
 */
import type { KeyObject } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { ZodError } from 'zod';
import { rowsOf, textArray, type Db } from '../db/database.ts';
import { actsAfter, freezesFor } from '../freezes/freezes.ts';
import { backendById } from '../governance/governance.ts';
import { seconds } from '../lib/clock.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Pool } from '../pipeline/pipeline.ts';
import {
  PROTOCOL,
  signTask,
  type Caller,
  type PollAnswer,
  type PollRequest,
  type Repository,
  type Task,
} from '../protocol/protocol.ts';
import { agentSeen } from './agents.ts';
import { dispatch, nextRetryAt } from './dispatch.ts';
import { endJobs } from './ending.ts';
import { endsByRights } from './rights.ts';
import { takeOver } from './take-over.ts';
import { agentKey, changeJobs } from './transaction.ts';
import type { JobsDeps, Purpose } from './types.ts';

const SAFETY_POLL_MS = seconds(30);
const TASK_LIFE_SECONDS = 600;
/** The protocol's largest answer. */
const LONGEST_LIST = 1000;

export interface PollDeps extends JobsDeps {
  /** The hub's own key, with which tasks are signed. */
  hubKey: KeyObject;
}

interface Row {
  id: string;
  type: 'run' | 'cancel';
  job: string;
  stops: string | null;
  seq: number;
  request: string;
  repository: Repository;
  branch: string;
  commit: string;
  action: string;
  workspace: string;
  requestedBy: number;
  purpose: Purpose;
  force: boolean;
  pool: Pool;
  /** How far the job is: no agent has said a word of one that is `initiated`. */
  code: string;
  /** Nobody can have read it yet. */
  unseen: boolean;
}

export interface Waiting {
  /** Ends the waiting. */
  stop?: AbortSignal;
  /** Says no when the caller's rights have gone while it waited. */
  allowed?: () => Refusal | undefined;
  /** Whether nobody is there any more to read the answer. */
  gone?: () => boolean;
  /** For how long the caller counts as alive after each word. */
  leaseMs?: number;
}

export async function pollTasks(
  deps: PollDeps,
  caller: Caller,
  ask: PollRequest,
  waiting: Waiting = {},
): Promise<PollAnswer | Refusal> {
  const { db, clock, signals } = deps;
  const { leaseMs } = waiting;
  const until = performance.now() + ask.waitMs;
  const draining = ask.draining ?? false;
  await agentSeen(db, caller, { engine: ask.engine, draining, leaseMs }, clock.now());
  if (draining) await takeOver(deps);
  await dispatch(deps, caller.backend);
  for (;;) {
    const due = await nextRetryAt(deps, caller.backend);
    const rest = Math.min(SAFETY_POLL_MS, due === undefined ? Infinity : Math.max(1, due - clock.now()));
    const left = until - performance.now();
    // Registered before looking: news between the look and the wait is not lost.
    const news = signals.waitFor(
      agentKey(caller.backend, caller.agent),
      Math.min(Math.max(left, 0), rest),
      waiting.stop,
    );
    try {
      const list = await taskList(db, caller);
      if (await endUnbegun(deps, caller, list.tasks)) continue;
      // An agent that names no number is from before there were freezes: what it runs is stopped by the hub's list.
      const acts = ask.freezes === undefined ? [] : await actsAfter(db, ask.freezes);
      const isNews = list.version !== ask.seen || ask.seen === 0 || acts.length > 0;
      if (isNews || left <= 0 || waiting.stop?.aborted) {
        const to = { id: caller.agent, backend: caller.backend };
        return (
          waiting.allowed?.() ?? {
            version: list.version,
            tasks: waiting.gone?.()
              ? []
              : await signed(deps, caller, await markShown(db, caller, list.tasks, clock.now())),
            ...(await freezesFor(deps, to, acts)),
          }
        );
      }
      await news.woken;
    } finally {
      news.forget();
    }
    // Retries whose time has come, jobs of a backend that was unpaused elsewhere.
    await dispatch(deps, caller.backend);
  }
}

/** Version and tasks in one statement, so that they belong together. */
async function taskList(db: Db, caller: Caller): Promise<{ version: number; tasks: Row[] }> {
  const rows = await rowsOf<Row & { version: number; id: string | null }>(
    db,
    sql`
      select agents.list_version::float8 as version, tasks.id, tasks.type, tasks.job, tasks.stops,
        tasks.seq::float8 as seq, tasks.shown_at is null as unseen, jobs.request, jobs.action, jobs.workspace, jobs.pool, jobs.code,
        job_requests.purpose, job_requests.force, job_requests.branch, job_requests.commit,
        json_build_object('id', job_requests.repository_id, 'owner', job_requests.owner, 'name', job_requests.name) as repository,
        job_requests.requested_by::float8 as "requestedBy"
      from agents
      left join (tasks join jobs on jobs.id = tasks.job join job_requests on job_requests.id = jobs.request)
        on tasks.backend = agents.backend and tasks.agent = agents.id and tasks.state = 'active'
      where agents.backend = ${caller.backend} and agents.id = ${caller.agent}
      order by tasks.seq limit ${LONGEST_LIST}`,
  );
  return { version: rows[0]?.version ?? 0, tasks: rows.filter((row) => row.id !== null) };
}

/**
 * From here on the agent may have read them, and no other may ever get them. One that was given to another
 * since the list was read is left out: which of the two is first, the row's lock decides.
 */
async function markShown(db: Db, caller: Caller, rows: Row[], now: number): Promise<Row[]> {
  const fresh = rows.filter(({ unseen }) => unseen).map(({ id }) => id);
  if (fresh.length === 0) return rows;
  const shown = await rowsOf<{ id: string }>(
    db,
    sql`
      update tasks set shown_at = ${now}
      where id = any(${textArray(fresh)}) and agent = ${caller.agent} and state = 'active' returning id`,
  );
  const mine = new Set(shown.map(({ id }) => id));
  return rows.filter(({ id, unseen }) => !unseen || mine.has(id));
}

/** What was handed out while its agent was away, and lost its right since. */
async function endUnbegun(deps: PollDeps, { backend: id }: Caller, rows: readonly Row[]): Promise<boolean> {
  const governance = deps.governance();
  const backend = governance && backendById(governance, id);
  if (!governance || !backend) return false;
  const unbegun = rows
    .filter(({ type, code }) => type === 'run' && code === 'initiated')
    .map(({ repository, ...row }) => ({ ...row, repository: repository.id }));
  const ends = endsByRights(governance, backend, unbegun, deps.clock.now());
  if (ends.length === 0) return false;
  await changeJobs(deps, id, (change) => endJobs(change, ends, 'hub'));
  await dispatch(deps, id);
  return true;
}

async function signed(deps: PollDeps, caller: Caller, rows: readonly Row[]): Promise<PollAnswer['tasks']> {
  const iat = Math.floor(deps.clock.now() / 1000);
  const answers = await Promise.all(
    rows.map(async (row) => {
      try {
        const claims = {
          protocol: PROTOCOL,
          ...caller,
          seq: row.seq,
          iat,
          exp: iat + TASK_LIFE_SECONDS,
          task: taskOf(row),
        };
        return { jws: await signTask(claims as Parameters<typeof signTask>[0], deps.hubKey) };
      } catch (error) {
        if (!(error instanceof ZodError)) throw error;
        // One job that cannot be put into words must not keep the others from being started.
        deps.logger.error(
          { err: error, code: 'jobs.faulty', job: row.job },
          'A task cannot be written and its job is ended',
        );
        await changeJobs(deps, caller.backend, (change) =>
          endJobs(change, [{ id: row.job, state: 'failed', code: 'internal_error' }], 'hub'),
        );
        return undefined;
      }
    }),
  );
  return answers.filter((answer) => answer !== undefined);
}

function taskOf(row: Row): Task {
  const { id, job, stops, request, repository, branch, commit, action, workspace, requestedBy } = row;
  if (row.type === 'cancel') return { type: 'cancel', id, job, task: stops ?? '' };
  // The check of a push; who asks for it once more wants to see it run.
  const mayReuse = row.purpose === 'dummy' && !row.force;
  return {
    ...{ type: 'run', id, job, request, repository, branch, commit, action, workspace, requestedBy },
    ...(mayReuse && { reuse: true }),
  };
}
