/** The calls that a review repository and its teams take, each with a token for no more than that. */
import { z } from 'zod';
import { GitHubTrouble, type StewardGitHub } from './github.ts';

const repositoryAnswer = z.object({
  id: z.int().positive(),
  name: z.string(),
  owner: z.object({ login: z.string() }),
  private: z.boolean(),
  visibility: z.string().optional(),
  archived: z.boolean(),
  has_issues: z.boolean(),
});
export type ReviewRepository = z.infer<typeof repositoryAnswer>;

const account = z.object({ id: z.int().positive(), login: z.string() });
export type Account = z.infer<typeof account>;

const READ = { metadata: 'read' };
const LOOK = { members: 'read', metadata: 'read' };
const MAKE = { administration: 'write', metadata: 'read' };
const TEAMS = { members: 'write', metadata: 'read' };
const GIVE = { administration: 'write', members: 'write', metadata: 'read' };
const WHOLE = 'application/vnd.github.v3.repository+json';

export class ReviewGitHub {
  readonly #github: StewardGitHub;
  readonly #org: string;

  constructor(github: StewardGitHub, org: string) {
    this.#github = github;
    this.#org = org;
  }

  /** Undefined: there is none of this name, or we are not let near it. */
  async named(name: string): Promise<ReviewRepository | undefined> {
    return this.#seen(await this.#maybe('review-repository', `/repos/${this.#org}/${name}`, READ));
  }

  async byId(id: number): Promise<ReviewRepository | undefined> {
    return this.#seen(await this.#maybe('review-repository', `/repositories/${id}`, READ));
  }

  /** Empty and closed. */
  async create(name: string): Promise<ReviewRepository> {
    const body = {
      ...{ name, private: true, has_issues: true, has_wiki: false, has_projects: false },
      description: 'Reviews of release requests. Made by the steward; keep it to checkers.',
    };
    const ask = { method: 'POST' as const, path: `/orgs/${this.#org}/repos`, body };
    return repositoryAnswer.parse(await this.#call('create-repository', ask, MAKE));
  }

  async change(
    { id, name }: ReviewRepository,
    body: { visibility?: 'private'; has_issues?: true },
  ): Promise<void> {
    const ask = { method: 'PATCH' as const, path: `/repos/${this.#org}/${name}`, body };
    await this.#call('change-repository', ask, MAKE, id);
  }

  /** Everybody who can read it, by whatever way. */
  async readers({ id, name }: ReviewRepository): Promise<Account[]> {
    return this.#pages('readers', `/repos/${this.#org}/${name}/collaborators`, READ, id);
  }

  /** Owners of the organisation: they reach everything in it. */
  async owners(): Promise<Account[]> {
    return this.#pages('owners', `/orgs/${this.#org}/members?role=admin`, LOOK);
  }

  async hasTeam(slug: string): Promise<boolean> {
    return (await this.#maybe('team', this.#team(slug), LOOK)) !== undefined;
  }

  /** Secret: no team can hang below it, whose members would come along. */
  async createTeam(slug: string, description = 'Kept by the steward as teams.yml says.'): Promise<string> {
    const body = { name: slug, privacy: 'secret', description };
    const ask = { method: 'POST' as const, path: `/orgs/${this.#org}/teams`, body };
    return z.object({ slug: z.string() }).parse(await this.#call('create-team', ask, TEAMS)).slug;
  }

  async members(slug: string): Promise<Account[]> {
    return this.#pages('members', `${this.#team(slug)}/members`, LOOK);
  }

  /** Undefined: nobody has this number any more. */
  async login(id: number): Promise<string | undefined> {
    const found = await this.#maybe('user', `/user/${id}`, READ);
    return found === undefined ? undefined : account.parse(found).login;
  }

  /** Somebody who was asked to join, and has not yet, is no member and has a membership. */
  async isAsked(slug: string, login: string): Promise<boolean> {
    return (await this.#maybe('membership', this.#membership(slug, login), LOOK)) !== undefined;
  }

  async addMember(slug: string, login: string): Promise<void> {
    const ask = { method: 'PUT' as const, path: this.#membership(slug, login), body: { role: 'member' } };
    await this.#call('add-member', ask, TEAMS);
  }

  async removeMember(slug: string, login: string): Promise<void> {
    const ask = { method: 'DELETE' as const, path: this.#membership(slug, login) };
    try {
      await this.#call('remove-member', ask, TEAMS);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  /** What the team may there: `triage`, `read` … ; undefined: nothing. */
  async given(slug: string, { id, name }: ReviewRepository): Promise<string | undefined> {
    const path = `${this.#team(slug)}/repos/${this.#org}/${name}`;
    const found = await this.#maybe('given', path, LOOK, { accept: WHOLE, repository: id });
    return found === undefined ? undefined : z.object({ role_name: z.string() }).parse(found).role_name;
  }

  async give(
    slug: string,
    { id, name }: Pick<ReviewRepository, 'id' | 'name'>,
    permission: 'triage' | 'pull' | 'push',
  ): Promise<void> {
    const path = `${this.#team(slug)}/repos/${this.#org}/${name}`;
    await this.#call('give', { method: 'PUT', path, body: { permission } }, GIVE, id);
  }

  async take(slug: string, { id, name }: Pick<ReviewRepository, 'id' | 'name'>): Promise<void> {
    const path = `${this.#team(slug)}/repos/${this.#org}/${name}`;
    await this.#call('take', { method: 'DELETE', path }, GIVE, id);
  }

  #team(slug: string): string {
    return `/orgs/${this.#org}/teams/${slug}`;
  }

  #membership(slug: string, login: string): string {
    return `${this.#team(slug)}/memberships/${encodeURIComponent(login)}`;
  }

  #seen(answer: unknown): ReviewRepository | undefined {
    return answer === undefined ? undefined : repositoryAnswer.parse(answer);
  }

  async #pages(
    call: string,
    path: string,
    permissions: Record<string, string>,
    repository?: number,
  ): Promise<Account[]> {
    const found: Account[] = [];
    for (let page = 1; ; page += 1) {
      const at = `${path}${path.includes('?') ? '&' : '?'}per_page=100&page=${page}`;
      const some = z.array(account).parse(await this.#call(call, { path: at }, permissions, repository));
      found.push(...some);
      if (some.length < 100) return found;
    }
  }

  async #maybe(
    call: string,
    path: string,
    permissions: Record<string, string>,
    { accept, repository }: { accept?: string; repository?: number } = {},
  ): Promise<unknown> {
    try {
      // A "yes" without words is one too.
      return (await this.#call(call, { path, ...(accept && { accept }) }, permissions, repository)) ?? {};
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  #call(
    call: string,
    ask: {
      path: string;
      method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
      body?: object;
      accept?: string;
    },
    permissions: Record<string, string>,
    repository?: number,
  ): Promise<unknown> {
    return this.#github.inOrganisation(call, ask, { org: this.#org, permissions, repository });
  }
}

/** Of the thing asked for; a missing installation is another matter. */
const isMissing = (error: unknown): boolean =>
  error instanceof GitHubTrouble && error.status === 404 && error.call !== 'organisation';
