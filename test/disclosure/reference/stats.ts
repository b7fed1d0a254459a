/**
 * What a file of any length says column by column, in constant memory: the checks that need one cell at
 * a time, for files that are too large to be held as a table.
 */
import {
  readCell,
  FLOAT,
  INTEGER,
  MISSING,
  REDACTED,
  TEXT,
  type CellKind,
} from '../../../src/disclosure/cells.ts';
import type { Lexicon } from './lexicon.ts';
import { BEHIND, CLASSES, DIGIT, fieldText, POINT, SIGN, type Fields, type RecordSink } from './scan.ts';
import { decimal, plainNumber } from '../../../src/disclosure/number.ts';
import { ValueCache } from '../../../src/disclosure/value-cache.ts';

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

// One block of counters per column: a cell touches one cache line, not ten arrays.
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
const FIRST = 15;
const MIN = 12;
const MIN_NON_ZERO = 13;
const MAX = 14;
const STRIDE = 16;
const SUMMED = [INTEGERS, FLOATS, TEXTS, MISSINGS, REDACTEDS, NEGATIVES, SMALL, OFF_BASE];
const INT_MAX = 0x7fffffff;

/** What was counted of a part of a file: plain data, so that another thread can have counted it. */
export interface Counted {
  header: string[];
  rows: number;
  ragged: number;
  firstRagged: number;
  ints: Int32Array;
  sums: Float64Array;
  wide: Float64Array;
}

/** Told every distinct value with letters, at most once per column while the column has few of them. */
export type OnText = (text: string, column: number, row: number) => void;

export class ColumnStats implements RecordSink<CellKind> {
  header: string[] = [];
  rows = 0;
  columns = 0;
  ragged = 0;
  firstRagged = 0;
  private readonly most: number;
  private readonly threshold: number;
  private readonly base: number;
  private readonly onText: OnText;
  private ints = new Int32Array(0);
  private sums = new Float64Array(0);
  /** Extremes of what is no small integer. */
  private wide = new Float64Array(0);
  private caches: ValueCache[] = [];
  private told = new Int32Array(0);

  constructor(most: number, threshold: number, base: number, onText: OnText) {
    this.most = most;
    this.threshold = threshold;
    this.base = base;
    this.onText = onText;
  }

  record(bytes: Uint8Array, fields: Fields, { known }: Lexicon<CellKind>): void {
    if (this.columns === 0) {
      this.begin(bytes, fields);
      return;
    }
    const { count, start, end, mask, integer, word } = fields;
    if (count !== this.columns) {
      // A blank line is no record.
      if (count === 1 && start[0] === end[0]) return;
      this.ragged += 1;
      if (this.firstRagged === 0) this.firstRagged = this.rows + 1;
    }
    this.rows += 1;
    const most = fields.kept < this.columns ? fields.kept : this.columns;
    const { ints } = this;
    for (let column = 0; column < most; column += 1) {
      const number = word[column]!;
      if (number >= 0 && known[number] === TEXT) {
        ints[column * STRIDE + TEXTS]! += 1;
        continue;
      }
      const from = start[column]!;
      const to = end[column]!;
      const classes = mask[column]!;
      if (classes === DIGIT && to - from < 10) this.integer(column, integer[column]!);
      else if ((classes & CLASSES) === (DIGIT | POINT) && classes >>> BEHIND !== 0 && to - from <= 10) {
        const value = decimal(integer[column]!, classes >>> BEHIND);
        if (value === Math.trunc(value)) this.number(column, value, INTEGER);
        else this.float(column, value);
      } else if (to === from) ints[column * STRIDE + MISSINGS]! += 1;
      else {
        const kind = this.other(bytes, column, from, to, classes, integer[column]!);
        if (number >= 0) known[number] = kind;
      }
    }
  }

  tally(column: number): Tally {
    const at = (field: number): number => this.ints[column * STRIDE + field]!;
    const flags = at(FLAGS);
    const least = Math.min(at(INTEGERS) > 0 ? at(MIN) : Infinity, this.wide[column * 3]!);
    const most = Math.max(at(INTEGERS) > 0 ? at(MAX) : -Infinity, this.wide[column * 3 + 1]!);
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
      min: least,
      max: most,
      minNonZero: Math.min(
        at(MIN_NON_ZERO) === INT_MAX ? Infinity : at(MIN_NON_ZERO),
        this.wide[column * 3 + 2]!,
      ),
      sum: this.sums[column]!,
      by5: (flags & BY5) !== 0,
      by6: (flags & BY6) !== 0,
      middle6: (flags & MIDDLE6) !== 0,
      rising: (flags & RISING) !== 0,
    };
  }

  counted(): Counted {
    const { header, rows, ragged, firstRagged, ints, sums, wide } = this;
    return { header, rows, ragged, firstRagged, ints, sums, wide };
  }

  /** Adds what was counted of the records that follow these. */
  absorb(after: Counted): void {
    if (this.firstRagged === 0 && after.firstRagged > 0) this.firstRagged = this.rows + after.firstRagged;
    this.ragged += after.ragged;
    for (let column = 0; column < this.columns; column += 1) this.add(column, after);
    this.rows += after.rows;
  }

  private add(column: number, after: Counted): void {
    const { ints, wide } = this;
    const base = column * STRIDE;
    const here = (field: number): number => ints[base + field]!;
    const there = (field: number): number => after.ints[base + field]!;
    const rises = here(INTEGERS) === 0 || there(INTEGERS) === 0 || there(FIRST) > here(LAST);
    ints[base + FLAGS] = here(FLAGS) & there(FLAGS) & (rises ? -1 : ~RISING);
    if (here(SMALL) === 0 && there(SMALL) > 0) ints[base + FIRST_SMALL] = this.rows + there(FIRST_SMALL);
    if (here(OFF_BASE) === 0 && there(OFF_BASE) > 0)
      ints[base + FIRST_OFF_BASE] = this.rows + there(FIRST_OFF_BASE);
    if (here(INTEGERS) === 0) ints[base + FIRST] = there(FIRST);
    if (there(INTEGERS) > 0) ints[base + LAST] = there(LAST);
    for (const field of SUMMED) ints[base + field] = here(field) + there(field);
    for (const field of [MIN, MIN_NON_ZERO]) ints[base + field] = Math.min(here(field), there(field));
    ints[base + MAX] = Math.max(here(MAX), there(MAX));
    this.sums[column]! += after.sums[column]!;
    const at = column * 3;
    wide[at] = Math.min(wide[at]!, after.wide[at]!);
    wide[at + 1] = Math.max(wide[at + 1]!, after.wide[at + 1]!);
    wide[at + 2] = Math.min(wide[at + 2]!, after.wide[at + 2]!);
  }

  private begin(bytes: Uint8Array, fields: Fields): void {
    const { start, end, mask } = fields;
    this.columns = Math.min(fields.count, this.most);
    this.ints = new Int32Array(this.columns * STRIDE);
    this.sums = new Float64Array(this.columns);
    this.told = new Int32Array(this.columns);
    this.wide = new Float64Array(this.columns * 3);
    for (let column = 0; column < this.columns; column += 1) {
      this.header.push(fieldText(bytes, start[column]!, end[column]!, mask[column]!).trim());
      this.caches.push(new ValueCache());
      this.ints[column * STRIDE + FLAGS] = BY5 | BY6 | MIDDLE6 | RISING;
      this.ints[column * STRIDE + MIN] = INT_MAX;
      this.ints[column * STRIDE + MIN_NON_ZERO] = INT_MAX;
      this.ints[column * STRIDE + MAX] = -INT_MAX;
      this.ints[column * STRIDE + LAST] = -INT_MAX;
      this.ints[column * STRIDE + FIRST] = -INT_MAX;
      this.wide.set([Infinity, -Infinity, Infinity], column * 3);
    }
  }

  private integer(column: number, value: number): void {
    const { ints } = this;
    const at = column * STRIDE;
    this.sums[column]! += value;
    if ((ints[at + INTEGERS]! += 1) === 1) ints[at + FIRST] = value;
    if (value < ints[at + MIN]!) ints[at + MIN] = value;
    if (value > ints[at + MAX]!) ints[at + MAX] = value;
    let flags = ints[at + FLAGS]!;
    if ((flags & RISING) !== 0) {
      if (value <= ints[at + LAST]!) flags &= ~RISING;
      ints[at + LAST] = value;
    }
    if (value > 0) {
      if (value < ints[at + MIN_NON_ZERO]!) ints[at + MIN_NON_ZERO] = value;
      if (value <= this.threshold) {
        if (ints[at + SMALL] === 0) ints[at + FIRST_SMALL] = this.rows;
        ints[at + SMALL]! += 1;
      }
      if ((value % this.base | 0) !== 0) {
        if (ints[at + OFF_BASE] === 0) ints[at + FIRST_OFF_BASE] = this.rows;
        ints[at + OFF_BASE]! += 1;
      }
      if ((flags & BY5) !== 0 && (value % 5 | 0) !== 0) flags &= ~BY5;
      if ((flags & BY6) !== 0 && (value % 6 | 0) !== 0) flags &= ~BY6;
      if ((flags & MIDDLE6) !== 0 && (value % 6 | 0) !== 3) flags &= ~MIDDLE6;
    } else if (value < 0) ints[at + NEGATIVES]! += 1;
    ints[at + FLAGS] = flags;
  }

  private number(column: number, value: number, kind: typeof INTEGER | typeof FLOAT): void {
    if (kind === INTEGER && value > -INT_MAX && value < INT_MAX) {
      this.integer(column, value | 0);
      return;
    }
    if (kind === FLOAT) {
      this.float(column, value);
      return;
    }
    this.ints[column * STRIDE + INTEGERS]! += 1;
    this.extend(column, value);
  }

  private float(column: number, value: number): void {
    this.ints[column * STRIDE + FLOATS]! += 1;
    this.extend(column, value);
  }

  /** Sum and extremes of what is no small integer. */
  private extend(column: number, value: number): void {
    const { wide } = this;
    if (value < 0) this.ints[column * STRIDE + NEGATIVES]! += 1;
    this.sums[column]! += value;
    const at = column * 3;
    if (value < wide[at]!) wide[at] = value;
    if (value > wide[at + 1]!) wide[at + 1] = value;
    if (value > 0 && value < wide[at + 2]!) wide[at + 2] = value;
  }

  private other(
    bytes: Uint8Array,
    column: number,
    from: number,
    to: number,
    mask: number,
    hash: number,
  ): CellKind {
    if ((mask & CLASSES & ~(DIGIT | POINT | SIGN)) === 0 && to - from < 16 && isSigned(bytes, from, mask)) {
      // Ten digits may be a person's number.
      if (mask === DIGIT && to - from === 10) this.tell(bytes, column, from, to, mask);
      const value = plainNumber(bytes, from, to);
      if (value === value) {
        const kind = value === Math.trunc(value) ? INTEGER : FLOAT;
        this.number(column, value, kind);
        return kind;
      }
    }
    const cache = this.caches[column]!;
    let kind = cache.find(bytes, from, to, hash) as CellKind | -1;
    if (kind < 0) {
      const cell = readCell(fieldText(bytes, from, Math.min(to, from + 4096), mask));
      this.tell(bytes, column, from, to, mask);
      kind = cell.kind;
      if (kind === INTEGER || kind === FLOAT) {
        this.number(column, cell.value, kind);
        return kind;
      }
      cache.keep(bytes, from, to, hash, kind);
    }
    this.ints[column * STRIDE + COUNTERS[kind as keyof typeof COUNTERS]]! += 1;
    return kind as CellKind;
  }

  /** So many different texts of a column that blocks anyway say enough. */
  private tell(bytes: Uint8Array, column: number, from: number, to: number, mask: number): void {
    if ((this.told[column]! += 1) > MOST_TOLD) return;
    this.onText(fieldText(bytes, from, Math.min(to, from + 4096), mask), column, this.rows);
  }
}

/** A sign stands in front or nowhere: "18-39" is a word. */
function isSigned(bytes: Uint8Array, from: number, mask: number): boolean {
  return (mask & SIGN) === 0 || bytes[from] === MINUS;
}

const MINUS = 45;
const MOST_TOLD = 100_000;

const COUNTERS = { [MISSING]: MISSINGS, [REDACTED]: REDACTEDS, [TEXT]: TEXTS } as const;
