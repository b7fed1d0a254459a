/**
 * The sender: takes "this subject changed" and makes GitHub show it.
 *
 * One news of a subject is sent at a time (unique index `outbox_one_sending`), and what is sent is read
 * from state when it is sent: the latest always wins. Sending is repeatable, so a sender that dies
 * between effect and mark does no harm. A projection stops in the middle by throwing `Later` when the
 * budget is spent; it goes on from there the next time.
 */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';
import { minutes, type Clock } from '../lib/clock.ts';
import type { Json } from '../pipeline/types.ts';
import { backoff, CLAIM_MS, GIVE_UP_MS, isUniqueViolation } from './inbox.ts';

export interface News {
  id: number;
  topic: string;
  subject: string;
  payload: Json;
  attempts: number;
  createdAt: number;
  /** Of this claim: a later one has a higher number. */
  lease: number;
}

/** Thrown by a projection: not now. Costs no attempt. */
export class Later extends Error {
  readonly ms: number;
  constructor(ms: number) {
    super('later');
    this.name = 'Later';
    this.ms = ms;
  }
}

/** A person who wrote a command waits for the eyes; a table of jobs can be a second older. */
const FIRST = 'comment';
/** When GitHub is well again, nobody waits for longer than this. */
const LONGEST_PAUSE_MS = minutes(1);

export async function claimNews(db: Db, clock: Clock): Promise<News | undefined> {
  const now = clock.now();
  try {
    const [row] = await rowsOf<News>(
      db,
      sql`
        update outbox set state = 'sending', attempts = attempts + 1, claimed_until = ${now + CLAIM_MS}::bigint, lease = lease + 1
        where id = (
          select id from outbox as waiting
          where (state = 'pending' and not_before <= ${now}::bigint and not exists (
                  select 1 from outbox as other
                  where other.topic = waiting.topic and other.subject = waiting.subject and other.state = 'sending'))
             or (state = 'sending' and claimed_until < ${now}::bigint)
          order by (topic = ${FIRST}) desc, id
          limit 1 for update skip locked
        )
        returning id::float8 as id, topic, subject, payload, attempts, created_at::float8 as "createdAt",
          lease::float8 as lease`,
    );
    return row;
  } catch (error) {
    if (isUniqueViolation(error)) return undefined;
    throw error;
  }
}

/** False when another sender has it. */
export async function renewNews(
  db: Db,
  { id, lease }: Pick<News, 'id' | 'lease'>,
  now: number,
): Promise<boolean> {
  const rows = await rowsOf(
    db,
    sql`
      update outbox set claimed_until = ${now + CLAIM_MS}::bigint
      where id = ${id}::bigint and state = 'sending' and lease = ${lease}::bigint returning 1`,
  );
  return rows.length > 0;
}

export type Sent =
  | { kind: 'done' }
  | { kind: 'later'; ms: number }
  /** `afterMs`: such an attempt does not count. */
  | { kind: 'retry'; reason: string; afterMs?: number }
  | { kind: 'park'; reason: string };

/**
 * Marks the news; what must be tried again is pending again, unless newer news of the subject waits already.
 * `lost`: it took so long that another sender has it; that one's word counts.
 */
export async function finishNews(
  db: Db,
  news: News,
  sent: Sent,
  now: number,
): Promise<'done' | 'pending' | 'parked' | 'lost'> {
  const mine = sql`id = ${news.id}::bigint and state = 'sending' and lease = ${news.lease}::bigint`;
  const hopeless = sent.kind === 'retry' && now - news.createdAt > GIVE_UP_MS;
  if (sent.kind === 'done' || sent.kind === 'park' || hopeless) {
    const state = sent.kind === 'done' ? 'done' : 'parked';
    const reason = sent.kind === 'park' || sent.kind === 'retry' ? sent.reason : null;
    const marked = await rowsOf(
      db,
      sql`
        update outbox set state = ${state}, last_error = ${reason}, done_at = ${now}::bigint, claimed_until = null
        where ${mine} returning 1`,
    );
    return marked.length > 0 ? state : 'lost';
  }
  const asked = sent.kind === 'later' ? sent.ms : sent.afterMs;
  const pause = asked ?? Math.min(backoff(news.attempts), LONGEST_PAUSE_MS);
  const attempts = asked === undefined ? news.attempts : news.attempts - 1;
  const reason = sent.kind === 'retry' ? sent.reason : null;
  return db.transaction(async (tx) => {
    const held = await rowsOf(tx, sql`select 1 from outbox where ${mine} for update`);
    if (held.length === 0) return 'lost';
    // Newer news of the same subject says everything this one would have said, but must wait as long.
    const merged = await rowsOf<{ id: number }>(
      tx,
      sql`
        update outbox set not_before = greatest(not_before, ${now + pause}::bigint), attempts = ${attempts}, last_error = ${reason}
        where topic = ${news.topic} and subject = ${news.subject} and state = 'pending' returning 1 as id`,
    );
    if (merged.length > 0) {
      await tx.execute(
        sql`update outbox set state = 'done', done_at = ${now}::bigint, claimed_until = null where ${mine}`,
      );
      return 'pending';
    }
    await tx.execute(sql`
      update outbox set state = 'pending', not_before = ${now + pause}::bigint, attempts = ${attempts}, last_error = ${reason}, claimed_until = null
      where ${mine}`);
    return 'pending';
  });
}

export async function nextNewsAt(db: Db): Promise<number | undefined> {
  const [row] = await rowsOf<{ at: number | null }>(
    db,
    sql`
      select min(case when state = 'sending' then claimed_until else not_before end)::float8 as at
      from outbox where state in ('pending', 'sending')`,
  );
  return row?.at ?? undefined;
}

/** News that waits, and how long the oldest has: what /healthz calls lag. */
export async function outboxLag(
  db: Db,
  now: number,
): Promise<{ waiting: number; oldestMs: number; parked: number }> {
  const [row] = await rowsOf<{ waiting: number; oldest: number | null; parked: number }>(
    db,
    sql`
      select count(*) filter (where state in ('pending', 'sending'))::int as waiting,
        min(created_at) filter (where state in ('pending', 'sending'))::float8 as oldest,
        count(*) filter (where state = 'parked')::int as parked
      from outbox`,
  );
  return {
    waiting: row?.waiting ?? 0,
    oldestMs: row?.oldest ? Math.max(0, now - row.oldest) : 0,
    parked: row?.parked ?? 0,
  };
}
