/** Three-way merge of trees: file by file, and line by line (`git merge-file`) where both sides changed one. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git } from '../../../lib/git.ts';
import { editTree, walkTree, type TreeEdit } from './edit.ts';
import { EMPTY_TREE, entryType } from './objects.ts';
import type { GitStore } from './store.ts';

type Files = Map<string, { mode: string; sha: string }>;

/** The merged tree, or undefined when a person must decide. */
export async function mergeTrees(
  store: GitStore,
  base: string | undefined,
  ours: string,
  theirs: string,
): Promise<string | undefined> {
  if (base === ours) return theirs;
  if (base === theirs || ours === theirs) return ours;
  const [old, mine, yours] = await Promise.all([
    files(store, base ?? EMPTY_TREE),
    files(store, ours),
    files(store, theirs),
  ]);
  const edits: TreeEdit[] = [];
  for (const [path, theirFile] of yours) {
    const [was, mineNow] = [old.get(path), mine.get(path)];
    if (same(was, theirFile) || same(mineNow, theirFile)) continue;
    if (same(was, mineNow)) edits.push({ path, ...theirFile });
    else if (!was || !mineNow) return undefined;
    else {
      const sha = await mergeFile(store, mineNow.sha, was.sha, theirFile.sha);
      if (!sha) return undefined;
      edits.push({ path, mode: theirFile.mode, sha });
    }
  }
  for (const [path, was] of old) {
    const mineNow = mine.get(path);
    if (yours.has(path) || !mineNow) continue;
    if (!same(was, mineNow)) return undefined;
    edits.push({ path, mode: was.mode, sha: null });
  }
  return editTree(store, ours, edits);
}

async function files(store: GitStore, tree: string): Promise<Files> {
  const all = await walkTree(store, tree, true);
  return new Map(
    all.filter((item) => entryType(item.mode) !== 'tree').map(({ path, mode, sha }) => [path, { mode, sha }]),
  );
}

function same(
  a: { mode: string; sha: string } | undefined,
  b: { mode: string; sha: string } | undefined,
): boolean {
  return a?.sha === b?.sha && a?.mode === b?.mode;
}

async function mergeFile(
  store: GitStore,
  ours: string,
  base: string,
  theirs: string,
): Promise<string | undefined> {
  const blobs = await Promise.all([ours, base, theirs].map((sha) => store.blob(sha)));
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-merge-'));
  try {
    const paths = ['ours', 'base', 'theirs'].map((name) => join(folder, name));
    await Promise.all(paths.map((path, index) => writeFile(path, blobs[index] ?? '')));
    const accept = Array.from({ length: 256 }, (_, code) => code);
    const { code, stdout } = await git(['merge-file', '-p', ...paths], { accept });
    return code === 0 ? store.put('blob', stdout) : undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
