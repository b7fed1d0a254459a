/**
 * What passes between hub and zone. Every message is a strict schema: an unknown field is refused,
 * and what must not cross has no field to cross in.
 *
 * task: one order to an agent · update: what became of it · poll: "which tasks are mine?"
 */
import { z } from 'zod';

export const PROTOCOL = 1;

export const id = z.string().regex(/^[a-z0-9]{16}$/);
export const sha = z.string().regex(/^[0-9a-f]{40}$/);
export const name = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/);
const login = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}$/);
const repoName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,100}$/)
  .refine((text) => text !== '.' && text !== '..');
/** A git branch without `refs/heads/`; checked as git does where it matters. */
export const branch = z
  .string()
  .min(1)
  .max(244)
  .regex(/^(?!.*(\.\.|@\{|\/\/|\.lock(\/|$)))[^\s~^:?*[\\\x00-\x1f\x7f-]?[^\s~^:?*[\\\x00-\x1f\x7f]*$/);
const time = z.int().min(0);

export const repository = z.strictObject({ id: z.int().positive(), owner: login, name: repoName });
export type Repository = z.infer<typeof repository>;

/** No command line, image, policy or privacy label: the zone derives those from the commit itself. */
export const runTask = z.strictObject({
  type: z.literal('run'),
  id,
  job: id,
  request: id,
  repository,
  branch,
  commit: sha,
  action: name,
  workspace: name,
  /** Numeric GitHub id of who asked. */
  requestedBy: z.int().positive(),
  /**
   * Earlier results may stand in for this run, on dummy data alone. Whether they do is found out in the zone: all that
   * the hub can say by this is that a run may be spared, or, by leaving it out, that it may not.
   */
  reuse: z.literal(true).optional(),
});
export const cancelTask = z.strictObject({ type: z.literal('cancel'), id, job: id, task: id });
export const task = z.discriminatedUnion('type', [runTask, cancelTask]);
export type Task = z.infer<typeof task>;
export type RunTask = z.infer<typeof runTask>;

/** A task as the hub signs it: for one agent of one backend, in order, for a limited time. */
export const signedTask = z.strictObject({ jws: z.string().max(8192) });
export const taskClaims = z.strictObject({
  protocol: z.literal(PROTOCOL),
  agent: name,
  backend: name,
  /** Rising per agent; the agent refuses a task id it knows under another content. */
  seq: z.int().min(1),
  iat: z.int(),
  exp: z.int(),
  task,
});
export type TaskClaims = z.infer<typeof taskClaims>;

export const pollRequest = z.strictObject({
  protocol: z.literal(PROTOCOL),
  /** Version of the list the agent holds; the answer waits until it differs. 0 asks at once. */
  seen: z.int().min(0),
  waitMs: z.int().min(0).max(120_000),
  /** False when the container engine does not answer: no new task is issued. */
  engine: z.boolean(),
  /** Number of the last freeze or lifting that was heard: the answer comes at once when there are later ones. */
  freezes: z.int().min(0).optional(),
  /** Since 1.1. It finishes what it has and wants nothing more; to an older hub `engine: false` says so. */
  draining: z.literal(true).optional(),
});
/** Signed, see freezes.ts. */
export const freezesTold = z.strictObject({ jws: z.string().max(65_536) });
export type PollRequest = z.infer<typeof pollRequest>;
export const pollAnswer = z.strictObject({
  version: z.int().min(0),
  tasks: z.array(signedTask).max(1000),
  freezes: freezesTold.optional(),
});
export type PollAnswer = z.infer<typeof pollAnswer>;

/** Stages in order; the last five are final. */
export const STAGES = ['preparing', 'prepared', 'executing', 'executed', 'finalizing'] as const;
export const ENDS = [
  'succeeded',
  'nonzero_exit',
  'unmatched_patterns',
  'prepare_failed',
  'timed_out',
  'interrupted',
  'job_error',
  'cancelled_by_user',
  /** The zone's own check said no: `refusal` names the rule, from a fixed list. */
  'refused_by_zone',
] as const;
export type Stage = (typeof STAGES)[number];
export type End = (typeof ENDS)[number];

/** Why the zone would not run or prepare a job: a fixed list, so nothing can be written into it. */
export const ZONE_REASONS = [
  'repository-not-in-project',
  'commit-not-on-branch',
  'commit-missing',
  'project-invalid',
  'action-unknown',
  'image-not-allowed',
  'image-missing',
  'image-not-by-digest',
  'person-not-permitted',
  'backend-not-permitted',
  'no-dataset-granted',
  'permission-not-granted',
  'workspace-archived',
  'database-unavailable',
  'input-missing',
  'disk-full',
  'git-unavailable',
  'governance-unavailable',
  'dummy-data-missing',
  'reusable-action-not-allowed',
  'too-many-attempts',
] as const;
export type ZoneReason = (typeof ZONE_REASONS)[number];

const updateCore = {
  task: id,
  job: id,
  at: time,
  /** Set once the program has started. */
  startedAt: time.optional(),
  finishedAt: time.optional(),
};
const ended = {
  reason: z.enum(ZONE_REASONS).optional(),
  outputsMissing: z.boolean().optional(),
  outputsWithheld: z.boolean().optional(),
  /** Only of a database job whose image governance lists as `exit_codes: trusted`; else the update is malformed. */
  exitCode: z.int().min(0).max(255).optional(),
};
/** Of a job on real data: a state from a fixed list, times, two booleans. Nothing else has a field. */
export const realUpdate = z.strictObject({ ...updateCore, state: z.enum([...STAGES, ...ENDS]), ...ended });
/** Why no earlier result could stand in. Names only of files of the repository at the commit, which the hub reads too. */
export const RAN_BECAUSE = [
  'never-run',
  'failed',
  'unknown',
  'command',
  'config',
  'outputs',
  'image',
  'code',
  'inputs',
  'missing',
] as const;
export const NAMED_CAUSES = 5;
/** A path without characters that nobody sees. */
export const shownPath = z
  .string()
  .max(300)
  .regex(/^[^\p{C}]+$/u);
const reuse = z.union([
  /** The commit and the request whose run made the results. */
  z.strictObject({ from: z.strictObject({ commit: sha, request: id }) }),
  z.strictObject({
    because: z
      .array(
        z.strictObject({
          kind: z.enum(RAN_BECAUSE),
          names: z.array(shownPath).max(NAMED_CAUSES).optional(),
        }),
      )
      .min(1)
      .max(RAN_BECAUSE.length),
  }),
]);
export type Reuse = z.infer<typeof reuse>;
/** Of a job on dummy data, outside the zone: also the end of the log, and whose results it reused or why none. */
export const dummyUpdate = z.strictObject({
  ...realUpdate.shape,
  exitCode: z.int().min(0).max(255).optional(),
  /** At most the last 50 lines; the hub fences and cleans it again. */
  logTail: z.string().max(20_000).optional(),
  reuse: reuse.optional(),
});
export type Update = z.infer<typeof dummyUpdate>;
/** What is still read of an update that may not be taken: which job it speaks of, and whether that is over. */
export const updateNames = z.object({ task: id, job: id, state: z.string() });
export const updateRequest = z.strictObject({
  protocol: z.literal(PROTOCOL),
  updates: z.array(z.unknown()).min(1).max(100),
});
/** Per update, in order: taken, or why not (`stale`, `unknown-task`, `malformed`). Repeats are `taken`. */
export const updateAnswer = z.strictObject({
  answers: z.array(z.enum(['taken', 'stale', 'unknown-task', 'malformed'])),
});

/**
 * All that a zone says of its database, never why. `unreachable`: no answer that could be read; `not-asked`: zone.yml
 * names no question.
 */
export const DATABASE_WORDS = ['available', 'maintenance', 'unreachable', 'not-asked'] as const;
export type DatabaseWord = (typeof DATABASE_WORDS)[number];

export const heartbeatRequest = z.strictObject({
  protocol: z.literal(PROTOCOL),
  engine: z.boolean(),
  version: z.string().regex(/^[A-Za-z0-9.+-]{1,40}$/),
  /** Governance commit the agent works by: lets the hub show that a zone lags behind. */
  governance: sha.optional(),
  /** Since 1.1. Left out until the first answer. */
  database: z.enum(DATABASE_WORDS).optional(),
});
export const heartbeatAnswer = z.strictObject({
  at: time,
  paused: z.boolean(),
  /** Since 1.1, sent to nobody older: how long after its last word the hub counts an agent as alive. */
  leaseMs: z.int().min(1000).max(600_000).optional(),
  /** Since 1.1. Version of the agent's list: a poll that has long not brought it hangs at a hub that stands still. */
  list: z.int().min(0).optional(),
});

/** Paths of the zone API on the hub; all are POST with a JSON body. */
export const ZONE_PATHS = {
  poll: '/zone/v1/tasks/poll',
  updates: '/zone/v1/tasks/updates',
  heartbeat: '/zone/v1/heartbeat',
  /** What operators did there, see deeds.ts. */
  deeds: '/zone/v1/deeds',
} as const;
