/** Measures a running action, and reads the end of its log for whoever watches. Nothing waits for it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Executor, Usage } from '../executor/executor.ts';
import { withSample, type Metrics } from './metrics.ts';

/** Many actions are over before that: measuring them would cost more than they do. */
const FIRST_MS = 500;
const EVERY_MS = 1000;

export interface Watching {
  /** What was measured until now; nothing is measured any more. */
  leave(): Metrics;
}

export function watchJob(
  id: string,
  executor: Pick<Executor, 'usage' | 'log'>,
  tail: number,
  seen: (usage: Usage | undefined, tail: string[]) => void,
): Watching {
  const left = new AbortController();
  let metrics: Metrics = {};
  let last = performance.now();

  async function look(): Promise<void> {
    const [usage, log] = await Promise.all([
      executor.usage(id),
      tail > 0 ? executor.log(id, tail) : Promise.resolve(''),
    ]);
    if (left.signal.aborted) return;
    const now = performance.now();
    if (usage) metrics = withSample(metrics, usage, now - last);
    last = now;
    seen(usage, log.split('\n').filter(Boolean));
  }

  async function watch(): Promise<void> {
    for (let ms = FIRST_MS; !left.signal.aborted; ms = EVERY_MS) {
      try {
        await sleep(ms, undefined, { signal: left.signal, ref: false });
        await look();
      } catch {
        // Left, or the engine is away: whoever waits for the job hears of that.
      }
    }
  }

  void watch();
  return {
    leave() {
      left.abort();
      return metrics;
    },
  };
}
