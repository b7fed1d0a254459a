/**
 * Puts files into a folder that may hold anything. What is there is kept, and no symbolic link below the folder is
 * followed: a folder that came from somebody else must not send a file elsewhere.
 */
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import path from 'node:path';
import { Refused } from '../lib/refusal.ts';
import type { SkeletonFile } from '../skeleton/skeleton.ts';
import { no } from './init-words.ts';

export interface Placed {
  written: string[];
  /** There before, and other than what would have been written. */
  kept: string[];
}

/** force: paths of files to write although they are there. Everything is looked at before the first file is written. */
export function place(folder: string, files: readonly SkeletonFile[], force: ReadonlySet<string>): Placed {
  const top = statOf(folder, statSync);
  if (top && !top.isDirectory()) throw new Refused(no.notFolder(folder));
  const wanted: SkeletonFile[] = [];
  const kept: string[] = [];
  for (const file of files) {
    refuseInTheWay(folder, file.path);
    const there = statOf(path.join(folder, file.path));
    if (there?.isDirectory() && force.has(file.path)) throw new Refused(no.notAFile(file.path));
    if (!there || force.has(file.path)) wanted.push(file);
    else if (!isSame(folder, file, there)) kept.push(file.path);
  }
  const written: string[] = [];
  for (const file of wanted) {
    write(folder, file, written.length);
    written.push(file.path);
  }
  return { written, kept };
}

function refuseInTheWay(folder: string, file: string): void {
  const parts = path.posix.dirname(file).split('/');
  for (const [at] of parts.entries()) {
    const name = parts.slice(0, at + 1).join('/');
    const there = name === '.' ? undefined : statOf(path.join(folder, name));
    if (there && !there.isDirectory())
      throw new Refused(no.inTheWay(name, there.isSymbolicLink() ? 'a symbolic link' : 'a file'));
  }
}

function statOf(file: string, look: typeof lstatSync = lstatSync): Stats | undefined {
  try {
    return look(file, { throwIfNoEntry: false });
  } catch (error) {
    // Below a file, or below a folder that may not be looked into.
    if (codeOf(error) === 'ENOTDIR') return undefined;
    throw new Refused(no.cannotWrite(file, codeOf(error), 0));
  }
}

function isSame(folder: string, { path: name, text }: SkeletonFile, there: Stats): boolean {
  if (!there.isFile() || there.size !== Buffer.byteLength(text)) return false;
  try {
    return readFileSync(path.join(folder, name), 'utf8') === text;
  } catch {
    return false;
  }
}

function write(folder: string, { path: name, text }: SkeletonFile, before: number): void {
  const file = path.join(folder, name);
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    // Made beside and moved: a forced file that is a link is replaced, not followed, and nobody sees half of one.
    const part = `${file}.sallyport-part`;
    rmSync(part, { force: true });
    writeFileSync(part, text, { flag: 'wx' });
    renameSync(part, file);
  } catch (error) {
    throw new Refused(no.cannotWrite(file, codeOf(error), before), { cause: error });
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown error';
