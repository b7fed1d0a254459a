/**
 * Who is asked to check. The airlock chooses: qualified, independent, least busy; the smaller id when
 * two are equally so. It records everybody it passed over, and why. The hub only shows the result.
 */
import { seatBars, whyNotChecker, bars, type Bar } from './independence.ts';
import { isSeated } from './lookup.ts';
import { barredSeats, freePlaces } from './seats.ts';
import type { Facts, ReleasePolicy, ReleaseRequest, View } from './types.ts';
import { workingDaysBetween, type Calendar } from './queue.ts';

export interface Choice {
  chosen: number[];
  passedOver: { person: number; bars: Bar[] }[];
  /** Places nobody could be found for. */
  short: number;
}

/** Open places a checker already holds elsewhere, by person; absent is none. `away`: not on duty now. */
export interface Rota {
  load: Readonly<Record<number, number>>;
  away: readonly number[];
}

export function chooseCheckers(
  request: ReleaseRequest,
  facts: Facts,
  policy: ReleasePolicy,
  { load, away }: Rota,
): Choice {
  const places = request.state === 'consolidating' ? 0 : freePlaces(request, facts, policy);
  const pool = Object.values(facts.people)
    .filter(({ id, roles }) => roles.includes('checker') && !isSeated(request, id))
    .map(({ id }) => id);
  const fit = pool
    .filter((id) => !away.includes(id) && !whyNotChecker(id, request, facts))
    .sort((a, b) => (load[a] ?? 0) - (load[b] ?? 0) || a - b);
  const gone = barredSeats(request, facts, policy).map(({ checker }) => checker);
  const staying = { ...request, seats: request.seats.filter(({ checker }) => !gone.includes(checker)) };
  const chosen = seatAll(staying, fit, places, facts, policy);
  return {
    chosen,
    passedOver: pool
      .map((person) => ({ person, bars: bars(person, request, facts) }))
      .filter((each) => each.bars.length > 0),
    short: places - chosen.length,
  };
}

/** The least busy who fit beside each other; where no full set exists, the largest. */
function seatAll(
  request: ReleaseRequest,
  fit: readonly number[],
  places: number,
  facts: Facts,
  policy: ReleasePolicy,
): number[] {
  if (places === 0) return [];
  let best: number[] = [];
  for (const checker of fit) {
    if (seatBars(checker, request, facts, policy).length > 0) continue;
    const seats = [...request.seats, { checker, as: 'checker' as const, since: facts.at }];
    const others = fit.filter((id) => id !== checker);
    const set = [checker, ...seatAll({ ...request, seats }, others, places - 1, facts, policy)];
    if (set.length === places) return set;
    if (set.length > best.length) best = set;
  }
  return best;
}

/** Places whose holders have not opened a file for so many working days: they are given to others. */
export function idleSeats(
  request: ReleaseRequest,
  views: readonly View[],
  at: number,
  policy: ReleasePolicy,
  calendar: Calendar,
): number[] {
  const since = (seat: number): number => Math.max(seat, request.submittedAt ?? 0);
  // What was looked at before the request came back is no start on it as it is now.
  const began = (checker: number, from: number): boolean =>
    views.some(({ session, at: opened }) => session.person === checker && opened >= from) ||
    request.grades.some((grade) => grade.checker === checker && grade.key.turn === request.turn) ||
    request.reviews.some((review) => review.checker === checker && review.turn === request.turn);
  return request.seats
    .filter((seat) => !began(seat.checker, since(seat.since)))
    .filter((seat) => workingDaysBetween(since(seat.since), at, calendar) > policy.workingDays)
    .map(({ checker }) => checker);
}
