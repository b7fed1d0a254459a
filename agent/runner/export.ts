/**
 * A commit's files into a job's folder: exactly the bytes in git, owned by the job's user. Symlinks,
 * submodules and unusable names are left out and reported; nothing is followed, because the folder
 * is new and nobody else writes to it yet.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { readObjects, type TreeEntry } from '../../src/lib/git-objects.ts';
import { isPlain } from '../store/beneath.ts';
import { before, emptyBaseline } from './collect.ts';
import { treeOf } from '../store/mirror.ts';
import type { Baseline } from './types.ts';
import * as words from './words.ts';

export interface Owner {
  uid: number;
  gid: number;
}

export interface Exported {
  baseline: Baseline;
  notes: string[];
}

/** The commit is bigger than the job may write. */
export class TooBig extends Error {
  constructor() {
    super('the commit is larger than the job may use');
    this.name = 'TooBig';
  }
}

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const isRoot = (): boolean => process.getuid?.() === 0;

/** Makes the job's folder, empty. */
export function makeWork(dir: string, owner: Owner): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  chmodSync(dir, 0o700);
  if (isRoot()) lchownSync(dir, owner.uid, owner.gid);
}

/** Folders beneath the job's own, each owned by it. */
export function makeFolders(work: string, relative: string, owner: Owner): void {
  if (relative === '.' || relative === '') return;
  const full = path.join(work, relative);
  const there = lstatSync(full, { throwIfNoEntry: false });
  if (there?.isDirectory()) return;
  // A checked-out file where a result's folder must be gives way.
  if (there) rmSync(full);
  makeFolders(work, path.posix.dirname(relative), owner);
  mkdirSync(full, { mode: 0o755 });
  if (isRoot()) lchownSync(full, owner.uid, owner.gid);
}

export async function exportCommit(
  mirror: string,
  commit: string,
  work: string,
  owner: Owner,
  options: { maxBytes: number; signal?: AbortSignal; onFile?: () => void },
): Promise<Exported> {
  const { files, notes } = usable(await treeOf(mirror, commit));
  if (files.reduce((sum, file) => sum + file.size, 0) > options.maxBytes) throw new TooBig();
  const bySha = new Map<string, TreeEntry[]>();
  for (const file of files) bySha.set(file.sha, [...(bySha.get(file.sha) ?? []), file]);
  const baseline = emptyBaseline();
  for await (const object of readObjects(mirror, bySha.keys(), { signal: options.signal })) {
    for (const file of bySha.get(object.sha) ?? []) {
      makeFolders(work, path.posix.dirname(file.path), owner);
      baseline[file.path] = write(path.join(work, file.path), object.bytes, file, owner);
    }
    options.onFile?.();
  }
  if (Object.keys(baseline).length !== files.length) throw new Error('git left out objects of the commit');
  return { baseline, notes };
}

function write(target: string, bytes: Uint8Array, file: TreeEntry, owner: Owner): Baseline[string] {
  const fd = openSync(target, CREATE, 0o644);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
    fchmodSync(fd, file.mode === '100755' ? 0o755 : 0o644);
    if (isRoot()) fchownSync(fd, owner.uid, owner.gid);
    return before(fstatSync(fd, { bigint: true }), file.sha);
  } finally {
    closeSync(fd);
  }
}

function usable(tree: readonly TreeEntry[]): { files: TreeEntry[]; notes: string[] } {
  const files: TreeEntry[] = [];
  const notes: string[] = [];
  for (const entry of tree) {
    if (entry.mode === '120000') notes.push(words.notTakenOver(entry.path, 'link'));
    else if (entry.type === 'commit') notes.push(words.notTakenOver(entry.path, 'submodule'));
    else if (!isUsable(entry.path)) notes.push(words.notTakenOver(printable(entry.path), 'name'));
    else files.push(entry);
  }
  return { files, notes };
}

function isUsable(file: string): boolean {
  return isPlain(file) && !file.includes('\ufffd') && !/(^|\/)\.git(\/|$)/i.test(file);
}

const printable = (file: string): string => file.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
