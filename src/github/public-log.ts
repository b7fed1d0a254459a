/**
 * Asks the steward to commit the log to the public log repository: on a schedule, and when a release has arrived.
 *
 * What it has committed is a row, and what it is asked for is another with the newest checkpoint: whatever got lost on the
 * way, the next one says everything that it would have said.
 */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import { lastCheckpoint } from '../db/log.ts';
import { keepLookedAt, lookedAt, publicLogStanding } from '../db/public-log.ts';
import { parseCheckpoint } from '../ledger/ledger.ts';
import { isRefusal } from '../lib/refusal.ts';
import { askSteward } from '../stewarding/stewarding.ts';
import type { Room } from './room.ts';

type LogRoom = Pick<Room, 'db' | 'clock' | 'governance'>;

/** False when there is nothing to be asked for: no repository, no signed log, or all of it is there. */
export async function askForCommit(room: LogRoom, { entries }: { entries: boolean }): Promise<boolean> {
  const { db, clock } = room;
  if (room.governance.current()?.deployment.github.repos['log'] === undefined) return false;
  const note = await lastCheckpoint(db);
  const signed = note === undefined ? undefined : parseCheckpoint(Buffer.from(note));
  if (note === undefined || !signed || isRefusal(signed)) return false;
  const { committed, refused } = await publicLogStanding(db);
  const isThere = committed?.size === signed.size && (!entries || committed.exported === signed.size);
  if (isThere && !refused) return false;
  await db.transaction((tx) =>
    askSteward(tx, {
      // Of each the newest alone: a checkpoint never takes the place of entries that are still to be copied.
      key: entries ? 'public-log:entries' : 'public-log:checkpoint',
      do: 'commit-log',
      payload: { note, entries },
      now: clock.now(),
      again: true,
    }),
  );
  return true;
}

/** After each numbering: asks at once when a release is among what was numbered since the last look. */
export async function lookForReleases(room: LogRoom): Promise<void> {
  const { db, clock } = room;
  const [end] = await rowsOf<{ size: number }>(
    db,
    sql`select coalesce(max(seq) + 1, 0)::float8 as size from ledger_leaves`,
  );
  const looked = await lookedAt(db);
  const size = end?.size ?? 0;
  if (looked === size) return;
  const found =
    looked === undefined
      ? []
      : await rowsOf(
          db,
          sql`
            select 1 from ledger_leaves
            where seq >= ${looked}::bigint and seq < ${size}::bigint and type = 'release'
              and entry::jsonb -> 'body' ->> 'event' = 'received' limit 1`,
        );
  // Asked before it is noted: whoever dies in between asks once more.
  if (found.length > 0) await askForCommit(room, { entries: false });
  await db.transaction((tx) => keepLookedAt(tx, size, clock.now()));
}

/** For whoever looks after the hub: what is kept elsewhere, and why no more of it. */
export async function publicLogHealth({
  db,
}: Pick<LogRoom, 'db'>): Promise<{ committed: number | null; refused: string | null }> {
  const { committed, refused } = await publicLogStanding(db);
  return { committed: committed?.size ?? null, refused: refused?.code ?? null };
}
