import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../../src/db/database.ts';
import { record } from '../../src/db/record.ts';
import { numberLeaves } from '../../src/db/sequencer.ts';
import { leafHash, type LedgerEntry } from '../../src/ledger/ledger.ts';
import { Died, onBothDatabases } from '../support/database.ts';

const entry = (n: number): LedgerEntry => ({
  time: '2027-03-01T09:00:00.000Z',
  type: 'job',
  actor: 'hub',
  subject: `job:${n}`,
  policy_commit: null,
  body: { event: 'requeued', request: '1', attempts: 1 },
});

async function write(db: Db, from: number, count: number): Promise<void> {
  await db.transaction((tx) => record(tx, ...Array.from({ length: count }, (_, at) => entry(from + at))));
}

async function numbers(db: Db): Promise<number[]> {
  const rows = await rowsOf<{ seq: number }>(
    db,
    sql`select seq::float8 as seq from ledger_leaves where seq is not null order by seq`,
  );
  return rows.map(({ seq }) => seq);
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, at) => at);

onBothDatabases((open) => {
  test('leaves are numbered from 0 in batches, without gaps, and keep their number', async () => {
    const { db } = await open();
    await write(db, 0, 5);

    expect(await numberLeaves(db, 3)).toBe(3);
    expect(await numberLeaves(db, 3)).toBe(2);
    expect(await numberLeaves(db, 3)).toBe(0);
    const before = await rowsOf(db, sql`select id::int, seq::int from ledger_leaves order by id`);
    await write(db, 5, 2);
    expect(await numberLeaves(db)).toBe(2);

    expect(await numbers(db)).toEqual(upTo(7));
    expect(
      (await rowsOf(db, sql`select id::int, seq::int from ledger_leaves order by id`)).slice(0, 5),
    ).toEqual(before);
  });

  test('what was not committed leaves no gap', async () => {
    const { db } = await open();
    await write(db, 0, 2);
    await db
      .transaction(async (tx) => {
        await record(tx, entry(2));
        throw new Error('no');
      })
      .catch(() => undefined);
    await write(db, 3, 2);

    await numberLeaves(db);

    expect(await numbers(db)).toEqual(upTo(4));
  });

  test('several sequencers and writers at once number every leaf once', async () => {
    const database = await open();
    const other = (await database.another()) ?? database;
    await Promise.all(
      Array.from({ length: 10 }, async (_, at) => {
        const { db } = at % 2 ? database : other;
        await write(db, at * 10, 10);
        await numberLeaves(db, 7);
      }),
    );
    while ((await numberLeaves(database.db, 7)) > 0);

    expect(await numbers(database.db)).toEqual(upTo(100));
  });

  test('a sequencer that dies has numbered all of its batch or nothing', async () => {
    const database = await open();
    const { db, faults } = database;
    await write(db, 0, 4);
    for (let k = 1; k <= 2; k++) {
      let count = 0;
      faults.at = (statement) => !/^(begin|rollback)/.test(statement) && ++count >= k;
      await expect(numberLeaves(db)).rejects.toThrow(Died);
      faults.at = undefined;
      expect(await numbers(db)).toEqual([]);
    }

    expect(await numberLeaves(db)).toBe(4);
    expect(await numbers(db)).toEqual(upTo(4));
  });

  test('what stands in the log is what was hashed', async () => {
    const { db } = await open();
    await write(db, 0, 1);

    const [row] = await rowsOf<{ entry: string; hash: string }>(
      db,
      sql`select entry, hash from ledger_leaves`,
    );

    expect(row?.hash).toBe(leafHash(row?.entry ?? ''));
  });
});
