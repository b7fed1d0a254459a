/**
 * AssemblyScript: a TypeScript with the types of WebAssembly, made into ../scan-bytes.ts by
 * `node .tools/scan-wasm.mjs`. How the scan's memory is divided, and what both sides call things.
 *
 * A piece of a file lies at `data`; nothing else of a file is ever in this memory but short words.
 */

/** Classes of bytes; a field's mask is their union. The same as in ../scan.ts. */
export const DIGIT: i32 = 1;
export const LETTER: i32 = 2;
export const POINT: i32 = 4;
export const SIGN: i32 = 8;
export const SPACE: i32 = 16;
export const AT: i32 = 32;
export const OTHER: i32 = 64;
export const STOP: i32 = 128;
export const QUOTED: i32 = 256;
export const ESCAPED: i32 = 512;
export const BEHIND: i32 = 16;
export const CLASSES: i32 = 0xffff;

export const LF: i32 = 10;
export const CR: i32 = 13;
export const QUOTE: i32 = 34;
export const MINUS: i32 = 45;
export const DOT: i32 = 46;
export const ZERO: i32 = 48;

/** A field: five numbers of four bytes, where each begins. */
export const START: usize = 0;
export const END: usize = 4;
export const MASK: usize = 8;
export const NUMBER: usize = 12;
export const WORD: usize = 16;
export const FIELD: usize = 20;

/** Read at once: records, and fields beyond those of the longest record. */
export const MOST_RECORDS: i32 = 512;
const MOST_FIELDS: usize = 1024;
/** Bytes of one column's counters. */
export const COUNTERS: usize = 96;

/** For each record: its fields, those beyond the limit included, and where the kept ones end. */
export const counts = memory.data(4 * 512, 16);
export const ends = memory.data(4 * 512, 16);

/** Each byte's class. */
export const classes = memory.data(256, 16);

export let delimiter: i32 = 0;
export let most: i32 = 0;
/** The fields, and behind them the place from which there is no room for one more record. */
export let fields: usize = 0;
export let full: usize = 0;
export let counters: usize = 0;
/**
 * The piece. A constant, which is quicker than what is looked up; behind all that `memory.data` has taken, because
 * words are read from sixteen bytes before their end.
 */
export const data: usize = 0x50000;

export let length: i32 = 0;
export let isLast: bool = false;

/**
 * For fields cut at `separator`, at most `columns` of a record kept, and pieces of at most `pieces` bytes; answers
 * the size of the memory.
 */
export function divide(separator: i32, columns: i32, pieces: i32): usize {
  if (__heap_base + 32 > data) unreachable();
  delimiter = separator;
  most = columns;
  fields = (data + <usize>pieces + 79) & ~15;
  full = fields + FIELD * MOST_FIELDS;
  counters = (full + FIELD * <usize>columns + 15) & ~15;
  classify(0, 255, OTHER);
  classify(0x30, 0x39, DIGIT);
  classify(0x61, 0x7a, LETTER);
  classify(0x41, 0x5a, LETTER);
  classify(0x20, 0x20, SPACE);
  classify(0x40, 0x40, AT);
  classify(DOT, DOT, POINT);
  classify(MINUS, MINUS, SIGN);
  classify(LF, LF, STOP);
  classify(CR, CR, STOP);
  classify(QUOTE, QUOTE, STOP);
  classify(delimiter, delimiter, STOP);
  return counters + COUNTERS * <usize>columns;
}

function classify(from: i32, to: i32, kind: i32): void {
  for (let code = from; code <= to; code += 1) store<u8>(classes + code, kind);
}

/** There are `size` bytes at `data`; `last` when the file ends with them. */
export function given(size: i32, last: bool): void {
  length = size;
  isLast = last;
}
