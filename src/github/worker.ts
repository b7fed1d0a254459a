/** The loop that handles stored deliveries. */
import { seconds } from '../lib/clock.ts';
import { handle } from './events.ts';
import {
  claimDelivery,
  CLAIM_MS,
  finishDelivery,
  nextDeliveryAt,
  renewClaim,
  type Delivery,
  type Handled,
} from './inbox.ts';
import { Loop } from './loop.ts';
import { Later } from './outbox.ts';
import { OutOfReach } from './reach.ts';
import type { Room } from './room.ts';
import { troubleOf } from './trouble.ts';

/** Deliveries of different repositories at a time. */
const WIDTH = 4;

export function workerLoop(room: Room): Loop {
  return new Loop({
    name: 'inbox',
    clock: room.clock,
    logger: room.logger,
    width: WIDTH,
    step: () => workOne(room),
    dueAt: () => nextDeliveryAt(room.db),
  });
}

/** Handles the next delivery; false when there is none. Tests call it step by step. */
export async function workOne(room: Room): Promise<boolean> {
  const delivery = await claimDelivery(room.db, room.clock);
  if (!delivery) return false;
  const alive = setInterval(
    () => void renewClaim(room.db, delivery.guid, room.clock.now()).catch(() => undefined),
    CLAIM_MS / 3,
  );
  try {
    const handled = await attempt(room, delivery);
    const state = await finishDelivery(room.db, delivery, handled, room.clock.now());
    if (handled.kind !== 'done') {
      const log = {
        code: `inbox.${state}`,
        delivery: delivery.guid,
        event: delivery.event,
        reason: handled.reason,
        attempt: delivery.attempts,
      };
      if (state === 'parked') room.logger.error(log, 'A delivery cannot be handled');
      else room.logger.warn(log, 'A delivery was not handled; it is tried again');
    }
  } finally {
    clearInterval(alive);
  }
  return true;
}

async function attempt(room: Room, delivery: Delivery): Promise<Handled> {
  try {
    return await handle(room, delivery);
  } catch (error) {
    if (error instanceof Later)
      return {
        kind: 'retry',
        reason: 'the budget of writes is spent',
        afterMs: Math.max(error.ms, seconds(1)),
      };
    if (error instanceof OutOfReach) return { kind: 'park', reason: error.message };
    const trouble = troubleOf(error, room.clock.now());
    if (trouble.kind === 'wait')
      return { kind: 'retry', reason: trouble.reason, afterMs: Math.max(trouble.ms, seconds(1)) };
    if (trouble.kind === 'gone') return { kind: 'park', reason: `out of reach: ${trouble.reason}` };
    if (trouble.kind === 'refused') return { kind: 'park', reason: trouble.reason };
    room.logger.warn(
      { err: error, code: 'inbox.error', delivery: delivery.guid },
      'Handling a delivery failed',
    );
    return { kind: 'retry', reason: trouble.reason };
  }
}
