/** "This subject changed, show it": one row in the transaction that changed it. */
import { sql } from 'drizzle-orm';
import type { Json } from '../pipeline/types.ts';
import { asJson, type Tx } from './database.ts';

/** Channel on which senders hear that rows were committed. */
export const OUTBOX_CHANNEL = 'sallyport_outbox';

export interface News {
  topic: string;
  subject: string;
  payload?: Json;
  /** Not to be sent before this time. */
  notBefore?: number;
}

/**
 * Coalesces with the row of the same topic and subject that still waits. It is updated, not merely left
 * alone: the update locks it, so a sender skips it until this transaction has committed, and never sends
 * the state from before it while marking the news as told. What GitHub did not take keeps its pause: were each change an
 * attempt, a busy subject would have spent its patience within a second. `alsoTell` is heard with the commit by whoever listens.
 */
export async function queueOutbox(
  tx: Tx,
  news: readonly News[],
  now: number,
  alsoTell: readonly { channel: string; payload: string }[] = [],
): Promise<void> {
  const latest = new Map(news.map((item) => [`${item.topic}\n${item.subject}`, item]));
  if (latest.size === 0) return;
  // One order for everybody, so that two transactions never wait for each other's rows.
  const rows = [...latest.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, item]) => ({ payload: null, not_before: item.notBefore ?? 0, ...item }));
  await tx.execute(sql`
    insert into outbox (topic, subject, payload, not_before, created_at)
    select topic, subject, coalesce(payload, 'null'::jsonb), not_before, ${now}::bigint
    from json_to_recordset(${asJson(rows)}) as row (topic text, subject text, payload jsonb, not_before bigint)
    on conflict (topic, subject) where state = 'pending'
    do update set payload = excluded.payload, not_before = case when outbox.last_error is null
      then least(outbox.not_before, excluded.not_before) else outbox.not_before end`);
  const told = [{ channel: OUTBOX_CHANNEL, payload: '' }, ...alsoTell];
  await tx.execute(sql`
    select pg_notify(channel, payload) from json_to_recordset(${asJson(told)}) as row (channel text, payload text)`);
}
