/** When an image ends, whatever runs in it where. */
import { expect, test } from '@jest/globals';
import { imageEnd } from '../../src/governance/governance.ts';
import { aGovernance, edited } from '../support/governance.ts';

const governance = aGovernance(
  edited({
    'images.yml': [
      'version: v2, image:',
      "version: v2, retire_on: 2026-11-01, replaced_by: 'sqlrunner:v1', image:",
    ],
  }),
);
const on = (day: string, tag = 'v2') => imageEnd(governance, { name: 'python', tag }, Date.parse(day))?.code;

test('an image ends soon, then has ended; long before, and of one that is not listed, nothing is said', () => {
  expect([
    on('2025-01-01T00:00:00Z'),
    on('2026-10-20T23:59:59Z'),
    on('2026-11-01T00:00:00Z'),
    on('2026-10-20T23:59:59Z', 'v99'),
  ]).toEqual([undefined, 'image.retires-soon', 'image.retired', undefined]);
});
