import { expect, test } from '@jest/globals';
import { Beats } from '../../agent/runner/beats.ts';

test('it beats as often as the hub wants to hear, never less often than it is used to', () => {
  const beats = new Beats();
  expect(beats.nextMs).toBe(30_000);
  beats.heard({ leaseMs: 8000 }, 0);
  expect(beats.nextMs).toBe(3200);
  beats.heard({ leaseMs: 600_000 }, 0);
  expect(beats.nextMs).toBe(30_000);
  beats.heard({ leaseMs: 8000 }, 0);
  // The hub was taken back to a version that says nothing of it.
  beats.heard({}, 0);
  expect(beats.nextMs).toBe(30_000);
});

test('after one that was lost the next comes soon, and then as before', () => {
  const beats = new Beats();
  beats.heard({ leaseMs: 8000 }, 0);
  beats.failed();
  expect(beats.nextMs).toBe(500);
  beats.heard({ leaseMs: 8000 }, 0);
  expect(beats.nextMs).toBe(3200);
});

test('news that a poll has not brought between two beats is missed, and asked for once', () => {
  const beats = new Beats();
  const heard = (list: number | undefined, held: number): boolean =>
    beats.heard({ leaseMs: 8000, ...(list !== undefined && { list }) }, held);
  expect(heard(5, 5)).toBe(false);
  expect(heard(6, 5)).toBe(false);
  expect(heard(6, 5)).toBe(true);
  expect(heard(6, 5)).toBe(false);
  // The poll brought it meanwhile, and there is something newer again.
  expect(heard(7, 6)).toBe(false);
  expect(heard(8, 7)).toBe(false);
  expect(heard(8, 8)).toBe(false);
  // An older hub does not say.
  expect(heard(undefined, 8)).toBe(false);
});
