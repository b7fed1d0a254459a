/** The one writer of the ledger: what has no kind does not become public, and takes nothing else with it. */
import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { record, recordOrWithhold, withheldEntries } from '../../src/db/record.ts';
import type { LedgerEntry } from '../../src/ledger/ledger.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { fitting } from '../support/ledger-schema.ts';
import { onOneDatabase } from '../support/database.ts';

const entry = (changes: Partial<LedgerEntry> = {}): LedgerEntry => ({
  time: '2027-03-01T09:00:00.000Z',
  type: 'job',
  actor: 'hub',
  subject: 'job:1',
  policy_commit: null,
  body: { event: 'requeued', request: '1', attempts: 2 },
  ...changes,
});
const LEAK = entry({ body: { event: 'requeued', request: '1', attempts: 2, log: 'pupil 4711' } });

onOneDatabase((open) => {
  const leaves = async (db: Awaited<ReturnType<typeof open>>['db']): Promise<string[]> =>
    (await rowsOf<{ entry: string }>(db, sql`select entry from ledger_leaves order by id`)).map(
      (row) => row.entry,
    );

  test('tests end with an entry that no kind has a place for', async () => {
    const { db } = await open();
    await expect(db.transaction((tx) => record(tx, entry(), LEAK))).rejects.toThrow(
      'not an entry of the ledger',
    );
    expect(await leaves(db)).toEqual([]);
  });

  test.each<[string, LedgerEntry]>([
    ['a field that is in no schema', LEAK],
    ['an event that there is not', entry({ body: { event: 'leaked' } })],
    ['no event at all', entry({ body: {} })],
    ['another subject', entry({ subject: 'person:1' })],
    ['more than fits', entry({ body: { event: 'requeued', request: 'x'.repeat(70_000), attempts: 1 } })],
    ['a time that is none', entry({ time: 'yesterday' })],
    ['a type that there is not', entry({ type: 'gossip' as 'job' })],
  ])('with %s, the state changes and nothing but a digest is public', async (_what, bad) => {
    const { db } = await open();
    await db.transaction(async (tx) => {
      await tx.execute(sql`insert into settings (key, value, updated_at) values ('frozen', 'true', 0)`);
      await recordOrWithhold(tx, [entry(), bad], 'withhold');
    });

    const state = await rowsOf(db, sql`select 1 from settings where key = 'frozen'`);
    const [held] = await rowsOf<Record<'commitment' | 'salt' | 'entry' | 'fault', string>>(
      db,
      sql`select * from ledger_withheld`,
    );
    const [, sealed = ''] = await leaves(db);
    const said = JSON.parse(sealed) as LedgerEntry;
    fitting([said]);
    expect(state).toHaveLength(1);
    expect(await withheldEntries(db)).toBe(1);
    expect(said.body).toEqual({ event: 'withheld', commitment: held!.commitment });
    expect(sealed).not.toMatch(/pupil|gossip|leaked|xxxx/);
    expect(sha256(held!.salt + held!.entry)).toBe(held!.commitment);
    expect(JSON.parse(held!.entry)).toEqual(bad);
    expect(held!.fault).not.toBe('');
  });
});
