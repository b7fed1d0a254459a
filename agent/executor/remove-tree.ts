/**
 * Removes a folder that a job could write to, whatever it made there.
 *
 * `fs.rm` holds all names of a folder in memory, so that ten million empty files end the agent; it gives up on a tree
 * deeper than the longest path (ENAMETOOLONG) and, unless the agent is root, on a folder closed with `chmod 000`. Here
 * a few names are in hand at a time, and each folder is read on from where its reading was left: to begin anew after a
 * few names would take the square of the time. The job is dead by then; all the same no link is followed: every name is
 * asked for in the folder that is open, whatever stands in its path by now.
 */
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  renameSync,
  rmdirSync,
} from 'node:fs';
import { unlink as unlinkFile } from 'node:fs/promises';
import path from 'node:path';
import { randomIds } from '../../src/lib/ids.ts';
import { beneath, entriesOf, type Entry } from '../store/entries.ts';
import { slices } from './slices.ts';

/** Folders that are open, one in the other. Each takes two descriptors, of which a process has few. */
const LEVELS = 32;
/** Where folders have no names by descriptor: well below the 1024 bytes of the shortest longest path. */
const LONGEST = 400;
/** Files in hand of each folder that is open. */
const AT_ONCE = 64;
const BY_DESCRIPTOR = existsSync('/proc/self/fd');
const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const OPEN = 0o700;

/** A test counts, and fails, what is done by these. */
export interface Means {
  unlink(file: Buffer): Promise<void>;
  entries(folder: string | Buffer): Generator<Entry>;
}

interface Level {
  /** As its parent, which is open, calls it. */
  place: Buffer;
  fd: number;
  /** What is in it is named below this. */
  here: string | Buffer;
  entries: Generator<Entry>;
  files: Buffer[];
  /** Something in it was removed since its reading began. */
  changed: boolean;
}

/** Resolves when it is gone, at once when it never was. Throws the system's error for what cannot be removed. */
export async function removeTree(folder: string, given: Partial<Means> = {}): Promise<void> {
  const means = { unlink: unlinkFile, entries: entriesOf, ...given };
  const place = Buffer.from(path.resolve(folder));
  const seen = lstatSync(place, { throwIfNoEntry: false });
  if (!seen) return;
  if (!seen.isDirectory()) return means.unlink(place);
  const levels: Level[] = [];
  try {
    enter(place, levels, means);
    const pause = slices();
    for (let at = levels.at(-1); at !== undefined; at = levels.at(-1)) {
      await next(at, levels, means);
      await pause();
    }
  } finally {
    levels.forEach(close);
  }
}

/** One name of the folder that was entered last, or its end. */
async function next(at: Level, levels: Level[], means: Means): Promise<void> {
  const entry = at.entries.next();
  if (entry.done) {
    await unlinkAll(at, means);
    return leave(levels, means);
  }
  const place = beneath(at.here, entry.value.name);
  if (!entry.value.is.isDirectory()) {
    at.files.push(place);
    if (at.files.length >= AT_ONCE) await unlinkAll(at, means);
  } else if (removed(place) === 'gone' || isHung(place, levels)) at.changed = true;
  else enter(place, levels, means);
}

function enter(place: Buffer, levels: Level[], { entries }: Means): void {
  const fd = opened(place);
  // No folder any more: it is met as what it is when its parent is read again.
  if (fd === undefined) return;
  const here = BY_DESCRIPTOR ? `/proc/self/fd/${fd}` : place;
  levels.push({ place, fd, here, entries: entries(here), files: [], changed: false });
}

/** What was read to its end goes, or is read again: a system may skip names while others are removed. */
function leave(levels: Level[], { entries }: Means): void {
  const [parent, at] = [levels.at(-2), levels.at(-1)];
  if (!at) return;
  const how = removed(at.place);
  if (how === 'full' && at.changed) {
    at.entries = entries(at.here);
    at.changed = false;
    return;
  }
  // Nothing in it could be seen: the system says so itself.
  if (how === 'full') rmdirSync(at.place);
  levels.pop();
  close(at);
  if (parent) parent.changed = true;
}

function close({ entries, fd }: Level): void {
  entries.return(undefined);
  closeSync(fd);
}

/** All have ended before it throws: the number that they name the folder by is another file's as soon as it is closed. */
async function unlinkAll(at: Level, { unlink }: Means): Promise<void> {
  const ends = await Promise.allSettled(at.files.splice(0).map((file) => unlink(file)));
  for (const end of ends) {
    if (end.status === 'fulfilled') at.changed = true;
    else if ((end.reason as NodeJS.ErrnoException).code !== 'ENOENT') throw end.reason;
  }
}

/** The folder itself, never what a link leads to, and opened up if the job closed it. */
function opened(place: Buffer): number | undefined {
  try {
    const fd = openUnlessClosed(place);
    if ((fstatSync(fd).mode & OPEN) !== OPEN) fchmodSync(fd, OPEN);
    return fd;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    throw error;
  }
}

function openUnlessClosed(place: Buffer): number {
  try {
    return openSync(place, FOLDER);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES' || !lstatSync(place).isDirectory()) throw error;
    chmodSync(place, OPEN);
    return openSync(place, FOLDER);
  }
}

/** Of a folder. `other`: something else stands there by now. */
function removed(place: Buffer): 'gone' | 'full' | 'other' {
  try {
    rmdirSync(place);
    return 'gone';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'gone';
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return 'full';
    if (code === 'ENOTDIR') return 'other';
    throw error;
  }
}

/** Whoever lies too deep is hung below the top, where it is found again. */
function isHung(place: Buffer, levels: readonly Level[]): boolean {
  const [top] = levels;
  const isDeep = !BY_DESCRIPTOR && top !== undefined && place.length > top.place.length + LONGEST;
  if (!top || (levels.length < LEVELS && !isDeep)) return false;
  // Without the right to write in it, its ".." could not be changed.
  const fd = opened(place);
  if (fd === undefined) return false;
  closeSync(fd);
  renameSync(place, beneath(top.here, Buffer.from(`.removed-${randomIds.id()}`)));
  return true;
}
