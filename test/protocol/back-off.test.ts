import { expect, test } from '@jest/globals';
import { refusal } from '../../src/lib/refusal.ts';
import { backOff, HubSaidNo } from '../../src/protocol/back-off.ts';

test('a hub that is away is asked every two seconds at least', () => {
  expect([0, 1, 4, 5, 30].map((failures) => backOff(new Error('away'), failures))).toEqual([
    100, 200, 1600, 2000, 2000,
  ]);
});

test('a hub that says no is left alone for up to half a minute', () => {
  const no = new HubSaidNo('the poll', refusal('zone.unknown', 'Nobody knows this key.', 'Add it.'));

  expect([0, 1, 5, 6, 30].map((failures) => backOff(no, failures))).toEqual([
    500, 1000, 16_000, 30_000, 30_000,
  ]);
  expect(no.message).toBe('the hub refused the poll: zone.unknown');
});
