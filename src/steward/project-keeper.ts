/**
 * The repository of a project, its teams and settings, made and kept as governance wants them. Level-triggered:
 * looks at what is there and changes what differs, so that it may be cut off anywhere and done again.
 *
 * The hub has no say in it. What governance does not name is never touched, and nothing is ever deleted.
 */
import type { Governance } from '../governance/governance.ts';
import { minutes } from '../lib/clock.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { Look, type KeepParts, type Looked } from './drift-look.ts';
import { GitHubTrouble } from './github.ts';
import { ProjectGitHub, RULESET, type ProjectRepository, type Ruleset } from './project-github.ts';
import { globalTeams, type WantedProject } from './project-plan.ts';
import { no } from './project-words.ts';
import { ReviewGitHub } from './review-github.ts';
import { keepTeam } from './team-keeper.ts';

export interface LookedProject extends Looked {
  /** Made for the project; governance does not name it yet. */
  made: number | undefined;
}

/** Throws for bugs alone. */
export async function keepProject(
  parts: KeepParts,
  g: Governance,
  wanted: WantedProject,
): Promise<LookedProject> {
  const look = new Look(parts, `project:${wanted.id}`, wanted.drift);
  const keeper = new ProjectKeeper(parts, wanted, look);
  let made: number | undefined;
  const looked = await look.through(`project ${wanted.id}`, wanted.org.login, async () => {
    made = await keeper.keep(g);
  });
  return { ...looked, made };
}

class ProjectKeeper {
  readonly #parts: KeepParts;
  readonly #wanted: WantedProject;
  readonly #look: Look;
  readonly #github: ProjectGitHub;
  readonly #teams: ReviewGitHub;

  constructor(parts: KeepParts, wanted: WantedProject, look: Look) {
    this.#parts = parts;
    this.#wanted = wanted;
    this.#look = look;
    this.#github = new ProjectGitHub(parts.github, wanted.org.login);
    this.#teams = new ReviewGitHub(parts.github, wanted.org.login);
  }

  async keep(g: Governance): Promise<number | undefined> {
    const { id, repositories, open } = this.#wanted;
    const made = this.#parts.made.get(id);
    if (repositories.length === 0) {
      if (made === undefined && !open) return undefined;
      const repository = await this.#own(g, made);
      if (isRefusal(repository)) {
        this.#look.refuse(repository, made === undefined ? {} : { repository: made });
        return undefined;
      }
      await this.#keepAll([{ repository, visibility: 'private' }]);
      return repository.id;
    }
    const found: { repository: ProjectRepository; visibility: 'private' | 'public' }[] = [];
    for (const { id: number, visibility } of repositories) {
      const repository = await this.#github.byId(number);
      const against = this.#parts.isBarred(g, number)
        ? no.elsewhere(id, number)
        : repository
          ? this.#against(repository)
          : no.gone(id, number);
      if (against) this.#look.refuse(against, { repository: number });
      // Teams of one organisation have no rights in another.
      else if (repository?.owner.id === this.#wanted.org.id) found.push({ repository, visibility });
    }
    await this.#keepAll(found);
    return undefined;
  }

  async #own(g: Governance, made: number | undefined): Promise<ProjectRepository | Refusal> {
    const { id } = this.#wanted;
    if (made === undefined) return this.#make(g);
    const found = await this.#github.byId(made);
    if (found?.owner.id !== this.#wanted.org.id) return no.gone(id, made);
    return this.#against(found) ?? found;
  }

  #against({ id, archived }: ProjectRepository): Refusal | undefined {
    return archived ? no.archived(this.#wanted.id, id) : undefined;
  }

  async #make(g: Governance): Promise<ProjectRepository | Refusal> {
    const { id } = this.#wanted;
    const number = g.deployment.github.repos['template'];
    if (number === undefined) return no.noTemplate();
    const template = await this.#github.byId(number);
    if (!template?.is_template) return no.templateLost(number);
    const there = await this.#github.named(id);
    if (there) {
      if (!(await this.#isOurs(there, template))) return no.taken(id);
      this.#parts.made.keep(id, there.id);
      this.#parts.book.did(this.#look.looked.scope, 'repository-adopted', { repository: there.id });
      return there;
    }
    this.#parts.begun.keep(id, this.#parts.clock.now());
    const wish = { name: id, description: `Project ${id}. Made by the steward.` };
    try {
      const made = await this.#look.deed(
        'repository-created',
        {},
        () => this.#github.generate(template, wish),
        (one) => ({ repository: one.id }),
      );
      this.#parts.made.keep(id, made.id);
      return made;
    } catch (error) {
      const nothing = error instanceof GitHubTrouble && error.status >= 400 && error.status < 500;
      if (nothing) this.#parts.begun.drop(id);
      throw error;
    }
  }

  /** Of a name that was free when we began: made since, from our template, closed, and nobody was let in by hand. */
  async #isOurs(there: ProjectRepository, template: ProjectRepository): Promise<boolean> {
    const begun = this.#parts.begun.get(this.#wanted.id);
    if (begun === undefined || Date.parse(there.created_at) < begun - minutes(1)) return false;
    if (isOpen(there) || there.archived || there.template_repository?.id !== template.id) return false;
    return (
      (await this.#github.collaborators(there)).length === 0 && (await this.#github.teams(there)).length === 0
    );
  }

  async #keepAll(
    all: readonly { repository: ProjectRepository; visibility: 'private' | 'public' }[],
  ): Promise<void> {
    if (all.length === 0) return;
    for (const { repository, visibility } of all) {
      if (visibility === 'private') await this.#visibility(repository);
      await this.#settings(repository);
      await this.#ruleset(repository);
    }
    const absent = new Set<number>();
    for (const { slug, members } of this.#wanted.teams) {
      const description = `Kept by the steward as projects/${this.#wanted.id}.yml says.`;
      const kept = await keepTeam(this.#look, this.#teams, { slug, members, description });
      for (const person of kept ?? []) absent.add(person);
    }
    for (const { repository } of all) {
      await this.#rights(repository);
      await this.#collaborators(repository, absent);
    }
  }

  async #visibility(repository: ProjectRepository): Promise<void> {
    const key = `private ${repository.id}`;
    if (!isOpen(repository)) return this.#look.holds(key, true);
    // Due, and opened by this steward itself.
    if (this.#parts.opened.get(String(repository.id)) !== undefined) return;
    await this.#look.differs({
      kind: 'visibility',
      found: 'open-to-everybody',
      deed: 'made-private',
      about: { repository: repository.id },
      key,
      there: true,
      work: () => this.#github.change(repository, { visibility: 'private' }),
    });
  }

  /** Of those that were made here: the others were set up by people. */
  async #settings(repository: ProjectRepository): Promise<void> {
    const { id } = repository;
    if (this.#parts.made.get(this.#wanted.id) !== id) return;
    if (!repository.has_issues)
      await this.#look.deed('issues-switched-on', { repository: id }, () =>
        this.#github.change(repository, { has_issues: true }),
      );
    const there = await this.#github.topics(repository);
    if (this.#wanted.topics.every((topic) => there.includes(topic))) return;
    const topics = [...new Set([...this.#wanted.topics, ...there])].slice(0, 20);
    await this.#look.deed('topics-set', { repository: id }, () => this.#github.setTopics(repository, topics));
  }

  async #ruleset(repository: ProjectRepository): Promise<void> {
    const key = `ruleset ${repository.id}`;
    let there: Ruleset | undefined;
    try {
      there = await this.#github.ruleset(repository);
    } catch (error) {
      // Where the plan has none, looking is refused too.
      if (!(error instanceof GitHubTrouble) || error.call !== 'ruleset' || error.status !== 403) throw error;
      this.#look.refuse(no.trouble(error, String(repository.id), ''), { repository: repository.id });
      return;
    }
    if (there && holdsHistory(there)) return this.#look.holds(key, true);
    const id = there?.id;
    await this.#look.differs({
      kind: 'rulesets',
      found: 'ruleset-differs',
      deed: 'ruleset-set',
      about: { repository: repository.id },
      key,
      there: true,
      work: () => this.#github.setRuleset(repository, id),
    });
  }

  async #rights(repository: ProjectRepository): Promise<void> {
    const there = new Map((await this.#github.teams(repository)).map((team) => [team.slug, team.permission]));
    for (const { slug, permission, members } of this.#wanted.teams) {
      const key = `right ${repository.id} ${slug} ${permission}`;
      const held = there.get(slug);
      there.delete(slug);
      if (held === permission) this.#look.holds(key, true);
      else if (members.length > 0 || held !== undefined)
        await this.#look.differs({
          kind: 'teams',
          found: held === undefined ? 'right-missing' : 'right-not-given',
          deed: 'team-given',
          about: { repository: repository.id, team: slug },
          key,
          there: true,
          work: () => this.#teams.give(slug, repository, permission),
        });
    }
    for (const slug of there.keys())
      await this.#look.differs({
        kind: 'teams',
        found: 'right-not-given',
        deed: 'team-right-taken',
        about: { repository: repository.id, team: slug },
        key: `right ${repository.id} ${slug}`,
        there: false,
        work: () => this.#teams.take(slug, repository),
      });
  }

  /** Whoever is yet to come into a team keeps until then what they were given by hand. */
  async #collaborators(repository: ProjectRepository, absent: ReadonlySet<number>): Promise<void> {
    const people = await this.#github.collaborators(repository);
    if (people.length === 0) return;
    const owners = new Set((await this.#teams.owners()).map(({ id }) => id));
    for (const { id, login } of people.filter((one) => !owners.has(one.id) && !absent.has(one.id)))
      await this.#look.differs({
        kind: 'collaborators',
        found: 'collaborator',
        deed: 'collaborator-removed',
        about: { repository: repository.id, person: id },
        key: `collaborator ${repository.id} ${id}`,
        there: false,
        work: () => this.#github.removeCollaborator(repository, login),
      });
  }
}

/** Teams of `teams.yml`; `elsewhere` are kept with the review repositories. */
export function keepGlobalTeams(
  parts: KeepParts,
  g: Governance,
  elsewhere: ReadonlySet<string>,
): Promise<Looked> {
  const { org } = g.deployment.github;
  const look = new Look(parts, 'teams', g.policies.drift);
  const github = new ReviewGitHub(parts.github, org.login);
  return look.through('the teams of teams.yml', org.login, async () => {
    for (const { slug, members } of globalTeams(g, parts.clock.now())) {
      if (elsewhere.has(slug)) continue;
      await keepTeam(look, github, { slug, members, description: 'Kept by the steward as teams.yml says.' });
    }
  });
}

const PROTECTED = ['deletion', 'non_fast_forward', 'pull_request'];

/** Looked at and never written: whoever keeps governance must not be able to change it. */
export function lookAtGovernance(
  parts: KeepParts,
  g: Governance,
  repositories: readonly number[],
): Promise<Looked> {
  const { org } = g.deployment.github;
  const look = new Look(parts, 'governance', g.policies.drift);
  const github = new ProjectGitHub(parts.github, org.login);
  return look.through('the governance repository', org.login, async () => {
    for (const id of repositories) {
      const repository = await github.byId(id);
      const rules = repository ? await github.rules(repository) : [];
      if (!PROTECTED.every((type) => rules.includes(type)))
        look.looked.drift.push({ found: 'branch-unprotected', repository: id });
    }
  });
}

/** An enterprise's "internal" is open to everybody in it. */
const isOpen = (repository: ProjectRepository): boolean =>
  !repository.private || (repository.visibility ?? 'private') !== 'private';

function holdsHistory({ target, enforcement, bypass_actors, conditions, rules }: Ruleset): boolean {
  const types = (rules ?? []).map(({ type }) => type);
  const named = conditions?.ref_name;
  return (
    target === RULESET.target &&
    enforcement === RULESET.enforcement &&
    (bypass_actors ?? []).length === 0 &&
    RULESET.rules.every(({ type }) => types.includes(type)) &&
    RULESET.conditions.ref_name.include.every((one) => named?.include.includes(one)) &&
    named?.exclude.length === 0
  );
}
