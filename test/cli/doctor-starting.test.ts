/** When doctor is patient: a unit that was started a moment ago may still be on its way. */
import { expect, test } from '@jest/globals';
import { youngestMs } from '../../src/cli/doctor/starting.ts';

const SECOND = 1_000_000;
const shown = (...units: [state: string, since: number][]): string =>
  units.map(([state, since]) => `ActiveState=${state}\nActiveEnterTimestampMonotonic=${since}\n`).join('\n');

test.each([
  ['no unit of ours is here', '', Infinity],
  ['none runs', shown(['inactive', 0], ['failed', 95 * SECOND]), Infinity],
  ['one runs', shown(['active', 70 * SECOND]), 30_000],
  ['the youngest counts', shown(['active', 10 * SECOND], ['active', 99 * SECOND]), 1_000],
  ['one that ended counts no more', shown(['active', 10 * SECOND], ['failed', 99 * SECOND]), 90_000],
])('%s', (_case, said, expected) => {
  expect(youngestMs(said, 100 * SECOND)).toBe(expected);
});
