/** Calls with the rights of our installation on one organisation, narrowed to a repository of it where one is named. */
import { z } from 'zod';
import { GitHubTrouble, type StewardGitHub } from './github.ts';

export interface Ask {
  path: string;
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  body?: object;
  accept?: string;
}
export type Permissions = Record<string, string>;

const shaAnswer = z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/) });
/** What every look at a repository reads; each use adds its own. */
export const repositoryFacts = z.object({
  id: z.int().positive(),
  name: z.string(),
  owner: z.object({ login: z.string() }),
  private: z.boolean(),
  visibility: z.string().optional(),
  archived: z.boolean(),
});
const repositoryAnswer = repositoryFacts.extend({ default_branch: z.string() });
export type SeenRepository = z.infer<typeof repositoryAnswer>;
export const accountAnswer = z.object({ id: z.int().positive(), login: z.string() });
export type Account = z.infer<typeof accountAnswer>;

/** `null` takes a file away. */
export type CommittedFile = readonly [path: string, text: string | null];

/** Of a text that goes into a tree as it is; a longer one is a blob first. */
const LONGEST_INLINE = 100_000;
const READ: Permissions = { metadata: 'read' };
const WRITE: Permissions = { contents: 'write', metadata: 'read' };
const PAGE = 100;
const MOST_PAGES = 100;

export class OrganisationGitHub {
  readonly #github: StewardGitHub;
  readonly #org: string;

  constructor(github: StewardGitHub, org: string) {
    this.#github = github;
    this.#org = org;
  }

  call(call: string, ask: Ask, permissions: Permissions, repository?: number): Promise<unknown> {
    return this.#github.inOrganisation(call, ask, { org: this.#org, permissions, repository });
  }

  /** Undefined where there is none; an empty repository answers 409 where a ref is asked for. */
  async maybe(call: string, ask: Ask, permissions: Permissions, repository?: number): Promise<unknown> {
    try {
      // A "yes" without words is one too.
      return (await this.call(call, ask, permissions, repository)) ?? {};
    } catch (error) {
      const absent = error instanceof GitHubTrouble && error.call === call;
      if (absent && (error.status === 404 || error.status === 409)) return undefined;
      throw error;
    }
  }

  /** The same with a token for this repository alone, which is refused (422) where it is gone or we are not installed. */
  async reached(call: string, path: string, repository: number): Promise<unknown> {
    try {
      return await this.maybe(call, { path }, READ, repository);
    } catch (error) {
      if (error instanceof GitHubTrouble && error.call === 'token' && error.status === 422) return undefined;
      throw error;
    }
  }

  /** All of it: half a list says nothing. */
  async pages<T>(
    call: string,
    path: string,
    schema: z.ZodType<T>,
    permissions: Permissions,
    repository?: number,
  ): Promise<T[]> {
    const found: T[] = [];
    const mark = path.includes('?') ? '&' : '?';
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      const ask = { path: `${path}${mark}per_page=${PAGE}&page=${page}` };
      const some = z.array(schema).parse(await this.call(call, ask, permissions, repository));
      found.push(...some);
      if (some.length < PAGE) return found;
    }
    throw new GitHubTrouble(call, 0);
  }

  /** By its number, asked afresh each time. Undefined: there is none, or we are not let near it. */
  async repository(call: string, id: number): Promise<SeenRepository | undefined> {
    const answer = await this.maybe(call, { path: `/repositories/${id}` }, READ);
    return answer === undefined ? undefined : repositoryAnswer.parse(answer);
  }

  /** Where `heads/main` or `tags/x` stands. */
  async ref(call: string, repository: SeenRepository, ref: string): Promise<string | undefined> {
    const path = `${at(repository)}/git/ref/${ref}`;
    const answer = await this.maybe(call, { path }, WRITE, repository.id);
    return answer === undefined ? undefined : z.object({ object: shaAnswer }).parse(answer).object.sha;
  }

  async blob(call: string, repository: SeenRepository, text: string): Promise<string> {
    const body = { content: Buffer.from(text).toString('base64'), encoding: 'base64' };
    return this.#made(call, repository, 'git/blobs', body);
  }

  /** On top of `parent`; nothing is moved to it yet. `what` stands before the name of each call. */
  async commit(
    what: string,
    repository: SeenRepository,
    { parent, message, files }: { parent: string; message: string; files: readonly CommittedFile[] },
  ): Promise<string> {
    const path = `${at(repository)}/git/commits/${parent}`;
    const before = z
      .object({ tree: shaAnswer })
      .parse(await this.call(`${what}-parent`, { path }, WRITE, repository.id));
    const entries: object[] = [];
    for (const [name, text] of files) {
      const entry = { path: name, mode: '100644', type: 'blob' };
      if (text === null) entries.push({ ...entry, sha: null });
      else if (text.length <= LONGEST_INLINE) entries.push({ ...entry, content: text });
      else entries.push({ ...entry, sha: await this.blob(`${what}-blob`, repository, text) });
    }
    const wish = { base_tree: before.tree.sha, tree: entries };
    const tree = await this.#made(`${what}-tree`, repository, 'git/trees', wish);
    return this.#made(`${what}-commit`, repository, 'git/commits', { message, tree, parents: [parent] });
  }

  /** Forward only. */
  async move(call: string, repository: SeenRepository, branch: string, sha: string): Promise<void> {
    const path = `${at(repository)}/git/refs/heads/${branch}`;
    await this.call(call, { method: 'PATCH', path, body: { sha, force: false } }, WRITE, repository.id);
  }

  async #made(call: string, repository: SeenRepository, where: string, body: object): Promise<string> {
    const ask = { method: 'POST' as const, path: `${at(repository)}/${where}`, body };
    return shaAnswer.parse(await this.call(call, ask, WRITE, repository.id)).sha;
  }
}

export const at = ({ owner, name }: Pick<SeenRepository, 'owner' | 'name'>): string =>
  `/repos/${owner.login}/${name}`;
