/** Who could do what on a day: what the log said by then, a page at a time, whole lists two at a time. */
import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../../src/db/database.ts';
import { record } from '../../src/db/record.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { RIGHTS_COPIED, rightsOn, type DayAsked } from '../../src/record/record.ts';
import { eachDatabase } from '../support/database.ts';
import { putRights } from './rows.ts';

interface Said {
  on: string;
  event: 'given' | 'changed' | 'ended';
  person?: number;
  project?: string;
  from?: string;
  until?: string | null;
  reason?: string;
}

/** One entry of the log after another, as governance has them written. */
async function say(db: Db, ...all: Said[]): Promise<void> {
  await db.transaction((tx) =>
    record(
      tx,
      ...all.map(({ on, event, person, project = null, from = null, until = null, reason = 'r' }) => ({
        time: `${on}T09:00:00.000Z`,
        type: person === undefined ? ('grant' as const) : ('membership' as const),
        actor: 'hub',
        subject: person === undefined ? `project:${project}` : `person:${person}`,
        policy_commit: null,
        body: {
          ...{ event, project, from, until, reason, ref: null, repository: null, scope: null },
          ...(person === undefined
            ? { what: 'dataset', name: 'results', person: null }
            : { what: 'team', name: 'output_checker', person: { id: person, login: 'x' } }),
        },
      })),
    ),
  );
}

async function on(db: Db, day: string, of: DayAsked['of'] = 'people', after = 0, limit = 100) {
  const found = await rightsOn(db, { day, of, after, limit });
  if (isRefusal(found)) throw new Error(found.code);
  return found;
}
const reasons = async (...asked: Parameters<typeof on>) =>
  (await on(...asked)).rights.map(({ person, project, reason }) => `${person?.id ?? project} ${reason}`);

eachDatabase((open) => {
  test('a right holds from the day that it is given until the day that it ends, as it then stood', async () => {
    const { db } = await open();
    await say(db, { on: '2027-01-10', event: 'given', person: 1, reason: 'first' });
    await say(
      db,
      { on: '2027-02-10', event: 'changed', person: 1, reason: 'second' },
      { on: '2027-02-10', event: 'given', person: 2, until: '2027-02-20' },
      { on: '2027-02-10', event: 'given', person: 3, from: '2027-03-01', until: '2027-12-31' },
      { on: '2027-02-10', event: 'given', project: 'p1' },
    );
    // Twice on one day, and in one batch: the last word counts.
    await say(
      db,
      { on: '2027-04-01', event: 'ended', person: 1 },
      { on: '2027-04-01', event: 'given', person: 1, reason: 'third' },
      { on: '2027-04-02', event: 'ended', person: 1, reason: 'gone' },
    );
    expect(await reasons(db, '2027-01-09')).toEqual([]);
    expect(await reasons(db, '2027-01-10')).toEqual(['1 first']);
    expect(await reasons(db, '2027-02-09')).toEqual(['1 first']);
    expect(await reasons(db, '2027-02-20')).toEqual(['1 second', '2 r']);
    expect(await reasons(db, '2027-02-21')).toEqual(['1 second']);
    expect(await reasons(db, '2027-03-01')).toEqual(['1 second', '3 r']);
    expect(await reasons(db, '2027-04-01')).toEqual(['1 third', '3 r']);
    expect(await reasons(db, '2027-04-02')).toEqual(['3 r']);
    expect(await reasons(db, '2027-04-02', 3)).toEqual(['3 r']);
    expect(await reasons(db, '2027-04-02', 'projects')).toEqual(['p1 r']);
  });

  test('a clock that goes back leaves the last word standing', async () => {
    const { db } = await open();
    await say(db, { on: '2027-03-10', event: 'given', person: 1, reason: 'first' });
    await say(db, { on: '2027-03-01', event: 'changed', person: 1, reason: 'second' });
    expect(await reasons(db, '2027-03-01')).toEqual(['1 second']);
    expect(await reasons(db, '2027-03-20')).toEqual(['1 second']);
  });

  test('pages together are the whole, each right once, and an index leads to them', async () => {
    const { db } = await open();
    await putRights(db, 50, 4);
    const all: number[] = [];
    let after: number | undefined = 0;
    while (after !== undefined) {
      const page: Awaited<ReturnType<typeof on>> = await on(db, '2027-03-01', 'people', after, 20);
      all.push(...page.rights.map(({ person }) => person!.id));
      after = page.next;
    }
    expect(all).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
    const standing = await rowsOf(
      db,
      sql`select count(*)::int as n from rights_said where replaced_at is null`,
    );
    expect(standing).toEqual([{ n: 50 }]);
  });
});

test('whole lists are read two at a time, and a page never waits for them (record.busy)', async () => {
  const reading: (() => void)[] = [];
  const db = {
    execute: () => new Promise((done) => reading.push(() => done({ rows: [] }))),
  } as unknown as Db;
  const ask = (limit: number) => rightsOn(db, { day: '2026-03-01', of: 'people', after: 0, limit });
  const under = [ask(RIGHTS_COPIED), ask(RIGHTS_COPIED), ask(200)];
  expect(await ask(RIGHTS_COPIED)).toMatchObject({ code: 'record.busy' });
  expect(reading).toHaveLength(3);
  for (const done of reading) done();
  expect(await Promise.all(under)).toEqual(under.map(() => ({ rights: [], next: undefined })));
  const later = ask(RIGHTS_COPIED);
  reading[3]!();
  expect(await later).toEqual({ rights: [], next: undefined });
});
