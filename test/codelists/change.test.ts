import { expect, test } from '@jest/globals';
import {
  isFault,
  isSigned,
  readChange,
  readHistory,
  readMeta,
  requestedBy,
  signingOf,
  type ChangedFile,
  type RegistryFacts,
  type Review,
} from '../../src/codelists/codelists.ts';

const META = 'name: Asthma\ncoding_system: chest\nowner: org\n';
const facts = (changes: Partial<RegistryFacts> = {}): RegistryFacts => ({
  metaOf: () => Buffer.from(META),
  published: () => false,
  newest: () => undefined,
  isSystem: (id) => id === 'chest',
  known: (_system, codes) =>
    new Map(codes.filter((code) => code < '5').map((code) => [code, `term ${code}`])),
  isOwner: (owner) => owner === 'org',
  ...changes,
});
const file = (path: string, text?: string): ChangedFile => ({
  path,
  bytes: text === undefined ? undefined : Buffer.from(text),
});
const told = (files: ChangedFile[], changes: Partial<RegistryFacts> = {}): string[] =>
  readChange(files, facts(changes)).findings.map(({ code, path, line }) => `${code} ${path}:${line}`);

const LIST = 'code,term\n1,term 1\n2,term 2\n';

test('a new version of a list of codes that the system has is right', () => {
  const reading = readChange([file('org/asthma/v1.csv', LIST), file('org/asthma/meta.yml', META)], facts());
  expect(reading.findings).toEqual([]);
  expect(reading.lists).toEqual(['org/asthma']);
  expect(reading.versions).toMatchObject([
    { line: { id: 'org/asthma/v1' }, meta: { name: 'Asthma', source: '' }, since: undefined },
  ]);
  expect(reading.versions[0]?.codes.map(({ code }) => code)).toEqual(['1', '2']);
});

test('what is published neither changes nor goes, and what says what it is stays', () => {
  const published = { published: () => true, newest: () => ({ id: 'org/asthma/v1', codes: [] }) };
  expect(told([file('org/asthma/v1.csv', LIST)], published)).toEqual([
    'codelists.published org/asthma/v1.csv:1',
  ]);
  expect(told([file('org/asthma/v1.csv')], published)).toEqual([
    'codelists.published-gone org/asthma/v1.csv:1',
  ]);
  expect(told([file('org/asthma/meta.yml')], published)).toEqual([
    'codelists.published-gone org/asthma/meta.yml:1',
  ]);
});

test('what was never published may go', () => {
  expect(told([file('org/asthma/v1.csv'), file('org/asthma/meta.yml'), file('systems/chest.csv')])).toEqual(
    [],
  );
});

test('the difference to the newest version is told; none at all is remarked', () => {
  const newest = (code: string) => () => ({
    id: 'org/asthma/v0',
    codes: [{ code, term: 'term 1', line: 2 }],
  });
  const { versions } = readChange([file('org/asthma/v1.csv', LIST)], facts({ newest: newest('1') }));
  expect(versions[0]?.since).toMatchObject({
    id: 'org/asthma/v0',
    difference: { added: [{ code: '2' }], removed: [] },
  });
  expect(told([file('org/asthma/v1.csv', 'code,term\n1,term 1\n')], { newest: newest('1') })).toEqual([
    'codelists.same-content org/asthma/v1.csv:1',
  ]);
});

test.each([
  [
    'a code that the system has not',
    file('org/a/v1.csv', 'code,term\n9,x\n'),
    'codelists.invalid-code org/a/v1.csv:2',
  ],
  ['a name for no tag', file('org/A/v1.csv', LIST), 'codelists.name org/A/v1.csv:1'],
  ['a place that is no one’s', file('org/a/b/c/v1.csv', LIST), 'codelists.stray-file org/a/b/c/v1.csv:1'],
  ['a path out of the registry', file('org/../../v1.csv', LIST), 'codelists.stray-file org/../../v1.csv:1'],
  ['meta.yml of another owner', file('org2/a/meta.yml', META), 'codelists.owner org2/a/meta.yml:1'],
  [
    'meta.yml of a strange owner',
    file('org2/a/meta.yml', META.replace('owner: org', 'owner: org2')),
    'codelists.owner org2/a/meta.yml:1',
  ],
  [
    'meta.yml with an alias',
    file('org/a/meta.yml', 'name: &a x\nsource: *a\n'),
    'codelists.meta org/a/meta.yml:1',
  ],
  ['meta.yml that is no YAML', file('org/a/meta.yml', 'name: a\n- b\n'), 'codelists.meta org/a/meta.yml:2'],
  ['a system with a bad name', file('systems/A.csv', 'code,term\n1,a\n'), 'codelists.name systems/A.csv:1'],
  [
    'a system with a fault',
    file('systems/a.csv', 'code,term\n1,a\n1,b\n'),
    'codelists.duplicate-code systems/a.csv:3',
  ],
  [
    'a history that is none',
    file('org/a/v1.history.json', '[]'),
    'codelists.history org/a/v1.history.json:1',
  ],
])('%s is told', (_case, changed, expected) => expect(told([changed])).toEqual([expected]));

test('a version without meta.yml, with a bad one, or of an unknown system is told', () => {
  const version = [file('org/a/v1.csv', LIST)];
  expect(told(version, { metaOf: () => undefined })).toEqual(['codelists.no-meta org/a/v1.csv:1']);
  expect(told(version, { metaOf: () => Buffer.from('name: 1') })).toEqual(['codelists.meta org/a/v1.csv:1']);
  expect(told(version, { isSystem: () => false })).toEqual(['codelists.no-system org/a/v1.csv:1']);
});

test('systems are counted, files for people are left alone', () => {
  const { systems, findings } = readChange(
    [
      file('systems/a.csv', 'code,term\n1,a\n'),
      file('README.md', '='),
      file('org/a/v1.history.json', '{"system":"a","decisions":[]}'),
    ],
    facts(),
  );
  expect([systems, findings]).toEqual([[{ id: 'a', codes: 1 }], []]);
});

const fault = (text: string) => {
  const read = readMeta(Buffer.from(text));
  return isFault(read) ? read.fault : 'none';
};

test('meta.yml is read strictly', () => {
  expect(fault(META)).toBe('none');
  expect(fault(`${META}also: 1\n`)).toContain('also');
  expect(fault(`${META}accepted: {v1: [abc]}\n`)).toContain('accepted.v1.0: a SHA-1');
  expect(fault('')).toBe('it is not one YAML document');
  expect(fault(`${META}---\n${META}`)).toBe('it is not one YAML document');
  expect(fault('['.repeat(500))).toBe('it is not one YAML document');
  expect(fault('a'.repeat(64 * 1024 + 1))).toBe('it is longer than 64 KB');
  expect(fault('- 1')).not.toContain(': :');
});

test('a history is read strictly', () => {
  const decision = {
    code: '1',
    what: 'include',
    descendants: true,
    why: '',
    by: 7,
    at: '2026-11-20T10:00:00.000Z',
  };
  const read = (value: unknown) => readHistory(Buffer.from(JSON.stringify(value)));
  expect(read({ system: 'a', decisions: [decision] })).toEqual({
    value: { system: 'a', decisions: [decision] },
  });
  expect(read({ system: 'a', decisions: [{ ...decision, by: '@me' }] })).toMatchObject({ line: 1 });
  expect(readHistory(Buffer.from('{'))).toEqual({ fault: 'it is not JSON', line: 1 });
  expect(readHistory(Buffer.alloc(5 * 1024 * 1024 + 1, ' '))).toEqual({
    fault: 'it is longer than 5 MB',
    line: 1,
  });
});

const HEAD = 'b'.repeat(40);
const review = (person: number, state = 'APPROVED', changes: Partial<Review> = {}): Review => ({
  person,
  isPerson: true,
  state,
  commit: HEAD,
  inTime: true,
  ...changes,
});
const signing = (...reviews: Review[]) =>
  signingOf({ head: HEAD, reviews, makers: new Set([1]), isMember: (person) => person < 10 });

test('two people who did not make it sign it off', () => {
  const done = signing(review(2), review(3));
  expect(done).toEqual({ signers: [2, 3], against: [], stale: [] });
  expect(isSigned(done)).toBe(true);
});

test.each<[string, Review[]]>([
  ['the author', [review(1), review(2)]],
  ['the same person twice', [review(2), review(2)]],
  ['somebody unknown here', [review(2), review(11)]],
  ['an App', [review(2), review(3, 'APPROVED', { isPerson: false })]],
  ['an approval of an older head', [review(2), review(3, 'APPROVED', { commit: 'a'.repeat(40) })]],
  ['an approval of no commit', [review(2), review(3, 'APPROVED', { commit: null })]],
  ['an approval after the merge', [review(2), review(3, 'APPROVED', { inTime: false })]],
  ['a comment', [review(2), review(3, 'COMMENTED')]],
  ['an approval that was taken back', [review(2), review(3), review(3, 'CHANGES_REQUESTED')]],
  ['an approval that was dismissed', [review(2), review(3, 'DISMISSED')]],
  ['a third who wants changes', [review(2), review(3), review(4, 'CHANGES_REQUESTED')]],
])('%s does not make two', (_case, reviews) => expect(isSigned(signing(...reviews))).toBe(false));

test('the last word counts, and what somebody may not say counts for nothing', () => {
  expect(
    signing(
      review(2, 'CHANGES_REQUESTED'),
      review(2),
      review(2, 'COMMENTED'),
      review(1, 'CHANGES_REQUESTED'),
    ),
  ).toEqual({
    signers: [2],
    against: [],
    stale: [],
  });
  expect(signing(review(2, 'APPROVED', { commit: 'a'.repeat(40) })).stale).toEqual([2]);
});

test('a commit names whom it was made for, on a line of its own', () => {
  expect(requestedBy('A list\n\nRequested-by: 42\nRequested-by: 7\n')).toEqual([42, 7]);
  expect(requestedBy('Requested-by: me\n Requested-by: 3\nx Requested-by: 4')).toEqual([]);
});
