/** Who is on duty: the calendar of the deployment, each checker's days of the week, and when they are away. */
import { days, isoDay } from '../lib/clock.ts';
import { live } from './lookup.ts';
import type { Day, Governance, Policies, Team } from './types.ts';

export type Calendar = Policies['calendar'];

/**
 * Output checkers to whom nothing is given now. What is submitted when nobody works waits for the next
 * working day, so that is the day asked about.
 */
export function offDuty(g: Governance, at: number): number[] {
  const day = nextWorkingDay(g.policies.calendar, at);
  const today = isoDay(at);
  const places = g.teams
    .filter(({ role }) => role === 'output_checker')
    .flatMap(({ members }) => members.filter((member) => live(member, today)));
  return [...new Set(places.map(({ id }) => id))].filter(
    (id) => !places.some((member) => member.id === id && works(member, day)),
  );
}

function works({ workingDays, away }: Team['members'][number], day: Day): boolean {
  return (workingDays?.includes(weekdayOf(day)) ?? true) && !away.some((absence) => live(absence, day));
}

/** This day or the first after it on which somebody works; a week of weekends ends the search. */
function nextWorkingDay({ weekend, holidays }: Calendar, at: number): Day {
  let day = isoDay(at);
  for (
    let ahead = 1;
    ahead <= 366 && (weekend.includes(weekdayOf(day)) || holidays.includes(day));
    ahead += 1
  )
    day = isoDay(at + days(ahead));
  return day;
}

const weekdayOf = (day: Day): number => new Date(day).getUTCDay();
