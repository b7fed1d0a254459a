/** One look at one part of the organisation: what is put back, what is only told, what could not be done. */
import type { DriftKind, DriftPolicy, Governance } from '../governance/governance.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Deed, Found, RoundScope, ToldDrift } from '../protocol/steward-rounds.ts';
import { GitHubTrouble, type StewardGitHub } from './github.ts';
import type { About, DeedBook, Given } from './memory.ts';
import type { Pins } from './pins.ts';
import { no } from './project-words.ts';

export interface KeepParts {
  github: StewardGitHub;
  clock: Clock;
  logger: Logger;
  book: DeedBook;
  given: Given;
  /** Which repository was made for a project. */
  made: Pins;
  /** When making one was begun: what is there after a crash may be ours. */
  begun: Pins;
  /** Which repositories were made public because they were due: governance may not say so yet. */
  opened: Pins;
  /** From which repositories something is to be published, as the zone has signed and publishers approved. */
  published: Pins;
  /** Repositories that are no study's, whatever a project file says: governance's own, and where checkers work. */
  isBarred(g: Governance, repository: number): boolean;
}

export interface Looked {
  scope: RoundScope;
  deeds: Deed[];
  drift: ToldDrift[];
  refused: { refusal: Refusal; about: About }[];
  /** False: it was broken off, and nothing follows from what is not in the lists. */
  whole: boolean;
  /** GitHub or the network failed: soon to be tried again. */
  passing: boolean;
}

interface Difference {
  kind: DriftKind;
  found: Found;
  about: About;
  deed: Deed;
  /** The name under which it is remembered that it was once put so. */
  key: string;
  /** Whether it is to be there, or to be gone. */
  there: boolean;
  work(): Promise<void>;
}

/** told: policy only wants to know · refused: GitHub did not do it. */
type Became = 'done' | 'told' | 'refused';

export class Look {
  readonly looked: Looked;
  readonly #parts: KeepParts;
  readonly #policy: DriftPolicy;

  constructor(parts: KeepParts, scope: RoundScope, policy: DriftPolicy) {
    this.#parts = parts;
    this.#policy = policy;
    this.looked = { scope, deeds: [], drift: [], refused: [], whole: true, passing: false };
  }

  /** All of it, or as far as GitHub lets us. */
  async through(what: string, org: string, work: () => Promise<void>): Promise<Looked> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof GitHubTrouble)) throw error;
      this.looked.whole = false;
      this.looked.passing = isPassing(error);
      this.refuse(no.trouble(error, what, org), {});
    }
    return this.looked;
  }

  refuse(refusal: Refusal, about: About): void {
    this.looked.refused.push({ refusal, about });
    this.#parts.logger.warn({ code: refusal.code, next: refusal.next, ...about }, refusal.says);
  }

  /** What governance changed is carried out; what somebody changed by hand is put back, or told, as policy says. */
  async differs({ kind, found, about, deed, key, there, work }: Difference): Promise<Became> {
    const byHand = this.#parts.given.has(key) === there;
    if (byHand && this.#policy[kind] === 'report') {
      this.looked.drift.push({ found, ...about });
      return 'told';
    }
    try {
      await this.deed(deed, about, work);
    } catch (error) {
      if (!(error instanceof GitHubTrouble) || isPassing(error)) throw error;
      this.looked.drift.push({ found, ...about });
      // Of those whom GitHub does not take into a team there is one word for all.
      if (found !== 'member-missing')
        this.refuse(no.trouble(error, `${about.repository ?? about.team ?? ''}`, ''), about);
      return 'refused';
    }
    this.#parts.given.put(key, there);
    return 'done';
  }

  /** It is as it should be: from now on another state is somebody's change. */
  holds(key: string, there: boolean): void {
    this.#parts.given.put(key, there);
  }

  /** `more`: what is known about it once it is done. */
  async deed<T>(deed: Deed, about: About, work: () => Promise<T>, more?: (done: T) => About): Promise<T> {
    const done = await this.#parts.book.act(this.looked.scope, deed, about, work, more);
    this.looked.deeds.push(deed);
    const level = deed === 'made-private' || deed === 'collaborator-removed' ? 'warn' : 'info';
    this.#parts.logger[level]({ code: `steward.${deed}`, scope: this.looked.scope, ...about }, DID[deed]);
    return done;
  }
}

const isPassing = ({ status }: GitHubTrouble): boolean => status === 0 || status === 429 || status >= 500;

const DID: Record<Deed, string> = {
  'repository-created': 'A repository was made for a project',
  'repository-adopted': 'A repository that was begun before is kept from now on',
  'made-private': 'A repository was open that governance keeps private, and was closed again',
  'issues-switched-on': 'Issues were switched on in the repository of a project',
  'topics-set': 'A repository was given its topics',
  'ruleset-set': 'A repository was given its ruleset',
  'forms-set': 'A repository was given its issue forms, as governance says',
  'team-created': 'A team was made',
  'member-added': 'Somebody was taken into a team, as governance says',
  'member-removed': 'Somebody was taken out of a team: governance does not list them',
  'team-given': 'A team was given its right on a repository',
  'team-right-taken': 'A team lost a right on a repository that governance does not give it',
  'collaborator-removed': 'Somebody lost a right on a repository that was given by hand',
};
