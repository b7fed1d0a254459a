/**
 * A table as the checks see it: cells typed once, in flat arrays; what is no plain number refers to one
 * of the table's distinct words.
 */
import { FLOAT, INTEGER, MISSING, TEXT } from './cells.ts';
import {
  BEHIND,
  CLASSES,
  DIGIT,
  END,
  FIELD,
  fieldText,
  MASK,
  NUMBER,
  POINT,
  SIGN,
  START,
  WORD,
  type Batch,
  type Sink,
} from './scan.ts';
import { decimal, plainNumber } from './number.ts';
import { Word, Words } from './word.ts';

export interface Table {
  header: readonly string[];
  rows: number;
  columns: number;
  /** Row-major, at least `rows * columns`: kinds of cells.ts. */
  kind: Uint8Array;
  /** NaN where the cell is no number; of `12 (34.5%)` the 12. */
  value: Float64Array;
  /** Digits behind the point, as written. */
  decimals: Uint8Array;
  /** Number of the cell's word, or -1 for plain numbers and empty cells. */
  word: Int32Array;
  words: readonly Word[];
}

/** The text of a cell; of plain numbers their value, of empty cells nothing. */
export function textAt(table: Table, row: number, column: number): string {
  const at = row * table.columns + column;
  const word = table.word[at]!;
  if (word >= 0) return table.words[word]!.text;
  return table.kind[at] === MISSING ? '' : String(table.value[at]);
}

/** The share behind a count (`12 (34.5%)`), if the cell has one. */
export function shareAt(table: Table, at: number): Word['cell']['share'] {
  const word = table.word[at]!;
  return word < 0 ? undefined : table.words[word]!.cell.share;
}

/** A whole number, plain or in front of a share; NaN otherwise. */
export function countAt(table: Table, at: number): number {
  const kind = table.kind[at];
  return kind === INTEGER || kind === TEXT ? table.value[at]! : NaN;
}

export function isNumber(table: Table, at: number): boolean {
  const kind = table.kind[at];
  return kind === INTEGER || kind === FLOAT;
}

class Cells {
  kind = new Uint8Array(0);
  value = new Float64Array(0);
  decimals = new Uint8Array(0);
  word = new Int32Array(0);

  grow(size: number): void {
    const { kind, value, decimals, word } = this;
    this.kind = new Uint8Array(size);
    this.value = new Float64Array(size);
    this.decimals = new Uint8Array(size);
    this.word = new Int32Array(size);
    if (kind.length === 0) return;
    this.kind.set(kind);
    this.value.set(value);
    this.decimals.set(decimals);
    this.word.set(word);
  }

  empty(at: number): void {
    this.kind[at] = MISSING;
    this.value[at] = NaN;
    this.word[at] = -1;
  }

  put(at: number, { cell, local }: Word): void {
    this.kind[at] = cell.kind;
    this.value[at] = cell.value;
    this.decimals[at] = Math.min(cell.decimals, 30);
    this.word[at] = local;
  }
}

/** A table from texts: what JSON, HTML and plain text are turned into. Short rows are filled up. */
export function tableOf(header: readonly string[], rows: readonly (readonly string[])[]): Table {
  const columns = header.length;
  const cells = new Cells();
  cells.grow(rows.length * columns);
  const words = new Words(false);
  const known = new Map<string, Word>();
  for (const [row, texts] of rows.entries()) {
    for (let column = 0; column < columns; column += 1) {
      const text = texts[column] ?? '';
      let word = known.get(text);
      if (word === undefined) known.set(text, (word = new Word(text, false)));
      cells.put(row * columns + column, words.number(word));
    }
  }
  const { kind, value, decimals, word } = cells;
  return { header, rows: rows.length, columns, kind, value, decimals, word, words: words.list };
}

/** Digits behind the point of a number that has one. */
function digitsBehind(bytes: Uint8Array, from: number, to: number): number {
  let at = to - 1;
  while (at > from && bytes[at] !== 46) at -= 1;
  return to - 1 - at;
}

const FIRST_GUESS = 65_536;

/** Collects records of a scan. */
export class TableSink implements Sink<Word> {
  header: string[] = [];
  columns = 0;
  /** Fields of the heading, also those beyond the limit. */
  headerFields = 0;
  rows = 0;
  /** The first rows whose number of fields is not the heading's. */
  readonly ragged: { row: number; fields: number }[] = [];
  raggedCount = 0;
  /** Rows before which a blank line stands. */
  readonly blankBefore: number[] = [];
  /** There was more than may be held: the table is the beginning of the file. */
  cut = false;
  private blank = false;
  private readonly mostRows: number;
  private readonly mostCells: number;
  private readonly cells = new Cells();
  private readonly words: Words;
  private size = 0;

  constructor(mostRows: number, mostCells: number, decimalComma: boolean) {
    this.mostRows = mostRows;
    this.mostCells = mostCells;
    this.words = new Words(decimalComma);
  }

  take(bytes: Uint8Array, batch: Batch<Word>): void {
    const { ints, records, fields, counts, ends } = batch;
    let kept = 0;
    for (let record = 0; record < records; record += 1) {
      const field = fields + FIELD * kept;
      const end = ints[ends + record]!;
      this.record(bytes, batch, field, end - kept, ints[counts + record]!);
      kept = end;
    }
  }

  /** One record: `kept` of its `count` fields begin at `field`. */
  private record(bytes: Uint8Array, batch: Batch<Word>, field: number, kept: number, count: number): void {
    const { ints } = batch;
    if (count === 1 && ints[field + START] === ints[field + END] && this.columns !== 1) {
      this.blank = this.rows > 0;
      return;
    }
    if (this.columns === 0) {
      this.begin(bytes, ints, field, kept, count);
      return;
    }
    if (this.rows >= this.mostRows || (this.rows + 1) * this.columns > this.mostCells) {
      this.cut = true;
      return;
    }
    if (this.blank) this.blankBefore.push(this.rows);
    this.blank = false;
    if (count !== this.headerFields) {
      this.raggedCount += 1;
      if (this.ragged.length < 8) this.ragged.push({ row: this.rows, fields: count });
    }
    this.row(bytes, batch, field, kept);
    this.rows += 1;
  }

  table(): Table {
    const { header, rows, columns } = this;
    const { kind, value, decimals, word } = this.cells;
    return { header, rows, columns, kind, value, decimals, word, words: this.words.list };
  }

  private row(bytes: Uint8Array, { ints, known }: Batch<Word>, first: number, kept: number): void {
    const { cells, columns } = this;
    const base = this.rows * columns;
    if (base + columns > this.size) {
      // The first row tells how many there will be.
      const long = ints[first + FIELD * (kept - 1) + END]! - ints[first + START]! + 1;
      const rows = this.rows === 0 ? Math.ceil((1.1 * bytes.length) / long) + 4 : 0;
      const guess = Math.min(rows, this.mostRows) * columns;
      this.size = Math.max(base + columns, Math.min(guess, FIRST_GUESS), this.size * 2);
      cells.grow(this.size);
    }
    const most = kept < columns ? kept : columns;
    const { kind, value, word } = cells;
    for (let column = 0, field = first; column < most; column += 1, field += FIELD) {
      const at = base + column;
      const from = ints[field + START]!;
      const to = ints[field + END]!;
      const mask = ints[field + MASK]!;
      const number = ints[field + WORD]!;
      if (mask === DIGIT && to - from < 10) {
        kind[at] = INTEGER;
        value[at] = ints[field + NUMBER]!;
        word[at] = -1;
      } else if (number >= 0) {
        cells.put(at, this.words.number((known[number] ??= this.words.find(bytes, from, to, mask))));
      } else if (to === from) cells.empty(at);
      else this.other(bytes, at, from, to, mask, ints[field + NUMBER]!);
    }
    for (let column = most; column < columns; column += 1) cells.empty(base + column);
  }

  private begin(bytes: Uint8Array, ints: Int32Array, field: number, kept: number, count: number): void {
    this.columns = kept;
    this.headerFields = count;
    for (let column = 0, at = field; column < kept; column += 1, at += FIELD) {
      this.header.push(fieldText(bytes, ints[at + START]!, ints[at + END]!, ints[at + MASK]!).trim());
    }
  }

  private other(bytes: Uint8Array, at: number, from: number, to: number, mask: number, digits: number): void {
    const { cells } = this;
    // Ten digits and more stay words: an NHS number has its own check.
    if ((mask & CLASSES) === (DIGIT | POINT) && mask >>> BEHIND !== 0 && to - from <= 10) {
      const value = decimal(digits, mask >>> BEHIND);
      cells.kind[at] = value === Math.trunc(value) ? INTEGER : FLOAT;
      cells.value[at] = value;
      cells.decimals[at] = mask >>> BEHIND;
      cells.word[at] = -1;
      return;
    }
    if ((mask & CLASSES & ~(DIGIT | POINT | SIGN)) === 0 && to - from < 16 && mask !== DIGIT) {
      const value = plainNumber(bytes, from, to);
      if (value === value) {
        cells.kind[at] = value === Math.trunc(value) ? INTEGER : FLOAT;
        cells.value[at] = value;
        cells.decimals[at] = (mask & POINT) === 0 ? 0 : digitsBehind(bytes, from, to);
        cells.word[at] = -1;
        return;
      }
    }
    cells.put(at, this.words.number(this.words.find(bytes, from, to, mask)));
  }
}
