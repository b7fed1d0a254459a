/**
 * task: one order of the hub, verified · run: what this agent does for one task · plan: what the task
 * means, derived in the zone from `project.yaml` at the commit · marker: the plan on disk, written when
 * the folder is ready · metadata: the end of a run, written last · manifest: what a workspace holds.
 */
import type { OutputPattern } from '../../src/pipeline/types.ts';
import type { End, Reuse, RunTask, ZoneReason } from '../../src/protocol/messages.ts';
import type { JobLimits } from '../executor/executor.ts';
import type { ImageLabels } from '../executor/image-labels.ts';
import type { Input, OutputFile, ReusableCode } from '../store/manifest.ts';
import type { ModerateLimits } from './moderate.ts';

export type { Input, OutputFile, ReusableCode };

export interface Checkout {
  owner: string;
  name: string;
  /** Folder of the bare mirror; unique per repository. */
  mirror: string;
  commit: string;
}

export interface RunPlan {
  /**
   * `container`; `dummy-file`: a database action on dummy data only copies a file of the repository; `reused`: the
   * results of an earlier run on dummy data stand in.
   */
  kind: 'container' | 'dummy-file' | 'reused';
  /** Address of the research repository, without an end. */
  repo: string;
  /** Its files are laid out in the job's folder: the research repository, or a reusable action's. */
  checkout: Checkout;
  /** Whose code runs, when it is a reusable action's: also in the manifest. */
  reusable?: ReusableCode;
  /** `name:tag` as written in project.yaml. */
  image: string;
  /** Digest or id that the executor is given. Empty for `dummy-file`. */
  imageRef: string;
  /** Whether the exit code may leave the zone. */
  exitCodeTrusted: boolean;
  command: string[];
  needs: string[];
  outputs: Pick<OutputPattern, 'level' | 'pattern'>[];
  /** Actions of the pipeline at this commit: outputs of others are out of date. */
  actions: string[];
  dummyDataFile?: string;
  /** Of a query that is run on invented rows of tables that the study has not pinned: those of governance. */
  tables?: string;
  /** Only of database actions on real data: the datasets granted to the project. */
  datasets?: string[];
  /** Of the same: populations and components that it names, all of them granted. */
  permissions?: string[];
  /** True when zone.yml and governance both say dummy: only then may the end of the log leave. */
  outwardLog: boolean;
  limits: JobLimits;
  moderate: ModerateLimits;
  /** Governance commit it was derived by. */
  governance: string;
}

/** State of a file before the job ran: what has changed since was made by the job. */
export interface Before {
  ino: string;
  size: number;
  mtimeNs: string;
  ctimeNs: string;
  /** Git blob id of a checked-out file; absent for an input, whose bytes cannot change. */
  blob?: string;
}
export type Baseline = Record<string, Before>;

/** Results that stand in for a run: which run made them, and what it left. */
export interface Reused {
  commit: string;
  request: string;
  files: OutputFile[];
  imageId?: string;
}

export interface Marker {
  task: RunTask;
  plan: RunPlan;
  inputs: Input[];
  /** Of a plan of that kind. */
  reused?: Reused;
  /** Why no earlier result could stand in; absent where none was looked for. */
  because?: Extract<Reuse, { because: unknown }>['because'];
  /** Sentences for the log about files of the repository that were left out. */
  notes: string[];
  preparedAt: number;
}

export interface Refusal {
  path: string;
  why: string;
}

/** Of one run; written whole when it has ended, never changed. */
export interface Metadata extends ImageLabels {
  task_id: string;
  job_definition_id: string;
  job_definition_rap_id: string;
  workspace: string;
  action: string;
  state: End;
  reason?: ZoneReason;
  status_message: string;
  hint: string;
  created_at: number;
  started_at?: number;
  completed_at: number;
  user: number;
  repo: string;
  commit: string;
  reusable_action?: ReusableCode;
  docker_image_id?: string;
  expected_image_id?: string;
  exit_code?: string;
  oom_killed: boolean;
  cancelled: boolean;
  outputs: OutputFile[];
  refused_files: Refusal[];
  unmatched_patterns: string[];
  unmatched_outputs: string[];
  level4_excluded_files: Record<string, string>;
  inputs: Input[];
  /** What this run may say outside the zone about itself, decided when it ended. */
  outward: {
    state: End;
    reason?: ZoneReason;
    exitCode?: number;
    logTail?: string;
    outputsMissing: boolean;
    outputsWithheld: boolean;
    reuse?: Reuse;
  };
  job_metrics: Record<string, number>;
  governance?: string;
}
