/** A table as it is looked at: which rows in which order, which columns, what is marked. No browser in it. */
import type { CsvIndex } from './csv-index.ts';

export type Severity = 'B' | 'W' | 'I';

/** A finding with a place in the table. */
export interface Mark {
  check: string;
  severity: Severity;
  message: string;
  /** 1 is the first row below the heading. */
  row?: number;
  column?: string;
}

export interface Sorting {
  column: number;
  down: boolean;
}

const ROWS_AT_ONCE = 500;

export class TableModel {
  readonly index: CsvIndex;
  /** Shown rows, by record; row numbers are records too, because the heading is record 0. */
  order: Uint32Array;
  sorting: Sorting | undefined;
  query = '';
  /** Rows of different widths, or a cell that never ends: no heading can be trusted. */
  readonly isPlain: boolean;
  readonly #hidden = new Set<number>();
  readonly #cells = new Map<number, Map<number, Mark[]>>();
  readonly #columns = new Map<number, Mark[]>();

  constructor(index: CsvIndex, marks: readonly Mark[]) {
    this.index = index;
    this.isPlain = index.ragged > 0 || index.unclosed;
    this.order = this.#all();
    const byName = new Map<string, number>();
    for (let column = index.columns - 1; column >= 0; column -= 1) {
      const name = index.heading(column).trim();
      byName.set(name === '' ? `column ${column + 1}` : name, column);
    }
    for (const mark of marks) this.#place(mark, byName);
  }

  get columnCount(): number {
    return this.isPlain ? this.index.widest : this.index.columns;
  }

  /** Shown columns, left to right. */
  columns(): number[] {
    return Array.from({ length: this.columnCount }, (_, column) => column).filter(
      (column) => !this.#hidden.has(column),
    );
  }

  get hiddenColumns(): number {
    return this.#hidden.size;
  }

  isHidden(column: number): boolean {
    return this.#hidden.has(column);
  }

  show(column: number, shown: boolean): void {
    if (shown) this.#hidden.delete(column);
    else if (this.columns().length > 1) this.#hidden.add(column);
  }

  showAll(): void {
    this.#hidden.clear();
  }

  heading(column: number): string {
    return this.isPlain ? String(column + 1) : this.index.heading(column);
  }

  text(record: number, column: number): string {
    return this.index.cell(record, column);
  }

  marksAt(record: number, column: number): readonly Mark[] {
    return this.#cells.get(record)?.get(column) ?? this.#cells.get(record)?.get(-1) ?? [];
  }

  marksOf(column: number): readonly Mark[] {
    return this.#columns.get(column) ?? [];
  }

  /** The column a finding names, if the table has it. */
  columnNamed(name: string): number {
    for (let column = 0; column < this.index.columns; column += 1) {
      const heading = this.index.heading(column).trim();
      if (heading === name || (heading === '' && name === `column ${column + 1}`)) return column;
    }
    return -1;
  }

  /** Numbers by value, then words, then nothing; equal rows stay as they were. */
  sort(sorting: Sorting | undefined): void {
    this.sorting = sorting;
    const rows = Array.from(this.order).sort((one, other) => one - other);
    if (sorting) {
      const { column, down } = sorting;
      const sign = down ? -1 : 1;
      const values = new Map(rows.map((row) => [row, sortable(this.text(row, column))]));
      rows.sort((one, other) => compare(values.get(one)!, values.get(other)!, sign) || one - other);
    }
    this.order = Uint32Array.from(rows);
  }

  /** Rows that hold the words; answers false when another search began meanwhile. */
  async search(query: string, pause: () => Promise<void>): Promise<boolean> {
    this.query = query;
    const wanted = query.toLowerCase();
    const found: number[] = [];
    const all = this.#all();
    for (const [done, row] of all.entries()) {
      if (done % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await pause();
      if (this.query !== query) return false;
      if (wanted === '' || this.index.line(row).toLowerCase().includes(wanted)) found.push(row);
    }
    this.order = Uint32Array.from(found);
    this.sort(this.sorting);
    return true;
  }

  #all(): Uint32Array {
    const first = this.isPlain ? 0 : 1;
    return Uint32Array.from({ length: Math.max(0, this.index.records - first) }, (_, row) => row + first);
  }

  #place(mark: Mark, byName: ReadonlyMap<string, number>): void {
    const column = mark.column === undefined ? -1 : (byName.get(mark.column.trim()) ?? -1);
    if (mark.row === undefined) {
      if (column >= 0) push(this.#columns, column, mark);
      return;
    }
    const row = this.#cells.get(mark.row) ?? new Map<number, Mark[]>();
    this.#cells.set(mark.row, row);
    push(row, column, mark);
  }
}

function push(into: Map<number, Mark[]>, at: number, mark: Mark): void {
  const held = into.get(at);
  if (held) held.push(mark);
  else into.set(at, [mark]);
}

type Value = number | string | undefined;

/** 1,234 and 12.5 and 3e-4 are numbers. */
function sortable(text: string): Value {
  const bare = text.trim();
  if (bare === '') return undefined;
  const plain = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(bare) ? bare.replaceAll(',', '') : bare;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?%?$/i.test(plain) ? Number.parseFloat(plain) : bare;
}

const collator = new Intl.Collator('en', { numeric: true });

function compare(one: Value, other: Value, sign: number): number {
  if (one === undefined || other === undefined)
    return Number(one === undefined) - Number(other === undefined);
  if (typeof one === 'number' && typeof other === 'number') return sign * (one - other);
  if (typeof one === 'string' && typeof other === 'string') return sign * collator.compare(one, other);
  return typeof one === 'number' ? -1 : 1;
}
