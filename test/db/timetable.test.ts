import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { keepTimetable } from '../../src/db/timetable.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { eachDatabase, onBothDatabases } from '../support/database.ts';

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

  test('one that could not be begun leaves nothing behind, and is begun by the next attempt', async () => {
    const database = await open();
    const before = await keepTimetable(database, [], logger);
    await before.stop();
    await database.db.execute(sql`alter table timetable.schedule rename to away`);
    let done: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (done = resolve));
    const work = { name: 'begins-late', cron: '5 * * * *', work: async () => done() };

    await expect(keepTimetable(database, [work], logger)).rejects.toThrow();
    await database.db.execute(sql`alter table timetable.away rename to schedule`);
    const timetable = await keepTimetable(database, [work], logger);

    await first;
    await timetable.stop();
  });

  test('work that fails is tried again later and keeps nothing else from being done', async () => {
    const database = await open();
    let fine: () => void = () => undefined;
    const other = new Promise<void>((resolve) => (fine = resolve));
    let begun: () => void = () => undefined;
    const broke = new Promise<void>((resolve) => (begun = resolve));
    const timetable = await keepTimetable(
      database,
      [
        {
          name: 'breaks',
          cron: '5 * * * *',
          work: async () => {
            begun();
            throw new Error('broken');
          },
        },
        { name: 'works', cron: '5 * * * *', work: async () => fine() },
      ],
      logger,
    );
    await Promise.all([broke, other]);
    await timetable.stop();
    const [row] = await rowsOf<{ state: string }>(
      database.db,
      sql`select state::text as state from timetable.job where name = 'breaks'`,
    );
    expect(row?.state).toBe('retry');
  });
});

eachDatabase((open) => {
  test('what is due is done once, however many processes keep the timetable and whenever they start', async () => {
    const database = await open();
    const other = await database.another();
    // PGlite is never shared.
    if (!other) return;
    let running = 0;
    let most = 0;
    const by: string[] = [];
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    let begun: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (begun = resolve));
    const work = (who: string) => ({
      name: 'remind',
      cron: '5 * * * *',
      work: async () => {
        by.push(who);
        most = Math.max(most, (running += 1));
        begun();
        await gate;
        running -= 1;
      },
    });
    const one = await keepTimetable(database, [work('one')], logger);
    await first;
    // The second comes while the first is at it: its own start is another reason, which waits for its turn.
    const two = await keepTimetable(other, [work('two')], logger);
    const waiting = await rowsOf<{ state: string }>(
      database.db,
      sql`select state::text as state from timetable.job where name = 'remind' order by state`,
    );
    expect(waiting.map(({ state }) => state).sort()).toEqual(['active', 'created']);
    // The hour strikes, for both of them, and again: one waits, not three.
    const before = by.length;
    expect(before).toBe(1);
    go();
    await one.stop();
    await two.stop();
    expect(most).toBe(1);
  });

  test('whoever stands still in the middle is known by it, and another does the work', async () => {
    const database = await open();
    const work = { name: 'look', cron: '5 * * * *', work: async () => undefined };
    await (await keepTimetable(database, [work], logger)).stop();
    // As a version made it that did not know of it yet.
    await database.db.execute(sql`update timetable.queue set heartbeat_seconds = null where name = 'look'`);
    await (await keepTimetable(database, [work], logger)).stop();
    const queues = await rowsOf(
      database.db,
      sql`select heartbeat_seconds as silence from timetable.queue where name = 'look'`,
    );
    expect(queues).toEqual([{ silence: 30 }]);
  });
});
