/**
 * Takes high-privacy outputs off the disk that nobody has needed for a long time: those of workspaces in which nothing ran
 * since, versions that a later run replaced, and what failed runs left behind.
 *
 * What may be viewed stays, and what is asked to be released is safe in any case: the airlock has copies of its own. The
 * manifest says of each output that it was removed, and when. An action whose outputs are gone runs again before another
 * may read them. While the agent is stopped: one at work may be taking over the very bytes. Broken off, it is done again and ends the same.
 */
import { appendFileSync, chmodSync, existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { KeyPair } from '../../src/lib/keys.ts';
import type { Layout, WorkspacePlaces } from '../runner/layout.ts';
import { closing } from '../runner/workspace.ts';
import { readIfThere, writeWhole } from '../store/durable.ts';
import { giveToOwner } from '../store/owner.ts';
import {
  digestOf,
  readManifest,
  signManifest,
  storedForm,
  unsigned,
  type Manifest,
  type ManifestEntry,
} from '../store/manifest.ts';
import { markOf, tasksIn } from './archive.ts';
import { filesBelow, namesIn, statOf } from './files.ts';

/** Names of files are for this host alone. */
export interface Due {
  workspace: string;
  outputs: { path: string; size: number }[];
  /** When something last ran there, in milliseconds. */
  since: number;
}

export interface Removed {
  /** Workspaces whose manifests or folders have changed. */
  workspaces: string[];
  outputs: number;
  /** Of all that was removed. */
  bytes: number;
}

/** Outputs that only the high-privacy folder holds, of workspaces in which nothing ran since `before` and nothing runs. */
export function dueOutputs(places: Layout, before: number): Due[] {
  return idleWorkspaces(places).flatMap((name) => {
    const manifest = readManifest(places.workspace(name).manifest);
    const since = Math.max(0, ...Object.values(manifest?.runs ?? {}).map((run) => run.completed_at));
    const outputs = dueIn(manifest);
    return since === 0 || since >= before || outputs.length === 0
      ? []
      : [{ workspace: name, outputs, since }];
  });
}

/** Neither archived nor with a task at work. */
const idleWorkspaces = (places: Layout): string[] =>
  namesIn(places.workspaces)
    .sort()
    .filter((name) => !existsSync(markOf(places.root, name)) && tasksIn(places, name).length === 0);

const dueIn = (manifest: Manifest | undefined): Due['outputs'] =>
  Object.entries(manifest?.outputs ?? {})
    .filter(([, entry]) => isDue(entry))
    .map(([file, { size }]) => ({ path: file, size }));

/** A moderately sensitive output that was withheld is in the high-privacy folder alone, too. */
const isDue = (entry: ManifestEntry): boolean =>
  entry.removed_at === undefined && (entry.level !== 'moderately_sensitive' || entry.excluded);

/** Removes what `dueOutputs` lists, and then every byte that nothing names any more and nothing has touched since. */
export function removeDue(places: Layout, given: { before: number; now: number; key: KeyPair }): Removed {
  const removed: Removed = { workspaces: [], outputs: 0, bytes: 0 };
  const due = new Set(dueOutputs(places, given.before).map(({ workspace }) => workspace));
  for (const workspace of idleWorkspaces(places)) {
    const at = places.workspace(workspace);
    if (due.has(workspace)) removed.outputs += strike(at, given);
    if (!sweep(at) && !due.has(workspace)) continue;
    removed.workspaces.push(workspace);
    giveToOwner(places.root, [path.relative(places.root, at.dir)]);
  }
  removed.bytes += removeFailed(places, given.before) + removeUnnamed(places, given.before);
  return removed;
}

const HASH = /[0-9a-f]{64}/g;

interface Line {
  sequence: number;
  retention?: true;
}

function strike(at: WorkspacePlaces, { now, key }: { now: number; key: KeyPair }): number {
  const current = readManifest(at.manifest);
  if (!current) return 0;
  const before = unsigned(current);
  const due = dueIn(before);
  // Without a prototype: a file may be called `__proto__`.
  const outputs = Object.create(null) as Manifest['outputs'];
  for (const [file, entry] of Object.entries(before.outputs))
    outputs[file] = isDue(entry) ? { ...entry, out_of_date_output: true, removed_at: now } : entry;
  const next: Manifest = { ...before, sequence: before.sequence + 1, previous: digestOf(before), outputs };
  // As at every change: history first, then the manifest in one rename, then the folders that follow from it.
  takeBackPlanned(at, next.sequence);
  const line = { sequence: next.sequence, retention: true, at: now, manifest: digestOf(next) };
  const torn = closing(readIfThere(at.history) ?? '');
  appendFileSync(at.history, `${torn}${JSON.stringify(line)}\n`, { mode: 0o644, flush: true });
  writeWhole(at.manifest, storedForm(signManifest(next, key)), { mode: 0o644 });
  return due.length;
}

/** Takes out of the folders what the manifest says is removed, also what a kill after an earlier manifest left there. */
function sweep(at: WorkspacePlaces): boolean {
  const { outputs = {} } = readManifest(at.manifest) ?? {};
  const left = Object.keys(outputs)
    .filter((file) => outputs[file]!.removed_at !== undefined)
    .flatMap((file) => [
      path.join(at.high, file),
      ...(Object.hasOwn(outputs, `${file}.txt`) ? [] : [path.join(at.medium, `${file}.txt`)]),
    ])
    // A later run may have made a folder of that name, or a file of its folder's.
    .filter((file) => existsSync(file) && statOf(file)?.isFile());
  for (const file of left) rmSync(file);
  return left.length > 0;
}

/** A line that was written for a change which a kill then prevented. In one rename: a kill now must not cost the lines before it. */
function takeBackPlanned({ history }: WorkspacePlaces, sequence: number): void {
  const lines = (readIfThere(history) ?? '').split('\n').filter(Boolean);
  const kept = lines.filter((line) => !isPlanned(line, sequence));
  if (kept.length === lines.length) return;
  const mode = statOf(history)!.mode & 0o777;
  writeWhole(history, kept.map((line) => `${line}\n`).join(''), { mode });
  // The operator's umask is not the agent's.
  chmodSync(history, mode);
}

function isPlanned(line: string, sequence: number): boolean {
  try {
    const said = JSON.parse(line) as Line;
    return said.retention === true && said.sequence === sequence;
  } catch {
    return false;
  }
}

/** Outputs of failed runs are for looking at; log and metadata of the run stay. */
function removeFailed({ jobs }: Layout, before: number): number {
  let bytes = 0;
  for (const job of namesIn(jobs))
    for (const task of namesIn(path.join(jobs, job))) {
      const outputs = path.join(jobs, job, task, 'outputs');
      const ended = statOf(path.join(jobs, job, task, 'metadata.json'));
      if (!ended || ended.mtimeMs >= before || !statOf(outputs)?.isDirectory()) continue;
      bytes += sizeBelow(outputs);
      rmSync(outputs, { recursive: true, force: true });
    }
  return bytes;
}

/**
 * Objects that no workspace has as an output and no accepted task as an input: of removed outputs, and of runs that were
 * followed by others. The latter when the system last touched them before that day; a job can set a file's other times.
 */
function removeUnnamed(places: Layout, before: number): number {
  const { named, struck } = namesOf(places);
  const objects = path.join(places.store, 'objects');
  let bytes = 0;
  for (const { path: relative, stat } of filesBelow(objects)) {
    const hash = path.basename(relative);
    if (named.has(hash) || !/^[0-9a-f]{64}$/.test(hash)) continue;
    if (!struck.has(hash) && stat.ctimeMs >= before) continue;
    bytes += stat.size;
    rmSync(path.join(objects, relative), { force: true });
  }
  return bytes;
}

function namesOf(places: Layout): { named: Set<string>; struck: Set<string> } {
  const named = new Set<string>();
  const struck = new Set<string>();
  for (const name of namesIn(places.workspaces)) {
    const manifest = readManifest(places.workspace(name).manifest);
    for (const { removed_at, content_hash } of Object.values(manifest?.outputs ?? {}))
      (removed_at === undefined ? named : struck).add(content_hash);
  }
  const open = new Set(namesIn(path.join(places.root, 'active')));
  for (const job of namesIn(places.jobs))
    for (const task of namesIn(path.join(places.jobs, job)).filter((one) => open.has(one)))
      for (const [hash] of (readIfThere(path.join(places.jobs, job, task, 'prepared.json')) ?? '').matchAll(
        HASH,
      ))
        named.add(hash);
  return { named, struck };
}

function sizeBelow(folder: string): number {
  let bytes = 0;
  for (const { stat } of filesBelow(folder)) bytes += stat.size;
  return bytes;
}
