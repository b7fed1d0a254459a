/** Governance: what nobody should hand in, and what slips in by an editor. Each names its place and what to do. */
import { describe, expect, test } from '@jest/globals';
import { readGovernance, type Memory } from '../../src/governance/governance.ts';
import { COMMIT, edited, governanceFiles, PEOPLE } from '../support/governance.ts';
import { told } from './told.ts';

test('a network for an image, of whatever kind, is refused', () => {
  for (const key of [
    'network: bridge',
    'networks: [x]',
    'telemetry: true',
    'internet: true',
    'hosts: [a.example]',
  ])
    expect(told(edited({ 'images.yml': ['name: python, ', `name: python, ${key}, `] })).join()).toContain(
      `images.yml «${key.split(':')[0]!}:» Unknown key "${key.split(':')[0]!}".`,
    );
});

describe('an unknown key names what was meant:', () => {
  test.each<[string, string, string, string]>([
    [
      'people.yml',
      'name: Ash Example, until:',
      'name: Ash Example, untl: x, until:',
      '«untl:» Unknown key "untl". Did you mean "until"? (governance.unknown-key)',
    ],
    [
      'deployment.yml',
      'plural: learners',
      'plurals: x, plural: learners',
      '«plurals:» Unknown key "plurals". Did you mean "plural"? (governance.unknown-key)',
    ],
    [
      'backends.yml',
      "match: 'big_model', weight: 1.5",
      "match: 'big_model', weight: 1.5, wieght: 2",
      '«wieght:» Unknown key "wieght". Did you mean "weight"? (governance.unknown-key)',
    ],
    [
      'permissions/datasets.yml',
      'reason: Main outcome',
      'colour: red, reason: Main outcome',
      '«colour:» Unknown key "colour". Known here: project, from, until, reason, ref. (governance.unknown-key)',
    ],
  ])('%s: %s', (path, from, to, sentence) => {
    expect(told(edited({ [path]: [from, to] }))).toContain(`${path} ${sentence}`);
  });
});

test('a grant without end is refused, and says that every right ends', () => {
  const files = edited({ 'people.yml': ['{id: attainment, until: 2027-08-31}', '{id: attainment}'] });
  expect(told(files)).toContain(
    'people.yml «{id:» "until" is missing. Every right ends: write the last day on which it holds, like "until: 2027-02-28". (governance.missing-key)',
  );
});

describe('a person with two ids', () => {
  test('in one entry is a key given twice', () => {
    const files = edited({
      'people.yml': [`- {id: ${PEOPLE.checker}, `, `- {id: ${PEOPLE.checker}, id: 77, `],
    });
    expect(told(files)).toContain(
      'people.yml «id:» The key "id" is given twice. Keep one of them. (governance.duplicate-key)',
    );
  });

  test('in two entries is told with both; the same id twice is told as that alone', () => {
    const twice = edited({
      'people.yml': [
        `{id: ${PEOPLE.checker}, login: kim-example`,
        `{id: ${PEOPLE.lead}, login: Rowan-Example`,
      ],
    });
    expect(told(twice).filter((each) => each.startsWith('people.yml'))).toEqual([
      'people.yml «5550101» The person "5550101" is given twice. (governance.duplicate-id)',
    ]);
  });
});

describe('anchors that lead to one another are refused before anything is followed:', () => {
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x, x]',
    ...Array.from(
      { length: 30 },
      (_, n) => `b${n}: &b${n} [${`*${n === 0 ? 'a' : `b${n - 1}`}, `.repeat(10)}]`,
    ),
    '',
  ].join('\n');

  test.each([
    ['a bomb of aliases', bomb, 'governance.alias'],
    ['a list that holds itself', 'a: &a [*a]\n', 'governance.alias'],
    ['two that hold each other', 'a: &a {b: *b}\nb: &b {a: *a}\n', 'governance.alias'],
  ])('%s', (_what, text, code) => {
    const { governance, findings } = readGovernance(governanceFiles({ 'policies.yml': text }), COMMIT);
    expect(governance).toBeUndefined();
    expect(findings.filter(({ path }) => path === 'policies.yml').map((each) => each.code)).toContain(code);
  });
});

describe('what an editor leaves behind:', () => {
  const each = (change: (text: string) => string): Map<string, string> =>
    new Map([...governanceFiles()].map(([path, text]) => [path, change(text)]));

  test('line ends of another system and a byte order mark are taken', () => {
    expect(told(each((text) => text.replaceAll('\n', '\r\n')))).toEqual([]);
    expect(told(each((text) => `\uFEFF${text}`))).toEqual([]);
  });

  test('a fault has the same line and column in all of them', () => {
    const wrong = edited({ 'people.yml': ['  name: Rowan Example', '  nam: Rowan Example'] });
    const places = (files: ReadonlyMap<string, string>) =>
      readGovernance(files, COMMIT).findings.map(({ path, line, column, code }) => ({
        path,
        line,
        column,
        code,
      }));
    const crlf = new Map([...wrong].map(([path, text]) => [path, text.replaceAll('\n', '\r\n')]));

    expect(places(crlf)).toEqual(places(wrong));
    expect(places(wrong)).toContainEqual({
      path: 'people.yml',
      line: 3,
      column: 3,
      code: 'governance.unknown-key',
    });
  });

  test('a tab in the indentation is marked, with what to do', () => {
    const files = edited({ 'people.yml': ['  name: Rowan', '\tname: Rowan'] });
    expect(told(files).filter((each) => each.startsWith('people.yml'))).toEqual([
      'people.yml «name:» This is not YAML: Unexpected scalar at node end. Indent with spaces. (governance.yaml)',
      'people.yml «:» This is not YAML: Unexpected map-value-ind token in YAML stream: ":". Indent with spaces. (governance.yaml)',
    ]);
  });

  test('bytes that are no text are marked where they stand', () => {
    const files = edited({ 'people.yml': ['Rowan Example', 'Rowan \uFFFDxample'] });
    expect(told(files)).toContain(
      'people.yml «\uFFFDxample» This character is not UTF-8. Save the file as UTF-8. (governance.not-text)',
    );
  });
});

describe('size:', () => {
  test('a mapping of very many keys is refused at once, however it is written', () => {
    const keys = Array.from({ length: 20_000 }, (_, n) => `k${n}: 1`);
    for (const text of [keys.join('\n'), `{${keys.join(', ')}}`])
      expect(told(governanceFiles({ 'permissions/datasets.yml': text })).join('\n')).toContain(
        'or holds a longer mapping, than anyone can read. (governance.yaml)',
      );
  });

  test('a hundred thousand faults are told like one', () => {
    const { findings } = readGovernance(governanceFiles({ 'people.yml': '- x\n'.repeat(130_000) }), COMMIT);
    expect(findings.length).toBeGreaterThan(130_000);
  });

  test('a file that was too large to read, and a link in place of one, are faults of the version', () => {
    const files = governanceFiles({ 'people.yml': undefined });
    const unread = new Map([
      ['people.yml', 'too-large'],
      ['projects/linked.yml', 'not-a-file'],
    ] as const);
    const { governance, findings } = readGovernance(files, COMMIT, unread);

    expect(governance).toBeUndefined();
    expect(
      findings
        .filter(({ severity }) => severity === 'error')
        .map(({ path, line, code }) => [path, line, code]),
    ).toEqual([
      ['people.yml', 1, 'governance.too-large'],
      ['projects/linked.yml', 1, 'governance.not-a-file'],
    ]);
  });
});

test('what was read before is not read again, and a file that changed is', () => {
  const memory: Memory = new Map();
  const good = readGovernance(governanceFiles(), COMMIT, new Map(), memory);
  const wrong = edited({ 'people.yml': ['  name: Rowan Example', '  nam: Rowan Example'] });
  const bad = readGovernance(wrong, COMMIT, new Map(), memory);
  const smaller = new Map([...governanceFiles()].filter(([path]) => !path.startsWith('projects/')));

  expect(readGovernance(governanceFiles(), COMMIT, new Map(), memory)).toEqual(good);
  expect(readGovernance(wrong, COMMIT, new Map(), memory)).toEqual(bad);
  expect(bad.findings).toEqual(readGovernance(wrong, COMMIT).findings);
  readGovernance(smaller, COMMIT, new Map(), memory);
  expect([...memory.keys()].sort()).toEqual([...smaller.keys()].sort());
});
