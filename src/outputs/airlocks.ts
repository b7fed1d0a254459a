/** Which airlocks may speak for a backend, and which of them an order goes to. */
import type { KeyObject } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';
import { backendById, viewerKeys, type Governance } from '../governance/governance.ts';
import { parsePublicKey } from '../lib/keys.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { unknownCaller, type Caller } from '../protocol/protocol.ts';
import * as words from './words.ts';

/** An airlock of one backend, by the key it signed with. */
export interface Airlock {
  backend: string;
  airlock: string;
}

/** Keys valid now. An unknown backend, an unknown airlock and an agent's key get the same answer. */
export function airlockKeys(governance: Governance, caller: Caller, now: number): KeyObject[] | Refusal {
  const { backend, agent: airlock } = caller;
  const known = backendById(governance, backend);
  if (known && !known.active && known.keys.viewer.some(({ id }) => id === airlock))
    return words.backendInactive(backend);
  const keys = viewerKeys(governance, backend, now)
    .filter(({ id }) => id === airlock)
    .map(({ key }) => parsePublicKey(key))
    .filter((key): key is KeyObject => !isRefusal(key));
  return keys.length > 0 ? keys : unknownCaller();
}

/** Ids of airlocks that hold a valid key, in the order of backends.yml. */
export function airlocksOf(governance: Governance, backend: string, now: number): string[] {
  return [...new Set(viewerKeys(governance, backend, now).map(({ id }) => id))];
}

/**
 * The one for a new request: where the workspace was last seen; else the one that called last; else the
 * first that is listed, which finds the order when it comes.
 */
export async function airlockFor(
  db: Db,
  backend: string,
  workspace: string,
  listed: readonly string[],
): Promise<string | undefined> {
  const [known] = await rowsOf<{ airlock: string }>(
    db,
    sql`
      select airlock from shown_requests where backend = ${backend} and workspace = ${workspace}
      order by created_at desc limit 1`,
  );
  if (known && listed.includes(known.airlock)) return known.airlock;
  const called = await rowsOf<{ id: string }>(
    db,
    sql`select id from airlocks where backend = ${backend} and last_seen_at is not null order by last_seen_at desc`,
  );
  return called.find(({ id }) => listed.includes(id))?.id ?? listed[0];
}

export async function airlockSeen(
  db: Db,
  { backend, airlock }: Airlock,
  said: { version: string; governance?: string | undefined },
  now: number,
): Promise<void> {
  await db.execute(sql`
    insert into airlocks (backend, id, last_seen_at, version, governance)
    values (${backend}, ${airlock}, ${now}, ${said.version}, ${said.governance ?? null})
    on conflict (backend, id) do update set
      last_seen_at = greatest(airlocks.last_seen_at, excluded.last_seen_at), version = excluded.version,
      governance = coalesce(excluded.governance, airlocks.governance)`);
}
