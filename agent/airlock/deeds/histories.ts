/**
 * The histories behind workspaces, each repository fetched into a mirror of the airlock's own and read
 * once per commit. A later commit reads only what is new. What is remembered is lost with the process:
 * reading a hundred thousand commits again takes a second or two.
 */
import { isAncestor } from '../../../src/lib/git-objects.ts';
import type { Mirrors, RepositoryPlace } from '../../store/mirror.ts';
import { readHistory, TooLong, type Addresses, type History } from './history.ts';

/** Addresses up to a commit; or why nobody can say. */
export type Found = { addresses: Addresses } | { missing: true } | { tooLong: true };

interface Remembered {
  times: History['times'];
  /** Newest last. */
  tips: Map<string, Found & { addresses: Addresses }>;
  turn: Promise<unknown>;
}

/** Tips that are tried as what a new commit builds on. */
const TRIED = 4;
const REMEMBERED_TIPS = 500;
const REMEMBERED_TIMES = 2_000_000;

export class Histories {
  readonly #mirrors: Pick<Mirrors, 'hold' | 'dirOf'>;
  readonly #maxCommits: number | undefined;
  readonly #repositories = new Map<string, Remembered>();

  constructor(mirrors: Pick<Mirrors, 'hold' | 'dirOf'>, limits: { maxCommits?: number } = {}) {
    this.#mirrors = mirrors;
    this.#maxCommits = limits.maxCommits;
  }

  /** Throws GitFailed when git or the network cannot say. */
  addresses(place: RepositoryPlace, commit: string, signal?: AbortSignal): Promise<Found> {
    const remembered = this.#of(place);
    const known = remembered.tips.get(commit);
    if (known) return Promise.resolve(known);
    const work = (): Promise<Found> => this.#read(place, commit, remembered, signal);
    const mine = remembered.turn.then(work, work);
    remembered.turn = mine.catch(() => undefined);
    return mine;
  }

  #of({ key }: RepositoryPlace): Remembered {
    const remembered = this.#repositories.get(key) ?? {
      times: new Map<string, number>(),
      tips: new Map<string, Found & { addresses: Addresses }>(),
      turn: Promise.resolve(),
    };
    this.#repositories.set(key, remembered);
    return remembered;
  }

  async #read(
    place: RepositoryPlace,
    commit: string,
    remembered: Remembered,
    signal: AbortSignal | undefined,
  ): Promise<Found> {
    const { times, tips } = remembered;
    const known = tips.get(commit);
    if (known) return known;
    if (!(await this.#mirrors.hold(place, commit, signal))) return { missing: true };
    const dir = this.#mirrors.dirOf(place);
    const base = await newestBelow(dir, commit, [...tips.keys()]);
    const into: History = { addresses: new Map(base ? tips.get(base)!.addresses : []), times };
    try {
      await readHistory({
        dir,
        tip: commit,
        known: base ? [base] : [],
        into,
        ...(this.#maxCommits === undefined ? {} : { maxCommits: this.#maxCommits }),
        signal,
      });
    } catch (error) {
      if (error instanceof TooLong) return { tooLong: true };
      throw error;
    }
    const found = { addresses: into.addresses };
    tips.set(commit, found);
    this.#forget(remembered);
    return found;
  }

  /** Memory is bounded; what is forgotten is read again. */
  #forget({ tips, times }: Remembered): void {
    const [oldest] = tips.keys();
    if (tips.size > REMEMBERED_TIPS && oldest !== undefined) tips.delete(oldest);
    const total = [...this.#repositories.values()].reduce((sum, each) => sum + each.times.size, 0);
    if (total <= REMEMBERED_TIMES) return;
    // Tips without the times below them could not be built upon, so both go.
    for (const each of this.#repositories.values()) {
      if (each.times === times) continue;
      each.times.clear();
      each.tips.clear();
    }
  }
}

async function newestBelow(
  dir: string,
  commit: string,
  tips: readonly string[],
): Promise<string | undefined> {
  for (const tip of tips.slice(-TRIED).reverse()) if (await isAncestor(dir, tip, commit)) return tip;
  return undefined;
}
