/** What a look in the background found, kept for the notice; whatever is wrong with the file, there is none. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

export interface Seen {
  /** When it was asked for, and when it was last told, in milliseconds. */
  askedAt: number;
  toldAt: number;
  /** Undefined: nobody knew. */
  newest?: string;
}

export const VERSION = /^\d{1,6}\.\d{1,6}\.\d{1,6}(?:-[0-9A-Za-z.-]{1,40})?$/;

export const cacheFile = (env: NodeJS.ProcessEnv = process.env): string =>
  path.join(env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache'), 'sallyport', 'newest.json');

export function readSeen(file = cacheFile()): Seen {
  try {
    const read = JSON.parse(readFileSync(file, 'utf8')) as Partial<Record<keyof Seen, unknown>> | null;
    const time = (value: unknown): number => (typeof value === 'number' && value > 0 ? value : 0);
    const newest = read?.newest;
    return {
      askedAt: time(read?.askedAt),
      toldAt: time(read?.toldAt),
      ...(typeof newest === 'string' && VERSION.test(newest) && { newest }),
    };
  } catch {
    return { askedAt: 0, toldAt: 0 };
  }
}

/** Answers whether it could be kept: where it cannot, nothing is asked or told again and again. */
export function keepSeen(seen: Seen, file = cacheFile()): boolean {
  const part = `${file}.${process.pid}`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(part, `${JSON.stringify(seen)}\n`);
    renameSync(part, file);
    return true;
  } catch {
    return false;
  }
}

/** Whether `one` comes after `other`; a version with a tail (`-rc.1`) is none to tell of. */
export function isNewer(one: string, other: string): boolean {
  if (!VERSION.test(one) || one.includes('-')) return false;
  const numbers = (text: string): number[] => text.split('-', 1)[0]!.split('.').map(Number);
  const [left, right] = [numbers(one), numbers(other)];
  const at = left.findIndex((value, index) => value !== right[index]);
  // The version behind a tail comes after it.
  return at === -1 ? other.includes('-') : left[at]! > right[at]!;
}
