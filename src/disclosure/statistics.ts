/** C13, C14, C15, C18: values of single people, statistics without their counts, models, dominance. */
import { INTEGER } from './cells.ts';
import type { Found } from './found.ts';
import { headingOf } from './headings.ts';
import type { Compiled } from './policy.ts';
import type { Column, Roles } from './roles.ts';
import { isNumber, type Table } from './table.ts';
import * as words from './words.ts';

export function checkStatistics(
  found: Found,
  table: Table,
  roles: Roles,
  rules: Compiled,
  dominanceKnown: boolean,
): void {
  checkExtremes(found, table, roles);
  const model = checkModel(found, table, roles, rules);
  if (roles.counts.length === 0 && roles.countRows.length === 0) checkCounted(found, table, roles, model);
  if (!dominanceKnown) checkShares(found, table, roles, rules);
}

function isFilled(column: Column): boolean {
  return column.numeric > 0 && column.role !== 'key';
}

function checkExtremes(found: Found, table: Table, roles: Roles): void {
  for (const column of roles.columns) {
    if (!isFilled(column) || column.role === 'count') continue;
    if (column.heading.extreme) found.add('C13', { column: column.name }, words.extremeColumn(column.name));
    if (!column.heading.spread) continue;
    for (let row = 0, at = column.index; row < table.rows; row += 1, at += table.columns) {
      if (isNumber(table, at) && table.value[at] === 0)
        found.add('C13', { row: row + 1, column: column.name }, words.noSpread(column.name));
    }
  }
  for (const { row, label } of statisticRows(table, roles, EXTREMES))
    found.add('C13', { row: row + 1 }, words.extremeColumn(label));
}

const EXTREMES = new Set('min max minimum maximum range'.split(' '));
const CENTRES = new Set('mean median sd std average iqr moyenne mittelwert'.split(' '));

/** Rows named like a statistic (`min`, `Std. Dev.`), as tables of descriptions have them. */
function statisticRows(
  table: Table,
  roles: Roles,
  wanted: ReadonlySet<string>,
): { row: number; label: string }[] {
  if (roles.columns[0]?.role !== 'key' || table.columns < 2) return [];
  const found: { row: number; label: string }[] = [];
  for (let row = 0; row < table.rows; row += 1) {
    const word = table.words[table.word[row * table.columns]!];
    if (!word || word.text.length > 20) continue;
    const { said } = word;
    if (said.length <= 2 && said[0] !== undefined && wanted.has(said[0]))
      found.push({ row, label: word.text });
  }
  return found;
}

function checkCounted(found: Found, table: Table, roles: Roles, model: boolean): void {
  if (table.header.some((name) => headingOf(name).count)) return;
  if (roles.columns.some((column) => isWhole(table, column))) return;
  for (const column of roles.columns) {
    if (!isFilled(column) || column.heading.middle6 || column.heading.derived6) continue;
    const isError = column.heading.words.some((word) => word === 'error' || word === 'err');
    const asked = (column.heading.statistic && !isError) || column.role === 'ratio';
    if (asked) found.add('C14', { column: column.name }, words.noCount(column.name));
  }
  if (model || found.has('C14')) return;
  const first = statisticRows(table, roles, CENTRES)[0];
  if (first) found.add('C14', { row: first.row + 1 }, words.noCount(first.label));
}

/** Whole numbers under a heading that says nothing against counts ("before", "after"). */
function isWhole(table: Table, column: Column): boolean {
  if (column.role !== 'measure' || column.heading.other || column.heading.statistic) return false;
  for (let row = 0, at = column.index; row < table.rows; row += 1, at += table.columns) {
    if (isNumber(table, at) && (table.kind[at] !== INTEGER || table.value[at]! < 0)) return false;
  }
  return column.numeric > 0;
}

const EFFECTS = new Set(
  'coef coefficient coefficients estimate estimates beta or hr rr irr odds hazard exp koeffizient'.split(' '),
);
const PRECISION = new Set(
  'p pvalue pval se std stderr ci lower upper lci uci conf z t statistic lcl ucl low high'.split(' '),
);
const SIZES = new Set('n nobs obs observations count nevents events event participants patients'.split(' '));
const FREEDOM = new Set('df dof freedom resid residual'.split(' '));

/** A table of coefficients: an effect and how precise it is. */
export function isModel(table: Table): boolean {
  const heads = table.header.map((name) => headingOf(name).words);
  const has = (set: ReadonlySet<string>): boolean => heads.some((said) => said.some((word) => set.has(word)));
  // A survival curve has an estimate and its error in each row, too: it has no terms.
  const survives = table.header.some((name) => {
    const heading = headingOf(name);
    return heading.count && heading.words.some((word) => word === 'risk' || word === 'nrisk');
  });
  return table.rows > 0 && !survives && has(EFFECTS) && has(PRECISION);
}

/** C15. Answers whether this is a table of coefficients. */
function checkModel(found: Found, table: Table, roles: Roles, { policy }: Compiled): boolean {
  if (!isModel(table)) return false;
  const sizes = numbersOf(table, roles, SIZES, FREEDOM);
  const freedom = numbersOf(table, roles, FREEDOM, new Set());
  if (sizes.length === 0 && freedom.length === 0) {
    found.add('C15', {}, words.noDf());
    return true;
  }
  const size = Math.min(...sizes);
  // Without df, what is left of n after one for each row of the model.
  const df = freedom.length > 0 ? Math.min(...freedom.filter((value) => value > 0)) : size - table.rows;
  if (df < policy.minDf) found.add('C15', {}, words.smallDf(df, policy.minDf));
  return true;
}

/** Whole numbers in columns and rows that are named so. */
function numbersOf(
  table: Table,
  roles: Roles,
  wanted: ReadonlySet<string>,
  unless: ReadonlySet<string>,
): number[] {
  const fits = (said: readonly string[]): boolean =>
    said.some((word) => wanted.has(word)) && !said.some((word) => unless.has(word));
  const values: number[] = [];
  for (const column of roles.columns.filter(({ heading }) => fits(heading.words))) {
    for (let row = 0, at = column.index; row < table.rows; row += 1, at += table.columns) {
      if (table.kind[at] === INTEGER) values.push(table.value[at]!);
      else if (table.kind[at] === 1) values.push(Infinity);
    }
  }
  if (roles.columns[0]?.role !== 'key') return values;
  for (let row = 0; row < table.rows; row += 1) {
    const word = table.words[table.word[row * table.columns]!];
    if (!word || !fits(word.said)) continue;
    for (let column = 1; column < table.columns; column += 1) {
      const at = row * table.columns + column;
      if (table.kind[at] === INTEGER) values.push(table.value[at]!);
    }
  }
  return values;
}

const CONCENTRATION = new Set('hhi herfindahl concentration'.split(' '));

function checkShares(found: Found, table: Table, roles: Roles, { policy }: Compiled): void {
  for (const column of roles.columns) {
    if (!isFilled(column)) continue;
    const said = column.heading.words;
    if (
      said.some((word) => CONCENTRATION.has(word)) ||
      said.some((word) => /^top\d*$|^largest$/.test(word))
    ) {
      if (column.role !== 'count') found.add('C18', { column: column.name }, words.dominance(column.name));
      continue;
    }
    if (!said.includes('share')) continue;
    let largest = 0;
    for (let row = 0, at = column.index; row < table.rows; row += 1, at += table.columns) {
      if (isNumber(table, at)) largest = Math.max(largest, table.value[at]!);
    }
    const scale = largest <= 1 ? 1 : 100;
    for (let row = 0, at = column.index; row < table.rows; row += 1, at += table.columns) {
      if (roles.totalRow[row] !== 1 && isNumber(table, at) && table.value[at]! >= policy.dominance * scale)
        found.add('C18', { row: row + 1, column: column.name }, words.dominance(column.name));
    }
  }
}
