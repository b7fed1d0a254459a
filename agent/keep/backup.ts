/**
 * All that an agent keeps, in a folder that grows from backup to backup:
 *
 *   objects/<aa>/<sha256>  bytes, each once, however many backups have it
 *   lists/<time>.json      one backup: every file by its hash; signed by the agent, written last
 *
 * No key is in it, no mirror (they are fetched again) and nothing that a job can still write to. A backup that was broken
 * off leaves bytes that the next one finds there, and no list: the earlier ones are as they were.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { chmod, link } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { isoTime } from '../../src/lib/clock.ts';
import { isRefusal, Refused } from '../../src/lib/refusal.ts';
import { openSeal, seal, type SealingKey } from '../../src/lib/sealed.ts';
import { lockFolder } from '../lock.ts';
import { layout, type Layout } from '../runner/layout.ts';
import { writeWhole } from '../store/durable.ts';
import { giveGroup, giveToOwner } from '../store/owner.ts';
import { hashFile } from '../store/store.ts';
import { copyWhole, filesBelow, isPlace, namesIn, statOf } from './files.ts';
import { manifestBytes, storedInodes, verifyAgent, type ZoneFault } from './verify.ts';
import * as no from './words.ts';

const PURPOSE = 'sallyport-agent-backup-1';
/** Made again by whoever needs them, or of this process alone. */
const LEFT_OUT = ['mirrors', 'executor', 'store', 'drain'];
const TRIES = 5;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const list = z.strictObject({
  at: z.int(),
  agent: z.string(),
  backend: z.string(),
  /** Of the store. */
  objects: z.array(sha256),
  files: z.array(
    z.strictObject({
      path: z.string().refine(isPlace),
      hash: sha256,
      size: z.int().min(0),
      mode: z.int().min(0).max(0o777),
    }),
  ),
});
export type AgentBackup = z.infer<typeof list>;
type Listed = AgentBackup['files'][number];

export interface Keeper {
  stateDir: string;
  agent: string;
  backend: string;
  key: SealingKey;
  /** Files that are never copied, wherever they lie: keys. */
  secrets: readonly string[];
}

/** Beside an agent at work. Refuses `backup.inside`, `backup.unsound`, `backup.busy`. */
export async function backUpAgent(
  keeper: Keeper,
  to: string,
  at: number,
): Promise<AgentBackup & { fresh: number }> {
  const places = layout(keeper.stateDir);
  if (!path.relative(path.resolve(keeper.stateDir), path.resolve(to)).startsWith('..'))
    throw new Refused(no.inside());
  mkdirSync(path.join(to, 'lists'), { recursive: true, mode: 0o700 });
  const copier = new Copier(to, storedInodes(places));
  const files: Listed[] = [];
  for (const name of namesIn(places.workspaces).sort())
    files.push(...(await wholeWorkspace(places, name, copier)));
  const skip = (relative: string): boolean =>
    LEFT_OUT.includes(relative) ||
    relative === 'workspaces' ||
    relative.startsWith('.lock') ||
    /^jobs\/[^/]+\/[^/]+\/work$/.test(relative) ||
    keeper.secrets.includes(path.join(keeper.stateDir, relative));
  files.push(...(await copier.all(keeper.stateDir, skip)));
  // Last: what a manifest names was stored before the manifest was written.
  const objects = await copier.objects(places);
  const { agent, backend } = keeper;
  const made: AgentBackup = { at, agent, backend, objects, files };
  writeWhole(
    path.join(to, 'lists', `${isoTime(at).replaceAll(':', '')}.json`),
    seal(PURPOSE, made, keeper.key),
  );
  return { ...made, fresh: copier.fresh };
}

/** Manifest, history and files of one moment: copied again while they change. */
async function wholeWorkspace(places: Layout, name: string, copier: Copier): Promise<Listed[]> {
  const at = places.workspace(name);
  for (let turn = 0; turn < TRIES; turn += 1) {
    const before = manifestBytes(at);
    const files = await copier.all(places.root, undefined, `workspaces/${name}`).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    if (files && manifestBytes(at) === before) return files;
  }
  throw new Refused(no.busy(name));
}

const objectIn = (backup: string, hash: string): string =>
  path.join(backup, 'objects', hash.slice(0, 2), hash);

class Copier {
  readonly #to: string;
  readonly #inodes: ReadonlyMap<string, string>;
  /** Objects that no backup had before. */
  fresh = 0;

  constructor(to: string, inodes: ReadonlyMap<string, string>) {
    this.#to = to;
    this.#inodes = inodes;
  }

  async all(root: string, skip?: (relative: string) => boolean, at = ''): Promise<Listed[]> {
    const listed: Listed[] = [];
    for (const { path: relative, stat } of filesBelow(root, skip, at)) {
      const known = this.#inodes.get(`${stat.dev}:${stat.ino}`);
      const hash = known ?? (await this.#put(path.join(root, relative)));
      if (hash !== undefined) listed.push({ path: relative, hash, size: stat.size, mode: stat.mode & 0o777 });
    }
    return listed;
  }

  async objects(places: Layout): Promise<string[]> {
    const hashes: string[] = [];
    for (const { path: relative } of filesBelow(path.join(places.store, 'objects'))) {
      const hash = path.basename(relative);
      hashes.push(hash);
      if (existsSync(objectIn(this.#to, hash))) continue;
      const from = path.join(places.store, 'objects', relative);
      const put = await copyWhole(from, (got) => objectIn(this.#to, got), { mode: 0o400, expected: hash });
      if (!put) throw new Refused(no.unsound(`object ${hash}`));
      this.fresh += 1;
    }
    return hashes.sort();
  }

  /** Undefined for what has gone meanwhile. */
  async #put(file: string): Promise<string | undefined> {
    try {
      const { hash } = (await copyWhole(file, (got) => objectIn(this.#to, got), { mode: 0o400 }))!;
      return hash;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && statOf(file) === undefined) return undefined;
      throw error;
    }
  }
}

/** Names of the backups in a folder, oldest first. */
export const backupsIn = (from: string): string[] =>
  namesIn(path.join(from, 'lists'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();

/** Every byte of one backup. Refuses `backup.none`, `backup.damaged`. */
export async function readAgentBackup(
  keeper: Pick<Keeper, 'agent' | 'backend' | 'key'>,
  from: string,
  name = backupsIn(from).at(-1),
): Promise<AgentBackup> {
  const file = path.join(from, 'lists', `${name ?? ''}.json`);
  const text = name !== undefined && isPlace(name) && statOf(file) ? readFileSync(file, 'utf8') : '';
  const read = list.safeParse(openSeal(PURPOSE, text, [keeper.key.publicKey]));
  const own = read.success && read.data.agent === keeper.agent && read.data.backend === keeper.backend;
  if (!own || `${isoTime(read.data.at).replaceAll(':', '')}` !== name) throw new Refused(no.noBackup(from));
  const hashes = new Set([...read.data.objects, ...read.data.files.map(({ hash }) => hash)]);
  for (const hash of hashes) {
    const object = objectIn(from, hash);
    if (!statOf(object)?.isFile() || (await hashFile(object)) !== hash)
      throw new Refused(no.damaged(`object ${hash}`));
  }
  return read.data;
}

/**
 * Into an empty state folder, from a backup that was read through first; what was restored is verified, and belongs to the
 * folder's owner also when root restores it: users have other numbers on another host. Refuses
 * `restore.not-empty`, `agent.at-work`, and what `readAgentBackup` refuses.
 */
export async function restoreAgent(
  keeper: Keeper,
  from: string,
  name?: string,
): Promise<{ backup: AgentBackup; faults: ZoneFault[] }> {
  const places = layout(keeper.stateDir);
  if ([places.store, places.workspaces, places.jobs].some((dir) => namesIn(dir).length > 0))
    throw new Refused(no.notEmpty(keeper.stateDir));
  const backup = await readAgentBackup(keeper, from, name);
  mkdirSync(keeper.stateDir, { recursive: true, mode: 0o700 });
  const lock = lockFolder(keeper.stateDir, no.atWork);
  if (isRefusal(lock)) throw new Refused(lock);
  try {
    for (const hash of backup.objects) await put(objectIn(from, hash), storeAt(places, hash), hash, 0o444);
    const stored = new Set(backup.objects);
    for (const { path: relative, hash, mode } of backup.files) {
      const target = path.join(keeper.stateDir, relative);
      const shared = stored.has(hash) && /^workspaces\/[^/]+\/(high|medium)\//.test(relative);
      if (!shared || !(await linked(storeAt(places, hash), target)))
        await put(objectIn(from, hash), target, hash, mode);
    }
    await closeFolders(places);
    giveToOwner(keeper.stateDir, ['.']);
    giveGroup(keeper.stateDir, path.relative(places.root, places.workspaces));
  } finally {
    lock.release();
  }
  return { backup, faults: await verifyAgent(places, { keys: [keeper.key.publicKey], quick: false }) };
}

const storeAt = (places: Layout, hash: string): string =>
  path.join(places.store, 'objects', hash.slice(0, 2), hash);

async function put(from: string, target: string, expected: string, mode: number): Promise<void> {
  if (!(await copyWhole(from, () => target, { mode, expected })))
    throw new Refused(no.damaged(`object ${expected}`));
}

async function linked(object: string, target: string): Promise<boolean> {
  mkdirSync(path.dirname(target), { recursive: true });
  return link(object, target).then(
    () => true,
    () => false,
  );
}

/** What is highly sensitive is the agent's alone; the airlock walks the rest, as the agent sets it at its start. */
async function closeFolders(places: Layout): Promise<void> {
  for (const name of namesIn(places.workspaces)) {
    const { dir, medium, high } = places.workspace(name);
    for (const open of [dir, medium, path.join(medium, 'metadata')])
      if (statOf(open)) await chmod(open, 0o755);
    for (const { path: file } of filesBelow(medium))
      await chmod(path.dirname(path.join(medium, file)), 0o755);
    if (statOf(high)) await chmod(high, 0o700);
  }
}
