/** How a run ended, decided from what is known about it. Pure. */
import type { End, ZoneReason } from '../../src/protocol/messages.ts';
import type { JobExit, JobLimits } from '../executor/executor.ts';
import { DATABASE_EXIT_HINTS } from './compat.ts';
import type { Collected } from './collect.ts';
import * as words from './words.ts';

export interface Outcome {
  state: End;
  reason?: ZoneReason;
  message: string;
  hint: string;
}

const outcome = (state: End, message: string, hint = '', reason?: ZoneReason): Outcome => ({
  state,
  message,
  hint,
  ...(reason ? { reason } : {}),
});

/** Of a program that has run. Interruptions first: what the program left then says nothing about it. */
export function outcomeOf(
  exit: Omit<JobExit, 'imageId'>,
  collected: Pick<Collected, 'unmatched' | 'hints'>,
  facts: { withheld: boolean; database: boolean; limits: Pick<JobLimits, 'memoryBytes'> },
): Outcome {
  if (exit.stopped) return outcome('cancelled_by_user', words.CANCELLED);
  if (exit.timedOut) return outcome('timed_out', words.TIMED_OUT);
  if (exit.diskFull) return outcome('job_error', words.DISK_LIMIT, '', 'disk-full');
  if (exit.interrupted) return outcome('interrupted', words.INTERRUPTED);
  if (exit.code !== 0)
    return outcome('nonzero_exit', failure(exit, facts), hintOf(exit.code, facts.database));
  if (collected.unmatched.length > 0) {
    const hint = collected.hints.length > 0 ? words.didYouMean(collected.hints.slice(0, 10)) : '';
    return outcome('unmatched_patterns', words.UNMATCHED, hint);
  }
  return outcome('succeeded', facts.withheld ? words.SUCCEEDED_WITHHELD : words.SUCCEEDED);
}

function failure(
  exit: Pick<JobExit, 'code' | 'outOfMemory'>,
  facts: { limits: { memoryBytes: number } },
): string {
  if (exit.outOfMemory) return words.outOfMemory(facts.limits.memoryBytes);
  return exit.code === 137 ? words.KILLED : words.NONZERO;
}

function hintOf(code: number, database: boolean): string {
  return database ? (DATABASE_EXIT_HINTS[code] ?? '') : '';
}
