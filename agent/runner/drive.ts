/**
 * One run from wherever it is to its end. Each turn asks disk and engine how far it is and takes the
 * next step; a step that fails because something is away for now is tried again, later and later.
 */
import { rmSync } from 'node:fs';
import { GitFailed } from '../../src/lib/git.ts';
import type { End, RunTask, Update, ZoneReason } from '../../src/protocol/messages.ts';
import { EngineLost } from '../executor/executor.ts';
import { removeTree } from '../executor/remove-tree.ts';
import { readJson, writeWhole } from '../store/durable.ts';
import { clearTry, triedAgain } from './again.ts';
import type { RunContext } from './context.ts';
import { conclude, type Ending } from './end.ts';
import { start, unmake, waitForEnd } from './execute.ts';
import { finalize } from './finalize.ts';
import { GovernanceUnavailable } from './governance.ts';
import type { RunPlaces } from './layout.ts';
import { Phases, type RunnerWatch } from './observe.ts';
import { finalUpdate, stageUpdate } from './outward.ts';
import { prepare } from './prepare.ts';
import { beginnings, cancelled, readBaseline, stateOf, triesOf, type RunState } from './run-state.ts';
import type { Marker, Metadata } from './types.ts';
import * as words from './words.ts';

export interface DriveOptions {
  /** Ends the whole agent: the run stays as it is, for the next process. */
  stop: AbortSignal;
  /** Fires when the run was cancelled: what is going on is dropped. */
  dropped: AbortSignal;
  report(update: Update): void;
  /** Waits between attempts. Milliseconds. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  watch?: RunnerWatch | undefined;
}

/** Attempts that did not fail for want of the engine, after which a run is given up. */
export const MAX_ATTEMPTS = 5;
/** Starts of the preparation, over restarts of the agent too: something in it ends the process. */
const MAX_BEGINNINGS = 20;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** Resolves with how the run ended, when everything of it has been cleaned up. Rejects only when stopped. */
export async function drive(task: RunTask, context: RunContext, options: DriveOptions): Promise<Metadata> {
  const places = context.layout.run(task.job, task.id, task.action);
  const signal = AbortSignal.any([options.stop, options.dropped]);
  // The note may have found no room on the disk.
  const isCancelled = (): boolean => cancelled(places) || options.dropped.aborted;
  const phases = new Phases(options.watch, task, () => context.clock.now());
  let failures = 0;
  // What remains is to clean up: how the run ended stands, and is said once.
  let isOver = false;
  for (let attempt = 0; ; attempt += 1) {
    options.stop.throwIfAborted();
    const ending = isCancelled();
    try {
      const state = await stateOf(places, task, context.executor);
      if (state.stage === 'finalized') {
        if (!isOver) options.report(finalUpdate(state.metadata));
        isOver = true;
        await clean(task, places, context);
        phases.over(state.metadata.outward.state);
        return state.metadata;
      }
      await step(task, state, places, context, { ...options, signal, phases, isCancelled });
      attempt = -1;
    } catch (error) {
      options.stop.throwIfAborted();
      // Cancelled just now: what failed was the step that was dropped.
      if (!ending && isCancelled()) continue;
      if (isFatal(error)) throw error;
      if (!(error instanceof EngineLost)) failures += 1;
      context.logger.warn(
        { task: task.id, failures, err: error },
        'A step of a run failed; it is tried again',
      );
      if (!isOver && failures >= MAX_ATTEMPTS && (await giveUp(task, error, places, context))) continue;
      await options.pause(pauseAfter(attempt), ending ? options.stop : signal).catch(() => undefined);
    }
  }
}

/** A test's stand-in for `kill -9` must get out. */
function isFatal(error: unknown): boolean {
  return (error as { fatal?: unknown }).fatal === true;
}

function pauseAfter(attempt: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, attempt));
}

type StepOptions = DriveOptions & { signal: AbortSignal; phases: Phases; isCancelled(): boolean };

async function step(
  task: RunTask,
  state: Exclude<RunState, { stage: 'finalized' }>,
  places: RunPlaces,
  context: RunContext,
  options: StepOptions,
): Promise<void> {
  if (options.isCancelled()) return cancel(task, state, places, context);
  // A second try looks like a long first one.
  const quiet = triesOf(places).length > 0;
  const say = (stage: Update['state']): void =>
    quiet ? undefined : options.report(stageUpdate(task, stage, context.clock, places));
  switch (state.stage) {
    case 'unknown': {
      await clearTry(task, places, context);
      const begun = countBeginning(places);
      say('preparing');
      if (begun > MAX_BEGINNINGS) return refuse(task, 'too-many-attempts', undefined, places, context);
      const no = await prepare(task, places, context, options.signal);
      return no ? refuse(task, no.reason, undefined, places, context) : undefined;
    }
    case 'created':
      return unmake(state.marker, places, context);
    case 'prepared': {
      const no = await start(state.marker, places, context);
      if (no === 'cannot-start')
        return stopHere(task, 'job_error', words.CANNOT_START, state.marker, places, context);
      if (no) return refuse(task, no.reason, state.marker, places, context);
      options.phases.enter('execute');
      say('executing');
      return waitForEnd(state.marker, places, context, options.signal);
    }
    case 'executing':
      options.phases.enter('execute');
      say('executing');
      return waitForEnd(state.marker, places, context, options.signal);
    case 'gone':
      return stopHere(task, 'interrupted', words.INTERRUPTED, state.marker, places, context);
    case 'executed':
      if (!readBaseline(places))
        return stopHere(task, 'interrupted', words.INTERRUPTED, state.marker, places, context);
      if (await triedAgain(state.marker, places, context, options)) return undefined;
      options.phases.enter('finalize');
      say('finalizing');
      await finalize(state.marker, places, context, options.stop);
      return undefined;
  }
}

function countBeginning(places: RunPlaces): number {
  const begun = beginnings(places) + 1;
  writeWhole(places.attempts, String(begun), { sync: false });
  return begun;
}

/** Cannot be prepared because of the place (retry may help), as against "may not run here". */
const PREPARATION: readonly ZoneReason[] = [
  'input-missing',
  'disk-full',
  'git-unavailable',
  'governance-unavailable',
  'image-missing',
  'database-unavailable',
  'dummy-data-missing',
  'too-many-attempts',
];

async function refuse(
  task: RunTask,
  reason: ZoneReason,
  marker: Marker | undefined,
  places: RunPlaces,
  context: RunContext,
): Promise<void> {
  const state = PREPARATION.includes(reason) ? 'prepare_failed' : 'refused_by_zone';
  await stopHere(task, state, words.ZONE_REASON_TEXT[reason], marker, places, context, reason);
}

async function stopHere(
  task: RunTask,
  state: End,
  message: string,
  marker: Marker | undefined,
  places: RunPlaces,
  context: RunContext,
  reason?: ZoneReason,
): Promise<void> {
  const ending: Ending = { state, message, reason, completedAt: context.clock.now(), log: '' };
  await conclude(task, marker, places, ending, context);
}

/** From any state: the container stops, log and metadata stay, no outputs are taken. */
async function cancel(task: RunTask, state: RunState, places: RunPlaces, context: RunContext): Promise<void> {
  const { at, executor } = context;
  const marker = 'marker' in state ? state.marker : undefined;
  await at('cancel.stop', () => executor.stop(task.id));
  const hasRun = state.stage === 'executing' || state.stage === 'executed';
  const log = await at('cancel.log', () =>
    hasRun && marker?.plan.kind === 'container' ? executor.log(task.id) : '',
  );
  const ending: Ending = {
    state: 'cancelled_by_user',
    message: words.CANCELLED,
    completedAt: context.clock.now(),
    log,
  };
  await conclude(task, marker, places, ending, context);
}

/** False when not even this can be written (a full disk): the run stays and is tried again. */
async function giveUp(
  task: RunTask,
  error: unknown,
  places: RunPlaces,
  context: RunContext,
): Promise<boolean> {
  const reason = reasonOf(error);
  const marker = readMarker(places);
  const state: End = marker ? 'job_error' : 'prepare_failed';
  try {
    if (marker) await context.executor.stop(task.id);
    const message = words.ZONE_REASON_TEXT[reason];
    const ending: Ending = { state, message, reason, completedAt: context.clock.now(), log: '' };
    await conclude(task, marker, places, ending, context, { givenUp: true });
    return true;
  } catch (cause) {
    if (isFatal(cause)) throw cause;
    context.logger.error({ task: task.id, err: cause }, 'The end of a run could not be written');
    return false;
  }
}

function readMarker(places: RunPlaces): Marker | undefined {
  return readJson(places.marker) as Marker | undefined;
}

function reasonOf(error: unknown): ZoneReason {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'disk-full';
  if (error instanceof GitFailed) return 'git-unavailable';
  if (error instanceof GovernanceUnavailable) return 'governance-unavailable';
  return 'too-many-attempts';
}

/** Container, rights, network and folder of a run that is over. What is gone already is fine. */
export async function clean(
  task: Pick<RunTask, 'id'>,
  places: RunPlaces,
  context: RunContext,
): Promise<void> {
  const { at, executor } = context;
  await at('clean.container', () => executor.remove(task.id));
  await at('clean.database', () => context.database?.close(task.id));
  await at('clean.work', () => removeTree(places.work));
  rmSync(places.baseline, { force: true });
}
