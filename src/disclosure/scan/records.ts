/**
 * AssemblyScript. Records from bytes: each stop ends a field, or is part of one with quotation marks around it.
 * Reading ends before a record that is not complete, unless the file ends with the piece.
 */
import {
  counts, CR, data, delimiter, ends, FIELD, fields, full, given, isLast, length, LF, most, MOST_RECORDS, QUOTE,
} from './layout';
import { readField, readQuoted, readSlowly } from './field';
import { forgetStops, last, mark, next, stopFrom, taken } from './stops';
import { forgetWords, hasRoom } from './words';

/** Bytes of the records read so far. */
export let consumed: i32 = 0;
/** What is left is the beginning of a record. */
let isOver: bool = false;

/** A piece of `size` bytes is in its place. */
export function begin(size: i32, last: bool): void {
  given(size, last);
  forgetStops();
  consumed = 0;
  isOver = false;
}

/** Reads records until there is no room for another; answers how many, 0 when the piece holds no more. */
export function read(): i32 {
  if (isOver || consumed >= length) return 0;
  if (!hasRoom(most)) forgetWords();
  // Copies of what is in use all the time: what is global is looked up each time.
  const separator = delimiter;
  const size = length;
  const columns = most;
  const room = full;
  let stop = next;
  let lastStop = last;
  let records = 0;
  let field = fields;
  let limit = field + FIELD * <usize>columns;
  let count = 0;
  let from = consumed;
  while (true) {
    let at = size;
    if (stop < lastStop) {
      at = load<i32>(stop);
      stop += 4;
      if (at < from) continue;
    } else if (mark(from)) {
      stop = next;
      lastStop = last;
      continue;
    } else if (!isLast) return over(records);
    let byte = byteAt(at);
    if (byte == QUOTE) {
      taken(stop);
      at = from < at ? broken(field, limit, from, at) : quoted(field, limit, at + 1);
      if (at < 0) return over(records);
      stop = next;
      lastStop = last;
      byte = byteAt(at);
    } else if (field < limit) readField(field, from, at);
    if (field < limit) field += FIELD;
    count += 1;
    from = at + 1;
    if (byte == separator) continue;
    if (byte == CR) {
      if (from >= size && !isLast) return over(records);
      if (from < size && load<u8>(data + from) == LF) from += 1;
    }
    store<i32>(counts + 4 * records, count);
    store<i32>(ends + 4 * records, <i32>((field - fields) / FIELD));
    records += 1;
    consumed = min(from, size);
    if (consumed == size || records == MOST_RECORDS || field >= room || !hasRoom(columns)) break;
    limit = field + FIELD * <usize>columns;
    count = 0;
  }
  taken(stop);
  return records;
}

function over(records: i32): i32 {
  isOver = true;
  return records;
}

/** A field with a quotation mark in its middle; answers the stop behind it, -1 when that may come with the next piece. */
function broken(field: usize, limit: usize, from: i32, mark: i32): i32 {
  const at = pastQuotes(mark);
  if (at >= 0 && field < limit) readSlowly(field, from, at);
  return at;
}

/** A field in quotation marks; answers the stop behind it, -1 when that may come with the next piece. */
function quoted(field: usize, limit: usize, from: i32): i32 {
  const close = closing(from);
  if (close < 0 && !isLast) return -1;
  // Anything between the closing mark and the delimiter is no part of the value.
  const at = close < 0 ? length : pastQuotes(close + 1);
  if (at >= 0 && field < limit) readQuoted(field, from, close < 0 ? length : close);
  return at;
}

/** What ends a file ends its line. */
@inline
function byteAt(at: i32): i32 {
  return at < length ? load<u8>(data + at) : LF;
}

/** The next stop that is no quotation mark; -1 when it may come with the next piece. */
function pastQuotes(from: i32): i32 {
  let at = stopFrom(from);
  while (at < length && byteAt(at) == QUOTE) at = stopFrom(at + 1);
  return at < length || isLast ? at : -1;
}

/** The closing quotation mark; -1 when the piece ends before it is certain. */
function closing(from: i32): i32 {
  let at = stopFrom(from);
  while (at < length) {
    if (byteAt(at) != QUOTE) at = stopFrom(at + 1);
    else if (at + 1 >= length || byteAt(at + 1) != QUOTE) return at;
    else at = stopFrom(at + 2);
  }
  return -1;
}
