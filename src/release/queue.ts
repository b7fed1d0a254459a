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

/** As much of an entry as says whether it submits, decides or breaks off. */
export interface DecisionStep {
  type: Entry['type'];
  at: number;
  step?: string | null;
}

/** From a submission to what was decided on it. */
export interface Deciding {
  from: number;
  to: number;
}

/** Of one request, oldest first; broken-off turns and withdrawn requests decided nothing. */
export function decisionsIn(steps: readonly DecisionStep[]): Deciding[] {
  const found: Deciding[] = [];
  let since: number | null = null;
  for (const { type, at, step } of steps) {
    if (type === 'REQUEST_SUBMIT') since = at;
    const decided = DECIDES.includes(type) || (type === 'REQUEST_PARTIAL_RELEASE' && step === 'confirmed');
    if (decided && since !== null) found.push({ from: since, to: at });
    if (decided || type === 'REQUEST_EARLY_RETURN') since = null;
  }
  return found;
}

/** How long a look back the figures take, and how many decisions they need: of fewer they would describe persons. */
export const FIGURES = { lookBack: days(365), fewest: 10 } as const;

/** How long deciding takes, in working days: of ten decisions five took the median or less, and nine the 90th percentile or less. */
export interface DecisionDays {
  decided: number;
  /** Null while there are too few decisions. */
  median: number | null;
  p90: number | null;
}

export function decisionDays(decisions: readonly Deciding[], calendar: Calendar): DecisionDays {
  const decided = decisions.length;
  if (decided < FIGURES.fewest) return { decided, median: null, p90: null };
  const took = decisions.map(({ from, to }) => workingDaysBetween(from, to, calendar)).sort((a, b) => a - b);
  const rank = (share: number): number => took[Math.ceil(share * decided) - 1]!;
  return { decided, median: rank(0.5), p90: rank(0.9) };
}

/** Of steps of many requests, which stand together. */
export function figuresOfSteps(
  steps: readonly (DecisionStep & { request: string })[],
  calendar: Calendar,
): DecisionDays {
  const byRequest = new Map<string, DecisionStep[]>();
  for (const step of steps) {
    const own = byRequest.get(step.request);
    if (own) own.push(step);
    else byRequest.set(step.request, [step]);
  }
  return decisionDays([...byRequest.values()].flatMap(decisionsIn), calendar);
}
