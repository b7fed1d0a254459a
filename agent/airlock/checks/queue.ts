/** Wishes that wait in this process, one carried out after the other; what is wished for twice waits once. */
import type { Logger } from '../../../src/lib/logger.ts';

export class Wishes {
  readonly #logger: Logger;
  readonly #waiting = new Map<string, () => Promise<void>>();
  #working: Promise<void> | undefined;
  isClosing = false;
  failed = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get waiting(): number {
    return this.#waiting.size;
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

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    while (this.#working) await this.#working;
  }

  /** Of what waits nothing is lost: it is found again at the next start. */
  drop(): void {
    this.isClosing = true;
    this.#waiting.clear();
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
      } catch (error) {
        this.failed += 1;
        this.#logger.error({ err: error, code: 'airlock.checks' }, 'Automatic checks could not be run');
      }
    }
  }

  #next(): [string, () => Promise<void>] | undefined {
    const all = [...this.#waiting];
    return all.find(([name]) => urgent(name)) ?? all[0];
  }
}

function urgent(name: string): boolean {
  return name.startsWith('request ');
}
