/** How much of the proxy one caller may have: at a time, and in a minute. */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Refusal } from '../lib/refusal.ts';
import type { Caller } from '../protocol/protocol.ts';
import type { ProxyLimits } from './settings.ts';
import { no } from './words.ts';

const MINUTE_SECONDS = 60;

export class Admission {
  readonly #atOnce: number;
  readonly #open = new Map<string, number>();
  readonly #requests: RateLimiterMemory;
  readonly #bytes: RateLimiterMemory;

  constructor(limits: Pick<ProxyLimits, 'requests_per_agent' | 'requests_per_minute' | 'bytes_per_minute'>) {
    this.#atOnce = limits.requests_per_agent;
    const duration = MINUTE_SECONDS;
    this.#requests = new RateLimiterMemory({ points: limits.requests_per_minute, duration });
    this.#bytes = new RateLimiterMemory({ points: limits.bytes_per_minute, duration });
  }

  /**
   * `moved`: bytes in both directions, asked when the work has ended. A request that has begun is carried to its
   * end, so a minute may exceed its bytes by what was under way; the next request waits then.
   */
  async admit(
    { agent, backend }: Caller,
    work: () => Promise<Refusal | undefined>,
    moved: () => number,
  ): Promise<Refusal | undefined> {
    const who = `${backend} ${agent}`;
    const open = this.#open.get(who) ?? 0;
    if (open >= this.#atOnce) return no.busy();
    this.#open.set(who, open + 1);
    try {
      if (!(await spend(this.#requests, who, 1))) return no.tooOften();
      if (!(await spend(this.#bytes, who, 0))) return no.tooMuch();
      return await work();
    } finally {
      const left = (this.#open.get(who) ?? 1) - 1;
      if (left > 0) this.#open.set(who, left);
      else this.#open.delete(who);
      await this.#bytes.penalty(who, moved());
    }
  }

  /** Of all callers together. */
  get open(): number {
    return [...this.#open.values()].reduce((sum, count) => sum + count, 0);
  }
}

async function spend(limiter: RateLimiterMemory, who: string, points: number): Promise<boolean> {
  try {
    await limiter.consume(who, points);
    return true;
  } catch (error) {
    if (error instanceof RateLimiterRes) return false;
    throw error;
  }
}
