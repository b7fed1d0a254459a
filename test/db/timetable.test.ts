import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { keepTimetable } from '../../src/db/timetable.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { onBothDatabases } from '../support/database.ts';

const logger = createLogger('test', { level: 'silent' });

onBothDatabases((open) => {
  test('what fell due while nobody was there is done at the start, and the hours are kept in the database', async () => {
    const database = await open();
    let done: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (done = resolve));
    const work = { name: 'look-around', cron: '5 * * * *', work: async () => done() };
    const timetable = await keepTimetable(database, [work], logger);
    await first;
    await timetable.stop();
    const rows = await rowsOf<{ name: string; cron: string }>(
      database.db,
      sql`select name, cron from timetable.schedule order by name`,
    );
    expect(rows.filter(({ name }) => name === 'look-around')).toEqual([
      { name: 'look-around', cron: '5 * * * *' },
    ]);

    // Started again, as after a restart: the same timetable, and the work is done anew.
    const second = new Promise<void>((resolve) => (done = resolve));
    const again = await keepTimetable(database, [work], logger);
    await second;
    await again.stop();
  });

  test('work that fails is tried again later and keeps nothing else from being done', async () => {
    const database = await open();
    let fine: () => void = () => undefined;
    const other = new Promise<void>((resolve) => (fine = resolve));
    const timetable = await keepTimetable(
      database,
      [
        { name: 'breaks', cron: '5 * * * *', work: () => Promise.reject(new Error('broken')) },
        { name: 'works', cron: '5 * * * *', work: async () => fine() },
      ],
      logger,
    );
    await other;
    await timetable.stop();
    const [row] = await rowsOf<{ state: string }>(
      database.db,
      sql`select state::text as state from timetable.job where name = 'breaks'`,
    );
    expect(row?.state).toBe('retry');
  });
});
