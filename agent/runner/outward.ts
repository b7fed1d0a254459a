/**
 * What may leave the zone about a run: the states, times and booleans of docs/security.md, and nothing else.
 *
 * Once a program has started it may choose how it ends, so that each ending the hub can tell apart is a message.
 * On real data all that went wrong from then on looks like a program that ended with an error; what it
 * really was stands in metadata and log, in the zone.
 */
import type { End, Reuse, RunTask, Update } from '../../src/protocol/messages.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { Ending } from './end.ts';
import { logTail } from './job-log.ts';
import type { RunPlaces } from './layout.ts';
import { firstStart } from './run-state.ts';
import type { Marker, Metadata } from './types.ts';

/** Endings of a program that ran, as the hub may know them. The last two no program can choose. */
const AFTER_A_START: readonly End[] = [
  'succeeded',
  'unmatched_patterns',
  'nonzero_exit',
  'timed_out',
  'interrupted',
  'cancelled_by_user',
];

export function outwardOf(
  marker: Marker | undefined,
  ending: Ending,
  facts: { started: boolean; withheld: boolean },
): Metadata['outward'] {
  const dummy = marker?.plan.outwardLog ?? false;
  const chosen = facts.started && !dummy;
  const state = chosen && !AFTER_A_START.includes(ending.state) ? 'nonzero_exit' : ending.state;
  const mayTellCode = dummy || (state === 'nonzero_exit' && (marker?.plan.exitCodeTrusted ?? false));
  const code = mayTellCode ? ending.exitCode : undefined;
  return {
    state,
    ...(ending.reason && !chosen ? { reason: ending.reason } : {}),
    outputsMissing: state === 'unmatched_patterns',
    outputsWithheld: facts.withheld && (state === 'succeeded' || state === 'unmatched_patterns'),
    ...(code ? { exitCode: code } : {}),
    ...(dummy && ending.log !== '' && !marker?.reused ? { logTail: logTail(ending.log) } : {}),
    ...(dummy && marker ? reuseOf(marker) : {}),
  };
}

function reuseOf({ reused, because }: Marker): { reuse?: Reuse } {
  if (reused) return { reuse: { from: { commit: reused.commit, request: reused.request } } };
  return because ? { reuse: { because } } : {};
}

/** Only fields of `dummyUpdate`, and of those only what the metadata was allowed to say. */
export function finalUpdate(metadata: Metadata): Update {
  const { outward } = metadata;
  return {
    task: metadata.task_id,
    job: metadata.job_definition_id,
    state: outward.state,
    at: crossing(metadata.completed_at),
    ...(metadata.started_at === undefined ? {} : { startedAt: crossing(metadata.started_at) }),
    finishedAt: crossing(metadata.completed_at),
    ...(outward.reason ? { reason: outward.reason } : {}),
    outputsMissing: outward.outputsMissing,
    outputsWithheld: outward.outputsWithheld,
    ...(outward.exitCode === undefined ? {} : { exitCode: outward.exitCode }),
    ...(outward.logTail === undefined ? {} : { logTail: outward.logTail }),
    ...(outward.reuse === undefined ? {} : { reuse: outward.reuse }),
  };
}

export function stageUpdate(task: RunTask, state: Update['state'], clock: Clock, places: RunPlaces): Update {
  const started = firstStart(places);
  return {
    task: task.id,
    job: task.job,
    state,
    at: crossing(clock.now()),
    ...(started === undefined ? {} : { startedAt: crossing(started) }),
  };
}

/** A time as it may leave the zone: in whole seconds, for its thousandths could be chosen. */
function crossing(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
