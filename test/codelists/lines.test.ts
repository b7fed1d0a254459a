import { expect, test } from '@jest/globals';
import {
  isOwner,
  isOwnLine,
  isOwnPart,
  lineOfAddress,
  readLine,
  standingOf,
  type KnownVersion,
} from '../../src/codelists/codelists.ts';
import { kindOf } from '../../src/codelists/change.ts';

test('a line is told into its parts', () => {
  expect(readLine('org/asthma/v1/')).toEqual({
    id: 'org/asthma/v1',
    list: 'org/asthma',
    owner: 'org',
    slug: 'asthma',
    version: 'v1',
    csv: 'org-asthma.csv',
  });
  expect(readLine('user/someone/asthma/v1')).toMatchObject({
    list: 'user/someone/asthma',
    owner: 'user/someone',
    csv: 'user-someone-asthma.csv',
  });
});

test.each([
  '',
  'org/asthma',
  'user/a/b',
  'org/../v1',
  'org/./v1',
  '../../etc',
  'org/a/v1/..',
  'org//v1',
  '/org/a/v1',
  'org/%2e%2e/v1',
  'org\\a\\v1',
  'org/a/v 1',
  'org/a/v1\u0000',
  `org/${'a'.repeat(101)}/v1`,
  'org/a/v1//',
])('%j names no version', (text) => expect(readLine(text)).toBeUndefined());

test('what is made here has names that any disk and any tag takes', () => {
  for (const good of ['asthma', 'a.b-c_d', '2026-11-20']) expect(isOwnPart(good)).toBe(true);
  for (const bad of ['Asthma', 'a..b', 'a.', '-a', 'a.lock', 'a--b', '', 'a'.repeat(61), 'ä'])
    expect(isOwnPart(bad)).toBe(false);
  expect([isOwner('org'), isOwner('systems'), isOwner('user'), isOwner('A')]).toEqual([
    true,
    false,
    false,
    false,
  ]);
  expect(
    ['org/a/v1', 'user/user/a/v1', 'user/A/a/v1', 'systems/a/v1', 'org/A/v1', 'org/a/V1'].map((id) =>
      isOwnLine(readLine(id)!),
    ),
  ).toEqual([true, true, false, false, false, false]);
});

test('an address is turned into its line; one of another registry is not', () => {
  const base = 'https://codes.example.edu/';
  const of = (given: string) => lineOfAddress(given, base)?.id;
  expect(of(' org/a/v1 ')).toBe('org/a/v1');
  expect(of('https://codes.example.edu/codelist/org/a/v1/')).toBe('org/a/v1');
  expect(of('https://codes.example.edu/codelist/user/me/a/v1/download.csv?x=1#top')).toBe('user/me/a/v1');
  expect(of('https://codes.example.edu/org/a/v1')).toBe('org/a/v1');
  expect(of('https://codes.example.edu.evil.example/codelist/org/a/v1')).toBeUndefined();
  expect(of('https://codes.example.edu/codelist/../../x')).toBeUndefined();
});

test.each([
  ['systems/x.csv', 'system'],
  ['org/a/v1.csv', 'version'],
  ['user/me/a/v1.csv', 'version'],
  ['org/a/v1.history.json', 'history'],
  ['org/a/meta.yml', 'meta'],
  ['README.md', 'beside'],
  ['.github/CODEOWNERS', 'beside'],
  ['docs/x/y.csv', 'version'],
  ['org/a/b/v1.csv', 'stray'],
  ['org/a/v1.xlsx', 'stray'],
  ['org/meta.yml', 'stray'],
  ['x/v1.history.json', 'stray'],
])('%s is a file of kind %s', (path, kind) => expect(kindOf(path).kind).toBe(kind));

const version = (changes: Partial<KnownVersion> = {}): KnownVersion => ({
  state: 'published',
  accepted: new Set(['aaa', 'bbb']),
  newest: 'org/a/v1',
  ...changes,
});
const stand = (hash: string | undefined, known: KnownVersion | undefined, id = 'org/a/v1') => {
  const { standing, findings } = standingOf(
    [{ id, line: 3 }],
    () => hash,
    () => known,
  );
  return [
    standing,
    ...findings.map(({ code, path, line, severity }) => `${code} ${severity} ${path}:${line}`),
  ];
};

test('a study whose files are those of the newest published versions stands fine; any accepted hash does', () => {
  expect(stand('aaa', version())).toEqual(['fine']);
  expect(stand('bbb', version())).toEqual(['fine']);
  expect(
    standingOf(
      [],
      () => undefined,
      () => undefined,
    ),
  ).toEqual({ standing: 'fine', findings: [] });
});

test('what is unknown, unpublished or tampered with is refused', () => {
  expect(stand('aaa', undefined)).toEqual(['refused', 'codelists.unknown error codelists/codelists.txt:3']);
  expect(stand('aaa', version(), '../x')).toEqual([
    'refused',
    'codelists.unknown error codelists/codelists.txt:3',
  ]);
  expect(stand('aaa', version({ state: 'unpublished' }))).toEqual([
    'refused',
    'codelists.unpublished error codelists/codelists.txt:3',
  ]);
  expect(stand('ccc', version())).toEqual(['refused', 'codelists.tampered error codelists/org-a.csv:1']);
});

test('an older version is outdated; tampering with it is worse', () => {
  expect(stand('aaa', version({ newest: 'org/a/v2' }))).toEqual([
    'outdated',
    'codelists.outdated warning codelists/codelists.txt:3',
  ]);
  expect(stand('ccc', version({ newest: 'org/a/v2' }))[0]).toBe('refused');
});

test('a file that is not there is told elsewhere', () => {
  expect(stand(undefined, version())).toEqual(['fine']);
});
