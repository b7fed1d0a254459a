/**
 * Deliveries that this database does not have: asked for again.
 *
 * GitHub never repeats one by itself and keeps them for three days. Its filter for failures misses
 * attempts without any answer, so everything since the watermark is listed; one that we have needs nothing.
 * What was handed over and is not here was taken by a hub whose database was lost after the backup that this one was
 * restored from, or by another database of which this one is a copy that lags: nobody else will act on it. Only what was
 * taken before this database had its first hub is none of ours. The watermark stays behind whatever is still missing.
 */
import { inArray, sql } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import { inbox } from '../db/schema/github.ts';
import { days, hours, minutes } from '../lib/clock.ts';
import type { Room } from './room.ts';
import { statusOf } from './trouble.ts';

const REDELIVERABLE_MS = days(3);
/** The first time at once, then after a minute, two, four, up to this: the way to the hub may be cut for a day. */
const LONGEST_REST_MS = hours(1);
/** All that fit into those three days, and some. */
const MOST_ATTEMPTS = 90;
/** Deliveries are not listed in the moment they happen. */
const OVERLAP_MS = minutes(10);

interface Listed {
  id: string;
  guid: string;
  status: string;
  deliveredAt: number;
}

/** How many were asked for again. */
export async function sweepDeliveries(room: Room): Promise<number> {
  const now = room.clock.now();
  const since = Math.max((await kept(room, WATERMARK)) ?? 0, now - REDELIVERABLE_MS);
  const ours = await firstSweep(room, now);
  const groups = new Map<string, Listed[]>();
  for (const each of await list(room, since - OVERLAP_MS)) {
    groups.set(each.guid, [...(groups.get(each.guid) ?? []), each]);
  }
  const held = await weHave(room, [...groups.keys()]);
  let again = 0;
  let oldestMissing = now;
  // Whoever froze and lifted did it in this order. They are listed newest first, with times to the second.
  const oldestFirst = [...groups].reverse().sort((a, b) => firstOf(a[1]) - firstOf(b[1]));
  for (const [guid, attempts] of oldestFirst) {
    const first = firstOf(attempts);
    if (held.has(guid) || (first < ours && attempts.some((each) => each.status === 'OK'))) continue;
    if (attempts.length >= MOST_ATTEMPTS) {
      room.logger.error(
        { code: 'deliveries.given-up', delivery: guid, attempts: attempts.length },
        'A delivery could not be had from GitHub',
      );
      continue;
    }
    oldestMissing = Math.min(oldestMissing, first);
    if (now < dueAgain(attempts)) continue;
    if (await redeliver(room, attempts[0]?.id ?? '')) again += 1;
  }
  await keep(room, WATERMARK, oldestMissing);
  if (again > 0)
    room.logger.warn(
      { code: 'deliveries.swept', count: again },
      'GitHub was asked to deliver again what had failed',
    );
  return again;
}

const firstOf = (attempts: readonly Listed[]): number =>
  Math.min(...attempts.map((each) => each.deliveredAt));

function dueAgain(attempts: readonly Listed[]): number {
  const last = Math.max(...attempts.map((each) => each.deliveredAt));
  const rest = attempts.length === 1 ? 0 : minutes(1) * 2 ** (attempts.length - 2);
  return last + Math.min(rest, LONGEST_REST_MS);
}

async function list(room: Room, since: number): Promise<Listed[]> {
  const octokit = await room.app.asApp();
  const found: Listed[] = [];
  for await (const page of octokit.paginate.iterator(octokit.rest.apps.listWebhookDeliveries, {
    per_page: 100,
  })) {
    for (const each of page.data) {
      // Ids are above 2^53: text, never a number.
      found.push({
        id: String(each.id),
        guid: each.guid,
        status: each.status,
        deliveredAt: Date.parse(each.delivered_at),
      });
    }
    const last = found.at(-1);
    if (last && last.deliveredAt < since) break;
  }
  return found.filter((each) => each.deliveredAt >= since);
}

async function weHave(room: Room, guids: string[]): Promise<Set<string>> {
  if (guids.length === 0) return new Set();
  const rows = await room.db.select({ guid: inbox.guid }).from(inbox).where(inArray(inbox.guid, guids));
  return new Set(rows.map((row) => row.guid));
}

async function redeliver(room: Room, id: string): Promise<boolean> {
  const octokit = await room.app.asApp();
  try {
    await octokit.request('POST /app/hook/deliveries/{delivery_id}/attempts', {
      delivery_id: id as unknown as number,
    });
    return true;
  } catch (error) {
    // Too old, or already being repeated: the next sweep looks again.
    if (statusOf(error) === 404 || statusOf(error) === 422) return false;
    throw error;
  }
}

const WATERMARK = 'deliveries:watermark';
const FIRST = 'deliveries:first';

async function kept(room: Room, key: string): Promise<number | undefined> {
  const [row] = await rowsOf<{ value: number }>(room.db, sql`select value from settings where key = ${key}`);
  return row?.value;
}

async function keep(room: Room, key: string, value: number): Promise<void> {
  await room.db.execute(sql`
    insert into settings (key, value, updated_at)
    values (${key}, ${JSON.stringify(value)}::jsonb, ${room.clock.now()}::bigint)
    on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`);
}

/** When a hub first looked, to the second as GitHub tells times. 0 for a database from before this was kept. */
async function firstSweep(room: Room, now: number): Promise<number> {
  const known = (await kept(room, FIRST)) ?? ((await kept(room, WATERMARK)) === undefined ? undefined : 0);
  if (known !== undefined) return known;
  const first = Math.floor(now / 1000) * 1000;
  await keep(room, FIRST, first);
  return first;
}
