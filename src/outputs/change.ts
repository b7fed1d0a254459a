/**
 * One transaction that changes outputs: the new state, its ledger leaves and its outbox rows, or nothing.
 * Whoever waits for an order is woken when it has committed, here and in other hubs.
 */
import { sql } from 'drizzle-orm';
import type { Tx } from '../db/database.ts';
import { queueOutbox, type News } from '../db/outbox.ts';
import { record } from '../db/record.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import { isoTime } from '../lib/clock.ts';
import type { OutputsDeps } from './types.ts';

/** Channel on which hubs tell each other that an order waits. The payload is the airlock's key. */
const ORDERS_CHANNEL = 'sallyport_orders';

/** On which a recall is heard by every hub once it has been written: what was published of it has to go. */
export const RECALLS_CHANNEL = 'sallyport_recalls';

export const airlockKey = (backend: string, airlock: string): string => `airlock:${backend}/${airlock}`;

export class Change {
  readonly tx: Tx;
  readonly now: number;
  readonly entries: LedgerEntry[] = [];
  readonly news: News[] = [];
  /** Keys of airlocks for which an order waits. */
  readonly airlocks = new Set<string>();
  /** Bytes of a release were taken back. */
  recalled = false;
  readonly #policy: string | null;

  constructor(tx: Tx, now: number, policy: string | null) {
    this.tx = tx;
    this.now = now;
    this.#policy = policy;
  }

  tell(entry: Pick<LedgerEntry, 'type' | 'actor' | 'subject' | 'body'>): void {
    this.entries.push({ ...entry, time: isoTime(this.now), policy_commit: this.#policy });
  }

  show(topic: 'review' | 'order' | 'browser', subject: string): void {
    this.news.push({ topic, subject });
  }
}

export async function changeOutputs<T>(deps: OutputsDeps, work: (change: Change) => Promise<T>): Promise<T> {
  const policy = deps.governance()?.commit ?? null;
  let airlocks: Set<string> | undefined;
  const answer = await deps.db.transaction(async (tx) => {
    const change = new Change(tx, deps.clock.now(), policy);
    const result = await work(change);
    await record(tx, ...change.entries);
    await queueOutbox(tx, change.news, change.now);
    for (const key of change.airlocks) await tx.execute(sql`select pg_notify(${ORDERS_CHANNEL}, ${key})`);
    if (change.recalled) await tx.execute(sql`select pg_notify(${RECALLS_CHANNEL}, '')`);
    airlocks = change.airlocks;
    return result;
  });
  for (const key of airlocks ?? []) deps.signals.wake(key);
  return answer;
}

/** Lets open polls of this process hear of orders that other hubs took. Returns how to stop. */
export async function hearOrders(
  database: { listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>> },
  deps: Pick<OutputsDeps, 'signals'>,
): Promise<() => Promise<void>> {
  // No payload: the connection was lost and came back.
  return database.listen(ORDERS_CHANNEL, (key) => (key ? deps.signals.wake(key) : deps.signals.wakeAll()));
}
