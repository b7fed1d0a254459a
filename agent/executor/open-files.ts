/**
 * What a job has written to files that have no name any more: unlinked, and open or mapped by one of its processes. They
 * take their room until they are let go, and no look through the job's folder meets them.
 *
 * Found by way of /proc, for which the agent needs the right to look into other users' processes (CAP_SYS_PTRACE). A job
 * can hide a file even so, on its way between two of its processes: the free room of the disk is watched beside this.
 */
import { statSync, type Stats } from 'node:fs';
import { ENTRY_BYTES, BLOCK, type Measured } from './disk.ts';
import { mappingsIn, pathsTooLong, type Mapped } from './mappings.ts';
import { isForbidden, isGone, numbersIn, processesOf } from './processes.ts';
import { slices } from './slices.ts';

export interface Nameless extends Measured {
  /** Some of its processes cannot be looked into: there may be more. */
  unseen: boolean;
  /** What went wrong first, where that is not for want of a right. */
  fault?: unknown;
}

/**
 * How much there may be to look at: several times what a job has that works with every processor of a large machine. One
 * that has more made it so, and is over its limit as one whose folder cannot be measured is.
 */
export const MOST = {
  /** Threads, what each of them has open (most share it, but not all need to), and what is mapped. */
  entries: 2 ** 21,
  /** Of /proc/<pid>/maps. */
  textBytes: 128 * 1024 ** 2,
};

interface Options {
  uid: number;
  limit: number;
  /** Default: `MOST`. */
  most?: Partial<typeof MOST>;
}

/** `first`: the job's first process, as this machine counts. `folder`: only files on its file system count. */
export async function namelessUsage(first: number, folder: string, options: Options): Promise<Nameless> {
  const { uid, limit } = options;
  const pause = slices();
  const left = { ...MOST, ...options.most };
  const dev = statSync(folder, { throwIfNoEntry: false })?.dev;
  const pids = await processesOf(first);
  const sum = sumUp();
  const result: Nameless = { bytes: 0, over: false, unseen: pids.length === 0 };
  if (dev === undefined) return result;
  const files = filesOf(uid, dev);
  for (const pid of pids) {
    try {
      for await (const found of held(pid, left, files)) {
        for (const one of found) sum.add(one);
        result.over = sum.known() > limit || left.entries < 0 || left.textBytes < 0;
        if (result.over) return { ...result, bytes: sum.known() };
        await pause();
      }
    } catch (error) {
      // Only this process is out of sight: the others still count.
      result.unseen = true;
      if (!isForbidden(error)) result.fault ??= error;
    }
  }
  return { ...result, bytes: sum.all(), over: sum.all() > limit };
}

interface Found {
  ino: number;
  /** Zero: it counts elsewhere, or is not the job's. */
  bytes: number;
  isGuess: boolean;
}

/** Each file once. What is known of one, also that it does not count, goes before what is guessed. */
function sumUp() {
  const known = new Set<number>();
  const guesses = new Map<number, number>();
  let bytes = 0;
  return {
    known: () => bytes,
    all: () => [...guesses].reduce((sum, [ino, guess]) => sum + (known.has(ino) ? 0 : guess), bytes),
    add(found: Found): void {
      // The longest mapping of several: those of one file lie over one another.
      if (found.isGuess) guesses.set(found.ino, Math.max(found.bytes, guesses.get(found.ino) ?? 0));
      else if (!known.has(found.ino)) bytes += found.bytes;
      if (!found.isGuess) known.add(found.ino);
    },
  };
}

/** Something for each that was looked at, with nothing in it too. */
async function* held(pid: number, left: typeof MOST, files: Files): AsyncGenerator<Found[]> {
  const tasks: number[] = [];
  // A thread may have files of its own, and may outlive the first one, whose list is then empty.
  for (const task of numbersIn(`/proc/${pid}/task`)) {
    tasks.push(task);
    left.entries -= 1;
    yield [];
    for (const fd of numbersIn(`/proc/${pid}/task/${task}/fd`)) {
      left.entries -= 1;
      yield files.opened(`/proc/${pid}/task/${task}/fd/${fd}`);
    }
  }
  // The memory is one for all of them: whichever still has it tells of it.
  for (const task of tasks) {
    for (const isTooLong of pathsTooLong(`/proc/${task}/map_files`)) {
      left.entries -= 1;
      if (isTooLong) left.textBytes = -1;
      yield [];
    }
    let hasMemory = false;
    for await (const mapped of mappingsIn(`/proc/${pid}/task/${task}/maps`, left)) {
      hasMemory = true;
      yield mapped.flatMap((one) => files.mapped(task, one));
    }
    if (hasMemory) return;
  }
}

interface Files {
  opened(file: string): Found[];
  /** Closed, and kept by a mapping alone. */
  mapped(task: number, mapped: Mapped): Found[];
}

function filesOf(uid: number, dev: number): Files {
  const asked = new Set<string>();
  let mayAsk = true;

  function opened(file: string): Found[] {
    const stat = unlessGone(() => statSync(file));
    if (stat?.dev !== dev) return [];
    const bytes = isCounted(stat, uid) ? ENTRY_BYTES + Math.max(1, stat.blocks * BLOCK) : 0;
    return [{ ino: stat.ino, bytes, isGuess: false }];
  }

  /** Asking takes CAP_CHECKPOINT_RESTORE. */
  function askedOf(task: number, { dev: at, ino, range }: Mapped): Found[] {
    const key = `${at} ${ino}`;
    if (asked.has(key)) return [];
    const found = opened(`/proc/${task}/map_files/${range}`);
    // Else something else is mapped there by now.
    if (found.some((one) => one.ino === ino)) asked.add(key);
    return found;
  }

  return {
    opened,
    mapped(task, mapped) {
      try {
        if (mayAsk) return askedOf(task, mapped);
      } catch (error) {
        if (!isForbidden(error)) throw error;
        mayAsk = false;
      }
      // A deleted name says neither whose the file is nor whether it has another: the agent's own inputs lie in the folder as
      // well. None of them can be opened for writing.
      const isOwn = mapped.dev === dev && mapped.written;
      return isOwn ? [{ ino: mapped.ino, bytes: ENTRY_BYTES + mapped.bytes, isGuess: true }] : [];
    },
  };
}

const isCounted = (stat: Stats, uid: number): boolean =>
  stat.isFile() && stat.nlink === 0 && stat.uid === uid;

function unlessGone<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}
