/**
 * A loop that wakes on news and keeps a slow poll behind it.
 *
 * `step` does one piece of work and says whether there was any. When there was none, the loop sleeps
 * until it is woken, until `dueAt`, or for the safety poll of 30 s, whichever comes first.
 */
import { seconds, type Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';

export interface LoopOptions {
  name: string;
  clock: Clock;
  logger: Logger;
  /** How many pieces of work at a time. */
  width: number;
  step(): Promise<boolean>;
  /** When something that waits now becomes due. */
  dueAt(): Promise<number | undefined>;
}

const SAFETY_POLL_MS = seconds(30);

export class Loop {
  readonly #options: LoopOptions;
  readonly #runners: Promise<void>[] = [];
  readonly #sleepers = new Set<() => void>();
  #news = 0;
  /** Told at each turn, so that somebody notices when there are none. */
  onTurn: () => void = () => undefined;
  #stopped = false;

  constructor(options: LoopOptions) {
    this.#options = options;
  }

  start(): void {
    for (let n = 0; n < this.#options.width; n += 1) this.#runners.push(this.#run());
  }

  /** There may be work: everybody looks. */
  wake(): void {
    this.#news += 1;
    for (const go of [...this.#sleepers]) go();
  }

  /** Resolves when the work in hand is finished; nothing new is begun. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.wake();
    await Promise.all(this.#runners);
  }

  async #run(): Promise<void> {
    const { step, dueAt, logger, name, clock } = this.#options;
    while (!this.#stopped) {
      const seen = this.#news;
      this.onTurn();
      try {
        if (await step()) {
          // What was finished may have freed the way for another runner.
          this.wake();
          continue;
        }
        const due = await dueAt();
        const pause = due === undefined ? SAFETY_POLL_MS : Math.min(SAFETY_POLL_MS, due - clock.now());
        await this.#sleep(seen, Math.max(50, pause));
      } catch (error) {
        logger.error(
          { err: error, code: 'loop.failed', loop: name },
          'A loop step failed; it is tried again',
        );
        await this.#sleep(this.#news, seconds(1));
      }
    }
  }

  #sleep(seen: number, ms: number): Promise<void> {
    // News that came while we looked would otherwise be slept over.
    if (this.#stopped || this.#news !== seen) return Promise.resolve();
    return new Promise((resolve) => {
      const go = () => {
        clearTimeout(timer);
        this.#sleepers.delete(go);
        resolve();
      };
      const timer = setTimeout(go, ms);
      this.#sleepers.add(go);
    });
  }
}
