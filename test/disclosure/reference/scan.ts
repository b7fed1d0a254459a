/**
 * The scan of delimited bytes: one pass, no strings. It finds fields and, while passing, which classes of
 * bytes each has and what integer its digits make; a record is handed on when it is complete.
 *
 * Speed is the point (a field costs a few nanoseconds), so this file alone works on raw bytes.
 */
import { Lexicon, LONGEST } from './lexicon.ts';

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
const STOP = 128;
const DOT = 46;

const CR = 13;
const LF = 10;
const QUOTE = 34;
const MINUS = 45;
/** A field with any of these is a word, unless it is a number with a sign in front. */
const WORDY = LETTER | SIGN | SPACE | AT | OTHER;

/** What one pass over a buffer leaves behind. Fields are [start, end) in the buffer handed to the sink. */
export interface Fields {
  count: number;
  /** Fields beyond the limit are counted and not kept. */
  kept: number;
  start: Int32Array;
  end: Int32Array;
  mask: Int32Array;
  integer: Int32Array;
  /** Its number in the lexicon, or -1. */
  word: Int32Array;
}

/** `T`: what the sink makes of a word. */
export interface RecordSink<T> {
  record(bytes: Uint8Array, fields: Fields, lexicon: Lexicon<T>): void;
}

export class Scanner<T> {
  readonly fields: Fields;
  private readonly classes: Uint8Array;
  private readonly delimiter: number;
  private readonly most: number;
  private readonly lexicon = new Lexicon<T>();

  constructor(delimiter: number, mostColumns: number) {
    this.delimiter = delimiter;
    this.most = mostColumns;
    this.classes = classesFor(delimiter);
    const ints = (): Int32Array => new Int32Array(mostColumns);
    this.fields = {
      count: 0,
      kept: 0,
      start: ints(),
      end: ints(),
      mask: ints(),
      integer: ints(),
      word: ints(),
    };
  }

  /**
   * Hands every complete record of bytes[0, length) to the sink and answers how many bytes they took:
   * what is left is the beginning of a record, to be given again with what follows. When `final`, the
   * rest is a record too.
   */
  scan(bytes: Uint8Array, length: number, final: boolean, sink: RecordSink<T>): number {
    const { classes, delimiter, fields, most, lexicon } = this;
    const { start, end, mask: masks, integer, word } = fields;
    const view = new DataView(bytes.buffer, bytes.byteOffset, length);
    const safe = length - LONGEST;
    lexicon.makeRoom(most);
    let consumed = 0;
    let count = 0;
    let from = 0;
    let mask = 0;
    let int = 0;
    let at = 0;
    for (;;) {
      let kind = 0;
      let byte = 0;
      // Most fields begin with digits, and many hold nothing else: they need no table of classes.
      const begun = at;
      while (at < length) {
        const digit = bytes[at]! - 48;
        if (digit >>> 0 > 9) break;
        int = (Math.imul(int, 10) + digit) | 0;
        at += 1;
      }
      if (at > begun) mask |= DIGIT;
      if (at > begun && at < length && bytes[at] === DOT) {
        const point = (at += 1);
        while (at < length) {
          const digit = bytes[at]! - 48;
          if (digit >>> 0 > 9) break;
          int = (Math.imul(int, 10) + digit) | 0;
          at += 1;
        }
        mask |= POINT | ((at - point) << BEHIND);
        if (at < length && (classes[bytes[at]!]! & STOP) === 0) mask |= OTHER;
      }
      while (at < length) {
        byte = bytes[at]!;
        kind = classes[byte]!;
        if ((kind & STOP) !== 0) break;
        mask |= kind;
        int = (Math.imul(int, 10) + byte - 48) | 0;
        at += 1;
      }
      if (at >= length) {
        if (!final || consumed === length) return consumed;
      } else if (byte === QUOTE) {
        if (at > from) {
          // A quote in the middle of a field is a letter like any other.
          mask |= OTHER;
          at += 1;
          continue;
        }
        const close = this.closing(bytes, at + 1, length);
        if (close < 0 && !final) return consumed;
        const to = close < 0 ? length : close;
        mask = this.maskOf(bytes, at + 1, to) | QUOTED;
        if (count < most) {
          start[count] = at + 1;
          end[count] = to;
          masks[count] = mask;
          integer[count] = 0;
          word[count] = -1;
        }
        at = close < 0 ? length : close + 1;
        // Anything between the closing quote and the delimiter is no part of the value.
        while (at < length && bytes[at] !== delimiter && bytes[at] !== LF && bytes[at] !== CR) at += 1;
        if (at >= length && !final) return consumed;
        byte = at < length ? bytes[at]! : LF;
        count += 1;
        mask = -1;
      }
      if (mask === -1) mask = 0;
      else {
        if (count < most) {
          start[count] = from;
          end[count] = at;
          masks[count] = mask;
          integer[count] = int;
          let number = -1;
          if ((mask & WORDY) !== 0 && at - from <= LONGEST && from <= safe) {
            number = lexicon.find(view, from, at - from, int);
            if (number < 0 && ((mask & WORDY) !== SIGN || bytes[from] !== MINUS))
              number = lexicon.keep(view, from, at - from, int);
          }
          word[count] = number;
        }
        count += 1;
        mask = 0;
      }
      int = 0;
      const ended = at >= length;
      at += 1;
      if (!ended && byte === delimiter) {
        from = at;
        continue;
      }
      if (!ended && byte === CR) {
        if (at >= length && !final) return consumed;
        if (bytes[at] === LF) at += 1;
      }
      fields.count = count;
      fields.kept = count < most ? count : most;
      sink.record(bytes, fields, lexicon);
      lexicon.makeRoom(most);
      count = 0;
      from = at;
      consumed = at < length ? at : length;
      if (consumed >= length) return length;
    }
  }

  /** Index of the closing quote, or -1 when the buffer ends before it is certain. */
  private closing(bytes: Uint8Array, from: number, length: number): number {
    let at = from;
    for (;;) {
      at = bytes.indexOf(QUOTE, at);
      if (at < 0 || at >= length) return -1;
      if (at + 1 >= length || bytes[at + 1] !== QUOTE) return at;
      at += 2;
    }
  }

  private maskOf(bytes: Uint8Array, from: number, to: number): number {
    const { classes } = this;
    let mask = 0;
    for (let at = from; at < to; at += 1) {
      const byte = bytes[at]!;
      const kind = classes[byte]!;
      mask |= (kind & STOP) !== 0 ? (byte === QUOTE ? ESCAPED : OTHER) : kind;
    }
    return mask;
  }
}

function classesFor(delimiter: number): Uint8Array {
  const classes = new Uint8Array(256).fill(OTHER);
  const put = (from: string, to: string, kind: number): void => {
    for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code += 1) classes[code] = kind;
  };
  put('0', '9', DIGIT);
  put('a', 'z', LETTER);
  put('A', 'Z', LETTER);
  put('.', '.', POINT);
  put('-', '-', SIGN);
  put(' ', ' ', SPACE);
  put('@', '@', AT);
  for (const byte of [LF, CR, QUOTE, delimiter]) classes[byte] = STOP;
  return classes;
}

/** A field's text, its doubled quotes made single. */
export function fieldText(bytes: Uint8Array, start: number, end: number, mask: number): string {
  const text = decode(bytes, start, end);
  return (mask & ESCAPED) !== 0 ? text.replaceAll('""', '"') : text;
}

export function decode(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}
