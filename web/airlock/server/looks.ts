/**
 * Addresses on the content origin: random, for a few minutes, each for one session, one file, one purpose.
 *
 * load: what the page names when it reports that the file was drawn · delivery: one answer to the address,
 * known to the room by a name of its own. Kept in memory: after a restart pages are reloaded.
 */
import { randomBytes } from 'node:crypto';
import type { Where } from '../../../agent/airlock/face.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import type { Purpose, Shown } from '../parts.ts';

/** Enough for some hundred people; the oldest go first. */
const MOST = 20_000;

export interface LookOrder {
  session: string;
  person: number;
  where: Where;
  purpose: Purpose;
  file: Shown;
  /** Address of the browser that the page was made for: the same browser fetches the file. */
  from: string;
}

export interface HeldLook extends LookOrder {
  load: string;
  token: string;
  expiresAt: number;
  /** Answers that ended, or are under way: what `shown` waits for. */
  deliveries: Promise<string | undefined>[];
}

export class Looks {
  readonly #byToken = new Map<string, HeldLook>();
  readonly #byLoad = new Map<string, HeldLook>();
  readonly #clock: Clock;
  readonly #lifeMs: number;

  constructor(clock: Clock, lifeMs: number) {
    this.#clock = clock;
    this.#lifeMs = lifeMs;
  }

  make(order: LookOrder): HeldLook {
    this.#dropOld();
    const expiresAt = this.#clock.now() + this.#lifeMs;
    const look: HeldLook = { ...order, load: random(), token: random(), expiresAt, deliveries: [] };
    this.#byToken.set(look.token, look);
    this.#byLoad.set(look.load, look);
    return look;
  }

  byToken(token: string): HeldLook | undefined {
    const look = this.#byToken.get(token);
    return look && this.#clock.now() < look.expiresAt ? look : undefined;
  }

  /** For the session it was made for; a page may draw for longer than its address is good. */
  byLoad(load: string, session: string): HeldLook | undefined {
    const look = this.#byLoad.get(load);
    return look?.session === session && look.purpose === 'page' ? look : undefined;
  }

  #dropOld(): void {
    const now = this.#clock.now();
    for (const look of this.#byToken.values()) {
      const isOver = now >= look.expiresAt + this.#lifeMs;
      // In the order in which they were made: the first that is still good ends the search.
      if (!isOver && this.#byToken.size < MOST) return;
      this.#byToken.delete(look.token);
      this.#byLoad.delete(look.load);
    }
  }
}

function random(): string {
  return randomBytes(24).toString('base64url');
}
