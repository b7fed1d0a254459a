import { expect, test } from '@jest/globals';
import { trustsExitCode, type Image } from '../../src/governance/governance.ts';
import { aGovernance, edited } from '../support/governance.ts';

const image = (parts: Partial<Image>): Image => ({
  name: 'sqlrunner',
  version: 'v1',
  image: 'northshire-images/sqlrunner',
  digest: `sha256:${'a'.repeat(64)}`,
  database: true,
  exitCodes: 'trusted',
  retireOn: null,
  ...parts,
});

test.each([
  ['a trusted database image', {}, 'v1', true],
  ['its first version under the old name latest', {}, 'latest', true],
  ['another version', {}, 'v2', false],
  ['an image that reads no database', { database: false }, 'v1', false],
  ['a database image that is not trusted', { exitCodes: 'hidden' as const }, 'v1', false],
])('may exit codes leave of %s?', (_what, parts, tag, expected) => {
  const governance = { ...aGovernance(edited({})), images: [image(parts)] };

  expect(trustsExitCode(governance, { name: 'sqlrunner', tag })).toBe(expected);
});
