/** The calls that a commit to the default branch of a repository of ours takes: one commit, and only on top of what was looked at. */
import { z } from 'zod';
import { at, type CommittedFile, type SeenRepository } from './organisation-github.ts';
import { RepositoryGitHub } from './repository-github.ts';

export type { SeenRepository } from './organisation-github.ts';

const WRITE = { contents: 'write', metadata: 'read' };

export class BranchGitHub extends RepositoryGitHub {
  /** The newest commit; undefined while the repository is empty. */
  head(repository: SeenRepository): Promise<string | undefined> {
    return this.branch(repository, repository.default_branch);
  }

  /** Undefined where no file is. */
  async text(repository: SeenRepository, commit: string, path: string): Promise<string | undefined> {
    const asked = { path: `${at(repository)}/contents/${path}?ref=${commit}` };
    const answer = await this.org.maybe(`${this.task}-content`, asked, WRITE, repository.id);
    const read = z
      .object({ type: z.literal('file'), encoding: z.literal('base64'), content: z.string() })
      .safeParse(answer);
    return read.success ? Buffer.from(read.data.content, 'base64').toString('utf8') : undefined;
  }

  /** In an empty repository trees cannot be made: its first commit is one file. */
  async begin(repository: SeenRepository, path: string, text: string): Promise<string> {
    const body = { message: 'Begin', content: Buffer.from(text).toString('base64') };
    const asked = { method: 'PUT' as const, path: `${at(repository)}/contents/${path}`, body };
    const answer = await this.org.call(`${this.task}-begin`, asked, WRITE, repository.id);
    return z.object({ commit: z.object({ sha: z.string() }) }).parse(answer).commit.sha;
  }

  /** The new commit. Throws when the branch has moved on since `parent`: nothing is forced. */
  async commit(
    repository: SeenRepository,
    parent: string,
    message: string,
    files: readonly CommittedFile[],
  ): Promise<string> {
    const commit = await this.org.commit(this.task, repository, { parent, message, files });
    await this.org.move(`${this.task}-move`, repository, repository.default_branch, commit);
    return commit;
  }
}
