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
  return `${OVERALL[state]}: ${tally(state, jobs)}`;
}

/** What has become of it, behind its name: "has failed: 0 of 1 job succeeded". */
export function endedLine({ state, jobs }: Pick<RequestView, 'state' | 'jobs'>): string {
  return `${state === 'cancelled' ? 'was' : 'has'} ${OVERALL[state]}: ${tally(state, jobs)}`;
}

function tally(state: RequestView['state'], jobs: RequestView['jobs']): string {
  const done = jobs.filter((job) => job.state === 'succeeded').length;
  const reused = jobs.filter((job) => reusedFrom(job)).length;
  const spared = reused === 0 ? '' : reused === done ? ', all reused' : `, ${reused} of them reused`;
  // Of a request that succeeded the word stands before it.
  const what = state === 'succeeded' ? '' : ' succeeded';
  return `${done} of ${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'}${what}${spared}`;
}

/** The run whose results stood in for one of its own. */
export function reusedFrom({ reuse }: JobView): { commit: string; request: string } | undefined {
  return reuse && 'from' in reuse ? reuse.from : undefined;
}

const CAUSES: Record<Because['kind'], string> = {
  'never-run': 'has not run before on the way to this commit',
  failed: 'its last run failed',
  unknown: 'it is not known what its last results were made from',
  command: 'its command changed',
  config: 'its config changed',
  outputs: 'its declared outputs changed',
  image: 'its image changed',
  code: 'its code changed',
  inputs: 'what it reads changed',
  missing: 'outputs of its last run are gone',
};
type Because = Extract<NonNullable<JobView['reuse']>, { because: unknown }>['because'][number];

/** Why a job of a dummy run ran; empty where earlier results were not looked for. `name` shows the name of a file. */
export function whyRan({ reuse }: JobView, name: (file: string) => string): string {
  if (!reuse || !('because' in reuse)) return '';
  return reuse.because
    .map(({ kind, names = [] }) =>
      names.length > 0 ? `${names.map(name).join(', ')} changed` : CAUSES[kind],
    )
    .join('; ');
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
