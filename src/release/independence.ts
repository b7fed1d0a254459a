/**
 * Who may not check a release request.
 *
 * Independence is about deeds as well as lists: whoever asked for, ran or wrote the work is barred, so
 * is everybody in the project, and an unknown doer bars all, since it could be anyone. People are
 * compared by numeric GitHub id. Asked afresh at every step.
 */
import type { Refusal } from '../lib/refusal.ts';
import { isSeated } from './lookup.ts';
import { no } from './refusals.ts';
import { isStrong } from './strength.ts';
import type { Facts, PersonFacts, ReleasePolicy, ReleaseRequest, Review, Role } from './types.ts';

export const BARS = [
  'author',
  'member',
  'copilot',
  'ran-a-job',
  'committed',
  'same-organisation',
  'unknown',
] as const;
export type Bar = (typeof BARS)[number];

const MEMBERS: readonly Role[] = ['member', 'lead', 'collaborator'];

/** Every reason, not only the first: the airlock records them all. Empty means independent. */
export function bars(person: number, request: ReleaseRequest, facts: Facts): Bar[] {
  const found = new Set<Bar>();
  const about = facts.people[person];
  if (request.authors.includes(person)) found.add('author');
  if (about?.roles.some((role) => MEMBERS.includes(role))) found.add('member');
  if (about?.roles.includes('copilot')) found.add('copilot');
  for (const deed of facts.deeds) {
    if (!deed.known) found.add('unknown');
    else if (deed.person === person) found.add(deed.deed);
  }
  if (!about) found.add('unknown');
  return BARS.filter((bar) => found.has(bar));
}

/**
 * The same, for a place beside others: where policy asks for two organisations, whoever sat down later
 * gives way. Somebody without a known organisation cannot be told apart, so that bars too.
 */
export function seatBars(
  person: number,
  request: ReleaseRequest,
  facts: Facts,
  policy: ReleasePolicy,
): Bar[] {
  const found = bars(person, request, facts);
  if (policy.sameOrganisation) return found;
  const place = request.seats.findIndex(({ checker }) => checker === person);
  const others = (place < 0 ? request.seats : request.seats.slice(0, place)).filter(
    ({ checker }) => !whyNotChecker(checker, request, facts),
  );
  const clash = others.some(({ checker }) => shareOrganisation(facts.people[person], facts.people[checker]));
  return clash ? [...found, 'same-organisation'] : found;
}

function shareOrganisation(a: PersonFacts | undefined, b: PersonFacts | undefined): boolean {
  if (!a?.orgs.length || !b?.orgs.length) return true;
  return a.orgs.some((org) => b.orgs.includes(org));
}

/** A qualified checker of this project who is independent of this request; or the reason why not. */
export function whyNotChecker(person: number, request: ReleaseRequest, facts: Facts): Refusal | undefined {
  if (!facts.people[person]?.roles.includes('checker')) return no.notChecker();
  const found = bars(person, request, facts);
  return found.length > 0 ? no.notIndependent(found) : undefined;
}

/** The same, and assigned, and fit to sit beside the others. Only what such people did counts. */
export function whyNotSeated(
  person: number,
  request: ReleaseRequest,
  facts: Facts,
  policy: ReleasePolicy,
): Refusal | undefined {
  const why = whyNotChecker(person, request, facts);
  if (why) return why;
  if (!isSeated(request, person)) return no.notAssigned();
  const found = seatBars(person, request, facts, policy);
  return found.length > 0 ? no.notIndependent(found) : undefined;
}

/** Signed reviews of this turn whose owners still sit and are still independent, and whose work counts now. */
export function validReviews(request: ReleaseRequest, facts: Facts, policy: ReleasePolicy): Review[] {
  return request.reviews.filter(
    ({ checker, turn, work }) =>
      turn === request.turn && isStrong(work, policy) && !whyNotSeated(checker, request, facts, policy),
  );
}
