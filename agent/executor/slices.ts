/** Long work in slices of synchronous calls: timers, and whoever waits for an answer, have their turn in between. */
import { setImmediate as breathe } from 'node:timers/promises';

const SLICE_MS = 5;

/** To be awaited after each small piece of the work. By a clock that nobody puts back. */
export function slices(): () => Promise<void> | undefined {
  let slice = performance.now();
  return () => {
    if (performance.now() - slice <= SLICE_MS) return undefined;
    return breathe().then(() => void (slice = performance.now()));
  };
}
