/**
 * Commits that the steward makes in its own mirror: a version of governance and the files that an edit changed.
 * Nothing is checked out; the index is a file of its own, gone afterwards.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EditedFile } from '../../governance/governance.ts';
import { git, isSha } from '../../lib/git.ts';
import { mayAddress } from '../../lib/origin.ts';
import { Refused } from '../../lib/refusal.ts';

export interface Author {
  name: string;
  email: string;
}

/** The same every time it is made of the same: author, time and message come from what was asked. */
export async function commitFiles(
  dir: string,
  {
    base,
    files,
    author,
    at,
    message,
  }: {
    base: string;
    files: readonly EditedFile[];
    author: Author;
    /** Milliseconds. */
    at: number;
    message: string;
  },
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-proposal-'));
  const index = join(folder, 'index');
  try {
    await git(['read-tree', base], { dir, index });
    for (const { path, text } of files) {
      const blob = await said(['hash-object', '-w', '--stdin'], { dir, input: text });
      await git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`], { dir, index });
    }
    const tree = await said(['write-tree'], { dir, index });
    return await commitTree(dir, { tree, parents: [base], author, at, message });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function commitTree(
  dir: string,
  of: { tree: string; parents: readonly string[]; author: Author; at: number; message: string },
): Promise<string> {
  const { tree, parents, author, at, message } = of;
  const date = `${Math.floor(at / 1000)} +0000`;
  return said(['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent])], {
    dir,
    input: message,
    identity: { ...author, date },
  });
}

/** The tree that merging both would leave; undefined when they do not merge by themselves. */
export async function mergedTree(dir: string, ours: string, theirs: string): Promise<string | undefined> {
  const { code, stdout } = await git(['merge-tree', '--write-tree', '--no-messages', ours, theirs], {
    dir,
    accept: [0, 1],
  });
  const tree = stdout.toString('utf8').split('\n')[0] ?? '';
  return code === 0 && isSha(tree) ? tree : undefined;
}

/**
 * Puts the branch there. `instead`: only while it stands at this commit, so that what somebody pushes at the same
 * moment is not lost; absent: whatever it was, since no pull request of it was ever open.
 */
export async function pushBranch(
  dir: string,
  {
    url,
    authorization,
    commit,
    branch,
    instead,
  }: { url: string; authorization: string; commit: string; branch: string; instead?: string | undefined },
): Promise<void> {
  const no = mayAddress(url);
  if (no) throw new Refused(no);
  const ref = `refs/heads/${branch}`;
  const how = instead === undefined ? '--force' : `--force-with-lease=${ref}:${instead}`;
  await git(['push', '--quiet', '--no-verify', how, '--end-of-options', url, `${commit}:${ref}`], {
    dir,
    config: [[`http.${url}.extraHeader`, `Authorization: ${authorization}`]],
  });
}

async function said(args: readonly string[], options: Parameters<typeof git>[1]): Promise<string> {
  const { stdout } = await git(args, options);
  const sha = stdout.toString('utf8').trim();
  if (!isSha(sha)) throw new Error(`git ${args[0]} named no object`);
  return sha;
}
