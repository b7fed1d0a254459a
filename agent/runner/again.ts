/**
 * A database action that ended with a passing error of the database is tried again in the zone: its exit code
 * does not leave, so nobody else can. Seen from outside it takes longer, and that is all.
 *
 * What was tried is written down before the marker is taken away; then the run is as if it had never been prepared.
 * (Of an image whose exit codes are trusted the hub is told, and gives a new task.)
 */
import { rmSync } from 'node:fs';
import { minutes, seconds } from '../../src/lib/clock.ts';
import type { RunTask } from '../../src/protocol/messages.ts';
import type { JobExit } from '../executor/executor.ts';
import { writeWhole } from '../store/durable.ts';
import { DATABASE_PASSING_EXITS } from './compat.ts';
import type { RunContext } from './context.ts';
import type { RunPlaces } from './layout.ts';
import { beginnings, triesOf } from './run-state.ts';
import type { Marker } from './types.ts';

/** Before the second try, and before the third and last. */
const PAUSES_MS = [seconds(20), minutes(2)];

/** True when the run begins again; false when its end is its end. Rejects when the pause is dropped. */
export async function triedAgain(
  marker: Marker,
  places: RunPlaces,
  context: RunContext,
  options: { stop: AbortSignal; signal: AbortSignal; pause(ms: number, signal: AbortSignal): Promise<void> },
): Promise<boolean> {
  const { plan, task } = marker;
  if (plan.kind !== 'container' || plan.datasets === undefined || plan.exitCodeTrusted) return false;
  const exit = await context.at('again.exit', () => context.executor.wait(task.id, options.stop));
  const tries = triesOf(places);
  const pause = PAUSES_MS[tries.length];
  if (pause === undefined || !passes(exit)) return false;
  context.logger.info(
    { task: task.id, exit: exit.code },
    'A passing error of the database; it is tried again',
  );
  await options.pause(pause, options.signal);
  await context.at('again.note', () => {
    const beginning = beginnings(places);
    const noted = tries.some((one) => one.beginning === beginning);
    if (!noted)
      writeWhole(places.tries, JSON.stringify([...tries, { beginning, startedAt: exit.startedAt }]));
    rmSync(places.marker, { force: true });
  });
  return true;
}

function passes(exit: JobExit): boolean {
  const ended = exit.timedOut || exit.stopped || exit.diskFull || exit.interrupted || exit.outOfMemory;
  return !ended && DATABASE_PASSING_EXITS.includes(exit.code);
}

/** The container of the try before, which has the name that the next one needs. */
export async function clearTry(task: RunTask, places: RunPlaces, context: RunContext): Promise<void> {
  if (triesOf(places).length === 0) return;
  await context.at('again.clear', () => context.executor.remove(task.id));
  rmSync(places.started, { force: true });
}
