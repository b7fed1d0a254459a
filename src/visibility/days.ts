/** Days as governance writes them, and what a calendar does with them. All in UTC. */
import type { Day } from '../governance/types.ts';

const DAY_MS = 86_400_000;

const parse = (day: Day): number => Date.parse(`${day}T00:00:00Z`);
const write = (ms: number): Day => new Date(ms).toISOString().slice(0, 10);

export const addDays = (day: Day, count: number): Day => write(parse(day) + count * DAY_MS);

/** The same day of a later month; the last one where that month is shorter. */
export function addMonths(day: Day, count: number): Day {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number];
  const first = new Date(Date.UTC(year, month - 1 + count, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return write(first.getTime() + (Math.min(date, last) - 1) * DAY_MS);
}

/** From the first day to the second; negative when that is over. */
export const daysBetween = (from: Day, to: Day): number => Math.round((parse(to) - parse(from)) / DAY_MS);

export const latest = (...days: readonly Day[]): Day => days.reduce((a, b) => (a > b ? a : b));
export const earliest = (...days: readonly Day[]): Day => days.reduce((a, b) => (a < b ? a : b));
