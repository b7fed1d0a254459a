/**
 * Where the cells of a delimited file are, found in one pass while its bytes arrive. A cell becomes text
 * only when it is looked at: 5,000 rows of 200 columns are a million cells, of which a window shows 500.
 *
 * record: heading or row · row 0 is the first below the heading · a blank line is no record
 */

const QUOTE = 34;
const LF = 10;
const CR = 13;
/** Of the bytes that mean something here the comma is the last. */
const HIGHEST = 44;
/** Bytes looked at between two looks at the room for what they hold. */
const PIECE = 1 << 16;

export class CsvIndex {
  /** Records, the heading included. */
  records = 0;
  /** Cells of the heading. */
  columns = 0;
  /** Rows with another number of cells than the heading, and the first of them, by record. */
  ragged = 0;
  firstRagged = -1;
  widest = 0;
  blank = 0;
  /** A quotation mark that is never closed: what follows it is one cell. */
  unclosed = false;

  readonly #separator: number;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #filled = 0;
  #at = 0;
  #ended = false;
  #recordStart = 0;
  #isQuoted = false;
  #isOpen = false;
  #starts: Uint32Array<ArrayBuffer>;
  #fields = 0;
  #firstField = new Uint32Array(256);
  /** Where each record ends, its line end left out: a blank line may follow. */
  #ends = new Uint32Array(256);
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  /** `size`: of the whole file, as announced. */
  constructor(size: number, separator: ',' | '\t') {
    this.#bytes = new Uint8Array(size);
    // A guess at how many cells there are: growing means copying.
    this.#starts = new Uint32Array(Math.max(1024, size >> 2));
    this.#separator = separator.charCodeAt(0);
  }

  get rows(): number {
    return Math.max(0, this.records - 1);
  }

  /** Answers false when more arrives than was announced. */
  push(chunk: Uint8Array): boolean {
    if (this.#filled + chunk.length > this.#bytes.length) return false;
    this.#bytes.set(chunk, this.#filled);
    this.#filled += chunk.length;
    this.#scan();
    return true;
  }

  end(): void {
    this.#ended = true;
    this.#scan();
    const bare = this.#filled === this.#recordStart;
    if (!bare) this.#endRecord(this.#filled, this.#filled + 1);
    this.unclosed = this.#isOpen;
  }

  /** All bytes received so far. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#filled);
  }

  /** Cells in a record. */
  width(record: number): number {
    return this.#firstField[record + 1]! - this.#firstField[record]!;
  }

  cell(record: number, column: number): string {
    if (column >= this.width(record)) return '';
    const field = this.#firstField[record]! + column;
    const from = this.#starts[field]!;
    return this.#text(from, this.#endOf(record, field));
  }

  /** How many bytes a cell is written with: no fewer than it has letters. */
  lengthOf(record: number, column: number): number {
    if (column >= this.width(record)) return 0;
    const field = this.#firstField[record]! + column;
    return this.#endOf(record, field) - this.#starts[field]!;
  }

  heading(column: number): string {
    return this.records === 0 ? '' : this.cell(0, column);
  }

  /** The record as it is written, for searching. */
  line(record: number): string {
    const first = this.#firstField[record]!;
    const last = this.#firstField[record + 1]! - 1;
    return this.#decoder.decode(this.#bytes.subarray(this.#starts[first]!, this.#endOf(record, last)));
  }

  /** A carriage return before the line end is not part of the last cell. */
  #endOf(record: number, field: number): number {
    if (field + 1 < this.#firstField[record + 1]!) return this.#starts[field + 1]! - 1;
    const end = this.#ends[record]!;
    return this.#bytes[end - 1] === CR && end > this.#starts[field]! ? end - 1 : end;
  }

  #text(from: number, to: number): string {
    const quoted = to - from >= 2 && this.#bytes[from] === QUOTE && this.#bytes[to - 1] === QUOTE;
    const text = this.#decoder.decode(this.#bytes.subarray(quoted ? from + 1 : from, quoted ? to - 1 : to));
    return quoted && text.includes('"') ? text.replaceAll('""', '"') : text;
  }

  #scan(): void {
    const bytes = this.#bytes;
    let at = this.#at;
    if (at === 0) {
      if (this.#filled < 3 && !this.#ended) return;
      if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) at = 3;
      this.#begin(at);
      this.#recordStart = at;
    }
    while (at < this.#filled) at = this.#piece(at, Math.min(this.#filled, at + PIECE));
    this.#at = at;
  }

  /** This runs once for every byte of the file: locals, and most bytes are told apart by one comparison. */
  #piece(from: number, end: number): number {
    if (this.#fields + (end - from) + 2 > this.#starts.length)
      this.#starts = grown(this.#starts, this.#fields + (end - from) + 2);
    const bytes = this.#bytes;
    const starts = this.#starts;
    const separator = this.#separator;
    let isOpen = this.#isOpen;
    let isQuoted = this.#isQuoted;
    let fields = this.#fields;
    for (let at = from; at < end; at += 1) {
      const byte = bytes[at]!;
      if (byte > HIGHEST) continue;
      if (byte === QUOTE) {
        if (at === starts[fields - 1]) {
          isQuoted = true;
          isOpen = true;
        } else if (isQuoted) isOpen = !isOpen;
      } else if (isOpen) continue;
      else if (byte === separator) {
        starts[fields] = at + 1;
        fields += 1;
        isQuoted = false;
      } else if (byte === LF) {
        this.#fields = fields;
        this.#endRecord(at, at + 1);
        fields = this.#fields;
        isQuoted = false;
      }
    }
    this.#fields = fields;
    this.#isOpen = isOpen;
    this.#isQuoted = isQuoted;
    return end;
  }

  #begin(at: number): void {
    this.#starts[this.#fields] = at;
    this.#fields += 1;
  }

  /** `next`: where the following record begins; one beyond the end where there is no line end. */
  #endRecord(at: number, next: number): void {
    const first = this.#firstField[this.records]!;
    const isBlank = at === this.#recordStart || (at === this.#recordStart + 1 && this.#bytes[at - 1] === CR);
    this.#recordStart = next;
    if (isBlank && this.#fields - first === 1) {
      this.blank += 1;
      this.#fields = first;
      this.#begin(next);
      return;
    }
    const width = this.#fields - first;
    if (this.records === 0) this.columns = width;
    else if (width !== this.columns) {
      this.ragged += 1;
      if (this.firstRagged < 0) this.firstRagged = this.records;
    }
    if (width > this.widest) this.widest = width;
    if (this.records + 3 > this.#firstField.length) {
      this.#firstField = grown(this.#firstField);
      this.#ends = grown(this.#ends);
    }
    this.#ends[this.records] = at;
    this.records += 1;
    this.#firstField[this.records] = this.#fields;
    this.#begin(next);
  }
}

function grown(from: Uint32Array, least = 0): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(Math.max(from.length * 2, least));
  to.set(from);
  return to;
}
