/**
 * Rate limits with GitHub's numbers. Content creation binds first, long before the hourly budget.
 * A 304 costs nothing.
 */
import type { Clock } from '../../../lib/clock.ts';
import { fail, type Failure } from '../state/failure.ts';
import type { Actor } from '../state/model.ts';
import type { SandboxState } from '../state/state.ts';

export interface LimitNumbers {
  /** Calls an hour; null: as GitHub computes it for the installation. */
  primary: number | null;
  contentPerMinute: number;
  contentPerHour: number;
  /** A read costs 1, a write 5. */
  pointsPerMinute: number;
  concurrent: number;
}

export const GITHUB_LIMITS: LimitNumbers = {
  primary: null,
  contentPerMinute: 80,
  contentPerHour: 500,
  pointsPerMinute: 900,
  concurrent: 100,
};

const ANONYMOUS_PER_HOUR = 60;
const HOUR = 3_600_000;
const MINUTE = 60_000;

interface Meter {
  used: number;
  resetAt: number;
  /** Times of calls that made content, and of all calls with their points. */
  content: number[];
  points: { at: number; cost: number }[];
  /** Sum of `points`. */
  spent: number;
  underway: number;
}

export interface Ticket {
  headers(): Record<string, string>;
  /** Call when answered; free answers are not counted. */
  done(free: boolean): void;
}

export class Limits {
  numbers: LimitNumbers;
  readonly #state: SandboxState;
  readonly #clock: Clock;
  readonly #meters = new Map<string, Meter>();

  constructor(state: SandboxState, numbers: Partial<LimitNumbers> = {}) {
    this.#state = state;
    this.#clock = state.clock;
    this.numbers = { ...GITHUB_LIMITS, ...numbers };
  }

  /** Refused before anything is done, or a ticket to close afterwards. */
  admit(actor: Actor, method: string, address: string): Ticket | Failure {
    const now = this.#clock.now();
    const meter = this.#meter(actor, address, now);
    const limit = this.limitOf(actor);
    const headers = (): Record<string, string> => rateHeaders(limit, meter);
    if (meter.used >= limit) {
      return fail(403, `API rate limit exceeded for ${keyOf(actor, address)}.`, undefined, headers());
    }
    const writes = method !== 'GET' && method !== 'HEAD';
    const makesContent = writes && method !== 'DELETE' && actor.kind !== 'app';
    const wait = this.#secondaryWait(meter, now, makesContent, writes ? 5 : 1);
    if (wait !== undefined) {
      const message =
        'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
      return fail(403, message, undefined, { ...headers(), 'retry-after': String(wait) });
    }
    if (makesContent) meter.content.push(now);
    const cost = writes ? 5 : 1;
    meter.points.push({ at: now, cost });
    meter.spent += cost;
    meter.underway++;
    // Counted at once: two calls at the same time may not share the last one.
    meter.used++;
    return {
      headers,
      done: (free) => {
        meter.underway--;
        if (free) meter.used--;
      },
    };
  }

  /** 5,000; 50 more for each repository and person above 20, at most 12,500. */
  limitOf(actor: Actor): number {
    if (actor.kind === 'anonymous')
      return Math.min(ANONYMOUS_PER_HOUR, this.numbers.primary ?? ANONYMOUS_PER_HOUR);
    if (this.numbers.primary !== null) return this.numbers.primary;
    if (actor.kind !== 'installation') return 5000;
    const { installation } = actor;
    const repos = [...this.#state.data.repos.values()].filter((repo) =>
      this.#state.apps.covers(installation, repo),
    ).length;
    const people = this.#state.data.orgs.get(installation.account)?.members.size ?? 1;
    return Math.min(12_500, 5000 + 50 * (Math.max(0, repos - 20) + Math.max(0, people - 20)));
  }

  /** For GET /rate_limit, which itself is free. */
  now(actor: Actor, address: string): { limit: number; used: number; remaining: number; reset: number } {
    const meter = this.#meter(actor, address, this.#clock.now());
    const limit = this.limitOf(actor);
    return {
      limit,
      used: meter.used,
      remaining: Math.max(0, limit - meter.used),
      reset: Math.ceil(meter.resetAt / 1000),
    };
  }

  reset(): void {
    this.#meters.clear();
  }

  #meter(actor: Actor, address: string, now: number): Meter {
    const key = keyOf(actor, address);
    const known = this.#meters.get(key);
    if (known && known.resetAt > now) return known;
    const meter: Meter = {
      used: 0,
      resetAt: now + HOUR,
      content: known?.content ?? [],
      points: known?.points ?? [],
      spent: known?.spent ?? 0,
      underway: known?.underway ?? 0,
    };
    this.#meters.set(key, meter);
    return meter;
  }

  /** Seconds to wait, or undefined. */
  #secondaryWait(meter: Meter, now: number, makesContent: boolean, cost: number): number | undefined {
    const { numbers } = this;
    const over = countWhile(meter.points, (one) => one.at <= now - MINUTE);
    for (const { cost: old } of meter.points.splice(0, over)) meter.spent -= old;
    meter.content.splice(
      0,
      countWhile(meter.content, (at) => at <= now - HOUR),
    );
    if (meter.underway >= numbers.concurrent) return 60;
    if (meter.spent + cost > numbers.pointsPerMinute)
      return secondsUntil((meter.points[0]?.at ?? now) + MINUTE, now);
    if (!makesContent) return undefined;
    if (meter.content.length >= numbers.contentPerHour)
      return secondsUntil((meter.content[0] ?? now) + HOUR, now);
    const firstOfLast = meter.content.at(-numbers.contentPerMinute);
    // The n-th last is not a minute old: n were made within it.
    if (
      meter.content.length >= numbers.contentPerMinute &&
      firstOfLast !== undefined &&
      firstOfLast > now - MINUTE
    ) {
      return secondsUntil(firstOfLast + MINUTE, now);
    }
    return undefined;
  }
}

function countWhile<T>(list: readonly T[], holds: (one: T) => boolean): number {
  const end = list.findIndex((one) => !holds(one));
  return end < 0 ? list.length : end;
}

const secondsUntil = (at: number, now: number): number => Math.max(1, Math.ceil((at - now) / 1000));

function keyOf(actor: Actor, address: string): string {
  if (actor.kind === 'installation') return `installation ID ${actor.installation.id}`;
  if (actor.kind === 'app') return `app ID ${actor.app.id}`;
  if (actor.kind === 'person') return `user ID ${actor.user.id}`;
  return address;
}

function rateHeaders(limit: number, meter: Meter): Record<string, string> {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(Math.max(0, limit - meter.used)),
    'x-ratelimit-used': String(meter.used),
    'x-ratelimit-reset': String(Math.ceil(meter.resetAt / 1000)),
    'x-ratelimit-resource': 'core',
  };
}
