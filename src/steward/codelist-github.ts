/** The calls that the registry of codelists takes: a branch, a pull request, a tag; each with rights to that repository alone. */
import { z } from 'zod';
import { GitHubTrouble, type StewardGitHub } from './github.ts';
import {
  LONGEST_INLINE,
  OrganisationGitHub,
  shaAnswer,
  type Ask,
  type SeenRepository as RegistryRepository,
} from './organisation-github.ts';

export type { SeenRepository as RegistryRepository } from './organisation-github.ts';

const account = z
  .object({ id: z.int().positive(), login: z.string().optional(), type: z.string().optional() })
  .nullish();
const pullAnswer = z.object({
  number: z.int().positive(),
  state: z.string(),
  html_url: z.string(),
  merged_at: z.string().nullish(),
  merge_commit_sha: z.string().nullish(),
  head: z.object({ sha: z.string() }),
  user: account,
});
export type RegistryPull = z.infer<typeof pullAnswer>;
const reviewAnswer = z.object({
  user: account,
  state: z.string(),
  commit_id: z.string().nullish(),
  submitted_at: z.string().nullish(),
});
const commitAnswer = z.object({ author: account, commit: z.object({ message: z.string() }) });

const WRITE = { contents: 'write', metadata: 'read', pull_requests: 'write' };
const PAGE = 100;
const MOST_PAGES = 30;

export class CodelistGitHub {
  readonly #org: OrganisationGitHub;

  constructor(github: StewardGitHub, org: string) {
    this.#org = new OrganisationGitHub(github, org);
  }

  /** By its number, asked afresh each time. */
  repository(id: number): Promise<RegistryRepository | undefined> {
    return this.#org.repository('codelist-repository', id);
  }

  async head(repository: RegistryRepository, branch: string): Promise<string | undefined> {
    return this.#ref('codelist-head', repository, `heads/${branch}`);
  }

  async tag(repository: RegistryRepository, tag: string): Promise<string | undefined> {
    return this.#ref('codelist-tag', repository, `tags/${tag}`);
  }

  async createRef(repository: RegistryRepository, ref: string, sha: string): Promise<void> {
    const path = `${at(repository)}/git/refs`;
    await this.#call('codelist-ref', { method: 'POST', path, body: { ref, sha } }, repository.id);
  }

  /** The blob of a file at a commit. */
  async blob(repository: RegistryRepository, path: string, commit: string): Promise<string | undefined> {
    const asked = { path: `${at(repository)}/contents/${path}?ref=${commit}` };
    const read = z
      .object({ type: z.literal('file'), sha: z.string() })
      .safeParse(await this.#org.maybe('codelist-content', asked, WRITE, repository.id));
    return read.success ? read.data.sha : undefined;
  }

  async putBlob(repository: RegistryRepository, text: string): Promise<string> {
    const body = { content: Buffer.from(text).toString('base64'), encoding: 'base64' };
    const asked = { method: 'POST' as const, path: `${at(repository)}/git/blobs`, body };
    return shaAnswer.parse(await this.#call('codelist-blob', asked, repository.id)).sha;
  }

  /** On top of `parent`; nothing is moved to it yet. */
  async commit(
    repository: RegistryRepository,
    parent: string,
    message: string,
    files: readonly (readonly [path: string, text: string])[],
  ): Promise<string> {
    const path = `${at(repository)}/git`;
    const post = async (call: string, where: string, body: object): Promise<string> =>
      shaAnswer.parse(
        await this.#call(call, { method: 'POST', path: `${path}/${where}`, body }, repository.id),
      ).sha;
    const before = z
      .object({ tree: shaAnswer })
      .parse(await this.#call('codelist-parent', { path: `${path}/commits/${parent}` }, repository.id));
    const entries: object[] = [];
    for (const [name, text] of files) {
      const entry = { path: name, mode: '100644', type: 'blob' };
      entries.push(
        text.length <= LONGEST_INLINE
          ? { ...entry, content: text }
          : { ...entry, sha: await this.putBlob(repository, text) },
      );
    }
    const tree = await post('codelist-tree', 'trees', { base_tree: before.tree.sha, tree: entries });
    return post('codelist-commit', 'commits', { message, tree, parents: [parent] });
  }

  /** Forward only. */
  async move(repository: RegistryRepository, branch: string, sha: string): Promise<void> {
    const path = `${at(repository)}/git/refs/heads/${branch}`;
    await this.#call('codelist-move', { method: 'PATCH', path, body: { sha, force: false } }, repository.id);
  }

  async pull(repository: RegistryRepository, number: number): Promise<RegistryPull | undefined> {
    const asked = { path: `${at(repository)}/pulls/${number}` };
    const answer = await this.#org.maybe('codelist-pull', asked, WRITE, repository.id);
    return answer === undefined ? undefined : pullAnswer.parse(answer);
  }

  /** The newest of this branch, in whatever state. */
  async pullOf(repository: RegistryRepository, branch: string): Promise<RegistryPull | undefined> {
    const head = encodeURIComponent(`${repository.owner.login}:${branch}`);
    const path = `${at(repository)}/pulls?state=all&head=${head}&per_page=1`;
    const answer = await this.#call('codelist-pulls', { path }, repository.id);
    return z.array(pullAnswer).parse(answer)[0];
  }

  async openPull(
    repository: RegistryRepository,
    wish: { branch: string; title: string; body: string },
  ): Promise<RegistryPull> {
    const { branch: head, title, body } = wish;
    const fields = { head, base: repository.default_branch, title, body };
    const asked = { method: 'POST' as const, path: `${at(repository)}/pulls`, body: fields };
    return pullAnswer.parse(await this.#call('codelist-open', asked, repository.id));
  }

  async reviews(repository: RegistryRepository, number: number) {
    return this.#pages(
      'codelist-reviews',
      `${at(repository)}/pulls/${number}/reviews`,
      reviewAnswer,
      repository,
    );
  }

  async commits(repository: RegistryRepository, number: number) {
    return this.#pages(
      'codelist-commits',
      `${at(repository)}/pulls/${number}/commits`,
      commitAnswer,
      repository,
    );
  }

  async #ref(call: string, repository: RegistryRepository, ref: string): Promise<string | undefined> {
    const path = `${at(repository)}/git/ref/${ref}`;
    const answer = await this.#org.maybe(call, { path }, WRITE, repository.id);
    return answer === undefined ? undefined : z.object({ object: shaAnswer }).parse(answer).object.sha;
  }

  async #pages<T>(
    call: string,
    path: string,
    schema: z.ZodType<T>,
    repository: RegistryRepository,
  ): Promise<T[]> {
    const found: T[] = [];
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      const asked = { path: `${path}?per_page=${PAGE}&page=${page}` };
      const some = z.array(schema).parse(await this.#call(call, asked, repository.id));
      found.push(...some);
      if (some.length < PAGE) return found;
    }
    // Half a list says nothing.
    throw new GitHubTrouble(call, 0);
  }

  #call(call: string, ask: Ask, repository: number): Promise<unknown> {
    return this.#org.call(call, ask, WRITE, repository);
  }
}

const at = ({ owner, name }: RegistryRepository): string => `/repos/${owner.login}/${name}`;
