/**
 * What a job request is called on GitHub. Pure.
 *
 * Words for a job's code come from the jobs room's fixed list: of a job on real data only those, times
 * and two booleans are known to the hub at all.
 */
import type { JobView, RequestState, RequestView } from '../jobs/jobs.ts';

export type { JobView, RequestView };

/** A request with the address of its repository's pages. */
export type ShownRequest = RequestView & { repositoryUrl: string };

const OVERALL: Record<RequestState, string> = {
  refused: 'refused',
  nothing_to_do: 'nothing to do',
  pending: 'waiting',
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
};

export const hasEnded = ({ state }: Pick<RequestView, 'state'>): boolean =>
  state !== 'pending' && state !== 'running';

export function summaryLine({ state, jobs }: Pick<RequestView, 'state' | 'jobs'>): string {
  if (state === 'nothing_to_do') return 'nothing to do: every action has succeeded or is already on its way';
  return `${OVERALL[state]}: ${tally(jobs)}`;
}

/** What has become of it, behind its name: "has failed: 0 of 1 job succeeded". */
export function endedLine({ state, jobs }: Pick<RequestView, 'state' | 'jobs'>): string {
  return `${state === 'cancelled' ? 'was' : 'has'} ${OVERALL[state]}: ${tally(jobs)}`;
}

function tally(jobs: RequestView['jobs']): string {
  const done = jobs.filter((job) => job.state === 'succeeded').length;
  return `${done} of ${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'} succeeded`;
}

/** The words of one job, with what may be added: two booleans, and an exit code where it is allowed to leave. */
export function jobWords(job: JobView): string {
  const exit = job.exitCode && job.code === 'nonzero_exit' ? ` (exit code ${job.exitCode})` : '';
  const stopping = job.stopping ? '; being stopped' : '';
  const withheld = job.outputsWithheld ? '; some files were withheld, see the viewer' : '';
  return `${job.words}${exit}${stopping}${withheld}`;
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
