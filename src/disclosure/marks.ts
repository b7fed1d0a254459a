/** C19, C20: how redactions are marked, and what each column holds. */
import { FLOAT, INTEGER, MISSING, REDACTED } from './cells.ts';
import type { Found } from './found.ts';
import { remainder } from './number.ts';
import type { Roles } from './roles.ts';
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

export function summaries(table: Table): ColumnSummary[] {
  return table.header.map((name, index) => summary(table, name === '' ? `column ${index + 1}` : name, index));
}

function summary(table: Table, name: string, index: number): ColumnSummary {
  const { rows, columns, kind, value } = table;
  let integers = 0;
  let floats = 0;
  let texts = 0;
  let missing = 0;
  let redacted = 0;
  let sum = 0;
  let min = Infinity;
  let minNonZero = Infinity;
  let max = -Infinity;
  let by5 = true;
  let by6 = true;
  let middle6 = true;
  for (let row = 0, at = index; row < rows; row += 1, at += columns) {
    const found = kind[at]!;
    if (found === MISSING) missing += 1;
    else if (found === REDACTED) redacted += 1;
    else if (found !== INTEGER && found !== FLOAT) texts += 1;
    else {
      const number = value[at]!;
      if (found === INTEGER) integers += 1;
      else floats += 1;
      sum += number;
      if (number < min) min = number;
      if (number > max) max = number;
      if (number > 0 && number < minNonZero) minNonZero = number;
      if (found === FLOAT) by5 = by6 = middle6 = false;
      else {
        if (by5 && remainder(number, 5) !== 0) by5 = false;
        if (by6 && remainder(number, 6) !== 0) by6 = false;
        if (middle6 && number !== 0 && remainder(number, 6) !== 3) middle6 = false;
      }
    }
  }
  const numeric = integers + floats;
  const shown: ColumnSummary = {
    column: name,
    type: typeOf(integers, floats, texts),
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
  for (let row = 0, at = index; row < table.rows; row += 1, at += table.columns) {
    const kind = table.kind[at];
    if (kind !== INTEGER && kind !== FLOAT) continue;
    const bin = width > 0 ? Math.floor((table.value[at]! - min) / width) : 0;
    bins[bin < BINS ? bin : BINS - 1]! += 1;
  }
  return bins;
}

export function reportSummaries(found: Found, columns: readonly ColumnSummary[]): void {
  for (const column of columns) found.add('C20', { column: column.column }, words.summary(column));
}
