/**
 * The airlock's question "what did people ask?": answered the moment an order waits.
 *
 * It waits for news in this process, which other hubs' news reaches through the database, and looks again
 * every 30 s in case news was lost. Rights are checked again when it is answered.
 */
import type { KeyObject } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { z } from 'zod';
import { rowsOf, textArray, type Db } from '../db/database.ts';
import { actsAfter, freezesFor } from '../freezes/freezes.ts';
import { seconds } from '../lib/clock.ts';
import type { Refusal } from '../lib/refusal.ts';
import {
  PROTOCOL,
  signOrder,
  type airlockPoll,
  type airlockPollAnswer,
  type ReviewDeed,
} from '../protocol/protocol.ts';
import { airlockSeen, type Airlock } from './airlocks.ts';
import { airlockKey } from './change.ts';
import { isOutdated } from './epochs.ts';
import type { OutputsDeps } from './types.ts';
import { unsaidOf } from './unsaid.ts';
import { olderEpoch } from './words.ts';

const SAFETY_POLL_MS = seconds(30);
const ORDER_LIFE_SECONDS = 600;
const LONGEST_LIST = 100;

export interface PollDeps extends OutputsDeps {
  /** The hub's own key, with which orders are signed. */
  hubKey: KeyObject;
}

interface Row {
  id: string;
  seq: number;
  actor: number;
  deed: ReviewDeed;
  at: number;
  handed: boolean;
}

/** `allowed` says no when the caller's rights have gone while it waited; `stop` ends the waiting. */
export async function pollOrders(
  deps: PollDeps,
  caller: Airlock,
  ask: z.infer<typeof airlockPoll>,
  waiting: { stop?: AbortSignal; allowed?: () => Refusal | undefined } = {},
): Promise<z.infer<typeof airlockPollAnswer> | Refusal> {
  const { db, clock, signals } = deps;
  const until = performance.now() + ask.waitMs;
  await airlockSeen(db, caller, ask, clock.now());
  for (;;) {
    const left = until - performance.now();
    // Registered before looking: news between the look and the wait is not lost.
    const news = signals.waitFor(
      airlockKey(caller.backend, caller.airlock),
      Math.min(Math.max(left, 0), SAFETY_POLL_MS),
      waiting.stop,
    );
    try {
      // Also of a poll that was open when the zone was restored.
      if (await isOutdated(db, caller, ask.epoch)) return olderEpoch();
      const rows = await waitingOrders(db, caller, ask.seen);
      const acts = ask.freezes === undefined ? [] : await actsAfter(db, ask.freezes);
      if (rows.length > 0 || acts.length > 0 || left <= 0 || waiting.stop?.aborted) {
        const no = waiting.allowed?.();
        if (no) return no;
        const to = { id: caller.airlock, backend: caller.backend };
        return { ...(await handOver(deps, caller, rows)), ...(await freezesFor(deps, to, acts)) };
      }
      await news.woken;
    } finally {
      news.forget();
    }
  }
}

/** A number the hub never gave comes from before it was restored from a backup: then everything is new. */
async function waitingOrders(db: Db, { backend, airlock }: Airlock, seen: number): Promise<Row[]> {
  return rowsOf<Row>(
    db,
    sql`
      select orders.id, orders.seq::float8 as seq, orders.actor::float8 as actor, orders.deed,
        orders.created_at::float8 as at, orders.handed_at is not null as handed
      from airlock_orders as orders join airlocks on airlocks.backend = orders.backend and airlocks.id = orders.airlock
      where orders.backend = ${backend} and orders.airlock = ${airlock} and orders.state = 'waiting'
        and orders.seq > case when ${seen}::bigint > airlocks.order_seq then 0 else ${seen}::bigint end
      order by orders.seq limit ${LONGEST_LIST}`,
  );
}

async function handOver(
  { db, clock, hubKey }: PollDeps,
  caller: Airlock,
  rows: readonly Row[],
): Promise<z.infer<typeof airlockPollAnswer>> {
  const now = clock.now();
  const fresh = rows.filter(({ handed }) => !handed).map(({ id }) => id);
  if (fresh.length > 0) {
    // Before the answer goes out: from now on it may be done.
    await db.execute(
      sql`update airlock_orders set handed_at = ${now} where id = any(${textArray(fresh)}) and handed_at is null`,
    );
  }
  const iat = Math.floor(now / 1000);
  const orders = rows.map(async ({ id, seq, actor, at, deed }) => ({
    jws: await signOrder(
      {
        protocol: PROTOCOL,
        ...caller,
        seq,
        iat,
        exp: iat + ORDER_LIFE_SECONDS,
        order: { id, actor, at, deed },
      },
      hubKey,
    ),
  }));
  const unsaid = await unsaidOf(db, caller);
  return { orders: await Promise.all(orders), ...(unsaid.length > 0 ? { unsaid } : {}) };
}
