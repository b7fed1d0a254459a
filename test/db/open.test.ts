import { afterAll, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/open.ts';
import { queueOutbox } from '../../src/db/outbox.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { copyPglite, HUB_MIGRATIONS, onBothDatabases, scratchFolder } from '../support/database.ts';
import { testPostgres } from '../support/postgres.ts';
import { requires } from '../support/require.ts';

const logger = createLogger('test', { level: 'silent' });
const folders: string[] = [];
const folder = (): string => {
  const made = scratchFolder('open');
  folders.push(made);
  return made;
};
afterAll(() => folders.forEach((made) => rmSync(made, { recursive: true, force: true })));

onBothDatabases((open) => {
  test('whoever listens hears what another part of the program tells', async () => {
    const { listen, notify } = await open();
    let tell: (text: string) => void = () => undefined;
    const news = new Promise<string>((resolve) => (tell = resolve));
    const stop = await listen('test_channel', (payload) => tell(payload));

    await notify('test_channel', 'a word');

    expect(await news).toBe('a word');
    await stop();
  });

  test('news of one subject is told once however often it changed', async () => {
    const { db } = await open();

    await db.transaction((tx) => queueOutbox(tx, [{ topic: 'request', subject: 'a', payload: 1 }], 5));
    await db.transaction((tx) =>
      queueOutbox(
        tx,
        [
          { topic: 'request', subject: 'a', payload: 2 },
          { topic: 'request', subject: 'b' },
        ],
        6,
      ),
    );

    const rows = await rowsOf(db, sql`select topic, subject, payload, state from outbox order by subject`);
    expect(rows).toEqual([
      { topic: 'request', subject: 'a', payload: 2, state: 'pending' },
      { topic: 'request', subject: 'b', payload: null, state: 'pending' },
    ]);
  });

  test('a change while the news is being sent is told again', async () => {
    const { db } = await open();
    await db.transaction((tx) => queueOutbox(tx, [{ topic: 'request', subject: 'a' }], 5));
    await db.execute(sql`update outbox set state = 'sending'`);

    await db.transaction((tx) => queueOutbox(tx, [{ topic: 'request', subject: 'a' }], 6));

    expect(await rowsOf(db, sql`select state from outbox order by id`)).toEqual([
      { state: 'sending' },
      { state: 'pending' },
    ]);
  });

  test('news of a transaction that failed is never told', async () => {
    const { db } = await open();

    await expect(
      db.transaction(async (tx) => {
        await queueOutbox(tx, [{ topic: 'request', subject: 'a' }], 5);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');

    expect(await rowsOf(db, sql`select 1 from outbox`)).toEqual([]);
  });

  test('a database that a newer version has migrated is refused', async () => {
    const { db, another } = await open();
    const other = await another();
    if (!other) return;
    await db.execute(sql`insert into schema_migrations (tag, made_at) values ('9999_future', 1)`);
    try {
      await expect(another()).rejects.toMatchObject({ refusal: { code: 'database.newer-schema' } });
    } finally {
      await db.execute(sql`delete from schema_migrations where tag = '9999_future'`);
    }
  });
});

requires('postgres').test(
  'a listener whose connection was lost comes back and says that news may have been missed',
  async () => {
    const { url, remove } = await (await testPostgres()).createDatabase();
    const hub = await openDatabase({ url, logger });
    const heard: string[] = [];
    let tell: () => void = () => undefined;
    const next = (): Promise<void> => new Promise((resolve) => (tell = resolve));
    await hub.listen('news', (payload) => {
      heard.push(payload);
      tell();
    });

    const back = next();
    await hub.db.execute(sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and query like 'listen%' and pid <> pg_backend_pid()`);
    await back;
    const word = next();
    await hub.notify('news', 'a word');
    await word;

    expect(heard).toEqual(['', 'a word']);
    await hub.close();
    await remove();
  },
);

requires('postgres').test(
  'what a hub that stands still holds in a transaction is free for others when the server has heard nothing of it',
  async () => {
    const { url, remove } = await (await testPostgres()).createDatabase();
    // Longer than this process itself may stand still before it has the lock.
    const still = await openDatabase({ url, logger, connections: 1, standsStillMs: 4000 });
    const other = await openDatabase({ url, logger, connections: 1 });
    await other.db.execute(sql`create table held (one int)`);
    let goOn: () => void = () => undefined;
    const stood = new Promise<void>((resolve) => (goOn = resolve));
    let has: () => void = () => undefined;
    const locked = new Promise<void>((resolve) => (has = resolve));
    const torn = still.db.transaction(async (tx) => {
      await tx.execute(sql`lock table held in access exclusive mode`);
      has();
      await stood;
      await tx.execute(sql`insert into held values (1)`);
    });

    torn.catch(() => undefined);
    await locked;
    // Waits for the lock: without an end of the other transaction it would until the statement's own limit.
    await other.db.execute(sql`insert into held values (2)`);
    goOn();

    await expect(torn).rejects.toThrow();
    expect(await rowsOf(other.db, sql`select one from held`)).toEqual([{ one: 2 }]);
    await Promise.all([still.close(), other.close()]);
    await remove();
  },
);

requires('postgres').test(
  'a connection that breaks between two statements ends its transaction, and nothing else',
  async () => {
    const { url, remove } = await (await testPostgres()).createDatabase();
    const hub = await openDatabase({ url, logger, connections: 1 });
    const other = await openDatabase({ url, logger, connections: 1 });
    const backends = async (pid: number) =>
      (await rowsOf(other.db, sql`select from pg_stat_activity where pid = ${pid}`)).length;

    const torn = hub.db.transaction(async (tx) => {
      const [own] = await rowsOf<{ pid: number }>(tx, sql`select pg_backend_pid() as pid`);
      const pid = own?.pid ?? 0;
      await other.db.execute(sql`select pg_terminate_backend(${pid}::int)`);
      // Each look is an answer of the same server, given after it said goodbye to the other.
      while ((await backends(pid)) > 0);
      await other.db.execute(sql`select 1`);
      await tx.execute(sql`select 1`);
    });

    await expect(torn).rejects.toThrow();
    expect(await rowsOf(hub.db, sql`select 1 as one`)).toEqual([{ one: 1 }]);
    await Promise.all([hub.close(), other.close()]);
    await remove();
  },
);

requires('postgres').test(
  'whoever moves in alone clears what a dead process left, whoever finds others at work does not',
  async () => {
    const { url, remove } = await (await testPostgres()).createDatabase();
    const cleared: string[] = [];
    const moveIn = async (name: string) => {
      const hub = await openDatabase({ url, logger, connections: 1 });
      await hub.moveIn(async () => void cleared.push(name));
      return hub;
    };

    const first = await moveIn('first');
    const second = await moveIn('second');
    await first.close();
    const third = await moveIn('third');
    await second.close();
    await third.close();
    const [fourth, fifth] = await Promise.all([moveIn('fourth or fifth'), moveIn('fourth or fifth')]);

    expect(cleared).toEqual(['first', 'fourth or fifth']);
    await Promise.all([fourth.close(), fifth.close()]);
    await remove();
  },
);

requires('postgres').test('a process whose listener came back is at work as before', async () => {
  const { url, remove } = await (await testPostgres()).createDatabase();
  const hub = await openDatabase({ url, logger, connections: 1 });
  let back: () => void = () => undefined;
  const heard = new Promise<void>((resolve) => (back = resolve));
  await hub.listen('news', () => back());
  await hub.moveIn(async () => undefined);
  await hub.db.execute(sql`
    select pg_terminate_backend(pid) from pg_locks join pg_stat_activity using (pid)
    where locktype = 'advisory' and mode = 'ShareLock' and datname = current_database()`);
  await heard;

  let alone = false;
  const other = await openDatabase({ url, logger, connections: 1 });
  await other.moveIn(async () => void (alone = true));

  expect(alone).toBe(false);
  await Promise.all([hub.close(), other.close()]);
  await remove();
});

test('the migrations make exactly the tables that the schema describes', () => {
  const made = folder();
  // drizzle-kit takes no absolute folder.
  const out = relative(process.cwd(), made);
  cpSync('src/db/migrations', made, { recursive: true });
  const args = [
    'generate',
    '--dialect=postgresql',
    '--schema=./src/db/schema/*.ts',
    `--out=${out}`,
    '--casing=snake_case',
  ];

  const { stdout } = spawnSync('node_modules/.bin/drizzle-kit', args, { encoding: 'utf8' });

  // A crash of drizzle-kit exits 0 as well: only its words tell.
  expect(stdout).toContain('No schema changes');
});

test('a PGlite folder keeps what was written, and is refused when a newer version wrote it', async () => {
  const dir = folder();
  await copyPglite(HUB_MIGRATIONS, dir);
  const first = await openDatabase({ dir, logger });
  await first.db.execute(sql`insert into settings (key, value, updated_at) values ('a', '1', 0)`);
  await first.close();

  const second = await openDatabase({ dir, logger });
  expect(await rowsOf(second.db, sql`select key from settings`)).toEqual([{ key: 'a' }]);
  await second.db.execute(sql`insert into schema_migrations (tag, made_at) values ('9999_future', 1)`);
  await second.close();

  await expect(openDatabase({ dir, logger })).rejects.toMatchObject({
    refusal: { code: 'database.newer-schema' },
  });
  expect(existsSync(join(dir, 'owner.pid'))).toBe(false);
});

test('a PGlite folder that a living process uses is refused, one of a dead process is taken over', async () => {
  const dir = folder();
  await copyPglite(HUB_MIGRATIONS, dir);
  writeFileSync(join(dir, 'owner.pid'), `${process.ppid}\n`);
  await expect(openDatabase({ dir, logger })).rejects.toMatchObject({ refusal: { code: 'database.in-use' } });

  // No Linux process has a number this high.
  writeFileSync(join(dir, 'owner.pid'), '2147483646\n');
  const taken = await openDatabase({ dir, logger });
  await taken.close();
});

test('a database must be named', async () => {
  await expect(openDatabase({ logger })).rejects.toMatchObject({ refusal: { code: 'database.nowhere' } });
});

requires('postgres').test('ten hubs that start together migrate once', async () => {
  const { url, remove } = await (await testPostgres()).createDatabase();

  const hubs = await Promise.all(
    Array.from({ length: 10 }, () => openDatabase({ url, logger, connections: 1 })),
  );

  const journal = JSON.parse(readFileSync('src/db/migrations/meta/_journal.json', 'utf8')) as {
    entries: { tag: string }[];
  };
  expect(await rowsOf(hubs[0]!.db, sql`select tag from schema_migrations order by tag`)).toEqual(
    journal.entries.map(({ tag }) => ({ tag })),
  );
  await Promise.all(hubs.map((hub) => hub.close()));
  await remove();
});
