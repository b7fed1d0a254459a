/**
 * Two versions of a table, row by row. Rows belong together when their keys agree: the columns both have
 * whose cells are words in both. Without such columns, or with a key twice, rows are matched by number.
 */
import type { CsvIndex } from './csv-index.ts';

export type RowChange = 'same' | 'changed' | 'added' | 'removed';

export interface DiffCell {
  before: string | undefined;
  after: string | undefined;
}

export interface DiffRow {
  change: RowChange;
  /** Row numbers in either version. */
  before: number | undefined;
  after: number | undefined;
  cells: DiffCell[];
}

export interface TableDiff {
  columns: string[];
  /** Names of the key columns; empty when rows are matched by number. */
  keys: string[];
  /** Columns that only one version has. */
  addedColumns: string[];
  removedColumns: string[];
  rows: DiffRow[];
  counts: Record<RowChange, number>;
}

const SAMPLE = 500;

export function diffTables(before: CsvIndex, after: CsvIndex): TableDiff {
  const old = namesOf(before);
  const now = namesOf(after);
  const columns = [...now, ...old.filter((name) => !now.includes(name))];
  const at = (names: readonly string[]) => columns.map((name) => names.indexOf(name));
  const oldAt = at(old);
  const nowAt = at(now);
  const wanted = columns.filter(
    (_, column) => isWords(before, oldAt[column]!) && isWords(after, nowAt[column]!),
  );
  const oldKeys = keysOf(
    before,
    wanted.map((name) => old.indexOf(name)),
  );
  const nowKeys = keysOf(
    after,
    wanted.map((name) => now.indexOf(name)),
  );
  const isKeyed = wanted.length > 0 && oldKeys !== undefined && nowKeys !== undefined;
  const partner = isKeyed ? new Map(oldKeys.map((key, row) => [key, row + 1])) : undefined;

  const rows: DiffRow[] = [];
  const used = new Set<number>();
  for (let row = 1; row < after.records; row += 1) {
    const found = partner ? partner.get(nowKeys![row - 1]!) : row < before.records ? row : undefined;
    if (found !== undefined) used.add(found);
    rows.push(rowOf(before, after, oldAt, nowAt, found, row));
  }
  for (let row = 1; row < before.records; row += 1) {
    if (!used.has(row)) rows.push(rowOf(before, after, oldAt, nowAt, row, undefined));
  }
  const counts: Record<RowChange, number> = { same: 0, changed: 0, added: 0, removed: 0 };
  for (const { change } of rows) counts[change] += 1;
  return {
    columns,
    keys: isKeyed ? wanted : [],
    addedColumns: now.filter((name) => !old.includes(name)),
    removedColumns: old.filter((name) => !now.includes(name)),
    rows,
    counts,
  };
}

/** Names of columns, made distinct: a second "n" is "n (2)". */
function namesOf(index: CsvIndex): string[] {
  const seen = new Map<string, number>();
  return Array.from({ length: index.columns }, (_, column) => {
    const name = index.heading(column).trim() || `column ${column + 1}`;
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
}

/** Years count as words: they name a row. */
const NUMBER = /^\s*[<>]?=?\s*[+-]?[\d.,]+(e[+-]?\d+)?\s*%?\s*$/i;
const YEAR = /^\s*(19|20)\d\d\s*$/;

function isWords(index: CsvIndex, column: number): boolean {
  if (column < 0) return false;
  let filled = 0;
  let numbers = 0;
  for (let row = 1; row < Math.min(index.records, SAMPLE); row += 1) {
    const text = index.cell(row, column);
    if (text.trim() === '' || /^\[?redacted\]?$/i.test(text.trim())) continue;
    filled += 1;
    if (NUMBER.test(text) && !YEAR.test(text)) numbers += 1;
  }
  return filled > 0 && numbers === 0;
}

/** Undefined when a key stands twice. */
function keysOf(index: CsvIndex, columns: readonly number[]): string[] | undefined {
  const keys: string[] = [];
  for (let row = 1; row < index.records; row += 1) {
    keys.push(columns.map((column) => index.cell(row, column)).join('\u001f'));
  }
  return new Set(keys).size === keys.length ? keys : undefined;
}

function rowOf(
  old: CsvIndex,
  now: CsvIndex,
  oldAt: readonly number[],
  nowAt: readonly number[],
  before: number | undefined,
  after: number | undefined,
): DiffRow {
  const cells = nowAt.map((column, at) => ({
    before: before === undefined || oldAt[at]! < 0 ? undefined : old.cell(before, oldAt[at]!),
    after: after === undefined || column < 0 ? undefined : now.cell(after, column),
  }));
  const differs = cells.some((cell) => cell.before !== cell.after);
  const change =
    before === undefined ? 'added' : after === undefined ? 'removed' : differs ? 'changed' : 'same';
  return { change, before, after, cells };
}
