import { expect, test } from '@jest/globals';
import { freshBucket, GITHUB_LIMITS, take, type Bucket } from '../../src/github/budget.ts';

const NINE = Date.parse('2027-03-01T09:00:00Z');

/** Makes writes until one has to wait. */
function writeUntilFull(
  bucket: Bucket,
  write: 'create' | 'update',
  now: number,
): { made: number; bucket: Bucket; waitMs: number } {
  for (let made = 0; ; made += 1) {
    const after = take(bucket, GITHUB_LIMITS, write, now);
    if ('waitMs' in after) return { made, bucket, waitMs: after.waitMs };
    bucket = after;
  }
}

test('a burst is allowed, then one write a second', () => {
  const first = writeUntilFull(freshBucket(GITHUB_LIMITS, NINE), 'update', NINE);
  expect([first.made, first.waitMs]).toEqual([20, 1000]);
  expect(writeUntilFull(first.bucket, 'update', NINE + 3000).made).toBe(3);
});

test('no minute sees more creations than GitHub takes, and no hour more than 400', () => {
  let bucket = freshBucket(GITHUB_LIMITS, NINE);
  let made = 0;
  for (let second = 0; second < 3600; second += 1) {
    const after = take(bucket, GITHUB_LIMITS, 'create', NINE + second * 1000);
    if ('waitMs' in after) continue;
    bucket = after;
    made += 1;
  }
  expect(made).toBe(400);
});

test('updates go on when creations are used up', () => {
  const limits = { ...GITHUB_LIMITS, creationsPerMinute: 1 };
  const used = take(freshBucket(limits, NINE), limits, 'create', NINE);
  if ('waitMs' in used) throw new Error('refused');
  expect(take(used, limits, 'create', NINE)).toEqual({ waitMs: 60_000 });
  expect(take(used, limits, 'update', NINE)).not.toHaveProperty('waitMs');
});

test('a pause that GitHub asked for holds everything', () => {
  const paused = { ...freshBucket(GITHUB_LIMITS, NINE), pausedUntil: NINE + 5000 };
  expect(take(paused, GITHUB_LIMITS, 'update', NINE)).toEqual({ waitMs: 5000 });
  expect(take(paused, GITHUB_LIMITS, 'update', NINE + 5000)).not.toHaveProperty('waitMs');
});

test('a clock that was an hour ahead and is put right makes nobody wait for that hour, nor lets anybody write more', () => {
  const ahead = writeUntilFull(freshBucket(GITHUB_LIMITS, NINE), 'create', NINE + 3_600_000);
  expect(ahead.made).toBe(20);

  const after = writeUntilFull(ahead.bucket, 'create', NINE);

  expect([after.made, after.waitMs]).toEqual([1, 1000]);
  expect(after.bucket.hour).toEqual({ from: NINE, used: 21 });
  expect(writeUntilFull(after.bucket, 'create', NINE + 3000).made).toBe(3);
});

test('what was used up by a clock that was ahead stays used up, but for one write', () => {
  const limits = { ...GITHUB_LIMITS, creationsPerMinute: 5, creationsPerHour: 5 };
  let bucket = freshBucket(limits, NINE + 3_600_000);
  for (let made = 0; made < 5; made += 1) {
    const next = take(bucket, limits, 'create', NINE + 3_600_000);
    if ('waitMs' in next) throw new Error('refused');
    bucket = next;
  }
  const one = take(bucket, limits, 'create', NINE);
  if ('waitMs' in one) throw new Error('refused');

  expect(take(one, limits, 'create', NINE + 2000)).toEqual({ waitMs: 3_598_000 });
});
