/**
 * One bare mirror per repository, filled through the proxy, branch by branch. A commit counts only
 * when it can be reached from the branch as it was fetched: pull-request refs are never fetched.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../src/lib/clock.ts';
import { seconds } from '../../src/lib/clock.ts';
import { git, GitFailed, gitInitBare } from '../../src/lib/git.ts';
import {
  hasCommit,
  isAncestor,
  listTree,
  onSomeRef,
  readObjects,
  resolveRef,
  type TreeEntry,
} from '../../src/lib/git-objects.ts';

/** Fetches refs into a bare repository; the composition adds the proxy's address and the token. */
export type FetchRefs = (wanted: {
  dir: string;
  owner: string;
  name: string;
  /** Numeric id the name must stand for; absent for a reusable action, which is known by name only. */
  id?: number;
  /** The task for which it is fetched. */
  task?: string;
  refspecs: string[];
  /** Names that the remote no longer has go here too. */
  prune?: boolean;
  signal?: AbortSignal;
}) => Promise<void>;

export interface RepositoryPlace {
  /** File name of the mirror: the numeric id, or `owner--name` of a reusable action. */
  key: string;
  owner: string;
  name: string;
  id?: number;
  /** The task for which it is looked at; the proxy may want to see it. */
  task?: string;
}

export type Reach = 'reachable' | 'commit-missing' | 'commit-not-on-branch';

/** What a commit's repository says of it now: its default branch leads to it, another one does, none does. */
export type CommitStanding = 'default' | 'branch' | 'none';

/** As they were last seen at the remote; apart from what is held for histories. */
const DEFAULT = 'refs/sallyport/default';
const BRANCHES = 'refs/sallyport/branches';

/** The jobs of one request start within a minute of each other: they need one look at the branch. */
const FRESH_MS = seconds(60);

export class Mirrors {
  readonly #dir: string;
  readonly #fetch: FetchRefs;
  readonly #clock: Clock;
  readonly #looked = new Map<string, number>();
  readonly #opened = new Set<string>();
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(dir: string, fetch: FetchRefs, clock: Clock) {
    this.#dir = dir;
    this.#fetch = fetch;
    this.#clock = clock;
  }

  dirOf(place: RepositoryPlace): string {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,150}$/.test(place.key)) throw new TypeError('not a mirror name');
    return path.join(this.#dir, `${place.key}.git`);
  }

  /** Makes the commit available if it can be reached from the branch. Throws GitFailed when git cannot say. */
  async reach(place: RepositoryPlace, branch: string, commit: string, signal?: AbortSignal): Promise<Reach> {
    const dir = this.dirOf(place);
    const ref = `refs/heads/${branch}`;
    return this.#inTurn(dir, async () => {
      if (this.#isFresh(dir, ref) && (await this.#holds(dir, ref, commit))) return 'reachable';
      if (!(await this.#look(dir, place, ref, signal))) return 'commit-not-on-branch';
      if (await this.#holds(dir, ref, commit)) return 'reachable';
      return (await hasCommit(dir, commit)) ? 'commit-not-on-branch' : 'commit-missing';
    });
  }

  /**
   * Makes this very commit and its whole history available; false when the repository has it no more. For
   * a commit that a signed manifest names: that it stood on a branch was found out when its job ran.
   */
  async hold(place: RepositoryPlace, commit: string, signal?: AbortSignal): Promise<boolean> {
    const dir = this.dirOf(place);
    return this.#inTurn(dir, async () => {
      const ref = `refs/sallyport/held/${commit}`;
      // The ref is written when all has arrived: a commit alone may be what a broken fetch left.
      if (existsSync(dir) && (await resolveRef(dir, ref)) === commit) return true;
      try {
        return await this.#look(dir, place, commit, signal, ref);
      } catch (error) {
        if (!(error instanceof GitFailed) || error.trouble !== 'denied') throw error;
        if (await this.#holdByBranch(dir, place, commit, ref, signal)) return true;
        // On no branch, which says nothing about whether the repository has it.
        throw error;
      }
    });
  }

  /** A proxy that knows of no task for the commit lets branches through, and most commits still stand on one. */
  async #holdByBranch(
    dir: string,
    place: RepositoryPlace,
    commit: string,
    ref: string,
    signal?: AbortSignal,
  ): Promise<boolean> {
    await this.#look(dir, place, 'refs/heads/*', signal, `${BRANCHES}/*`, true);
    if (!(await onSomeRef(dir, BRANCHES, commit))) return false;
    await git(['update-ref', ref, commit], { dir, signal });
    return true;
  }

  /** Which of the repository's branches lead to this commit now. Throws GitFailed when git cannot say. */
  async standing(place: RepositoryPlace, commit: string, signal?: AbortSignal): Promise<CommitStanding> {
    const dir = this.dirOf(place);
    return this.#inTurn(dir, async () => {
      if (this.#isFresh(dir, DEFAULT) && (await this.#holds(dir, DEFAULT, commit))) return 'default';
      if (this.#isFresh(dir, BRANCHES) && (await onSomeRef(dir, BRANCHES, commit))) return 'branch';
      // Whatever was seen before, the commit may be newer than that.
      const hasHead = await this.#look(dir, place, 'HEAD', signal, DEFAULT);
      if (hasHead && (await this.#holds(dir, DEFAULT, commit))) return 'default';
      if (!(await this.#look(dir, place, 'refs/heads/*', signal, `${BRANCHES}/*`, true)))
        throw new GitFailed('fetch', 'missing', '');
      this.#looked.set(`${dir} ${BRANCHES}`, this.#clock.now());
      if (!(await onSomeRef(dir, BRANCHES, commit))) return 'none';
      // It was merged between the two looks.
      const merged = hasHead && (await this.#look(dir, place, 'HEAD', signal, DEFAULT));
      return merged && (await this.#holds(dir, DEFAULT, commit)) ? 'default' : 'branch';
    });
  }

  /** The commit a branch or tag of this repository names now; undefined when there is no such name. */
  async tip(place: RepositoryPlace, ref: string, signal?: AbortSignal): Promise<string | undefined> {
    const dir = this.dirOf(place);
    return this.#inTurn(dir, async () =>
      (await this.#look(dir, place, ref, signal)) ? resolveRef(dir, ref) : undefined,
    );
  }

  #isFresh(dir: string, ref: string): boolean {
    const looked = this.#looked.get(`${dir} ${ref}`);
    return looked !== undefined && this.#clock.now() - looked < FRESH_MS;
  }

  async #holds(dir: string, ref: string, commit: string): Promise<boolean> {
    const tip = await resolveRef(dir, ref);
    return tip !== undefined && (tip === commit || (await isAncestor(dir, commit, tip)));
  }

  /** False when the remote has no such ref (any more). */
  async #look(
    dir: string,
    place: RepositoryPlace,
    ref: string,
    signal?: AbortSignal,
    as = ref,
    prune = false,
  ): Promise<boolean> {
    await this.#open(dir, place);
    try {
      const { owner, name, id, task } = place;
      await this.#fetch({ dir, owner, name, id, task, refspecs: [`+${ref}:${as}`], prune, signal });
    } catch (error) {
      if (error instanceof GitFailed && error.trouble === 'missing') return false;
      throw error;
    }
    this.#looked.set(`${dir} ${as}`, this.#clock.now());
    return true;
  }

  /** Made when missing. A git that was killed leaves lock files; only this process writes here, so they are stale. */
  async #open(dir: string, place: RepositoryPlace): Promise<void> {
    if (this.#opened.has(dir)) return;
    if (existsSync(path.join(dir, 'HEAD'))) await removeStale(dir);
    // Also for one that is there: whatever part of it was cut off is made whole.
    await gitInitBare(dir);
    writeFileSync(path.join(dir, 'description'), `${place.owner}/${place.name}\n`);
    this.#opened.add(dir);
  }

  /** Two fetches into one mirror would fight over its refs. */
  #inTurn<T>(dir: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(dir) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#turns.set(
      dir,
      mine.catch(() => undefined),
    );
    return mine;
  }
}

async function removeStale(dir: string): Promise<void> {
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && (entry.name.endsWith('.lock') || entry.name.startsWith('tmp_')))
      await rm(path.join(entry.parentPath, entry.name), { force: true });
  }
}

/** One file of a commit, or undefined: no such file, or it is no plain file. */
export async function bytesAt(
  dir: string,
  tree: readonly TreeEntry[],
  name: string,
  maxBytes: number,
): Promise<{ sha: string; bytes: Buffer } | undefined> {
  const entry = tree.find(({ path: at, mode }) => at === name && mode.startsWith('100'));
  if (!entry || entry.size > maxBytes) return undefined;
  for await (const object of readObjects(dir, [entry.sha])) return { sha: entry.sha, bytes: object.bytes };
  return undefined;
}

const trees = new Map<string, Promise<TreeEntry[]>>();
const REMEMBERED_TREES = 16;

/** Files of a commit. Asked for twice per job (project.yaml, then all of it): the second time costs no process. */
export function treeOf(dir: string, commit: string): Promise<TreeEntry[]> {
  const key = `${dir} ${commit}`;
  const known = trees.get(key);
  if (known) return known;
  if (trees.size >= REMEMBERED_TREES) trees.clear();
  const tree = listTree(dir, commit);
  trees.set(key, tree);
  tree.catch(() => trees.delete(key));
  return tree;
}
