/**
 * CSV and TSV, from bytes in hand or from a stream. What fits the limits becomes a table and meets every
 * check; of anything longer the beginning becomes a table, and the whole passes by column by column.
 */
import { isUtf8 } from 'node:buffer';
import type { CellKind } from './cells.ts';
import { guarded, type Found } from './found.ts';
import { headingOf } from './headings.ts';
import { typeOf } from './marks.ts';
import { identifierLike, judge } from './people.ts';
import type { Compiled, Limits } from './policy.ts';
import { Scanner } from './scan.ts';
import { checkShape } from './shape.ts';
import { absorb, ColumnStats, tallyOf, type Counted, type Tally } from './stats.ts';
import { checkTable, type Checked } from './table-checks.ts';
import { TableSink, type Table } from './table.ts';
import type { ColumnSummary, FileFacts } from './types.ts';
import { Word } from './word.ts';
import * as words from './words.ts';

/** Cells held at once: twenty bytes each. */
const MOST_CELLS = 2_000_000;

export interface Delimited extends Checked {
  table: Table;
}

/** The delimiter that cuts the first lines into the same number of fields, more than one if any does. */
export function delimiterOf(bytes: Uint8Array, isTsv: boolean): number {
  if (isTsv) return 9;
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096)).toString('latin1');
  const lines = head
    .split(/\r\n|\n|\r/, 12)
    .filter((line) => line !== '')
    .map((line) => (line.includes('"') ? line.replace(/"[^"]*"/g, '') : line));
  let best = { code: 44, score: 0 };
  for (const delimiter of [',', ';', '\t', '|']) {
    if (!lines[0]?.includes(delimiter)) continue;
    const counts = lines.map((line) => line.split(delimiter).length - 1);
    const first = counts[0]!;
    const score = counts.filter((count) => count === first).length * (first + 1);
    if (score > best.score) best = { code: delimiter.charCodeAt(0), score };
  }
  return best.code;
}

export interface HowRead {
  /** Evidence from beside the data speaks about dominance. */
  dominanceKnown?: boolean;
  /** The bytes are the beginning of a longer file, which is streamed afterwards. */
  isHead?: boolean;
}

/** A file in hand, within the limit of bytes. */
export function checkDelimited(
  found: Found,
  bytes: Uint8Array,
  isTsv: boolean,
  facts: FileFacts,
  rules: Compiled,
  how: HowRead,
): Delimited {
  const { limits } = rules.policy;
  const body = how.isHead ? wholeLines(withoutMark(bytes)) : withoutMark(bytes);
  if (!how.isHead) checkBytes(found, body);
  const { sink, whole } = read(body, isTsv, rules);
  const table = sink.table();
  guarded(found, 'shape', () => checkShape(found, table, sink, rules));
  if (!whole) found.add('C1', {}, words.longRecord(limits.recordBytes));
  const checked = checkTable(found, table, facts, rules, how.dominanceKnown);
  if (!sink.cut || how.isHead) return { ...checked, table };
  const stats = new Streamed(found, isTsv, rules);
  stats.push(body, true);
  return { ...checked, columns: stats.finish(table.rows), table };
}

/** Buffers look for a byte many times as fast as other arrays do. */
function hasZero(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(0);
}

/** Up to the last line end; the whole when there is none. */
function wholeLines(bytes: Uint8Array): Uint8Array {
  const end = bytes.lastIndexOf(10);
  return end < 0 ? bytes : bytes.subarray(0, end + 1);
}

function checkBytes(found: Found, bytes: Uint8Array): void {
  if (!isUtf8(bytes)) found.add('C1', {}, words.notUtf8());
  if (hasZero(bytes)) found.add('C1', {}, words.hasNul());
}

export function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function read(bytes: Uint8Array, isTsv: boolean, rules: Compiled): { sink: TableSink; whole: boolean } {
  const { limits } = rules.policy;
  const delimiter = delimiterOf(bytes, isTsv);
  const sink = new TableSink(limits.rows, MOST_CELLS, delimiter === 59);
  const scanner = scannerFor(delimiter, limits);
  let at = 0;
  // In slices, so that a quotation mark that is never closed costs one slice and not the file.
  while (at < bytes.length && !sink.cut) {
    const end = Math.min(bytes.length, at + limits.recordBytes);
    const used = scanner.scan(bytes.subarray(at, end), end === bytes.length, sink);
    if (used === 0) return { sink, whole: false };
    at += used;
  }
  return { sink, whole: true };
}

const scanners = new Map<string, Scanner<Word>>();

/** A scanner keeps the words it has seen: the next table has most of them, too. */
function scannerFor(delimiter: number, { columns, recordBytes }: Limits): Scanner<Word> {
  const name = `${delimiter} ${columns} ${recordBytes}`;
  let scanner = scanners.get(name);
  if (!scanner) scanners.set(name, (scanner = new Scanner<Word>().setUp(delimiter, columns, recordBytes)));
  return scanner;
}

/** Of streams that are over: a long file is read in many parts, each of which needs one. */
const idle: Scanner<CellKind>[] = [];

type Where = Map<string, { column: number; row: number }>;

/** What was seen of a part of a long file; plain data, so that another thread can have read it. */
export interface ScannedPart {
  counted: Counted;
  utf8: boolean;
  nul: boolean;
  values: Where;
  areas: Where;
  /** Row, in this part, of a record that is longer than any may be. */
  longRecord: number | null;
}

/** Most records end within so many bytes. */
const SEAM = 4096;

/** A file that is too long to be held: fed in pieces, at most one record is kept. */
export class Streamed {
  private readonly found: Found;
  private readonly isTsv: boolean;
  private readonly rules: Compiled;
  private readonly scanner = idle.pop() ?? new Scanner<CellKind>();
  private readonly stats: ColumnStats;
  private begun = false;
  private sum: Counted | undefined;
  private rest: Uint8Array = new Uint8Array(0);
  private tail: Uint8Array = new Uint8Array(0);
  private utf8 = true;
  private nul = false;
  private stopped = false;
  private longRecord: number | null = null;
  private readonly values: Where = new Map();
  private readonly areas: Where = new Map();

  /** `head`: the file's beginning, by which the delimiter is told when the first piece is another. */
  constructor(found: Found, isTsv: boolean, rules: Compiled, head?: Uint8Array) {
    this.found = found;
    this.isTsv = isTsv;
    this.rules = rules;
    const { threshold, base, limits } = rules.policy;
    this.stats = new ColumnStats(this.scanner, limits.columns, threshold, base, (text, column, row) =>
      this.word(text, column, row),
    );
    if (head) this.begin(head);
  }

  private begin(head: Uint8Array): void {
    const { columns, recordBytes } = this.rules.policy.limits;
    this.scanner.setUp(delimiterOf(head, this.isTsv), columns, recordBytes);
    this.begun = true;
  }

  /** Answers false when nothing more needs to come. */
  push(chunk: Uint8Array, final: boolean): boolean {
    if (this.stopped) return false;
    this.checkBytes(chunk, final);
    const { recordBytes } = this.rules.policy.limits;
    if (!this.begun) this.begin(chunk);
    let buffer = chunk;
    let at = 0;
    if (this.rest.length > 0) {
      at = this.seam(chunk);
      if (at < 0) {
        buffer = Buffer.concat([this.rest, chunk]);
        at = 0;
      }
    }
    while (at < buffer.length) {
      const end = Math.min(buffer.length, at + recordBytes);
      const last = final && end === buffer.length;
      const used = this.scanner.scan(buffer.subarray(at, end), last, this.stats);
      at += used;
      if (used === 0 && end - at >= recordBytes) {
        this.longRecord = this.stats.rows + 1;
        this.stopped = true;
        return false;
      }
      if (used === 0) break;
    }
    this.rest = new Uint8Array(buffer.subarray(at));
    return true;
  }

  /**
   * The record that began in the piece before, read to its end without copying the whole piece behind it: answers
   * how much of the piece it took, or -1 when its end is not that near.
   */
  private seam(chunk: Uint8Array): number {
    const { rest } = this;
    const most = Math.min(SEAM, this.rules.policy.limits.recordBytes - rest.length);
    const joined = Buffer.concat([rest, chunk.subarray(0, most)]);
    const used = this.scanner.scan(joined, false, this.stats);
    if (used >= rest.length) return used - rest.length;
    this.rest = rest.subarray(used);
    return -1;
  }

  /** The bytes so far end where a record ends: what follows can have been read apart. */
  get atRecordEnd(): boolean {
    return this.rest.length === 0;
  }

  scanned(): ScannedPart {
    const { counted, utf8, nul, values, areas, longRecord } = this;
    return { counted, utf8, nul, values, areas, longRecord };
  }

  /** What was counted; from then on nothing is pushed but the end. */
  private get counted(): Counted {
    if (!this.sum) {
      this.sum = this.stats.counted();
      idle.push(this.scanner);
    }
    return this.sum;
  }

  /** Adds what was seen of the bytes that follow; false when they were not read under the same heading. */
  absorb(part: ScannedPart): boolean {
    const { counted } = this;
    const before = counted.rows;
    if (part.counted.header.join('\n') !== counted.header.join('\n')) return false;
    if (this.stopped) return true;
    absorb(counted, part.counted);
    this.utf8 &&= part.utf8;
    this.nul ||= part.nul;
    for (const [mine, theirs] of [
      [this.values, part.values],
      [this.areas, part.areas],
    ] as const) {
      for (const [name, { column, row }] of theirs)
        if (!mine.has(name)) mine.set(name, { column, row: before + row });
    }
    if (part.longRecord !== null) {
      this.longRecord = before + part.longRecord;
      this.stopped = true;
    }
    return true;
  }

  /** Reports what the columns hold; `held` rows were already looked at as a table. */
  finish(held: number): ColumnSummary[] {
    const { found, counted, rules } = this;
    const { limits } = rules.policy;
    if (this.longRecord !== null)
      found.add('C1', { row: this.longRecord }, words.longRecord(limits.recordBytes));
    if (!this.utf8) found.add('C1', {}, words.notUtf8());
    if (this.nul) found.add('C1', {}, words.hasNul());
    if (counted.rows > limits.rows) found.add('C1', {}, words.tooManyRows(counted.rows, limits.rows));
    if (counted.ragged > 0 && counted.firstRagged > held)
      found.add('C1', { row: counted.firstRagged }, words.ragged(0, counted.header.length, counted.ragged));
    for (const [name, { column, row }] of this.values) {
      if (row > held) found.add('C3', { row, column: counted.header[column] }, words.identifyingValue(name));
    }
    for (const [name, { column, row }] of this.areas) {
      if (row > held) found.add('C4', { row, column: counted.header[column] }, words.areaValue(name));
    }
    return counted.header.map((name, index) => this.column(name, index, held));
  }

  private column(name: string, index: number, held: number): ColumnSummary {
    const { found, counted, rules } = this;
    const tally = tallyOf(counted, index);
    const { threshold, base } = rules.policy;
    const heading = headingOf(name);
    const column = name === '' ? `column ${index + 1}` : name;
    const numeric = tally.integers + tally.floats;
    const counts = heading.count && numeric > 0 && tally.integers - tally.negative >= 0.9 * numeric;
    if (counts && !heading.middle6 && !heading.derived6) {
      if (tally.small > 0 && tally.firstSmall > held)
        found.add(
          'C5',
          { row: tally.firstSmall, column },
          words.smallCounts(tally.small, threshold, tally.firstSmall),
        );
      if (tally.offBase > 0 && tally.firstOffBase > held)
        found.add(
          'C6',
          { row: tally.firstOffBase, column },
          words.unroundedCounts(tally.offBase, base, tally.firstOffBase),
        );
    }
    const rising = tally.rising && tally.integers >= 0.95 * counted.rows && tally.max >= 1000;
    if (rising && !counts && identifierLike(name, rules) === undefined)
      found.add('C2', { column }, words.distinctValues(column, counted.rows));
    return summaryOf(column, tally, counted.rows);
  }

  private word(text: string, column: number, row: number): void {
    const { value, area } = judge(new Word(text, false), this.rules);
    if (value !== undefined && !this.values.has(value)) this.values.set(value, { column, row });
    if (area !== undefined && !this.areas.has(area)) this.areas.set(area, { column, row });
  }

  private checkBytes(chunk: Uint8Array, final: boolean): void {
    if (!this.nul && hasZero(chunk)) this.nul = true;
    if (!this.utf8) return;
    const joined = this.tail.length > 0 ? Buffer.concat([this.tail, chunk]) : chunk;
    const cut = final ? joined.length : completeUtf8(joined);
    if (!isUtf8(joined.subarray(0, cut))) this.utf8 = false;
    this.tail = new Uint8Array(joined.subarray(cut));
  }
}

/** Length without the beginning of a letter that the next piece ends. */
function completeUtf8(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back]!;
    if (byte >= 0xc0) {
      const wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return back < wanted ? bytes.length - back : bytes.length;
    }
    if (byte < 0x80) return bytes.length;
  }
  return bytes.length;
}

function summaryOf(column: string, tally: Tally, rows: number): ColumnSummary {
  const numeric = tally.integers + tally.floats;
  return {
    column,
    type: typeOf(tally.integers, tally.floats, tally.texts),
    rows,
    numeric,
    missing: tally.missing,
    redacted: tally.redacted,
    ...(numeric > 0 && { min: tally.min, max: tally.max, sum: tally.sum }),
    ...(tally.minNonZero !== Infinity && { minNonZero: tally.minNonZero }),
    allBy5: numeric > 0 && tally.floats === 0 && tally.by5,
    allBy6: numeric > 0 && tally.floats === 0 && tally.by6,
    allMidpoint6: numeric > 0 && tally.floats === 0 && tally.middle6,
  };
}
