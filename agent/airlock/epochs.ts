/**
 * A restore begins a new epoch of the record. What happened since the backup is lost, so nothing of before
 * opens a door any more: passkeys are confirmed anew (one may have been removed since), and requests are
 * looked at afresh (one may have been halted, or sent back). The hub is told until it has heard it.
 *
 * An epoch is a number made in the zone, of the time of the restore; nothing that the hub says changes it.
 */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/open.ts';
import { minutes } from '../../src/lib/clock.ts';
import { ACTIVE, restored, type ReleaseRequest, type Restored } from '../../src/release/release.ts';
import type { Core, Db, Tx } from './core.ts';
import { logLines } from './log.ts';
import { persist } from './persist.ts';
import { setSetting, settingOf } from './settings.ts';

/** In minutes since, so that two restores of one backup do not use one number. */
const FIRST = Date.UTC(2026, 0, 1);
const EPOCH = 'epoch';
const PENDING = 'restored-pending';

export interface Restoring {
  /** Of the restore. */
  at: number;
  /** Of the backup. */
  asOf: number;
}

export async function epochOf(db: Db): Promise<number> {
  return Number((await settingOf(db, EPOCH)) ?? 0);
}

export async function beginEpoch(tx: Tx, { at, asOf }: Restoring): Promise<void> {
  const epoch = Math.max((await epochOf(tx)) + 1, Math.floor((at - FIRST) / minutes(1)));
  await tx.execute(sql`update passkeys set state = 'waiting' where state = 'confirmed'`);
  const clock = { now: () => at };
  const rows = await rowsOf<{ folded: string; head: string }>(
    tx,
    sql`select folded, head from requests order by id`,
  );
  const requests = rows.map(({ folded, head }) => ({ request: JSON.parse(folded) as ReleaseRequest, head }));
  const active = new Set(
    requests.filter(({ request }) => (ACTIVE as readonly string[]).includes(request.state)).map(placeOf),
  );
  for (const stored of requests) {
    const { request, entries } = restored(stored.request, { epoch, asOf }, at, active.has(placeOf(stored)));
    if ((ACTIVE as readonly string[]).includes(request.state)) active.add(placeOf(stored));
    await persist({ clock }, tx, stored, request, entries);
  }
  // The hub knows more than the record does now: it is told everything once more, and takes what is new.
  await tx.execute(sql`update outbox set told = 0 where topic = 'shown'`);
  await setSetting(tx, EPOCH, String(epoch));
  await setSetting(tx, PENDING, JSON.stringify({ epoch, at, asOf }));
  await logLines({ clock }, tx, [{ type: 'ZONE_RESTORE', person: null, details: { epoch, asOf } }]);
}

const placeOf = ({ request }: { request: ReleaseRequest }): string =>
  `${request.author} ${request.workspace}`;

/** What the hub has not heard yet. */
export async function pendingRestore(db: Db): Promise<(Restored & Restoring) | undefined> {
  const text = await settingOf(db, PENDING);
  return text === undefined ? undefined : (JSON.parse(text) as Restored & Restoring);
}

export async function markRestore({ db }: Pick<Core, 'db'>, { epoch }: { epoch: number }): Promise<void> {
  if ((await pendingRestore(db))?.epoch === epoch) await setSetting(db, PENDING, null);
}
