/**
 * When review repositories are looked after: at the start, when governance moves, and every hour. In between
 * one look a minute closes what somebody has opened. What is refused waits for the next of these.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Governance } from '../governance/governance.ts';
import { hours, minutes } from '../lib/clock.ts';
import { closeReviews, keepReviews, type Kept, type ReviewParts } from './review-keeper.ts';

const LOOK_MS = minutes(1);
const WHOLE_MS = hours(1);
const AGAIN_MS = minutes(5);

export interface ReviewRoundParts extends ReviewParts {
  /** Merged, valid and newest, read by the steward itself; undefined when that was not possible. */
  governance(): Promise<Governance | undefined>;
}

export class ReviewRounds {
  readonly #parts: ReviewRoundParts;
  #commit: string | undefined;
  #due = 0;

  constructor(parts: ReviewRoundParts) {
    this.#parts = parts;
  }

  /** One look; undefined when it is not known what governance wants. */
  async look(): Promise<Kept | undefined> {
    const g = await this.#parts.governance();
    if (!g) return undefined;
    const now = this.#parts.clock.now();
    if (g.commit === this.#commit && now < this.#due) return closeReviews(this.#parts, g);
    const kept = await keepReviews(this.#parts, g);
    this.#commit = g.commit;
    this.#due = now + (kept.passing ? AGAIN_MS : WHOLE_MS);
    const { deeds, refused } = kept;
    if (refused.length === 0)
      this.#parts.logger.info(
        { code: 'steward.reviews-kept', deeds },
        'Review repositories are as governance says',
      );
    return kept;
  }
}

export async function runReviews(
  parts: ReviewRoundParts,
  { signal, pauseMs = LOOK_MS }: { signal: AbortSignal; pauseMs?: number },
): Promise<void> {
  const rounds = new ReviewRounds(parts);
  while (!signal.aborted) {
    try {
      await rounds.look();
    } catch (error) {
      parts.logger.error(
        { err: error, code: 'steward.reviews' },
        'Review repositories are looked after again',
      );
    }
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}
