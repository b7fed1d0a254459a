/** Wishes that wait in this process, one carried out after the other; what is wished for twice waits once. */
import { minutes, seconds } from '../../../src/lib/clock.ts';
import type { Logger } from '../../../src/lib/logger.ts';

/** After so many failures in a row: a database is usually back soon, and somebody waits for the checks of a request. */
function pauseAfter(failures: number): number {
  return Math.min(seconds(1) * 2 ** (failures - 1), minutes(1));
}

export class Wishes {
  readonly #logger: Logger;
  readonly #waiting = new Map<string, () => Promise<void>>();
  readonly #pauseAfter: (failures: number) => number;
  /** By wish: how often in a row it could not be carried out, and what tries it again. */
  readonly #failures = new Map<string, { times: number; timer: NodeJS.Timeout }>();
  #working: Promise<void> | undefined;
  isClosing = false;
  failed = 0;

  /** `pause`: milliseconds before the next try; for tests. */
  constructor(logger: Logger, pause = pauseAfter) {
    this.#logger = logger;
    this.#pauseAfter = pause;
  }

  /** Those that failed and are tried again are among them. */
  get waiting(): number {
    const failed = [...this.#failures.keys()].filter((name) => !this.#waiting.has(name));
    return this.#waiting.size + failed.length;
  }

  /** Somebody waits for one of these: they come before all others. */
  isUrgent(): boolean {
    return [...this.#waiting.keys()].some(urgent);
  }

  /** The newest wish goes to the end: what is being changed is looked at when it has come to rest. */
  want(name: string, work: () => Promise<void>): void {
    if (this.isClosing) return;
    if (urgent(name)) this.#waiting.delete(name);
    this.#waiting.set(name, work);
    this.#begin();
  }

  /** Resolves when nothing waits any more but what failed. */
  async settled(): Promise<void> {
    while (this.#working) await this.#working;
  }

  /** Of what waits nothing is lost: it is found again at the next start. */
  drop(): void {
    this.isClosing = true;
    this.#waiting.clear();
    for (const { timer } of this.#failures.values()) clearTimeout(timer);
    this.#failures.clear();
  }

  #begin(): void {
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      // Wished for in the very moment in which the last one ended.
      if (this.#waiting.size > 0) this.#begin();
    });
  }

  async #work(): Promise<void> {
    for (;;) {
      // The transaction that wished for it is to be over. And the embedded database answers without ever
      // letting go: timers, sockets and whoever else waits get their turn between two wishes.
      await new Promise(setImmediate);
      const next = this.#next();
      if (!next) return;
      const [name, work] = next;
      this.#waiting.delete(name);
      try {
        await work();
        clearTimeout(this.#failures.get(name)?.timer);
        this.#failures.delete(name);
      } catch (error) {
        this.failed += 1;
        this.#logger.error(
          { err: error, code: 'airlock.checks' },
          'Automatic checks could not be run; they are tried again',
        );
        this.#tryAgain(name, work);
      }
    }
  }

  #tryAgain(name: string, work: () => Promise<void>): void {
    if (this.isClosing) return;
    const before = this.#failures.get(name);
    clearTimeout(before?.timer);
    const times = (before?.times ?? 0) + 1;
    const timer = setTimeout(() => this.want(name, work), this.#pauseAfter(times)).unref();
    this.#failures.set(name, { times, timer });
  }

  #next(): [string, () => Promise<void>] | undefined {
    const all = [...this.#waiting];
    return all.find(([name]) => urgent(name)) ?? all[0];
  }
}

function urgent(name: string): boolean {
  return name.startsWith('request ');
}
