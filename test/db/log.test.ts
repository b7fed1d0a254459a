import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { fc } from '../support/properties.ts';
import { rowsOf, type Db } from '../../src/db/database.ts';
import { lastCheckpoint, LogDiverged, servedTile, tilesIn, treeSize } from '../../src/db/log.ts';
import { record } from '../../src/db/record.ts';
import { numberLeaves } from '../../src/db/sequencer.ts';
import {
  levelsOf,
  openCheckpoint,
  parseTilePath,
  proveConsistency,
  tileAt,
  tilePath,
  tilesAt,
  verifyConsistency,
  verifyLog,
  type LedgerEntry,
  type LogSource,
  type OpenCheckpoint,
} from '../../src/ledger/ledger.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { Died, eachDatabase, type TestDatabase } from '../support/database.ts';
import { aSigner, MemoryLog, ORIGIN, otherSigner } from '../support/log.ts';

const entry = (n: number): LedgerEntry => ({
  time: '2027-03-01T09:00:00.000Z',
  type: 'job',
  actor: 'hub',
  subject: `job:${n}`,
  policy_commit: null,
  body: { event: 'requeued', request: '1', attempts: 1 },
});
const independent = (await import(new URL('../ledger/independent.mjs', import.meta.url).href)) as {
  check(read: (path: string) => Buffer, vkey: string, earlier: string): { size: number; root: string };
};
const signing = { keys: { origin: ORIGIN, signers: [aSigner()] }, now: 7 };
const trusted = { current: [aSigner()] };

async function write(db: Db, from: number, count: number): Promise<void> {
  await db.transaction((tx) => record(tx, ...Array.from({ length: count }, (_, at) => entry(from + at))));
}

async function entriesOf(db: Db): Promise<string[]> {
  const rows = await rowsOf<{ entry: string }>(
    db,
    sql`select entry from ledger_leaves where seq is not null order by seq`,
  );
  return rows.map((row) => row.entry);
}

/** The log as others see it. */
const served =
  (db: Db): LogSource =>
  async (path) => {
    if (path === 'checkpoint') return Buffer.from((await lastCheckpoint(db)) ?? '');
    const tile = parseTilePath(path);
    return tile && servedTile(db, tile);
  };

/** Everything ever signed, read with the keys of the log. */
async function signed(db: Db): Promise<OpenCheckpoint[]> {
  const rows = await rowsOf<{ note: string }>(db, sql`select note from ledger_checkpoints order by size`);
  return rows.map(({ note }) => {
    const found = openCheckpoint(Buffer.from(note), trusted);
    if (isRefusal(found)) throw new Error(found.says);
    return found;
  });
}

async function whole(db: Db): Promise<number> {
  const answer = await verifyLog(served(db), { trusted, entries: true });
  if (isRefusal(answer)) throw new Error(answer.says);
  for (const earlier of await signed(db)) {
    const proof = await proveConsistency(earlier.size, answer.checkpoint.size, tilesIn(db));
    expect(verifyConsistency(earlier, answer.checkpoint, proof)).toBe(true);
  }
  return answer.checkpoint.size;
}

const everything = async (db: Db, batch?: number): Promise<void> => {
  while ((await numberLeaves(db, batch, signing)) > 0);
};

eachDatabase((open) => {
  test('an empty log is signed as that', async () => {
    const { db } = await open();

    expect(await lastCheckpoint(db)).toBeUndefined();
    expect(await numberLeaves(db, 10, signing)).toBe(0);

    expect(await whole(db)).toBe(0);
    expect(await treeSize(db)).toBe(0);
  });

  test('in whatever batches leaves come, what is served is the log of RFC 6962 over them', async () => {
    const { db } = await open();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 400 }),
        async (writes, batch) => {
          await db.execute(sql`truncate ledger_leaves, ledger_tiles, ledger_checkpoints restart identity`);
          let written = 0;
          for (const count of writes) {
            await write(db, written, count);
            written += count;
            await everything(db, batch);
          }
          const log = new MemoryLog().append(...(await entriesOf(db)));
          const files = await log.files();
          for (const [path, bytes] of files)
            expect(Buffer.from((await served(db)(path))!)).toEqual(Buffer.from(bytes));
          expect(await whole(db)).toBe(written);
        },
      ),
      { numRuns: 4 },
    );
  }, 120_000);

  test('every checkpoint that was signed stays provable, and its partial tiles are served', async () => {
    const { db } = await open();
    for (let size = 0; size < 300; size += 60) {
      await write(db, size, 60);
      await everything(db);
    }

    const all = await signed(db);
    expect(all.map(({ size }) => size)).toEqual([60, 120, 180, 240, 300]);
    for (const { size } of all)
      for (const level of levelsOf(size))
        for (const tile of tilesAt(level, size)) {
          expect((await servedTile(db, tile))?.length).toBe(32 * tile.width);
          if (level === 0) expect(await servedTile(db, { ...tile, level: 'entries' })).toBeDefined();
        }
    expect(await whole(db)).toBe(300);
    for (const { size, note, root } of all) {
      const files = new Map([['checkpoint', Buffer.from(note)]]);
      for (const tile of levelsOf(size).flatMap((level) => [...tilesAt(level, size)]))
        for (const one of tile.level === 0 ? [tile, { ...tile, level: 'entries' } as const] : [tile])
          files.set(tilePath(one), Buffer.from((await servedTile(db, one))!));
      expect(independent.check((path) => files.get(path)!, aSigner().text, all[0]!.note)).toEqual({
        size,
        root: Buffer.from(root).toString('base64'),
      });
    }
    expect(await servedTile(db, tileAt(0, 1, 301))).toBeUndefined();
    expect(await servedTile(db, { level: 'entries', index: 1, width: 45 })).toBeUndefined();
    expect(await served(db)(tilePath({ level: 0, index: 1, width: 256 }))).toBeUndefined();
  });

  test('a sequencer that dies before any statement loses no leaf, doubles none, and signs nothing that is not there', async () => {
    const database = await open();
    const { db, faults } = database;
    await write(db, 0, 250);
    await everything(db);
    await write(db, 250, 20);
    let deaths = 0;
    for (let k = 1; ; k += 1) {
      let count = 0;
      faults.at = (statement) => !/^rollback/.test(statement) && ++count >= k;
      const died = await numberLeaves(db, 10_000, signing).then(
        () => false,
        (error: unknown) => {
          if (!(error instanceof Died) && !((error as Error).cause instanceof Died)) throw error;
          return true;
        },
      );
      faults.at = undefined;
      if (!died) break;
      deaths += 1;
      // What others see is what was before.
      expect([await treeSize(db), (await entriesOf(db)).length, await whole(db)]).toEqual([250, 250, 250]);
    }

    expect(deaths).toBeGreaterThan(8);
    const entries = await entriesOf(db);
    expect([entries.length, new Set(entries).size, await whole(db)]).toEqual([270, 270, 270]);
  });

  test('hubs that share a database keep one log between them', async () => {
    const database: TestDatabase = await open();
    const other = (await database.another()) ?? database;
    await Promise.all(
      Array.from({ length: 12 }, async (_, at) => {
        const { db } = at % 2 ? database : other;
        await write(db, at * 50, 50);
        await numberLeaves(db, 37, signing);
      }),
    );
    await everything(database.db, 37);

    const entries = await entriesOf(database.db);
    expect([entries.length, new Set(entries).size]).toEqual([600, 600]);
    expect(await whole(database.db)).toBe(600);
    expect(new Set((await signed(database.db)).map(({ size }) => size)).size).toBeGreaterThan(2);
  });

  test('leaves that were numbered before there was a tree are taken in first', async () => {
    const { db } = await open();
    await write(db, 0, 5);
    await db.execute(sql`update ledger_leaves set seq = id - 1`);
    await write(db, 5, 2);

    expect(await numberLeaves(db, 3, signing)).toBe(3);
    expect(await numberLeaves(db, 3, signing)).toBe(3);
    expect(await numberLeaves(db, 3, signing)).toBe(1);
    expect(await whole(db)).toBe(7);
    const entries = await entriesOf(db);
    expect(new Set(entries).size).toBe(7);
  });

  test('without a key nothing is signed; with one, what was written before is', async () => {
    const { db } = await open();
    await write(db, 0, 3);
    expect(await numberLeaves(db)).toBe(3);
    expect(await lastCheckpoint(db)).toBeUndefined();

    expect(await numberLeaves(db, 10, signing)).toBe(0);

    expect(await whole(db)).toBe(3);
  });

  test('a key that is being replaced signs beside the next one, and nothing is signed twice', async () => {
    const { db } = await open();
    await write(db, 0, 3);
    await everything(db);
    const both = { keys: { origin: ORIGIN, signers: [aSigner(), otherSigner()] }, now: 9 };
    await numberLeaves(db, 10, both);

    const note = Buffer.from((await lastCheckpoint(db)) ?? '');
    for (const key of [aSigner(), otherSigner()])
      expect(openCheckpoint(note, { current: [key] })).toMatchObject({ size: 3 });
    await numberLeaves(db, 10, { ...both, now: 11 });
    const rows = await rowsOf(db, sql`select size::int, signed_at::int from ledger_checkpoints`);
    expect(rows).toEqual([{ size: 3, signed_at: 9 }]);
  });

  test.each([
    [
      'a hash of the tree was changed',
      [
        sql`update ledger_tiles set hashes = overlay(hashes placing '\\x00ff'::bytea from 40) where level = 0`,
      ],
    ],
    ['a tile was taken away', [sql`delete from ledger_tiles where level = 1`]],
    [
      'leaves were taken away',
      [
        sql`delete from ledger_leaves where seq >= 256`,
        sql`delete from ledger_tiles where level = 0 and place = 1`,
      ],
    ],
    ['what was signed is no checkpoint', [sql`update ledger_checkpoints set note = 'nothing'`]],
  ])('once %s, nothing more is signed', async (_what, changes) => {
    const { db } = await open();
    await write(db, 0, 300);
    await everything(db);
    const before = await lastCheckpoint(db);
    for (const change of changes) await db.execute(change);
    const after = await lastCheckpoint(db);
    await write(db, 300, 3);

    await expect(everything(db, 100)).rejects.toThrow(LogDiverged);

    expect(await lastCheckpoint(db)).toBe(after);
    expect(after === before || after === 'nothing').toBe(true);
    const [open300] = await rowsOf<{ n: number }>(
      db,
      sql`select count(*)::int as n from ledger_leaves where seq is null`,
    );
    expect(open300?.n).toBe(3);
  });

  test('a tree that was lost is made again from the record, and nothing else is signed until it is whole', async () => {
    const { db } = await open();
    await write(db, 0, 300);
    await everything(db);
    const before = await lastCheckpoint(db);
    await db.execute(sql`delete from ledger_tiles`);
    await write(db, 300, 3);

    expect(await numberLeaves(db, 299, signing)).toBe(299);
    expect(await lastCheckpoint(db)).toBe(before);
    await everything(db);

    expect(await whole(db)).toBe(303);
  });

  test('a leaf that is missing from the record stops the log', async () => {
    const { db } = await open();
    await write(db, 0, 4);
    await db.execute(sql`update ledger_leaves set seq = id - 1`);
    await db.execute(sql`delete from ledger_leaves where seq = 1`);

    await expect(numberLeaves(db)).rejects.toThrow('leaf 0 is not in the record');
    expect(await treeSize(db)).toBe(0);
  });
});
