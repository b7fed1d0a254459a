/** Whole requests and releases side by side: R1–R7, D1–D4, and what a group says about its single files. */
import { expect, test } from '@jest/globals';
import {
  checkFile,
  checkRequest,
  compareVersions,
  compiled,
  DEFAULT_POLICY,
  tablesOf,
  type Origin,
  type RequestFile,
  type TableFacts,
  type WholeRequest,
} from '../../src/disclosure/disclosure.ts';
import { totalSize } from '../../src/disclosure/words.ts';
import { pngOf } from './labelled/png.ts';

function aFile(path: string, content: string | Buffer, more: Partial<RequestFile> = {}): RequestFile {
  const bytes = Buffer.from(content);
  return {
    path,
    group: 'main',
    output: true,
    size: bytes.length,
    sha256: bytes.toString('base64'),
    report: checkFile(path, bytes, DEFAULT_POLICY),
    tables: tablesOf(path, bytes, DEFAULT_POLICY),
    ...more,
  };
}

const tables = (text: string): TableFacts[] => tablesOf('t.csv', Buffer.from(text), DEFAULT_POLICY);

function checksOf(request: WholeRequest): string[] {
  const report = checkRequest(request, DEFAULT_POLICY);
  return [...report.files, ...report.groups]
    .flatMap(({ findings }) => findings)
    .concat(report.findings)
    .map(({ check }) => check);
}

const TABLE = 'g,n\na,120\nb,95\n';
const GOOD = { action: 'there', commit: 'default', job: 'succeeded', realData: true } as const;

test('a figure needs its table in the same group', () => {
  const figure = aFile('plot.png', pngOf([1, 2]));

  expect(checksOf({ files: [figure] })).toContain('R1');
  expect(checksOf({ files: [figure, aFile('t.csv', TABLE, { group: 'other' })] })).toContain('R1');
  expect(checksOf({ files: [figure, aFile('t.csv', TABLE, { output: false })] })).not.toContain('R1');
  expect(checksOf({ files: [{ ...figure, output: false }] })).not.toContain('R1');
});

test.each([
  ['nothing', undefined, 1],
  ['an empty text', { text: ' ' }, 1],
  ['a phrase', { text: 'for the paper', population: 'adults', populationSize: 400 }, 1],
  ['no population', { text: 'Admissions of adults by region and year' }, 2],
  [
    'everything',
    { text: 'Admissions of adults by region and year', population: 'adults', populationSize: 400 },
    0,
  ],
])('a context with %s', (_what, said, count) => {
  const contexts = said ? [{ name: 'main', ...said }] : [];

  expect(
    checksOf({ files: [aFile('t.csv', TABLE)], contexts }).filter((check) => check === 'R2'),
  ).toHaveLength(count);
});

test('a model needs n and degrees of freedom in its context', () => {
  const context = {
    name: 'main',
    text: 'Odds of admission by age and sex',
    population: 'adults',
    populationSize: 400,
  };
  const files = [aFile('m.csv', 'term,estimate,p.value,n\nage,1.2,0.01,1200\n')];

  expect(checksOf({ files, contexts: [context] }).filter((check) => check === 'R2')).toHaveLength(2);
  expect(checksOf({ files, contexts: [{ ...context, n: 1200, df: 1190 }] })).not.toContain('R2');
});

test.each<[Partial<Origin>, RegExp]>([
  [{ action: 'removed' }, /no longer in project.yaml/],
  [{ action: 'dropped' }, /no longer makes this file/],
  [{ action: 'unknown' }, /is unknown/],
  [{ commit: 'branch' }, /not on the repository's default branch/],
  [{ commit: 'none' }, /no branch of the repository leads to/],
  [{ commit: 'unknown' }, /is unknown/],
  [{ job: 'failed' }, /failed/],
  [{ job: 'failed-since' }, /ran again, and that run did not succeed/],
  [{ job: 'unknown' }, /is unknown/],
  [{ realData: false }, /dummy data/],
])('an origin of %j is warned of in these words', (fact, words) => {
  const told = (origin: Origin): string[] =>
    checkRequest({ files: [aFile('t.csv', TABLE, { origin })] }, DEFAULT_POLICY)
      .files[0]!.findings.filter(({ check, severity }) => check === 'R3' && severity === 'W')
      .map(({ message }) => message);

  expect(told(GOOD)).toEqual([]);
  expect(told({ ...GOOD, ...fact })).toEqual([expect.stringMatching(words)]);
});

test('what was there before is told', () => {
  expect(
    checksOf({ files: [aFile('a.csv', TABLE), aFile('b.csv', TABLE)] }).filter((check) => check === 'R4'),
  ).toHaveLength(1);
  expect(checksOf({ files: [aFile('a.csv', TABLE, { before: 'rejected' })] })).toContain('R4');
  expect(checksOf({ files: [aFile('a.csv', TABLE, { before: 'revoked' })] })).toContain('R4');
});

test('files alike and their size are told, a scan must be clean', () => {
  const files = ['1', '2', '3', '4', '5'].map((name) => aFile(`${name}.csv`, `g,n\n${name},120\n`));

  expect(checksOf({ files })).toEqual(expect.arrayContaining(['R5', 'R6']));
  expect(checksOf({ files: [aFile('a.csv', TABLE, { scan: 'found' })] })).toContain('R7');
  expect(checksOf({ files: [aFile('a.csv', TABLE, { scan: 'unconfirmed' })] })).toContain('R7');
  expect(checksOf({ files: [aFile('a.csv', TABLE, { scan: 'clean' })] })).not.toContain('R7');
  const small = checkRequest({ files: [aFile('a.csv', TABLE)] }, { ...DEFAULT_POLICY, budget: 3 });
  expect(small.findings[0]?.message).toContain('more than');
  expect(checksOf({ files: [] })).toEqual([]);
});

test('a count in another table of the group answers for a mean', () => {
  const means = aFile('means.csv', 'g,mean_age\na,51.2\nb,49.9\n');

  expect(checksOf({ files: [means] })).toContain('C14');
  expect(checksOf({ files: [means, aFile('t.csv', TABLE)] })).not.toContain('C14');
  expect(checksOf({ files: [means, aFile('t.csv', 'g,n\na,120\n')] })).toContain('C14');
});

test('a cell hidden in one table and shown in another', () => {
  const files = [aFile('a.csv', 'g,n\na,120\nb,NA\nc,100\n'), aFile('b.csv', 'g,n\na,120\nb,15\nc,100\n')];

  expect(checksOf({ files })).toContain('C19');
});

const version = (before: string, after: string, newCode = false): string[] =>
  compareVersions(tables(before)[0]!, tables(after)[0]!, newCode, compiled(DEFAULT_POLICY)).map(
    ({ check }) => check,
  );

test('a cell that moved by a few people since the last release', () => {
  expect(version('g,n\na,121\nb,95\n', 'g,n\na,124\nb,95\n')).toEqual(['D1']);
  expect(version('g,n\na,120\nb,95\n', 'g,n\na,125\nb,95\n')).toEqual([]);
  expect(version('g,n\na,121\n', 'h,n\na,124\n')).toEqual([]);
});

test('a denominator that moved alone', () => {
  expect(version('g,n,population\na,120,400\n', 'g,n,population\na,120,450\n')).toEqual(['D1']);
  expect(version('g,n,population\na,120,400\n', 'g,n,population\na,150,450\n')).toEqual([]);
});

test('small changes after new code', () => {
  expect(version('g,n\na,4000\nb,4000\n', 'g,n\na,4010\nb,4000\n', true)).toEqual(['D4']);
  expect(version('g,n\na,4000\nb,4000\n', 'g,n\na,8000\nb,4000\n', true)).toEqual([]);
});

test('an earlier version is compared where there is one', () => {
  const file = aFile('t.csv', 'g,n\na,124\nb,95\n', {
    earlier: { tables: tables('g,n\na,121\nb,95\n'), newCode: false },
  });

  expect(checksOf({ files: [file] })).toContain('D1');
});

test('two tables whose difference is a few people', () => {
  const all = aFile('all.csv', 'g,n\na,124\nb,95\n');
  const adults = aFile('adults.csv', 'g,n\na,121\nb,95\n');

  expect(checksOf({ files: [all, adults] })).toContain('D2');
  expect(checksOf({ files: [all], others: adults.tables })).toContain('D3');
  expect(
    checksOf({ files: [aFile('a.csv', 'g,n\na,120\nb,95\n'), aFile('b.csv', 'g,n\na,115\nb,95\n')] }),
  ).not.toContain('D2');
  expect(checksOf({ files: [all, aFile('b.csv', 'g,n\na,121\nb,99\n')] })).not.toContain('D2');
});

test('a count elsewhere in the group answers a mean of the same groups, and of no others', () => {
  const means = (text: string, ...others: string[]): boolean =>
    checksOf({
      files: [aFile('m.csv', text), ...others.map((one, at) => aFile(`n${at}.csv`, one))],
    }).includes('C14');

  expect(means('mean_bmi\n27.1\n')).toBe(true);
  expect(means('mean_bmi\n27.1\n', 'n\n120\n')).toBe(false);
  expect(means('mean_bmi\n27.1\n', TABLE)).toBe(true);
  expect(means('g,mean_bmi\na,27.1\n', TABLE)).toBe(false);
  expect(means('g,mean_bmi\nc,27.1\n', TABLE)).toBe(true);
  expect(means('sex,mean_bmi\na,27.1\n', TABLE)).toBe(true);
  expect(means('g,mean_bmi\na,27.1\n', 'g,sex,n\na,F,120\n')).toBe(true);
});

test('only tables of the same groups are compared, never a file with its own earlier self as another', () => {
  const one = 'g,n\na,101\nb,202\nc,303\n';
  const inside = 'g,n\na,101\nb,202\nc,299\n';
  const other = 'sex,n\na,101\nb,202\nc,299\n';
  const others = (path: string, text: string): TableFacts[] =>
    tablesOf(path, Buffer.from(text), DEFAULT_POLICY);

  expect(checksOf({ files: [aFile('1.csv', one), aFile('2.csv', inside)] })).toContain('D2');
  expect(checksOf({ files: [aFile('1.csv', one), aFile('2.csv', other)] })).not.toContain('D2');
  expect(checksOf({ files: [aFile('1.csv', one)], others: others('2.csv', inside) })).toContain('D3');
  expect(checksOf({ files: [aFile('1.csv', one)], others: others('2.csv', other) })).not.toContain('D3');
  expect(checksOf({ files: [aFile('1.csv', one)], others: others('1.csv', inside) })).not.toContain('D3');
});

test('a table that the earlier version did not have has nothing to be compared with', () => {
  const files = [aFile('t.csv', 'g,n\na,101\n', { earlier: { tables: [], newCode: true } })];

  expect(checksOf({ files })).not.toContain('D1');
});

test('numbers alone describe nothing', () => {
  const contexts = [{ name: 'main', text: '12 34 56 78', population: 'adults', populationSize: 400 }];

  expect(checksOf({ files: [aFile('t.csv', TABLE)], contexts })).toContain('R2');
});

test.each([
  [1, '1 byte'],
  [900, '900 bytes'],
  [40 * 1024, '40.0 KiB'],
  [3 * 1024 * 1024, '3.0 MiB'],
])('%d bytes are told as %s', (size, told) => {
  expect(totalSize(size, 20 * 1024 * 1024)).toBe(`The files have ${told} together, of 20.0 MiB foreseen.`);
});
