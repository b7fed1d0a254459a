/**
 * Whether what the agent keeps is what it says: each object is what its name says, each manifest is signed and is the last
 * of its history, and each output that it names is there, in the store and in its views.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { KeyObject } from 'node:crypto';
import type { Layout, WorkspacePlaces } from '../runner/layout.ts';
import { readIfThere } from '../store/durable.ts';
import type { Manifest } from '../store/manifest.ts';
import { hashFile } from '../store/store.ts';
import { verified } from '../store/verified-manifest.ts';
import { filesBelow, namesIn, statOf } from './files.ts';

/** `where` names files: it is shown on this host alone. */
export interface ZoneFault {
  what: 'object' | 'manifest' | 'history' | 'output' | 'stray';
  where: string;
}

export interface VerifyOptions {
  /** The agent's own key, and those it had before. */
  keys: readonly KeyObject[];
  /** Names and sizes only: no file is read through. */
  quick: boolean;
}

export async function verifyAgent(places: Layout, options: VerifyOptions): Promise<ZoneFault[]> {
  const faults = await verifyStore(places, options.quick);
  for (const name of namesIn(places.workspaces).sort())
    faults.push(...(await verifyWorkspace(places, name, options)));
  return faults;
}

const objectsOf = ({ store }: Pick<Layout, 'store'>): string => path.join(store, 'objects');
/** Where the store has the bytes of a hash. */
export const objectAt = (places: Pick<Layout, 'store'>, hash: string): string =>
  path.join(objectsOf(places), hash.slice(0, 2), hash);

async function verifyStore(places: Layout, quick: boolean): Promise<ZoneFault[]> {
  const faults: ZoneFault[] = [];
  for (const { path: relative, stat } of filesBelow(objectsOf(places))) {
    const hash = path.basename(relative);
    const named = /^[0-9a-f]{64}$/.test(hash) && relative === `${hash.slice(0, 2)}/${hash}`;
    const closed = (stat.mode & 0o222) === 0;
    const holds =
      named && closed && (quick || (await hashFile(path.join(objectsOf(places), relative))) === hash);
    if (!holds) faults.push({ what: 'object', where: relative });
  }
  return faults;
}

export async function verifyWorkspace(
  places: Layout,
  name: string,
  { keys, quick }: VerifyOptions,
): Promise<ZoneFault[]> {
  const at = places.workspace(name);
  const text = readIfThere(at.manifest);
  // A run that was refused leaves no manifest, and nothing to view.
  if (text === undefined)
    return namesIn(at.high).length > 0 ? [{ what: 'manifest', where: `${name}: none` }] : [];
  const held = verified(Buffer.from(text), keys);
  if (!held || held.manifest.workspace !== name) return [{ what: 'manifest', where: name }];
  const faults: ZoneFault[] = verifyHistory(at, held.manifest, held.digest).map((why) => ({
    what: 'history',
    where: `${name}: ${why}`,
  }));
  for (const [file, entry] of Object.entries(held.manifest.outputs)) {
    const seen = entry.out_of_date_output
      ? []
      : [path.join(at.high, file), ...(isViewed(entry) ? [path.join(at.medium, file)] : [])];
    if (entry.removed_at !== undefined) continue;
    const object = objectAt(places, entry.content_hash);
    const good =
      statOf(object)?.size === entry.size &&
      (await Promise.all(seen.map((each) => isObject(each, object, entry, quick)))).every(Boolean);
    if (!good) faults.push({ what: 'output', where: `${name}: ${file}` });
  }
  for (const { log } of Object.values(held.manifest.runs ?? {})) {
    if (!log) continue;
    const file = path.join(at.medium, log.path);
    if (statOf(file)?.size !== log.size || (!quick && (await hashFile(file)) !== log.content_hash))
      faults.push({ what: 'output', where: `${name}: ${log.path}` });
  }
  return [
    ...faults,
    ...strays(at, held.manifest).map((file): ZoneFault => ({ what: 'stray', where: `${name}: ${file}` })),
  ];
}

const isViewed = (entry: Manifest['outputs'][string]): boolean =>
  entry.level === 'moderately_sensitive' && !entry.excluded;

async function isObject(
  file: string,
  object: string,
  entry: { content_hash: string; size: number },
  quick: boolean,
): Promise<boolean> {
  const stat = statOf(file);
  if (!stat?.isFile() || stat.size !== entry.size) return false;
  const same = statOf(object);
  // One file under two names: what the store's look says of the one holds for the other.
  return (
    quick ||
    (same?.ino === stat.ino && same.dev === stat.dev) ||
    (await hashFile(file)) === entry.content_hash
  );
}

/** The last line is of this manifest, and the one before it of the one before. A line that a crash cut in half says nothing. */
function verifyHistory({ history }: WorkspacePlaces, manifest: Manifest, digest: string): string[] {
  const lines = (readIfThere(history) ?? '').split('\n').flatMap((line) => {
    try {
      const said = JSON.parse(line) as { sequence?: unknown; manifest?: unknown };
      return typeof said.sequence === 'number' ? [{ sequence: said.sequence, manifest: said.manifest }] : [];
    } catch {
      return [];
    }
  });
  const last = lines.at(-1);
  if (!last) return ['there is none'];
  if (lines.some(({ sequence }, index) => sequence !== index + 1))
    return ['a change is missing, or told twice'];
  if (last.sequence !== manifest.sequence)
    return [
      last.sequence > manifest.sequence
        ? 'the manifest is an older one, or a switch was cut off'
        : 'it is behind the manifest',
    ];
  if (last.manifest !== digest) return ['its last line is of another manifest'];
  const before = lines.at(-2);
  return before && manifest.previous !== before.manifest ? ['the manifest follows another one'] : [];
}

/** What nobody named and somebody put there. */
function strays({ high, medium }: WorkspacePlaces, manifest: Manifest): string[] {
  const named = new Set(
    Object.entries(manifest.outputs).flatMap(([file, entry]) => (entry.out_of_date_output ? [] : [file])),
  );
  const explained = new Set(
    Object.entries(manifest.outputs).flatMap(([file, entry]) => (entry.excluded ? [`${file}.txt`] : [])),
  );
  return [
    ...[...filesBelow(high, (file) => file === 'metadata')]
      .filter(({ path: file }) => !named.has(file))
      .map(({ path: file }) => `high/${file}`),
    ...[...filesBelow(medium, (file) => file === 'metadata')]
      .filter(({ path: file }) => !named.has(file) && !explained.has(file))
      .map(({ path: file }) => `medium/${file}`),
  ];
}

/** Hashes of objects that are in the store, by their inodes: a file that is one of them need not be read to know what it is. */
export function storedInodes(places: Pick<Layout, 'store'>): Map<string, string> {
  return new Map(
    [...filesBelow(objectsOf(places))].map(({ path: relative, stat }) => [
      `${stat.dev}:${stat.ino}`,
      path.basename(relative),
    ]),
  );
}

export const manifestBytes = (at: WorkspacePlaces): string | undefined =>
  statOf(at.manifest) ? readFileSync(at.manifest, 'utf8') : undefined;
