/** CPU and memory of a running job, sampled every 10 s; kept on disk, because the agent may be restarted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { seconds, type Clock } from '../../src/lib/clock.ts';
import type { Executor, Usage } from '../executor/executor.ts';
import { readJsonIfWhole, writeWhole } from '../store/durable.ts';

export interface Metrics {
  [name: string]: number;
}

const EVERY_MS = seconds(10);
const MIB = 1024 * 1024;

/** One more sample. Means are weighted by the time each sample stands for; `elapsedMs` is since the last. */
export function withSample(metrics: Metrics, usage: Usage, elapsedMs: number): Metrics {
  const total = (metrics['elapsed_s'] ?? 0) + elapsedMs / 1000;
  const next: Metrics = { elapsed_s: total };
  for (const [name, value] of [
    ['cpu', usage.cpuPercent],
    ['mem_mb', usage.memoryBytes / MIB],
  ] as const) {
    const sum = (metrics[`${name}_cumsum`] ?? 0) + (value * elapsedMs) / 1000;
    next[`${name}_sample`] = round(value);
    next[`${name}_cumsum`] = round(sum);
    next[`${name}_mean`] = total > 0 ? round(sum / total) : round(value);
    next[`${name}_peak`] = round(Math.max(metrics[`${name}_peak`] ?? 0, value));
  }
  return next;
}

const round = (value: number): number => Math.round(value * 1000) / 1000;

/** Samples until the signal fires. Losing a sample never disturbs the job. */
export async function sample(
  id: string,
  file: string,
  executor: Pick<Executor, 'usage'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (let last = clock.now(); !signal.aborted; ) {
    try {
      const usage = await executor.usage(id);
      const now = clock.now();
      if (usage && !signal.aborted) {
        writeWhole(file, JSON.stringify(withSample(readMetrics(file), usage, now - last)), { sync: false });
        last = now;
      }
      await sleep(EVERY_MS, undefined, { signal, ref: false });
    } catch {
      // Stopped, the engine is away, or the disk is full: the next sample may do better.
      if (!signal.aborted) await sleep(EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}

export function readMetrics(file: string): Metrics {
  return (readJsonIfWhole(file) ?? {}) as Metrics;
}
