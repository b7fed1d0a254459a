/** How long whoever calls the hub waits before asking again. */
import { seconds } from '../lib/clock.ts';
import type { Refusal } from '../lib/refusal.ts';

/** The hub answered, and the answer was no: asking again soon will not change its mind. */
export class HubSaidNo extends Error {
  constructor(what: string, { code }: Refusal) {
    super(`the hub refused ${what}: ${code}`);
    this.name = 'HubSaidNo';
  }
}

/**
 * After so many failures in a row. A hub that is away is usually back within seconds, and its people
 * wait: it is asked at least every two seconds. One that says no is left alone for longer and longer.
 */
export function backOff(error: unknown, failures: number): number {
  const [first, longest] = error instanceof HubSaidNo ? [500, seconds(30)] : [100, seconds(2)];
  return Math.min(longest, first * 2 ** failures);
}
