/**
 * A workspace in one signed file, and back: byte for byte, with its manifest and its history.
 *
 *   SALLYPORT-WORKSPACE-1 <bytes of the list>\n   the list: what is in it, by hash, signed by the agent   every file, one after another
 *
 * From the first moment a mark says that no job may begin there; the file is read back before anything is removed; what
 * another workspace or a job names stays in the store; beside an agent at work all of it does, because that one may be
 * taking over the very bytes: they go when it is archived again while the agent is stopped. Broken off, either way is
 * done again and ends the same.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { isRefusal, Refused } from '../../src/lib/refusal.ts';
import { openSeal, seal } from '../../src/lib/sealed.ts';
import { lockFolder } from '../lock.ts';
import { layout, type Layout } from '../runner/layout.ts';
import { linkOver, readJson, syncFolder, writeWhole } from '../store/durable.ts';
import { giveToOwner } from '../store/owner.ts';
import { hashFile } from '../store/store.ts';
import type { Keeper } from './backup.ts';
import { copyWhole, filesBelow, isPlace, namesIn, statOf } from './files.ts';
import { objectAt, storedInodes, verifyWorkspace, type ZoneFault } from './verify.ts';
import * as no from './words.ts';

const PURPOSE = 'sallyport-workspace-1';
const HEAD = /^SALLYPORT-WORKSPACE-1 (\d{1,9})\n/;
const HEAD_BYTES = 64;
const CHUNK = 1024 * 1024;
const HASH = /[0-9a-f]{64}/g;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const list = z.strictObject({
  at: z.int(),
  workspace: z.string(),
  agent: z.string(),
  backend: z.string(),
  /** In the order in which their bytes follow. */
  parts: z.array(z.strictObject({ hash: sha256, size: z.int().min(0) })),
  /** Of the parts, those that lay in the store. */
  objects: z.array(sha256),
  files: z.array(
    z.strictObject({ path: z.string().refine(isPlace), hash: sha256, mode: z.int().min(0).max(0o777) }),
  ),
});
export type Archive = z.infer<typeof list>;

export const markOf = (stateDir: string, name: string): string =>
  path.join(stateDir, 'archived', `${name}.json`);

interface Mark {
  file: string;
  /** It was read back: what it is of may go. */
  done: boolean;
  /** It is being brought back. */
  back?: boolean;
  /** The agent was at work: what the store has of it is still there. */
  kept?: boolean;
}

/** Whether a job may not begin in it. */
export const isArchivedHere = (stateDir: string, name: string): boolean =>
  existsSync(markOf(stateDir, path.basename(layout(stateDir).workspace(name).dir)));

/** Whether an archived workspace still takes its room in the store. */
export const isStillStored = (stateDir: string, name: string): boolean =>
  (readJson(markOf(stateDir, name)) as Mark | undefined)?.kept === true;

/** Refuses `workspace.unknown`, `workspace.archived`, `agent.at-work`, `workspace.busy`, `workspace.unsound`, `archive.…`, `backup.inside`. */
export async function archiveWorkspace(
  keeper: Keeper,
  name: string,
  file: string,
  at: number,
): Promise<Archive> {
  const places = layout(keeper.stateDir);
  const mark = markOf(keeper.stateDir, name);
  const { dir } = places.workspace(name);
  const begun = readJson(mark) as Mark | undefined;
  if (begun?.done) return endRemoval(keeper, name, begun);
  if (!statOf(dir)) throw new Refused(no.unknownWorkspace(name));
  const target = path.resolve(file);
  if (!path.relative(path.resolve(keeper.stateDir), target).startsWith('..')) throw new Refused(no.inside());
  if (existsSync(target)) throw new Refused(no.fileThere(file));
  writeWhole(mark, `${JSON.stringify({ file: target, done: false })}\n`);
  try {
    const working = tasksIn(places, name);
    if (working.length > 0) throw new Refused(no.workspaceBusy(name, working));
    const faults = await verifyWorkspace(places, name, { keys: [keeper.key.publicKey], quick: false });
    if (faults.length > 0) throw new Refused(no.workspaceUnsound(name, faults.length));
    const made = await write(keeper, places, name, target, at);
    if (JSON.stringify(await readArchive(keeper, target)) !== JSON.stringify(made))
      throw new Refused(no.archiveDamaged(file));
    writeWhole(mark, `${JSON.stringify({ file: target, done: true })}\n`);
    remove(keeper, name, made, target);
    return made;
  } catch (error) {
    if (!(readJson(mark) as { done: boolean }).done) rmSync(mark, { force: true });
    throw error;
  }
}

/** Killed while the workspace was removed, or beside an agent at work: what is left of it goes once its archive was read back again. */
async function endRemoval(keeper: Keeper, name: string, { file, back, kept }: Mark): Promise<Archive> {
  const isThere = statOf(layout(keeper.stateDir).workspace(name).dir) !== undefined;
  if (back || !(isThere || kept)) throw new Refused(no.isArchived(name));
  const made = await readArchive(keeper, file);
  if (made.workspace !== name) throw new Refused(no.otherWorkspace(made.workspace));
  const isKept = remove(keeper, name, made, file);
  if (isKept && !isThere) throw new Refused(no.stillAtWork());
  return made;
}

/** Tasks of this workspace that the agent has accepted and not cleaned up behind. */
export function tasksIn(places: Layout, name: string): string[] {
  const active = path.join(places.root, 'active');
  return namesIn(active).filter((task) => isOf(path.join(active, task), name));
}

const isOf = (task: string, workspace: string): boolean =>
  Boolean(statOf(task)?.isFile()) &&
  /"workspace": ?"([^"]*)"/.exec(readFileSync(task, 'utf8'))?.[1] === workspace;

async function write(
  keeper: Keeper,
  places: Layout,
  name: string,
  target: string,
  at: number,
): Promise<Archive> {
  const { dir } = places.workspace(name);
  const inodes = storedInodes(places);
  const sources = new Map<string, { file: string; size: number }>();
  const files: Archive['files'] = [];
  for (const { path: relative, stat } of filesBelow(dir)) {
    const file = path.join(dir, relative);
    const hash = inodes.get(`${stat.dev}:${stat.ino}`) ?? (await hashFile(file));
    sources.set(hash, { file, size: stat.size });
    files.push({ path: relative, hash, mode: stat.mode & 0o777 });
  }
  const stored = new Set(inodes.values());
  const objects = [...namedIn(dir)].filter((hash) => stored.has(hash)).sort();
  for (const hash of objects) {
    const file = objectAt(places, hash);
    sources.set(hash, { file, size: statOf(file)!.size });
  }
  const parts = [...sources].map(([hash, { size }]) => ({ hash, size }));
  const { agent, backend } = keeper;
  const made: Archive = { at, workspace: name, agent, backend, parts, objects, files };
  const text = Buffer.from(seal(PURPOSE, made, keeper.key));
  const staging = `${target}.new`;
  rmSync(staging, { force: true });
  const out = openSync(staging, 'wx', 0o600);
  try {
    writeSync(out, `SALLYPORT-WORKSPACE-1 ${text.length}\n`);
    writeAll(out, text);
    for (const { file } of sources.values()) copyTo(out, file);
    fsyncSync(out);
  } finally {
    closeSync(out);
  }
  renameSync(staging, target);
  syncFolder(path.dirname(target));
  return made;
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
}

function copyTo(out: number, file: string): void {
  const from = openSync(file, 'r');
  const buffer = Buffer.allocUnsafe(CHUNK);
  try {
    for (let n = readSync(from, buffer); n > 0; n = readSync(from, buffer))
      writeAll(out, buffer.subarray(0, n));
  } finally {
    closeSync(from);
  }
}

/** Every hash that JSON beneath a folder names: rather one too many. */
function namedIn(root: string, skip?: (relative: string) => boolean): Set<string> {
  const named = new Set<string>();
  for (const { path: relative } of filesBelow(root, skip)) {
    if (!/\.jsonl?$/.test(relative)) continue;
    for (const [hash] of readFileSync(path.join(root, relative), 'utf8').matchAll(HASH)) named.add(hash);
  }
  return named;
}

/**
 * Takes the workspace off this host. True when its objects stay: the agent is at work, and may just have found one of them in the
 * store for another workspace that does not name it yet.
 */
function remove(keeper: Keeper, name: string, archive: Archive, file: string): boolean {
  const places = layout(keeper.stateDir);
  const lock = lockFolder(keeper.stateDir, no.atWork);
  const marked = (mark: Mark): void => {
    writeWhole(markOf(keeper.stateDir, name), `${JSON.stringify(mark)}\n`);
    giveToOwner(keeper.stateDir, ['archived']);
  };
  try {
    marked({ file, done: true, kept: true });
    rmSync(places.workspace(name).dir, { recursive: true, force: true });
    if (isRefusal(lock)) return true;
    removeObjects(places, name, archive);
    marked({ file, done: true });
    return false;
  } finally {
    if (!isRefusal(lock)) lock.release();
  }
}

function removeObjects(places: Layout, name: string, { objects }: Archive): void {
  // What a job of this workspace names was of this workspace.
  const own = (relative: string): boolean =>
    /^jobs\/[^/]+\/[^/]+$/.test(relative) &&
    ['prepared.json', 'metadata.json'].some((file) => isOf(path.join(places.root, relative, file), name));
  const still = namedIn(
    places.root,
    (relative) =>
      ['store', 'mirrors', 'governance.git'].includes(relative) ||
      relative.endsWith('/work') ||
      own(relative),
  );
  for (const hash of objects) if (!still.has(hash)) rmSync(objectAt(places, hash), { force: true });
}

interface Opened extends Archive {
  /** Where the bytes of a part begin. */
  start: Map<string, number>;
}

/** Every byte of it. Refuses `archive.none`, `archive.damaged`. */
export async function readArchive(
  keeper: Pick<Keeper, 'key' | 'agent' | 'backend'>,
  file: string,
): Promise<Archive> {
  const { start, ...archive } = openArchive(keeper, file);
  for (const { hash, size } of archive.parts)
    if ((await hashOfPart(file, start.get(hash)!, size)) !== hash) throw new Refused(no.archiveDamaged(file));
  return archive;
}

function openArchive(keeper: Pick<Keeper, 'key' | 'agent' | 'backend'>, file: string): Opened {
  const whole = statOf(file);
  if (!whole?.isFile()) throw new Refused(no.noArchive(file));
  const fd = openSync(file, 'r');
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const found = HEAD.exec(head.subarray(0, readSync(fd, head, 0, HEAD_BYTES, 0)).toString('latin1'));
    if (!found || Number(found[1]) > whole.size) throw new Refused(no.noArchive(file));
    const text = Buffer.alloc(Number(found[1]));
    const read = readSync(fd, text, 0, text.length, found[0].length);
    const opened = list.safeParse(
      openSeal(PURPOSE, text.subarray(0, read).toString('utf8'), [keeper.key.publicKey]),
    );
    if (!opened.success || opened.data.agent !== keeper.agent || opened.data.backend !== keeper.backend)
      throw new Refused(no.noArchive(file));
    const start = new Map<string, number>();
    let at = found[0].length + text.length;
    for (const { hash, size } of opened.data.parts) {
      start.set(hash, at);
      at += size;
    }
    if (at !== whole.size) throw new Refused(no.archiveDamaged(file));
    return { ...opened.data, start };
  } finally {
    closeSync(fd);
  }
}

async function hashOfPart(file: string, start: number, size: number): Promise<string> {
  const digest = createHash('sha256');
  if (size > 0)
    for await (const chunk of createReadStream(file, { start, end: start + size - 1 }))
      digest.update(chunk as Buffer);
  return digest.digest('hex');
}

/** Refuses `archive.…`, `workspace.there`; what came back is verified, and only then may jobs begin there again. */
export async function restoreWorkspace(
  keeper: Keeper,
  name: string,
  file: string,
): Promise<{ archive: Archive; faults: ZoneFault[] }> {
  const places = layout(keeper.stateDir);
  const mark = markOf(keeper.stateDir, name);
  const { dir } = places.workspace(name);
  const begun = readJson(mark) as Mark | undefined;
  if (statOf(dir) && !begun?.back) throw new Refused(no.workspaceThere(name));
  const archive = await readArchive(keeper, file);
  if (archive.workspace !== name) throw new Refused(no.otherWorkspace(archive.workspace));
  writeWhole(mark, `${JSON.stringify({ file: path.resolve(file), done: true, back: true })}\n`);
  rmSync(dir, { recursive: true, force: true });
  const { start } = openArchive(keeper, file);
  const size = new Map(archive.parts.map((part) => [part.hash, part.size]));
  const put = async (hash: string, target: string, mode: number): Promise<void> => {
    const from = start.get(hash)!;
    const range = { start: from, end: from + size.get(hash)! - 1 };
    if (!(await copyWhole(file, () => target, { mode, expected: hash, range })))
      throw new Refused(no.archiveDamaged(file));
  };
  for (const hash of archive.objects)
    if (!statOf(objectAt(places, hash))) await put(hash, objectAt(places, hash), 0o444);
  const stored = new Set(archive.objects);
  for (const { path: relative, hash, mode } of archive.files) {
    const target = path.join(dir, relative);
    mkdirSync(path.dirname(target), { recursive: true, mode: relative.startsWith('high/') ? 0o700 : 0o755 });
    if (stored.has(hash) && /^(high|medium)\//.test(relative)) linkOver(objectAt(places, hash), target);
    else await put(hash, target, mode);
  }
  giveToOwner(keeper.stateDir, ['archived', path.relative(places.root, dir), 'store/objects']);
  const faults = await verifyWorkspace(places, name, { keys: [keeper.key.publicKey], quick: false });
  if (faults.length === 0) rmSync(mark, { force: true });
  return { archive, faults };
}
