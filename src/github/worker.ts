/** The loop that handles stored deliveries. */
import { seconds } from '../lib/clock.ts';
import { withLogFields } from '../lib/log-fields.ts';
import { tracedDelivery } from '../lib/traces.ts';
import { LeaseLost, underLease } from '../lib/lease.ts';
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
import { logAway, whenOpen } from './line.ts';
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
    dueAt: () => whenOpen(room.line, nextDeliveryAt(room.db)),
  });
}

/** Handles the next delivery; false when there is none. Tests call it step by step. */
export async function workOne(room: Room): Promise<boolean> {
  const from = performance.now();
  if (!room.line.isOpen) return false;
  const delivery = await claimDelivery(room.db, room.clock);
  if (!delivery) return false;
  const renew = (): Promise<boolean> => renewClaim(room.db, delivery, room.clock.now());
  await underLease({ ms: CLAIM_MS, from, renew }, async () => {
    const handled = await tracedDelivery(
      room.traces,
      delivery,
      () => room.clock.now(),
      () => attempt(room, delivery),
      ({ kind }) => kind,
    );
    const state = await finishDelivery(room.db, delivery, handled, room.clock.now());
    if (state !== 'lost' && handled.kind === 'done') return;
    const log = {
      code: `inbox.${state}`,
      delivery: delivery.guid,
      event: delivery.event,
      reason: handled.kind === 'done' ? 'it took too long' : handled.reason,
      attempt: delivery.attempts,
    };
    if (state === 'parked') room.logger.error(log, 'A delivery cannot be handled');
    else if (state === 'lost') room.logger.warn(log, 'A delivery went to another worker meanwhile');
    else room.logger.warn(log, 'A delivery was not handled; it is tried again');
  });
  return true;
}

async function attempt(room: Room, delivery: Delivery): Promise<Handled> {
  try {
    const handled = await withLogFields({ delivery: delivery.guid }, () => handle(room, delivery));
    room.line.answered();
    return handled;
  } catch (error) {
    if (error instanceof Later)
      return {
        kind: 'retry',
        reason: 'the budget of writes is spent',
        afterMs: Math.max(error.ms, seconds(1)),
      };
    if (error instanceof OutOfReach) return { kind: 'park', reason: error.message };
    if (error instanceof LeaseLost) return { kind: 'retry', reason: error.message };
    const trouble = troubleOf(error, room.clock.now());
    if (trouble.kind === 'away') {
      logAway(room, error);
      return { kind: 'retry', reason: trouble.reason, afterMs: room.line.lost(), githubs: true };
    }
    if (trouble.kind !== 'unknown') room.line.answered();
    if (trouble.kind === 'wait')
      return { kind: 'retry', reason: trouble.reason, afterMs: Math.max(trouble.ms, seconds(1)) };
    if (trouble.kind === 'gone') return { kind: 'park', reason: `out of reach: ${trouble.reason}` };
    if (trouble.kind === 'refused') return { kind: 'park', reason: trouble.reason };
    room.logger.warn(
      { err: error, code: 'inbox.error', delivery: delivery.guid },
      'Handling a delivery failed',
    );
    return { kind: 'retry', reason: trouble.reason, githubs: trouble.kind === 'retry' };
  }
}
