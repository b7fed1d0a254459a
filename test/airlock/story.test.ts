/** The whole life of a request on a real database. */
import { afterEach, expect, test } from '@jest/globals';
import { rowsOf } from '../../src/db/open.ts';
import { sql } from 'drizzle-orm';
import { AirlockWorld, aTable } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onBothDatabases } from '../support/database.ts';

onBothDatabases((open) => {
  let world: AirlockWorld;
  afterEach(() => world.close());

  test('two independent checkers let a table out, and the airlock queues it itself', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();

    const [first, second] = await world.checkers(id);
    expect((await world.state(id)).state).toBe('submitted');
    await world.reviews(first!, id);
    expect((await world.state(id)).state).toBe('reviewing');
    await world.reviews(second!, id);

    const request = await world.state(id);
    expect(request.state).toBe('approved');
    const [due] = await world.room.uploads.due();
    expect(due).toMatchObject({ request: id, batch: 1, queued: true, files: [{ number: 1 }] });
    expect(await world.room.uploads.start(id, 1)).toBeUndefined();
    const declared = await world.room.uploads.declaration(id, 1);
    expect(declared?.files[0]?.approvals.map(({ checker }) => checker)).toHaveLength(2);
    expect(declared?.statements.length).toBeGreaterThan(0);
    const bytes = await world.room.uploads.bytes({ request: id, batch: 1, number: 1 });
    expect(bytes.toString()).toBe(aTable());
    await world.room.uploads.confirm(
      { request: id, batch: 1, number: 1 },
      request.batches[0]!.files[0]!.sha256,
    );
    await world.room.uploads.confirm(
      { request: id, batch: 1, number: 1 },
      request.batches[0]!.files[0]!.sha256,
    );
    expect((await world.state(id)).state).toBe('released');
    expect(await world.room.uploads.due()).toEqual([]);

    const shown = (await world.room.shown([id]))[0]!;
    expect(shown.events.map(({ what }) => what)).toEqual([
      'created',
      'submitted',
      'assigned',
      'assigned',
      'review-received',
      'reviewed',
      'approved',
      'releasing',
      'released',
    ]);
    await world.room.markShown([{ id, version: shown.version }]);
    expect(await world.room.pendingShown(10)).toEqual([]);
  });

  test('entries, log and orders cannot be changed in the database', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    const { db } = world.database;

    await expect(db.execute(sql`update entries set entry = '{}' where request = ${id}`)).rejects.toThrow();
    await expect(db.execute(sql`delete from entries where request = ${id}`)).rejects.toThrow();
    await expect(db.execute(sql`delete from log`)).resolves.toBeDefined();
    const rows = await rowsOf<{ seq: number }>(
      db,
      sql`select seq from entries where request = ${id} order by seq`,
    );
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_row, index) => index + 1));
  });
}, AIRLOCK_MIGRATIONS);
