/**
 * Deliveries from GitHub: stored by GUID first, handled later, each exactly once.
 *
 * received → working → done; a failure goes back with a growing pause and is parked with its reason when
 * it cannot succeed. Deliveries of one repository are handled one after another, those of different ones
 * beside each other; the database keeps that even between hubs (unique index `inbox_one_working`). A
 * worker that dies leaves a claim that runs out, and the delivery is taken up again: handlers therefore
 * do nothing twice that was done once.
 */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';
import { hours, minutes, seconds, type Clock } from '../lib/clock.ts';

/** Channel on which workers hear that a delivery was stored. */
export const INBOX_CHANNEL = 'sallyport_inbox';

export interface Delivery {
  guid: string;
  event: string;
  payload: string;
  attempts: number;
  receivedAt: number;
  /** Of this claim: a later one has a higher number. */
  lease: number;
}

/** A claim is renewed while the work goes on; this long after a worker's death another may have it. */
export const CLAIM_MS = seconds(6);
const MOST_ATTEMPTS = 10;
/** GitHub may be away for a night. */
export const GIVE_UP_MS = hours(24);
/** When GitHub is well again, nobody waits for longer than this. */
const MOST_PATIENCE_MS = minutes(1);

/** `again`: it was known but had failed, so it is handled once more. */
export async function storeDelivery(
  db: Db,
  delivery: { guid: string; event: string; payload: string; repositoryId: number | null },
  now: number,
): Promise<'stored' | 'known' | 'again'> {
  const [row] = await rowsOf<{ again: boolean }>(
    db,
    sql`
      insert into inbox (guid, event, payload, repository_id, received_at)
      values (${delivery.guid}, ${delivery.event}, ${delivery.payload}, ${delivery.repositoryId}::bigint, ${now}::bigint)
      on conflict (guid) do update set state = 'received', attempts = 0, next_attempt_at = 0, last_error = null, done_at = null
        where inbox.state in ('failed', 'parked')
      returning (xmax::text <> '0') as again`,
  );
  if (!row) return 'known';
  await db.execute(sql`select pg_notify(${INBOX_CHANNEL}, '')`);
  return row.again ? 'again' : 'stored';
}

export async function claimDelivery(db: Db, clock: Clock): Promise<Delivery | undefined> {
  const now = clock.now();
  try {
    const [row] = await rowsOf<Delivery>(
      db,
      sql`
        update inbox set state = 'working', attempts = attempts + 1, claimed_until = ${now + CLAIM_MS}::bigint, lease = lease + 1
        where guid = (
          select guid from inbox as waiting
          where (state in ('received', 'failed') and next_attempt_at <= ${now}::bigint and not exists (
                  select 1 from inbox as other
                  where other.repository_id = waiting.repository_id and other.state = 'working'))
             or (state = 'working' and claimed_until < ${now}::bigint)
          order by received_at, guid
          limit 1 for update skip locked
        )
        returning guid, event, payload, attempts, received_at::float8 as "receivedAt", lease::float8 as lease`,
    );
    return row;
  } catch (error) {
    // Another hub took a delivery of this repository in the same moment: look again.
    if (isUniqueViolation(error)) return undefined;
    throw error;
  }
}

/** False when another worker has it. */
export async function renewClaim(
  db: Db,
  { guid, lease }: Pick<Delivery, 'guid' | 'lease'>,
  now: number,
): Promise<boolean> {
  const rows = await rowsOf(
    db,
    sql`
      update inbox set claimed_until = ${now + CLAIM_MS}::bigint
      where guid = ${guid} and state = 'working' and lease = ${lease}::bigint returning 1`,
  );
  return rows.length > 0;
}

export type Handled =
  | { kind: 'done' }
  /** Cannot succeed, now or later: kept with the reason. */
  | { kind: 'park'; reason: string }
  /** `githubs`: GitHub's fault and not the delivery's, so that it is tried for a day. */
  | { kind: 'retry'; reason: string; afterMs?: number; githubs?: boolean };

/** `lost`: it took so long that another worker has it; that one's word counts. */
export async function finishDelivery(
  db: Db,
  delivery: Delivery,
  handled: Handled,
  now: number,
): Promise<'done' | 'failed' | 'parked' | 'lost'> {
  const spent = handled.kind === 'retry' && isSpent(delivery, handled, now);
  const state = handled.kind === 'done' ? 'done' : handled.kind === 'park' || spent ? 'parked' : 'failed';
  const reason = handled.kind === 'done' ? null : handled.reason;
  const pause = handled.kind === 'retry' ? (handled.afterMs ?? pauseOf(delivery, handled)) : 0;
  // A pause that GitHub asked for is no failed attempt.
  const attempts = handled.kind === 'retry' && handled.afterMs ? delivery.attempts - 1 : delivery.attempts;
  const mine = await rowsOf(
    db,
    sql`
      update inbox set state = ${state}, last_error = ${reason}, attempts = ${attempts}, claimed_until = null,
        next_attempt_at = ${now + pause}::bigint, done_at = ${state === 'failed' ? null : now}::bigint
      where guid = ${delivery.guid} and state = 'working' and lease = ${delivery.lease}::bigint returning 1`,
  );
  return mine.length > 0 ? state : 'lost';
}

type Retry = Extract<Handled, { kind: 'retry' }>;

function isSpent({ attempts, receivedAt }: Delivery, { afterMs, githubs }: Retry, now: number): boolean {
  return githubs ? now - receivedAt > GIVE_UP_MS : !afterMs && attempts >= MOST_ATTEMPTS;
}

const pauseOf = ({ attempts }: Delivery, { githubs }: Retry): number =>
  githubs ? Math.min(backoff(attempts), MOST_PATIENCE_MS) : backoff(attempts);

/** 1 s, 2 s, 4 s … at most 5 min. */
export function backoff(attempts: number): number {
  return Math.min(seconds(2 ** Math.max(0, attempts - 1)), minutes(5));
}

/** When the next one is due; undefined when nothing waits. */
export async function nextDeliveryAt(db: Db): Promise<number | undefined> {
  const [row] = await rowsOf<{ at: number | null }>(
    db,
    sql`
      select min(case when state = 'working' then claimed_until else next_attempt_at end)::float8 as at
      from inbox where state in ('received', 'failed', 'working')`,
  );
  return row?.at ?? undefined;
}

/** Where no other hub is at work every claim is a dead one. */
export async function releaseClaims(db: Db): Promise<void> {
  await db.execute(sql`update inbox set claimed_until = 0 where state = 'working'`);
  await db.execute(sql`update outbox set claimed_until = 0 where state = 'sending'`);
}

/** GUIDs are kept longer than GitHub redelivers (3 days, Enterprise Server 7). */
export async function forgetOldDeliveries(db: Db, before: number): Promise<void> {
  await db.execute(
    sql`delete from inbox where state in ('done', 'parked') and received_at < ${before}::bigint`,
  );
  await db.execute(sql`delete from outbox where state = 'done' and done_at < ${before}::bigint`);
}

export function isUniqueViolation(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ((at as { code?: unknown }).code === '23505') return true;
  }
  return false;
}
