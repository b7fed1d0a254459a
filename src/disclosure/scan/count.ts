/**
 * AssemblyScript. Counts the records just read, column by column: what ../stats.ts tells of a table of any length.
 * Digits, digits with a point, plain numbers with a sign, empty cells and words seen before are counted here; of
 * any other cell ../stats.ts is asked what it is.
 */
import {
  BEHIND, CLASSES, counters, COUNTERS, counts, DIGIT, END, ends, FIELD, fields, MASK, NUMBER, POINT, SIGN, START,
  WORD, data, DOT, MINUS, ZERO,
} from './layout';
import { kindOf, setKind } from './words';

/** What the cell of a column is (one of the kinds below), by its field's place; a number's value is left in `value`. */
declare function other(column: i32, field: usize): i32;
/** Ten digits may be a person's number. */
declare function tenDigits(column: i32, field: usize): void;

/** Kinds of cells.ts. */
const REDACTED = 1;
const INTEGER = 2;
const FLOAT = 3;
const TEXT = 4;

/** Where each counter of a column lies; ../stats.ts reads the same places. */
const INTEGERS: usize = 0;
const FLOATS: usize = 4;
const TEXTS: usize = 8;
const MISSINGS: usize = 12;
const REDACTEDS: usize = 16;
const NEGATIVES: usize = 20;
const SMALL: usize = 24;
const FIRST_SMALL: usize = 28;
const OFF_BASE: usize = 32;
const FIRST_OFF_BASE: usize = 36;
const FLAGS: usize = 40;
const LAST: usize = 44;
const MIN: usize = 48;
const MIN_NON_ZERO: usize = 52;
const MAX: usize = 56;
const FIRST: usize = 60;
const SUM: usize = 64;
/** Extremes of what is no small integer. */
const WIDE_MIN: usize = 72;
const WIDE_MAX: usize = 80;
const WIDE_MIN_NON_ZERO: usize = 88;

const BY5 = 1;
const BY6 = 2;
const MIDDLE6 = 4;
const RISING = 8;
const INT_MAX = 0x7fffffff;

const tens = memory.data<f64>([1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]);

let columns: i32 = 0;
let threshold: i32 = 0;
let base: i32 = 0;

export let rows: i32 = 0;
export let ragged: i32 = 0;
export let firstRagged: i32 = 0;
export let value: f64 = 0;

/** Counters for `width` columns, all at nothing. */
export function beginCount(width: i32, small: i32, rounded: i32): void {
  columns = width;
  threshold = small;
  base = rounded;
  rows = ragged = firstRagged = 0;
  memory.fill(counters, 0, COUNTERS * <usize>width);
  for (let column = 0; column < width; column += 1) {
    const at = counters + COUNTERS * <usize>column;
    store<i32>(at, BY5 | BY6 | MIDDLE6 | RISING, FLAGS);
    store<i32>(at, INT_MAX, MIN);
    store<i32>(at, INT_MAX, MIN_NON_ZERO);
    store<i32>(at, -INT_MAX, MAX);
    store<i32>(at, -INT_MAX, LAST);
    store<i32>(at, -INT_MAX, FIRST);
    store<f64>(at, Infinity, WIDE_MIN);
    store<f64>(at, -Infinity, WIDE_MAX);
    store<f64>(at, Infinity, WIDE_MIN_NON_ZERO);
  }
}

/** Counts the records [from, to) of those just read. */
export function count(from: i32, to: i32): void {
  let field = fields;
  if (from > 0) field += FIELD * <usize>load<i32>(ends + 4 * (from - 1));
  for (let record = from; record < to; record += 1) {
    const end = fields + FIELD * <usize>load<i32>(ends + 4 * record);
    const found = load<i32>(counts + 4 * record);
    // A blank line is no record.
    const isBlank = found == 1 && columns != 1 && load<i32>(field, START) == load<i32>(field, END);
    if (!isBlank) {
      if (found != columns) {
        ragged += 1;
        if (firstRagged == 0) firstRagged = rows + 1;
      }
      rows += 1;
      let at = counters;
      const limit = counters + COUNTERS * <usize>columns;
      for (; field < end && at < limit; field += FIELD) {
        cell(at, field);
        at += COUNTERS;
      }
    }
    field = end;
  }
}

@inline
function cell(at: usize, field: usize): void {
  const word = load<i32>(field, WORD);
  if (word >= 0 && kindOf(word) == TEXT) {
    add(at, TEXTS);
    return;
  }
  const mask = load<i32>(field, MASK);
  const size = load<i32>(field, END) - load<i32>(field, START);
  if (mask == DIGIT && size < 10) integer(at, load<i32>(field, NUMBER));
  else if ((mask & CLASSES) == (DIGIT | POINT) && mask >>> BEHIND != 0 && size <= 10)
    plain(at, <f64>load<i32>(field, NUMBER) / load<f64>(tens + 8 * (mask >>> BEHIND)));
  else if (size == 0) add(at, MISSINGS);
  else {
    const kind = strange(at, field, mask, size);
    if (word >= 0) setKind(word, kind);
  }
}

@inline
function add(at: usize, counter: usize): void {
  store<i32>(at + counter, load<i32>(at + counter) + 1);
}

/** Counts a cell that is not one of the common ones, and answers its kind. */
function strange(at: usize, field: usize, mask: i32, size: i32): i32 {
  const column = <i32>((at - counters) / COUNTERS);
  // A sign stands in front or nowhere: "18-39" is a word.
  const isSigned = (mask & SIGN) == 0 || load<u8>(data + load<i32>(field, START)) == MINUS;
  if ((mask & CLASSES & ~(DIGIT | POINT | SIGN)) == 0 && size < 16 && isSigned) {
    if (mask == DIGIT && size == 10) tenDigits(column, field);
    const read = plainNumber(load<i32>(field, START), load<i32>(field, END));
    if (read == read) return plain(at, read);
  }
  const kind = other(column, field);
  if (kind == INTEGER || kind == FLOAT) return number(at, value, kind);
  add(at, kind == TEXT ? TEXTS : kind == REDACTED ? REDACTEDS : MISSINGS);
  return kind;
}

/** Counts a number written without anything beside it, and answers its kind. */
function plain(at: usize, value: f64): i32 {
  return number(at, value, value == trunc(value) ? INTEGER : FLOAT);
}

function number(at: usize, value: f64, kind: i32): i32 {
  if (kind == INTEGER && value > -INT_MAX && value < INT_MAX) {
    integer(at, <i32>value);
    return kind;
  }
  add(at, kind == INTEGER ? INTEGERS : FLOATS);
  if (value < 0) add(at, NEGATIVES);
  store<f64>(at, load<f64>(at, SUM) + value, SUM);
  if (value < load<f64>(at, WIDE_MIN)) store<f64>(at, value, WIDE_MIN);
  if (value > load<f64>(at, WIDE_MAX)) store<f64>(at, value, WIDE_MAX);
  if (value > 0 && value < load<f64>(at, WIDE_MIN_NON_ZERO)) store<f64>(at, value, WIDE_MIN_NON_ZERO);
  return kind;
}

function integer(at: usize, value: i32): void {
  store<f64>(at, load<f64>(at, SUM) + <f64>value, SUM);
  const before = load<i32>(at, INTEGERS);
  store<i32>(at, before + 1, INTEGERS);
  if (before == 0) store<i32>(at, value, FIRST);
  if (value < load<i32>(at, MIN)) store<i32>(at, value, MIN);
  if (value > load<i32>(at, MAX)) store<i32>(at, value, MAX);
  let flags = load<i32>(at, FLAGS);
  if ((flags & RISING) != 0) {
    if (value <= load<i32>(at, LAST)) flags &= ~RISING;
    store<i32>(at, value, LAST);
  }
  if (value < 0) add(at, NEGATIVES);
  if (value > 0) {
    if (value < load<i32>(at, MIN_NON_ZERO)) store<i32>(at, value, MIN_NON_ZERO);
    if (value <= threshold) first(at, SMALL, FIRST_SMALL);
    if (base > 0 && value % base != 0) first(at, OFF_BASE, FIRST_OFF_BASE);
    if ((flags & BY5) != 0 && value % 5 != 0) flags &= ~BY5;
    if ((flags & BY6) != 0 && value % 6 != 0) flags &= ~BY6;
    if ((flags & MIDDLE6) != 0 && value % 6 != 3) flags &= ~MIDDLE6;
  }
  store<i32>(at, flags, FLAGS);
}

/** One more of a kind whose first row is told. */
@inline
function first(at: usize, counter: usize, row: usize): void {
  if (load<i32>(at + counter) == 0) store<i32>(at + row, rows);
  add(at, counter);
}

/** `-12.50` and the like; NaN for anything stranger. The same as in ../number.ts. */
function plainNumber(from: i32, to: i32): f64 {
  let at = data + from;
  const end = data + to;
  const isNegative = load<u8>(at) == MINUS;
  if (isNegative) at += 1;
  let whole: f64 = 0;
  let scale: f64 = 1;
  let digits = 0;
  let hasPoint = false;
  for (; at < end; at += 1) {
    const byte = <i32>load<u8>(at);
    if (byte >= ZERO && byte < ZERO + 10) {
      whole = whole * 10 + <f64>(byte - ZERO);
      digits += 1;
      if (hasPoint) scale *= 10;
    } else if (byte == DOT && !hasPoint) hasPoint = true;
    else return NaN;
  }
  if (digits == 0) return NaN;
  return (isNegative ? -whole : whole) / scale;
}
