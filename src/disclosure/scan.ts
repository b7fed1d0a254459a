/**
 * The scan of delimited bytes: one pass, no strings. It finds fields and, while passing, which classes of
 * bytes each has and what integer its digits make; records are handed on many at a time.
 *
 * Speed is the point (a field costs a few nanoseconds), so the bytes are read sixteen at a time, which WebAssembly
 * can and JavaScript cannot: the source is in scan/, this file fills its memory and hands on what it left there.
 */
import { SCAN } from './scan-bytes.ts';

/** Classes of bytes; a field's mask is their union. */
export const DIGIT = 1;
export const LETTER = 2;
export const POINT = 4;
export const SIGN = 8;
export const SPACE = 16;
export const AT = 32;
export const OTHER = 64;
export const QUOTED = 256;
export const ESCAPED = 512;
/** Above these bits: the digits behind the point of a field of digits and one point; 0 when it begins or ends with it. */
export const BEHIND = 16;
export const CLASSES = 0xffff;

/** Of a field: [start, end) in the bytes handed to the sink, its mask, its digits as a number, its word's number or -1. */
export const START = 0;
export const END = 1;
export const MASK = 2;
export const NUMBER = 3;
export const WORD = 4;
export const FIELD = 5;

/** Records read at once: places in `ints`. */
export interface Batch<T> {
  ints: Int32Array;
  records: number;
  /** The first field of the first record; the others follow. */
  fields: number;
  /** For each record how many fields it has, those beyond the limit included. */
  counts: number;
  /** For each record how many fields were kept up to its end. */
  ends: number;
  /** What the sink made of each word, by the word's number. */
  known: (T | undefined)[];
}

/** `T`: what the sink makes of a word. */
export interface Sink<T> {
  take(bytes: Uint8Array, batch: Batch<T>): void;
}

/** Asked about cells that are not counted at once, by the place of their field in `ints`. */
export interface Counter {
  /** Answers the cell's kind; leaves a number in `Scanner.value`. */
  other(column: number, field: number): number;
  tenDigits(column: number, field: number): void;
}

interface Inside {
  memory: WebAssembly.Memory;
  setUp(delimiter: number, columns: number, capacity: number): void;
  begin(size: number, last: number): void;
  read(): number;
  beginCount(columns: number, threshold: number, base: number): void;
  count(from: number, to: number): void;
  consumed: WebAssembly.Global<'i32'>;
  forgotten: WebAssembly.Global<'i32'>;
  counters: WebAssembly.Global<'i32'>;
  counts: WebAssembly.Global<'i32'>;
  data: WebAssembly.Global<'i32'>;
  ends: WebAssembly.Global<'i32'>;
  fields: WebAssembly.Global<'i32'>;
  firstRagged: WebAssembly.Global<'i32'>;
  ragged: WebAssembly.Global<'i32'>;
  rows: WebAssembly.Global<'i32'>;
  value: WebAssembly.Global<'f64'>;
}

let program: WebAssembly.Module | undefined;

export class Scanner<T> {
  readonly inside: Inside;
  private counter: Counter | undefined;
  private memory = new Uint8Array(0);
  private batch: Batch<T> = { ints: new Int32Array(0), records: 0, fields: 0, counts: 0, ends: 0, known: [] };
  private forgotten = 0;

  constructor() {
    program ??= new WebAssembly.Module(Buffer.from(SCAN, 'base64'));
    const count: Counter = {
      other: (column, field) => this.counter!.other(column, field >> 2),
      tenDigits: (column, field) => this.counter!.tenDigits(column, field >> 2),
    };
    this.inside = new WebAssembly.Instance(program, { count: { ...count } }).exports as unknown as Inside;
  }

  /** Forgets what was read before. Of a record at most `columns` fields are kept; bytes come at most `capacity` at a time. */
  setUp(delimiter: number, columns: number, capacity: number): this {
    const { inside } = this;
    inside.setUp(delimiter, columns, capacity);
    const { buffer } = inside.memory;
    this.memory = new Uint8Array(buffer, inside.data.value, capacity);
    this.batch = {
      ints: new Int32Array(buffer),
      records: 0,
      fields: inside.fields.value >> 2,
      counts: inside.counts.value >> 2,
      ends: inside.ends.value >> 2,
      known: [],
    };
    this.forgotten = inside.forgotten.value;
    return this;
  }

  /**
   * Hands every complete record of the bytes to the sink and answers how many bytes they took:
   * what is left is the beginning of a record, to be given again with what follows. When `final`, the
   * rest is a record too.
   */
  scan(bytes: Uint8Array, final: boolean, sink: Sink<T>): number {
    const { inside, memory, batch } = this;
    memory.set(bytes);
    inside.begin(bytes.length, final ? 1 : 0);
    for (;;) {
      batch.records = inside.read();
      if (batch.records === 0) return inside.consumed.value;
      if (inside.forgotten.value !== this.forgotten) {
        this.forgotten = inside.forgotten.value;
        batch.known = [];
      }
      sink.take(bytes, batch);
    }
  }

  /** Counts the records of the batch from the one numbered `from`. */
  count(from: number, counter: Counter): void {
    this.counter = counter;
    this.inside.count(from, this.batch.records);
  }
}

/** A field's text, its doubled quotes made single. */
export function fieldText(bytes: Uint8Array, start: number, end: number, mask: number): string {
  const text = decode(bytes, start, end);
  return (mask & ESCAPED) !== 0 ? text.replaceAll('""', '"') : text;
}

export function decode(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}
