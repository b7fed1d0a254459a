/**
 * Which state a code belongs to, and what a report from the zone does to a job.
 *
 * Pure: facts in, decision out. Reports come at least once, late and out of order; a job that has ended
 * never changes, and within an attempt an older report never undoes a newer one.
 */
import { seconds } from '../lib/clock.ts';
import { ENDS, STAGES, type End, type Stage, type Update } from '../protocol/protocol.ts';
import { isReset } from './resets.ts';
import type { JobState, ResetCode, StopCode } from './types.ts';

/** Attempts at one job, the first included. */
export const MAX_ATTEMPTS = 3;
/** Before the second attempt, and before the third: most outages are short, and somebody waits. */
const BACKOFFS_MS = [seconds(5), seconds(60)];
const DATABASE_BACKOFF_MS = 60_000;

/** Reasons that pass by themselves. */
const PASSING = new Set(['git-unavailable', 'governance-unavailable', 'database-unavailable', 'disk-full']);
/** Exit codes of a database action that pass: a transient fault, and an import in progress (reference 4.5). */
const PASSING_EXITS = new Set([3, 4]);

export interface ReportedJob {
  state: JobState;
  code: string;
  /** Without those that an operator ended. */
  attempts: number;
  isDatabase: boolean;
  /** It was told to stop: what it then ends as, or why it then waits again. */
  stop: StopCode | null;
}

export interface ReportedTask {
  type: 'run' | 'cancel';
  state: 'active' | 'done';
  /** How it ended, when it has. */
  ended: string | null;
  lastAt: number;
}

export type Decision =
  /** Nothing to write: a repeat, or a report that an earlier one has overtaken. */
  | { kind: 'taken' | 'stale' }
  | { kind: 'stage'; code: Stage }
  | { kind: 'end'; state: 'succeeded' | 'failed'; code: string }
  /** Back to the queue, not before so many ms have passed; `reset`: an operator wanted it. */
  | { kind: 'retry'; afterMs: number; reset?: ResetCode };

export function decide(job: ReportedJob, task: ReportedTask, update: Update): Decision {
  if (task.state === 'done') return { kind: task.ended === update.state ? 'taken' : 'stale' };
  if (isEnd(update.state)) return decideEnd(job, update.state, update);
  if (task.type === 'cancel' || update.state === job.code) return { kind: 'taken' };
  const back = rank(update.state) < rank(job.code);
  // A stage may come again after a restart of the agent; then its time is later.
  if (back && update.at <= task.lastAt) return { kind: 'stale' };
  return { kind: 'stage', code: update.state };
}

/**
 * A report that may not be taken, of a task that is over: nobody will report on it again, so that its job
 * would run for ever. A word that is no known stage is taken for an end.
 */
export function decideMalformed(
  job: Pick<ReportedJob, 'stop'>,
  task: ReportedTask,
  state: string,
): Extract<Decision, { kind: 'end' }> | undefined {
  if (task.state === 'done' || (STAGES as readonly string[]).includes(state)) return undefined;
  return {
    kind: 'end',
    state: 'failed',
    code: isReset(job.stop) ? 'internal_error' : (job.stop ?? 'internal_error'),
  };
}

function decideEnd(job: ReportedJob, end: End, update: Update): Decision {
  if (end === 'succeeded') return { kind: 'end', state: 'succeeded', code: end };
  if (isReset(job.stop)) return { kind: 'retry', afterMs: 0, reset: job.stop };
  if (job.stop) return { kind: 'end', state: 'failed', code: job.stop };
  const afterMs = retryAfter(job, end, update);
  if (afterMs !== undefined) {
    if (job.attempts < MAX_ATTEMPTS) return { kind: 'retry', afterMs };
    if (end === 'interrupted') return { kind: 'end', state: 'failed', code: 'job_error' };
  }
  return { kind: 'end', state: 'failed', code: end };
}

/** Undefined when trying again would not help. */
function retryAfter(job: ReportedJob, end: End, { reason, exitCode }: Update): number | undefined {
  if (end === 'interrupted') return 0;
  if (end === 'prepare_failed' && reason && PASSING.has(reason))
    return BACKOFFS_MS[job.attempts - 1] ?? BACKOFFS_MS[0];
  const passes =
    end === 'nonzero_exit' && job.isDatabase && exitCode !== undefined && PASSING_EXITS.has(exitCode);
  return passes ? DATABASE_BACKOFF_MS * 2 ** (job.attempts - 1) : undefined;
}

function isEnd(state: Update['state']): state is End {
  return (ENDS as readonly string[]).includes(state);
}

/** `initiated`, which only the hub writes, comes before all stages. */
function rank(code: string): number {
  return (STAGES as readonly string[]).indexOf(code);
}
