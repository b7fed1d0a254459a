/** The clock of a reported breach. */
import { expect, test } from '@jest/globals';
import { breachDue, breachRound } from '../../src/governance/governance.ts';
import { hours } from '../../src/lib/clock.ts';
import { aGovernance, edited } from '../support/governance.ts';

test.each([
  ['at once', 0, 0],
  ['with more than a third of the time left', 47.9, 0],
  ['with a third left', 48, 1],
  ['with more than a twelfth left', 65.9, 1],
  ['with a twelfth left', 66, 2],
  ['at the end', 72, 3],
  ['long after', 700, 3],
])('%s', (_when, after, round) => {
  expect(breachRound({ openedAt: 1000, dueAt: 1000 + hours(72) }, 1000 + hours(after))).toBe(round);
});

test('it is due after the hours of the policy, and never later than after 72', () => {
  const with_ = (n: number) =>
    aGovernance(edited({ 'policies.yml': ['csv_rows: 5000', `csv_rows: 5000, incident_hours: ${n}`] }));
  expect(breachDue(with_(24), 0)).toBe(hours(24));
  expect(breachDue(with_(500), 0)).toBe(hours(72));
  expect(breachDue(undefined, 0)).toBe(hours(72));
});
