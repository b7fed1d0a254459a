/** The calls that a review repository and its teams take, each with a token for no more than that. */
import { z } from 'zod';
import { GitHubTrouble, type StewardGitHub } from './github.ts';
import { accountAnswer, OrganisationGitHub, repositoryFacts, type Account } from './organisation-github.ts';

const repositoryAnswer = repositoryFacts.extend({ has_issues: z.boolean() });
export type ReviewRepository = z.infer<typeof repositoryAnswer>;

const READ = { metadata: 'read' };
const LOOK = { members: 'read', metadata: 'read' };
const MAKE = { administration: 'write', metadata: 'read' };
const TEAMS = { members: 'write', metadata: 'read' };
const GIVE = { administration: 'write', members: 'write', metadata: 'read' };
const WHOLE = 'application/vnd.github.v3.repository+json';

export class ReviewGitHub {
  readonly #org: OrganisationGitHub;
  readonly #login: string;

  constructor(github: StewardGitHub, org: string) {
    this.#org = new OrganisationGitHub(github, org);
    this.#login = org;
  }

  /** Undefined: there is none of this name, or we are not let near it. */
  async named(name: string): Promise<ReviewRepository | undefined> {
    return this.#seen(
      await this.#org.maybe('review-repository', { path: `/repos/${this.#login}/${name}` }, READ),
    );
  }

  async byId(id: number): Promise<ReviewRepository | undefined> {
    return this.#seen(await this.#org.maybe('review-repository', { path: `/repositories/${id}` }, READ));
  }

  /** Empty and closed. */
  async create(name: string): Promise<ReviewRepository> {
    const body = {
      ...{ name, private: true, has_issues: true, has_wiki: false, has_projects: false },
      description: 'Reviews of release requests. Made by the steward; keep it to checkers.',
    };
    const ask = { method: 'POST' as const, path: `/orgs/${this.#login}/repos`, body };
    return repositoryAnswer.parse(await this.#org.call('create-repository', ask, MAKE));
  }

  async change(
    { id, name }: ReviewRepository,
    body: { visibility?: 'private'; has_issues?: true },
  ): Promise<void> {
    const ask = { method: 'PATCH' as const, path: `/repos/${this.#login}/${name}`, body };
    await this.#org.call('change-repository', ask, MAKE, id);
  }

  /** Everybody who can read it, by whatever way. */
  async readers({ id, name }: ReviewRepository): Promise<Account[]> {
    return this.#people('readers', `/repos/${this.#login}/${name}/collaborators`, READ, id);
  }

  /** Owners of the organisation: they reach everything in it. */
  async owners(): Promise<Account[]> {
    return this.#people('owners', `/orgs/${this.#login}/members?role=admin`, LOOK);
  }

  async hasTeam(slug: string): Promise<boolean> {
    return (await this.#org.maybe('team', { path: this.#team(slug) }, LOOK)) !== undefined;
  }

  /** Secret: no team can hang below it, whose members would come along. */
  async createTeam(slug: string, description = 'Kept by the steward as teams.yml says.'): Promise<string> {
    const body = { name: slug, privacy: 'secret', description };
    const ask = { method: 'POST' as const, path: `/orgs/${this.#login}/teams`, body };
    return z.object({ slug: z.string() }).parse(await this.#org.call('create-team', ask, TEAMS)).slug;
  }

  async members(slug: string): Promise<Account[]> {
    return this.#people('members', `${this.#team(slug)}/members`, LOOK);
  }

  /** Undefined: nobody has this number any more. */
  async login(id: number): Promise<string | undefined> {
    const found = await this.#org.maybe('user', { path: `/user/${id}` }, READ);
    return found === undefined ? undefined : accountAnswer.parse(found).login;
  }

  /** Somebody who was asked to join, and has not yet, is no member and has a membership. */
  async isAsked(slug: string, login: string): Promise<boolean> {
    return (await this.#org.maybe('membership', { path: this.#membership(slug, login) }, LOOK)) !== undefined;
  }

  async addMember(slug: string, login: string): Promise<void> {
    const ask = { method: 'PUT' as const, path: this.#membership(slug, login), body: { role: 'member' } };
    await this.#org.call('add-member', ask, TEAMS);
  }

  async removeMember(slug: string, login: string): Promise<void> {
    const ask = { method: 'DELETE' as const, path: this.#membership(slug, login) };
    try {
      await this.#org.call('remove-member', ask, TEAMS);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  /** What the team may there: `triage`, `read` … ; undefined: nothing. */
  async given(slug: string, { id, name }: ReviewRepository): Promise<string | undefined> {
    const path = `${this.#team(slug)}/repos/${this.#login}/${name}`;
    const found = await this.#org.maybe('given', { path, accept: WHOLE }, LOOK, id);
    return found === undefined ? undefined : z.object({ role_name: z.string() }).parse(found).role_name;
  }

  async give(
    slug: string,
    { id, name }: Pick<ReviewRepository, 'id' | 'name'>,
    permission: 'triage' | 'pull' | 'push',
  ): Promise<void> {
    const path = `${this.#team(slug)}/repos/${this.#login}/${name}`;
    await this.#org.call('give', { method: 'PUT', path, body: { permission } }, GIVE, id);
  }

  async take(slug: string, { id, name }: Pick<ReviewRepository, 'id' | 'name'>): Promise<void> {
    const path = `${this.#team(slug)}/repos/${this.#login}/${name}`;
    await this.#org.call('take', { method: 'DELETE', path }, GIVE, id);
  }

  #team(slug: string): string {
    return `/orgs/${this.#login}/teams/${slug}`;
  }

  #membership(slug: string, login: string): string {
    return `${this.#team(slug)}/memberships/${encodeURIComponent(login)}`;
  }

  #seen(answer: unknown): ReviewRepository | undefined {
    return answer === undefined ? undefined : repositoryAnswer.parse(answer);
  }

  #people(
    call: string,
    path: string,
    permissions: Record<string, string>,
    repository?: number,
  ): Promise<Account[]> {
    return this.#org.pages(call, path, accountAnswer, permissions, repository);
  }
}

/** Of the thing asked for; a missing installation is another matter. */
const isMissing = (error: unknown): boolean =>
  error instanceof GitHubTrouble && error.status === 404 && error.call !== 'organisation';
