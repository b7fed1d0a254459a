/** CPU and memory of a process group, from Linux's /proc; elsewhere nothing is known. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Usage } from './executor.ts';

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

function* processes(): Generator<{ group: number; ticks: number; pages: number }> {
  for (const name of foldersOfProc()) {
    let text: string;
    try {
      text = readFileSync(`/proc/${name}/stat`, 'utf8');
    } catch {
      continue;
    }
    // The name in brackets may hold anything; the fields after the last bracket are numbers from the state on.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    yield {
      group: Number(fields[2]),
      ticks: Number(fields[11]) + Number(fields[12]),
      pages: Number(fields[21]),
    };
  }
}

function foldersOfProc(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
