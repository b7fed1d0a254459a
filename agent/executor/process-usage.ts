/** CPU and memory of a process group, from Linux's /proc; elsewhere nothing is known. */
import type { Usage } from './executor.ts';
import { processes } from './processes.ts';

export interface ProcessSample {
  ticks: number;
  at: number;
}

const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

export function processUsage(
  group: number,
  before: ProcessSample,
  now: number,
): { usage: Usage; sample: ProcessSample } | undefined {
  let ticks = 0;
  let pages = 0;
  for (const stat of processes()) {
    if (stat.group !== group) continue;
    ticks += stat.ticks;
    pages += stat.pages;
  }
  if (pages === 0) return undefined;
  const seconds = (now - before.at) / 1000;
  const cpuPercent =
    seconds > 0 ? Math.max(0, (100 * (ticks - before.ticks)) / TICKS_PER_SECOND / seconds) : 0;
  return { usage: { cpuPercent, memoryBytes: pages * PAGE_BYTES }, sample: { ticks, at: now } };
}
