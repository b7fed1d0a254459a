/**
 * What came from GitHub and what must go there.
 *
 * inbox: one row per delivery, by its GUID · outbox: "this subject changed, show it" · github
 * objects: what Sallyport made on GitHub, found again by a key of its own · pushes: heads that were
 * checked · repositories: where the App is installed.
 */
import { sql } from 'drizzle-orm';
import {
  bigserial,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { Json } from '../../pipeline/types.ts';
import { githubId, ms } from './columns.ts';

export const inbox = pgTable(
  'inbox',
  {
    guid: text().primaryKey(),
    event: text().notNull(),
    /** The raw body: parsed by the worker, so that a malformed one is kept and answered 202 too. */
    payload: text().notNull(),
    state: text({ enum: ['received', 'working', 'done', 'failed', 'parked'] })
      .notNull()
      .default('received'),
    attempts: integer().notNull().default(0),
    nextAttemptAt: ms().notNull().default(0),
    /** While `working`: when another worker may take it, the first having died. */
    claimedUntil: ms(),
    /** Rises with every claim and never falls: whoever holds an older one has lost it. */
    lease: githubId().notNull().default(0),
    lastError: text(),
    receivedAt: ms().notNull(),
    doneAt: ms(),
    /** Deliveries of one repository are handled one after another. */
    repositoryId: githubId(),
  },
  (table) => [
    index('inbox_open')
      .on(table.nextAttemptAt)
      .where(sql`${table.state} in ('received', 'working', 'failed')`),
    index('inbox_repository_open')
      .on(table.repositoryId, table.receivedAt)
      .where(sql`${table.state} in ('received', 'working', 'failed')`),
    // One delivery of a repository at a time, whichever hub has it.
    uniqueIndex('inbox_one_working')
      .on(table.repositoryId)
      .where(sql`${table.state} = 'working'`),
    check('inbox_state', sql`${table.state} in ('received', 'working', 'done', 'failed', 'parked')`),
  ],
);

export const outbox = pgTable(
  'outbox',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    topic: text().notNull(),
    subject: text().notNull(),
    payload: jsonb().$type<Json>().notNull().default(null),
    state: text({ enum: ['pending', 'sending', 'done', 'parked'] })
      .notNull()
      .default('pending'),
    attempts: integer().notNull().default(0),
    notBefore: ms().notNull().default(0),
    /** While `sending`: when another sender may take it, the first having died. */
    claimedUntil: ms(),
    /** As in the inbox. */
    lease: githubId().notNull().default(0),
    lastError: text(),
    createdAt: ms().notNull(),
    doneAt: ms(),
  },
  (table) => [
    // Coalescing: of one subject at most one news is waiting; what is being sent may be followed by one more.
    uniqueIndex('outbox_one_pending')
      .on(table.topic, table.subject)
      .where(sql`${table.state} = 'pending'`),
    index('outbox_open')
      .on(table.notBefore, table.id)
      .where(sql`${table.state} in ('pending', 'sending')`),
    // And at most one is being sent, so that an older state never overwrites a newer one.
    uniqueIndex('outbox_one_sending')
      .on(table.topic, table.subject)
      .where(sql`${table.state} = 'sending'`),
    check('outbox_state', sql`${table.state} in ('pending', 'sending', 'done', 'parked')`),
  ],
);

export const githubObjects = pgTable(
  'github_objects',
  {
    /** Sallyport's own name for it, such as `check:<request>` or `comment:<request>`. */
    key: text().primaryKey(),
    kind: text().notNull(),
    repositoryId: githubId().notNull(),
    /** Numeric id on GitHub (check run, comment …). */
    githubId: githubId(),
    /** Issue or pull request number. */
    number: githubId(),
    externalId: text(),
    /** Digest of what was last written, so that the same thing is not written twice. */
    shown: text(),
    data: jsonb().$type<Json>(),
    updatedAt: ms().notNull(),
  },
  (table) => [index('github_objects_found').on(table.repositoryId, table.kind, table.githubId)],
);

export const pushes = pgTable(
  'pushes',
  {
    repositoryId: githubId().notNull(),
    branch: text().notNull(),
    sha: text().notNull(),
    before: text(),
    pusherId: githubId(),
    /** Conclusions and annotations of the checks, as the github room keeps them. */
    checks: jsonb().$type<Json>().notNull().default({}),
    at: ms().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.repositoryId, table.branch, table.sha] }),
    index('pushes_latest').on(table.repositoryId, table.branch, table.at),
    index('pushes_sha').on(table.repositoryId, table.sha),
  ],
);

export const repositories = pgTable(
  'repositories',
  {
    id: githubId().primaryKey(),
    owner: text().notNull(),
    name: text().notNull(),
    installationId: githubId().notNull(),
    suspended: boolean().notNull().default(false),
    private: boolean().notNull(),
    defaultBranch: text(),
    /** Set when the repository or the installation has gone. */
    removedAt: ms(),
    updatedAt: ms().notNull(),
  },
  (table) => [index('repositories_name').on(table.owner, table.name)],
);
