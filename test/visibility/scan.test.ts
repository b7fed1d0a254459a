import { expect, test } from '@jest/globals';
import { findIn, type HistoryFile } from '../../src/visibility/visibility.ts';
import { aGovernance } from '../support/governance.ts';
import { fc } from '../support/properties.ts';

const POLICY = aGovernance().policies.visibility;
const OBJECT = 'a'.repeat(40);

const file = (path: string, more: Partial<HistoryFile> = {}): HistoryFile => ({
  path,
  object: OBJECT,
  size: 100,
  kind: 'file',
  ...more,
});
const why = (path: string, more: Partial<HistoryFile> = {}): string | undefined =>
  findIn([file(path, more)], POLICY, { cleared: [] })[0]?.why;

test.each([
  ['README.md', undefined],
  ['analysis/model.py', undefined],
  ['project.yaml', undefined],
  ['output/table.md', 'folder'],
  ['analysis/Output/deep/notes.txt', 'folder'],
  ['my-output/notes.txt', undefined],
  ['output', undefined],
  ['data.CSV', 'type'],
  ['x/y.csv.gz', 'type'],
  ['csv', undefined],
  ['scv.md', undefined],
  ['figure.png', 'type'],
  ['codelists/asthma.csv', undefined],
  ['Codelists/asthma.csv', undefined],
  ['other/codelists/asthma.csv', 'type'],
  ['codelists/output/x.csv', 'folder'],
  ['data.ｃｓｖ', 'type'],
])('%s is found as %s', (path, wanted) => expect(why(path)).toBe(wanted));

test('large files are found wherever they lie, and so are those too many to fetch', () => {
  expect(why('codelists/asthma.csv', { size: POLICY.scan.max_file + 1 })).toBe('large');
  expect(why('codelists/asthma.csv', { size: POLICY.scan.max_file })).toBeUndefined();
  expect(why('model.py', { size: undefined })).toBe('large');
});

test('links and modules have no bytes of their own', () => {
  expect(why('output/x.csv', { kind: 'link' })).toBeUndefined();
  expect(why('output/x.csv', { kind: 'module' })).toBeUndefined();
});

test('a reference to a file that is in no commit is found, whatever it is called', () => {
  expect(why('refs/tags/v1', { kind: 'reference' })).toBe('reference');
});

test('a secret is the strongest reason, in whatever folder, and is told by kind and by the commit it came with', () => {
  const secrets = ['private-key', 'env-file'] as const;
  const commit = 'c'.repeat(40);
  expect(findIn([file('output/x.csv', { secrets, commit })], POLICY, { cleared: [] })).toEqual([
    { why: 'secret', secret: 'private-key', commit, path: 'output/x.csv', object: OBJECT, size: 100 },
  ]);
  expect(why('codelists/asthma.csv', { secrets })).toBe('secret');
  expect(why('refs/tags/v1', { kind: 'reference', secrets })).toBe('secret');
  // Names and values are secrets in a file that is made for them.
  for (const path of ['.env', 'api/.env', '.env.production', '.ENV', 'db.env', '.env-old'])
    expect([path, why(path, { secrets: ['env-file'] })]).toEqual([path, 'secret']);
  for (const path of [
    'env.py',
    'model.py',
    '.env.example',
    '.env.sample',
    '.env-template',
    'dist.env',
    'env',
  ])
    expect([path, why(path, { secrets: ['env-file'] })]).toEqual([path, undefined]);
});

test('what governance has cleared is not found again, and no other bytes beneath the same name', () => {
  const cleared = [{ object: OBJECT, reason: 'Made up', ref: 'GOV-3' }];
  const files = [file('dummy/x.csv'), file('dummy/x.csv', { object: 'b'.repeat(40), size: undefined })];

  expect(findIn(files, POLICY, { cleared })).toEqual([
    { why: 'large', path: 'dummy/x.csv', object: 'b'.repeat(40), size: null },
  ]);
});

test('no folder around it, and no letters in upper case, hide a file of a type that is looked for', () => {
  const part = fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/);
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 4 }),
      part,
      fc.constantFrom(...POLICY.scan.types),
      (folders, name, type) => {
        const path = [...folders.map((each) => `x${each}`), `${name}.${type.toUpperCase()}`].join('/');
        expect(why(path)).toBeDefined();
      },
    ),
  );
});
