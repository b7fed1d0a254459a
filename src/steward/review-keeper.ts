/**
 * Review repositories and their teams, made and kept as governance wants them. Level-triggered: looks at what
 * is there and changes what differs, so that it may be cut off anywhere and done again.
 *
 * The hub has no say in it. What governance does not name is never touched, and nothing is ever deleted.
 */
import type { Governance } from '../governance/governance.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { GitHubTrouble, type StewardGitHub } from './github.ts';
import type { DeedBook } from './memory.ts';
import type { Pins } from './pins.ts';
import { ReviewGitHub, type ReviewRepository } from './review-github.ts';
import { isElsewhere, reviewPlan, type WantedRepository, type WantedTeam } from './review-plan.ts';
import { no } from './words.ts';

export interface ReviewParts {
  github: StewardGitHub;
  pins: Pins;
  /** Told to the hub, for the record. */
  book?: DeedBook;
  clock: Clock;
  logger: Logger;
}

export type Deed =
  | 'repository-created'
  | 'repository-adopted'
  | 'made-private'
  | 'issues-switched-on'
  | 'team-created'
  | 'member-added'
  | 'member-removed'
  | 'team-given'
  | 'team-right-taken';

export interface Kept {
  deeds: Deed[];
  /** For the operator: what could not be done, and what to do. */
  refused: Refusal[];
  /** GitHub or the network failed: soon to be tried again. */
  passing: boolean;
}

/** Throws for bugs alone. */
export async function keepReviews(parts: ReviewParts, g: Governance): Promise<Kept> {
  const plan = reviewPlan(g, parts.clock.now());
  const kept: Kept = { deeds: [], refused: [...plan.refused], passing: false };
  for (const wanted of plan.repositories) await new Keeper(parts, wanted, kept).keep(g);
  for (const { code, says, next } of kept.refused) parts.logger.warn({ code, next }, says);
  return kept;
}

/** Closes again what is open to the public; nothing else. Cheap enough to be asked each minute. */
export async function closeReviews(parts: ReviewParts, g: Governance): Promise<Kept> {
  const kept: Kept = { deeds: [], refused: [], passing: false };
  for (const wanted of reviewPlan(g, parts.clock.now()).repositories)
    await new Keeper(parts, wanted, kept).close(g);
  return kept;
}

class Keeper {
  readonly #parts: ReviewParts;
  readonly #wanted: WantedRepository;
  readonly #kept: Kept;
  readonly #github: ReviewGitHub;

  constructor(parts: ReviewParts, wanted: WantedRepository, kept: Kept) {
    this.#parts = parts;
    this.#wanted = wanted;
    this.#kept = kept;
    this.#github = new ReviewGitHub(parts.github, wanted.org);
  }

  keep(g: Governance): Promise<void> {
    return this.#orRefuse(async () => {
      const repository = await this.#repository(g);
      if (isRefusal(repository)) return repository;
      await this.#settings(repository);
      for (const team of this.#wanted.teams) {
        const against = await this.#team(team, repository);
        if (against) this.#kept.refused.push(against);
      }
      return this.#strangers(repository);
    });
  }

  close(g: Governance): Promise<void> {
    return this.#orRefuse(async () => {
      const id = this.#known();
      const repository = id === undefined ? undefined : await this.#github.byId(id);
      if (repository && !this.#against(g, repository)) await this.#settings(repository);
      return undefined;
    });
  }

  async #orRefuse(work: () => Promise<Refusal | undefined>): Promise<void> {
    let against: Refusal | undefined;
    try {
      against = await work();
    } catch (error) {
      if (!(error instanceof GitHubTrouble)) throw error;
      this.#kept.passing ||= error.status === 0 || error.status === 429 || error.status >= 500;
      against = no.reviews(error, String(this.#wanted.named), this.#wanted.org);
      this.#parts.logger.debug({ err: error }, 'A call for a review repository');
    }
    if (against) this.#kept.refused.push(against);
  }

  #known(): number | undefined {
    const { named } = this.#wanted;
    return typeof named === 'number' ? named : this.#parts.pins.get(named);
  }

  async #repository(g: Governance): Promise<ReviewRepository | Refusal> {
    const id = this.#known();
    if (id !== undefined) {
      const found = await this.#github.byId(id);
      return found ? (this.#against(g, found) ?? found) : no.reviewGone(String(this.#wanted.named), id);
    }
    return this.#firstSight(g, this.#wanted.name!, String(this.#wanted.named));
  }

  /** By its name, once: afterwards the number counts. */
  async #firstSight(g: Governance, name: string, named: string): Promise<ReviewRepository | Refusal> {
    const there = await this.#github.named(name);
    if (!there) {
      const made = await this.#github.create(name);
      this.#parts.pins.keep(named, made.id);
      this.#did('repository-created', { id: made.id });
      return made;
    }
    const against = this.#against(g, there) ?? (isOpen(there) ? no.reviewTaken(named) : undefined);
    if (against) return against;
    // Whoever made it may have let people in.
    const strangers = await this.#strangers(there);
    if (strangers) return strangers;
    this.#parts.pins.keep(named, there.id);
    this.#did('repository-adopted', { id: there.id });
    return there;
  }

  #against(g: Governance, { id, owner, archived }: ReviewRepository): Refusal | undefined {
    const named = String(this.#wanted.named);
    if (isElsewhere(g, id)) return no.reviewElsewhere(named);
    if (owner.login.toLowerCase() !== this.#wanted.org.toLowerCase()) return no.reviewGone(named, id);
    return archived ? no.reviewArchived(named) : undefined;
  }

  async #settings(repository: ReviewRepository): Promise<void> {
    const open = isOpen(repository);
    if (!open && repository.has_issues) return;
    await this.#github.change(repository, {
      ...(open && { visibility: 'private' }),
      ...(!repository.has_issues && { has_issues: true }),
    });
    if (open) this.#did('made-private');
    if (!repository.has_issues) this.#did('issues-switched-on');
  }

  /** Who must not be there leaves before the team is given anything. */
  async #team(team: WantedTeam, repository: ReviewRepository): Promise<Refusal | undefined> {
    const { slug, permission } = team;
    if (!(await this.#github.hasTeam(slug))) {
      if (permission === 'none') return undefined;
      const made = await this.#github.createTeam(slug);
      if (made !== slug) return no.teamName(slug, made);
      this.#did('team-created', { team: slug });
    }
    const now = await this.#github.members(slug);
    for (const { id, login } of now.filter(({ id }) => !team.members.includes(id))) {
      await this.#github.removeMember(slug, login);
      this.#did('member-removed', { team: slug, person: id });
    }
    const absent = await this.#join(
      slug,
      team.members.filter((id) => !now.some((one) => one.id === id)),
    );
    const given = await this.#github.given(slug, repository);
    if (permission === 'none') {
      if (given !== undefined) {
        await this.#github.take(slug, repository);
        this.#did('team-right-taken', { team: slug });
      }
    } else if (given !== ROLE[permission]) {
      await this.#github.give(slug, repository, permission);
      this.#did('team-given', { team: slug, permission });
    }
    return absent.length > 0 ? no.notJoined(slug, absent) : undefined;
  }

  /** Those who cannot be taken in; the others are. */
  async #join(slug: string, people: readonly number[]): Promise<number[]> {
    const absent: number[] = [];
    for (const person of people) {
      const login = await this.#github.login(person);
      if (login === undefined) {
        absent.push(person);
        continue;
      }
      if (await this.#github.isAsked(slug, login)) continue;
      try {
        await this.#github.addMember(slug, login);
        this.#did('member-added', { team: slug, person });
      } catch (error) {
        if (!(error instanceof GitHubTrouble) || error.status !== 422) throw error;
        absent.push(person);
      }
    }
    return absent;
  }

  /** Told, not put out: a right that somebody has by another way is for people to take away. */
  async #strangers(repository: ReviewRepository): Promise<Refusal | undefined> {
    const owners = new Set((await this.#github.owners()).map(({ id }) => id));
    const invited = new Set(
      this.#wanted.teams.flatMap(({ permission, members }) => (permission === 'none' ? [] : members)),
    );
    const others = (await this.#github.readers(repository))
      .map(({ id }) => id)
      .filter((id) => !owners.has(id) && !invited.has(id));
    return others.length > 0 ? no.reviewReaders(String(this.#wanted.named), others) : undefined;
  }

  #did(deed: Deed, about: { id?: number; team?: string; person?: number; permission?: string } = {}): void {
    this.#kept.deeds.push(deed);
    const repository = this.#known();
    this.#parts.book?.did('reviews', deed, {
      ...(repository !== undefined && { repository }),
      ...(about.team !== undefined && { team: about.team }),
      ...(about.person !== undefined && { person: about.person }),
    });
    const { named } = this.#wanted;
    const level = deed === 'made-private' ? 'error' : 'info';
    this.#parts.logger[level]({ code: `steward.${deed}`, repository: named, ...about }, DID[deed]);
  }
}

const ROLE = { triage: 'triage', pull: 'read' } as const;

/** An enterprise's "internal" is open to everybody in it. */
const isOpen = (repository: ReviewRepository): boolean =>
  !repository.private || (repository.visibility ?? 'private') !== 'private';

const DID: Record<Deed, string> = {
  'repository-created': 'The review repository was made',
  'repository-adopted': 'The review repository was there already, and is kept from now on',
  'made-private':
    'The review repository was open and was made private again. Find out who opened it, and who may have read it',
  'issues-switched-on': 'Issues were switched on again in the review repository',
  'team-created': 'A team was made',
  'member-added': 'Somebody was taken into a team, as teams.yml says',
  'member-removed': 'Somebody was taken out of a team: teams.yml does not list them',
  'team-given': 'A team was given its right on the review repository',
  'team-right-taken': 'A team lost its right on a review repository where nobody in it works',
};
