/**
 * One digest a day over the whole record, told to the hub, which keeps it in the public ledger: whoever
 * rewrites what stands in the zone, its chains included, cannot rewrite that.
 *
 * Outside it tells nothing, not even how much there is: it is keyed. What it is over stays here, so that
 * anybody in the zone can compute it again.
 */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/open.ts';
import { canonicalJson } from '../../src/lib/canonical.ts';
import { isoDay, minutes } from '../../src/lib/clock.ts';
import { keyedDigest, sha256 } from '../../src/lib/hash.ts';
import { CHAIN_START } from '../../src/release/release.ts';
import type { Core, Db } from './core.ts';
import { setSetting, settingOf } from './settings.ts';

export interface RecordHead {
  at: number;
  digest: string;
}

interface Head {
  /** Entries up to this time are in it. */
  until: number;
  log: { seq: number; hash: string };
  /** Digest of the last entry of each request until then. */
  requests: string;
}

const KEY = 'record-head ';
const PENDING = 'record-head-pending';
/** By then every transaction that was under way has ended. */
const SETTLED_MS = minutes(10);

/** Once a day; call it when the log is sealed. */
export async function makeHead(core: Core): Promise<void> {
  const now = core.clock.now();
  const key = KEY + isoDay(now);
  if ((await settingOf(core.db, key)) !== undefined) return;
  const until = now - SETTLED_MS;
  const [log] = await rowsOf<Head['log']>(
    core.db,
    sql`select seq::float8 as seq, hash from log_chain order by seq desc limit 1`,
  );
  const requests = await requestsUntil(core.db, until);
  const head: Head = { until, log: log ?? { seq: 0, hash: CHAIN_START }, requests };
  await setSetting(core.db, key, canonicalJson(head));
  await setSetting(core.db, PENDING, key);
  core.changed();
}

/** What the hub has not been told yet. */
export async function pendingHead({
  db,
  zoneKey,
}: Pick<Core, 'db' | 'zoneKey'>): Promise<RecordHead | undefined> {
  const key = await settingOf(db, PENDING);
  const text = key === undefined ? undefined : await settingOf(db, key);
  if (text === undefined) return undefined;
  const { until } = JSON.parse(text) as Head;
  return { at: until, digest: digestOf(zoneKey, text) };
}

const digestOf = (zoneKey: string, text: string): string => keyedDigest(zoneKey, `record-head/v1 ${text}`);

/** What the public ledger should hold of this zone, oldest first. */
export async function toldHeads(db: Db, zoneKey: string): Promise<{ day: string; digest: string }[]> {
  return (await headRows(db)).map(({ key, value }) => ({
    day: key.slice(KEY.length),
    digest: digestOf(zoneKey, value),
  }));
}

/** A newer one stays pending. */
export async function markHead(core: Pick<Core, 'db' | 'zoneKey'>, told: RecordHead): Promise<void> {
  const pending = await pendingHead(core);
  if (pending?.digest === told.digest) await setSetting(core.db, PENDING, null);
}

/** Days whose record is no longer what was told. */
export async function brokenHeads(db: Db): Promise<string[]> {
  const broken: string[] = [];
  for (const { key, value } of await headRows(db)) {
    const head = JSON.parse(value) as Head;
    const holds = (await logHolds(db, head.log)) && (await requestsUntil(db, head.until)) === head.requests;
    if (!holds) broken.push(key.slice(KEY.length));
  }
  return broken;
}

async function logHolds(db: Db, { seq, hash }: Head['log']): Promise<boolean> {
  if (seq === 0) return true;
  const rows = await rowsOf<{ hash: string }>(db, sql`select hash from log_chain where seq = ${seq}::bigint`);
  return rows[0]?.hash === hash;
}

async function requestsUntil(db: Db, until: number): Promise<string> {
  const rows = await rowsOf<{ request: string; seq: number; hash: string }>(
    db,
    sql`select distinct on (request) request, seq, hash from entries where at <= ${until}::bigint
        order by request, seq desc`,
  );
  return sha256(canonicalJson(rows.map(({ request, seq, hash }) => [request, seq, hash])));
}

function headRows(db: Db): Promise<{ key: string; value: string }[]> {
  return rowsOf(db, sql`select key, value from airlock_settings where key like ${`${KEY}%`} order by key`);
}
