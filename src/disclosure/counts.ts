/** C5, C6, C7, C12: small counts, unrounded counts, what the declared controls say, nobody and everybody. */
import { FLOAT, REDACTED } from './cells.ts';
import type { Found } from './found.ts';
import { remainder } from './number.ts';
import type { Compiled } from './policy.ts';
import type { Column, Roles, Rounding } from './roles.ts';
import { countAt, isNumber, shareAt, type Table } from './table.ts';
import type { FileFacts } from './types.ts';
import * as words from './words.ts';

const BASES = [100, 50, 25, 10, 7, 6, 5] as const;

/** Of whole numbers. Bins of six have their middle at 3, 9, 15 …; sums and differences of them are multiples of three. */
export function isRounded(value: number, rounding: Rounding, base: number): boolean {
  if (value === 0) return true;
  if (rounding === 'middle6') return remainder(value, 6) === 3;
  return remainder(value, rounding === 'derived6' ? 6 : base) === 0;
}

/** From 1 to the threshold, but for what the named rounding makes of larger counts. */
export function isSmall(value: number, rounding: Rounding, threshold: number): boolean {
  if (value < 1 || value > threshold) return false;
  if (rounding === 'middle6') return value !== 3;
  return rounding !== 'derived6' || value !== 6;
}

/** A column's rounding, as far as the policy or the declared controls accept it. */
export function roundingOf(column: Column, facts: FileFacts, { policy }: Compiled): Rounding {
  if (!policy.midpoint6) return 'base';
  if (column.rounding === 'base' && facts.controls?.method === 'midpoint6') return 'middle6';
  return column.rounding;
}

export function checkCounts(
  found: Found,
  table: Table,
  roles: Roles,
  facts: FileFacts,
  rules: Compiled,
): void {
  for (const column of roles.counts) {
    const rounding = roundingOf(column, facts, rules);
    checkColumn(found, table, column, rounding, rules);
    checkZeros(found, table, column);
  }
  for (const row of roles.countRows) checkCountRow(found, table, roles, row, rules);
  checkWhole(found, table, roles);
  checkControls(found, table, roles, facts, rules);
}

function checkColumn(found: Found, table: Table, column: Column, rounding: Rounding, rules: Compiled): void {
  const { threshold, base } = rules.policy;
  const { rows, columns, kind } = table;
  let off = 0;
  let firstOff = -1;
  for (let row = 0, at = column.index; row < rows; row += 1, at += columns) {
    const value = countAt(table, at);
    // NaN, redacted, or negative: a difference, which other checks look at.
    if (!(value > 0)) {
      if (kind[at] === FLOAT && table.value[at]! > 0) {
        off += 1;
        if (firstOff < 0) firstOff = row;
      }
      continue;
    }
    if (isSmall(value, rounding, threshold))
      found.add('C5', { row: row + 1, column: column.name }, words.smallCount(value, threshold));
    if (!isRounded(value, rounding, base)) {
      off += 1;
      if (firstOff < 0) firstOff = row;
    }
  }
  if (off === 0) return;
  const value = table.value[firstOff * columns + column.index]!;
  found.add(
    'C6',
    { row: firstOff + 1, column: column.name },
    offMessage(table, column, rounding, value, off, base),
  );
}

function offMessage(
  table: Table,
  column: Column,
  rounding: Rounding,
  value: number,
  off: number,
  base: number,
): string {
  if (!Number.isInteger(value)) return words.fractionalCount(value);
  if (rounding === 'middle6') return words.notMiddle6(value, off);
  if (rounding === 'derived6') return words.notDerived6(value, off);
  return words.unroundedCount(value, base, off, inferredBase(table, column.index));
}

const MOST = 0.95;

/** The largest usual base that divides nearly all cells. */
export function inferredBase(table: Table, column: number): number | undefined {
  const values: number[] = [];
  for (let row = 0; row < table.rows; row += 1) {
    const value = countAt(table, row * table.columns + column);
    if (value > 0) values.push(value);
  }
  if (values.length < 2) return undefined;
  return BASES.find((base) => values.filter((value) => value % base === 0).length >= MOST * values.length);
}

function checkZeros(found: Found, table: Table, column: Column): void {
  let zeros = 0;
  let first = 0;
  for (let row = 0; row < table.rows; row += 1) {
    if (countAt(table, row * table.columns + column.index) !== 0) continue;
    if (zeros === 0) first = row;
    zeros += 1;
  }
  if (zeros > 0) found.add('C12', { row: first + 1, column: column.name }, words.nobody(zeros));
}

/** A row called "n" in a table of statistics, and numbers of count rows among texts. */
function checkCountRow(found: Found, table: Table, roles: Roles, row: number, rules: Compiled): void {
  const { threshold, base } = rules.policy;
  for (const column of roles.columns) {
    if (column.index === 0 || column.role !== 'measure') continue;
    const at = row * table.columns + column.index;
    const value = countAt(table, at);
    if (!(value > 0) || !Number.isInteger(value)) continue;
    const place = { row: row + 1, column: column.name };
    if (isSmall(value, 'base', threshold)) found.add('C5', place, words.smallCount(value, threshold));
    if (!isRounded(value, 'base', base))
      found.add('C6', place, words.unroundedCount(value, base, 1, undefined));
  }
}

/** Shares that are exactly 0 or all, and counts that equal the count named their total in the same row. */
function checkWhole(found: Found, table: Table, roles: Roles): void {
  for (const column of roles.ratios) {
    const { heading } = column;
    if (heading.words.includes('per') || heading.words.includes('rr') || heading.words.includes('hr'))
      continue;
    const scale = scaleOf(table, column);
    // A running total ends at the whole.
    const runs = heading.words.some((word) => word.startsWith('cum'));
    for (let row = 0, at = column.index; row < table.rows; row += 1, at += table.columns) {
      if (!isNumber(table, at) || roles.totalRow[row] === 1) continue;
      const value = table.value[at]!;
      if (value === 0 || (value === scale && !runs))
        found.add(
          'C12',
          { row: row + 1, column: column.name },
          words.wholeShare(value === 0 ? '0' : scale === 1 ? '1' : '100 %'),
        );
    }
  }
  for (const column of roles.counts) {
    for (let row = 0, at = column.index; row < table.rows; row += 1, at += table.columns) {
      const share = shareAt(table, at);
      if (!share || share.value !== 100 || roles.totalRow[row] === 1) continue;
      found.add('C12', { row: row + 1, column: column.name }, words.wholeShare('100 %'));
    }
  }
  checkEverybody(found, table, roles);
}

function scaleOf(table: Table, column: Column): number {
  let largest = 0;
  for (let row = 0, at = column.index; row < table.rows; row += 1, at += table.columns) {
    if (isNumber(table, at)) largest = Math.max(largest, table.value[at]!);
  }
  return largest <= 1 ? 1 : 100;
}

const WHOLE_WORDS = new Set('denom denominator population pop total'.split(' '));
const PART_WORDS = new Set('num numerator events event cases deaths n count'.split(' '));

function checkEverybody(found: Found, table: Table, roles: Roles): void {
  const whole = roles.counts.find(({ heading }) => heading.words.some((word) => WHOLE_WORDS.has(word)));
  if (!whole) return;
  for (const part of roles.counts) {
    if (part === whole || !part.heading.words.some((word) => PART_WORDS.has(word))) continue;
    if (part.heading.words.some((word) => WHOLE_WORDS.has(word))) continue;
    for (let row = 0; row < table.rows; row += 1) {
      const base = row * table.columns;
      const value = countAt(table, base + part.index);
      if (value > 0 && value === countAt(table, base + whole.index))
        found.add('C12', { row: row + 1, column: part.name }, words.everybody());
    }
  }
}

/** What the author declared against what was found. */
function checkControls(found: Found, table: Table, roles: Roles, facts: FileFacts, rules: Compiled): void {
  const { controls } = facts;
  if (!controls) return;
  let redacted = false;
  let below = false;
  let off = false;
  for (const column of roles.counts) {
    const rounding = roundingOf(column, facts, rules);
    for (let row = 0, at = column.index; row < table.rows; row += 1, at += table.columns) {
      if (table.kind[at] === REDACTED) redacted = true;
      const value = countAt(table, at);
      if (!(value > 0)) continue;
      if (controls.threshold !== undefined && isSmall(value, rounding, controls.threshold)) below = true;
      if (!isRounded(value, rounding, controls.base ?? rules.policy.base)) off = true;
    }
  }
  if (controls.method === 'none') {
    if (redacted) found.add('C7', {}, words.controlsNone());
    return;
  }
  if (below) found.add('C7', {}, words.controlsThreshold(controls.threshold!));
  if (off && controls.method === 'midpoint6') found.add('C7', {}, words.controlsMiddle6());
  else if (off && controls.base !== undefined) found.add('C7', {}, words.controlsBase(controls.base));
}
