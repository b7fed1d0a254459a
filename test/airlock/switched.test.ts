/** The zone's switch as an airlock sees it, with no agent on the host: in its record with who and why, and told when the hub is there. */
import { afterEach, expect, test } from '@jest/globals';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'drizzle-orm';
import { recordsSwitch, tellSwitch } from '../../agent/airlock/switched.ts';
import { ZoneFreezes } from '../../agent/freezes.ts';
import { deedsKept } from '../../agent/keep/deeds.ts';
import { rowsOf } from '../../src/db/open.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { refusal } from '../../src/lib/refusal.ts';
import type { ToldDeed } from '../../src/protocol/protocol.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase, scratchFolder, type TestDatabase } from '../support/database.ts';

const logger = createLogger('test', { level: 'silent' });
const clock = systemClock;

onOneDatabase((open) => {
  const folder = scratchFolder('switched');
  const ends: (() => void)[] = [];
  afterEach(() => {
    for (const end of ends.splice(0).reverse()) end();
    rmSync(folder, { recursive: true, force: true });
  });

  const recorded = async ({ db }: TestDatabase): Promise<object[]> => {
    const rows = await rowsOf<{ details: string }>(
      db,
      sql`select details from log where type = 'OPERATOR_DEED' order by id`,
    );
    return rows.map(({ details }) => JSON.parse(details) as object);
  };

  async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
    for (;;) {
      const seen = await look();
      if (seen !== undefined) return seen;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  test('a file that somebody laid there is recorded at once, told when the hub is back, and lifted alike', async () => {
    const database = await open();
    const { db } = database;
    const stateDir = path.join(folder, 'airlock');
    const switchFile = path.join(folder, 'FROZEN');
    mkdirSync(stateDir, { recursive: true });
    const freezes = new ZoneFreezes({
      ...{ file: path.join(stateDir, 'freezes.json'), switchFile, backend: 'attainment', confirm: false },
      ...{ governance: () => undefined, clock, logger, lookMs: 20 },
    });
    ends.push(() => freezes.close());
    const told: ToldDeed[] = [];
    let away = true;
    const hub = {
      deeds: (deeds: readonly ToldDeed[]) => {
        if (away) return Promise.resolve(refusal('hub.away', 'x', 'y'));
        told.push(...deeds);
        return Promise.resolve(deeds.length);
      },
    };
    const parts = { db, hub, stateDir, clock, logger };
    const watch = recordsSwitch({ ...parts, switchFile, freezes, everyMs: 20, afterMs: 20 });
    ends.push(() => watch.close());

    writeFileSync(switchFile, 'reason: "a disk\\nwas stolen"\n');
    await until(async () => ((await recorded(database)).length > 0 ? true : undefined));
    // However often the hub is tried, it is one line.
    for (let n = 0; n < 3; n += 1) await tellSwitch(parts);
    expect(await recorded(database)).toMatchObject([
      { deed: 'zone-frozen', why: 'a disk was stolen', by: `user ${process.getuid!()}` },
    ]);
    expect(told).toEqual([]);

    away = false;
    await until(async () => told[0]);
    rmSync(switchFile);
    await until(async () => told[1]);
    expect(told.map(({ deed }) => deed)).toEqual(['zone-frozen', 'zone-unfrozen']);
    expect(await recorded(database)).toMatchObject([{ deed: 'zone-frozen' }, { deed: 'zone-unfrozen' }]);
    expect(deedsKept(stateDir, 'untold')).toEqual([]);
    // A hub is told what and when, never why.
    expect(JSON.stringify(told)).not.toContain('stolen');
  });
}, AIRLOCK_MIGRATIONS);
