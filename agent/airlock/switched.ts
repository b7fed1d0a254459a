/**
 * The zone's own switch, as the airlock's record has it and as the hub hears of it: also on a host without an agent, the
 * viewer stands still. Noted in the airlock's own folder as an agent notes it in its; a note is in the record before it is told.
 */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/open.ts';
import { isoTime, seconds, type Clock } from '../../src/lib/clock.ts';
import { randomIds } from '../../src/lib/ids.ts';
import type { Logger } from '../../src/lib/logger.ts';
import { anyUntold, deedsKept, StuckNotes, tellDeeds, type DeedsHub } from '../keep/deeds.ts';
import { watchSwitch, type SwitchWatched } from '../keep/switched.ts';
import type { Db } from './core.ts';
import { logLines } from './log.ts';

const EVERY_MS = seconds(5);
/** A command that froze notes it itself, right after. */
const NOTED_AFTER_MS = seconds(3);

export interface SwitchRecord {
  db: Db;
  hub: DeedsHub;
  /** The airlock's. */
  stateDir: string;
  clock: Clock;
  logger: Logger;
  /** For tests: pauses between two looks at what is untold, and before a switch is noted. */
  everyMs?: number;
  afterMs?: number;
}

/** By itself every few seconds, until closed. */
export function recordsSwitch({
  switchFile,
  freezes,
  ...parts
}: SwitchRecord & Pick<SwitchWatched, 'switchFile' | 'freezes'>): { close(): void } {
  const { stateDir, clock, logger } = parts;
  const failed = (err: unknown): void =>
    logger.warn({ err, code: 'deeds.unnoted' }, 'A freeze of this zone could not be noted');
  const stuck = new StuckNotes((name, err) =>
    logger.warn(
      { err, name, code: 'deeds.stuck' },
      'A note of a freeze cannot be read or put away: give it and its folder to the user of this airlock',
    ),
  );
  const watched = watchSwitch(
    { stateDir, switchFile, freezes, afterMs: parts.afterMs ?? NOTED_AFTER_MS, failed },
    { clock, ids: randomIds },
  );
  // Of this process: a long record is not searched each time while the hub is away.
  const recorded = new Set<string>();
  let busy = false;
  const timer = setInterval(() => {
    if (busy || !anyUntold(stateDir)) return;
    busy = true;
    tellSwitch(parts, stuck, recorded)
      .catch((err: unknown) =>
        logger.warn({ err, code: 'deeds.untold' }, 'The hub could not be told of a freeze'),
      )
      .finally(() => (busy = false));
  }, parts.everyMs ?? EVERY_MS).unref();
  return {
    close() {
      clearInterval(timer);
      watched.close();
    },
  };
}

/** Into the record what is not in it yet, then to the hub. How many the hub had not heard of. */
export async function tellSwitch(
  { db, hub, stateDir, clock }: SwitchRecord,
  stuck?: StuckNotes,
  recorded = new Set<string>(),
): Promise<number> {
  for (const { id, deed, at, by, why } of deedsKept(stateDir, 'untold')) {
    if (recorded.has(id)) continue;
    const known = await rowsOf(
      db,
      sql`select 1 from log where type = 'OPERATOR_DEED' and details::jsonb ->> 'note' = ${id} limit 1`,
    );
    const details = { deed, why, by, at: isoTime(at), note: id };
    if (known.length === 0) await logLines({ clock }, db, [{ type: 'OPERATOR_DEED', person: null, details }]);
    recorded.add(id);
  }
  return tellDeeds(stateDir, hub, stuck);
}
