/**
 * How much is left for a state folder, and what in it uses how much.
 *
 * Amber is an alarm; at red no new work is taken, and what runs comes to its end in the room that is kept for it.
 * Above a line again means above it by a tenth, so that a level does not come and go with every file.
 */
import { lstat, opendir, readdir, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from '../src/lib/logger.ts';
import type { ZoneDisk } from './zone-watch.ts';

export const DISK_LEVELS = ['ok', 'amber', 'red'] as const;
export type DiskLevel = (typeof DISK_LEVELS)[number];

export interface DiskFacts {
  freeBytes: number;
  totalBytes: number;
  /** Only where there is a budget. */
  usedBytes?: number;
  /** Files that can still be made, of all (inodes); absent where the file system knows no such number. */
  freeFiles?: number;
  totalFiles?: number;
}

/** Below this share of all files that a file system can hold it is full as well, and in any case not above so many. */
const FILES_LEFT = { amber: { share: 0.05, most: 100_000 }, red: { share: 0.01, most: 10_000 } };

const FEW_FILES = {
  amber: 'The disk is running out of files that can be made (inodes)',
  red: 'The disk can hold hardly any more files (inodes): no new work is taken',
};

const SAYS = {
  amber: 'The disk is filling up',
  red: 'The disk is nearly full: no new work is taken',
  ok: 'There is room on the disk again',
} satisfies Record<DiskLevel, string>;
/** How far beyond a line it must be to count as back. */
const BACK = 1.1;

/** `before` makes it harder to come back than to fall. */
export function levelOf(facts: DiskFacts, disk: ZoneDisk, before: DiskLevel): DiskLevel {
  const { freeBytes, usedBytes = 0, freeFiles = Infinity } = facts;
  const { budget_bytes: budget = Infinity } = disk;
  const isOver = (level: 'amber' | 'red', freeLine: number, usedLine: number): boolean => {
    const stays = before === 'red' || before === level ? BACK : 1;
    const few = freeFiles < filesLine(level, facts) * stays;
    return few || freeBytes < freeLine * stays || usedBytes >= usedLine / stays;
  };
  if (isOver('red', disk.red_free_bytes, budget)) return 'red';
  return isOver('amber', disk.amber_free_bytes, budget * 0.9) ? 'amber' : 'ok';
}

const filesLine = (level: 'amber' | 'red', { totalFiles = 0 }: DiskFacts): number =>
  Math.min(totalFiles * FILES_LEFT[level].share, FILES_LEFT[level].most);

/** Why it is at this level, where it is for the files that can still be made. */
export function fewFiles(facts: DiskFacts, level: DiskLevel): string | undefined {
  const { freeFiles = Infinity } = facts;
  return level !== 'ok' && freeFiles < filesLine(level, facts) ? FEW_FILES[level] : undefined;
}

/** The bytes on disk below a folder; each inode once, no link followed, what goes away meanwhile not counted. */
export async function bytesBelow(folder: string, seen = new Set<string>()): Promise<number> {
  let sum = 0;
  const waiting = [folder];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const dir = await opendir(at).catch(() => undefined);
    if (!dir) continue;
    for await (const entry of dir) {
      const place = path.join(at, entry.name);
      const stat = await lstat(place).catch(() => undefined);
      if (!stat) continue;
      if (stat.isDirectory()) waiting.push(place);
      const inode = `${stat.dev}:${stat.ino}`;
      if (stat.nlink > 1 && !stat.isDirectory()) {
        if (seen.has(inode)) continue;
        seen.add(inode);
      }
      sum += stat.blocks * 512;
    }
  }
  return sum;
}

/**
 * What each part of a state folder takes, largest first: `store`, `workspaces`, `jobs`, `mirrors` of an agent, and
 * whatever else is there. A file that several parts share (a result in the store and in a workspace) counts where
 * it lies first, and the store comes first. Bytes.
 */
export async function diskUsage(root: string): Promise<{ part: string; bytes: number }[]> {
  const names = await readdir(root).catch(() => [] as string[]);
  const seen = new Set<string>();
  const parts: { part: string; bytes: number }[] = [];
  for (const part of [...names].sort((a, b) => Number(b === 'store') - Number(a === 'store'))) {
    const place = path.join(root, part);
    const own = await lstat(place).catch(() => undefined);
    if (!own) continue;
    parts.push({ part, bytes: own.blocks * 512 + (own.isDirectory() ? await bytesBelow(place, seen) : 0) });
  }
  return parts.sort((a, b) => b.bytes - a.bytes);
}

/** The file system of a folder now. `withUsed`: also what the folder holds, which takes longer. */
export async function diskFacts(root: string, withUsed: boolean): Promise<DiskFacts> {
  const { bavail, blocks, bsize, files, ffree } = await statfs(root);
  return {
    freeBytes: bavail * bsize,
    totalBytes: blocks * bsize,
    // Btrfs and others make them as they are needed, and say 0.
    ...(files > 0 && { freeFiles: ffree, totalFiles: files }),
    ...(withUsed && { usedBytes: await bytesBelow(root) }),
  };
}

/** Keeps looking; says in the log when the level changes. */
export class DiskWatch {
  readonly #root: string;
  readonly #disk: ZoneDisk;
  readonly #logger: Logger;
  readonly #look: typeof diskFacts;
  readonly #listeners = new Set<() => void>();
  #level: DiskLevel = 'ok';
  #facts: DiskFacts | undefined;

  constructor(root: string, disk: ZoneDisk, logger: Logger, look = diskFacts) {
    this.#root = root;
    this.#disk = disk;
    this.#logger = logger;
    this.#look = look;
  }

  get level(): DiskLevel {
    return this.#level;
  }

  /** As last looked at. */
  get facts(): DiskFacts | undefined {
    return this.#facts;
  }

  /** `changed` is called after each change of the level. */
  onChange(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  /** A look that fails leaves the level as it was. */
  async look(): Promise<DiskLevel> {
    let facts: DiskFacts;
    try {
      facts = await this.#look(this.#root, this.#disk.budget_bytes !== undefined);
    } catch (err) {
      this.#logger.warn({ err, code: 'disk.unknown' }, 'How full the disk is could not be found out');
      return this.#level;
    }
    this.#facts = facts;
    const before = this.#level;
    this.#level = levelOf(facts, this.#disk, before);
    if (this.#level === before) return before;
    const line = { code: `disk.${this.#level}`, ...facts };
    const says = fewFiles(facts, this.#level) ?? SAYS[this.#level];
    if (this.#level === 'red') this.#logger.error(line, says);
    else if (this.#level === 'amber') this.#logger.warn(line, says);
    else this.#logger.info(line, says);
    for (const listener of [...this.#listeners]) listener();
    return this.#level;
  }
}
