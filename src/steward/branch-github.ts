/** The calls that a commit to the default branch of a repository of ours takes: one commit, and only on top of what was looked at. */
import { z } from 'zod';
import type { StewardGitHub } from './github.ts';
import {
  LONGEST_INLINE,
  OrganisationGitHub,
  shaAnswer,
  type Ask,
  type SeenRepository,
} from './organisation-github.ts';

export type { SeenRepository } from './organisation-github.ts';

const WRITE = { contents: 'write', metadata: 'read' };

export class BranchGitHub {
  readonly #org: OrganisationGitHub;
  readonly #for: string;

  /** `what` stands before the name of each call: `log-head`. */
  constructor(github: StewardGitHub, org: string, what: 'log' | 'form') {
    this.#org = new OrganisationGitHub(github, org);
    this.#for = what;
  }

  /** By its number, asked afresh each time. Undefined: there is none, or we are not let near it. */
  repository(id: number): Promise<SeenRepository | undefined> {
    return this.#org.repository(this.#named('repository'), id);
  }

  /** The newest commit; undefined while the repository is empty. */
  async head(repository: SeenRepository): Promise<string | undefined> {
    const path = `${this.#at(repository)}/git/ref/heads/${repository.default_branch}`;
    const answer = await this.#org.maybe(this.#named('head'), { path }, WRITE, repository.id);
    return answer === undefined ? undefined : z.object({ object: shaAnswer }).parse(answer).object.sha;
  }

  /** Undefined where no file is. */
  async text(repository: SeenRepository, commit: string, path: string): Promise<string | undefined> {
    const asked = { path: `${this.#at(repository)}/contents/${path}?ref=${commit}` };
    const answer = await this.#org.maybe(this.#named('content'), asked, WRITE, repository.id);
    const read = z
      .object({ type: z.literal('file'), encoding: z.literal('base64'), content: z.string() })
      .safeParse(answer);
    return read.success ? Buffer.from(read.data.content, 'base64').toString('utf8') : undefined;
  }

  /** In an empty repository trees cannot be made: its first commit is one file. */
  async begin(repository: SeenRepository, path: string, text: string): Promise<string> {
    const body = { message: 'Begin', content: Buffer.from(text).toString('base64') };
    const asked = { method: 'PUT' as const, path: `${this.#at(repository)}/contents/${path}`, body };
    const answer = await this.#call('begin', asked, repository.id);
    return z.object({ commit: shaAnswer }).parse(answer).commit.sha;
  }

  /** The new commit; `null` takes a file away. Throws when the branch has moved on since `parent`: nothing is forced. */
  async commit(
    repository: SeenRepository,
    parent: string,
    message: string,
    files: readonly (readonly [path: string, text: string | null])[],
  ): Promise<string> {
    const at = `${this.#at(repository)}/git`;
    const post = async (call: string, path: string, body: object): Promise<string> =>
      shaAnswer.parse(await this.#call(call, { method: 'POST', path, body }, repository.id)).sha;
    const before = z
      .object({ tree: shaAnswer })
      .parse(await this.#call('parent', { path: `${at}/commits/${parent}` }, repository.id));
    const entries: object[] = [];
    for (const [path, text] of files) {
      const entry = { path, mode: '100644', type: 'blob' };
      if (text === null) entries.push({ ...entry, sha: null });
      else if (text.length <= LONGEST_INLINE) entries.push({ ...entry, content: text });
      else {
        const content = Buffer.from(text).toString('base64');
        entries.push({
          ...entry,
          sha: await post('blob', `${at}/blobs`, { content, encoding: 'base64' }),
        });
      }
    }
    const tree = await post('tree', `${at}/trees`, { base_tree: before.tree.sha, tree: entries });
    const commit = await post('commit', `${at}/commits`, { message, tree, parents: [parent] });
    const path = `${at}/refs/heads/${repository.default_branch}`;
    const body = { sha: commit, force: false };
    await this.#call('move', { method: 'PATCH', path, body }, repository.id);
    return commit;
  }

  #at({ owner, name }: SeenRepository): string {
    return `/repos/${owner.login}/${name}`;
  }

  #call(call: string, ask: Ask, repository: number): Promise<unknown> {
    return this.#org.call(this.#named(call), ask, WRITE, repository);
  }

  #named(call: string): string {
    return `${this.#for}-${call}`;
  }
}
