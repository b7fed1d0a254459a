/**
 * The switch: a run that succeeded becomes what its workspace holds.
 *
 * The manifest is the truth and changes in one rename; history is appended before it, and the files
 * in `high/` and `medium/` are made to follow it afterwards. A switch that was cut off is repeated by
 * the same run and ends the same. One switch at a time per workspace.
 */
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  rmSync,
  rmdirSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import path from 'node:path';
import type { KeyPair } from '../../src/lib/keys.ts';
import { readIfThere, writeWhole } from '../store/durable.ts';
import type { Store } from '../store/store.ts';
import type { At } from './checkpoint.ts';
import type { Layout, WorkspacePlaces } from './layout.ts';
import {
  digestOf,
  readManifest,
  signManifest,
  storedForm,
  unsigned,
  withEnd,
  withRun,
  type EndedRun,
  type Manifest,
  type ManifestEntry,
  type SuccessfulRun,
} from '../store/manifest.ts';
import * as words from './words.ts';

export interface SwitchContext {
  layout: Layout;
  store: Store;
  key: KeyPair;
  at: At;
}

const turns = new Map<string, Promise<unknown>>();

/** One at a time per workspace; others do not wait. */
export function inTurn<T>(workspace: string, work: () => Promise<T>): Promise<T> {
  const before = turns.get(workspace) ?? Promise.resolve();
  const mine = before.then(work, work);
  const done = mine.catch(() => undefined);
  turns.set(workspace, done);
  void done.then(() => {
    if (turns.get(workspace) === done) turns.delete(workspace);
  });
  return mine;
}

/** Takes a successful run's outputs into its workspace. Repeating it is harmless. */
export function switchTo(run: SuccessfulRun, context: SwitchContext): Promise<void> {
  const { layout, at, store, key } = context;
  const places = layout.workspace(run.workspace);
  return inTurn(places.dir, async () => {
    const current = readManifest(places.manifest);
    const next = withRun(current, run);
    await at('switch.history', () => remember(places, next, run));
    await at('switch.manifest', () => {
      if (next !== current) writeWhole(places.manifest, storedForm(signManifest(next, key)), { mode: 0o644 });
    });
    await at('switch.place', () => placeAll(places, next, run, store));
  });
}

/** Makes the folders follow what the manifest says of a run that was switched to: a kill may have come between. */
export function placeAgain(
  run: Pick<SuccessfulRun, 'workspace' | 'job'>,
  context: SwitchContext,
): Promise<void> {
  const places = context.layout.workspace(run.workspace);
  return inTurn(places.dir, async () => {
    const manifest = readManifest(places.manifest);
    if (manifest) await context.at('switch.place', () => placeAll(places, manifest, run, context.store));
  });
}

/** Notes how a run ended, and its log, where no output has changed. Repeating it is harmless. */
export function noteEnd(run: EndedRun, { layout, key }: SwitchContext): Promise<void> {
  const places = layout.workspace(run.workspace);
  return inTurn(places.dir, () => {
    const current = readManifest(places.manifest);
    const next = withEnd(current && unsigned(current), run);
    if (!next || next.sequence === current?.sequence) return Promise.resolve();
    const { task, job, action, state, completedAt } = run;
    append(places, task, {
      sequence: next.sequence,
      ended: task,
      job,
      action,
      state,
      at: completedAt,
      manifest: digestOf(next),
    });
    writeWhole(places.manifest, storedForm(signManifest(next, key)), { mode: 0o644 });
    return Promise.resolve();
  });
}

/** What is highly sensitive is the agent's alone, whoever else may walk the workspace. */
export function closeHigh({ high }: Pick<WorkspacePlaces, 'high'>): void {
  mkdirSync(high, { recursive: true });
  chmodSync(high, 0o700);
}

/** One line per change, never edited. A repeated switch finds its line there. */
function remember(places: WorkspacePlaces, next: Manifest, run: SuccessfulRun): void {
  append(places, run.task, {
    sequence: next.sequence,
    task: run.task,
    job: run.job,
    action: run.action,
    at: run.completedAt,
    manifest: digestOf(next),
    outputs: Object.fromEntries(run.outputs.map((output) => [output.path, output.hash])),
  });
}

function append(places: WorkspacePlaces, task: string, entry: Record<string, unknown>): void {
  const lines = readIfThere(places.history) ?? '';
  if (lines.includes(`"task":"${task}"`) || lines.includes(`"ended":"${task}"`)) return;
  const line = JSON.stringify(entry);
  mkdirSync(path.dirname(places.history), { recursive: true });
  appendFileSync(places.history, `${closing(lines)}${line}\n`, { mode: 0o644, flush: true });
}

/** What goes before the next line: one that a crash cut in half is closed first, so that it cannot swallow this one. */
export const closing = (lines: string): string => (lines !== '' && !lines.endsWith('\n') ? '\n' : '');

function placeAll(
  places: WorkspacePlaces,
  manifest: Manifest,
  run: Pick<SuccessfulRun, 'job'>,
  store: Store,
): void {
  closeHigh(places);
  const outputs = Object.entries(manifest.outputs);
  // First: what is retired may stand where a new output goes.
  for (const [file, entry] of outputs) if (entry.out_of_date_output) retire(places, file, manifest);
  for (const [file, entry] of outputs)
    if (!entry.out_of_date_output && entry.job_id === run.job) placeOne(places, file, entry, manifest, store);
}

function placeOne(
  places: WorkspacePlaces,
  file: string,
  entry: ManifestEntry,
  manifest: Manifest,
  store: Store,
): void {
  const medium = path.join(places.medium, file);
  const explanation = `${file}.txt`;
  const mayExplain = manifest.outputs[explanation] === undefined;
  clearTheWay(places.high, file);
  store.place(entry.content_hash, path.join(places.high, file), { shared: true });
  if (entry.level === 'moderately_sensitive' && !entry.excluded) {
    clearTheWay(places.medium, file);
    store.place(entry.content_hash, medium, { shared: true });
    if (mayExplain) removeFile(path.join(places.medium, explanation));
    return;
  }
  removeFile(medium);
  // The reason stands in the manifest in any case; a declared output of that name keeps its place.
  if (entry.excluded && mayExplain) {
    clearTheWay(places.medium, explanation);
    const text = words.explanation(file, (entry.message ?? '').split('\n'));
    writeWhole(path.join(places.medium, explanation), text, { mode: 0o444, sync: false });
  }
}

/** Outputs that their action no longer makes leave both views; the manifest and the store keep them. */
function retire(places: WorkspacePlaces, file: string, manifest: Manifest): void {
  for (const root of [places.high, places.medium]) {
    removeFile(path.join(root, file));
    dropEmptyFolders(root, path.dirname(file));
  }
  const explanation = `${file}.txt`;
  if (!manifest.outputs[explanation]) removeFile(path.join(places.medium, explanation));
}

/** A folder of that name holds other outputs, and where a folder above is a file by now there is nothing to remove. */
function removeFile(place: string): void {
  try {
    if (lstatSync(place).isFile()) unlinkSync(place);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
  }
}

/** What was a file may now be a folder, and the other way round. */
function clearTheWay(root: string, file: string): void {
  const parts = path.dirname(file).split('/');
  for (let depth = 1; depth <= parts.length; depth += 1) {
    const folder = path.join(root, ...parts.slice(0, depth));
    if (existsSync(folder)) rmIfFile(folder);
  }
  mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
  const target = path.join(root, file);
  if (existsSync(target) && statSync(target).isDirectory()) rmSync(target, { recursive: true });
}

function rmIfFile(place: string): void {
  try {
    rmSync(place);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_FS_EISDIR' && code !== 'EISDIR' && code !== 'EPERM') throw error;
  }
}

function dropEmptyFolders(root: string, folder: string): void {
  for (let at = folder; at !== '.' && at !== ''; at = path.dirname(at)) {
    try {
      rmdirSync(path.join(root, at));
    } catch {
      return;
    }
  }
}
