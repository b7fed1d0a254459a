/**
 * The governance the airlock decides by: looked at again and again through the proxy, and not used at all
 * when nobody could look for too long. What rights anybody has is asked of the newest version each time.
 */
import type { Governance, GovernanceMirror } from '../../src/governance/governance.ts';
import type { Clock } from '../../src/lib/clock.ts';

/** Codes of a refresh that did not get to look at the repository. */
const NOT_SEEN = ['governance.unreachable', 'governance.branch-missing'];

export class ZoneGovernance {
  readonly #mirror: Pick<GovernanceMirror, 'current' | 'refresh'>;
  readonly #clock: Clock;
  readonly #maxAgeMs: number;
  readonly #note: (answer: { refused?: { code: string } | undefined }) => void;
  #seenAt: number | undefined;

  constructor(
    mirror: Pick<GovernanceMirror, 'current' | 'refresh'>,
    maxAgeMs: number,
    clock: Clock,
    /** Is told of each look. */
    note: (answer: { refused?: { code: string } | undefined }) => void = () => undefined,
  ) {
    this.#mirror = mirror;
    this.#maxAgeMs = maxAgeMs;
    this.#clock = clock;
    this.#note = note;
  }

  /** Answers whether another version is in force than before. */
  async look(signal?: AbortSignal): Promise<boolean> {
    const answer = await this.#mirror.refresh(signal);
    this.#note(answer);
    if (!answer.refused || !NOT_SEEN.includes(answer.refused.code)) this.#seenAt = this.#clock.now();
    return answer.changed;
  }

  /** Undefined when there is none, or none recent enough. */
  current(): Governance | undefined {
    const age = this.#seenAt === undefined ? Infinity : this.#clock.now() - this.#seenAt;
    // Seen in the future: the clock went back, and nobody knows how long ago it was.
    return age >= 0 && age <= this.#maxAgeMs ? this.#mirror.current() : undefined;
  }
}
