/** What the checks make of a column, by itself, by policy and by a person's word. */
import { expect, test } from '@jest/globals';
import { checkFile, DEFAULT_POLICY } from '../../src/disclosure/disclosure.ts';
import type { RoleOverride } from '../../src/disclosure/types.ts';
import { csv, found, many } from './found.ts';

test('a column is summed up for every reader', () => {
  const report = checkFile('t.csv', Buffer.from(csv('sex,n', 'F,120', 'M,NA', 'X,')), DEFAULT_POLICY);

  expect(report.findings.filter(({ check }) => check === 'C20').map(({ message }) => message)).toEqual([
    'text, 3 rows.',
    'integer, 3 rows, 1 missing, 1 redacted, from 120 to 120, sum 120, all multiples of 5, all multiples of 6.',
  ]);
  expect(report.columns[1]).toMatchObject({
    column: 'n',
    numeric: 1,
    histogram: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  });
});

test('a person may say that a column counts nobody, or does', () => {
  expect(found(csv('g,n', 'a,123'), { roles: { n: 'other' } })).not.toContain('C6');
  expect(found(csv('g,wards', 'a,123'), { roles: { wards: 'count' } })).toContain('C6');
});

test.each<[string, string, string, RoleOverride, string[]]>([
  ['a count is said to be none', 'g,n', 'a,120', 'other', ['n']],
  ['a measure is said to be a count', 'g,wards', 'a,120', 'count', ['wards']],
  ['a rate is said to be none', 'g,rate', 'a,0.5', 'other', ['rate']],
  ['a rate is said to be a count', 'g,rate', 'a,0.5', 'count', ['rate']],
  ['names are said to be a count', 'n,g', '120,a', 'count', ['g']],
  ['nothing changes by it', 'g,n', 'a,120', 'count', []],
])('it is told wherever that changes something: %s', (_when, head, row, role, told) => {
  const column = told[0] ?? 'n';
  const { findings } = checkFile('t.csv', Buffer.from(csv(head, row)), DEFAULT_POLICY, {
    roles: { [column]: role, nowhere: role },
  });
  const said = findings.filter(({ check }) => check === 'F4');
  expect(said.map(({ place }) => place.column)).toEqual(told);
  expect(
    said.every(({ severity, message }) => severity === 'W' && message.startsWith("By the author's word")),
  ).toBe(true);
});

test('a column that is called like something every object has is read as any other', () => {
  const check = (roles: Record<string, RoleOverride>) =>
    checkFile('t.csv', Buffer.from(csv('g,constructor,n', 'a,1,120')), DEFAULT_POLICY, { roles }).findings;
  expect(check({ n: 'count' }).map(({ check: id }) => id)).not.toContain('F4');
});

test('record numbers called a count do not pass unseen for want of the check on them', () => {
  const rows = Array.from({ length: 60 }, (_, at) => `${(4321 + at * 7) * 5 + (at === 3 ? 1 : 0)}`);
  const text = Buffer.from(csv('code_a', ...rows));
  const ids = (roles?: Record<string, RoleOverride>) =>
    checkFile('t.csv', text, DEFAULT_POLICY, roles ? { roles } : {}).findings.map(({ check }) => check);
  expect(ids()).toContain('C2');
  expect(ids({ code_a: 'count' })).not.toContain('C2');
  expect(ids({ code_a: 'count' })).toContain('F4');
});

test('threshold and base are policy, and so is the acceptance of bins of six', () => {
  const check = (policy: Partial<typeof DEFAULT_POLICY>, text: string): string[] =>
    checkFile('t.csv', Buffer.from(text), { ...DEFAULT_POLICY, ...policy }).findings.map((one) => one.check);

  expect(check({ threshold: 11 }, csv('g,n', 'a,10'))).toContain('C5');
  expect(check({ base: 10 }, csv('g,n', 'a,25'))).toContain('C6');
  expect(check({ midpoint6: false }, csv('g,n_midpoint6', 'a,21'))).toContain('C6');
});

test('a policy that names an unknown rule pack is refused loudly', () => {
  expect(() => checkFile('t.csv', Buffer.from('n\n10\n'), { ...DEFAULT_POLICY, packs: ['nowhere'] })).toThrow(
    /rule pack/,
  );
});

test('without the pack of a country its areas are nobody’s business', () => {
  const policy = { ...DEFAULT_POLICY, packs: ['people'] };
  const checks = checkFile('t.csv', Buffer.from(csv('area,n', 'E02000001,120')), policy).findings.map(
    (one) => one.check,
  );

  expect(checks).not.toContain('C4');
});

test('a redacted cell between two tables of one line each is placed exactly', () => {
  const { findings } = checkFile(
    't.csv',
    Buffer.from(csv('g,n', 'a,120', 'b,NA', 'Total,124')),
    DEFAULT_POLICY,
  );

  expect(findings.find(({ check }) => check === 'C10')).toMatchObject({
    severity: 'B',
    place: { row: 2, column: 'n' },
    message: expect.stringContaining('it is 4'),
  });
});

test('many places of one kind are counted, not listed', () => {
  const { findings } = checkFile(
    't.csv',
    Buffer.from(csv('g,n', ...many(50, (row) => `${row}x,5`))),
    DEFAULT_POLICY,
  );
  const small = findings.filter(({ check }) => check === 'C5');

  expect(small).toHaveLength(21);
  expect(small.at(-1)?.message).toBe('30 further places of this kind are not listed.');
});

test('semicolons, tabs and decimal commas are read', () => {
  expect(found('g;n;Anteil\na;123;12,5\n')).toContain('C6');
  expect(found('g\tn\na\t123\n', {}, 't.tsv')).toContain('C6');
});
