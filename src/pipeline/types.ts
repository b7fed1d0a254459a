/**
 * What a `project.yaml` means.
 *
 * pipeline: the whole file · action: one step of it · output pattern: where an action's results
 * lie and how sensitive they are · diagnostic: one finding about the file, with its place.
 */

export const LEVELS = ['highly_sensitive', 'moderately_sensitive', 'minimally_sensitive'] as const;
export type Level = (typeof LEVELS)[number];

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** 1-based, as editors and GitHub annotations count. Columns count UTF-16 code units. */
export interface Position {
  line: number;
  column: number;
}

export interface OutputPattern {
  level: Level;
  name: string;
  /** Relative path; `*` stands for any run of characters but `/`. */
  pattern: string;
  at: Position;
}

export interface ImageName {
  name: string;
  /** As written: `v1`, `latest`, `dev`. */
  tag: string;
}

/** How an action was written shorter than it is. */
export interface Origin {
  /** The parts that it takes from `defaults`. */
  defaults?: string[];
  /** The name with its variables, and what they stand for here. */
  forEach?: { written: string; values: { [variable: string]: string } };
}

export interface Action {
  name: string;
  /** `run` as written; with the values of its variables and the image of the defaults, where it has them. */
  run: string;
  image: ImageName;
  /** The words after the image, split as a POSIX shell splits quotes; nothing is expanded. */
  args: string[];
  needs: string[];
  outputs: OutputPattern[];
  config?: { [key: string]: Json };
  dummyDataFile?: string;
  /** Populations and components that it uses, as governance names them. */
  permissions?: string[];
  /** Decided on the parsed words (reference 1.5). Only these get a database. */
  isDatabase: boolean;
  at: Position;
  /** Only for explaining: nothing depends on it. */
  origin?: Origin;
}

export interface Pipeline {
  version: number;
  /** File order, without `run_all`. */
  actions: Action[];
  /** Null from version 4. */
  populationSize: number | null;
  /** An action called `run_all`, let through before version 5: never run, only its image is counted. */
  ignored?: Action;
}

export interface Diagnostic {
  /** `P1` … `P33` from the reference, or `project.…` for Sallyport's stricter rules. */
  code: string;
  severity: 'error' | 'warning';
  line: number;
  column: number;
  endColumn?: number;
  message: string;
  /** What to write instead. */
  hint?: string;
}

export interface ProjectReading {
  /** Present exactly when there is no error. */
  pipeline?: Pipeline;
  diagnostics: Diagnostic[];
}

/** The latest uncancelled job of an action in one workspace. */
export interface PastJob {
  job: string;
  action: string;
  state: 'pending' | 'running' | 'succeeded' | 'failed';
}

export const REASONS = ['asked-for', 'never-run', 'failed-before', 'forced'] as const;
export type Reason = (typeof REASONS)[number];

export interface PlannedJob {
  action: string;
  why: Reason;
  /** Actions planned here, or already active, that must succeed first. */
  waitsFor: string[];
}

export interface Plan {
  /** Dependencies first. Empty means there is nothing to do. */
  jobs: PlannedJob[];
  /** Actions that were reached but will not run again, and why. */
  reused: { action: string; job: string; why: 'active' | 'succeeded' }[];
}

/** A job whose dependencies are done: it only waits for a slot. */
export interface ReadyJob {
  job: string;
  workspace: string;
  pool: 'general' | 'database';
  /** Share of a slot, > 0; 1 unless the backend says otherwise. */
  weight: number;
  /** Rising with creation; older jobs have lower numbers. */
  order: number;
}
