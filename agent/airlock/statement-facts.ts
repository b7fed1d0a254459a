/**
 * What the zone knows of how a file was made and reviewed, ready to be stated.
 *
 * Gather `MadeBy` when the file is added: the manifest moves on, the statement is about those bytes.
 */
import { matches } from '../../src/pipeline/pipeline.ts';
import type { Manifest } from '../store/manifest.ts';

/** The job behind one output, as the signed manifest tells it. Plain JSON: keep it with the copy. */
export interface MadeBy {
  job: string;
  jobRequest: string;
  action: string;
  /** Who asked for the run, by numeric id. */
  user: number;
  /** Address of the repository. */
  repo: string;
  commit: string;
  /** `name:version`, as in project.yaml. */
  image: string;
  /** What the container engine ran, `sha256:<64 hex>`; null when a process ran instead. */
  imageId: string | null;
  reusable: { repo: string; commit: string } | null;
  inputs: { action: string; path: string; sha256: string }[];
  finishedAt: number;
}

type Made = Pick<Manifest, 'outputs' | 'jobs'>;

/** Undefined when the manifest has no such output or has forgotten its job. */
export function madeBy(manifest: Made, path: string): MadeBy | undefined {
  const entry = Object.hasOwn(manifest.outputs, path) ? manifest.outputs[path] : undefined;
  const job = entry && Object.hasOwn(manifest.jobs, entry.job_id) ? manifest.jobs[entry.job_id] : undefined;
  if (!entry || !job) return undefined;
  return {
    job: entry.job_id,
    jobRequest: entry.job_request,
    action: entry.action,
    user: entry.user,
    repo: entry.repo,
    commit: entry.commit,
    image: job.image,
    imageId: job.image_id,
    reusable: job.reusable_action ?? null,
    inputs: job.inputs.map((input) => ({
      action: actionOf(manifest, input),
      path: input.path,
      sha256: input.content_hash,
    })),
    finishedAt: job.completed_at,
  };
}

/** By the job that made the input; by what stands under its path now when that job has gone. */
function actionOf(manifest: Made, input: { path: string; job_id: string }): string {
  return manifest.jobs[input.job_id]?.action ?? manifest.outputs[input.path]?.action ?? 'unknown';
}

export interface InputGroup {
  action: string;
  /** Null when project.yaml at the commit names none that matches. */
  pattern: string | null;
  files: { path: string; sha256: string }[];
}

/** Inputs under the patterns that project.yaml writes: what a wildcard matched is never named. */
export function inputGroups(
  inputs: MadeBy['inputs'],
  patternsOf: (action: string) => readonly string[],
): InputGroup[] {
  const groups = new Map<string, InputGroup>();
  for (const { action, path, sha256 } of inputs) {
    const pattern = patternsOf(action).find((each) => matches(each, path)) ?? null;
    const key = JSON.stringify([action, pattern]);
    const group = groups.get(key) ?? { action, pattern, files: [] };
    group.files.push({ path, sha256 });
    groups.set(key, group);
  }
  return [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

export interface StatedFile {
  path: string;
  /** Of the released bytes. */
  sha256: string;
  /** Other bytes than the job wrote: a picture without its metadata. */
  rewritten: boolean;
  madeBy: MadeBy;
  /** Patterns of an action in project.yaml at `madeBy.commit`. */
  patternsOf: (action: string) => readonly string[];
  /** Checkers whose approvals of these bytes count, at least two. */
  signers: readonly number[];
  /** Whether the automatic checks had something to say, which was then answered. */
  hints: boolean;
}

/** One batch, at the moment it leaves. */
export interface StatedRelease {
  release: string;
  request: string;
  batch: number;
  workspace: string;
  project: string;
  backend: string;
  repository: number;
  author: number;
  releasedAt: number;
  files: readonly StatedFile[];
  /** `deployment.base_url` of the governance repository. */
  deployment: string;
  policy: {
    commit: string;
    trust: 'hub' | 'zone';
    checkers: number;
    suppressAtOrBelow: number;
    roundTo: number;
  };
  limits: { cpus: number; memoryBytes: number; timeMs: number };
  checksVersion: string;
  /** Digest of an image that governance lists, `sha256:<64 hex>`, where the engine's own id is not known. */
  digestOfImage: (image: string) => string | undefined;
}
