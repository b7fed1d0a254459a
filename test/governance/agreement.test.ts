import { expect, test } from '@jest/globals';
import { meet, type Period } from '../../src/governance/agreement.ts';

interface Grant extends Period {
  scope: string;
}

const days = (grants: Grant[]): string[] =>
  grants.map(({ from, until, scope }) => `${from ?? ''}..${until ?? ''} ${scope}`);

test('parts of one grant stand in the order of their first days, then of their last', () => {
  const inForce: Grant[] = [
    { scope: 'd', until: '2026-05-01' },
    { scope: 'f' },
    { scope: 'c', from: '2026-03-01' },
    { scope: 'b', from: '2026-01-01', until: '2026-12-31' },
    { scope: 'a', from: '2026-01-01', until: '2026-06-30' },
    { scope: 'e', from: '2026-02-01' },
  ];

  // None makes another superfluous: they differ in scope.
  const parts = meet<Grant>(
    inForce,
    [{ scope: 'any' }],
    () => 'all alike',
    (held) => held,
    () => false,
  );

  expect(days(parts)).toEqual([
    '.. f',
    '..2026-05-01 d',
    '2026-01-01..2026-06-30 a',
    '2026-01-01..2026-12-31 b',
    '2026-02-01.. e',
    '2026-03-01.. c',
  ]);
});
