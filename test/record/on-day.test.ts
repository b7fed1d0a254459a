/** The rights of a day cost a reading of all of them: once for each day, and two at a time. */
import { expect, test } from '@jest/globals';
import type { Db } from '../../src/db/database.ts';
import { rightsOn } from '../../src/record/record.ts';

test('a day is read once while no right is recorded, and a third one at a time is told to wait', async () => {
  let newest = 1;
  const reading: (() => void)[] = [];
  const db = {
    execute: (query: unknown) => {
      if (JSON.stringify(query).includes('max(id)')) return Promise.resolve({ rows: [{ id: newest }] });
      return new Promise((done) => reading.push(() => done({ rows: [] })));
    },
  } as unknown as Db;
  /** What is asked is on its way to the database, or was answered. */
  const turn = () => new Promise((done) => setImmediate(done));
  const [one, two] = [rightsOn(db, '2026-03-01'), rightsOn(db, '2026-03-02')];
  await turn();
  expect(await rightsOn(db, '2026-03-03')).toMatchObject({ code: 'record.busy' });
  const again = rightsOn(db, '2026-03-01');
  await turn();
  expect(reading).toHaveLength(2);
  for (const done of reading) done();
  expect(await Promise.all([one, two, again])).toEqual([[], [], []]);

  newest = 2;
  const later = rightsOn(db, '2026-03-01');
  await turn();
  expect(reading).toHaveLength(3);
  reading[2]!();
  expect(await later).toEqual([]);
});
