/**
 * How fast one installation may write to GitHub: a token bucket, and a wait that GitHub asked for.
 *
 * Kept in the database, so that two hubs share one budget. Creating content is counted on its own:
 * GitHub takes about 80 creations a minute and 500 an hour from one App, and that binds first.
 */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';
import { hours, minutes, seconds } from '../lib/clock.ts';

export interface WriteLimits {
  perSecond: number;
  burst: number;
  creationsPerMinute: number;
  creationsPerHour: number;
  /** Between two updates of the same unfinished thing. */
  updateGapMs: number;
}

/** What GitHub recommends and counts; a sandbox on the own machine can be given more. */
export const GITHUB_LIMITS: WriteLimits = {
  perSecond: 1,
  burst: 20,
  creationsPerMinute: 80,
  creationsPerHour: 400,
  updateGapMs: seconds(10),
};

export interface Bucket {
  tokens: number;
  at: number;
  minute: { from: number; used: number };
  hour: { from: number; used: number };
  pausedUntil: number;
}

export type Write = 'create' | 'update';

export const freshBucket = (limits: WriteLimits, now: number): Bucket => ({
  tokens: limits.burst,
  at: now,
  minute: { from: now, used: 0 },
  hour: { from: now, used: 0 },
  pausedUntil: 0,
});

/** The bucket after one write, or how long to wait before it. Pure. */
export function take(
  kept: Bucket,
  limits: WriteLimits,
  write: Write,
  now: number,
): Bucket | { waitMs: number } {
  if (kept.pausedUntil > now) return { waitMs: kept.pausedUntil - now };
  const bucket = putRight(kept, limits, now);
  const tokens = Math.min(limits.burst, bucket.tokens + ((now - bucket.at) / 1000) * limits.perSecond);
  const minute = now - bucket.minute.from >= minutes(1) ? { from: now, used: 0 } : bucket.minute;
  const hour = now - bucket.hour.from >= hours(1) ? { from: now, used: 0 } : bucket.hour;
  const waits = [tokens < 1 ? ((1 - tokens) / limits.perSecond) * 1000 : 0];
  if (write === 'create') {
    if (minute.used >= limits.creationsPerMinute) waits.push(minute.from + minutes(1) - now);
    if (hour.used >= limits.creationsPerHour) waits.push(hour.from + hours(1) - now);
  }
  const waitMs = Math.ceil(Math.max(...waits));
  if (waitMs > 0) return { waitMs };
  const one = write === 'create' ? 1 : 0;
  return {
    tokens: tokens - 1,
    at: now,
    minute: { from: minute.from, used: minute.used + one },
    hour: { from: hour.from, used: hour.used + one },
    pausedUntil: 0,
  };
}

/** Clocks of two hubs may differ by so much: what the one behind is given less, the one ahead is given more. */
const SKEW_MS = minutes(1);

/**
 * A clock that was an hour ahead and has been put right must not keep everybody waiting for that hour. One write is let
 * through, so that what is kept is of this clock again; what was used counts on.
 */
function putRight(bucket: Bucket, limits: WriteLimits, now: number): Bucket {
  if (bucket.at - now <= SKEW_MS) return bucket;
  const { creationsPerMinute, creationsPerHour } = limits;
  return {
    tokens: 1,
    at: now,
    minute: { from: now, used: Math.min(bucket.minute.used, creationsPerMinute - 1) },
    hour: { from: now, used: Math.min(bucket.hour.used, creationsPerHour - 1) },
    pausedUntil: bucket.pausedUntil,
  };
}

/** Takes one write from the installation's budget; the answer is how long to wait, 0 when it may be made now. */
export async function spend(
  db: Db,
  installation: number,
  limits: WriteLimits,
  write: Write,
  now: number,
): Promise<number> {
  return db.transaction(async (tx) => {
    const key = `writes:${installation}`;
    await tx.execute(sql`
      insert into settings (key, value, updated_at)
      values (${key}, ${JSON.stringify(freshBucket(limits, now))}::jsonb, ${now}::bigint)
      on conflict (key) do nothing`);
    const [row] = await rowsOf<{ value: Bucket }>(
      tx,
      sql`select value from settings where key = ${key} for update`,
    );
    const after = take(row?.value ?? freshBucket(limits, now), limits, write, now);
    if ('waitMs' in after) return after.waitMs;
    await tx.execute(
      sql`update settings set value = ${JSON.stringify(after)}::jsonb, updated_at = ${now}::bigint where key = ${key}`,
    );
    return 0;
  });
}

/** GitHub asked for a pause: nobody writes for this installation until then. */
export async function pauseWrites(
  db: Db,
  installation: number,
  limits: WriteLimits,
  until: number,
  now: number,
): Promise<void> {
  const fresh = { ...freshBucket(limits, now), pausedUntil: until };
  await db.execute(sql`
    insert into settings (key, value, updated_at)
    values (${`writes:${installation}`}, ${JSON.stringify(fresh)}::jsonb, ${now}::bigint)
    on conflict (key) do update set
      value = jsonb_set(settings.value, '{pausedUntil}', greatest((settings.value->>'pausedUntil')::bigint, ${until}::bigint)::text::jsonb),
      updated_at = excluded.updated_at`);
}
