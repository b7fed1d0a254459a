/** The calls that a project's repository takes, each with a token for no more than that. */
import { z } from 'zod';
import type { StewardGitHub } from './github.ts';
import { accountAnswer, OrganisationGitHub, type Account, type Permissions } from './organisation-github.ts';

const repositoryAnswer = z.object({
  id: z.int().positive(),
  name: z.string(),
  owner: z.object({ id: z.int(), login: z.string() }),
  private: z.boolean(),
  visibility: z.string().optional(),
  archived: z.boolean(),
  has_issues: z.boolean(),
  is_template: z.boolean().optional(),
  template_repository: z.object({ id: z.int() }).nullish(),
  default_branch: z.string(),
  created_at: z.iso.datetime({ offset: true }),
});
export type ProjectRepository = z.infer<typeof repositoryAnswer>;

const teamAnswer = z.object({ slug: z.string(), permission: z.string() });
const rule = z.object({ type: z.string() });
const rulesetAnswer = z.object({
  id: z.int().positive(),
  name: z.string(),
  target: z.string(),
  enforcement: z.string(),
  bypass_actors: z.array(z.unknown()).nullish(),
  conditions: z
    .object({ ref_name: z.object({ include: z.array(z.string()), exclude: z.array(z.string()) }) })
    .nullish(),
  rules: z.array(rule).nullish(),
});
export type Ruleset = z.infer<typeof rulesetAnswer>;

/** History stays: nobody forces the default branch elsewhere, or deletes it. */
export const RULESET = {
  name: 'Sallyport: history stays',
  target: 'branch',
  enforcement: 'active',
  bypass_actors: [],
  conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
  rules: [{ type: 'deletion' }, { type: 'non_fast_forward' }],
};

const READ: Permissions = { metadata: 'read' };
const SEE: Permissions = { administration: 'read', metadata: 'read' };
const MAKE: Permissions = { administration: 'write', metadata: 'read' };
const GENERATE: Permissions = { administration: 'write', contents: 'read', metadata: 'read' };

export class ProjectGitHub {
  readonly #org: OrganisationGitHub;
  readonly #login: string;

  constructor(github: StewardGitHub, org: string) {
    this.#org = new OrganisationGitHub(github, org);
    this.#login = org;
  }

  /** Undefined: there is none of this name, or we are not let near it. */
  async named(name: string): Promise<ProjectRepository | undefined> {
    const found = await this.#org.maybe(
      'project-repository',
      { path: `/repos/${this.#login}/${name}` },
      READ,
    );
    const seen = found === undefined ? undefined : repositoryAnswer.parse(found);
    // A name that a renamed repository left leads to where that is now.
    return seen?.name.toLowerCase() === name.toLowerCase() ? seen : undefined;
  }

  async byId(id: number): Promise<ProjectRepository | undefined> {
    const found = await this.#org.maybe('project-repository', { path: `/repositories/${id}` }, READ);
    return found === undefined ? undefined : repositoryAnswer.parse(found);
  }

  /** Private, and nobody's but the organisation's. */
  async generate(
    template: ProjectRepository,
    wish: { name: string; description: string },
  ): Promise<ProjectRepository> {
    const body = { owner: this.#login, ...wish, private: true, include_all_branches: false };
    const path = `/repos/${template.owner.login}/${template.name}/generate`;
    return repositoryAnswer.parse(await this.#org.call('generate', { method: 'POST', path, body }, GENERATE));
  }

  async change(
    repository: ProjectRepository,
    body: { visibility?: 'private'; has_issues?: true },
  ): Promise<void> {
    await this.#org.call(
      'change',
      { method: 'PATCH', path: this.#at(repository), body },
      MAKE,
      repository.id,
    );
  }

  async topics(repository: ProjectRepository): Promise<string[]> {
    const answer = await this.#org.call(
      'topics',
      { path: `${this.#at(repository)}/topics` },
      READ,
      repository.id,
    );
    return z.object({ names: z.array(z.string()) }).parse(answer).names;
  }

  async setTopics(repository: ProjectRepository, names: readonly string[]): Promise<void> {
    const path = `${this.#at(repository)}/topics`;
    await this.#org.call('set-topics', { method: 'PUT', path, body: { names } }, MAKE, repository.id);
  }

  /** Teams with a right of their own there, and which. */
  teams(repository: ProjectRepository): Promise<z.infer<typeof teamAnswer>[]> {
    return this.#org.pages('teams', `${this.#at(repository)}/teams`, teamAnswer, SEE, repository.id);
  }

  /** People who were given a right by hand: not those who come by a team or by the organisation. */
  collaborators(repository: ProjectRepository): Promise<Account[]> {
    const path = `${this.#at(repository)}/collaborators?affiliation=direct`;
    return this.#org.pages('collaborators', path, accountAnswer, READ, repository.id);
  }

  async removeCollaborator(repository: ProjectRepository, login: string): Promise<void> {
    const path = `${this.#at(repository)}/collaborators/${encodeURIComponent(login)}`;
    await this.#org.call('remove-collaborator', { method: 'DELETE', path }, MAKE, repository.id);
  }

  /** Ours, with whom it lets past: told only to who may change it. */
  async ruleset(repository: ProjectRepository): Promise<Ruleset | undefined> {
    const path = `${this.#at(repository)}/rulesets`;
    const own = `${path}?includes_parents=false`;
    const all = await this.#org.pages('ruleset', own, rulesetAnswer, MAKE, repository.id);
    const ours = all.find(({ name }) => name === RULESET.name);
    if (!ours) return undefined;
    return rulesetAnswer.parse(
      await this.#org.call('ruleset', { path: `${path}/${ours.id}` }, MAKE, repository.id),
    );
  }

  async setRuleset(repository: ProjectRepository, id: number | undefined): Promise<void> {
    const path = `${this.#at(repository)}/rulesets${id === undefined ? '' : `/${id}`}`;
    const ask = { method: id === undefined ? ('POST' as const) : ('PUT' as const), path, body: RULESET };
    await this.#org.call('ruleset', ask, MAKE, repository.id);
  }

  /** Kinds of rules in force on the default branch, wherever they were set. */
  async rules(repository: ProjectRepository): Promise<string[]> {
    const path = `${this.#at(repository)}/rules/branches/${encodeURIComponent(repository.default_branch)}`;
    const all = await this.#org.pages('rules', path, rule, READ, repository.id);
    return all.map(({ type }) => type);
  }

  #at({ owner, name }: ProjectRepository): string {
    return `/repos/${owner.login}/${name}`;
  }
}
