/**
 * The scan in WebAssembly against the same scan written in JavaScript (reference/), byte for byte: every field of
 * every record, and all that is counted of a column.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from '@jest/globals';
import type { CellKind } from '../../src/disclosure/cells.ts';
import { FIELD, Scanner, type Batch } from '../../src/disclosure/scan.ts';
import { absorb, ColumnStats, tallyOf, type Counted } from '../../src/disclosure/stats.ts';
import { Scanner as Reference, type Fields } from './reference/scan.ts';
import { ColumnStats as ReferenceStats } from './reference/stats.ts';

interface Shape {
  delimiter: number;
  columns: number;
  /** Bytes given at once. */
  piece: number;
}

const CAPACITY = 70_000;

type Scan = (bytes: Uint8Array, final: boolean) => number;

/** Gives the bytes in pieces; what was not taken comes again with the next. */
function inPieces(bytes: Uint8Array, piece: number, scan: Scan): void {
  let from = 0;
  let to = 0;
  do {
    to = Math.min(bytes.length, Math.max(to, from) + piece);
    from += scan(bytes.subarray(from, to), to === bytes.length);
  } while (to < bytes.length);
}

/** Every record: how many fields, and the five numbers of those that were kept. */
function found(bytes: Uint8Array, { delimiter, columns, piece }: Shape): number[][] {
  const records: number[][] = [];
  const scanner = new Scanner<never>().setUp(delimiter, columns, CAPACITY);
  const take = (_: Uint8Array, { ints, counts, ends, fields, records: many }: Batch<never>): void => {
    let kept = 0;
    for (let record = 0; record < many; record += 1) {
      const end = ints[ends + record]!;
      records.push([ints[counts + record]!, ...ints.slice(fields + FIELD * kept, fields + FIELD * end)]);
      kept = end;
    }
  };
  inPieces(bytes, piece, (some, final) => scanner.scan(some, final, { take }));
  return records;
}

function expected(bytes: Uint8Array, { delimiter, columns, piece }: Shape): number[][] {
  const records: number[][] = [];
  const scanner = new Reference<never>(delimiter, columns);
  const record = (_: Uint8Array, { count, kept, start, end, mask, integer, word }: Fields): void => {
    const numbers = [count];
    for (let at = 0; at < kept; at += 1)
      numbers.push(start[at]!, end[at]!, mask[at]!, integer[at]!, word[at]!);
    records.push(numbers);
  };
  inPieces(bytes, piece, (some, final) => scanner.scan(some, some.length, final, { record }));
  return records;
}

type Told = [text: string, column: number, row: number];

/** What is counted, and which texts are told. */
function counted(bytes: Uint8Array, { delimiter, columns, piece }: Shape): unknown {
  const told: Told[] = [];
  const scanner = new Scanner<CellKind>().setUp(delimiter, columns, CAPACITY);
  const stats = new ColumnStats(scanner, columns, 7, 5, (...one) => told.push(one));
  inPieces(bytes, piece, (some, final) => scanner.scan(some, final, stats));
  const all = stats.counted();
  const { header, rows, ragged, firstRagged } = all;
  return { header, rows, ragged, firstRagged, told, tallies: header.map((_, index) => tallyOf(all, index)) };
}

function expectedCounts(bytes: Uint8Array, { delimiter, columns, piece }: Shape): unknown {
  const told: Told[] = [];
  const scanner = new Reference<CellKind>(delimiter, columns);
  const stats = new ReferenceStats(columns, 7, 5, (...one) => told.push(one));
  inPieces(bytes, piece, (some, final) => scanner.scan(some, some.length, final, stats));
  const { header, rows, ragged, firstRagged } = stats;
  return { header, rows, ragged, firstRagged, told, tallies: header.map((_, index) => stats.tally(index)) };
}

function same(text: string | Uint8Array, shape: Partial<Shape> = {}): void {
  const bytes = Buffer.from(text);
  const whole: Shape = { delimiter: 44, columns: 50, piece: CAPACITY / 2, ...shape };
  expect(found(bytes, whole)).toEqual(expected(bytes, whole));
  expect(counted(bytes, whole)).toEqual(expectedCounts(bytes, whole));
}

const digits = fc
  .integer({ min: 0, max: 20 })
  .chain((size) => fc.stringMatching(new RegExp(`^\\d{${size}}$`)));
const cell = fc.oneof(
  digits,
  fc.tuple(digits, digits).map(([whole, part]) => `${whole}.${part}`),
  fc.tuple(fc.constantFrom('-', '+', '<', '1.2.', ' '), digits).map(([sign, number]) => `${sign}${number}`),
  fc
    .tuple(digits, fc.constantFrom('%', '-39', '.5%', '"', '.', ' ', 'e3'))
    .map(([number, end]) => `${number}${end}`),
  fc.constantFrom(
    '',
    '',
    'London',
    'North West',
    '18-39',
    '[REDACTED]',
    '5,0',
    'NA',
    'é',
    '😀',
    '\u0000',
    'a@b.org',
  ),
  fc.string({ unit: fc.constantFrom('a', 'B', '7', '.', '-', ' ', '"', '@', 'ß', '€'), maxLength: 40 }),
  fc
    .string({ unit: fc.constantFrom('a', '7', '""', ',', ';', '\n', '\r', 'ß'), maxLength: 40 })
    .map((text) => `"${text}"`),
  fc.tuple(digits, digits).map(([one, other]) => `"${one}"${other}`),
);
const end = fc.constantFrom('\n', '\n', '\n', '\r\n', '\r', '\n\n');
const file = fc
  .array(fc.tuple(fc.array(cell, { maxLength: 8 }), end), { maxLength: 40 })
  .chain((records) =>
    fc.record({
      text: fc.constant(records),
      delimiter: fc.constantFrom(',', ',', ';', '\t'),
      closed: fc.boolean(),
      columns: fc.constantFrom(3, 6, 50),
      piece: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constant(10_000)),
    }),
  )
  .map(({ text, delimiter, closed, columns, piece }) => {
    const lines = text.map(([cells, after]) => cells.join(delimiter) + after).join('');
    return {
      text: closed ? lines : lines.slice(0, -1),
      shape: { delimiter: delimiter.charCodeAt(0), columns, piece },
    };
  });

test('generated tables are read and counted as before, wherever they are cut', () => {
  fc.assert(
    fc.property(file, ({ text, shape }) => same(text, shape)),
    { numRuns: 400 },
  );
});

test('any bytes are read and counted as before', () => {
  const byte = fc.oneof(fc.constantFrom(10, 13, 34, 44, 45, 46, 48, 57, 97, 255), fc.nat(255));
  const bytes = fc.array(byte, { maxLength: 400 }).map((list) => Uint8Array.from(list));
  fc.assert(
    fc.property(bytes, fc.integer({ min: 1, max: 450 }), (some, piece) => same(some, { piece })),
    { numRuns: 400 },
  );
});

test('long fields, many columns, many records and many words are read and counted as before', () => {
  const row = (cells: number, of: (at: number) => string): string =>
    `${Array.from({ length: cells }, (_, at) => of(at)).join(',')}\n`;
  const rows = (many: number, of: (at: number) => string): string =>
    Array.from({ length: many }, (_, at) => of(at)).join('');

  same('');
  same('\n');
  same('"');
  same('a');
  same(`a,b\n${'x'.repeat(20_000)},"${'y'.repeat(20_000)}",${'1'.repeat(5000)}\n`);
  same(`a,b\n"${'never closed, '.repeat(2000)}`);
  same(
    rows(3, (at) => row(3000, (column) => `${at}${column}`)),
    { columns: 2000 },
  );
  same(rows(2000, (at) => `${at},"${at}",word${at % 7}\n`));
  // More words than are kept: all are forgotten on the way.
  same(`a,b,c\n${rows(4000, (at) => `w${at},${at},w${at % 13}\n`)}`, { piece: 20_000 });
  same(
    rows(12_000, (at) => `w${at}\r\n`),
    { piece: 65_000, columns: 3 },
  );
});

test('the columns of parts that were counted apart add up', () => {
  const of = (text: string): Counted => {
    const scanner = new Scanner<CellKind>().setUp(44, 5, CAPACITY);
    const stats = new ColumnStats(scanner, 5, 7, 5, () => undefined);
    scanner.scan(Buffer.from(`a,b\n${text}`), true, stats);
    return stats.counted();
  };
  const lines = ['1,2\n', '-5,x\n', '3.5,\n', '9\n', '12,40\n', '13,4000\n', '14,-0.25\n'];

  for (let cut = 0; cut <= lines.length; cut += 1) {
    const first = of(lines.slice(0, cut).join(''));
    absorb(first, of(lines.slice(cut).join('')));
    const whole = of(lines.join(''));
    expect({ ...first, ints: 0, doubles: 0 }).toEqual({ ...whole, ints: 0, doubles: 0 });
    for (const column of [0, 1]) expect(tallyOf(first, column)).toEqual(tallyOf(whole, column));
  }
});

test('nothing is counted of no record', () => {
  const stats = new ColumnStats(new Scanner<CellKind>(), 5, 7, 5, () => undefined);

  expect(stats.rows).toBe(0);
  expect(stats.counted()).toMatchObject({ header: [], rows: 0, ragged: 0 });
});

test('the program that is checked in is made from its source', () => {
  const root = process.cwd();
  const made = execFileSync(process.execPath, [
    path.join(root, '.tools/scan-wasm.mjs'),
    '--print',
  ]).toString();

  expect(readFileSync(path.join(root, 'src/disclosure/scan-bytes.ts'), 'utf8')).toBe(made);
});
