/** CPU and memory of a job out of the engine's raw counters. */
import type { ContainerStats } from 'dockerode';
import type { Usage } from './executor.ts';

export interface CpuSample {
  /** Nanoseconds of processor used since the start. */
  used: number;
  /** Milliseconds since 1970. */
  at: number;
}

/** CPU between two samples, in percent of one processor; memory without the page cache, as `docker stats` does. */
export function usageFrom(stats: ContainerStats, before: CpuSample): { usage: Usage; sample: CpuSample } {
  const sample = { used: stats.cpu_stats.cpu_usage.total_usage, at: Date.parse(String(stats.read)) };
  const elapsedNs = (sample.at - before.at) * 1e6;
  const cpuPercent = elapsedNs > 0 ? (100 * (sample.used - before.used)) / elapsedNs : 0;
  // cgroup v1 and v2 name the same counter differently.
  const counters = stats.memory_stats.stats as unknown as Record<string, number> | undefined;
  const cache = counters?.['total_inactive_file'] ?? counters?.['inactive_file'] ?? 0;
  const memoryBytes = Math.max(0, (stats.memory_stats.usage ?? 0) - cache);
  return { usage: { cpuPercent: Math.max(0, cpuPercent), memoryBytes }, sample };
}
