/**
 * The governance the agent works by: read by itself through the proxy, looked at again before a task
 * when the last look is old, and not used at all when it is too old.
 */
import { seconds, type Clock } from '../../src/lib/clock.ts';
import type { Governance, GovernanceMirror } from '../../src/governance/governance.ts';

export interface FreshnessLimits {
  /** A younger look is good enough to start a job by. */
  freshMs: number;
  /** An older one is not: no job is started. */
  maxAgeMs: number;
}

/** Codes of a refresh that did look at the repository, whatever it made of it. */
const NOT_SEEN = ['governance.unreachable', 'governance.branch-missing'];
const RETRY_MS = seconds(5);

export class FreshGovernance {
  readonly #mirror: Pick<GovernanceMirror, 'current' | 'refresh'>;
  readonly #clock: Clock;
  readonly #limits: FreshnessLimits;
  #seenAt: number | undefined;
  #triedAt: number | undefined;

  constructor(mirror: Pick<GovernanceMirror, 'current' | 'refresh'>, limits: FreshnessLimits, clock: Clock) {
    this.#mirror = mirror;
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Looks at the repository now. */
  async look(signal?: AbortSignal): Promise<void> {
    this.#triedAt = this.#clock.now();
    const answer = await this.#mirror.refresh(signal);
    if (!answer.refused || !NOT_SEEN.includes(answer.refused.code)) this.#seenAt = this.#clock.now();
  }

  /** Undefined when there is none, or none recent enough. */
  async forTask(signal: AbortSignal): Promise<Governance | undefined> {
    if (this.#age(this.#seenAt) > this.#limits.freshMs && this.#age(this.#triedAt) > RETRY_MS)
      await this.look(signal);
    return this.#age(this.#seenAt) <= this.#limits.maxAgeMs ? this.#mirror.current() : undefined;
  }

  current(): Governance | undefined {
    return this.#mirror.current();
  }

  #age(since: number | undefined): number {
    return since === undefined ? Infinity : this.#clock.now() - since;
  }
}
