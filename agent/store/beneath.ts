/**
 * Opening and walking files that a job made, without being led astray: every component is opened
 * relative to its parent's descriptor and no link is followed (`openat` with O_NOFOLLOW, by way of
 * /proc/self/fd, because Node has no openat). Elsewhere every component is looked at first.
 */
import { closeSync, constants, existsSync, fstatSync, lstatSync, openSync, type BigIntStats } from 'node:fs';
import path from 'node:path';
import { entriesOf, type Entry } from './entries.ts';

const BY_DESCRIPTOR = existsSync('/proc/self/fd');
const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
// O_NONBLOCK: opening a FIFO must not wait for a writer.
const FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The path leads through a link, upwards, or to something that is no regular file. */
export class NotBeneath extends Error {
  constructor(why: string, options?: ErrorOptions) {
    super(why, options);
    this.name = 'NotBeneath';
  }
}

/** Whether a relative path is plain: no empty, `.` or `..` component, no NUL, not absolute. */
export function isPlain(relative: string): boolean {
  return (
    relative !== '' &&
    !relative.includes('\0') &&
    relative.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

/** An opened regular file; `place` names it for link() until `close`. */
export interface Opened {
  fd: number;
  place: string;
  stat: BigIntStats;
  close(): void;
}

/** Opens a regular file for reading. Throws NotBeneath, or the system's error. */
export function openBeneath(root: string, relative: string): Opened {
  const parent = openParent(root, relative);
  try {
    const place = parent.child(path.posix.basename(relative));
    const fd = noFollow(() => openSync(place, FILE));
    const stat = fstatSync(fd, { bigint: true });
    if (!stat.isFile()) {
      closeSync(fd);
      throw new NotBeneath('not a regular file');
    }
    return {
      fd,
      place,
      stat,
      close() {
        closeSync(fd);
        parent.close();
      },
    };
  } catch (error) {
    parent.close();
    throw error;
  }
}

interface Folder {
  child(name: string): string;
  close(): void;
}

function openParent(root: string, relative: string): Folder {
  if (!isPlain(relative)) throw new NotBeneath('the path leads elsewhere');
  const folders = relative.split('/').slice(0, -1);
  if (!BY_DESCRIPTOR) return lookedAt(root, folders);
  let fd = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  for (const folder of folders) {
    const next = noFollow(() => openSync(`/proc/self/fd/${fd}/${folder}`, FOLDER), fd);
    closeSync(fd);
    fd = next;
  }
  return { child: (name) => `/proc/self/fd/${fd}/${name}`, close: () => closeSync(fd) };
}

function lookedAt(root: string, folders: string[]): Folder {
  let at = root;
  for (const folder of folders) {
    at = path.join(at, folder);
    if (!lstatSync(at).isDirectory()) throw new NotBeneath('the path leads through a link');
  }
  return { child: (name) => path.join(at, name), close: () => undefined };
}

function noFollow(open: () => number, closing?: number): number {
  try {
    return open();
  } catch (error) {
    if (closing !== undefined) closeSync(closing);
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ELOOP' || code === 'ENOTDIR')
      throw new NotBeneath('the path leads through a link', { cause: error });
    if (code === 'ENXIO') throw new NotBeneath('not a regular file');
    throw error;
  }
}

export type Kind = 'file' | 'link' | 'special' | 'unnameable' | 'too-long';

/** Of a name, in bytes: file systems hold 255, and beside a file another may stand that is named after it (`.txt`, half-written). */
const LONGEST_NAME = 230;
/** Of a path below the folder, in bytes: the system's limit is 4,096, and it is kept below other folders later. */
const LONGEST_PATH = 1000;

export interface Found {
  /** Relative, with `/`. Of an unnameable entry: its folder and a cleaned name. */
  path: string;
  kind: Kind;
  stat?: FoundStat;
}

/** No more than is asked for: a million of them are in memory together. */
export type FoundStat = Pick<BigIntStats, 'ino' | 'uid' | 'nlink' | 'size' | 'mtimeNs' | 'ctimeNs'>;

/**
 * A tree with more than this is not walked to its end. `characters`: of all their paths, which are held in memory
 * together; a million of them may be as long as a path can be.
 */
export const MOST_FOUND = { entries: 1_000_000, characters: 128 * 1024 ** 2 };

/** More entries than anyone means to make. */
export class TooManyFiles extends Error {
  constructor(most = MOST_FOUND) {
    super(`more than ${most.entries} files, or more than ${most.characters} characters in their paths`);
    this.name = 'TooManyFiles';
  }
}

/**
 * Everything below a folder but folders, in name order; links are reported, never followed. Gives way
 * to others every few thousand entries: a walk of 100,000 files takes 0.3 s.
 */
export async function walkBeneath(
  root: string,
  skip: (relative: string) => boolean = () => false,
  most = MOST_FOUND,
): Promise<Found[]> {
  const found: Found[] = [];
  const waiting: string[] = [''];
  let seen = 0;
  let characters = 0;
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of entriesOf(path.join(root, folder))) {
      const name = nameOf(entry.name);
      const relative = path.posix.join(folder, name ?? cleaned(entry.name));
      seen += 1;
      characters += relative.length;
      if (seen > most.entries || characters > most.characters) throw new TooManyFiles(most);
      if (seen % 4096 === 0) await new Promise(setImmediate);
      if (name === undefined) found.push({ path: relative, kind: 'unnameable' });
      else if (skip(relative)) continue;
      else if (entry.is.isDirectory()) waiting.push(relative);
      else if (isTooLong(relative)) found.push({ path: relative, kind: 'too-long' });
      else found.push(look(root, relative, entry));
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function look(root: string, relative: string, entry: Entry): Found {
  if (entry.is.isSymbolicLink()) return { path: relative, kind: 'link' };
  if (!entry.is.isFile()) return { path: relative, kind: 'special' };
  const stat = lstatSync(path.join(root, relative), { bigint: true });
  const { ino, uid, nlink, size, mtimeNs, ctimeNs } = stat;
  return { path: relative, kind: 'file', stat: { ino, uid, nlink, size, mtimeNs, ctimeNs } };
}

function isTooLong(relative: string): boolean {
  return (
    Buffer.byteLength(relative) > LONGEST_PATH ||
    relative.split('/').some((name) => Buffer.byteLength(name) > LONGEST_NAME)
  );
}

function nameOf(bytes: Buffer): string | undefined {
  const name = bytes.toString('utf8');
  // Control and bidirectional characters would let a name pretend to be another on a screen.
  if (!Buffer.from(name).equals(bytes) || /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\\]/u.test(name))
    return undefined;
  return name;
}

function cleaned(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[^\x20-\x7e]|[/\\]/g, '?')
    .slice(0, 100);
}
