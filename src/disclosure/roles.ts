/**
 * Which columns count people, which divide counts, which name groups. A heading decides where it can;
 * where it cannot (the cross-tabulations of several packages have categories as headings) the shape of the
 * table does. A person may override either, visibly.
 */
import { FLOAT, INTEGER, MISSING, REDACTED } from './cells.ts';
import { headingOf, type Heading } from './headings.ts';
import { textAt, type Table } from './table.ts';
import type { RoleOverride } from './types.ts';

export type Rounding = 'base' | 'middle6' | 'derived6';

export interface Column {
  index: number;
  name: string;
  heading: Heading;
  role: 'count' | 'ratio' | 'key' | 'measure';
  rounding: Rounding;
  numeric: number;
  texts: number;
  redacted: number;
  missing: number;
}

export interface Roles {
  columns: Column[];
  counts: Column[];
  ratios: Column[];
  keys: Column[];
  /** Rows named "n", "count" … in tables that list statistics downwards. */
  countRows: number[];
  /** By row: it sums other rows, as one of its keys says. */
  totalRow: Uint8Array;
}

/** At least this share of a count column's numbers are whole and not negative. */
const WHOLE = 0.9;

export function rolesOf(table: Table, overrides: Readonly<Record<string, RoleOverride>> = {}): Roles {
  const anyShare = table.words.some(({ cell }) => cell.share !== undefined || cell.percent === true);
  const columns = table.header.map((name, index) =>
    // A column may be headed `constructor`.
    firstLook(table, name, index, Object.hasOwn(overrides, name) ? overrides[name] : undefined, anyShare),
  );
  namesFirst(columns);
  byShape(table, columns);
  const keys = columns.filter((column) => column.role === 'key');
  const totalRow = new Uint8Array(table.rows);
  const anyTotal = table.words.some((word) => word.isTotal);
  for (const key of keys) {
    if (!anyTotal) break;
    for (let row = 0, at = key.index; row < table.rows; row += 1, at += table.columns) {
      const word = table.word[at]!;
      if (word >= 0 && table.words[word]!.isTotal) totalRow[row] = 1;
    }
  }
  return {
    columns,
    counts: columns.filter((column) => column.role === 'count'),
    ratios: columns.filter((column) => column.role === 'ratio'),
    keys,
    countRows: countRowsOf(table, columns),
    totalRow,
  };
}

/** Columns that are something else by a person's word than by their heading and shape. */
export function overridden(table: Table, roles: Roles): { column: Column; was: Column['role'] }[] {
  const read = rolesOf(table).columns;
  return roles.columns.flatMap((column, index) => {
    const was = read[index]!.role;
    return was === column.role ? [] : [{ column, was }];
  });
}

interface Seen {
  integers: number;
  whole: number;
  floats: number;
  texts: number;
  redacted: number;
  missing: number;
  shares: number;
  percents: number;
}

function look(table: Table, column: number, anyShare: boolean): Seen {
  const seen: Seen = {
    integers: 0,
    whole: 0,
    floats: 0,
    texts: 0,
    redacted: 0,
    missing: 0,
    shares: 0,
    percents: 0,
  };
  const { kind, value, columns, rows } = table;
  for (let row = 0, at = column; row < rows; row += 1, at += columns) {
    const found = kind[at]!;
    if (found === INTEGER) {
      seen.integers += 1;
      if (value[at]! >= 0) seen.whole += 1;
    } else if (found === FLOAT) seen.floats += 1;
    else if (found === MISSING) seen.missing += 1;
    else if (found === REDACTED) seen.redacted += 1;
    else seen.texts += 1;
  }
  if (!anyShare || (seen.texts === 0 && seen.floats === 0)) return seen;
  for (let row = 0, at = column; row < rows; row += 1, at += columns) {
    const word = table.word[at]!;
    if (word < 0) continue;
    const { share, percent } = table.words[word]!.cell;
    if (share) seen.shares += 1;
    else if (percent) seen.percents += 1;
  }
  return seen;
}

function firstLook(
  table: Table,
  name: string,
  index: number,
  override: RoleOverride | undefined,
  anyShare: boolean,
): Column {
  const heading = headingOf(name);
  const seen = look(table, index, anyShare);
  const numeric = seen.integers + seen.floats;
  const column: Column = {
    index,
    name: name === '' ? `column ${index + 1}` : name,
    heading,
    role: 'measure',
    rounding: heading.middle6 ? 'middle6' : heading.derived6 ? 'derived6' : 'base',
    numeric,
    texts: seen.texts,
    redacted: seen.redacted,
    missing: seen.missing,
  };
  if (override) column.role = override === 'count' ? 'count' : numeric > 0 ? 'measure' : 'key';
  else if (seen.shares > 0 && isCountedShare(table, heading, index, seen)) column.role = 'count';
  else if (heading.count && numeric > 0 && seen.whole >= WHOLE * numeric) column.role = 'count';
  else if (seen.percents > 0 || (heading.ratio && seen.floats + seen.integers > 0)) column.role = 'ratio';
  else if (numeric === 0 || seen.texts > numeric) column.role = 'key';
  else if (isLevel(heading, seen)) column.role = 'key';
  return column;
}

/** Columns in front that hold any text are names of groups, though most may look like numbers: 1 (most), 2, 3. */
function namesFirst(columns: readonly Column[]): void {
  for (const column of columns) {
    if (column.role === 'measure' && column.texts > 0) column.role = 'key';
    if (column.role !== 'key') return;
  }
}

/** Years, age bands as numbers, deciles: whole numbers that name a group. */
function isLevel(heading: Heading, seen: Seen): boolean {
  if (heading.extreme || heading.statistic || heading.spread) return false;
  return seen.floats === 0 && heading.words.some((word) => LEVELS.has(word));
}

const LEVELS = new Set(
  'year month week quarter decile quintile quartile code age day jahr stage grade level imd group id rank'.split(
    ' ',
  ),
);

/** `12 (34.5%)` is a count; `54 (12)` is one only where the heading or the row says n (%). */
function isCountedShare(table: Table, heading: Heading, column: number, seen: Seen): boolean {
  if (heading.words.includes('mean') || heading.words.includes('median')) return false;
  let certain = heading.words.includes('percent') ? seen.shares : 0;
  for (let row = 0; row < table.rows; row += 1) {
    const word = table.words[table.word[row * table.columns + column]!];
    if (!word?.cell.share) continue;
    if (word.cell.percent || (column > 0 && /%/.test(textAt(table, row, 0)))) certain += 1;
  }
  return certain >= seen.shares / 2;
}

const WEAK = new Set(['value', 'values', 'v', 'x', 'size', '0', 'y', 'amount_of']);

/** Columns whose heading says nothing: counts, if the table's shape says so. */
function byShape(table: Table, columns: Column[]): void {
  const open = columns.filter(
    (column) =>
      column.role === 'measure' &&
      !column.heading.other &&
      !column.heading.statistic &&
      column.texts === 0 &&
      isWhole(table, column.index),
  );
  const hasKey = columns.some((column) => column.role === 'key' && column.texts > 0);
  // The Total of a cross-tabulation counts what its other columns count: it does not stand instead of them.
  const hasCount = columns.some(({ role, heading }) => role === 'count' && !isBareTotal(heading));
  const others = columns.filter(
    (column) => column.role === 'ratio' || (column.role === 'measure' && !open.includes(column)),
  );
  for (const column of open) {
    const marked = column.redacted > 0;
    const crossed =
      hasKey &&
      !hasCount &&
      others.length === 0 &&
      (open.length > 1 || WEAK.has(column.heading.text.toLowerCase()));
    const added = column.heading.total || (hasKey && open.some((other) => other.heading.total));
    if ((marked || crossed || added) && !isSequence(table, column.index)) column.role = 'count';
  }
}

function isBareTotal({ total, words }: Heading): boolean {
  return total && words.length === 1;
}

function isWhole(table: Table, column: number): boolean {
  let numeric = 0;
  let whole = 0;
  for (let row = 0, at = column; row < table.rows; row += 1, at += table.columns) {
    const kind = table.kind[at]!;
    if (kind === INTEGER || kind === FLOAT) {
      numeric += 1;
      if (kind === INTEGER && table.value[at]! >= 0) whole += 1;
    }
  }
  return numeric > 0 && whole === numeric;
}

/** 1, 2, 3 …: numbers of the rows, not counts. */
function isSequence(table: Table, column: number): boolean {
  if (table.rows < 3) return false;
  for (let row = 1; row < table.rows; row += 1) {
    const at = row * table.columns + column;
    if (table.value[at] !== table.value[at - table.columns]! + 1) return false;
  }
  return true;
}

/**
 * In tables that list statistics downwards a name in the row says what it is: `n`, `count`, `N obs`. It stands
 * first, or after the groups (`age, n, 8450`).
 */
function countRowsOf(table: Table, columns: readonly Column[]): number[] {
  for (const label of columns) {
    if (label.role !== 'key') break;
    const rows = label.texts > 0 ? countLabels(table, label.index) : [];
    if (rows.length > 0) return rows;
  }
  return [];
}

function countLabels(table: Table, column: number): number[] {
  const rows: number[] = [];
  for (let row = 0; row < table.rows; row += 1) {
    const word = table.words[table.word[row * table.columns + column]!];
    if (word?.isCount && !word.isTotal) rows.push(row);
  }
  // A table whose every row is called a count is a list of groups.
  return rows.length === table.rows ? [] : rows;
}
