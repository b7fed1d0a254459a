/**
 * State folders belong to the user whose program works in them. Operators' commands are also typed by root, who may write
 * there but whose files that program could neither read nor put away.
 */
import { lchownSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';

interface Owner {
  uid: number;
  gid: number;
}

/** Who types a command here; a container's user, or one of another host, may have a number alone. */
export function whoTypes(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.geteuid?.()}`;
  }
}

/** Of the folder, when this process is root and the folder another user's. */
function otherOwner(dir: string): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const stat = statSync(dir, { throwIfNoEntry: false });
  return stat && stat.uid !== 0 ? { uid: stat.uid, gid: stat.gid } : undefined;
}

/**
 * Does the work with the rights of the folder's owner, so that no link which that user laid there leads root elsewhere. It
 * must not wait for anything: the rights are those of the whole process.
 */
export function asOwnerOf<T>(dir: string, work: () => T): T {
  const owner = otherOwner(dir);
  if (!owner) return work();
  const before = { uid: process.geteuid!(), gid: process.getegid!() };
  process.setegid!(owner.gid);
  process.seteuid!(owner.uid);
  try {
    return work();
  } finally {
    process.seteuid!(before.uid);
    process.setegid!(before.gid);
  }
}

/** Gives folders that root made below it back to its owner; what is missing or a link is left alone. */
export function takenBack(dir: string, folders: readonly string[]): void {
  const owner = otherOwner(dir);
  if (!owner) return;
  for (const folder of folders) {
    const stat = lstatSync(path.join(dir, folder), { throwIfNoEntry: false });
    if (!stat?.isDirectory()) return;
    if (stat.uid !== owner.uid) lchownSync(path.join(dir, folder), owner.uid, owner.gid);
  }
}

/**
 * Gives what root made at these places, and all below them, to the folder's owner; what belongs to anybody else stays theirs.
 * No link is followed. Call under the folder's lock, or where nobody but root writes.
 */
export function giveToOwner(dir: string, places: readonly string[]): void {
  const owner = otherOwner(dir);
  if (owner) for (const place of places) give(path.join(dir, place), owner);
}

/** The group of the folder, by which an airlock comes in, for a place in it that root made. */
export function giveGroup(dir: string, place: string): void {
  if (process.getuid?.() !== 0) return;
  const at = path.join(dir, place);
  const stat = lstatSync(at, { throwIfNoEntry: false });
  if (stat?.isDirectory()) lchownSync(at, stat.uid, statSync(dir).gid);
}

function give(at: string, owner: Owner): void {
  const stat = lstatSync(at, { throwIfNoEntry: false });
  if (!stat) return;
  if (stat.uid === 0) lchownSync(at, owner.uid, owner.gid);
  if (stat.isDirectory()) for (const name of readdirSync(at)) give(path.join(at, name), owner);
}
