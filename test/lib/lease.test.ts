import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { LeaseLost, mustHold, underLease } from '../../src/lib/lease.ts';

// By a clock of the test's own: on a busy machine a lease of the machine's time runs out before it is asked about.
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
});
afterEach(() => {
  jest.useRealTimers();
});

const MINUTE = 60_000;
const forEver = { ms: MINUTE, renew: () => Promise.resolve(true) };

test('work without a lease is always its own', () => {
  expect(() => mustHold()).not.toThrow();
});

test('work under a lease that holds is its own, and says what it found', async () => {
  const found = await underLease({ ...forEver, from: performance.now() }, async () => {
    await Promise.resolve();
    mustHold();
    return 'found';
  });
  expect(found).toBe('found');
});

test('work that was begun too long ago is fenced, wherever in it that is noticed', async () => {
  // As after a stop of the process: the claim is old, and no timer has run since.
  const from = performance.now() - MINUTE - 1;
  await expect(
    underLease({ ...forEver, from }, async () => {
      await Promise.resolve();
      mustHold();
    }),
  ).rejects.toBeInstanceOf(LeaseLost);
});

test('work is fenced when its machine was suspended, whose other clock stood still', async () => {
  await expect(
    underLease({ ...forEver, from: performance.now() }, async () => {
      await Promise.resolve();
      jest.setSystemTime(Date.now() + MINUTE + 1);
      mustHold();
    }),
  ).rejects.toBeInstanceOf(LeaseLost);
});

test('a lease that has run out is not asked for again: the work in between may have been another process’s', async () => {
  let asked = 0;
  const renew = (): Promise<boolean> => Promise.resolve(Boolean((asked += 1)));
  await underLease({ ms: 30, from: performance.now() - 31, renew }, async () => {
    jest.advanceTimersByTime(40);
    expect(() => mustHold()).toThrow(LeaseLost);
  });
  expect(asked).toBe(0);
});

test('whoever is told that another has the work is fenced at once', async () => {
  let asked = 0;
  const renew = async (): Promise<boolean> => {
    asked += 1;
    return false;
  };
  await underLease({ ms: 600, from: performance.now(), renew }, async () => {
    jest.advanceTimersByTime(199);
    mustHold();
    expect(asked).toBe(0);
    jest.advanceTimersByTime(1);
    await new Promise(setImmediate);
    expect(asked).toBe(1);
    expect(() => mustHold()).toThrow(LeaseLost);
  });
});

test('what is renewed in time holds on from when that was asked', async () => {
  await underLease({ ...forEver, from: performance.now() }, async () => {
    jest.advanceTimersByTime(MINUTE / 3);
    await new Promise(setImmediate);
    jest.advanceTimersByTime(MINUTE / 3);
    await new Promise(setImmediate);
    jest.advanceTimersByTime(MINUTE - 1);
    mustHold();
  });
});

test('a renewal that fails changes nothing, and one work does not answer for another', async () => {
  let asked = 0;
  const renew = (): Promise<boolean> => {
    asked += 1;
    return Promise.reject(new Error('the database is away'));
  };
  const fenced = { ...forEver, from: performance.now() - MINUTE - 1 };
  await Promise.all([
    underLease({ ms: 3000, from: performance.now(), renew }, async () => {
      jest.advanceTimersByTime(1000);
      await new Promise(setImmediate);
      expect(asked).toBe(1);
      mustHold();
      jest.advanceTimersByTime(1999);
      mustHold();
      jest.advanceTimersByTime(1);
      expect(() => mustHold()).toThrow(LeaseLost);
    }),
    underLease(fenced, async () => expect(() => mustHold()).toThrow(LeaseLost)),
  ]);
});
