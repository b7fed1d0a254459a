/**
 * AssemblyScript. Where fields may end: every delimiter, line end and quotation mark, found sixteen bytes at a
 * time. A window of the piece is marked at once, so that the marks stay in the processor's nearest cache.
 */
import { CR, data, delimiter, length, LF, QUOTE } from './layout';

const WINDOW = 8192;
const places = memory.data(4 * (8192 + 64), 16);

/** The marks not taken yet; the reader of records takes them itself, because a call for each costs more than the rest. */
export let next: usize = 0;
export let last: usize = 0;
let marked: i32 = 0;

export function forgetStops(): void {
  marked = 0;
  next = last = places;
}

/** The reader has taken the marks up to here. */
@inline
export function taken(to: usize): void {
  next = to;
}

/** Marks the next window, which begins no earlier than `from`; false at the end of the piece. */
export function mark(from: i32): bool {
  const begin = max(marked, from);
  if (begin >= length) return false;
  const end = min(begin + WINDOW, length);
  let place = places;
  for (let at = begin; at < end; at += 64) {
    const bytes = data + at;
    let bits =
      <u64>stopsIn(v128.load(bytes)) |
      (<u64>stopsIn(v128.load(bytes, 16)) << 16) |
      (<u64>stopsIn(v128.load(bytes, 32)) << 32) |
      (<u64>stopsIn(v128.load(bytes, 48)) << 48);
    for (; bits != 0; bits &= bits - 1) {
      store<i32>(place, at + <i32>ctz(bits));
      place += 4;
    }
  }
  // What lies behind the piece is left from another.
  while (place > places && load<i32>(place - 4) >= end) place -= 4;
  marked = end;
  next = places;
  last = place;
  return true;
}

@inline
function stopsIn(bytes: v128): i32 {
  const lines = v128.or(i8x16.eq(bytes, i8x16.splat(<i8>LF)), i8x16.eq(bytes, i8x16.splat(<i8>CR)));
  const others = v128.or(
    i8x16.eq(bytes, i8x16.splat(<i8>delimiter)),
    i8x16.eq(bytes, i8x16.splat(<i8>QUOTE)),
  );
  return i8x16.bitmask(v128.or(lines, others));
}

/** The first mark at `from` or behind it; the piece's length when there is none. */
export function stopFrom(from: i32): i32 {
  do {
    while (next < last) {
      const at = load<i32>(next);
      next += 4;
      if (at >= from) return at;
    }
  } while (mark(from));
  return length;
}
