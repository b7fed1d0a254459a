/**
 * What runs a container: a port with two adapters (`docker`, `process`) and one contract suite.
 *
 * Life of a job: create → start → wait → log, exit → remove. Any call may come twice after a restart and
 * must then be harmless. `remove` does not mind what is already gone. Safe for parallel jobs. The
 * engine is the memory: `list` says what is there after a restart, nothing is kept in this process.
 * After a restart call `wait` for every running job: it also takes up the watch on time and disk again.
 *
 * What the engine answers with "no" is a refusal; `EngineLost` is thrown when it does not answer at all.
 * Refusals: `executor.image-missing`, `executor.image-volumes`, `executor.bad-spec` (from create), `executor.cannot-start` (from start).
 */
import type { Refusal } from '../../src/lib/refusal.ts';
import type { ImageLabels } from './image-labels.ts';

/** Never unlimited: every field is set from the backend's limits in governance. */
export interface JobLimits {
  cpus: number;
  memoryBytes: number;
  pids: number;
  /** Bytes the job may write below `workDir`: one file by the engine, their sum measured by the executor. */
  diskBytes: number;
  /** Wall clock, in milliseconds. */
  timeMs: number;
  /** Bytes of log kept; the rest is dropped with a line that says so. */
  logBytes: number;
}

export interface JobSpec {
  /** Job id: names and labels the container. `[a-z0-9]{16}`. */
  id: string;
  /** Task id, workspace, action: labels only, already validated. */
  labels: Record<string, string>;
  /** A digest (`name@sha256:…`) or, on dummy backends and the laptop, an image id or local name. Never pulled. */
  image: string;
  /** Words, passed as an argument array: no shell in between. */
  command: string[];
  /** Host folder mounted read-write at `/workspace`; owned by the job's user. */
  workDir: string;
  /** Host files mounted or linked read-only beneath `/workspace`, by relative path. Empty when the caller linked them itself. */
  readOnlyFiles: { path: string; source: string }[];
  environment: Record<string, string>;
  /** `none`, or the per-job network that agent/database/network.ts made. Never a shared or default network. */
  network: { kind: 'none' } | { kind: 'private'; name: string };
  limits: JobLimits;
  /** Non-root. */
  user: { uid: number; gid: number };
}

export interface JobExit {
  /** 0–255; as in a shell 127 also means that the program is not in the image, 126 that it cannot be run. */
  code: number;
  outOfMemory: boolean;
  /** The wall clock ran out and the executor stopped the job. */
  timedOut: boolean;
  /** The job wrote more than `limits.diskBytes` and the executor stopped it. */
  diskFull: boolean;
  /** `stop` was called while it ran. */
  stopped: boolean;
  /**
   * The engine or the machine was started anew and took it down. A program that kills itself, or is killed by
   * somebody on the host, is not told apart and has simply failed: a job must not be able to choose this.
   */
  interrupted: boolean;
  startedAt: number;
  finishedAt: number;
  /** What really ran, for the manifest: image id or digest. */
  imageId: string;
  /** What that image says of itself; of containers only. Stays in the zone. */
  imageLabels?: ImageLabels;
}

/** The engine did not answer, or its answer broke off. The job may well be running. */
export class EngineLost extends Error {
  constructor(doing: string, options?: ErrorOptions) {
    super(`the container engine was lost: ${doing}`, options);
    this.name = 'EngineLost';
  }
}

export type JobPhase = 'absent' | 'created' | 'running' | 'exited';

export interface Usage {
  cpuPercent: number;
  memoryBytes: number;
}

export interface Executor {
  readonly kind: 'docker' | 'process';
  /** False when the engine does not answer: the agent then reports `engine_down` and takes no task. */
  healthy(): Promise<boolean>;
  /** The digest or id under which the image is present, or undefined: images are never pulled implicitly. */
  findImage(image: string): Promise<string | undefined>;
  create(spec: JobSpec): Promise<Refusal | undefined>;
  start(id: string): Promise<Refusal | undefined>;
  phase(id: string): Promise<JobPhase>;
  /** Everything of ours the engine knows, running or not. */
  list(): Promise<{ id: string; phase: JobPhase; labels: Record<string, string> }[]>;
  /** Resolves when the job has ended, at once if it already has. Rejects only when the signal fires or the engine is lost. */
  wait(id: string, signal: AbortSignal): Promise<JobExit>;
  /**
   * Log so far, standard output and error interleaved with RFC 3339 timestamps, at most `limits.logBytes`; or only its
   * last lines, for whoever looks again and again.
   */
  log(id: string, lines?: number): Promise<string>;
  /** Undefined when the job does not run. */
  usage(id: string): Promise<Usage | undefined>;
  /** Ends the job within 2 s. */
  stop(id: string): Promise<void>;
  remove(id: string): Promise<void>;
}
