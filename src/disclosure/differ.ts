/**
 * D1–D4: two tables that are harmless alone and not together. Rows are matched by their keys; a small
 * difference between unrounded counts is a few people who are in one table and not in the other.
 */
import type { Compiled } from './policy.ts';
import type { Finding, TableFacts } from './types.ts';
import { CHECKS, type CheckId } from './catalogue.ts';
import * as words from './words.ts';

/** Places per pair: one shows the problem, ten show its extent. */
const MOST = 10;

interface Pair {
  row: number;
  column: number;
  before: number;
  after: number;
  isRounded: boolean;
}

const finding = (check: CheckId, place: Finding['place'], message: string): Finding => ({
  check,
  severity: CHECKS[check][0],
  place,
  message,
});

/** Cells that both tables show, by row key and column name. */
function pairsOf(before: TableFacts, after: TableFacts): Pair[] {
  const rows = new Map(before.rows.map((row) => [row.key, row]));
  const columns = after.counts.map(({ name }) => before.counts.findIndex((other) => other.name === name));
  return after.rows.flatMap(({ key, values }, row) => {
    const old = rows.get(key);
    if (!old) return [];
    return values.flatMap((value, column): Pair[] => {
      const from = columns[column]!;
      const was = from < 0 ? null : old.values[from]!;
      if (value === null || was === null) return [];
      const isRounded = after.counts[column]!.rounded && before.counts[from]!.rounded;
      return [{ row, column, before: was, after: value, isRounded }];
    });
  });
}

const sameKeys = (one: TableFacts, other: TableFacts): boolean =>
  one.keys.length === other.keys.length && one.keys.every((key) => other.keys.includes(key));

/** D1, D4: the same path, an earlier released version; `newCode` when another commit made it. */
export function compareVersions(
  before: TableFacts,
  after: TableFacts,
  newCode: boolean,
  { policy }: Compiled,
): Finding[] {
  if (!sameKeys(before, after)) return [];
  const pairs = pairsOf(before, after);
  const moved = pairs.filter((pair) => pair.before !== pair.after);
  const found: Finding[] = [];
  const place = ({ row, column }: Pair): Finding['place'] => ({
    row: row + 1,
    column: after.counts[column]!.name,
  });
  for (const pair of moved) {
    const by = Math.abs(pair.after - pair.before);
    if (!pair.isRounded && by >= 1 && by <= policy.threshold)
      found.push(finding('D1', place(pair), words.movedByFew(pair.before, pair.after)));
  }
  for (const pair of denominatorsAlone(pairs, after))
    found.push(finding('D1', place(pair), words.denominatorMoved()));
  const small = moved.filter(
    (pair) => Math.abs(pair.after - pair.before) <= SMALL_SHARE * Math.max(pair.before, pair.after),
  );
  const sameHeader = before.header.join('\u001f') === after.header.join('\u001f');
  if (newCode && sameHeader && moved.length > 0 && small.length === moved.length)
    found.push(finding('D4', {}, words.smallDelta(moved.length)));
  return found.slice(0, MOST);
}

const SMALL_SHARE = 0.05;
const WHOLE = /denom|population|\bpop\b|total|at.?risk/i;

/** Rows whose denominator changed while every other count stayed. */
function denominatorsAlone(pairs: readonly Pair[], after: TableFacts): Pair[] {
  return pairs.filter((pair) => {
    if (pair.before === pair.after || !WHOLE.test(after.counts[pair.column]!.name)) return false;
    const others = pairs.filter(({ row, column }) => row === pair.row && column !== pair.column);
    const parts = others.filter(({ column }) => !WHOLE.test(after.counts[column]!.name));
    return parts.length > 0 && parts.every((other) => other.before === other.after);
  });
}

/** D2, D3: two tables of the same groups, one population inside the other. */
export function compareTables(
  one: TableFacts,
  other: TableFacts,
  check: 'D2' | 'D3',
  rules: Compiled,
): Finding[] {
  if (one.keys.length === 0 || !sameKeys(one, other)) return [];
  const pairs = pairsOf(other, one);
  const { policy, half } = rules;
  if (pairs.length < 2) return [];
  const bigger = pairs.filter((pair) => pair.after > pair.before).length;
  const smaller = pairs.filter((pair) => pair.after < pair.before).length;
  // Neither inside the other, or the same table.
  if (bigger > 0 === smaller > 0) return [];
  return pairs
    .filter((pair) => {
      const rest = Math.abs(pair.after - pair.before);
      const slack = pair.isRounded ? 2 * half : 0;
      return rest - slack >= 1 && rest + slack <= policy.threshold;
    })
    .slice(0, MOST)
    .map((pair) =>
      finding(
        check,
        { row: pair.row + 1, column: one.counts[pair.column]!.name, element: other.path },
        words.complement(other.path, Math.abs(pair.after - pair.before)),
      ),
    );
}

/** Cells redacted in one table and shown in another: C19. */
export function shownElsewhere(one: TableFacts, other: TableFacts): Finding[] {
  if (one.keys.length === 0 || !sameKeys(one, other)) return [];
  const rows = new Map(other.rows.map((row) => [row.key, row]));
  const found: Finding[] = [];
  for (const [row, { key, redacted }] of one.rows.entries()) {
    for (const [column, { name }] of one.counts.entries()) {
      const from = other.counts.findIndex((count) => count.name === name);
      const value = from < 0 ? null : rows.get(key)?.values[from];
      if (redacted[column] && typeof value === 'number' && found.length < MOST)
        found.push(
          finding(
            'C19',
            { row: row + 1, column: name, element: other.path },
            words.shownElsewhere(other.path),
          ),
        );
    }
  }
  return found;
}

/** Tables that may be compared: same dimensions and the same names of groups. */
export function dimensionOf(table: TableFacts): string {
  return [...table.keys].sort().join('\u001f');
}
