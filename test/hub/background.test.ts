/** Background work whose database was away. */
import { expect, test } from '@jest/globals';
import { restAfter, Timers } from '../../src/hub-background.ts';
import { hours } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/logger.ts';

const away = Object.assign(new Error('read'), { code: 'ECONNRESET' });

test('is done again within seconds, later each time, and never later than otherwise', () => {
  const rests = (failure: unknown): number[] =>
    [1, 2, 3, 20].map((times) => restAfter(failure, times, hours(1)));

  expect(rests(new Error('Failed query', { cause: away }))).toEqual([1000, 2000, 4000, 3_600_000]);
  expect(rests(new Error('GitHub said no'))).toEqual([3_600_000, 3_600_000, 3_600_000, 3_600_000]);
  expect(restAfter(undefined, 0, 5000)).toBe(5000);
});

test('that comes every hour is done soon after the database is back', async () => {
  const timers = new Timers(createLogger('test', { level: 'silent' }));
  let times = 0;

  await new Promise<void>((done) =>
    timers.every('hourly', hours(1), async () => {
      times += 1;
      if (times === 1) throw away;
      done();
    }),
  );

  await timers.stop();
  expect(times).toBe(2);
});

test('that has to be done once is tried until it was, and not again', async () => {
  const timers = new Timers(createLogger('test', { level: 'silent' }));
  let times = 0;
  let third: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (third = resolve));

  await timers.until('begin', 1, async () => {
    times += 1;
    if (times < 3) throw away;
    third();
  });
  expect(times).toBe(1);
  await done;
  await timers.stop();

  expect(times).toBe(3);
});
