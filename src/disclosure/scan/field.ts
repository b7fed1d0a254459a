/**
 * AssemblyScript. What one field without quotation marks around it is: which classes of bytes it has, and the
 * number its bytes make as if all were digits (of words this is a hash). The first point behind digits is no part
 * of that number.
 *
 * Most fields have at most sixteen bytes and are digits, digits with a point, or a word seen before: these are read
 * at once, from the sixteen bytes that end with them. All others are read byte by byte.
 */
import {
  BEHIND, classes, data, DIGIT, DOT, END, ESCAPED, LETTER, AT, length, MASK, MINUS, NUMBER, OTHER, POINT,
  QUOTE, QUOTED, SIGN, SPACE, START, STOP, WORD, ZERO,
} from './layout';
import { find, keep, LONGEST, maskOfWord } from './words';

/** A field with any of these is a word, unless it is a number with a sign in front. */
const WORDY = LETTER | SIGN | SPACE | AT | OTHER;

/** Sixteen times 0, then sixteen times 255: read at n, it keeps the last n of sixteen bytes. */
const tails = memory.data(32, 16);
/** The number that n zeros, as they are written, would make. */
const zeros = memory.data(4 * 17, 16);

export function prepareFields(): void {
  memory.fill(tails + 16, 255, 16);
  let number = 0;
  for (let size = 0; size <= 16; size += 1) {
    store<i32>(zeros + 4 * size, number);
    number = number * 10 + ZERO;
  }
}

/** The number of sixteen bytes, the first mattering most. */
@inline
function numberOf(bytes: v128): i32 {
  const tens = i16x8(10, 1, 10, 1, 10, 1, 10, 1);
  const pairs = i16x8.narrow_i32x4_s(
    i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(bytes), tens),
    i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(bytes), tens),
  );
  const fours = i32x4.dot_i16x8_s(pairs, i16x8(100, 1, 100, 1, 100, 1, 100, 1));
  return (
    (i32x4.extract_lane(fours, 0) * 10000 + i32x4.extract_lane(fours, 1)) * 100000000 +
    (i32x4.extract_lane(fours, 2) * 10000 + i32x4.extract_lane(fours, 3))
  );
}

/** Reads the field of bytes [from, to), which has no quotation mark in it. */
@inline
export function readField(field: usize, from: i32, to: i32): void {
  const size = to - from;
  if (size > LONGEST) {
    readSlowly(field, from, to);
    return;
  }
  const end = data + to - 16;
  const bytes = v128.and(v128.load(end), v128.load(tails + size));
  const digits = i8x16.gt_u(i8x16.sub(bytes, i8x16.splat(<i8>ZERO)), i8x16.splat(9));
  /** One bit for each byte that is no digit. */
  const strange = i8x16.bitmask(digits) & (0xffff << (16 - size)) & 0xffff;
  if (strange == 0) {
    put(field, from, to, size > 0 ? DIGIT : 0, numberOf(bytes) - load<i32>(zeros + 4 * size), -1);
    return;
  }
  let number: i32;
  const first = <i32>ctz(strange);
  if (load<u8>(end + first) == DOT && first > 16 - size) {
    // The bytes before the point, one place further to the back.
    const moved = v128.bitselect(bytes, v128.load(end - 1), v128.load(tails + 15 - first));
    number = numberOf(v128.and(moved, v128.load(tails + size - 1))) - load<i32>(zeros + 4 * (size - 1));
    if ((strange & (strange - 1)) == 0) {
      put(field, from, to, DIGIT | POINT | ((15 - first) << BEHIND), number, -1);
      return;
    }
  } else number = numberOf(bytes) - load<i32>(zeros + 4 * size);
  const word = find(bytes, size, number);
  if (word < 0 || from > length - LONGEST) {
    readSlowly(field, from, to);
    return;
  }
  put(field, from, to, maskOfWord(word), number, word);
}

/** One byte after the other, quotation marks in the middle included. */
export function readSlowly(field: usize, from: i32, to: i32): void {
  let mask = 0;
  let number = 0;
  let at = data + from;
  const end = data + to;
  while (true) {
    const begun = at;
    for (; at < end && isDigit(load<u8>(at)); at += 1) number = number * 10 + load<u8>(at) - ZERO;
    if (at > begun) mask |= DIGIT;
    if (at > begun && at < end && load<u8>(at) == DOT) {
      const point = (at += 1);
      for (; at < end && isDigit(load<u8>(at)); at += 1) number = number * 10 + load<u8>(at) - ZERO;
      mask |= POINT | ((<i32>(at - point)) << BEHIND);
      if (at < end && load<u8>(at) != QUOTE) mask |= OTHER;
    }
    for (; at < end && load<u8>(at) != QUOTE; at += 1) {
      mask |= load<u8>(classes + load<u8>(at));
      number = number * 10 + load<u8>(at) - ZERO;
    }
    if (at >= end) break;
    // A quotation mark in the middle of a field is a letter like any other.
    mask |= OTHER;
    at += 1;
  }
  put(field, from, to, mask, number, wordOf(from, to, mask, number));
}

function isDigit(byte: u8): bool {
  return byte - 48 <= 9;
}

/** Number of the word in these bytes; -1 when they are none, or one that is not kept. */
function wordOf(from: i32, to: i32, mask: i32, number: i32): i32 {
  const size = to - from;
  if ((mask & WORDY) == 0 || size > LONGEST || from > length - LONGEST) return -1;
  const bytes = v128.and(v128.load(data + to - 16), v128.load(tails + size));
  const word = find(bytes, size, number);
  if (word >= 0) return word;
  const isSigned = (mask & WORDY) == SIGN && load<u8>(data + from) == MINUS;
  return isSigned ? -1 : keep(bytes, size, number, mask);
}

/** Reads the field between two quotation marks. */
export function readQuoted(field: usize, from: i32, to: i32): void {
  let mask = QUOTED;
  for (let at = data + from; at < data + to; at += 1) {
    const kind = <i32>load<u8>(classes + load<u8>(at));
    mask |= (kind & STOP) == 0 ? kind : load<u8>(at) == QUOTE ? ESCAPED : OTHER;
  }
  put(field, from, to, mask, 0, -1);
}

@inline
function put(field: usize, from: i32, to: i32, mask: i32, number: i32, word: i32): void {
  store<i32>(field, from, START);
  store<i32>(field, to, END);
  store<i32>(field, mask, MASK);
  store<i32>(field, number, NUMBER);
  store<i32>(field, word, WORD);
}
