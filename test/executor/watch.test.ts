/** The time limit of a job, by a clock that somebody puts back. */
import { expect, test } from '@jest/globals';
import type { Running } from '../../agent/executor/container.ts';
import { watch } from '../../agent/executor/watch.ts';

const HOUR = 3_600_000;

test.each([
  ['put back while it runs', 0, -HOUR],
  ['put back before it was looked at', -HOUR, -HOUR],
])('a clock that is %s gives a job no more time', async (_what, before, after) => {
  let now = HOUR + before;
  let steady = 5;
  const ended = new Promise((resolve) => {
    const watching = watch({
      clock: { now: () => now },
      steady: () => steady,
      end: async (_id, why) => resolve(why),
    });
    const limits = { timeMs: 30, diskBytes: 1e9 };
    watching.over('job', { startedAt: HOUR, limits, workDir: '/nowhere', uid: 0 } as Running);
    now = HOUR + after;
    steady = 35;
  });
  const late = new Promise((resolve) => setTimeout(resolve, 500, 'late'));

  expect(await Promise.race([ended, late])).toBe('time');
});
