/** The time limit of a job, by a clock that somebody puts back. */
import { expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Running } from '../../agent/executor/container.ts';
import { watch } from '../../agent/executor/watch.ts';
import type { Logger } from '../../src/lib/logger.ts';

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

test('a look for deleted files that fails is said once, and comes again as any other: it ends no job by itself', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sallyport-watch-'));
  const said: unknown[] = [];
  const say = (fields: { code: string }) => void said.push(fields.code);
  let looks = 0;
  const ended = new Promise((resolve) => {
    const watching = watch({
      clock: { now: () => HOUR },
      diskEveryMs: 1,
      log: { warn: say, error: say } as unknown as Logger,
      nameless: () => {
        looks += 1;
        if (looks < 5) return Promise.reject(new Error('the system answers as it never did'));
        return Promise.resolve({ bytes: 1e9, over: true, unseen: false });
      },
      end: async (_id, why) => resolve(why),
    });
    const limits = { timeMs: HOUR, diskBytes: 1e9 };
    watching.over('job', { startedAt: HOUR, limits, workDir: folder, uid: 1, pid: 1 } as Running);
  });

  expect(await ended).toBe('disk');
  expect(said).toEqual(['executor.unseen-files']);
  rmSync(folder, { recursive: true });
});
