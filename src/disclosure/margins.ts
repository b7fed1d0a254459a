/**
 * Which cells of a table add up to which others. Totals are found by their names (rows and columns called
 * Total, All …) and believed by their numbers: a family of equations counts only where complete ones hold.
 */
import { remainder } from './number.ts';
import type { Compiled } from './policy.ts';
import type { Column, Roles } from './roles.ts';
import { countAt, type Table } from './table.ts';

export interface Equation {
  /** Cells: `row * columns + column`. */
  total: number;
  parts: number[];
}

export interface Family {
  equations: Equation[];
  /** Complete equations hold to the unit, so totals are sums of what is shown. */
  exact: boolean;
  /** All shown numbers are multiples of the rounding base. */
  rounded: boolean;
}

/** Equations of one table, by family; a family whose numbers contradict it is left out. */
export function familiesOf(
  table: Table,
  roles: Roles,
  rules: Compiled,
): { kept: Family[]; doubtful: Equation[] } {
  const kept: Family[] = [];
  const doubtful: Equation[] = [];
  if (roles.counts.length === 0 || table.rows === 0) return { kept, doubtful };
  for (const { equations, needsProof } of candidates(table, roles)) {
    const family = believed(table, equations, needsProof, rules, doubtful);
    if (family) kept.push(family);
  }
  return { kept, doubtful };
}

interface Candidate {
  equations: Equation[];
  /** Not believed without one complete equation that holds. */
  needsProof: boolean;
}

function candidates(table: Table, roles: Roles): Candidate[] {
  const found: Candidate[] = [];
  if (roles.totalRow.includes(1)) {
    for (const key of roles.keys) found.push({ equations: downwards(table, roles, key), needsProof: false });
    found.push(...groupsOfTotal(table, roles), { equations: sections(table, roles), needsProof: true });
  }
  for (const total of roles.counts.filter(({ heading }) => heading.total)) {
    found.push({ equations: across(table, roles, total), needsProof: true });
  }
  return found.filter(({ equations }) => equations.length > 0);
}

const keyAt = (table: Table, row: number, key: Column): string => {
  const at = row * table.columns + key.index;
  const word = table.word[at]!;
  return word >= 0 ? `w${word}` : `n${table.value[at]}`;
};

/** Rows alike in all other keys, one of them the total of this key. */
function downwards(table: Table, roles: Roles, key: Column): Equation[] {
  const others = roles.keys.filter((other) => other !== key);
  const groups = new Map<string, { totals: number[]; parts: number[] }>();
  for (let row = 0; row < table.rows; row += 1) {
    const name = others.map((other) => keyAt(table, row, other)).join(' ');
    let group = groups.get(name);
    if (!group) groups.set(name, (group = { totals: [], parts: [] }));
    const word = table.words[table.word[row * table.columns + key.index]!];
    (word?.isTotal ? group.totals : group.parts).push(row);
  }
  return [...groups.values()]
    .filter(({ totals, parts }) => totals.length === 1 && parts.length > 1)
    .flatMap(({ totals, parts }) => perColumn(table, roles, totals[0]!, parts));
}

function perColumn(table: Table, roles: Roles, total: number, parts: readonly number[]): Equation[] {
  return roles.counts.map(({ index }) => ({
    total: total * table.columns + index,
    parts: parts.map((row) => row * table.columns + index),
  }));
}

/** One total row, and rows in groups named by a first key ("sex", "age group"), each adding up to it. */
function groupsOfTotal(table: Table, roles: Roles): Candidate[] {
  const [first, second] = roles.keys;
  const totals = [...roles.totalRow.keys()].filter((row) => roles.totalRow[row] === 1);
  if (!first || !second || totals.length !== 1) return [];
  const groups = new Map<string, number[]>();
  for (let row = 0; row < table.rows; row += 1) {
    if (roles.totalRow[row] === 1) continue;
    const name = keyAt(table, row, first);
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  const equations = [...groups.values()]
    .filter((rows) => rows.length > 1)
    .flatMap((rows) => perColumn(table, roles, totals[0]!, rows));
  return groups.size > 1 ? [{ equations, needsProof: true }] : [];
}

/** Tables with headings between their rows ("Sex", then Female, Male): each section adds up to the total row. */
function sections(table: Table, roles: Roles): Equation[] {
  const total = roles.totalRow.indexOf(1);
  const found: number[][] = [];
  let rows: number[] = [];
  for (let row = 0; row < table.rows; row += 1) {
    if (roles.totalRow[row] === 1) continue;
    const isHead = roles.counts.every(({ index }) =>
      Number.isNaN(countAt(table, row * table.columns + index)),
    );
    const marked = roles.counts.some(({ index }) => table.kind[row * table.columns + index] === 1);
    if (isHead && !marked) {
      if (rows.length > 1) found.push(rows);
      rows = [];
    } else rows.push(row);
  }
  if (rows.length > 1) found.push(rows);
  return found.length > 1 ? found.flatMap((part) => perColumn(table, roles, total, part)) : [];
}

/** A column called total, and the counts it may be the sum of: those that share its other words. */
function across(table: Table, roles: Roles, total: Column): Equation[] {
  const rest = total.heading.words.filter(
    (word) => !['total', 'all', 'overall', 'n', 'count'].includes(word),
  );
  const parts = roles.counts.filter(
    ({ heading }) => !heading.total && rest.every((word) => heading.words.includes(word)),
  );
  if (parts.length < 2) return [];
  return Array.from({ length: table.rows }, (_, row) => ({
    total: row * table.columns + total.index,
    parts: parts.map(({ index }) => row * table.columns + index),
  }));
}

/** What a shown equation is off by; NaN where a cell is not shown. */
export function gap(table: Table, { total, parts }: Equation): number {
  let sum = 0;
  for (const part of parts) sum += countAt(table, part);
  return countAt(table, total) - sum;
}

const CLOSE = 0.2;

function believed(
  table: Table,
  equations: Equation[],
  needsProof: boolean,
  { half, policy }: Compiled,
  doubtful: Equation[],
): Family | undefined {
  let complete = 0;
  let exact = 0;
  let near = 0;
  let rounded = true;
  const wrong: Equation[] = [];
  for (const equation of equations) {
    rounded =
      rounded &&
      [equation.total, ...equation.parts].every((at) => {
        const value = countAt(table, at);
        return Number.isNaN(value) || remainder(value, policy.base) === 0;
      });
    const off = gap(table, equation);
    if (Number.isNaN(off)) continue;
    complete += 1;
    if (off === 0) exact += 1;
    else wrong.push(equation);
    if (Math.abs(off) <= half * (equation.parts.length + 1)) near += 1;
  }
  if (complete === 0) return needsProof ? undefined : { equations, exact: true, rounded };
  if (2 * Math.max(exact, near) >= complete && exact + near > 0)
    return { equations, exact: exact === complete, rounded };
  // Close to its parts' sum, a total is wrong; far from it, it is the total of something else.
  if (!needsProof)
    doubtful.push(...wrong.filter((one) => Math.abs(gap(table, one)) <= CLOSE * countAt(table, one.total)));
  return undefined;
}
