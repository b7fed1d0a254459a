/** Asks the hub, does what it should, tells it, asks again. News wakes it; nothing is waited for by the clock. */
import { setTimeout as delay } from 'node:timers/promises';
import { seconds } from '../lib/clock.ts';
import { handle, type StewardParts } from './handle.ts';
import { HubTrouble } from './hub.ts';
import { carryOut } from './tasks/tasks.ts';

const WAIT_MS = seconds(55);
const FIRST_PAUSE_MS = seconds(1);
const LONGEST_PAUSE_MS = seconds(60);

export interface LoopOptions {
  signal: AbortSignal;
  random?: () => number;
}

/** One question and what follows from it. How many orders and tasks there were. */
export async function stepOnce(parts: StewardParts, waitMs: number, signal?: AbortSignal): Promise<number> {
  const { orders, tasks } = await parts.hub.poll(waitMs, signal);
  const work = [
    ...orders.map((order) => async () => parts.hub.report(order, await handle(parts, order))),
    ...tasks.map((task) => async () => parts.hub.done(task, await carryOut(parts, task))),
  ];
  let trouble: unknown;
  for (const each of work) {
    signal?.throwIfAborted();
    try {
      await each();
    } catch (error) {
      // What the hub does not take of one must not keep the others waiting; a hub that is away takes nothing.
      if (!(error instanceof HubTrouble) || !error.answered) throw error;
      trouble = error;
    }
  }
  if (trouble !== undefined) throw trouble;
  return work.length;
}

export async function runSteward(
  parts: StewardParts,
  { signal, random = Math.random }: LoopOptions,
): Promise<void> {
  let pause = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      await stepOnce(parts, WAIT_MS, signal);
      pause = FIRST_PAUSE_MS;
    } catch (error) {
      if (signal.aborted) return;
      const expected = error instanceof HubTrouble;
      parts.logger[expected ? 'warn' : 'error'](
        { err: error, code: 'steward.hub' },
        'The hub is asked again',
      );
      await delay(pause / 2 + (pause / 2) * random(), undefined, { signal }).catch(() => undefined);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }
}
