/**
 * Reading a bare repository: names to shas, shas to bytes. Nothing is ever checked out by git.
 *
 * Every argument is a full sha or a full ref name, checked here, so no text from a repository or a
 * message can become an option.
 */
import { git, gitStream, isSha } from './git.ts';

export interface TreeEntry {
  /** `100644` file, `100755` program, `120000` symlink, `160000` submodule. */
  mode: string;
  type: 'blob' | 'commit';
  sha: string;
  /** Bytes; 0 for a submodule. */
  size: number;
  path: string;
}

/** The sha a full ref name (`refs/heads/main`) points to, or undefined. */
export async function resolveRef(dir: string, ref: string): Promise<string | undefined> {
  if (!ref.startsWith('refs/')) throw new TypeError(`not a full ref name: ${ref}`);
  const { stdout } = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`], {
    dir,
    accept: [0, 1, 128],
  });
  const sha = stdout.toString('utf8').trim();
  return isSha(sha) ? sha : undefined;
}

/** Whether the repository holds this commit. */
export async function hasCommit(dir: string, sha: string): Promise<boolean> {
  mustBeSha(sha);
  const { code } = await git(['cat-file', '-e', `${sha}^{commit}`], { dir, accept: [0, 1, 128] });
  return code === 0;
}

/** The tree of a commit: what all its files are, in one name. Rejects when the commit is missing. */
export async function treeOf(dir: string, commit: string): Promise<string> {
  mustBeSha(commit);
  const { stdout } = await git(['rev-parse', '--verify', '--end-of-options', `${commit}^{tree}`], { dir });
  return stdout.toString('utf8').trim();
}

/** Whether `older` is `newer` or one of its ancestors. False when either is not there. */
export async function isAncestor(dir: string, older: string, newer: string): Promise<boolean> {
  mustBeSha(older);
  mustBeSha(newer);
  const { code } = await git(['merge-base', '--is-ancestor', older, newer], { dir, accept: [0, 1, 128] });
  return code === 0;
}

/** The newest commit that both have in their history; undefined when there is none. Both must be there. */
export async function mergeBase(dir: string, one: string, other: string): Promise<string | undefined> {
  mustBeSha(one);
  mustBeSha(other);
  const { stdout } = await git(['merge-base', one, other], { dir, accept: [0, 1] });
  const sha = stdout.toString('utf8').trim();
  return isSha(sha) ? sha : undefined;
}

/** Whether some ref below this folder of refs (`refs/heads`) leads to the commit. False when it is not there. */
export async function onSomeRef(dir: string, folder: string, sha: string): Promise<boolean> {
  if (!folder.startsWith('refs/')) throw new TypeError(`not a folder of refs: ${folder}`);
  if (!(await hasCommit(dir, sha))) return false;
  const { stdout } = await git(
    ['for-each-ref', '--count=1', '--format=%(refname)', `--contains=${sha}`, `${folder}/`],
    { dir },
  );
  return stdout.length > 0;
}

/** Every file of a commit, in path order. Rejects when the commit is missing. */
export async function listTree(dir: string, commit: string): Promise<TreeEntry[]> {
  mustBeSha(commit);
  const { stdout } = await git(['ls-tree', '-r', '-z', '-l', '--full-tree', commit], { dir });
  return stdout
    .toString('utf8')
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const tab = line.indexOf('\t');
      const [mode = '', type = '', sha = '', size = ''] = line.slice(0, tab).split(/ +/);
      return {
        mode,
        type: type === 'commit' ? 'commit' : 'blob',
        sha,
        size: Number(size) || 0,
        path: line.slice(tab + 1),
      };
    });
}

export interface GitObject {
  sha: string;
  type: string;
  bytes: Buffer;
}

/**
 * The objects, one after the other, in the order asked for; one is held in memory at a time.
 * Missing ones are left out.
 */
export async function* readObjects(
  dir: string,
  shas: Iterable<string>,
  options: { signal?: AbortSignal; timeoutMs?: number } = {},
): AsyncGenerator<GitObject> {
  const wanted = [...shas];
  wanted.forEach(mustBeSha);
  if (wanted.length === 0) return;
  const running = gitStream(['cat-file', '--batch'], {
    dir,
    input: wanted.map((sha) => `${sha}\n`).join(''),
    ...options,
  });
  let finished = false;
  try {
    const reader = new ExactReader(running.stdout);
    for (const _ of wanted) {
      const header = (await reader.line()).split(' ');
      const [sha = '', type = '', size = '0'] = header;
      if (type === 'missing') continue;
      const bytes = await reader.take(Number(size));
      await reader.take(1);
      yield { sha, type, bytes };
    }
    await running.done;
    finished = true;
  } catch (error) {
    // A stream that broke off says nothing; git's own end says why (time, abort, corruption).
    await running.done;
    throw error;
  } finally {
    if (!finished) running.stop();
  }
}

/** Texts of some files of a commit, by path. Symlinks and submodules have no text and are left out. */
export async function readTexts(
  dir: string,
  commit: string,
  wanted: (entry: TreeEntry) => boolean,
): Promise<Map<string, string>> {
  return textsOf(dir, (await listTree(dir, commit)).filter(wanted));
}

/** The same of files that were listed before. */
export async function textsOf(dir: string, entries: readonly TreeEntry[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const bySha = new Map<string, string[]>();
  for (const { sha, path, mode } of entries) {
    if (!mode.startsWith('100')) continue;
    const paths = bySha.get(sha);
    if (paths) paths.push(path);
    else bySha.set(sha, [path]);
  }
  for await (const object of readObjects(dir, bySha.keys())) {
    const text = object.bytes.toString('utf8');
    for (const path of bySha.get(object.sha) ?? []) texts.set(path, text);
  }
  return texts;
}

function mustBeSha(sha: string): void {
  if (!isSha(sha)) throw new TypeError(`not a commit sha: ${sha}`);
}

/** Takes exact numbers of bytes off a stream, pausing it in between. */
class ExactReader {
  #held: Buffer[] = [];
  #size = 0;
  readonly #chunks: AsyncIterator<Buffer>;

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    for (;;) {
      const all = this.#join();
      const end = all.indexOf(10);
      if (end >= 0) {
        const line = (await this.take(end)).toString('utf8');
        await this.take(1);
        return line;
      }
      await this.#more();
    }
  }

  async take(count: number): Promise<Buffer> {
    while (this.#size < count) await this.#more();
    const all = this.#join();
    this.#held = [all.subarray(count)];
    this.#size = all.length - count;
    return all.subarray(0, count);
  }

  #join(): Buffer {
    const all = this.#held.length === 1 ? (this.#held[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#held);
    this.#held = [all];
    return all;
  }

  async #more(): Promise<void> {
    const next = await this.#chunks.next();
    if (next.done) throw new Error('git ended in the middle of an object');
    this.#held.push(next.value);
    this.#size += next.value.length;
  }
}
