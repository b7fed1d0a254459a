/** Asks the hub, does what it should, tells it, asks again. News wakes it; nothing is waited for by the clock. */
import { setTimeout as delay } from 'node:timers/promises';
import { seconds } from '../lib/clock.ts';
import { withLogFields } from '../lib/log-fields.ts';
import { requestIdFor } from '../lib/request-id.ts';
import { handle, type StewardParts } from './handle.ts';
import { HubTrouble } from './hub.ts';
import { carryOut } from './tasks/tasks.ts';

const WAIT_MS = seconds(55);
const FIRST_PAUSE_MS = seconds(1);
const LONGEST_PAUSE_MS = seconds(60);
/** A hub that is away is usually back within seconds. */
const AWAY_PAUSE_MS = seconds(4);

/** Is told how the loop does. */
export interface LoopWatch {
  turned(): void;
  polled(answered: boolean): void;
  worked(kind: 'publication' | 'task', result: 'told' | 'failed'): void;
}

export interface LoopOptions {
  signal: AbortSignal;
  watch?: LoopWatch;
  random?: () => number;
}

/** One question and what follows from it. How many orders and tasks there were. */
export async function stepOnce(
  parts: StewardParts,
  waitMs: number,
  signal?: AbortSignal,
  watch?: LoopWatch,
): Promise<number> {
  watch?.turned();
  const { orders, tasks } = await asked(parts, waitMs, signal, watch);
  const work = [
    ...orders.map((order) => ({
      kind: 'publication' as const,
      fields: { publication: order.publication },
      carry: async () => parts.hub.report(order, await handle(parts, order)),
    })),
    ...tasks.map((task) => ({
      kind: 'task' as const,
      fields: { task: task.id },
      carry: async () => parts.hub.done(task, await carryOut(parts, task)),
    })),
  ];
  let trouble: unknown;
  for (const each of work) {
    signal?.throwIfAborted();
    try {
      await withLogFields({ request_id: requestIdFor(), ...each.fields }, each.carry);
      watch?.worked(each.kind, 'told');
    } catch (error) {
      if (!signal?.aborted) watch?.worked(each.kind, 'failed');
      // What the hub does not take of one must not keep the others waiting; a hub that is away takes nothing.
      if (!(error instanceof HubTrouble) || !error.answered) throw error;
      trouble = error;
    }
  }
  if (trouble !== undefined) throw trouble;
  return work.length;
}

async function asked(parts: StewardParts, waitMs: number, signal?: AbortSignal, watch?: LoopWatch) {
  try {
    const answer = await parts.hub.poll(waitMs, signal);
    watch?.polled(true);
    return answer;
  } catch (error) {
    if (!signal?.aborted) watch?.polled(false);
    throw error;
  }
}

/** ms, after so many failures in a row before this one; half of it is fixed, half drawn. */
export function pauseAfter(error: unknown, failures: number): number {
  const isAway = error instanceof HubTrouble && !error.answered;
  return Math.min(FIRST_PAUSE_MS * 2 ** failures, isAway ? AWAY_PAUSE_MS : LONGEST_PAUSE_MS);
}

export async function runSteward(
  parts: StewardParts,
  { signal, random = Math.random, watch }: LoopOptions,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await stepOnce(parts, WAIT_MS, signal, watch);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      const expected = error instanceof HubTrouble;
      parts.logger[expected ? 'warn' : 'error'](
        { err: error, code: (expected && error.refused?.code) || 'steward.hub' },
        'The hub is asked again',
      );
      const pause = pauseAfter(error, failures++);
      await delay(pause / 2 + (pause / 2) * random(), undefined, { signal }).catch(() => undefined);
    }
  }
}
