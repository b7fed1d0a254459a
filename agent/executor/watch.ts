/**
 * Ends a job that runs too long or writes too much.
 *
 * Armed for every job that is started or waited for, from the start the engine recorded, so an agent
 * that was away takes up where it left off. Nothing here lies on the way of a job that behaves.
 */
import type { Clock } from '../../src/lib/clock.ts';
import type { Logger } from '../../src/lib/logger.ts';
import type { Running } from './container.ts';
import { diskUsage } from './disk.ts';

export interface WatchOptions {
  clock: Clock;
  /** Milliseconds that only ever go forward; replaced in tests. */
  steady?(): number;
  log?: Logger;
  /** Kills the job for this reason. Called again after a second when it throws. */
  end(id: string, why: 'time' | 'disk'): Promise<void>;
  /** Pause between measurements; grows with what a measurement costs. */
  diskEveryMs?: number;
}

export interface Watch {
  /** Harmless when the job is watched already. */
  over(id: string, running: Running): void;
  leave(id: string): void;
}

const DISK_EVERY_MS = 2000;
const AGAIN_MS = 1000;
/** Measuring may take a twentieth of one processor. */
const SHARE = 20;
/** However long a measurement took: a job could make one slow on purpose, and write meanwhile. */
const LONGEST_PAUSE_MS = 30_000;
export const pauseAfter = (tookMs: number): number => Math.min(tookMs * SHARE, LONGEST_PAUSE_MS);
/** setTimeout takes 31 bits. */
const LONGEST_TIMER = 2 ** 31 - 1;

export function watch(options: WatchOptions): Watch {
  const steady = options.steady ?? (() => performance.now());
  const watched = new Map<string, { timers: Set<NodeJS.Timeout>; left: boolean }>();

  function later(
    entry: { timers: Set<NodeJS.Timeout>; left: boolean },
    ms: number,
    act: () => Promise<void>,
  ): void {
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

  return {
    over(id, running) {
      if (watched.has(id)) return;
      const entry = { timers: new Set<NodeJS.Timeout>(), left: false };
      watched.set(id, entry);
      const { limits, startedAt, workDir, uid } = running;

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
        const { over } = await diskUsage(workDir, { uid, limit: limits.diskBytes });
        if (over && !entry.left) return options.end(id, 'disk');
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
