/** Questions about more than one commit. What git itself must answer is cached by the shas asked about. */
import { git } from '../../../lib/git.ts';
import { EMPTY_TREE, entryType, type Commit, type TreeItem } from './objects.ts';
import type { GitStore } from './store.ts';

export interface NamedChange {
  path: string;
  status: 'added' | 'removed' | 'modified';
}

/** Files that differ between two trees, without asking git. */
export async function changedFiles(
  store: GitStore,
  before: string,
  after: string,
  prefix = '',
): Promise<NamedChange[]> {
  if (before === after) return [];
  const old = new Map((await store.tree(before))?.map((item) => [item.name, item]));
  const now = new Map((await store.tree(after))?.map((item) => [item.name, item]));
  const changes: NamedChange[] = [];
  for (const name of [...new Set([...old.keys(), ...now.keys()])].sort()) {
    const [a, b] = [old.get(name), now.get(name)];
    if (a?.sha === b?.sha && a?.mode === b?.mode) continue;
    const path = `${prefix}${name}`;
    const [wasTree, isTree] = [isFolder(a), isFolder(b)];
    if (wasTree || isTree) {
      const from = wasTree && a ? a.sha : EMPTY_TREE;
      const to = isTree && b ? b.sha : EMPTY_TREE;
      changes.push(...(await changedFiles(store, from, to, `${path}/`)));
    }
    if (a && !wasTree && b && !isTree) changes.push({ path, status: 'modified' });
    else if (a && !wasTree) changes.push({ path, status: 'removed' });
    else if (b && !isTree) changes.push({ path, status: 'added' });
  }
  return changes;
}

function isFolder(item: TreeItem | undefined): boolean {
  return item !== undefined && entryType(item.mode) === 'tree';
}

/** Shas, newest first. `not` and what they reach are left out. */
export async function revList(
  store: GitStore,
  from: string,
  options: {
    not?: readonly string[];
    max?: number;
    skip?: number;
    path?: string;
    since?: string;
    until?: string;
    author?: string;
    reverse?: boolean;
  } = {},
): Promise<string[]> {
  const args = ['rev-list', `--max-count=${options.max ?? 100}`];
  if (options.skip) args.push(`--skip=${options.skip}`);
  if (options.since) args.push(`--since=${options.since}`);
  if (options.until) args.push(`--until=${options.until}`);
  if (options.author) args.push('--fixed-strings', `--author=${options.author}`);
  args.push(from, ...(options.not ?? []).map((sha) => `^${sha}`), '--');
  if (options.path) args.push(`:(literal)${options.path}`);
  const { stdout, code } = await git(args, { dir: store.dir, accept: [0, 128] });
  return code === 0 ? stdout.toString('utf8').split('\n').filter(Boolean) : [];
}

export async function countCommits(store: GitStore, from: string, not: string): Promise<number> {
  const [mine, theirs] = [await ancestry(store, from), await ancestry(store, not)];
  if (mine && theirs) return [...mine].filter((sha) => !theirs.has(sha)).length;
  const { stdout } = await git(['rev-list', '--count', from, `^${not}`, '--'], { dir: store.dir });
  return Number(stdout.toString('utf8').trim());
}

/** Beyond this git, which need not look at all of them, is quicker. */
const SHORT = 200;

/** The commit and all before it; undefined when they are too many, or one is not here. */
async function ancestry(store: GitStore, sha: string): Promise<Set<string> | undefined> {
  const found = new Set<string>();
  const open = [sha];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    const commit = found.size < SHORT ? await store.commitAt(next) : undefined;
    // A tag's name is not that of its commit.
    if (commit?.sha !== next) return undefined;
    found.add(next);
    open.push(...commit.parents);
  }
  return found;
}

export async function isAncestor(store: GitStore, older: string, newer: string): Promise<boolean> {
  if (older === newer) return true;
  // The usual push: one commit on top.
  if ((await store.commitAt(newer))?.parents.includes(older)) return true;
  const known = await ancestry(store, newer);
  // What is asked about may be a tag, which leads to a commit of another name.
  if (known && (await store.isCommit(older))) return known.has(older);
  const { code } = await git(['merge-base', '--is-ancestor', older, newer], {
    dir: store.dir,
    accept: [0, 1, 128],
  });
  return code === 0;
}

export async function mergeBase(store: GitStore, a: string, b: string): Promise<string | undefined> {
  const [mine, theirs] = [await ancestry(store, a), await ancestry(store, b)];
  if (mine && theirs) {
    const common = [...mine].filter((sha) => theirs.has(sha));
    const older = new Set(common.flatMap((sha) => store.known(sha)?.parents ?? []));
    const newest = common.filter((sha) => !older.has(sha));
    if (newest.length < 2) return newest[0];
  }
  const { stdout } = await git(['merge-base', a, b], { dir: store.dir, accept: [0, 1, 128] });
  return stdout.toString('utf8').trim() || undefined;
}

export interface FileChange {
  filename: string;
  previous: string | undefined;
  status: 'added' | 'removed' | 'modified' | 'renamed' | 'changed';
  sha: string;
  additions: number;
  deletions: number;
  patch: string | undefined;
}

const diffs = new WeakMap<GitStore, Map<string, FileChange[]>>();

/** Files with counts and patches, renames found, as git shows them; `before` undefined is the empty tree. */
export async function diff(
  store: GitStore,
  before: string | undefined,
  after: string,
): Promise<FileChange[]> {
  const known = diffs.get(store) ?? new Map<string, FileChange[]>();
  diffs.set(store, known);
  const key = `${before}..${after}`;
  const found = known.get(key);
  if (found) return found;
  const args = [
    'diff-tree',
    '-r',
    '-M',
    '-z',
    '--raw',
    '--numstat',
    '--no-abbrev',
    before ?? EMPTY_TREE,
    after,
  ];
  const { stdout } = await git(args, { dir: store.dir });
  const files = parseRaw(stdout.toString('utf8'));
  if (files.length > 0 && files.length <= 300) await addPatches(store, before ?? EMPTY_TREE, after, files);
  if (known.size > 500) known.clear();
  known.set(key, files);
  return files;
}

const STATUS: Record<string, FileChange['status']> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  R: 'renamed',
};

function parseRaw(text: string): FileChange[] {
  const fields = text.split('\0');
  const files: FileChange[] = [];
  let at = 0;
  for (; fields[at]?.startsWith(':'); ) {
    const [, , oldSha = '', newSha = '', status = ''] = (fields[at] ?? '').split(' ');
    const first = fields[at + 1] ?? '';
    const moved = status.startsWith('R') || status.startsWith('C');
    const filename = moved ? (fields[at + 2] ?? '') : first;
    files.push({
      filename,
      previous: moved ? first : undefined,
      status: STATUS[status[0] ?? ''] ?? 'changed',
      sha: status.startsWith('D') ? oldSha : newSha,
      additions: 0,
      deletions: 0,
      patch: undefined,
    });
    at += moved ? 3 : 2;
  }
  const byName = new Map(files.map((file) => [file.filename, file]));
  while (at < fields.length && fields[at]) {
    const [added = '', removed = '', name = ''] = (fields[at] ?? '').split('\t');
    const moved = name === '';
    const file = byName.get(moved ? (fields[at + 2] ?? '') : name);
    if (file) {
      file.additions = Number(added) || 0;
      file.deletions = Number(removed) || 0;
    }
    at += moved ? 3 : 1;
  }
  return files;
}

async function addPatches(
  store: GitStore,
  before: string,
  after: string,
  files: FileChange[],
): Promise<void> {
  const { stdout } = await git(
    ['diff-tree', '-r', '-M', '-p', '--no-color', '--no-ext-diff', before, after],
    { dir: store.dir },
  );
  // One part per file, in the order of the raw list.
  const parts = stdout
    .toString('utf8')
    .split(/^diff --git /m)
    .slice(1);
  files.forEach((file, index) => {
    const hunk = parts[index]?.search(/^@@ /m) ?? -1;
    if (hunk >= 0) file.patch = parts[index]?.slice(hunk).replace(/\n$/, '');
  });
}

export async function archive(store: GitStore, sha: string, prefix: string): Promise<Buffer> {
  const { stdout } = await git(['archive', '--format=tar.gz', `--prefix=${prefix}/`, sha], {
    dir: store.dir,
    maxBytes: 2 ** 30,
  });
  return stdout;
}

export async function commitsOf(store: GitStore, shas: readonly string[]): Promise<Commit[]> {
  const commits = await Promise.all(shas.map((sha) => store.commitAt(sha)));
  return commits.filter((commit): commit is Commit => commit !== undefined);
}
