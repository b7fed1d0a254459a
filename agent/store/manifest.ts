/**
 * What a workspace holds: one file, written only by the agent, signed, replaced in one step. Outputs change
 * only by a run that succeeded; how the last run of each action ended, and its log, by every run. Composing is pure; the bytes in `high/` and `medium/` follow from it.
 */
import { sign, type KeyObject } from 'node:crypto';
import { canonicalJson } from '../../src/lib/canonical.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { readJson } from './durable.ts';
import type { Level } from '../../src/pipeline/types.ts';
import type { End } from '../../src/protocol/messages.ts';

/** The repository of a reusable action, and the commit its tag stood for. */
export interface ReusableCode {
  repo: string;
  commit: string;
}

export interface Input {
  path: string;
  hash: string;
  level: Level;
  /** Job that made it. */
  job: string;
}

export interface OutputFile {
  path: string;
  level: Level;
  hash: string;
  size: number;
  /** Modification time, in milliseconds. */
  at: number;
  /** Withheld from medium privacy, and why. */
  excluded: boolean;
  message?: string;
  rows?: number;
  columns?: number;
}

export interface ManifestEntry {
  level: Level;
  job_id: string;
  job_request: string;
  action: string;
  /** Numeric GitHub id of who asked. */
  user: number;
  repo: string;
  commit: string;
  size: number;
  timestamp: number;
  content_hash: string;
  excluded: boolean;
  message: string | null;
  row_count: number | null;
  col_count: number | null;
  /** The action is no longer in project.yaml; reversible. */
  out_of_date_action?: true;
  /** The action ran again and did not make this file; or an operator removed it. */
  out_of_date_output?: true;
  /** When an operator took its bytes off the disk, in milliseconds: they are not in the store. */
  removed_at?: number;
}

/** What went into a job whose outputs stand here. */
export interface ManifestJob {
  task_id: string;
  action: string;
  commit: string;
  image: string;
  image_id: string | null;
  reusable_action?: ReusableCode;
  /** On dummy data: nothing was run, the results are those of this commit. */
  reused_from?: string;
  inputs: { path: string; content_hash: string; job_id: string }[];
  completed_at: number;
}

/** What may be viewed of a run's log, in `medium/`; its path is `metadata/<action>.log`. */
export interface RunLog {
  path: string;
  content_hash: string;
  size: number;
}

/** How the last run of an action ended, whether it left outputs or not. */
export interface ManifestRun {
  task_id: string;
  job_id: string;
  job_request: string;
  /** Numeric GitHub id of who asked. */
  user: number;
  commit: string;
  state: End;
  completed_at: number;
  /** Absent when the run was refused before there was anything to log. */
  log?: RunLog;
  /** The action is no longer in project.yaml; reversible. */
  out_of_date_action?: true;
}

export interface Manifest {
  workspace: string;
  repo: string;
  /** Numeric id of the repository; manifests written before the airlock came have none. */
  repository?: number;
  branch?: string;
  /** Counts changes; with `previous`, the hash of the manifest before, it orders the history. */
  sequence: number;
  previous: string | null;
  outputs: Record<string, ManifestEntry>;
  jobs: Record<string, ManifestJob>;
  /** By action; manifests written before logs were signed have none. */
  runs?: Record<string, ManifestRun>;
}

export interface SignedManifest extends Manifest {
  signature: { key: string; value: string };
}

export interface SuccessfulRun {
  task: string;
  job: string;
  request: string;
  workspace: string;
  action: string;
  user: number;
  repo: string;
  repository?: number;
  branch?: string;
  commit: string;
  image: string;
  imageId: string | null;
  reusable?: ReusableCode;
  /** Commit of the run whose results these are, when nothing was run. */
  reusedFrom?: string;
  inputs: readonly Input[];
  outputs: readonly OutputFile[];
  /** Actions in project.yaml at the commit. */
  actions: readonly string[];
  completedAt: number;
  log?: RunLog;
}

/** Any run that is over; of one that was refused before its plan was made, what the task says. */
export type EndedRun = Pick<
  SuccessfulRun,
  | 'task'
  | 'job'
  | 'request'
  | 'workspace'
  | 'action'
  | 'user'
  | 'repo'
  | 'repository'
  | 'branch'
  | 'commit'
  | 'completedAt'
  | 'log'
> & { state: End };

/** The manifest after a run. A run that is already in it changes nothing. */
export function withRun(current: Manifest | undefined, run: SuccessfulRun): Manifest {
  if (current?.jobs[run.job]?.task_id === run.task) return current;
  // Without a prototype: a file may be called `__proto__`.
  const outputs = Object.create(null) as Record<string, ManifestEntry>;
  const made = new Set(run.outputs.map((output) => output.path));
  const actions = new Set(run.actions);
  for (const [path, entry] of Object.entries(current?.outputs ?? {})) {
    if (!made.has(path)) outputs[path] = dated(entry, run, actions);
  }
  for (const output of run.outputs) outputs[output.path] = entryOf(output, run);
  return {
    workspace: run.workspace,
    repo: run.repo,
    ...(run.repository === undefined ? {} : { repository: run.repository, branch: run.branch }),
    sequence: (current?.sequence ?? 0) + 1,
    previous: current ? digestOf(current) : null,
    outputs,
    jobs: { ...stillNamed(current, outputs), [run.job]: jobOf(run) },
    runs: { ...datedRuns(current, actions), [run.action]: runOf({ ...run, state: 'succeeded' }) },
  };
}

/** The manifest after a run that changed no output. One that is already in it changes nothing. */
export function withEnd(current: Manifest | undefined, run: EndedRun): Manifest | undefined {
  const before = current?.runs?.[run.action];
  const now = runOf(run);
  if (before && canonicalJson(before) === canonicalJson(now)) return current;
  // Nothing to view and nothing there: no workspace comes of a run that was refused.
  if (!current && !run.log) return undefined;
  return {
    ...(current ?? {
      workspace: run.workspace,
      repo: run.repo,
      ...(run.repository === undefined ? {} : { repository: run.repository, branch: run.branch }),
      outputs: {},
      jobs: {},
    }),
    sequence: (current?.sequence ?? 0) + 1,
    previous: current ? digestOf(current) : null,
    runs: { ...current?.runs, [run.action]: now },
  };
}

function runOf(run: EndedRun): ManifestRun {
  return {
    task_id: run.task,
    job_id: run.job,
    job_request: run.request,
    user: run.user,
    commit: run.commit,
    state: run.state,
    completed_at: run.completedAt,
    ...(run.log ? { log: run.log } : {}),
  };
}

function datedRuns(current: Manifest | undefined, actions: ReadonlySet<string>): Record<string, ManifestRun> {
  return Object.fromEntries(
    Object.entries(current?.runs ?? {}).map(([action, { out_of_date_action: _was, ...kept }]) => [
      action,
      actions.has(action) ? kept : { ...kept, out_of_date_action: true as const },
    ]),
  );
}

function dated(entry: ManifestEntry, run: SuccessfulRun, actions: ReadonlySet<string>): ManifestEntry {
  const { out_of_date_action: _was, ...kept } = entry;
  const gone = !actions.has(entry.action);
  return {
    ...kept,
    ...(gone ? { out_of_date_action: true as const } : {}),
    ...(entry.action === run.action ? { out_of_date_output: true as const } : {}),
  };
}

function entryOf(output: OutputFile, run: SuccessfulRun): ManifestEntry {
  return {
    level: output.level,
    job_id: run.job,
    job_request: run.request,
    action: run.action,
    user: run.user,
    repo: run.repo,
    commit: run.commit,
    size: output.size,
    timestamp: output.at,
    content_hash: output.hash,
    excluded: output.excluded,
    message: output.message ?? null,
    row_count: output.rows ?? null,
    col_count: output.columns ?? null,
  };
}

function jobOf(run: SuccessfulRun): ManifestJob {
  return {
    task_id: run.task,
    action: run.action,
    commit: run.commit,
    image: run.image,
    image_id: run.imageId,
    ...(run.reusable ? { reusable_action: run.reusable } : {}),
    ...(run.reusedFrom === undefined ? {} : { reused_from: run.reusedFrom }),
    inputs: run.inputs.map(({ path, hash, job }) => ({ path, content_hash: hash, job_id: job })),
    completed_at: run.completedAt,
  };
}

function stillNamed(
  current: Manifest | undefined,
  outputs: Record<string, ManifestEntry>,
): Record<string, ManifestJob> {
  const named = new Set(Object.values(outputs).map((entry) => entry.job_id));
  return Object.fromEntries(Object.entries(current?.jobs ?? {}).filter(([job]) => named.has(job)));
}

/** What an action may read: the present outputs of these actions. */
export function inputsFrom(manifest: Manifest | undefined, needs: readonly string[]): Input[] {
  return Object.entries(manifest?.outputs ?? {})
    .filter(([, entry]) => needs.includes(entry.action) && !entry.out_of_date_output)
    .map(asInput);
}

export const asInput = ([path, entry]: [path: string, entry: ManifestEntry]): Input => ({
  path,
  hash: entry.content_hash,
  level: entry.level,
  job: entry.job_id,
});

/** SHA-256 of the canonical form, without the signature. */
export function digestOf(manifest: Manifest): string {
  return sha256(canonicalJson(unsigned(manifest)));
}

export function signManifest(
  manifest: Manifest,
  key: { privateKey: KeyObject; publicText: string },
): SignedManifest {
  const body = unsigned(manifest);
  const value = sign(null, Buffer.from(canonicalJson(body)), key.privateKey).toString('base64url');
  return { ...body, signature: { key: key.publicText, value } };
}

/** As it is stored: canonical, so that who verifies it need not make that form again. */
export function storedForm(manifest: SignedManifest): string {
  return `${canonicalJson(manifest)}\n`;
}

export function unsigned(manifest: Manifest & { signature?: unknown }): Manifest {
  const { signature: _signature, ...body } = manifest;
  return body;
}

export function readManifest(file: string): SignedManifest | undefined {
  return readJson(file) as SignedManifest | undefined;
}
