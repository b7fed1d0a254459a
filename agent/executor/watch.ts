/**
 * Ends a job that runs too long or writes too much.
 *
 * Armed for every job that is started or waited for, from the start the engine recorded, so an agent
 * that was away takes up where it left off. Nothing here lies on the way of a job that behaves.
 */
import { statfsSync } from 'node:fs';
import type { Clock } from '../../src/lib/clock.ts';
import type { Logger } from '../../src/lib/logger.ts';
import type { Running } from './container.ts';
import { diskUsage } from './disk.ts';
import { namelessUsage, type Nameless } from './open-files.ts';

export interface WatchOptions {
  clock: Clock;
  /** Milliseconds that only ever go forward; replaced in tests. */
  steady?(): number;
  log?: Logger;
  /** Kills the job for this reason. Called again after a second when it throws. */
  end(id: string, why: 'time' | 'disk'): Promise<void>;
  /** Pause between measurements; grows with what a measurement costs. */
  diskEveryMs?: number;
  /**
   * When less is left on the disk of a job's folder the job ends for it: what it holds may be hidden from every look.
   * Default: nothing is kept free.
   */
  keepFreeBytes?: number;
  /** Finds what the job deleted and holds open; replaced in tests. */
  nameless?: typeof namelessUsage;
}

export interface Watch {
  /** Harmless when the job is watched already. */
  over(id: string, running: Running): void;
  leave(id: string): void;
}

interface Entry {
  timers: Set<NodeJS.Timeout>;
  left: boolean;
  /** Measurements in a row that could not see what the job holds open. */
  unseen: number;
  saidFault: boolean;
}

const DISK_EVERY_MS = 2000;
const AGAIN_MS = 1000;
/** Measuring may take a twentieth of one processor. */
const SHARE = 20;
/** However long a measurement took: a job could make one slow on purpose, and write meanwhile. */
const LONGEST_PAUSE_MS = 30_000;
export const pauseAfter = (tookMs: number): number => Math.min(tookMs * SHARE, LONGEST_PAUSE_MS);
const UNSEEN =
  'Files that a job deleted and still holds open cannot be seen, and do not count to its limit: give the agent CAP_SYS_PTRACE';
const FAULTY =
  'Files that a job deleted and still holds open could not all be looked for, and those do not count to its limit: see the error; they are looked for again at each measurement of its disk';
/** setTimeout takes 31 bits. */
const LONGEST_TIMER = 2 ** 31 - 1;

export function watch(options: WatchOptions): Watch {
  const steady = options.steady ?? (() => performance.now());
  const nameless = options.nameless ?? namelessUsage;
  let saidUnseen = false;
  const watched = new Map<string, Entry>();

  function later(entry: Entry, ms: number, act: () => Promise<void>): void {
    const timer = setTimeout(
      () => {
        entry.timers.delete(timer);
        if (entry.left) return;
        act().catch((err: unknown) => {
          options.log?.warn({ err, code: 'executor.watch' }, 'A job could not be ended; trying again');
          if (!entry.left) later(entry, AGAIN_MS, act);
        });
      },
      Math.min(Math.max(ms, 0), LONGEST_TIMER),
    );
    // The wait for the job keeps the process alive, not the watch.
    timer.unref();
    entry.timers.add(timer);
  }

  async function isOver(id: string, running: Running, entry: Entry): Promise<boolean> {
    const { workDir, uid, limits } = running;
    if (freeOf(workDir) < (options.keepFreeBytes ?? 0)) {
      options.log?.error({ code: 'executor.disk-full' }, 'The disk of the jobs is full: they are ended');
      return true;
    }
    const named = await diskUsage(workDir, { uid, limit: limits.diskBytes });
    return named.over || isNamelessOver(id, running, entry, limits.diskBytes - named.bytes);
  }

  /** `entry.unseen`: a job that just ended cannot be seen either, but only once. */
  async function isNamelessOver(id: string, running: Running, entry: Entry, limit: number): Promise<boolean> {
    const { workDir, uid, pid } = running;
    if (pid === undefined) return false;
    // What goes wrong here ends no job, and is not tried again faster than anything else is measured.
    const found = await nameless(pid, workDir, { uid, limit }).catch(
      (fault: unknown): Nameless => ({ bytes: 0, over: false, unseen: true, fault }),
    );
    if (found.fault !== undefined && !entry.saidFault) {
      entry.saidFault = true;
      options.log?.warn({ err: found.fault, job: id, code: 'executor.unseen-files' }, FAULTY);
    }
    entry.unseen = found.unseen && found.fault === undefined ? entry.unseen + 1 : 0;
    if (entry.unseen > 1 && !saidUnseen) {
      saidUnseen = true;
      options.log?.warn({ code: 'executor.unseen-files' }, UNSEEN);
    }
    return found.over;
  }

  return {
    over(id, running) {
      if (watched.has(id)) return;
      const entry: Entry = { timers: new Set(), left: false, unseen: 0, saidFault: false };
      watched.set(id, entry);
      const { limits, startedAt } = running;

      // The clock on the wall takes up what began before this process; put back, it must not give a job more time.
      const end = startedAt + limits.timeMs;
      const left = Math.min(end - options.clock.now(), limits.timeMs);
      const armedAt = steady();
      const remainingTime = (): number => Math.min(end - options.clock.now(), left - (steady() - armedAt));
      const time = async (): Promise<void> => {
        const remaining = remainingTime();
        if (remaining > 0) return later(entry, remaining, time);
        await options.end(id, 'time');
      };
      later(entry, remainingTime(), time);

      const every = options.diskEveryMs ?? DISK_EVERY_MS;
      const disk = async (): Promise<void> => {
        const began = performance.now();
        if ((await isOver(id, running, entry)) && !entry.left) return options.end(id, 'disk');
        later(entry, Math.max(every, pauseAfter(performance.now() - began)), disk);
      };
      later(entry, every, disk);
    },
    leave(id) {
      const entry = watched.get(id);
      if (!entry) return;
      entry.left = true;
      for (const timer of entry.timers) clearTimeout(timer);
      watched.delete(id);
    },
  };
}

/** Of the file system of a folder; one that is gone has room. */
function freeOf(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}
