/** C16, C17: survival tables and dates of single days, where each step may be one person. */
import { INTEGER } from './cells.ts';
import { isRounded } from './counts.ts';
import type { Found } from './found.ts';
import type { Compiled } from './policy.ts';
import type { Column, Roles } from './roles.ts';
import { countAt, textAt, type Table } from './table.ts';
import * as words from './words.ts';

export function checkTimes(found: Found, table: Table, roles: Roles, rules: Compiled): void {
  checkSurvival(found, table, roles, rules);
  checkDays(found, table, roles, rules);
}

const TIME = new Set('time times day days week weeks month months year years t tstart'.split(' '));
const EVENTS = new Set(
  'event events nevent nevents deaths death failures fail d censored ncensor censor'.split(' '),
);

function checkSurvival(found: Found, table: Table, roles: Roles, { policy }: Compiled): void {
  const time = roles.columns.find(
    ({ heading, numeric }) => numeric > 0 && heading.words.some((word) => TIME.has(word)),
  );
  const risk = roles.columns.find(
    ({ heading }) =>
      heading.words.includes('nrisk') || (heading.words.includes('risk') && heading.words[0] === 'n'),
  );
  const events = roles.columns.find(({ heading }) => heading.words.some((word) => EVENTS.has(word)));
  if (!time || !risk || !events || time === risk) return;
  const strata = roles.keys.filter((key) => key !== time && key.texts > 0);
  const strataOf = (row: number): string => strata.map((key) => textAt(table, row, key.index)).join('\u0000');
  let unrounded = false;
  for (let row = 0; row < table.rows; row += 1) {
    const here = countAt(table, row * table.columns + risk.index);
    if (here > 0 && !isRounded(here, risk.rounding, policy.base)) unrounded = true;
    if (row === 0 || strataOf(row) !== strataOf(row - 1)) continue;
    const step = countAt(table, (row - 1) * table.columns + risk.index) - here;
    if (step >= 1 && step <= policy.threshold && !(risk.rounding !== 'base' && step === 6))
      found.add('C16', { row: row + 1, column: risk.name }, words.survivalStep(step, policy.threshold));
  }
  if (unrounded) found.add('C16', { column: risk.name }, words.survivalUnrounded());
  if (isDaily(table, time)) found.add('C16', { column: time.name }, words.survivalDaily());
}

const DAILY_ROWS = 30;

/** Whole numbers one apart, many of them, or a heading that says days and steps that are no weeks. */
function isDaily(table: Table, time: Column): boolean {
  const values = new Set<number>();
  for (let row = 0, at = time.index; row < table.rows; row += 1, at += table.columns) {
    if (table.kind[at] === INTEGER) values.add(table.value[at]!);
  }
  const sorted = [...values].sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((value, index) => value - sorted[index]!);
  if (gaps.length === 0) return false;
  const least = Math.min(...gaps);
  const said = time.heading.words;
  if (said.includes('day') || said.includes('days')) return least < 7;
  if (said.some((word) => /^(week|month|year)/.test(word))) return false;
  return least === 1 && gaps.filter((gap) => gap === 1).length >= DAILY_ROWS;
}

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ][\d:.]+Z?)?$/;
const EUROPEAN = /^(\d{1,2})[./](\d{1,2})[./](\d{4})$/;
const MOSTLY = 0.8;
const WEEK = 7;

/** Days since 1970 of a written day; undefined for anything else. */
export function dayOf(text: string): number | undefined {
  const iso = ISO.exec(text);
  const parts = iso ? [iso[1], iso[2], iso[3]] : europeanParts(text);
  if (!parts) return undefined;
  const [year, month, day] = parts.map(Number) as [number, number, number];
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  return Math.round(Date.UTC(year, month - 1, day) / 86_400_000);
}

function europeanParts(text: string): (string | undefined)[] | undefined {
  const parts = EUROPEAN.exec(text);
  return parts ? [parts[3], parts[2], parts[1]] : undefined;
}

function checkDays(found: Found, table: Table, roles: Roles, { policy }: Compiled): void {
  if (roles.counts.length === 0) return;
  for (const column of roles.keys) {
    const days: number[] = [];
    const rows: number[] = [];
    if (column.texts < 2) continue;
    for (let row = 0; row < table.rows; row += 1) {
      const word = table.words[table.word[row * table.columns + column.index]!];
      const day = word && dayOf(word.text);
      if (day === undefined) {
        if (row > 20 && days.length === 0) break;
        continue;
      }
      days.push(day);
      rows.push(row);
    }
    if (days.length < MOSTLY * column.texts || days.length < 2 || !areDays(days)) continue;
    found.add('C17', { column: column.name }, words.dailyDates(column.name));
    for (const row of rows) {
      const small = roles.counts.some(({ index }) => {
        const value = countAt(table, row * table.columns + index);
        return value >= 1 && value <= policy.threshold;
      });
      if (small)
        found.add(
          'C17',
          { row: row + 1, column: column.name },
          words.dailySmall(textAt(table, row, column.index)),
        );
    }
  }
}

/** Less than a week apart somewhere: not weeks, not months. */
function areDays(days: readonly number[]): boolean {
  const sorted = [...new Set(days)].sort((a, b) => a - b);
  return sorted.some((day, index) => index > 0 && day - sorted[index - 1]! < WEEK);
}
