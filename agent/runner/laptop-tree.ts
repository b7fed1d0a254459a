/** The working tree of a study into a job's folder, and its outputs back. Everything belongs to the person at the keyboard. */
import {
  chmodSync,
  chownSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import path from 'node:path';
import { refusal, Refused } from '../../src/lib/refusal.ts';
import { matches, type Pipeline } from '../../src/pipeline/pipeline.ts';
import { walkBeneath, type Found } from '../store/beneath.ts';
import { before, isReserved } from './collect.ts';
import { makeFolders, type Owner } from './export.ts';
import { manyFiles, throughLink } from './laptop-words.ts';
import type { Baseline } from './types.ts';
import * as words from './words.ts';

export interface Tree {
  /** Files that are copied into every job's folder. */
  sources: string[];
  /** Files that some action declares. */
  outputs: string[];
  notes: string[];
}

/** Each is copied for each action, and most people do not mean to: a library was installed inside the study. */
const MANY = 20_000;

/** The project's files, parted into what was written and what actions made. */
export async function readTree(dir: string, pipeline: Pipeline, many = MANY): Promise<Tree> {
  const patterns = pipeline.actions.flatMap((action) => action.outputs.map(({ pattern }) => pattern));
  // Most stand for one file: 2,000 actions and their files are looked through in a moment.
  const names = new Set(patterns);
  const wild = patterns.filter((pattern) => pattern.includes('*'));
  const isOutput = (file: string): boolean =>
    names.has(file) || wild.some((pattern) => matches(pattern, file));
  const tree: Tree = { sources: [], outputs: [], notes: [] };
  for (const found of await walkBeneath(dir, isReserved)) {
    if (isOutput(found.path)) tree.outputs.push(found.path);
    else if (found.kind === 'file') tree.sources.push(found.path);
    else tree.notes.push(noteOf(found));
  }
  if (tree.sources.length > many) tree.notes.push(manyFiles(tree.sources.length, ...fullest(tree.sources)));
  return tree;
}

/** The folder at the top with most files, and how many. */
function fullest(files: readonly string[]): [folder: string, files: number] {
  const counts = new Map<string, number>();
  for (const file of files) {
    const folder = file.includes('/') ? file.slice(0, file.indexOf('/')) : 'the top folder';
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts].reduce((most, one) => (one[1] > most[1] ? one : most));
}

const KINDS = {
  file: 'name',
  link: 'link',
  special: 'special',
  unnameable: 'name',
  'too-long': 'name',
} as const;

function noteOf({ path: file, kind }: Found): string {
  return words.notTakenOver(file, KINDS[kind]);
}

/** So long nothing else is heard, Ctrl-C neither. Most studies are copied in less. */
const UNHEARD_MS = 40;

/** Copies files into a job's folder. `signal` ends it between two of them. */
export async function copyIn(
  dir: string,
  work: string,
  files: readonly string[],
  { owner, baseline, signal }: { owner: Owner; baseline: Baseline; signal: AbortSignal },
): Promise<void> {
  let heard = performance.now();
  let folder = '';
  for (const file of files) {
    const target = path.join(work, file);
    const inside = path.posix.dirname(file);
    if (inside !== folder) makeFolders(work, inside, owner);
    folder = inside;
    copyFileSync(path.join(dir, file), target, constants.COPYFILE_FICLONE);
    give(target, owner);
    baseline[file] = before(lstatSync(target, { bigint: true }), 'working tree');
    if (performance.now() - heard < UNHEARD_MS) continue;
    await new Promise(setImmediate);
    signal.throwIfAborted();
    heard = performance.now();
  }
}

/**
 * The part of a path that is a symbolic link. A study comes from a repository, and may be a stranger's: by a link, and a
 * manifest that was committed, it would read, write and delete what is not its own.
 */
export function linkIn(dir: string, file: string): string | undefined {
  const parts = file.split('/');
  const beginnings = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  return beginnings.find((one) =>
    lstatSync(path.join(dir, one), { throwIfNoEntry: false })?.isSymbolicLink(),
  );
}

/** Throws Refused. */
export function refuseLink(dir: string, file: string): void {
  const link = linkIn(dir, file);
  if (link !== undefined) throw new Refused(refusal('run.link', ...throughLink(link)));
}

/** Puts an output at its declared place in the project, over what is there. */
export function bringBack(work: string, dir: string, file: string, owner: Owner): void {
  const target = path.join(dir, file);
  // A link at the place itself is replaced, not followed.
  refuseLink(dir, path.posix.dirname(file));
  const made = mkdirSync(path.dirname(target), { recursive: true });
  if (made !== undefined) give(made, owner);
  if (lstatSync(target, { throwIfNoEntry: false })?.isDirectory()) rmSync(target, { recursive: true });
  const from = path.join(work, file);
  give(from, owner);
  chmodSync(from, 0o644);
  try {
    renameSync(from, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    copyFileSync(from, target);
    give(target, owner);
  }
}

/** Only root may give files away; nobody else has to. */
export function give(file: string, owner: Owner): void {
  if (process.getuid?.() === 0) chownSync(file, owner.uid, owner.gid);
}
