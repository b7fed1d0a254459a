/**
 * Whose approval of a change counts. Pure: what GitHub says goes in, and who counts, who does not and why comes out.
 *
 * Counted are people, by numeric id, who approved exactly this commit and have not taken it back; who neither
 * wrote nor asked for it, gain nothing from it, and hold the role that it takes as governance in force has it.
 */
import { demandsOf, type Change, type Demand } from './demands.ts';
import { rolesOf } from './permissions.ts';
import { live, personById } from './lookup.ts';
import { isoDay } from '../lib/clock.ts';
import type { Governance } from './types.ts';

export interface SeenReview {
  person: number;
  login: string;
  bot: boolean;
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING';
  commit: string | null;
}

export interface SeenPull {
  head: string;
  author: number;
  /** Of its commits, authors and committers; null where nobody knows who that is. */
  writers: readonly (number | null)[];
  /** Whoever pushed to it, as far as we were told. */
  pushers: readonly number[];
  /** Who had it proposed by us; undefined when it is nobody's proposal. */
  askedBy?: number | undefined;
  /** It is the steward's, and nobody knows for whom. */
  askedByNobody: boolean;
  files: readonly string[];
}

export type WhyNot =
  | 'bot'
  | 'author'
  | 'writer'
  | 'pusher'
  | 'asked'
  | 'gains'
  | 'dismissed'
  | 'old'
  | 'commented'
  | 'role';

export interface Reviewer {
  person: number;
  login: string;
}

export interface Approving {
  ok: boolean;
  demands: (Demand & { counted: number })[];
  counted: Reviewer[];
  others: (Reviewer & { why: WhyNot })[];
  /** People who may approve and have asked for changes. */
  objecting: Reviewer[];
  /** What keeps it from being counted at all. */
  faults: ('unknown-writer' | 'unknown-asker')[];
}

export function approving(
  change: Change,
  pull: SeenPull,
  { reviews, at }: { reviews: readonly SeenReview[]; at: number },
): Approving {
  const { demands, gaining } = demandsOf(change, pull.files);
  const { inForce } = change;
  const may = (person: number, { roles, teams }: Demand): boolean => {
    const held = rolesOf(inForce, person, undefined, at);
    return roles.some((role) => held.has(role)) || teams.some((team) => isIn(inForce, person, team, at));
  };
  const counted: Reviewer[] = [];
  const objecting: Reviewer[] = [];
  const others: Approving['others'] = [];
  for (const review of latest(reviews)) {
    const { person, login } = review;
    const isAble = demands.some((demand) => may(person, demand));
    const why = whyNot(pull, gaining, review) ?? (isAble ? undefined : 'role');
    if (review.state === 'CHANGES_REQUESTED' && isAble && !review.bot) objecting.push({ person, login });
    else if (why) others.push({ person, login, why });
    else counted.push({ person, login });
  }
  const met = demands.map((demand) => ({
    ...demand,
    counted: counted.filter(({ person }) => may(person, demand)).length,
  }));
  const faults: Approving['faults'] = [
    ...(pull.writers.includes(null) ? ['unknown-writer' as const] : []),
    ...(pull.askedByNobody ? ['unknown-asker' as const] : []),
  ];
  const enough = met.every(({ number, counted: n }) => n >= number);
  return {
    ok: enough && objecting.length === 0 && faults.length === 0,
    demands: met,
    counted,
    others,
    objecting,
    faults,
  };
}

/** What a person said last: a comment takes nothing back. */
function latest(reviews: readonly SeenReview[]): SeenReview[] {
  const last = new Map<number, SeenReview>();
  for (const review of reviews) {
    if (review.state === 'PENDING') continue;
    const known = last.get(review.person);
    if (known && review.state === 'COMMENTED') continue;
    last.delete(review.person);
    last.set(review.person, review);
  }
  return [...last.values()];
}

function whyNot(pull: SeenPull, gaining: ReadonlySet<number>, review: SeenReview): WhyNot | undefined {
  const { person, bot, state, commit } = review;
  if (bot) return 'bot';
  if (person === pull.author) return 'author';
  if (person === pull.askedBy) return 'asked';
  if (pull.writers.includes(person)) return 'writer';
  if (pull.pushers.includes(person)) return 'pusher';
  if (gaining.has(person)) return 'gains';
  if (state === 'DISMISSED') return 'dismissed';
  if (state !== 'APPROVED') return 'commented';
  return commit === pull.head ? undefined : 'old';
}

/** Listed in a team of this name, whatever role it is for. */
function isIn(g: Governance, id: number, team: string, at: number): boolean {
  const day = isoDay(at);
  const person = personById(g, id);
  if (!person || !live(person, day)) return false;
  return g.teams.some(
    (each) => each.team === team && each.members.some((member) => member.id === id && live(member, day)),
  );
}
