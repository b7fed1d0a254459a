/** One row per check of tables: a file in which it is found, and a near twin in which it is not. */
import { expect, test } from '@jest/globals';
import { checkFile, DEFAULT_POLICY, type FileFacts } from '../../src/disclosure/disclosure.ts';
import type { RoleOverride } from '../../src/disclosure/types.ts';

const csv = (...lines: string[]): string => `${lines.join('\n')}\n`;
const many = (rows: number, line: (row: number) => string): string[] =>
  Array.from({ length: rows }, (_, row) => line(row));

function found(text: string, facts: FileFacts = {}, path = 'table.csv'): string[] {
  return checkFile(path, Buffer.from(text), DEFAULT_POLICY, facts).findings.map(({ check }) => check);
}

const ROWS: [
  check: string,
  what: string,
  bad: string,
  good: string,
  facts?: FileFacts,
  goodFacts?: FileFacts,
][] = [
  ['C1', 'a row with a cell too many', csv('sex,n', 'F,120,1', 'M,95'), csv('sex,n', 'F,120', 'M,95')],
  ['C1', 'two columns of one name', csv('n,n', '120,95'), csv('n,count', '120,95')],
  ['C1', 'a column without a name', csv('sex,,n', 'F,a,120'), csv('sex,arm,n', 'F,a,120')],
  ['C1', 'the index of pandas', csv('Unnamed: 0,n', '0,120'), csv('row,n', '0,120')],
  ['C1', 'two tables in one file', csv('a,n', 'x,120', '', 'b,n', 'y,95'), csv('a,n', 'x,120', '', 'y,95')],
  ['C1', 'no row of names', csv('F,120', 'M,95'), csv('sex,2019,2020', 'M,95,100')],
  ['C1', 'too many rows', csv('n', ...many(5001, () => '120')), csv('n', ...many(5000, () => '120'))],
  ['C1', 'NUL bytes', csv('sex,n', 'F\u0000,120'), csv('sex,n', 'F,120')],
  ['C2', 'an identifying heading', csv('Patient ID,n', 'a,120'), csv('Patients,n', 'a,120')],
  ['C2', 'a heading one letter off', csv('patiend_id,n', 'a,120'), csv('patient_group,n', 'a,120')],
  [
    'C2',
    'numbers that differ in every row',
    csv('key,n', ...many(60, (row) => `${100_003 + row * 7},120`)),
    csv('key,n', ...many(60, (row) => `${1000 + (row % 5)},120`)),
  ],
  [
    'C2',
    'long hexadecimal words',
    csv('key,n', ...many(60, (row) => `${(0xabcdef01 + row * 977).toString(16)},120`)),
    csv('key,n', ...many(60, (row) => `group ${row % 4},120`)),
  ],
  [
    'C2',
    'date of birth beside sex',
    csv('dob,sex,n', '1960-01-01,F,120'),
    csv('birth_decade,sex,n', '1960s,F,120'),
  ],
  [
    'C2',
    'a row for each person',
    csv('g,n', ...many(20, () => 'a,120')),
    csv('g,n', ...many(20, () => 'a,120')),
    { population: 21 },
    { population: 4000 },
  ],
  ['C3', 'an NHS number', csv('key,n', '9434765919,120'), csv('key,n', '9434765918,120')],
  ['C3', 'an e-mail address', csv('contact,n', 'ann@example.org,120'), csv('contact,n', 'ann at home,120')],
  ['C3', 'a phone number', csv('contact,n', '020 7946 0123,120'), csv('contact,n', '2020 to 2023,120')],
  ['C3', 'a postcode', csv('place,n', 'SW1A 1AA,120'), csv('place,n', 'SW1A,120')],
  ['C3', 'a long hash', csv('key,n', `${'ab12'.repeat(16)},120`), csv('key,n', `${'ab12'.repeat(3)},120`)],
  ['C4', 'an area code', csv('area,n', 'E02000001,120'), csv('area,n', 'E12000001,120')],
  ['C4', 'a practice code', csv('place,n', 'A81001,120'), csv('place,n', 'A81,120')],
  ['C4', 'a heading of areas', csv('msoa_name,n', 'x,120'), csv('practice_type,n', 'x,120')],
  [
    'C4',
    'codes in most of a column',
    csv('org,n', 'QE1,120', 'QHG,95', 'QJ2,100'),
    csv('org,n', 'QE1,120', 'none,95', 'any,100'),
  ],
  ['C4', 'names of areas', csv('x,n', 'Leeds,120', 'Kent,95'), csv('subject,n', 'Reading,120', 'Writing,95')],
  ['C5', 'a small count', csv('sex,n', 'F,120', 'M,5'), csv('sex,n', 'F,120', 'M,10')],
  [
    'C5',
    'a small count with a share',
    csv('group,"cases, n (%)"', 'a,5 (4.2%)'),
    csv('group,"cases, n (%)"', 'a,50 (4.2%)'),
  ],
  [
    'C5',
    'a small cell of a cross-tabulation',
    csv('sex,Low,High', 'F,120,3', 'M,95,100'),
    csv('sex,Low,High', 'F,120,30', 'M,95,100'),
  ],
  ['C5', 'four in midpoint-6', csv('g,n_midpoint6', 'a,4'), csv('g,n_midpoint6', 'a,3')],
  [
    'C5',
    'three in derived midpoint-6',
    csv('g,n_midpoint6_derived', 'a,3'),
    csv('g,n_midpoint6_derived', 'a,6'),
  ],
  [
    'C5',
    'a small n among statistics',
    csv('stat,age', 'n,5', 'mean,51.2'),
    csv('stat,age', 'n,500', 'mean,51.2'),
  ],
  ['C6', 'an unrounded count', csv('sex,n', 'F,123'), csv('sex,n', 'F,125')],
  [
    'C6',
    'an unrounded n among statistics',
    csv('stat,age', 'n,503', 'mean,51.2'),
    csv('stat,age', 'n,505', 'mean,51.2'),
  ],
  ['C6', 'no middle of six', csv('g,n_midpoint6', 'a,15', 'b,16'), csv('g,n_midpoint6', 'a,15', 'b,21')],
  ['C6', 'no multiple of six', csv('g,n_midpoint6_derived', 'a,15'), csv('g,n_midpoint6_derived', 'a,18')],
  [
    'C6',
    'a count that is no whole number',
    csv('g,n', ...many(12, (row) => `a,${row === 3 ? 10.5 : 120}`)),
    csv('g,n', ...many(12, () => 'a,120.0')),
  ],
  [
    'C7',
    'a threshold that is not kept',
    csv('g,n', 'a,10'),
    csv('g,n', 'a,20'),
    { controls: { threshold: 12 } },
    { controls: { threshold: 12 } },
  ],
  [
    'C7',
    'a base that is not kept',
    csv('g,n', 'a,25'),
    csv('g,n', 'a,30'),
    { controls: { base: 10 } },
    { controls: { base: 10 } },
  ],
  [
    'C7',
    'bins that are not kept',
    csv('g,n', 'a,25'),
    csv('g,n', 'a,27'),
    { controls: { method: 'midpoint6' } },
    { controls: { method: 'midpoint6' } },
  ],
  [
    'C7',
    'redactions that nobody declared',
    csv('g,n', 'a,25', 'b,[redacted]'),
    csv('g,n', 'a,25'),
    { controls: { method: 'none' } },
    { controls: { method: 'none' } },
  ],
  [
    'C8',
    'rates of counts before rounding',
    csv('g,n,total,percent', 'a,120,400,30.42', 'b,200,800,24.84', 'c,90,600,15.12'),
    csv('g,n,total,percent', 'a,120,400,30.00', 'b,200,800,25.00', 'c,90,600,15.00'),
  ],
  [
    'C8',
    'shares of a column before rounding',
    csv('g,"n (%)"', 'a,120 (29.68%)', 'b,180 (45.14%)', 'c,100 (25.19%)'),
    csv('g,"n (%)"', 'a,120 (30.00%)', 'b,180 (45.00%)', 'c,100 (25.00%)'),
  ],
  [
    'C9',
    'a rate that allows one count',
    csv('g,population,rate', 'a,4000,0.03075', 'b,8000,0.02463', 'c,6000,0.01517'),
    csv('g,population,rate', 'a,4000,0.03', 'b,8000,0.02', 'c,6000,0.01'),
  ],
  [
    'C9',
    'a rate beside a redacted count',
    csv('g,n,total,percent', 'a,120,400,30.0', 'b,200,800,25.0', 'c,150,600,25.0', 'd,[redacted],500,0.8'),
    csv(
      'g,n,total,percent',
      'a,120,400,30.0',
      'b,200,800,25.0',
      'c,150,600,25.0',
      'd,[redacted],500,[redacted]',
    ),
  ],
  [
    'C10',
    'one hidden cell and a total',
    csv('g,n', 'a,120', 'b,[redacted]', 'c,55', 'Total,180'),
    csv('g,n', 'a,120', 'b,[redacted]', 'c,[redacted]', 'Total,280'),
  ],
  [
    'C10',
    'a total that was made after redaction',
    csv('g,n', 'a,120', 'b,[redacted]', 'Total,126'),
    csv('g,n', 'a,120', 'b,[redacted]', 'Total,120'),
  ],
  [
    'C10',
    'three hidden cells whose sums overlap',
    csv('g,A,B,C,Total', 'x,NA,NA,50,63', 'y,NA,40,NA,52', 'z,20,NA,NA,45', 'Total,32,73,55,160'),
    csv('g,A,B,Total', 'x,NA,NA,160', 'y,NA,NA,152', 'Total,172,140,312'),
  ],
  [
    'C11',
    'a total that is not the sum',
    csv('g,n', 'a,120', 'b,55', 'Total,180'),
    csv('g,n', 'a,120', 'b,55', 'Total,175'),
  ],
  [
    'C11',
    'a total column that is not the sum once',
    csv('g,men,women,total', 'a,10,20,30', 'b,15,25,40', 'c,50,50,105'),
    csv('g,men,women,total', 'a,10,20,30', 'b,15,25,40', 'c,50,50,100'),
  ],
  ['C12', 'a group with nobody', csv('g,n', 'a,0', 'b,120'), csv('g,n', 'a,10', 'b,120')],
  [
    'C12',
    'a group with everybody',
    csv('g,n,total', 'a,120,120', 'b,50,400'),
    csv('g,n,total', 'a,115,120', 'b,50,400'),
  ],
  [
    'C12',
    'a share of all',
    csv('g,n,percent', 'a,120,100', 'b,50,20'),
    csv('g,n,percent', 'a,120,90', 'b,50,20'),
  ],
  [
    'C12',
    'a share of all beside its count',
    csv('g,"n (%)"', 'a,120 (100%)', 'b,50 (20%)'),
    csv('g,"n (%)"', 'a,120 (90%)', 'b,50 (20%)'),
  ],
  ['C13', 'a maximum', csv('g,n,max_age', 'a,120,104'), csv('g,n,p75_age', 'a,120,70')],
  ['C13', 'a row called min', csv('stat,age', 'n,500', 'min,18'), csv('stat,age', 'n,500', 'p25,31')],
  ['C13', 'no spread', csv('g,n,sd', 'a,120,0'), csv('g,n,sd', 'a,120,2.5')],
  ['C14', 'a mean without a count', csv('g,mean_age', 'a,51.3'), csv('g,mean_age,n', 'a,51.3,120')],
  [
    'C14',
    'a row called mean without a count',
    csv('stat,age', 'mean,51.3', 'p50,50.1'),
    csv('stat,age', 'n,120', 'mean,51.3'),
  ],
  [
    'C15',
    'coefficients without n',
    csv('term,estimate,p.value', 'age,1.2,0.01'),
    csv('term,estimate,p.value,n', 'age,1.2,0.01,1200'),
  ],
  [
    'C15',
    'too few degrees of freedom',
    csv('term,estimate,p.value,n,df', 'age,1.2,0.01,20,4'),
    csv('term,estimate,p.value,n,df', 'age,1.2,0.01,20,15'),
  ],
  [
    'C16',
    'steps of few people',
    csv('arm,time,n.risk,n.event', 'a,0,100,10', 'a,6,95,15', 'a,12,60,20'),
    csv('arm,time,n.risk,n.event', 'a,0,100,10', 'a,6,80,15', 'a,12,60,20'),
  ],
  [
    'C16',
    'unrounded numbers at risk',
    csv('time,n.risk,n.event', '0,101,10', '6,80,15'),
    csv('time,n.risk,n.event', '0,100,10', '6,80,15'),
  ],
  [
    'C16',
    'single days',
    csv('days,n.risk,n.event', '0,100,10', '1,80,15', '2,60,20'),
    csv('days,n.risk,n.event', '0,100,10', '28,80,15', '56,60,20'),
  ],
  [
    'C17',
    'single days with counts',
    csv('date,n', '2023-01-01,120', '2023-01-02,95'),
    csv('date,n', '2023-01-02,120', '2023-01-09,95'),
  ],
  [
    'C17',
    'single days as written in Europe',
    csv('date,n', '01.01.2023,120', '02.01.2023,95'),
    csv('date,n', '01.01.2023,120', '01.02.2023,95'),
  ],
  [
    'C18',
    'one with nearly everything',
    csv('firm,n,market_share', 'a,120,0.93', 'b,50,0.05'),
    csv('firm,n,market_share', 'a,120,0.53', 'b,50,0.45'),
  ],
  ['C18', 'an index of concentration', csv('market,n,hhi', 'a,120,0.4'), csv('market,n,gini', 'a,120,0.4')],
  [
    'C19',
    'two marks for redaction',
    csv('g,n', 'a,[redacted]', 'b,NA', 'c,120'),
    csv('g,n', 'a,NA', 'b,NA', 'c,120'),
  ],
  [
    'C19',
    'empty cells beside redacted ones',
    csv('g,n', 'a,NA', 'b,', 'c,120'),
    csv('g,n', 'a,NA', 'b,NA', 'c,120'),
  ],
];

// Rest arguments: jest hands a callback to functions that name more than a row has.
test.each(ROWS)('%s finds %s', (...[check, , bad, good, facts, goodFacts]) => {
  expect(found(bad, facts)).toContain(check);
  expect(found(good, goodFacts ?? facts)).not.toContain(check);
});

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
