/** Long work in slices of synchronous calls: timers, and whoever waits for an answer, have their turn in between. */
import { setImmediate as breathe } from 'node:timers/promises';
import { SLICE_MS } from './disk.ts';

/** To be awaited after each small piece of the work. */
export function slices(): () => Promise<void> | undefined {
  let slice = Date.now();
  return () => {
    if (Date.now() - slice <= SLICE_MS) return undefined;
    return breathe().then(() => void (slice = Date.now()));
  };
}
