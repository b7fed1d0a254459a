/**
 * What everybody may see of what was done here.
 *
 * request: one `/run` · job: one action of it · number: its place among all requests, rising · filter: which of
 * them are asked for. What may not be public has no field here: no log, no file name, no count, no exit code.
 */
import type { Governance } from '../governance/types.ts';
import type { JobsDeps, JobState, RequestState } from '../jobs/jobs.ts';

export interface RecordDeps extends JobsDeps {
  /** Of the hub, as browsers name it. */
  origin: string;
  /** `https://github.com`, or an Enterprise Server's. */
  github: string;
}

/** `governance` undefined while no version is in force. */
export type Governed = Governance | undefined;

export const KINDS = ['run', 'dummy'] as const;
export const SHOWN_STATES = [
  'pending',
  'running',
  'succeeded',
  'failed',
  'cancelled',
  'nothing_to_do',
  'refused',
] as const satisfies readonly RequestState[];

export interface Filter {
  project?: string;
  /** Numeric GitHub id. */
  person?: number;
  backend?: string;
  workspace?: string;
  /** Its id, and the projects that it leads or takes part in. */
  org?: { id: string; projects: readonly string[] };
  /** One that was asked for. */
  action?: string;
  state?: RequestState;
  kind?: (typeof KINDS)[number];
  /** Stands in the id, project, workspace, repository, branch or an action, whether in capitals or not. */
  text?: string;
  /** Days in UTC, both included. */
  from?: string;
  until?: string;
}

export interface ShownRequest {
  id: string;
  number: number;
  state: RequestState;
  kind: (typeof KINDS)[number];
  project: string | null;
  /** Where it was asked for; null when it belongs to no project, of which nothing is public. */
  place: { owner: string; repository: string; branch: string; commit: string } | null;
  workspace: string | null;
  backend: string | null;
  person: { id: number; name: string };
  actions: string[];
  jobs: number;
  /** Code of the refusal. */
  refusal: string | null;
  createdAt: number;
  completedAt: number | null;
}

export interface ShownJob {
  id: string;
  action: string;
  run: string;
  state: JobState;
  code: string;
  /** A phrase from a fixed list. */
  words: string;
  attempts: number;
  createdAt: number;
  startedAt: number | null;
  completedAt: number | null;
  /** Jobs of this request that it waits or waited for. */
  needs: string[];
}

export interface Before {
  id: string;
  commit: string;
  state: RequestState;
  /** From asking to the end. */
  took: number | null;
}

export interface QueuePlace {
  /** Requests at the same backend, asked for before it, of which jobs still wait. */
  ahead: number;
  /** How long what is left has usually taken, when each of its actions has run before. */
  usuallyMs: number | null;
}

export interface RequestPage extends ShownRequest {
  startedAt: number | null;
  forced: boolean;
  /** Governance commit by which it was decided. */
  policy: string | null;
  jobList: ShownJob[];
  links: { commit: string; issue: string | null; check: string | null } | null;
  /** The request before it of the same workspace, and the last before it that succeeded. */
  before: Before | null;
  succeededBefore: Before | null;
  /** While it waits. */
  queue: QueuePlace | null;
  /** Since when an agent has said nothing of a job that runs, when that is long. */
  silentSince: number | null;
  entries: LedgerLine[];
}

/** One line of the ledger, without what it says. `place` is null until it is numbered. */
export interface LedgerLine {
  place: number | null;
  type: string;
  subject: string;
  time: string;
  event: string;
}
