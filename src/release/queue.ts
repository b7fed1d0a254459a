/** How long checking takes: what is overdue, and the two figures the public site shows. */
import { days, isoDay } from '../lib/clock.ts';
import type { Entry } from './entries.ts';
import { OWNER } from './states.ts';
import type { ReleasePolicy, ReleaseRequest } from './types.ts';

export interface Calendar {
  /** Days of the week on which nobody works, Sunday is 0. */
  weekend: readonly number[];
  /** `2027-12-25` */
  holidays: readonly string[];
}

export const WESTERN: Calendar = { weekend: [0, 6], holidays: [] };

/** Working days that began after `from` and have begun by `to`; days are UTC. */
export function workingDaysBetween(from: number, to: number, calendar: Calendar): number {
  let count = 0;
  const last = Date.parse(isoDay(to));
  for (let day = Date.parse(isoDay(from)) + days(1); day <= last; day += days(1)) {
    const works =
      !calendar.weekend.includes(new Date(day).getUTCDay()) && !calendar.holidays.includes(isoDay(day));
    if (works) count += 1;
  }
  return count;
}

/** Waiting for checkers longer than policy says. */
export function isOverdue(
  request: ReleaseRequest,
  at: number,
  policy: ReleasePolicy,
  calendar: Calendar,
): boolean {
  if (OWNER[request.state] !== 'checker') return false;
  return workingDaysBetween(request.submittedAt!, at, calendar) > policy.workingDays;
}

const DECIDES: readonly Entry['type'][] = ['REQUEST_APPROVE', 'REQUEST_RETURN', 'REQUEST_REJECT'];

/** Milliseconds from each submission to its decision; broken-off turns and withdrawn requests decided nothing. */
export function decisionTimes(entries: readonly Entry[]): number[] {
  const times: number[] = [];
  let since: number | null = null;
  for (const entry of entries) {
    if (entry.type === 'REQUEST_SUBMIT') since = entry.at;
    const decided =
      DECIDES.includes(entry.type) ||
      (entry.type === 'REQUEST_PARTIAL_RELEASE' && entry.step === 'confirmed');
    if (decided && since !== null) times.push(entry.at - since);
    if (decided || entry.type === 'REQUEST_EARLY_RETURN') since = null;
  }
  return times;
}

export interface DecisionDays {
  decided: number;
  /** Days, one decimal; null while nothing was decided. */
  median: number | null;
  p90: number | null;
}

export function decisionDays(times: readonly number[]): DecisionDays {
  const sorted = [...times].sort((a, b) => a - b);
  const rank = (share: number): number | null => {
    const held = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
    return held === undefined ? null : Math.round((held / days(1)) * 10) / 10;
  };
  return { decided: sorted.length, median: rank(0.5), p90: rank(0.9) };
}
