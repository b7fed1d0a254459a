/** Tables too long to be held: column by column, in pieces, and in parts that others read. */
import { expect, test } from '@jest/globals';
import {
  checkFile,
  checkStream,
  DEFAULT_POLICY,
  scanPart,
  type DisclosurePolicy,
  type FileReport,
} from '../../src/disclosure/disclosure.ts';

type Limits = Partial<DisclosurePolicy['limits']>;

const withLimits = (limits: Limits): DisclosurePolicy => ({
  ...DEFAULT_POLICY,
  limits: { ...DEFAULT_POLICY.limits, ...limits },
});

/** Three rows are held as a table, the rest passes by. */
const SHORT = withLimits({ bytes: 100, rows: 3 });

const whole = (text: string | Buffer, policy = SHORT, path = 't.csv'): Promise<FileReport> =>
  checkStream(path, [Buffer.from(text as string)], policy);

/** Read as several threads do: what stands before the first cut here, each part behind a cut by itself. */
function inParts(
  text: string | Buffer,
  cuts: readonly number[],
  policy = SHORT,
  path = 't.csv',
): Promise<FileReport | undefined> {
  const bytes = Buffer.from(text as string);
  const head = bytes.subarray(0, cuts[0]);
  const parts = cuts.map((from, index) =>
    scanPart(path, head, [bytes.subarray(from, cuts[index + 1])], policy),
  );
  return checkStream(path, [head], policy, {}, parts);
}

const checks = ({ findings }: FileReport): string[] => findings.map(({ check }) => check);
const placed = ({ findings }: FileReport, check: string): unknown[] =>
  findings.filter((one) => one.check === check).map(({ place }) => place);

const NUMBERS = [
  '0.5',
  '-1.5',
  '2.0',
  '12345678901',
  '-12345678901',
  '-7',
  '123456.78125',
  '1.25e3',
  '-',
  '.5',
  '4.',
];
const MARKS = [
  'NA',
  '',
  '18-39',
  '1234567890',
  'a text that is longer than what is remembered of it',
  '"q, r"',
];

/** Whatever can stand in a cell, and news early and late in each column. */
const ROWS = Array.from({ length: 30 }, (_, row) => [
  row % 3 === 0 ? 'south' : 'north',
  row === 10 ? '3' : row === 15 ? '123' : row === 22 ? '4' : '120',
  row < 12 ? '' : String(100 + 5 * row),
  row < 12 ? String(100 + 5 * row) : 'x',
  String(1000 + 10 * row),
  String(row < 14 ? 2000 + 10 * row : 1900 + 10 * row),
  NUMBERS[row % NUMBERS.length]!,
  MARKS[row % MARKS.length]!,
  row === 8 || row === 16 ? 'ann@example.org' : row === 18 ? 'E02000001' : 'none',
  ...(row === 13 ? ['extra'] : []),
]);
ROWS[20]!.pop();
const HEAD = 'group,n,late,early,rising,falling,number,mark,contact\n';
const LINES = ROWS.map((cells) => `${cells.join(',')}\n`);
const TEXT = HEAD + LINES.join('');
/** Behind each row. */
const ENDS = LINES.map((_, row) => HEAD.length + LINES.slice(0, row + 1).join('').length);

test('a long table read in two parts says what it says when read from front to back, wherever it is cut', async () => {
  const expected = await whole(TEXT);

  expect(checks(expected)).toEqual(expect.arrayContaining(['C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C20']));
  for (const cut of ENDS.slice(4, -1)) expect(await inParts(TEXT, [cut])).toEqual(expected);
});

test('the same in many parts, and where every part begins with a blank line', async () => {
  const expected = await whole(TEXT);
  const spaced = HEAD + LINES.join('\n');

  expect(await inParts(TEXT, ENDS.slice(4, -1))).toEqual(expected);
  expect(await inParts(spaced, [ENDS[9]! + 9, ENDS[19]! + 19])).toEqual(await whole(spaced));
});

test('places in a later part are told by their row in the file', async () => {
  const report = (await inParts(TEXT, [ENDS[5]!, ENDS[17]!]))!;

  expect(placed(report, 'C3')).toEqual([{ row: 9, column: 'contact' }]);
  expect(placed(report, 'C4')).toEqual([{ row: 19, column: 'contact' }]);
  expect(placed(report, 'C5')).toEqual([{ row: 11, column: 'n' }]);
  expect(placed(report, 'C1')).toContainEqual({ row: 14 });
});

test('numbers of every spelling are counted, the widest and the smallest kept', async () => {
  const { columns } = (await inParts(TEXT, [ENDS[5]!]))!;

  expect(columns.find(({ column }) => column === 'number')).toMatchObject({
    type: 'float',
    min: -12_345_678_901,
    max: 12_345_678_901,
    minNonZero: 0.5,
    redacted: 2,
  });
});

test('what is no text in any part is told', async () => {
  const cut = [ENDS[5]!];
  const bytes = (tail: number[]): Buffer => Buffer.concat([Buffer.from(TEXT), Buffer.from(tail)]);

  for (const tail of [
    [0xe9, 44, 10],
    [97, 0, 10],
  ]) {
    const found = (await inParts(bytes(tail), cut))!;
    expect(found).toEqual(await whole(bytes(tail)));
    expect(found.findings.filter(({ check }) => check === 'C1').length).toBe(
      (await whole(TEXT)).findings.filter(({ check }) => check === 'C1').length + 1,
    );
  }
});

test('letters that are cut between two pieces are letters', async () => {
  const text = `${HEAD}${'é,€,😀,120,1,1,1,1,1\n'.repeat(20)}`;
  const bytes = Buffer.from(text);
  const report = await checkStream(
    't.csv',
    Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)),
    SHORT,
  );

  expect(report.findings.some(({ message }) => message.includes('UTF-8'))).toBe(false);
  expect(report.columns).toEqual((await whole(text)).columns);
});

test('a cut through a record, or beneath another heading, is noticed: it has to be read from front to back', async () => {
  const quoted = `${HEAD}${LINES.slice(0, 6).join('')}north,120,"a\nb",x,1,1,1,1,none\n${LINES.slice(6).join('')}`;
  const twoLines = TEXT.replace('group', '"gr\noup"');

  expect(await inParts(quoted, [quoted.indexOf('b",x')])).toBeUndefined();
  expect(await inParts(twoLines, [ENDS[6]! + 3])).toBeUndefined();
  expect(await inParts(TEXT, [HEAD.length])).toBeUndefined();
});

test('a line that is too long ends the reading, in whichever part it stands', async () => {
  const policy = withLimits({ bytes: 100, rows: 3, recordBytes: 200 });
  const long = `${'y'.repeat(900)}\n`;
  const early = HEAD + LINES.slice(0, 8).join('') + long + LINES.slice(8).join('');
  const late = TEXT + long + LINES.join('');

  for (const [text, row] of [
    [early, 9],
    [late, 31],
  ] as const) {
    const cuts = [text === early ? text.indexOf(long) + long.length : ENDS[6]!];
    const report = (await inParts(text, cuts, policy))!;
    expect(report).toEqual(await whole(text, policy));
    expect(placed(report, 'C1')).toContainEqual({ row });
  }
});

test('a part in pieces is left where its line is too long', async () => {
  const policy = withLimits({ bytes: 100, recordBytes: 200 });
  let read = 0;
  function* endless(): Generator<Uint8Array> {
    for (; read < 100; read += 1) yield Buffer.from('z'.repeat(150));
  }
  const part = await scanPart('t.csv', Buffer.from(TEXT), endless(), policy);

  expect(part.longRecord).toBe(1);
  expect(read).toBeLessThan(5);
});

test('what is no table is refused as a whole, in parts as in one', async () => {
  const pdf = `%PDF-1.7\n${'stream\n'.repeat(40)}`;

  expect(checks((await inParts(pdf, [140]))!)).toEqual(['F1']);
  expect(checks(await whole(pdf))).toEqual(['F1']);
});

test('what stands in the rows that are held is told once, and a short file is read as one in hand', async () => {
  const text = `${HEAD}north,120,1,1,1,1,1,E02000001,ann@example.org\n${LINES.join('')}`;
  const report = await whole(text);

  expect(placed(report, 'C3')).toEqual([{ row: 1, column: 'contact' }]);
  expect(placed(report, 'C4')[0]).toEqual({ row: 1, column: 'mark' });
  expect(await checkStream('t.csv', [Buffer.from(TEXT)], DEFAULT_POLICY)).toEqual(
    checkFile('t.csv', Buffer.from(TEXT), DEFAULT_POLICY),
  );
});

test('a long table without a heading for a column, or named like a person, is told once', async () => {
  const text = `patient_id,,n\n${Array.from({ length: 40 }, (_, row) => `${5000 + row * 3},a,120\n`).join('')}`;
  const report = await whole(text);

  expect(placed(report, 'C2')).toEqual([{ column: 'patient_id' }]);
  expect(report.columns.map(({ column }) => column)).toEqual(['patient_id', 'column 2', 'n']);
});

test('of a column of ever new texts a hundred thousand are looked at', async () => {
  const texts = (count: number): string =>
    `note,n\n${Array.from({ length: count }, (_, at) => `note${at},120\n`).join('')}ann@example.org,120\n`;

  expect(checks(await whole(texts(99_000)))).toContain('C3');
  expect(checks(await whole(texts(100_000)))).not.toContain('C3');
});

test('a table in hand that is too large blocks by its size and is looked at all the same', () => {
  const report = checkFile('t.csv', Buffer.from(TEXT), SHORT);

  expect(report.findings[0]?.message).toContain('at most');
  expect(checks(report)).toEqual(expect.arrayContaining(['C5', 'C6']));
});

test('tabs are told by the name also in parts', async () => {
  const text = TEXT.replaceAll(',', '\t');

  expect(await inParts(text, [ENDS[7]!], SHORT, 't.tsv')).toEqual(await whole(text, SHORT, 't.tsv'));
});
