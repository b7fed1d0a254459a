/**
 * C8, C9: rates that were computed before the counts were rounded.
 *
 * A column of rates is explained by a pair of counts (part, whole) and a scale when `round(scale · part /
 * whole, digits)` gives what is shown. If the counts as shown explain it, all is well. If they do not, but
 * counts within the rounding do, row for row, the rate gives the true counts away (C8). Where the part is
 * not shown at all, a rate with many digits leaves only one whole number for it (C9).
 */
import { isRounded, isSmall, roundingOf } from './counts.ts';
import { REDACTED } from './cells.ts';
import type { Found } from './found.ts';
import type { Compiled } from './policy.ts';
import type { Column, Roles, Rounding } from './roles.ts';
import { countAt, isNumber, shareAt, type Table } from './table.ts';
import type { FileFacts } from './types.ts';
import * as words from './words.ts';

const SCALES = [1, 100, 1000, 10_000, 100_000] as const;
/** Pairs tried per column of rates: a wide table has thousands, and only few are near each other. */
const MOST_PAIRS = 200;
const NEARLY_ALL = 0.9;
const UNLIKELY = 0.02;

interface Rates {
  name: string;
  column: number;
  value: Float64Array;
  decimals: number;
  rows: number[];
}

interface Counts {
  name: string;
  /** Its column, where it has one. */
  column?: number;
  value: Float64Array;
  /** How far the true value may lie below and above what is shown. */
  below: number;
  above: number;
}

export function checkRatios(
  found: Found,
  table: Table,
  roles: Roles,
  facts: FileFacts,
  rules: Compiled,
): void {
  const columns = rateColumns(table, roles);
  if (columns.length === 0 || table.rows === 0) return;
  const counts = roles.counts.map((column) =>
    countsOf(table, column, roundingOf(column, facts, rules), rules),
  );
  let totals: Counts[] | undefined;
  for (const rates of columns) {
    // Most rates stand beside their whole: sums are only made where none does.
    const exact =
      search(rates, counts, counts, false) ??
      search(rates, counts, (totals ??= totalsOf(table, roles, counts, rules)), false);
    if (exact) {
      checkHidden(found, table, rates, exact);
      continue;
    }
    const wholes = [...counts, ...totals!];
    const near = search(rates, counts, wholes, true);
    if (near) {
      found.add(
        'C8',
        { row: near.row + 1, column: rates.name },
        words.rateUnrounded(rates.name, near.part.name, near.whole.name, near.rows),
      );
      continue;
    }
    if (roles.columns[rates.column]!.heading.ratio) checkReveals(found, rates, counts, rules, roles, facts);
  }
}

function rateColumns(table: Table, roles: Roles): Rates[] {
  const found: Rates[] = [];
  for (const column of roles.columns) {
    const named = column.role === 'ratio';
    const shares = column.role === 'count' && hasShares(table, column);
    const open = column.role === 'measure' && !column.heading.other && column.texts === 0;
    if (!named && !shares && !open) continue;
    const rates = ratesOf(table, column, shares);
    if (rates.rows.length > 0 && (rates.decimals > 0 || named || shares)) found.push(rates);
  }
  return found;
}

function hasShares(table: Table, column: Column): boolean {
  if (column.texts === 0) return false;
  for (let row = 0; row < table.rows; row += 1) {
    if (shareAt(table, row * table.columns + column.index)) return true;
  }
  return false;
}

function ratesOf(table: Table, column: Column, shares: boolean): Rates {
  const value = new Float64Array(table.rows).fill(NaN);
  const rows: number[] = [];
  let decimals = 0;
  for (let row = 0, at = column.index; row < table.rows; row += 1, at += table.columns) {
    const share = shares ? shareAt(table, at) : undefined;
    if (!share && (shares || !isNumber(table, at))) continue;
    value[row] = share ? share.value : table.value[at]!;
    decimals = Math.max(decimals, share ? share.decimals : table.decimals[at]!);
    if (value[row]! > 0) rows.push(row);
  }
  return { name: column.name, column: column.index, value, decimals: Math.min(decimals, 15), rows };
}

function countsOf(table: Table, column: Column, rounding: Rounding, { half }: Compiled): Counts {
  const value = new Float64Array(table.rows);
  for (let row = 0, at = column.index; row < table.rows; row += 1, at += table.columns) {
    value[row] = countAt(table, at);
  }
  const middle = rounding === 'middle6' || rounding === 'derived6';
  return {
    name: column.name,
    column: column.index,
    value,
    below: middle ? 2 : half,
    above: middle ? 3 : half,
  };
}

/** Wholes that stand in no column of their own: the sum of a column, of its group, or of its total row. */
function totalsOf(table: Table, roles: Roles, counts: readonly Counts[], rules: Compiled): Counts[] {
  const totals: Counts[] = [];
  const totalRows: number[] = [];
  for (let row = 0; row < table.rows; row += 1) if (roles.totalRow[row] === 1) totalRows.push(row);
  for (const count of counts) {
    totals.push(...sumsOf(table, roles, count, rules));
    if (totalRows.length === 1) {
      const whole = count.value[totalRows[0]!]!;
      totals.push({ ...count, column: undefined, value: new Float64Array(table.rows).fill(whole) });
    }
    for (const row of roles.countRows) {
      totals.push({
        ...count,
        column: undefined,
        value: new Float64Array(table.rows).fill(count.value[row]!),
      });
    }
  }
  if (counts.length > 1 && counts.length <= 12) {
    const value = new Float64Array(table.rows);
    for (const count of counts)
      for (let row = 0; row < table.rows; row += 1) value[row]! += count.value[row]!;
    const slack = rules.half * counts.length;
    totals.push({ name: 'the sum of the counts', value, below: slack, above: slack });
  }
  return totals;
}

/** The column's sum, and its sum within each group of each key, total rows left out. */
function sumsOf(table: Table, roles: Roles, count: Counts, { half }: Compiled): Counts[] {
  const whole = new Float64Array(table.rows);
  let sum = 0;
  let parts = 0;
  for (let row = 0; row < table.rows; row += 1) {
    if (roles.totalRow[row] === 1 || Number.isNaN(count.value[row])) continue;
    sum += count.value[row]!;
    parts += 1;
  }
  whole.fill(sum);
  const all: Counts = { name: count.name, value: whole, below: half * parts, above: half * parts };
  if (roles.keys.length < 2 || roles.keys.length > 4) return [all];
  return [all, ...roles.keys.map((key) => groupSums(table, roles, count, key, half))];
}

function groupSums(table: Table, roles: Roles, count: Counts, key: Column, half: number): Counts {
  const sums = new Map<number, number>();
  let most = 0;
  const sizes = new Map<number, number>();
  const groupOf = (row: number): number => {
    const at = row * table.columns + key.index;
    return table.word[at]! >= 0 ? -1 - table.word[at]! : table.value[at]!;
  };
  for (let row = 0; row < table.rows; row += 1) {
    if (roles.totalRow[row] === 1 || Number.isNaN(count.value[row])) continue;
    const group = groupOf(row);
    sums.set(group, (sums.get(group) ?? 0) + count.value[row]!);
    sizes.set(group, (sizes.get(group) ?? 0) + 1);
    most = Math.max(most, sizes.get(group)!);
  }
  const value = new Float64Array(table.rows);
  for (let row = 0; row < table.rows; row += 1) value[row] = sums.get(groupOf(row)) ?? NaN;
  return { name: count.name, value, below: half * most, above: half * most };
}

interface Explained {
  part: Counts;
  whole: Counts;
  scale: number;
  row: number;
  rows: number;
}

function search(
  rates: Rates,
  parts: readonly Counts[],
  wholes: readonly Counts[],
  near: boolean,
): Explained | undefined {
  let tried = 0;
  for (const part of parts) {
    for (const whole of wholes) {
      if (whole === part) continue;
      if ((tried += 1) > MOST_PAIRS) return undefined;
      for (const scale of SCALES) {
        const found = explains(rates, part, whole, scale, near);
        if (found) return found;
      }
    }
  }
  return undefined;
}

/** Whether this pair accounts for the rates; `near` lets the counts lie anywhere within their rounding. */
function explains(
  rates: Rates,
  part: Counts,
  whole: Counts,
  scale: number,
  near: boolean,
): Explained | undefined {
  const step = 0.5 * 10 ** -rates.decimals * (1 + 1e-9) + 1e-12;
  let usable = 0;
  let good = 0;
  let exact = 0;
  // How likely chance alone would hit the windows.
  let chance = 1;
  let first = -1;
  const enough = rates.rows.length;
  for (const [index, row] of rates.rows.entries()) {
    const a = part.value[row]!;
    const b = whole.value[row]!;
    if (!(b > 0) || !(a >= 0)) continue;
    usable += 1;
    const p = rates.value[row]!;
    if (Math.abs((scale * a) / b - p) <= step) {
      exact += 1;
      good += 1;
      chance *= Math.min(1, (2 * step) / p);
    } else if (near) {
      const low = (scale * Math.max(0, a - part.below)) / (b + whole.above);
      const high = (scale * (a + part.above)) / Math.max(1, b - whole.below);
      if (p + step >= low && p - step <= high && isReachable(p, step, scale, part, whole, row)) {
        good += 1;
        if (first < 0) first = row;
        chance *= Math.min(1, (high - low + 2 * step) / p);
      }
    }
    if (good < usable - (1 - NEARLY_ALL) * enough - 1) return undefined;
    if (index === 1 && good === 0) return undefined;
  }
  if (usable === 0 || usable < Math.min(enough, 3)) return undefined;
  if (good < Math.max(NEARLY_ALL * usable, Math.min(3, usable))) return undefined;
  if (!near) return { part, whole, scale, row: -1, rows: exact };
  if (first < 0 || chance > UNLIKELY) return undefined;
  return { part, whole, scale, row: first, rows: good - exact };
}

/** Whether whole numbers within the rounding give the rate at all. */
function isReachable(
  p: number,
  step: number,
  scale: number,
  part: Counts,
  whole: Counts,
  row: number,
): boolean {
  const a = part.value[row]!;
  const b = whole.value[row]!;
  for (let wholeTry = Math.max(1, b - whole.below); wholeTry <= b + whole.above; wholeTry += 1) {
    const guess = Math.round((p * wholeTry) / scale);
    if (guess < a - part.below || guess > a + part.above || guess < 0) continue;
    if (Math.abs((scale * guess) / wholeTry - p) <= step) return true;
  }
  return false;
}

/** C9: the count is redacted, but its rate is shown beside the whole. */
function checkHidden(found: Found, table: Table, rates: Rates, { part, whole, scale }: Explained): void {
  const step = 0.5 * 10 ** -rates.decimals;
  for (const row of rates.rows) {
    const b = whole.value[row]!;
    if (table.kind[row * table.columns + part.column!] !== REDACTED || !(b > 0)) continue;
    const low = Math.ceil(((rates.value[row]! - step) * b) / scale - 1e-9);
    const high = Math.floor(((rates.value[row]! + step) * b) / scale + 1e-9);
    if (low !== high || low === 0) continue;
    found.add('C9', { row: row + 1, column: rates.name }, words.rateReveals(rates.name, whole.name, low));
  }
}

/** C9: with the whole as shown, only one whole number gives the rate, and it should not be known. */
function checkReveals(
  found: Found,
  rates: Rates,
  wholes: readonly Counts[],
  rules: Compiled,
  roles: Roles,
  facts: FileFacts,
): void {
  const rounding = roles.counts[0] ? roundingOf(roles.counts[0], facts, rules) : 'base';
  const most = isPercent(roles.columns[rates.column]!) ? 100 : Infinity;
  for (const whole of wholes) {
    for (const scale of SCALES.filter((one) => one <= most)) {
      const unique = uniqueParts(rates, whole, scale);
      if (!unique) continue;
      const bad = unique.filter(
        ({ part }) =>
          part > 0 &&
          (isSmall(part, rounding, rules.policy.threshold) || !isRounded(part, rounding, rules.policy.base)),
      );
      for (const { row, part } of bad)
        found.add(
          'C9',
          { row: row + 1, column: rates.name },
          words.rateReveals(rates.name, whole.name, part),
        );
      if (bad.length > 0) return;
    }
  }
}

const PERCENT = new Set('percent percents percentage percentages pct perc pc prozent pourcentage'.split(' '));

const isPercent = ({ heading }: Column): boolean => heading.words.some((word) => PERCENT.has(word));

/** The single numerator of each row; undefined unless every row has one, and nearly all only one. */
function uniqueParts(
  rates: Rates,
  whole: Counts,
  scale: number,
): { row: number; part: number }[] | undefined {
  const step = 0.5 * 10 ** -rates.decimals;
  const parts: { row: number; part: number }[] = [];
  let usable = 0;
  for (const row of rates.rows) {
    const b = whole.value[row]!;
    if (!(b > 0)) continue;
    usable += 1;
    const p = rates.value[row]!;
    if (p > scale) return undefined;
    const low = Math.ceil(((p - step) * b) / scale - 1e-9);
    const high = Math.floor(((p + step) * b) / scale + 1e-9);
    if (high < low) return undefined;
    if (low === high) parts.push({ row, part: low });
  }
  const least = Math.min(3, rates.rows.length);
  if (usable < least || parts.length < least) return undefined;
  // By chance each row would have some whole number this often; all of them, rarely.
  let chance = 1;
  for (const { row } of parts) chance *= Math.min(1, (2 * step * whole.value[row]!) / scale);
  return chance < 0.05 ? parts : undefined;
}
