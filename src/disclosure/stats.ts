/**
 * What a file of any length says column by column, in constant memory: the checks that need one cell at
 * a time, for files that are too large to be held as a table. Most cells are counted in scan/count.ts.
 */
import { readCell, FLOAT, INTEGER, type CellKind } from './cells.ts';
import {
  END,
  FIELD,
  fieldText,
  MASK,
  NUMBER,
  START,
  type Batch,
  type Counter,
  type Scanner,
  type Sink,
} from './scan.ts';
import { ValueCache } from './value-cache.ts';

const BY5 = 1;
const BY6 = 2;
const MIDDLE6 = 4;
const RISING = 8;

export interface Tally {
  integers: number;
  floats: number;
  texts: number;
  missing: number;
  redacted: number;
  negative: number;
  /** Cells from 1 to the threshold, and the row of the first. */
  small: number;
  firstSmall: number;
  /** Cells that are no multiple of the base, and the row of the first. */
  offBase: number;
  firstOffBase: number;
  min: number;
  minNonZero: number;
  max: number;
  sum: number;
  by5: boolean;
  by6: boolean;
  middle6: boolean;
  /** Every integer larger than the one before: what a record number does. */
  rising: boolean;
}

// One block of counters per column, as scan/count.ts lays it out: sixteen integers, then four doubles.
const INTEGERS = 0;
const FLOATS = 1;
const TEXTS = 2;
const MISSINGS = 3;
const REDACTEDS = 4;
const NEGATIVES = 5;
const SMALL = 6;
const FIRST_SMALL = 7;
const OFF_BASE = 8;
const FIRST_OFF_BASE = 9;
const FLAGS = 10;
const LAST = 11;
const MIN = 12;
const MIN_NON_ZERO = 13;
const MAX = 14;
const FIRST = 15;
const INTS = 24;
const SUM = 8;
const WIDE_MIN = 9;
const WIDE_MAX = 10;
const WIDE_MIN_NON_ZERO = 11;
const DOUBLES = 12;
const SUMMED = [INTEGERS, FLOATS, TEXTS, MISSINGS, REDACTEDS, NEGATIVES, SMALL, OFF_BASE];
const INT_MAX = 0x7fffffff;

/** What was counted of a part of a file: plain data, so that another thread can have counted it. */
export interface Counted {
  header: string[];
  rows: number;
  ragged: number;
  firstRagged: number;
  /** The columns' counters, the same bytes read as integers and as doubles. */
  ints: Int32Array;
  doubles: Float64Array;
}

/** Told every distinct value with letters, at most once per column while the column has few of them. */
export type OnText = (text: string, column: number, row: number) => void;

export class ColumnStats implements Sink<CellKind>, Counter {
  header: string[] = [];
  columns = 0;
  private readonly scanner: Scanner<CellKind>;
  private readonly most: number;
  private readonly threshold: number;
  private readonly base: number;
  private readonly onText: OnText;
  private readonly caches: ValueCache[] = [];
  private told = new Int32Array(0);
  private bytes: Uint8Array = new Uint8Array(0);
  private ints: Int32Array = new Int32Array(0);

  constructor(scanner: Scanner<CellKind>, most: number, threshold: number, base: number, onText: OnText) {
    this.scanner = scanner;
    this.most = most;
    this.threshold = threshold;
    this.base = base;
    this.onText = onText;
  }

  get rows(): number {
    return this.columns === 0 ? 0 : this.scanner.inside.rows.value;
  }

  take(bytes: Uint8Array, batch: Batch<CellKind>): void {
    this.bytes = bytes;
    this.ints = batch.ints;
    let from = 0;
    if (this.columns === 0) {
      this.begin(batch);
      from = 1;
    }
    this.scanner.count(from, this);
  }

  counted(): Counted {
    const { header, rows, columns } = this;
    if (columns === 0)
      return {
        header,
        rows: 0,
        ragged: 0,
        firstRagged: 0,
        ints: new Int32Array(0),
        doubles: new Float64Array(0),
      };
    const { memory, counters, ragged, firstRagged } = this.scanner.inside;
    const copy = memory.buffer.slice(counters.value, counters.value + 4 * INTS * columns);
    return {
      header,
      rows,
      ragged: ragged.value,
      firstRagged: firstRagged.value,
      ints: new Int32Array(copy),
      doubles: new Float64Array(copy),
    };
  }

  private begin({ ints, counts, fields }: Batch<CellKind>): void {
    this.columns = Math.min(ints[counts]!, this.most);
    this.told = new Int32Array(this.columns);
    this.scanner.inside.beginCount(this.columns, this.threshold, this.base);
    for (let column = 0; column < this.columns; column += 1) {
      this.header.push(this.text(fields + FIELD * column, Infinity).trim());
      this.caches.push(new ValueCache());
    }
  }

  other(column: number, field: number): number {
    const { ints, bytes } = this;
    const from = ints[field + START]!;
    const to = ints[field + END]!;
    const hash = ints[field + NUMBER]!;
    const cache = this.caches[column]!;
    const known = cache.find(bytes, from, to, hash);
    if (known >= 0) return known;
    const cell = readCell(this.text(field));
    this.tell(column, field);
    if (cell.kind === INTEGER || cell.kind === FLOAT) this.scanner.inside.value.value = cell.value;
    else cache.keep(bytes, from, to, hash, cell.kind);
    return cell.kind;
  }

  tenDigits(column: number, field: number): void {
    this.tell(column, field);
  }

  /** So many different texts of a column that blocks anyway say enough. */
  private tell(column: number, field: number): void {
    if ((this.told[column]! += 1) > MOST_TOLD) return;
    this.onText(this.text(field), column, this.rows);
  }

  private text(field: number, most = LONGEST_TEXT): string {
    const { ints } = this;
    const from = ints[field + START]!;
    return fieldText(this.bytes, from, Math.min(ints[field + END]!, from + most), ints[field + MASK]!);
  }
}

const MOST_TOLD = 100_000;
const LONGEST_TEXT = 4096;

export function tallyOf({ ints, doubles }: Counted, column: number): Tally {
  const at = (field: number): number => ints[column * INTS + field]!;
  const wide = (field: number): number => doubles[column * DOUBLES + field]!;
  const flags = at(FLAGS);
  return {
    integers: at(INTEGERS),
    floats: at(FLOATS),
    texts: at(TEXTS),
    missing: at(MISSINGS),
    redacted: at(REDACTEDS),
    negative: at(NEGATIVES),
    small: at(SMALL),
    firstSmall: at(FIRST_SMALL),
    offBase: at(OFF_BASE),
    firstOffBase: at(FIRST_OFF_BASE),
    min: Math.min(at(INTEGERS) > 0 ? at(MIN) : Infinity, wide(WIDE_MIN)),
    max: Math.max(at(INTEGERS) > 0 ? at(MAX) : -Infinity, wide(WIDE_MAX)),
    minNonZero: Math.min(at(MIN_NON_ZERO) === INT_MAX ? Infinity : at(MIN_NON_ZERO), wide(WIDE_MIN_NON_ZERO)),
    sum: wide(SUM),
    by5: (flags & BY5) !== 0,
    by6: (flags & BY6) !== 0,
    middle6: (flags & MIDDLE6) !== 0,
    rising: (flags & RISING) !== 0,
  };
}

/** Adds to `counted` what was counted of the records that follow. */
export function absorb(counted: Counted, after: Counted): void {
  if (counted.firstRagged === 0 && after.firstRagged > 0)
    counted.firstRagged = counted.rows + after.firstRagged;
  counted.ragged += after.ragged;
  for (let column = 0; column < counted.header.length; column += 1) addColumn(counted, after, column);
  counted.rows += after.rows;
}

function addColumn({ rows, ints, doubles }: Counted, after: Counted, column: number): void {
  const base = column * INTS;
  const here = (field: number): number => ints[base + field]!;
  const there = (field: number): number => after.ints[base + field]!;
  const rises = here(INTEGERS) === 0 || there(INTEGERS) === 0 || there(FIRST) > here(LAST);
  ints[base + FLAGS] = here(FLAGS) & there(FLAGS) & (rises ? -1 : ~RISING);
  if (here(SMALL) === 0 && there(SMALL) > 0) ints[base + FIRST_SMALL] = rows + there(FIRST_SMALL);
  if (here(OFF_BASE) === 0 && there(OFF_BASE) > 0) ints[base + FIRST_OFF_BASE] = rows + there(FIRST_OFF_BASE);
  if (here(INTEGERS) === 0) ints[base + FIRST] = there(FIRST);
  if (there(INTEGERS) > 0) ints[base + LAST] = there(LAST);
  for (const field of SUMMED) ints[base + field] = here(field) + there(field);
  for (const field of [MIN, MIN_NON_ZERO]) ints[base + field] = Math.min(here(field), there(field));
  ints[base + MAX] = Math.max(here(MAX), there(MAX));
  const at = column * DOUBLES;
  doubles[at + SUM]! += after.doubles[at + SUM]!;
  for (const field of [WIDE_MIN, WIDE_MIN_NON_ZERO])
    doubles[at + field] = Math.min(doubles[at + field]!, after.doubles[at + field]!);
  doubles[at + WIDE_MAX] = Math.max(doubles[at + WIDE_MAX]!, after.doubles[at + WIDE_MAX]!);
}
