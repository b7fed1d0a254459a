/**
 * Removes a folder that a job could write to, whatever it made there.
 *
 * `fs.rm` holds all names of a folder in memory, so that ten million empty files end the agent; it gives up on a tree
 * deeper than the longest path (ENAMETOOLONG) and, unless the agent is root, on a folder closed with `chmod 000`. Here
 * a few names are in hand at a time. The job is dead by then; all the same no link is followed, and what is no longer
 * the folder that was seen is let alone.
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
  type Stats,
} from 'node:fs';
import { unlink as unlinkFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as pause } from 'node:timers/promises';
import { randomIds } from '../../src/lib/ids.ts';
import { beneath, entriesOf } from '../store/entries.ts';

/** Well below 4096, with room for one more name of 255 bytes. */
const DEEP = 2000;
/** Names in hand, of files and of folders. */
const AT_ONCE = 64;
const BY_DESCRIPTOR = existsSync('/proc/self/fd');
const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const OPEN = 0o700;

type Unlink = (file: Buffer) => Promise<void>;

interface Folder {
  file: Buffer;
  seen: Stats;
}

/** Resolves when it is gone, at once when it never was. Throws the system's error for what cannot be removed. */
export async function removeTree(folder: string, unlink: Unlink = unlinkFile): Promise<void> {
  const file = Buffer.from(path.resolve(folder));
  const seen = lstatSync(file, { throwIfNoEntry: false });
  if (!seen) return;
  if (!seen.isDirectory()) return unlink(file);
  const top = { file, seen };
  // A folder lies below those in it, and is looked through again when they are gone.
  const pile: Folder[] = [top];
  for (let at = pile.at(-1); at !== undefined; at = pile.at(-1)) {
    const left = await clear(at, top, unlink);
    if (left && left.full.length > 0) pile.push(...left.full);
    else if (!left || isGone(at.file, left.changed)) pile.pop();
  }
}

/** Removes what is in a folder, but for the folders that hold something: the first of them. Undefined: it is another folder, or none. */
async function clear(
  folder: Folder,
  top: Folder,
  unlink: Unlink,
): Promise<{ full: Folder[]; changed: boolean } | undefined> {
  const fd = openAsSeen(folder);
  if (fd === undefined) return undefined;
  const full: Folder[] = [];
  let changed = false;
  try {
    const here = BY_DESCRIPTOR ? `/proc/self/fd/${fd}` : folder.file.toString();
    let files: Buffer[] = [];
    let names = 0;
    for (const { name, is } of entriesOf(here)) {
      names += 1;
      const place = beneath(here, name);
      if (!is.isDirectory()) files.push(place);
      else if (isGone(place, true) || isMoved(place, folder, top)) changed = true;
      else full.push({ file: beneath(folder.file, name), seen: lstatSync(place) });
      if (full.length >= AT_ONCE) break;
      if (names % AT_ONCE !== 0) continue;
      changed ||= files.length > 0;
      await unlinked(files, unlink);
      files = [];
      await pause();
    }
    changed ||= files.length > 0;
    await unlinked(files, unlink);
  } finally {
    closeSync(fd);
  }
  return { full, changed };
}

async function unlinked(files: readonly Buffer[], unlink: Unlink): Promise<void> {
  const unlessGone = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'ENOENT') throw error;
  };
  await Promise.all(files.map((file) => unlink(file).catch(unlessGone)));
}

/** The very folder that was seen, opened up if the job closed it. */
function openAsSeen({ file, seen }: Folder): number | undefined {
  const fd = opened(file);
  if (fd === undefined) return undefined;
  const { dev, ino, mode } = fstatSync(fd);
  if (dev === seen.dev && ino === seen.ino) {
    if ((mode & OPEN) !== OPEN) fchmodSync(fd, OPEN);
    return fd;
  }
  closeSync(fd);
  return undefined;
}

function opened(file: Buffer): number | undefined {
  try {
    return openSync(file, FOLDER);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    if (code !== 'EACCES' || !lstatSync(file).isDirectory()) throw error;
    chmodSync(file, OPEN);
    return openSync(file, FOLDER);
  }
}

/** An empty folder. `mayBeFull`: it is no fault if something is in it. */
function isGone(file: Buffer, mayBeFull: boolean): boolean {
  try {
    rmdirSync(file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return true;
    if (mayBeFull && (code === 'ENOTEMPTY' || code === 'EEXIST')) return false;
    throw error;
  }
}

/** Whoever lies too deep to be named is hung below the top, where it is found again. */
function isMoved(place: Buffer, { file }: Folder, top: Folder): boolean {
  if (file.length <= top.file.length + DEEP) return false;
  // Without the right to write in it, its ".." could not be changed.
  if (process.getuid?.() !== 0) chmodSync(place, OPEN);
  renameSync(place, beneath(top.file, Buffer.from(`.removed-${randomIds.id()}`)));
  return true;
}
