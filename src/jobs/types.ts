/**
 * What the jobs room takes and gives.
 *
 * request: one `/run`, pinned to a sha · job: one action of it · task: one order to an agent.
 */
import type { Db } from '../db/database.ts';
import type { JOB_STATES, NOTIFY, OUTCOMES, PURPOSES, RESET_CODES, STOP_CODES } from '../db/schema/jobs.ts';
import type { Governance } from '../governance/types.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Traces } from '../lib/traces.ts';
import type { Json, Pipeline } from '../pipeline/pipeline.ts';
import type { Repository, Reuse, ZoneReason } from '../protocol/messages.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Signals } from './signals.ts';

export type Purpose = (typeof PURPOSES)[number];
export type Notify = (typeof NOTIFY)[number];
export type Outcome = (typeof OUTCOMES)[number];
export type JobState = (typeof JOB_STATES)[number];
export type StopCode = (typeof STOP_CODES)[number];
export type ResetCode = (typeof RESET_CODES)[number];

/** What is counted of jobs for whoever watches the hub: facts that the public log tells too. */
export interface JobCounts {
  /** `waitedMs`: from the moment at which it could have started until an agent was given it. */
  started(backend: string, waitedMs: number): void;
  /** `code`: of JOB_CODES, never a text. */
  ended(backend: string, code: string): void;
}

export interface JobsDeps {
  db: Db;
  clock: Clock;
  logger: Logger;
  /** The accepted governance, or undefined before the first was read. */
  governance(): Governance | undefined;
  /** Wakes open polls in this process; other hubs are woken through the database. */
  signals: Signals;
  /** Only where hub.yml names a collector. */
  traces?: Traces | undefined;
  /** Only where hub.yml says `watch`. */
  counts?: JobCounts | undefined;
}

/** The facts of a request, whatever becomes of it. */
export interface RequestFacts {
  /** 16 characters of `[a-z0-9]`, chosen by the caller: repeating the call changes nothing. */
  id: string;
  repository: Repository;
  branch: string;
  commit: string;
  backend: string;
  project: string | null;
  requestedBy: { id: number; login: string };
  /** As asked for: action names, or `['run_all']`. */
  actions: string[];
  /** Also run dependencies that have succeeded. */
  force: boolean;
  /** `dummy`: a check of a push, in a workspace of its own; earlier results may stand in unless `force` is set. */
  purpose: Purpose;
  notify: Notify;
  codelistsOk: boolean;
  /** Where it came from (comment, button, push): written by the caller, handed back as it is. */
  origin: Json;
}

export interface RequestInput extends RequestFacts {
  /** Why its codelists keep actions from the database, where more is known than that they do. */
  codelistsAgainst?: Refusal;
  pipeline: Pipeline;
  /** Image reference per action, for the public record. */
  images?: Record<string, string>;
  /** Actions that cannot run (unknown image tag …): their jobs fail at once, the others run. */
  faults?: Record<string, ZoneReason>;
}

export interface Submitted {
  request: string;
  /** `unchanged`: this request was known; `jobs` is what it has. */
  outcome: 'created' | 'unchanged' | 'nothing_to_do';
  jobs: number;
  workspace: string;
  reused: Reused[];
}

export interface Reused {
  action: string;
  job: string;
  why: 'active' | 'succeeded';
}

/** Codes as shown: the stored ones, and what a pending job waits for. */
export const WAIT_CODES = [
  'paused',
  'frozen',
  'waiting_on_dependencies',
  'waiting_on_workers',
  'waiting_on_db_workers',
  'waiting_on_agent',
  'waiting_on_db_maintenance',
] as const;
export type WaitCode = (typeof WAIT_CODES)[number];

export interface JobView {
  id: string;
  action: string;
  run: string;
  image: string | null;
  pool: 'general' | 'database';
  weight: number;
  why: string;
  state: JobState;
  /** From the list of reference 2.2; what a pending job waits for is derived now. */
  code: string;
  /** The code as a phrase from a fixed list. */
  words: string;
  /** Of ZONE_REASONS, or with `access_ended` the code of a refusal. */
  reason: string | null;
  attempts: number;
  createdAt: number;
  startedAt: number | null;
  completedAt: number | null;
  outputsMissing: boolean | null;
  outputsWithheld: boolean | null;
  /** Dummy data, or a database image whose exit codes governance trusts. */
  exitCode: number | null;
  /** Dummy data only; as received: fence and clean it. */
  logTail: string | null;
  /** Dummy runs only: whose results stood in for a run of its own, or why none did. */
  reuse: Reuse | null;
  /** Cancelling was asked for, the container has not gone yet. */
  stopping: boolean;
  cancelledBy: number | null;
}

export interface RequestSummary {
  id: string;
  repository: Repository;
  branch: string;
  commit: string;
  backend: string;
  /** Null when the request was refused before one was needed. */
  workspace: string | null;
  project: string | null;
  requestedBy: { id: number; login: string };
  actions: string[];
  force: boolean;
  codelistsOk: boolean;
  purpose: Purpose;
  notify: Notify;
  origin: Json;
  outcome: Outcome;
  refusal: Pick<Refusal, 'code' | 'says' | 'next'> | null;
  reused: Reused[];
  jobCount: number;
  policyCommit: string | null;
  createdAt: number;
  completedAt: number | null;
}

export type RequestState =
  | 'refused'
  | 'nothing_to_do'
  | 'pending'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'cancelled';

export interface RequestView extends RequestSummary {
  state: RequestState;
  startedAt: number | null;
  /** In the order of creation: dependencies first. */
  jobs: JobView[];
}
