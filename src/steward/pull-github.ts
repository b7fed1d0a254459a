/** The calls that a pull request of ours takes: a branch, commits on it, what people said; and a tag. Each with rights to that repository alone. */
import { z } from 'zod';
import { at, type CommittedFile, type SeenRepository } from './organisation-github.ts';
import { RepositoryGitHub } from './repository-github.ts';

export type { SeenRepository } from './organisation-github.ts';

const account = z
  .object({ id: z.int().positive(), login: z.string().optional(), type: z.string().optional() })
  .nullish();
const pullAnswer = z.object({
  number: z.int().positive(),
  state: z.string(),
  html_url: z.string(),
  merged_at: z.string().nullish(),
  merge_commit_sha: z.string().nullish(),
  head: z.object({ sha: z.string(), repo: z.object({ id: z.int() }).nullish() }),
  user: account,
});
export type SeenPull = z.infer<typeof pullAnswer>;
const reviewAnswer = z.object({
  user: account,
  state: z.string(),
  commit_id: z.string().nullish(),
  submitted_at: z.string().nullish(),
});
const commitAnswer = z.object({ author: account, commit: z.object({ message: z.string() }) });

const WRITE = { contents: 'write', metadata: 'read', pull_requests: 'write' };

export class PullGitHub extends RepositoryGitHub {
  head(repository: SeenRepository, branch: string): Promise<string | undefined> {
    return this.branch(repository, branch);
  }

  tag(repository: SeenRepository, tag: string): Promise<string | undefined> {
    return this.org.ref(`${this.task}-tag`, repository, `tags/${tag}`);
  }

  async createRef(repository: SeenRepository, ref: string, sha: string): Promise<void> {
    const path = `${at(repository)}/git/refs`;
    await this.#call('ref', repository, { method: 'POST', path, body: { ref, sha } });
  }

  /** The blob of a file at a commit. */
  async blob(repository: SeenRepository, path: string, commit: string): Promise<string | undefined> {
    const asked = { path: `${at(repository)}/contents/${path}?ref=${commit}` };
    const read = z
      .object({ type: z.literal('file'), sha: z.string() })
      .safeParse(await this.org.maybe(`${this.task}-content`, asked, WRITE, repository.id));
    return read.success ? read.data.sha : undefined;
  }

  putBlob(repository: SeenRepository, text: string): Promise<string> {
    return this.org.blob(`${this.task}-blob`, repository, text);
  }

  /** On top of `parent`; nothing is moved to it yet. */
  commit(
    repository: SeenRepository,
    parent: string,
    message: string,
    files: readonly CommittedFile[],
  ): Promise<string> {
    return this.org.commit(this.task, repository, { parent, message, files });
  }

  /** Forward only. */
  move(repository: SeenRepository, branch: string, sha: string): Promise<void> {
    return this.org.move(`${this.task}-move`, repository, branch, sha);
  }

  async pull(repository: SeenRepository, number: number): Promise<SeenPull | undefined> {
    const asked = { path: `${at(repository)}/pulls/${number}` };
    const answer = await this.org.maybe(`${this.task}-pull`, asked, WRITE, repository.id);
    return answer === undefined ? undefined : pullAnswer.parse(answer);
  }

  /** The newest of this branch, in whatever state. */
  async pullOf(repository: SeenRepository, branch: string): Promise<SeenPull | undefined> {
    const head = encodeURIComponent(`${repository.owner.login}:${branch}`);
    const path = `${at(repository)}/pulls?state=all&head=${head}&per_page=100`;
    const found = z.array(pullAnswer).parse(await this.#call('pulls', repository, { path }));
    // GitHub's filter knows owner and branch: a fork with the same owner may have a branch of that name, too.
    return found.find((pull) => pull.head.repo?.id === repository.id);
  }

  async openPull(
    repository: SeenRepository,
    wish: { branch: string; title: string; body: string },
  ): Promise<SeenPull> {
    const { branch: head, title, body } = wish;
    const fields = { head, base: repository.default_branch, title, body };
    const asked = { method: 'POST' as const, path: `${at(repository)}/pulls`, body: fields };
    return pullAnswer.parse(await this.#call('open', repository, asked));
  }

  reviews(repository: SeenRepository, number: number): Promise<z.infer<typeof reviewAnswer>[]> {
    return this.#all('reviews', repository, number, reviewAnswer);
  }

  commits(repository: SeenRepository, number: number): Promise<z.infer<typeof commitAnswer>[]> {
    return this.#all('commits', repository, number, commitAnswer);
  }

  #all<T>(what: string, repository: SeenRepository, number: number, schema: z.ZodType<T>): Promise<T[]> {
    const path = `${at(repository)}/pulls/${number}/${what}`;
    return this.org.pages(`${this.task}-${what}`, path, schema, WRITE, repository.id);
  }

  #call(
    call: string,
    repository: SeenRepository,
    ask: { path: string; method?: 'POST'; body?: object },
  ): Promise<unknown> {
    return this.org.call(`${this.task}-${call}`, ask, WRITE, repository.id);
  }
}
