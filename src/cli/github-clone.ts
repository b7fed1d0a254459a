/** What the clone in this folder says: where "origin" leads, what is checked out, and project.yaml as it is there. */
import { git, GitFailed } from '../lib/git.ts';
import { isRefusal, refusal, Refused } from '../lib/refusal.ts';
import { plan, printable, readProjectBytes } from '../pipeline/pipeline.ts';

async function said(dir: string, args: readonly string[]): Promise<Buffer | undefined> {
  try {
    return (await git(['-C', dir, ...args])).stdout;
  } catch (error) {
    if (error instanceof GitFailed) return undefined;
    throw error;
  }
}

const line = (bytes: Buffer | undefined): string | undefined => bytes?.toString('utf8').trim() || undefined;

export const originOf = async (dir: string): Promise<string | undefined> =>
  line(await said(dir, ['config', '--get', 'remote.origin.url']));

/** Undefined: there is none by that name in this folder. */
export const shaOf = async (dir: string, ref: string): Promise<string | undefined> =>
  line(await said(dir, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]));

/** Whether anything that git knows differs from the commit that is checked out. */
export const isChanged = async (dir: string): Promise<boolean> =>
  line(await said(dir, ['status', '--porcelain', '--untracked-files=no'])) !== undefined;

/** What would be refused on GitHub is refused here: no comment is written. Throws Refused. */
export async function refuseActions(dir: string, sha: string, actions: readonly string[]): Promise<void> {
  const bytes = await said(dir, ['show', `${sha}:project.yaml`]);
  if (!bytes)
    throw new Refused(
      refusal('github.no-study', 'The commit has no project.yaml.', 'Commit one, then push.'),
    );
  const { pipeline, diagnostics } = readProjectBytes(bytes);
  if (!pipeline) {
    const first = diagnostics.find(({ severity }) => severity === 'error');
    throw new Refused(
      refusal(
        'github.study-invalid',
        `project.yaml of this commit is not right. Line ${first?.line ?? 1}: ${printable(first?.message ?? '')}`,
        '"sallyport check" shows every error; mend, commit and push.',
      ),
    );
  }
  const planned = plan({ pipeline, asked: actions, latest: new Map(), force: false });
  if (isRefusal(planned)) throw new Refused(planned);
}
