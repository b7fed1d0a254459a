/** Files, cells and headings as people and programs write them: what is read, and what is told. */
import { expect, test } from '@jest/globals';
import {
  checkFile,
  DEFAULT_POLICY,
  tablesOf,
  type DisclosurePolicy,
  type FileFacts,
  type FileReport,
} from '../../src/disclosure/disclosure.ts';
import { Found, guarded } from '../../src/disclosure/found.ts';

const csv = (...lines: string[]): string => `${lines.join('\n')}\n`;
const many = (rows: number, line: (row: number) => string): string[] =>
  Array.from({ length: rows }, (_, row) => line(row));

const report = (
  text: string | Uint8Array,
  facts: FileFacts = {},
  path = 't.csv',
  policy: DisclosurePolicy = DEFAULT_POLICY,
): FileReport => checkFile(path, Buffer.from(text as string), policy, facts);
const found = (...asked: Parameters<typeof report>): string[] =>
  report(...asked).findings.map(({ check }) => check);
const messages = (...asked: Parameters<typeof report>): string =>
  report(...asked)
    .findings.map(({ message }) => message)
    .join('\n');
/** What the one column `x` is taken for. */
const typeOf = (...cells: string[]): FileReport['columns'][number] =>
  report(csv('g,x', ...cells.map((cell) => `a,${cell}`))).columns[1]!;

test.each([
  ['README', '"without a suffix"'],
  ['a.', '"without a suffix"'],
  ['out/.hidden.csv', 'Hidden files'],
  ['a.xlsx', '".xlsx"'],
])('a file called %s cannot be released', (path, why) => {
  expect(messages('g,n\na,120\n', {}, path)).toContain(why);
});

test.each([
  ['MZ\x90\0\x03', 'a program'],
  ['\x01\x02\x03\x04\x05\x06\x07\x08\x01\x02\x03', 'binary data'],
  ['GIF89a', 'a GIF picture'],
])('a table that begins with %j is %s', (head, what) => {
  expect(messages(Buffer.from(head, 'latin1'))).toContain(`the content is ${what}`);
});

test('a text may begin as a program does, and holds a strange byte or two', () => {
  expect(found('MZ,n\na,120\n')).not.toContain('F1');
  expect(found('g\x01,n\na,120\n')).not.toContain('F1');
});

test('a page may stand in a text that is written in marks, and a heading may be all there is', () => {
  expect(found('<div>n = 4</div>', {}, 'a.md')).not.toContain('F1');
  expect(found(csv('g,n'))).not.toContain('F3');
  expect(messages(csv('2019,2020'))).not.toContain('seems to be data');
});

test('the last line may end with the file, and the commonest mark between cells is the one', () => {
  expect(found('g,n\na,123')).toContain('C6');
  expect(report(csv('g,n;m,x', 'a,1;2,3')).columns.map(({ column }) => column)).toEqual(['g', 'n;m', 'x']);
});

test('a table whose every row is called a count is a list of groups', () => {
  expect(found(csv('stat,age', 'n,503', 'mean,51.2'))).toContain('C6');
  expect(found(csv('stat,age', 'n,503.5', 'count,51.2'))).not.toContain('C6');
});

test('names of the same type in another spelling are the same type', () => {
  expect(found('<p>x</p>', {}, 'a.htm')).toEqual(found('<p>x</p>', {}, 'a.html'));
  expect(found('x', {}, 'a.htm')).toEqual(['HTML-1']);
  expect(messages('x', {}, 'a.jpeg')).toContain('the content is text');
});

test('a mark of the byte order is no letter of the first heading', () => {
  expect(report('\ufeffn\n120\n').columns[0]?.column).toBe('n');
});

test.each<[string[], Partial<FileReport['columns'][number]>]>([
  [['5', '-5'], { type: 'integer', min: -5, minNonZero: 5 }],
  [['2.0', '-2.0'], { type: 'integer', min: -2 }],
  [['-2.5', '.5', '1.'], { type: 'float', min: -2.5, max: 1, sum: -1 }],
  [['.5 %', '12.5%'], { type: 'float', max: 12.5 }],
  [['1e999'], { type: 'text' }],
  [['1e3'], { type: 'integer', max: 1000 }],
  [['"1,234"', '"""5"""'], { type: 'mixed', numeric: 1, max: 1234 }],
  [['+'], { type: 'text', numeric: 0 }],
  [['x'.repeat(70)], { type: 'text', numeric: 0 }],
  [['NA', '..', '<=7'], { type: 'empty', redacted: 3 }],
])('cells written %j are read', (cells, expected) => {
  expect(typeOf(...cells)).toMatchObject(expected);
});

test('line ends of all systems are line ends, quotation marks may stand inside, and a mark in a word is a letter', () => {
  const rows = [{ key: 'a "b" c', values: [120], redacted: [false] }, expect.anything()];

  for (const end of ['\n', '\r\n', '\r']) {
    const text = ['g,n', '"a ""b"" c",120', 'd"e,95', ''].join(end);
    expect(tablesOf('t.csv', Buffer.from(text), DEFAULT_POLICY)[0]?.rows).toEqual(rows);
  }
});

test('columns beyond what can be checked are told, quoted or not', () => {
  const policy = { ...DEFAULT_POLICY, limits: { ...DEFAULT_POLICY.limits, columns: 2 } };
  const text = csv('g,n,more,"and more"', 'a,120,1,"2"');

  expect(messages(text, {}, 't.csv', policy)).toContain('The table has 4 columns');
  expect(report(text, {}, 't.csv', policy).columns.map(({ column }) => column)).toEqual(['g', 'n']);
});

test('a file of blank lines is no table', () => {
  expect(messages('\n\n\n')).toContain('The file is empty');
});

test.each([
  ['another heading', csv('g,n', 'a,120', '', 'h,m', 'b,95'), true],
  ['a wider table', csv('g,n', 'a,120', '', 'g,n,m', 'b,95,1'), true],
  ['a wider table under its name', csv('g,n', 'a,120', '', 'Part 2,', 'g,n,m'), true],
  ['more rows', csv('g,n', 'a,120', '', 'b,95', 'c,100'), false],
  ['a row without numbers at the end', csv('g,n', 'a,120', '', 'b,NA'), false],
  ['rows without numbers', csv('g,n', 'a,120', '', 'b,NA', 'c,NA'), false],
])('behind a blank line stands %s', (_what, text, several) => {
  expect(messages(text).includes('several tables')).toBe(several);
});

test('of rows that are too short or too long the first is placed and all are counted', () => {
  const text = csv('g,n', ...many(12, (row) => (row === 0 ? 'a,120' : 'a,120,1')));

  expect(report(text).findings.find(({ check }) => check === 'C1')).toMatchObject({
    place: { row: 2 },
    message: expect.stringContaining('11 rows in all'),
  });
});

test.each([
  ['2019,2020', '120,95', false],
  ['0,1,2', '120,95,100', false],
  ['0,2,1', '120,95,100', true],
  ['0,1,200', '120,95,100', true],
  ['1.5,2.5', '120,95', true],
  ['120', '95', true],
])('the numbers %s above %s are data: %s', (head, row, isData) => {
  expect(messages(csv(head, row)).includes('The first row seems to be data')).toBe(isData);
});

test('headings are told apart however many there are and however long', () => {
  const long = `${'very '.repeat(60)}n`;
  const head = many(5000, (at) => `heading ${at}`);

  for (const names of [head.slice(0, 1900), head.slice(1900, 3600), head.slice(3200, 5000), ['patients']])
    expect(found(csv(names.join(','), names.map(() => '123').join(',')))).toContain('C20');
  expect(found(csv('patients', '123'))).toContain('C6');
  expect(found(csv(`g,${long}`, 'a,120'))).not.toContain('C2');
});

test('a heading is quoted short', () => {
  expect(messages(csv(`g,${'long '.repeat(20)}mean`, 'a,1.5'))).toContain('…"');
});

test.each([
  ['C3', 'ann@example.org'],
  ['C4', 'E02000001'],
])('%s is found in a heading', (check, heading) => {
  expect(found(csv(`g,${heading}`, 'a,120'))).toContain(check);
  expect(found(csv('g,x', 'a,120'))).not.toContain(check);
});

test.each([
  ['943 476 5919', true],
  ['943 476 5918', false],
  ['943 476 5918 and 943 476 5919', true],
  ['0.943 476 5919', false],
  ['100 000 0060', true],
  ['100 000 0010', false],
  ['000 000 0000', true],
])('"%s" holds an NHS number: %s', (text, told) => {
  expect(found(csv('g,n', `no ${text},120`)).includes('C3')).toBe(told);
});

test('a check that breaks off is a finding that blocks', () => {
  const gathered = new Found(5);
  guarded(gathered, 'rates', () => {
    throw new RangeError('too far');
  });

  expect(gathered.done()).toEqual([
    expect.objectContaining({
      check: 'F3',
      severity: 'B',
      message: expect.stringContaining('rates broke off (RangeError)'),
    }),
  ]);
});

test('one place more than are listed is one further place', () => {
  const policy = { ...DEFAULT_POLICY, limits: { ...DEFAULT_POLICY.limits, places: 2 } };

  expect(messages(csv('g,n', 'a,5', 'b,4', 'c,3'), {}, 't.csv', policy)).toContain(
    '1 further place of this kind is not listed.',
  );
});

test('evidence of ACRO about other files, without names or with odd places, says nothing', () => {
  const acro = (value: object): string[] =>
    found(csv('g,n', 'a,120'), { acro: JSON.stringify(value) }, 'out/t.csv');
  const file = (sdc: object): object => ({ name: 't.csv', sdc });
  const result = (...files: unknown[]): object => ({ results: [{ status: 'fail', files }] });

  expect(acro(result({ name: 'other.csv' }, { name: 7 }, 'text'))).not.toContain('C7');
  expect(acro(result(file({ cells: { threshold: 'all' } })))).toContain('C7');
  expect(acro(result(file({ cells: { threshold: [['x', 0], 7] } })))).not.toContain('C5');
  expect(acro(result(file({ cells: { threshold: [[]] } })))).toContain('C5');
});

test.each([
  [{ total: 100, top1: 60, top2: 35 }, 2],
  [{ total: 100, top1: 50, top2: 45 }, 1],
  [{ total: 100, top1: 30, top2: 10 }, 0],
  [{ total: 100, top1: 0, top2: 0 }, 0],
  [{ total: 0, top1: 0, top2: 0 }, 0],
  [{ total: 100, top1: 'x', top2: 0 }, 0],
  [{ total: 100, top1: 9, top2: 'x' }, 0],
  [{ total: 100, top1: 60, top2: 35, file: 'other.csv' }, 0],
  [{ total: 100, top1: 60, top2: 35, file: 7 }, 0],
])('contributions of %j dominate by %i rules', (cell, rules) => {
  const acro = JSON.stringify({ contributions: [{ file: 't.csv', row: 1, column: 'n', ...cell }] });

  expect(found(csv('g,n', 'a,120'), { acro }).filter((check) => check === 'C18')).toHaveLength(rules);
});
