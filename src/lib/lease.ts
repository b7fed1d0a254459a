/**
 * Work that belongs to this process for a while, and to another one when that has passed.
 *
 * The database gives work out with a time limit, so that what a dead process had in hand is taken up by the
 * next. A process that was only paused (a suspended machine, a signal, a long stop of its own) wakes up in
 * the middle of work that is no longer its own: `mustHold` stands before whatever the database cannot take
 * back, and measures by clocks that go on while a process or its machine stands still.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export class LeaseLost extends Error {
  constructor() {
    super('the work was not renewed in time and may be with another process');
    this.name = 'LeaseLost';
  }
}

export interface LeaseTerms {
  /** How long it holds after it was given or renewed. */
  ms: number;
  /** `performance.now()` from before it was asked for. */
  from: number;
  /** False when another has it. A failure changes nothing: it runs out unless a later attempt succeeds. */
  renew(): Promise<boolean>;
}

interface Held {
  until: number;
  /** By the clock on the wall: the other one stands still while the machine is suspended. */
  wallUntil: number;
}

const hasEnded = ({ until, wallUntil }: Held): boolean =>
  performance.now() >= until || Date.now() >= wallUntil;

const current = new AsyncLocalStorage<Held>();

/** Does the work and renews the lease until it is done; whoever asks `mustHold` within it is told of its end. */
export async function underLease<T>({ ms, from, renew }: LeaseTerms, work: () => Promise<T>): Promise<T> {
  const held: Held = { until: from + ms, wallUntil: Date.now() - (performance.now() - from) + ms };
  const again = (): void => {
    const [asked, wall] = [performance.now(), Date.now()];
    // What has run out is not asked for again: the work in between may have been another's.
    if (hasEnded(held)) return;
    renew().then(
      (mine) => void Object.assign(held, mine ? { until: asked + ms, wallUntil: wall + ms } : { until: 0 }),
      () => undefined,
    );
  };
  const timer = setInterval(again, ms / 3);
  try {
    return await current.run(held, work);
  } finally {
    clearInterval(timer);
  }
}

/** Throws LeaseLost when the work at hand may be another's by now. Work without a lease is always one's own. */
export function mustHold(): void {
  const held = current.getStore();
  if (held && hasEnded(held)) throw new LeaseLost();
}
