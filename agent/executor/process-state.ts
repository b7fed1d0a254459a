/** What a job's folder says: `job.json`, `supervisor.json`, `started.json`, `exit.json`, written in this order. */
import { existsSync, readFileSync, renameSync, watch, writeFileSync } from 'node:fs';
import { constants, uptime } from 'node:os';
import path from 'node:path';
import type { Clock } from '../../src/lib/clock.ts';
import type { JobExit, JobLimits } from './executor.ts';
import type { Why } from './marks.ts';

export interface JobFile {
  id: string;
  words: string[];
  image: string;
  labels: Record<string, string>;
  workDir: string;
  environment: Record<string, string>;
  limits: JobLimits;
  markFile: string;
}

export interface End {
  startedAt: number;
  finishedAt: number;
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Its supervisor died without writing an end. */
  lost?: true;
}

/** Behind the news of the file system, for a supervisor that dies without a word. */
const LOOK_EVERY_MS = 250;

export const jobIn = (folder: string) => read<JobFile>(folder, 'job.json');
export const startedIn = (folder: string) => read<{ pid: number; startedAt: number }>(folder, 'started.json');
export const supervisorIn = (folder: string) => read<{ pid: number }>(folder, 'supervisor.json');

function read<T>(folder: string, name: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as T;
  } catch {
    return undefined;
  }
}

/** Whether the job's supervisor lives; a process that only inherited its number is told by its command line. */
export function isAlive(folder: string): boolean {
  const pid = supervisorIn(folder)?.pid;
  if (!pid) return false;
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(folder);
  } catch {
    return process.platform !== 'linux';
  }
}

/** Kills the job and what it started, unless the machine was started anew and the number means another. */
export function killGroup(folder: string): void {
  const started = startedIn(folder);
  if (!started?.pid || started.startedAt < Date.now() - uptime() * 1000) return;
  try {
    process.kill(-started.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Resolves with the end of the job, at once when it is there; undefined when its folder is gone. */
export async function endOf(folder: string, signal: AbortSignal, clock: Clock): Promise<End | undefined> {
  const look = (): { end: End | undefined } | undefined => {
    if (!existsSync(folder)) return { end: undefined };
    const alive = isAlive(folder);
    const end = read<End>(folder, 'exit.json');
    if (end) return { end };
    return alive ? undefined : { end: noteLoss(folder, clock.now()) };
  };
  const seen = look();
  if (seen) return seen.end;
  return new Promise((resolve, reject) => {
    const watcher = watch(folder);
    const timer = setInterval(check, LOOK_EVERY_MS);
    const stop = (): void => {
      clearInterval(timer);
      watcher.close();
      signal.removeEventListener('abort', abort);
    };
    function check(): void {
      const now = look();
      if (!now) return;
      stop();
      resolve(now.end);
    }
    function abort(): void {
      stop();
      reject(signal.reason as Error);
    }
    watcher.on('change', check);
    watcher.on('error', check);
    signal.addEventListener('abort', abort);
    check();
  });
}

/** The supervisor died without writing an end (power cut, kill): nobody knows what the job did afterwards. */
function noteLoss(folder: string, now: number): End {
  killGroup(folder);
  const end: End = {
    startedAt: startedIn(folder)?.startedAt ?? now,
    finishedAt: now,
    code: null,
    signal: 'SIGKILL',
    lost: true,
  };
  writeFileSync(path.join(folder, 'exit.new'), JSON.stringify(end), { flush: true });
  renameSync(path.join(folder, 'exit.new'), path.join(folder, 'exit.json'));
  return end;
}

export function exitOf(end: End | undefined, mark: Why | undefined, imageId: string): JobExit {
  const signal = end ? end.signal : 'SIGKILL';
  const killed = signal === 'SIGKILL' || signal === 'SIGTERM';
  const ours = killed && mark !== undefined;
  return {
    code: end?.code ?? 128 + constants.signals[signal ?? 'SIGKILL'],
    outOfMemory: false,
    timedOut: ours && mark === 'time',
    diskFull: ours && mark === 'disk',
    stopped: ours && mark === 'stopped',
    interrupted: (end === undefined || end.lost === true) && !ours,
    startedAt: end?.startedAt ?? 0,
    finishedAt: end?.finishedAt ?? 0,
    imageId,
  };
}
