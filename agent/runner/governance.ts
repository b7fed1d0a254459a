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

/** There is no governance recent enough to start a job by. */
export class GovernanceUnavailable extends Error {
  constructor() {
    super('governance could not be read recently enough');
    this.name = 'GovernanceUnavailable';
  }
}

/** Codes of a refresh that did not get to look at the repository. */
const NOT_SEEN = ['governance.unreachable', 'governance.branch-missing'];
/** After a look that failed: the jobs that wait do not knock each for itself. */
const RETRY_MS = seconds(1);

export class FreshGovernance {
  readonly #mirror: Pick<GovernanceMirror, 'current' | 'refresh'>;
  readonly #clock: Clock;
  readonly #limits: FreshnessLimits;
  #beganAt: number | undefined;
  #seenAt: number | undefined;
  #triedAt: number | undefined;
  #looking: Promise<void> | undefined;

  constructor(mirror: Pick<GovernanceMirror, 'current' | 'refresh'>, limits: FreshnessLimits, clock: Clock) {
    this.#mirror = mirror;
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Looks at the repository now; several at once share one look. */
  look(signal?: AbortSignal): Promise<void> {
    this.#looking ??= this.#look(signal).finally(() => {
      this.#looking = undefined;
      this.#triedAt = this.#clock.now();
    });
    return this.#looking;
  }

  /** Resolves when a look has ended that began then or later: this zone must not say no for being late. */
  async lookSince(moment: number, signal: AbortSignal): Promise<void> {
    // At most the one that is under way and one more, whatever the clock does meanwhile.
    for (let looks = 0; looks < 2 && (this.#beganAt ?? 0) < moment; looks += 1) await this.look(signal);
  }

  /** Undefined when there is none, or none recent enough. */
  async forTask(signal: AbortSignal): Promise<Governance | undefined> {
    const old = this.#age(this.#seenAt) > this.#limits.freshMs;
    if (old && (this.#looking || this.#age(this.#triedAt) > RETRY_MS)) await this.look(signal);
    return this.#age(this.#seenAt) <= this.#limits.maxAgeMs ? this.#mirror.current() : undefined;
  }

  async #look(signal?: AbortSignal): Promise<void> {
    this.#beganAt = this.#clock.now();
    const answer = await this.#mirror.refresh(signal);
    if (!answer.refused || !NOT_SEEN.includes(answer.refused.code)) this.#seenAt = this.#clock.now();
  }

  /** Whether a job could be started by it now. */
  get isRecent(): boolean {
    return this.#age(this.#seenAt) <= this.#limits.maxAgeMs && this.#mirror.current() !== undefined;
  }

  current(): Governance | undefined {
    return this.#mirror.current();
  }

  #age(since: number | undefined): number {
    return since === undefined ? Infinity : this.#clock.now() - since;
  }
}
