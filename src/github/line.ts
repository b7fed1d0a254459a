/**
 * Whether GitHub answers at all, as this process saw it last.
 *
 * While it does not, one attempt goes out now and then instead of everything that waits, and no attempt counts: whatever
 * waited goes on within seconds of the first answer, however long GitHub was away. Kept in memory: each hub has a line of its own.
 */
import { seconds, type Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';

/** After an outage nobody waits for longer than this, and the answer that never comes takes longer than that. */
const LONGEST_PAUSE_MS = seconds(8);

export class Line {
  readonly #clock: Pick<Clock, 'now'>;
  #losses = 0;
  #closedUntil = 0;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** False: nothing is to be begun before `opensAt`. */
  get isOpen(): boolean {
    return this.#closedUntil <= this.#clock.now();
  }

  /** Milliseconds since 1970; in the past when it is open. */
  get opensAt(): number {
    return this.#closedUntil;
  }

  /** An attempt had no answer. Returns how long it has to wait, in ms: 1, 2, 4, then always 8 s. */
  lost(): number {
    const now = this.#clock.now();
    // What was under way when the line broke, and ends now, is the same loss.
    if (this.isOpen) {
      this.#closedUntil = now + Math.min(seconds(2 ** this.#losses), LONGEST_PAUSE_MS);
      this.#losses += 1;
    }
    return this.#closedUntil - now;
  }

  /** GitHub said something, whatever it was. */
  answered(): void {
    this.#losses = 0;
    this.#closedUntil = 0;
  }
}

/** When a loop has to look again, whose next piece of work is due at `due`. */
export async function whenOpen(line: Line, due: Promise<number | undefined>): Promise<number | undefined> {
  const at = await due;
  return at === undefined ? undefined : Math.max(at, line.opensAt);
}

export function logAway({ logger }: { logger: Logger }, error: unknown): void {
  logger.warn({ err: error, code: 'github.away' }, 'GitHub does not answer; everything for it waits');
}
