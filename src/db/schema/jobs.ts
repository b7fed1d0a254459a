/**
 * request: one `/run`, pinned to a sha · job: one action of it · need: a job waits for another ·
 * task: one order to an agent · workspace: where outputs gather, of one repository and branch.
 */
import { sql } from 'drizzle-orm';
import {
  bigserial,
  boolean,
  check,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { Json } from '../../pipeline/types.ts';
import type { Reuse } from '../../protocol/messages.ts';
import { githubId, ms, oneOf } from './columns.ts';

export const OUTCOMES = ['accepted', 'nothing_to_do', 'refused'] as const;
/** How a request can have ended; refused and nothing to do end at once. */
export const ENDED_AS = ['refused', 'nothing_to_do', 'succeeded', 'failed', 'cancelled'] as const;
export const PURPOSES = ['run', 'dummy'] as const;
export const NOTIFY = ['none', 'end', 'failure'] as const;
export const JOB_STATES = ['pending', 'running', 'succeeded', 'failed'] as const;
export const DATA_KINDS = ['real', 'dummy'] as const;
/** What an operator puts back into the queue, and why it waits there. */
export const RESET_CODES = ['waiting_on_new_task', 'waiting_on_reboot', 'waiting_on_db_maintenance'] as const;
/** What becomes of a job that was told to stop: it ends, by a person or by the operator; or it waits again. */
export const STOP_CODES = ['cancelled_by_user', 'killed_by_admin', ...RESET_CODES] as const;

/** Stored codes (reference 2.2). What a pending job waits for is not stored but derived when it is read. */
export const JOB_CODES = {
  pending: ['created', ...RESET_CODES],
  running: ['initiated', 'preparing', 'prepared', 'executing', 'executed', 'finalizing'],
  succeeded: ['succeeded'],
  failed: [
    'nonzero_exit',
    'unmatched_patterns',
    'prepare_failed',
    'timed_out',
    'job_error',
    'internal_error',
    'killed_by_admin',
    'cancelled_by_user',
    'dependency_failed',
    'refused_by_zone',
    'access_ended',
  ],
} as const;

const ACTIVE = sql.raw(`('pending', 'running')`);

export const jobRequests = pgTable(
  'job_requests',
  {
    id: text().primaryKey(),
    seq: bigserial({ mode: 'number' }).notNull(),
    repositoryId: githubId().notNull(),
    owner: text().notNull(),
    name: text().notNull(),
    branch: text().notNull(),
    commit: text().notNull(),
    backend: text().notNull(),
    /** None when the request was refused before one was needed. */
    workspace: text(),
    project: text(),
    requestedBy: githubId().notNull(),
    requestedByLogin: text().notNull(),
    /** As asked for: action names, or `run_all`. */
    actions: jsonb().$type<string[]>().notNull(),
    force: boolean().notNull(),
    codelistsOk: boolean().notNull(),
    purpose: text({ enum: PURPOSES }).notNull(),
    notify: text({ enum: NOTIFY }).notNull(),
    /** Where it came from (comment, button, push), as the github room wrote it. */
    origin: jsonb().$type<Json>().notNull(),
    outcome: text({ enum: OUTCOMES }).notNull(),
    refusal: jsonb().$type<{ code: string; says: string; next: string }>(),
    /** Actions that were reached but not run again (the first 200). */
    reused: jsonb().$type<{ action: string; job: string; why: 'active' | 'succeeded' }[]>().notNull(),
    jobCount: integer().notNull(),
    /** Over everything that makes it the same request: the same id with another digest is refused. */
    digest: text().notNull(),
    policyCommit: text(),
    createdAt: ms().notNull(),
    /** Set when the last of its jobs has ended. */
    completedAt: ms(),
    /** What became of it as a whole; null while a job of it waits or runs. */
    endedAs: text({ enum: ENDED_AS }),
  },
  (table) => [
    // The public record is read by pages of these, newest first.
    index('job_requests_seq').on(table.seq),
    index('job_requests_project').on(table.project, table.seq),
    index('job_requests_person').on(table.requestedBy, table.seq),
    index('job_requests_backend').on(table.backend, table.seq),
    index('job_requests_ended').on(table.endedAs, table.seq),
    index('job_requests_created').on(table.createdAt),
    index('job_requests_by_id').on(table.id.op('text_pattern_ops')),
    index('job_requests_by_commit').on(table.commit.op('text_pattern_ops')),
    index('job_requests_repository').on(table.repositoryId, table.branch, table.seq),
    index('job_requests_workspace').on(table.workspace, table.seq),
    index('job_requests_commit').on(table.repositoryId, table.commit),
    index('job_requests_open')
      .on(table.repositoryId)
      .where(sql`${table.completedAt} is null`),
    check('job_requests_id', sql`${table.id} ~ '^[a-z0-9]{16}$'`),
    check('job_requests_outcome', oneOf(table.outcome, OUTCOMES)),
    check('job_requests_ended_as', oneOf(table.endedAs, ENDED_AS)),
    check('job_requests_purpose', oneOf(table.purpose, PURPOSES)),
    check('job_requests_refusal', sql`(${table.outcome} = 'refused') = (${table.refusal} is not null)`),
  ],
);

export const jobs = pgTable(
  'jobs',
  {
    id: text().primaryKey(),
    /** Rising with creation: what "oldest" means. */
    seq: bigserial({ mode: 'number' }).notNull(),
    request: text()
      .notNull()
      .references(() => jobRequests.id),
    backend: text().notNull(),
    /** What the backend held when the job was made: it decides for good what may be kept of the job. */
    data: text({ enum: DATA_KINDS }).notNull(),
    workspace: text().notNull(),
    action: text().notNull(),
    /** `run` as written, for the public record; the zone reads its own from the commit. */
    run: text().notNull(),
    image: text(),
    pool: text({ enum: ['general', 'database'] }).notNull(),
    weight: doublePrecision().notNull(),
    why: text().notNull(),
    /** The newest uncancelled job of its action in its workspace: what a plan starts from. */
    latest: boolean().notNull(),
    state: text({ enum: JOB_STATES }).notNull(),
    code: text().notNull(),
    /** From a fixed list: ZONE_REASONS, and with `access_ended` the code of a refusal. */
    reason: text(),
    /** How many of its needs have not succeeded yet. */
    unmet: integer().notNull().default(0),
    attempts: integer().notNull().default(0),
    /** Attempts that an operator ended: they do not count against it. */
    resets: integer().notNull().default(0),
    /** A retry is not started before this time. */
    notBefore: ms().notNull().default(0),
    createdAt: ms().notNull(),
    startedAt: ms(),
    completedAt: ms(),
    updatedAt: ms().notNull(),
    programStartedAt: ms(),
    programFinishedAt: ms(),
    outputsMissing: boolean(),
    outputsWithheld: boolean(),
    /** Dummy data, or a database image whose exit codes governance trusts. */
    exitCode: integer(),
    /** Dummy data only. */
    logTail: text(),
    /** Of dummy runs of a push: whose results stood in for a run of its own, or why none did. */
    reuse: jsonb().$type<Reuse>(),
    cancelRequestedAt: ms(),
    /** As what it ends once its container has gone; the first who asked decides. */
    stopCode: text({ enum: STOP_CODES }),
    cancelledBy: githubId(),
  },
  (table) => [
    uniqueIndex('jobs_one_active')
      .on(table.backend, table.workspace, table.action)
      .where(sql`${table.state} in ${ACTIVE}`),
    uniqueIndex('jobs_latest')
      .on(table.backend, table.workspace, table.action)
      .where(sql`${table.latest}`),
    index('jobs_history').on(table.backend, table.workspace, table.action, table.seq),
    index('jobs_ready')
      .on(table.backend, table.pool, table.workspace, table.seq)
      .where(sql`${table.state} = 'pending' and ${table.unmet} = 0`),
    // Few wait for a time of theirs, however many are ready.
    index('jobs_retry')
      .on(table.backend, table.notBefore)
      .where(sql`${table.state} = 'pending' and ${table.unmet} = 0 and ${table.notBefore} > 0`),
    index('jobs_running')
      .on(table.backend)
      .where(sql`${table.state} = 'running'`),
    index('jobs_request').on(table.request, table.seq),
    index('jobs_request_open')
      .on(table.request)
      .where(sql`${table.state} in ${ACTIVE}`),
    check('jobs_id', sql`${table.id} ~ '^[a-z0-9]{16}$'`),
    check(
      'jobs_state_code',
      sql.join(
        JOB_STATES.map(
          (state) =>
            sql`(${table.state} = ${sql.raw(`'${state}'`)} and ${oneOf(table.code, JOB_CODES[state])})`,
        ),
        sql` or `,
      ),
    ),
    check(
      'jobs_completed',
      sql`(${table.completedAt} is not null) = (${table.state} in ('succeeded', 'failed'))`,
    ),
    check('jobs_data', oneOf(table.data, DATA_KINDS)),
    check(
      'jobs_exit_code',
      sql`${table.exitCode} is null or ${table.data} = 'dummy' or ${table.pool} = 'database'`,
    ),
    check('jobs_log_tail', sql`${table.logTail} is null or ${table.data} = 'dummy'`),
    check('jobs_reuse', sql`${table.reuse} is null or ${table.data} = 'dummy'`),
    check('jobs_stop_code', oneOf(table.stopCode, STOP_CODES)),
    check('jobs_stopped', sql`(${table.cancelRequestedAt} is null) = (${table.stopCode} is null)`),
    check('jobs_cancelled_is_not_latest', sql`not (${table.latest} and ${table.code} = 'cancelled_by_user')`),
    check('jobs_started', sql`${table.state} <> 'running' or ${table.startedAt} is not null`),
    check('jobs_resets', sql`${table.resets} >= 0 and ${table.resets} <= ${table.attempts}`),
    check('jobs_unmet', sql`${table.unmet} >= 0`),
    check('jobs_weight', sql`${table.weight} > 0`),
  ],
);

export const jobNeeds = pgTable('job_needs', { job: text().notNull(), needs: text().notNull() }, (table) => [
  primaryKey({ columns: [table.job, table.needs] }),
  index('job_needs_reverse').on(table.needs),
]);

export const tasks = pgTable(
  'tasks',
  {
    /** A hash of job, attempt and type: the same order cannot be given twice. */
    id: text().primaryKey(),
    type: text({ enum: ['run', 'cancel'] }).notNull(),
    job: text().notNull(),
    /** Of a cancel task: the run task it stops. */
    stops: text(),
    backend: text().notNull(),
    agent: text().notNull(),
    /** Rising per agent. */
    seq: githubId().notNull(),
    state: text({ enum: ['active', 'done'] }).notNull(),
    /** How it ended, so that a repeated report is recognised. */
    ended: text(),
    /** The agent's time of the last report that was taken. */
    lastAt: ms().notNull().default(0),
    createdAt: ms().notNull(),
    doneAt: ms(),
    /** When its agent may first have read it. Null: nobody can have, so that another may still get it. 0: not known. */
    shownAt: ms().default(0),
  },
  (table) => [
    uniqueIndex('tasks_one_run')
      .on(table.job)
      .where(sql`${table.type} = 'run' and ${table.state} = 'active'`),
    index('tasks_active')
      .on(table.backend, table.agent, table.seq)
      .where(sql`${table.state} = 'active'`),
    index('tasks_job').on(table.job),
    unique('tasks_seq').on(table.backend, table.agent, table.seq),
    check('tasks_state', sql`${table.state} in ('active', 'done')`),
    check('tasks_type', sql`${table.type} in ('run', 'cancel')`),
    check('tasks_stops', sql`(${table.type} = 'cancel') = (${table.stops} is not null)`),
  ],
);

export const workspaces = pgTable(
  'workspaces',
  {
    name: text().primaryKey(),
    repositoryId: githubId().notNull(),
    branch: text().notNull(),
    /** Made by somebody's command: what it is for, who is told of its requests by default, and by whom. */
    purpose: text(),
    notify: text({ enum: ['none', 'end', 'failure'] }),
    createdBy: githubId(),
    createdAt: ms().notNull(),
  },
  (table) => [unique('workspaces_branch').on(table.repositoryId, table.branch)],
);

/** The first agent that takes a job of a workspace keeps it: the outputs lie on its disk. */
export const workspaceAgents = pgTable(
  'workspace_agents',
  { backend: text().notNull(), workspace: text().notNull(), agent: text().notNull(), since: ms().notNull() },
  (table) => [primaryKey({ columns: [table.backend, table.workspace] })],
);
