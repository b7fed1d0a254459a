/**
 * Who has signed a version off: people of the deployment, other than those who made it, whose last word on the
 * pull request is an approval of exactly the commit that is its head. People are compared by numeric id.
 */
export const WANTED_SIGN_OFFS = 2;

/** As GitHub lists them, oldest first. */
export interface Review {
  person: number;
  /** False for Apps and bots. */
  isPerson: boolean;
  state: string;
  commit: string | null;
  /** Said in time: before the pull request was merged. */
  inTime: boolean;
}

export interface SigningFacts {
  head: string;
  reviews: readonly Review[];
  /** Who opened it, wrote a commit of it, or built it on the hub's page. */
  makers: ReadonlySet<number>;
  /** Whether governance knows the person as of now. */
  isMember(person: number): boolean;
}

/** A comment says nothing for or against. */
const WORDS = new Set(['APPROVED', 'CHANGES_REQUESTED', 'DISMISSED']);

export interface Signing {
  signers: number[];
  /** Somebody's last word is that it must change. */
  against: number[];
  /** Approved an earlier head. */
  stale: number[];
}

export function signingOf({ head, reviews, makers, isMember }: SigningFacts): Signing {
  const last = new Map<number, Review>();
  for (const review of reviews) {
    if (review.isPerson && review.inTime && WORDS.has(review.state)) last.set(review.person, review);
  }
  const entitled = [...last.values()].filter(({ person }) => !makers.has(person) && isMember(person));
  const those = (is: (review: Review) => boolean): number[] =>
    entitled.filter(is).map(({ person }) => person);
  return {
    signers: those(({ state, commit }) => state === 'APPROVED' && commit === head),
    against: those(({ state }) => state === 'CHANGES_REQUESTED'),
    stale: those(({ state, commit }) => state === 'APPROVED' && commit !== head),
  };
}

export const isSigned = ({ signers, against }: Signing): boolean =>
  signers.length >= WANTED_SIGN_OFFS && against.length === 0;

/** Of commits that the steward makes: for whom. Anybody can write it of themselves, and only bars themselves. */
export function requestedBy(message: string): number[] {
  return [...message.matchAll(/^Requested-by: (\d{1,15})$/gm)].map(([, id]) => Number(id));
}
