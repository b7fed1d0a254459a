/**
 * What was found out about the commits of one repository from which nothing is ever removed. A commit never changes,
 * so an answer stays true, and nobody starts git for it again.
 */
import { hasCommit, isAncestor, listTree, type TreeEntry } from './git-objects.ts';

/** Answers kept of each kind; then the oldest go. */
const MOST = 1_000;
/** Lists of files are bigger, and asked for again soon or never. */
const MOST_LISTS = 8;

export class KnownCommits {
  readonly #dir: string;
  readonly #here = new Map<string, true>();
  readonly #older = new Map<string, boolean>();
  readonly #lists = new Map<string, TreeEntry[]>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** As hasCommit. That one is missing is asked again: it may come. */
  async has(sha: string): Promise<boolean> {
    if (this.#here.has(sha)) return true;
    const here = await hasCommit(this.#dir, sha);
    if (here) keep(this.#here, sha, true, MOST);
    return here;
  }

  /** As isAncestor. False is kept only where both are here: it may be because one is not. */
  async isAncestor(older: string, newer: string): Promise<boolean> {
    if (older === newer) return this.has(older);
    const key = `${older} ${newer}`;
    const known = this.#older.get(key);
    if (known !== undefined) return known;
    const answer = await isAncestor(this.#dir, older, newer);
    if (answer) for (const sha of [older, newer]) keep(this.#here, sha, true, MOST);
    if (answer || (this.#here.has(older) && this.#here.has(newer))) keep(this.#older, key, answer, MOST);
    return answer;
  }

  /** As listTree. */
  async list(commit: string): Promise<readonly TreeEntry[]> {
    const known = this.#lists.get(commit);
    if (known) return known;
    const entries = await listTree(this.#dir, commit);
    keep(this.#here, commit, true, MOST);
    keep(this.#lists, commit, entries, MOST_LISTS);
    return entries;
  }
}

/** Keeps the newest answers. */
function keep<T>(known: Map<string, T>, key: string, value: T, most: number): void {
  known.set(key, value);
  for (const [oldest] of known) {
    if (known.size <= most) return;
    known.delete(oldest);
  }
}
