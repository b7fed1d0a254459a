/**
 * When something that did not come to an end is tried again: soon, then later and later, and not for ever.
 * What has become of it in between is shown as what it is: a finding that blocks.
 */
import { hours, minutes } from '../../../src/lib/clock.ts';

/** Tries of one check on one file: about two hours, if somebody asks all the time. */
const MOST_TRIES = 8;

/** After so many tries in vain; undefined when there is no use in another. */
export function againAt(tries: number, now: number): number | undefined {
  return tries >= MOST_TRIES ? undefined : now + later(tries);
}

/** What waits for others is asked for without an end, at least every hour. */
export function later(tries: number): number {
  return Math.min(minutes(1) * 2 ** Math.min(tries - 1, 10), hours(1));
}

/** The earliest of these; undefined when there is none. */
export function earliest(...times: readonly (number | null | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== null && time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
