/** A job request as the public may see it: the input of its comment and its check. Pure. */
import { stateWords } from './states.ts';

export interface JobView {
  id: string;
  action: string;
  state: 'pending' | 'running' | 'succeeded' | 'failed';
  code: string;
  reason?: string | null;
  startedAt?: number | null;
  completedAt?: number | null;
  outputsMissing?: boolean | null;
  outputsWithheld?: boolean | null;
  exitCode?: number | null;
  /** Only ever of a job on dummy data. */
  logTail?: string | null;
}

export interface RequestView {
  id: string;
  purpose: 'run' | 'dummy';
  repositoryUrl: string;
  branch: string;
  commit: string;
  backend: string;
  requestedByLogin: string;
  actions: string[];
  outcome: 'accepted' | 'nothing_to_do' | 'refused';
  notify: 'none' | 'end' | 'failure';
  createdAt: number;
  completedAt?: number | null;
  /** In the order in which they can run. */
  jobs: JobView[];
}

export type Overall = 'waiting' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'nothing to do';

export function overall(view: Pick<RequestView, 'outcome' | 'jobs'>): Overall {
  if (view.jobs.length === 0) return 'nothing to do';
  const active = view.jobs.some((job) => job.state === 'pending' || job.state === 'running');
  if (active) return view.jobs.some((job) => job.state !== 'pending') ? 'running' : 'waiting';
  const unhappy = view.jobs.filter((job) => job.state === 'failed');
  if (unhappy.length === 0) return 'succeeded';
  const cancelled = unhappy.every(
    (job) => job.code === 'cancelled_by_user' || job.code === 'dependency_failed',
  );
  return cancelled && unhappy.some((job) => job.code === 'cancelled_by_user') ? 'cancelled' : 'failed';
}

export const hasEnded = (view: Pick<RequestView, 'outcome' | 'jobs'>): boolean =>
  !['waiting', 'running'].includes(overall(view));

export function summaryLine(view: Pick<RequestView, 'outcome' | 'jobs'>): string {
  const done = view.jobs.filter((job) => job.state === 'succeeded').length;
  const all = view.jobs.length;
  const state = overall(view);
  if (state === 'nothing to do') return 'nothing to do: every action has succeeded or is already on its way';
  return `${state}: ${done} of ${all} ${all === 1 ? 'job' : 'jobs'} succeeded`;
}

/** The words of one job, with what may be added: two booleans, and an exit code where it is allowed to leave. */
export function jobWords(job: JobView): string {
  const exit = job.exitCode && job.code === 'nonzero_exit' ? ` (exit code ${job.exitCode})` : '';
  const withheld = job.outputsWithheld ? '; some files were withheld, see the viewer' : '';
  return `${stateWords(job.code, job.reason)}${exit}${withheld}`;
}

export function instant(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function jobTook(job: JobView): string {
  return job.startedAt && job.completedAt ? duration(job.completedAt - job.startedAt) : '';
}
