/**
 * What a job has written to files that have no name any more: unlinked, and open or mapped by one of its processes. They
 * take their room until they are let go, and no look through the job's folder meets them.
 *
 * Found by way of /proc, for which the agent needs the right to look into other users' processes (CAP_SYS_PTRACE). A job
 * can hide a file even so, on its way between two of its processes: the free room of the disk is watched beside this.
 */
import { readFileSync, statSync, type Stats } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import { ENTRY_BYTES, BLOCK, SLICE_MS, type Measured } from './disk.ts';
import { isGone, numbersIn, processesOf } from './processes.ts';

export interface Nameless extends Measured {
  /** Some of its processes cannot be looked into: there may be more. */
  unseen: boolean;
}

/** `first`: the job's first process, as this machine counts. `folder`: only files on its file system count. */
export async function namelessUsage(
  first: number,
  folder: string,
  options: { uid: number; limit: number },
): Promise<Nameless> {
  const counted = new Set<number>();
  const pids = processesOf(first);
  const dev = statSync(folder, { throwIfNoEntry: false })?.dev;
  let unseen = pids.length === 0;
  let bytes = 0;
  let slice = Date.now();
  if (dev === undefined) return { bytes, over: false, unseen };
  for (const pid of pids) {
    try {
      for (const { ino, size } of held(pid, dev, options.uid)) {
        if (size > 0 && !counted.has(ino)) {
          counted.add(ino);
          bytes += ENTRY_BYTES + size;
        }
        if (bytes > options.limit) return { bytes, over: true, unseen };
        if (Date.now() - slice <= SLICE_MS) continue;
        await breathe();
        slice = Date.now();
      }
    } catch (error) {
      if (!isForbidden(error)) throw error;
      unseen = true;
    }
  }
  return { bytes, over: false, unseen };
}

interface Held {
  ino: number;
  /** Zero: it counts elsewhere, or is not the job's. */
  size: number;
}

function* held(pid: number, dev: number, uid: number): Generator<Held> {
  const isCounted = (stat: Stats): boolean =>
    stat.isFile() && stat.nlink === 0 && stat.dev === dev && stat.uid === uid;
  for (const fd of numbersIn(`/proc/${pid}/fd`)) {
    const stat = unlessGone(() => statSync(`/proc/${pid}/fd/${fd}`));
    yield stat && isCounted(stat)
      ? { ino: stat.ino, size: Math.max(1, stat.blocks * BLOCK) }
      : { ino: 0, size: 0 };
  }
  // Closed, and kept by a mapping alone.
  for (const mapped of mappings(unlessGone(() => readFileSync(`/proc/${pid}/maps`, 'latin1')) ?? ''))
    yield { ino: mapped.ino, size: mapped.dev === dev ? sizeOf(pid, mapped) : 0 };
}

/** On the disk, for which asking takes CAP_CHECKPOINT_RESTORE; without it as much as is mapped. */
function sizeOf(pid: number, { range, bytes }: Mapped): number {
  try {
    const stat = statSync(`/proc/${pid}/map_files/${range}`, { throwIfNoEntry: false });
    return stat ? Math.max(1, stat.blocks * BLOCK) : 0;
  } catch (error) {
    if (isForbidden(error)) return bytes;
    throw error;
  }
}

interface Mapped {
  dev: number;
  ino: number;
  bytes: number;
  range: string;
}

const MAPPED =
  /^0*([0-9a-f]+)-0*([0-9a-f]+) [r-][w-][x-][sp] [0-9a-f]+ ([0-9a-f]+):([0-9a-f]+) (\d+) .* \(deleted\)$/gm;

/** Files without a name that a process has mapped, by /proc/<pid>/maps. Exported for tests. */
export function mappings(text: string): Mapped[] {
  const found = new Map<string, Mapped>();
  for (const [, from = '', to = '', major = '', minor = '', ino] of text.matchAll(MAPPED)) {
    const dev = deviceOf(parseInt(major, 16), parseInt(minor, 16));
    const before = found.get(`${dev} ${ino}`) ?? { dev, ino: Number(ino), bytes: 0, range: `${from}-${to}` };
    const bytes = before.bytes + parseInt(to, 16) - parseInt(from, 16);
    found.set(`${dev} ${ino}`, { ...before, bytes });
  }
  return [...found.values()];
}

/** As the system's `stat` numbers it. */
const deviceOf = (major: number, minor: number): number =>
  (minor & 0xff) + ((major & 0xfff) << 8) + (minor & ~0xff) * 0x1000;

function unlessGone<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

const isForbidden = (error: unknown): boolean =>
  ['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
