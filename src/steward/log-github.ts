/** The calls that a commit to the public log repository takes. Files are added in one commit, and only on top of what was looked at. */
import { z } from 'zod';
import { GitHubTrouble, type StewardGitHub } from './github.ts';

const repositoryAnswer = z.object({
  id: z.int().positive(),
  name: z.string(),
  owner: z.object({ login: z.string() }),
  private: z.boolean(),
  visibility: z.string().optional(),
  archived: z.boolean(),
  default_branch: z.string(),
});
export type LogRepository = z.infer<typeof repositoryAnswer>;

const shaAnswer = z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/) });
const READ = { metadata: 'read' };
const WRITE = { contents: 'write', metadata: 'read' };
/** Of a text that goes into a tree as it is; a longer one is a blob first. */
const LONGEST_INLINE = 100_000;

export class LogGitHub {
  readonly #github: StewardGitHub;
  readonly #org: string;

  constructor(github: StewardGitHub, org: string) {
    this.#github = github;
    this.#org = org;
  }

  /** By its number, asked afresh each time. Undefined: there is none, or we are not let near it. */
  async repository(id: number): Promise<LogRepository | undefined> {
    const answer = await this.#maybe('log-repository', { path: `/repositories/${id}` }, READ);
    return answer === undefined ? undefined : repositoryAnswer.parse(answer);
  }

  /** The newest commit; undefined while the repository is empty. */
  async head(repository: LogRepository): Promise<string | undefined> {
    const path = `${this.#at(repository)}/git/ref/heads/${repository.default_branch}`;
    const answer = await this.#maybe('log-head', { path }, WRITE, repository.id);
    return answer === undefined ? undefined : z.object({ object: shaAnswer }).parse(answer).object.sha;
  }

  /** Undefined where no file is. */
  async text(repository: LogRepository, commit: string, path: string): Promise<string | undefined> {
    const asked = { path: `${this.#at(repository)}/contents/${path}?ref=${commit}` };
    const answer = await this.#maybe('log-content', asked, WRITE, repository.id);
    const read = z
      .object({ type: z.literal('file'), encoding: z.literal('base64'), content: z.string() })
      .safeParse(answer);
    return read.success ? Buffer.from(read.data.content, 'base64').toString('utf8') : undefined;
  }

  /** In an empty repository trees cannot be made: its first commit is one file. */
  async begin(repository: LogRepository, path: string, text: string): Promise<string> {
    const body = { message: 'Begin', content: Buffer.from(text).toString('base64') };
    const asked = { method: 'PUT' as const, path: `${this.#at(repository)}/contents/${path}`, body };
    const answer = await this.#call('log-begin', asked, repository.id);
    return z.object({ commit: shaAnswer }).parse(answer).commit.sha;
  }

  /** The new commit. Throws when the branch has moved on since `parent`: nothing is forced. */
  async commit(
    repository: LogRepository,
    parent: string,
    message: string,
    files: readonly (readonly [path: string, text: string])[],
  ): Promise<string> {
    const at = `${this.#at(repository)}/git`;
    const post = async (call: string, path: string, body: object): Promise<string> =>
      shaAnswer.parse(await this.#call(call, { method: 'POST', path, body }, repository.id)).sha;
    const before = z
      .object({ tree: shaAnswer })
      .parse(await this.#call('log-parent', { path: `${at}/commits/${parent}` }, repository.id));
    const entries: object[] = [];
    for (const [path, text] of files) {
      const entry = { path, mode: '100644', type: 'blob' };
      if (text.length <= LONGEST_INLINE) entries.push({ ...entry, content: text });
      else {
        const content = Buffer.from(text).toString('base64');
        entries.push({
          ...entry,
          sha: await post('log-blob', `${at}/blobs`, { content, encoding: 'base64' }),
        });
      }
    }
    const tree = await post('log-tree', `${at}/trees`, { base_tree: before.tree.sha, tree: entries });
    const commit = await post('log-commit', `${at}/commits`, { message, tree, parents: [parent] });
    const path = `${at}/refs/heads/${repository.default_branch}`;
    const body = { sha: commit, force: false };
    await this.#call('log-move', { method: 'PATCH', path, body }, repository.id);
    return commit;
  }

  #at({ owner, name }: LogRepository): string {
    return `/repos/${owner.login}/${name}`;
  }

  async #maybe(
    call: string,
    ask: { path: string },
    permissions: Record<string, string>,
    repository?: number,
  ): Promise<unknown> {
    try {
      return await this.#github.inOrganisation(call, ask, { org: this.#org, permissions, repository });
    } catch (error) {
      // An empty repository answers 409 where a ref is asked for.
      const absent = error instanceof GitHubTrouble && error.call === call;
      if (absent && (error.status === 404 || error.status === 409)) return undefined;
      throw error;
    }
  }

  #call(
    call: string,
    ask: { path: string; method?: 'GET' | 'POST' | 'PUT' | 'PATCH'; body?: object },
    repository: number,
  ): Promise<unknown> {
    return this.#github.inOrganisation(call, ask, { org: this.#org, permissions: WRITE, repository });
  }
}
