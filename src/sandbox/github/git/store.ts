/**
 * One bare repository: names to objects, and new objects and refs.
 *
 * Refs are held in memory; whoever moves one does it through `lock`, so that the before and after of
 * a push belong together. Reads of commits and trees are cached for good (they are their hash).
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { git } from '../../../lib/git.ts';
import { CatFile } from './cat-file.ts';
import {
  commitBytes,
  EMPTY_TREE,
  entryType,
  parseCommit,
  parseTree,
  treeBytes,
  writeLoose,
  ZERO,
  type Commit,
  type RawObject,
  type TreeItem,
} from './objects.ts';

/** Bytes of blobs kept in memory per repository. */
const CACHE_BYTES = 32 * 1024 * 1024;

/** Names without anything that git has rules about. */
const PLAIN_REF = /^refs\/(?:heads|tags|pull)(?:\/[A-Za-z0-9][A-Za-z0-9_-]*)+$/;

export class GitStore {
  readonly dir: string;
  /** Full name → sha, as of the last push. */
  refs: ReadonlyMap<string, string> = new Map();
  readonly #cat: CatFile;
  readonly #commits = new Map<string, Commit>();
  readonly #trees = new Map<string, TreeItem[]>();
  readonly #blobs = new Map<string, Buffer>();
  #blobBytes = 0;
  #tail: Promise<unknown> = Promise.resolve();

  private constructor(dir: string) {
    this.dir = dir;
    this.#cat = new CatFile(dir);
  }

  static async create(root: string, id: number, defaultBranch: string): Promise<GitStore> {
    const dir = join(root, `${id}.git`);
    emptyBare(dir, defaultBranch);
    writeLoose(dir, 'tree', Buffer.alloc(0));
    return new GitStore(dir);
  }

  static async open(root: string, id: number): Promise<GitStore> {
    const store = new GitStore(join(root, `${id}.git`));
    await store.readRefs();
    return store;
  }

  close(): void {
    this.#cat.close();
  }

  /** One at a time per repository: ref changes and pushes. */
  lock<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work, work);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async readRefs(): Promise<ReadonlyMap<string, string>> {
    const { stdout } = await git(['for-each-ref', '--format=%(refname) %(objectname)'], { dir: this.dir });
    const lines = stdout.toString('utf8').split('\n').filter(Boolean);
    this.refs = new Map(lines.map((line) => line.split(' ') as [string, string]));
    return this.refs;
  }

  /** Moves a ref; ZERO deletes. False when git refuses it (a name that cannot be, a folder in the way). */
  async setRef(ref: string, sha: string): Promise<boolean> {
    if (!(await this.#moved(ref, sha))) {
      const args = sha === ZERO ? ['update-ref', '-d', ref] : ['update-ref', ref, sha];
      const { code } = await git(args, { dir: this.dir, accept: [0, 1, 128] });
      if (code !== 0) return false;
    }
    const next = new Map(this.refs);
    if (sha === ZERO) next.delete(ref);
    else next.set(ref, sha);
    this.refs = next;
    return true;
  }

  /** The usual move, to a commit that is here; false leaves the judgement to git. */
  async #moved(ref: string, sha: string): Promise<boolean> {
    return PLAIN_REF.test(ref) && sha !== ZERO && (await this.isCommit(sha)) && writeRef(this.dir, ref, sha);
  }

  branch(name: string): string | undefined {
    return this.refs.get(`refs/heads/${name}`);
  }

  branches(): { name: string; sha: string }[] {
    return [...this.refs]
      .filter(([ref]) => ref.startsWith('refs/heads/'))
      .map(([ref, sha]) => ({ name: ref.slice('refs/heads/'.length), sha }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The commit a person means: branch, tag, `heads/x`, full ref, or a sha of at least 4 digits. */
  async resolve(name: string): Promise<Commit | undefined> {
    for (const ref of [`refs/heads/${name}`, `refs/tags/${name}`, `refs/${name}`, name]) {
      const sha = this.refs.get(ref);
      if (sha) return this.commitAt(sha);
    }
    if (/^[0-9a-f]{40}$/.test(name)) return this.commitAt(name);
    if (!/^[0-9a-f]{4,39}$/.test(name)) return undefined;
    const found = await this.#cat.read(`${name}^{commit}`);
    return found && this.#keepCommit(found);
  }

  /** A commit by full sha, tags followed. */
  async commitAt(sha: string): Promise<Commit | undefined> {
    const known = this.#commits.get(sha);
    if (known) return known;
    if (!/^[0-9a-f]{40}$/.test(sha)) return undefined;
    const found = await this.#cat.read(`${sha}^{commit}`);
    return found && this.#keepCommit(found);
  }

  /** A commit that was read before; presenting is synchronous. */
  known(sha: string): Commit | undefined {
    return this.#commits.get(sha);
  }

  /** Exactly this object and no tag that leads to it. */
  async isCommit(sha: string): Promise<boolean> {
    return (await this.commitAt(sha))?.sha === sha;
  }

  async tree(sha: string): Promise<TreeItem[] | undefined> {
    if (sha === EMPTY_TREE) return [];
    const known = this.#trees.get(sha);
    if (known) return known;
    if (!/^[0-9a-f]{40}$/.test(sha)) return undefined;
    const found = await this.#cat.read(sha);
    if (found?.type !== 'tree') return undefined;
    const items = parseTree(found.bytes);
    this.#trees.set(sha, items);
    return items;
  }

  async blob(sha: string): Promise<Buffer | undefined> {
    const known = this.#blobs.get(sha);
    if (known) return known;
    if (!/^[0-9a-f]{40}$/.test(sha)) return undefined;
    const found = await this.#cat.read(sha);
    if (found?.type !== 'blob') return undefined;
    this.#keepBlob(sha, found.bytes);
    return found.bytes;
  }

  /** The entry at a path below a tree; `''` is the tree itself. */
  async entry(treeSha: string, path: string): Promise<TreeItem | undefined> {
    let item: TreeItem = { mode: '40000', name: '', sha: treeSha };
    for (const part of path.split('/').filter(Boolean)) {
      if (entryType(item.mode) !== 'tree') return undefined;
      const next: TreeItem | undefined = (await this.tree(item.sha))?.find((one) => one.name === part);
      if (!next) return undefined;
      item = next;
    }
    return item;
  }

  put(type: 'blob' | 'tree' | 'commit', bytes: Uint8Array): string {
    return writeLoose(this.dir, type, bytes);
  }

  putTree(items: readonly TreeItem[]): string {
    const bytes = treeBytes(items);
    const sha = this.put('tree', bytes);
    this.#trees.set(sha, parseTree(bytes));
    return sha;
  }

  putCommit(commit: Omit<Commit, 'sha'>): Commit {
    const sha = this.put('commit', commitBytes(commit));
    const whole = { ...commit, message: commit.message.replace(/\n$/, ''), sha };
    this.#commits.set(sha, whole);
    return whole;
  }

  async has(sha: string): Promise<boolean> {
    return (await this.#cat.read(sha)) !== undefined;
  }

  #keepCommit(object: RawObject): Commit | undefined {
    if (object.type !== 'commit') return undefined;
    const commit = parseCommit(object.sha, object.bytes);
    this.#commits.set(object.sha, commit);
    return commit;
  }

  #keepBlob(sha: string, bytes: Buffer): void {
    if (bytes.length > CACHE_BYTES / 8) return;
    this.#blobs.set(sha, bytes);
    this.#blobBytes += bytes.length;
    for (const [old, held] of this.#blobs) {
      if (this.#blobBytes <= CACHE_BYTES) return;
      this.#blobs.delete(old);
      this.#blobBytes -= held.length;
    }
  }
}

/** What `git init --bare` makes (gitrepository-layout(5)), without a process for each repository of a seed. */
function emptyBare(dir: string, branch: string): void {
  for (const folder of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags'])
    mkdirSync(join(dir, folder), { recursive: true });
  writeFileSync(
    join(dir, 'config'),
    '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n',
  );
  writeFileSync(join(dir, 'HEAD'), `ref: refs/heads/${branch}\n`);
}

/** As git does it: its lock beside it, then renamed. False, and nothing done, when something stands in the way. */
function writeRef(dir: string, ref: string, sha: string): boolean {
  const file = join(dir, ref);
  const lock = `${file}.lock`;
  if (existsSync(join(dir, 'packed-refs'))) return false;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(lock, `${sha}\n`, { flag: 'wx' });
  } catch {
    return false;
  }
  try {
    renameSync(lock, file);
    return true;
  } catch {
    rmSync(lock, { force: true });
    return false;
  }
}
