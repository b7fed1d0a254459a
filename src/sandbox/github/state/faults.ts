/**
 * Trouble on request: what GitHub and the network do to an App on a bad day.
 *
 * Each fault waits for the next `next` deliveries or calls that match it and is then used up. They
 * are tried in the order they were added; the first that matches acts.
 */
import type { Delivery } from './deliveries.ts';

export interface DeliveryFault {
  /** drop: recorded as failed, nothing sent · vanish: not even recorded · duplicate: sent twice, same GUID
   *  · delay: sent `ms` later · hold: kept until `release()` · reorder: the next `next` are sent last first. */
  kind: 'drop' | 'vanish' | 'duplicate' | 'delay' | 'hold' | 'reorder';
  next: number;
  /** `push`, or `check_run.created`. Absent: any. */
  event?: string;
  /** Slug. */
  app?: string;
  ms?: number;
}

export interface CallFault {
  /** answer: `status` instead of doing it · after-effect: done, then the connection breaks (or `status` is answered)
   *  · no-answer: nothing is done and the connection breaks · broken-upload: 502, and the asset is there without its bytes and keeps the name. */
  kind: 'answer' | 'after-effect' | 'no-answer' | 'broken-upload';
  next: number;
  method?: string;
  /** Regular expression on the path below /api/v3. */
  path?: string;
  /** Slug; absent: any caller. */
  app?: string;
  status?: number;
  /** Seconds: with 403 or 429 a secondary rate limit. */
  retryAfter?: number;
}

export type Fault = DeliveryFault | CallFault;

const DELIVERY_KINDS: ReadonlySet<string> = new Set([
  'drop',
  'vanish',
  'duplicate',
  'delay',
  'hold',
  'reorder',
]);

const CALL_KINDS: ReadonlySet<string> = new Set(['answer', 'after-effect', 'no-answer', 'broken-upload']);

export function isDeliveryFault(fault: Fault): fault is DeliveryFault {
  return DELIVERY_KINDS.has(fault.kind);
}

export function isFault(value: unknown): value is Fault {
  const fault = value as Partial<Fault> | null;
  if (typeof fault !== 'object' || fault === null) return false;
  if (!Number.isInteger(fault.next) || Number(fault.next) < 1) return false;
  return DELIVERY_KINDS.has(String(fault.kind)) || CALL_KINDS.has(String(fault.kind));
}

interface Armed<T extends Fault> {
  fault: T;
  left: number;
  held: Paths[];
}

/** What can be done with a delivery. */
export interface Paths {
  /** Resolves when it is answered or has failed. */
  send: () => Promise<void>;
  again: () => void;
  lose: () => void;
  later: (ms: number) => void;
  /** Counts as pending until `work` is done. */
  during: (work: () => Promise<void>) => void;
}

export interface CallFacts {
  method: string;
  path: string;
  app: string | undefined;
}

export class Faults {
  #deliveries: Armed<DeliveryFault>[] = [];
  #calls: Armed<CallFault>[] = [];
  #held: Paths[] = [];

  add(fault: Fault): void {
    if (isDeliveryFault(fault)) this.#deliveries.push({ fault, left: fault.next, held: [] });
    else this.#calls.push({ fault, left: fault.next, held: [] });
  }

  /** Forgets every fault; what they held back is sent. */
  clear(): void {
    this.release();
    this.#deliveries = [];
    this.#calls = [];
  }

  /** Sends what `hold` and an unfinished `reorder` keep back. */
  release(): void {
    const held = [...this.#held, ...this.#deliveries.flatMap((armed) => armed.held.splice(0).reverse())];
    this.#held = [];
    inOrder(held);
  }

  /** How many matches are still to come. */
  get left(): number {
    return [...this.#deliveries, ...this.#calls].reduce((sum, armed) => sum + armed.left, 0);
  }

  forCall(call: CallFacts): CallFault | undefined {
    return this.#take(this.#calls, (fault) => {
      if (fault.method && fault.method.toUpperCase() !== call.method) return false;
      if (fault.app && fault.app !== call.app) return false;
      return !fault.path || new RegExp(fault.path).test(call.path);
    })?.fault;
  }

  /** Decides how a delivery travels. `send` may be called any number of times. */
  dispatch(delivery: Delivery, app: string, paths: Paths): void {
    const armed = this.#take(this.#deliveries, (fault) => {
      if (fault.app && fault.app !== app) return false;
      return (
        !fault.event ||
        fault.event === delivery.event ||
        fault.event === `${delivery.event}.${delivery.action}`
      );
    });
    if (!armed) return void paths.send();
    switch (armed.fault.kind) {
      case 'drop':
      case 'vanish':
        return paths.lose();
      case 'duplicate':
        void paths.send();
        return paths.again();
      case 'delay':
        return paths.later(armed.fault.ms ?? 1000);
      case 'hold':
        this.#held.push(paths);
        return;
      case 'reorder':
        armed.held.push(paths);
        if (armed.left === 0) inOrder(armed.held.splice(0).reverse());
    }
  }

  /** Whether the next delivery like this one would leave no trace. */
  vanishes(event: string, action: string | null, app: string): boolean {
    const armed = this.#deliveries.find(
      ({ fault, left }) =>
        left > 0 &&
        (!fault.app || fault.app === app) &&
        (!fault.event || fault.event === event || fault.event === `${event}.${action}`),
    );
    if (armed?.fault.kind !== 'vanish') return false;
    armed.left--;
    return true;
  }

  #take<T extends Fault>(list: Armed<T>[], matches: (fault: T) => boolean): Armed<T> | undefined {
    const armed = list.find((one) => one.left > 0 && matches(one.fault));
    if (armed) armed.left--;
    return armed;
  }
}

/** One after the other: sent together they would arrive in any order. */
function inOrder(held: readonly Paths[]): void {
  held[0]?.during(async () => {
    for (const paths of held) await paths.send();
  });
}
