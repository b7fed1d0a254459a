/** The processes of this machine, from Linux's /proc; elsewhere none are known. */
import { opendirSync, readFileSync } from 'node:fs';
import { slices } from './slices.ts';

export interface ProcessStat {
  pid: number;
  /** Its first thread has ended: the others, if any, go on. */
  isZombie: boolean;
  parent: number;
  group: number;
  ticks: number;
  pages: number;
}

export function* processes(): Generator<ProcessStat> {
  for (const pid of numbersIn('/proc')) {
    const text = textOf(`/proc/${pid}/stat`);
    if (text === undefined) continue;
    // The name in brackets may hold anything; the fields after the last bracket are numbers from the state on.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    yield {
      pid,
      isZombie: fields[0] === 'Z',
      parent: Number(fields[1]),
      group: Number(fields[2]),
      ticks: Number(fields[11]) + Number(fields[12]),
      pages: Number(fields[21]),
    };
  }
}

/**
 * A job's processes, by its first: those of its control group where that is the job's alone, what descends from it, and
 * what is in its process group. Empty when the first cannot be seen.
 */
export async function processesOf(first: number): Promise<number[]> {
  const pause = slices();
  const all: ProcessStat[] = [];
  for (const one of processes()) {
    all.push(one);
    await pause();
  }
  const top = all.find(({ pid }) => pid === first);
  if (!top) return [];
  const own = textOf('/proc/self/cgroup');
  const control = controlOf(top);
  const isControlled = (one: ProcessStat): boolean =>
    control !== undefined && control !== own && controlOf(one) === control;
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
  const descends = (pid: number): boolean => {
    for (let at: number | undefined = pid, steps = 0; at && steps < 1000; at = parents.get(at), steps += 1)
      if (at === first) return true;
    return false;
  };
  const its: number[] = [];
  for (const one of all) {
    if (one.group === top.group || descends(one.pid) || isControlled(one)) its.push(one.pid);
    await pause();
  }
  return its;
}

/** Of control groups of the first kind a thread that ended is back in the one of the machine, with half of its processes. */
function controlOf({ pid, isZombie }: ProcessStat): string | undefined {
  if (!isZombie) return textOf(`/proc/${pid}/cgroup`);
  for (const task of numbersIn(`/proc/${pid}/task`))
    if (task !== pid) return textOf(`/proc/${pid}/task/${task}/cgroup`);
  return undefined;
}

/** Names that are numbers: processes of `/proc`, threads and open files of a process. Throws the system's error but for what is gone. */
export function* numbersIn(folder: string): Generator<number> {
  let open;
  try {
    open = opendirSync(folder);
  } catch (error) {
    if (isGone(error)) return;
    throw error;
  }
  try {
    for (let entry = open.readSync(); entry; entry = open.readSync())
      if (/^\d+$/.test(entry.name)) yield Number(entry.name);
  } catch (error) {
    if (!isGone(error)) throw error;
  } finally {
    open.closeSync();
  }
}

export const isGone = (error: unknown): boolean =>
  ['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '');

export const isForbidden = (error: unknown): boolean =>
  ['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
