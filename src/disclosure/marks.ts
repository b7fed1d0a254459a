/** C19, C20: how redactions are marked, and what each column holds. */
import { FLOAT, INTEGER, REDACTED } from './cells.ts';
import type { Found } from './found.ts';
import { remainder } from './number.ts';
import type { Column, Roles } from './roles.ts';
import type { Table } from './table.ts';
import type { ColumnSummary } from './types.ts';
import * as words from './words.ts';

export function checkMarks(found: Found, table: Table, roles: Roles): void {
  const distinct = marksIn(table, roles);
  if (distinct.length > 1)
    found.add('C19', {}, words.mixedMarks(distinct.slice(0, 5).map(words.quoted).join(', ')));
  for (const column of roles.counts) {
    if (column.redacted > 0 && column.missing > 0)
      found.add('C19', { column: column.name }, words.blanksBesideMarks());
  }
}

/** In columns of values: "<18" as the name of a group hides nothing. */
function marksIn(table: Table, roles: Roles): string[] {
  const marks = new Set<string>();
  if (!table.words.some(({ cell }) => cell.kind === REDACTED)) return [];
  for (const { index } of roles.columns.filter(({ role }) => role !== 'key')) {
    for (let row = 0, at = index; row < table.rows; row += 1, at += table.columns) {
      if (table.kind[at] === REDACTED) marks.add(table.words[table.word[at]!]!.text);
    }
  }
  return [...marks];
}

const BINS = 10;

export function summaries(table: Table, { columns }: Roles): ColumnSummary[] {
  return columns.map((column) => summary(table, column));
}

function summary(table: Table, column: Column): ColumnSummary {
  const { index, numeric, texts, missing, redacted } = column;
  const { rows, columns, kind, value } = table;
  let floats = 0;
  let sum = 0;
  let min = Infinity;
  let minNonZero = Infinity;
  let max = -Infinity;
  let by5 = true;
  let by6 = true;
  let middle6 = true;
  const last = numeric === 0 ? 0 : rows;
  for (let row = 0, at = index; row < last; row += 1, at += columns) {
    const found = kind[at]!;
    if (found !== INTEGER && found !== FLOAT) continue;
    const number = value[at]!;
    sum += number;
    if (number < min) min = number;
    if (number > max) max = number;
    if (number > 0 && number < minNonZero) minNonZero = number;
    if (found === FLOAT) {
      floats += 1;
      continue;
    }
    if (by5 && remainder(number, 5) !== 0) by5 = false;
    if (by6 && remainder(number, 6) !== 0) by6 = false;
    if (middle6 && number !== 0 && remainder(number, 6) !== 3) middle6 = false;
  }
  if (floats > 0) by5 = by6 = middle6 = false;
  const shown: ColumnSummary = {
    column: column.name,
    type: typeOf(numeric - floats, floats, texts),
    rows,
    numeric,
    missing,
    redacted,
    allBy5: numeric > 0 && by5,
    allBy6: numeric > 0 && by6,
    allMidpoint6: numeric > 0 && middle6,
  };
  if (numeric === 0) return shown;
  return {
    ...shown,
    min,
    max,
    sum,
    ...(minNonZero !== Infinity && { minNonZero }),
    histogram: histogram(table, index, min, max),
  };
}

export function typeOf(integers: number, floats: number, texts: number): ColumnSummary['type'] {
  if (integers + floats === 0) return texts > 0 ? 'text' : 'empty';
  if (texts > 0) return 'mixed';
  return floats > 0 ? 'float' : 'integer';
}

function histogram(table: Table, index: number, min: number, max: number): number[] {
  const bins = new Array<number>(BINS).fill(0);
  const width = (max - min) / BINS;
  const { rows, columns, kind, value } = table;
  for (let row = 0, at = index; row < rows; row += 1, at += columns) {
    if (kind[at] !== INTEGER && kind[at] !== FLOAT) continue;
    const bin = width > 0 ? Math.trunc((value[at]! - min) / width) : 0;
    bins[bin < BINS ? bin : BINS - 1]! += 1;
  }
  return bins;
}

export function reportSummaries(found: Found, columns: readonly ColumnSummary[]): void {
  for (const column of columns) found.add('C20', { column: column.column }, words.summary(column));
}
