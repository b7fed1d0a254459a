/** A digest of the whole record goes out once a day: what was recorded until then cannot be rewritten unseen. */
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { toldHeads } from '../../agent/airlock/record-heads.ts';
import { verifyChains } from '../../agent/airlock/verify.ts';
import { rowsOf } from '../../src/db/open.ts';
import { canonicalJson } from '../../src/lib/canonical.ts';
import { days, hours } from '../../src/lib/clock.ts';
import { chained, type Entry } from '../../src/release/release.ts';
import { AirlockWorld } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';

onOneDatabase((open) => {
  let world: AirlockWorld;
  afterEach(() => world.close());

  async function aDayLater(): Promise<string> {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    world.clock.advance(hours(1));
    await world.room.tend();
    return id;
  }

  test('once a day there is one, until the hub has it', async () => {
    await aDayLater();
    const { db } = world.database;
    const first = await world.room.recordHead();
    expect(first).toEqual({ at: expect.any(Number), digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await toldHeads(db, world.parts.zoneKey)).toEqual([
      { day: new Date(world.clock.now()).toISOString().slice(0, 10), digest: first!.digest },
    ]);

    await world.room.markRecordHead(first!);
    await world.room.tend();
    expect(await world.room.recordHead()).toBeUndefined();

    world.clock.advance(days(1));
    await world.room.tend();
    const second = await world.room.recordHead();
    expect(second!.digest).not.toBe(first!.digest);
    // What was told is marked; what came after it is not.
    await world.room.markRecordHead(first!);
    expect(await world.room.recordHead()).toEqual(second);
    expect(await verifyChains(db)).toEqual([]);
  });

  test('an entry rewritten with its chain and its state, by whoever owns the database, is found', async () => {
    const id = await aDayLater();
    const { db } = world.database;
    const rows = await rowsOf<{ seq: number; entry: string; previous: string }>(
      db,
      sql`select seq, entry, previous from entries where request = ${id} order by seq desc limit 1`,
    );
    const { seq, entry, previous } = rows[0]!;
    const forged = { ...(JSON.parse(entry) as Entry), forged: 'yes' };
    const { hash } = chained(forged, previous);
    await db.execute(sql`alter table entries disable trigger all`);
    await db.execute(
      sql`update entries set entry = ${canonicalJson(forged)}, hash = ${hash} where request = ${id} and seq = ${seq}`,
    );
    await db.execute(sql`update requests set head = ${hash} where id = ${id}`);

    expect((await verifyChains(db)).map(({ what }) => what)).toEqual(['head']);
  });

  test('a log cut short is found', async () => {
    world = await AirlockWorld.open(await open());
    const { db } = world.database;
    await world.room.log({ type: 'LOGIN', person: 1 });
    await world.room.log({ type: 'LOGOUT', person: 1 });
    await world.room.tend();
    for (const table of ['log', 'log_chain'])
      await db.execute(sql`alter table ${sql.identifier(table)} disable trigger all`);
    await db.execute(sql`delete from log_chain where seq = (select max(seq) from log_chain)`);
    await db.execute(sql`delete from log where id = (select max(id) from log)`);

    expect((await verifyChains(db)).map(({ what }) => what)).toEqual(['head']);
  });
}, AIRLOCK_MIGRATIONS);
