/** A backup brings everything back elsewhere, verified; a damaged one brings nothing. */
import { appendFileSync, chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, jest, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { backUp, restore, verifyAll } from '../../agent/airlock/backup.ts';
import { openDatabase, rowsOf, type OpenDatabase } from '../../src/db/open.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { AirlockWorld, WHO } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';

// Each story opens three databases, on a machine that does other things too.
jest.setTimeout(120_000);

onOneDatabase((open) => {
  let world: AirlockWorld;
  afterEach(() => world.close());

  async function elsewhere(name: string): Promise<OpenDatabase> {
    const dir = path.join(world.dir, name);
    mkdirSync(dir, { recursive: true });
    const logger = createLogger('test', { level: 'silent' });
    return openDatabase({ dir: path.join(dir, 'database'), migrations: AIRLOCK_MIGRATIONS, logger });
  }

  async function lived(): Promise<string> {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    for (const checker of await world.checkers(id)) await world.reviews(checker, id);
    await world.room.tend();
    return id;
  }

  const parts = (database: OpenDatabase, name: string) => ({
    database,
    dir: path.join(world.dir, name),
    at: world.clock.now(),
  });

  test('it restores elsewhere: chains hold, copies match, and work goes on', async () => {
    const id = await lived();
    const to = path.join(world.dir, 'backup');
    writeFileSync(path.join(world.dir, 'airlock/zone.key'), 'secret');
    await backUp(parts(world.database, 'airlock'), to);
    const before = await world.state(id);

    const second = await elsewhere('second');
    expect(await restore(parts(second, 'second'), to)).toEqual([]);
    expect(readdirSync(path.join(world.dir, 'second'))).toContain('zone.key');
    await expect(restore(parts(second, 'second'), to)).rejects.toThrow('already holds');
    const lines = await rowsOf<{ id: number }>(second.db, sql`select max(id)::float8 as id from log`);
    await world.room.close();
    await world.start(second);
    await world.room.log({ type: 'LOGIN', person: WHO.author });
    const now = await rowsOf<{ id: number }>(second.db, sql`select max(id)::float8 as id from log`);
    expect(now[0]!.id).toBe(lines[0]!.id + 1);
    expect(await world.page('author', id)).toMatchObject({ request: { state: before.state } });
    await second.close();
  });

  test('nobody is signed in by a backup: what ended since then stays ended', async () => {
    await lived();
    const at = world.clock.now();
    await world.database.db.execute(sql`
      insert into sessions (id, secret, person, login, strength, browser, signed_in_at, seen_at)
      values ('s', ${'a'.repeat(64)}, ${WHO.author}, 'rowan-example', 'code', 'a browser', ${at}, ${at})`);
    const to = path.join(world.dir, 'backup');
    const { tables } = await backUp(parts(world.database, 'airlock'), to);
    expect(Object.keys(tables)).toContain('passkeys');

    const second = await elsewhere('second');
    expect(await restore(parts(second, 'second'), to)).toEqual([]);

    expect(await rowsOf(second.db, sql`select 1 from sessions`)).toEqual([]);
    await second.close();
  });

  test('a damaged copy or table is refused, an unfinished backup too', async () => {
    await lived();
    const to = path.join(world.dir, 'backup');
    const { copies } = await backUp(parts(world.database, 'airlock'), to);
    await expect(backUp(parts(world.database, 'airlock'), to)).rejects.toThrow('not empty');
    const second = await elsewhere('second');
    appendFileSync(path.join(to, 'tables/entries.jsonl'), '\n');
    await expect(restore(parts(second, 'second'), to)).rejects.toThrow('damaged');
    await expect(restore(parts(second, 'second'), world.dir)).rejects.toThrow('no whole backup');
    await second.close();
    expect(copies.length).toBeGreaterThan(0);
  });

  test('verify finds a changed copy and a state that its entries do not tell of', async () => {
    const id = await lived();
    expect(await verifyAll(parts(world.database, 'airlock'))).toEqual([]);
    const { sha256: hash } = (await world.state(id)).files[0]!;
    const place = path.join(world.dir, 'airlock/copies', hash.slice(0, 2), hash);
    chmodSync(place, 0o600);
    appendFileSync(place, 'x');
    await world.database.db.execute(
      sql`update requests set folded = replace(folded, '"state":"approved"', '"state":"released"') where id = ${id}`,
    );

    expect(await verifyAll(parts(world.database, 'airlock'))).toEqual([
      { what: 'folded', where: id },
      { what: 'copy', where: hash },
    ]);
  });
}, AIRLOCK_MIGRATIONS);
