/** Words that come again are told by their bytes: none may be taken for another. */
import { expect, test } from '@jest/globals';
import { checkFile, checkStream, DEFAULT_POLICY, type FileReport } from '../../src/disclosure/disclosure.ts';
import { Words } from '../../src/disclosure/word.ts';

const csv = (head: string, rows: readonly string[], end = '\n'): Buffer =>
  Buffer.from([head, ...rows, ''].join(end));
const check = (bytes: Uint8Array): FileReport => checkFile('t.csv', bytes, DEFAULT_POLICY);
const rowsOf = (report: FileReport, check: string): (number | undefined)[] =>
  report.findings.filter((one) => one.check === check).map(({ place }) => place.row);

const NAMES = [
  'a',
  'ab',
  'abcd',
  'abcde',
  'abcdefgh',
  'abcdefghi',
  'abcdefghijkl',
  'abcdefghijklmnop',
  'abcdefghijklmnopq',
  'abcdefghijklmnopqr',
];

test('a word is not taken for one that it begins with, at any length', () => {
  for (const [at, name] of NAMES.entries()) {
    const others = NAMES.filter((_, other) => other !== at);
    const rows = [...others, name, ...others, name].map((group) => `${group},${group},100`);
    const text = rows.map((row) => row.replaceAll(name, 'E02000001')).join('\n');
    const bytes = Buffer.from(`group,code,n\n${text}\n`);
    const expected = [...bytes.toString().split('\n').entries()]
      .filter(([, row]) => /\bE02000001\b/.test(row))
      .flatMap(([row]) => [row, row]);

    expect(rowsOf(check(bytes), 'C4').sort((a, b) => a! - b!)).toEqual(expected.slice(0, 20));
  }
});

test('what a word says is the same in every column, with quotation marks and without', () => {
  const rows = Array.from({ length: 8 }, (_, row) =>
    row === 5 ? '"E02000001",x,E02000001,100' : '"south",south,x,100',
  );

  expect(check(csv('a,b,c,n', rows)).findings.filter(({ check }) => check === 'C4')).toMatchObject([
    { place: { row: 6, column: 'a' } },
    { place: { row: 6, column: 'c' } },
  ]);
});

test('redactions, gaps and numbers with signs keep their kind however often they come', async () => {
  const rows = Array.from({ length: 40 }, (_, row) =>
    [['NA', '*', '-', '<5', ' '][row % 5], ['-5', '+5', '5%', '1e3', '05'][row % 5], '100'].join(','),
  );
  const bytes = csv('mark,number,n', rows);
  const held = check(bytes);
  const limits = { ...DEFAULT_POLICY.limits, bytes: 50 };
  const streamed = await checkStream('t.csv', [bytes], { ...DEFAULT_POLICY, limits });

  for (const { columns } of [held, streamed]) {
    expect(columns[0]).toMatchObject({ redacted: 32, missing: 8 });
    expect(columns[1]).toMatchObject({ numeric: 40, min: -5, max: 1000 });
  }
});

test('more words than are remembered cost time and nothing else', async () => {
  const text = (row: number): string => `w${row}x,south,${row === 19_990 ? 'E02000001' : 'none'},100`;
  const bytes = csv(
    'id,region,note,n',
    Array.from({ length: 20_000 }, (_, row) => text(row)),
  );
  const report = await checkStream('t.csv', [bytes], {
    ...DEFAULT_POLICY,
    limits: { ...DEFAULT_POLICY.limits, bytes: 50 },
  });

  expect(rowsOf(report, 'C4')).toEqual([19_991]);
  expect(report.columns.map(({ type }) => type)).toEqual(['text', 'text', 'text', 'integer']);
});

test('a row of more words than are remembered is read to its end', () => {
  const limits = { ...DEFAULT_POLICY.limits, columns: 10_000 };
  const row = (word: string): string => Array.from({ length: 9000 }, (_, at) => `${word}${at}`).join(',');
  const report = checkFile('t.csv', csv(row('h'), [row('v'), row('v')]), { ...DEFAULT_POLICY, limits });

  expect(report.columns.length).toBe(9000);
  expect(report.columns.every(({ type }) => type === 'text')).toBe(true);
});

/** Always the same memory, as whoever reads files hands it over. */
function* pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  const piece = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    piece.set(bytes.subarray(at, at + size));
    yield piece.subarray(0, Math.min(size, bytes.length - at));
    piece.fill(0);
  }
}

test('a record that goes over several pieces is one record, and none may be longer than any', async () => {
  const limits = { ...DEFAULT_POLICY.limits, bytes: 100, recordBytes: 30_000 };
  const long = `${'y'.repeat(12_000)},100`;
  const bytes = csv('note,n', [...Array.from({ length: 20 }, () => 'x,100'), long, '"a\r\nb",100', 'x,3']);
  const read = (size: number, recordBytes: number): Promise<FileReport> =>
    checkStream('t.csv', pieces(bytes, size), { ...DEFAULT_POLICY, limits: { ...limits, recordBytes } });
  const { columns } = await read(20_000, 30_000);

  expect(columns[1]).toMatchObject({ rows: 23, min: 3, max: 100, sum: 2203 });
  for (const size of [700, 5000, 11_000]) {
    const whole = await read(size, 30_000);
    expect(whole.columns).toEqual(columns);
    expect(rowsOf(whole, 'C5')).toEqual([23]);
    const cut = await read(size, 10_000);
    expect(rowsOf(cut, 'C1')).toContain(21);
    expect(cut.columns[1]?.rows).toBe(20);
  }
});

test('a word that was pushed out of the memory is the same word of its table when it comes again', () => {
  const words = new Words(false);
  const read = (text: string): number => {
    const bytes = Buffer.from(text);
    return words.number(words.find(bytes, 0, bytes.length, 0)).local;
  };
  const names = Array.from({ length: 6000 }, (_, at) => `a group of people, number ${at}`);
  const first = names.map(read);

  expect(new Set(first).size).toBe(names.length);
  expect(names.map(read)).toEqual(first);
  expect(words.list.length).toBe(names.length);
});
