/**
 * The hub's side of releases.
 *
 * order: what a person asked on GitHub, for one airlock · shown: the copy of a request that may be shown ·
 * step: one entry of it · release: files that two checkers let out, with their bytes · sign-in: a viewer
 * session that waits for its person
 */
import { sql } from 'drizzle-orm';
import {
  check,
  customType,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
} from 'drizzle-orm/pg-core';
import type { Envelope, ReleaseFile, ReviewDeed, ShownRequest } from '../../protocol/airlock.ts';
import { githubId, ms } from './columns.ts';

const bytea = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });

export const ORDER_STATES = ['waiting', 'done', 'refused', 'expired'] as const;

export const airlocks = pgTable(
  'airlocks',
  {
    backend: text().notNull(),
    id: text().notNull(),
    /** Null until it has called: orders may wait for it already. */
    lastSeenAt: ms(),
    version: text(),
    /** Governance commit it works by. */
    governance: text(),
    /** Number of the last order given to it. */
    orderSeq: githubId().notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.backend, table.id] })],
);

export const airlockOrders = pgTable(
  'airlock_orders',
  {
    id: text().primaryKey(),
    backend: text().notNull(),
    airlock: text().notNull(),
    /** Rising per airlock. */
    seq: githubId().notNull(),
    actor: githubId().notNull(),
    request: text().notNull(),
    deed: jsonb().$type<ReviewDeed>().notNull(),
    state: text({ enum: ORDER_STATES }).notNull().default('waiting'),
    code: text(),
    createdAt: ms().notNull(),
    /** When it was handed out first: from then on the airlock may have done it. */
    handedAt: ms(),
    answeredAt: ms(),
  },
  (table) => [
    unique('airlock_orders_seq').on(table.backend, table.airlock, table.seq),
    index('airlock_orders_waiting')
      .on(table.backend, table.airlock, table.seq)
      .where(sql`${table.state} = 'waiting'`),
    index('airlock_orders_request').on(table.request),
    check('airlock_orders_state', sql`${table.state} in ('waiting', 'done', 'refused', 'expired')`),
    check(
      'airlock_orders_code',
      sql`(${table.code} is not null) = (${table.state} in ('refused', 'expired'))`,
    ),
    check('airlock_orders_answered', sql`(${table.answeredAt} is null) = (${table.state} = 'waiting')`),
  ],
);

export const shownRequests = pgTable(
  'shown_requests',
  {
    id: text().primaryKey(),
    backend: text().notNull(),
    airlock: text().notNull(),
    /** Of the zone's record: larger after each restore from a backup. */
    epoch: githubId().notNull().default(0),
    version: githubId().notNull(),
    workspace: text().notNull(),
    project: text().notNull(),
    /** The study's repository, as this hub knows it by the workspace. */
    repositoryId: githubId().notNull(),
    state: text().notNull(),
    createdAt: ms().notNull(),
    /** The newest version, without its steps. */
    shown: jsonb().$type<Omit<ShownRequest, 'events'>>().notNull(),
    updatedAt: ms().notNull(),
  },
  (table) => [
    index('shown_requests_repository').on(table.repositoryId, table.createdAt),
    index('shown_requests_project').on(table.project, table.createdAt),
    index('shown_requests_workspace').on(table.workspace, table.createdAt),
    index('shown_requests_state').on(table.state),
  ],
);

export const shownSteps = pgTable(
  'shown_steps',
  {
    request: text()
      .notNull()
      .references(() => shownRequests.id),
    epoch: githubId().notNull().default(0),
    /** The entry's number in the request; after a restore numbers come again, in another epoch. */
    seq: githubId().notNull(),
    at: ms().notNull(),
    what: text().notNull(),
    /** Null while it must stay hidden, or when the airlock itself acted. */
    by: githubId(),
    state: text().notNull(),
    category: text(),
    batch: integer(),
    file: integer(),
  },
  (table) => [primaryKey({ columns: [table.request, table.epoch, table.seq] })],
);

export const releases = pgTable(
  'releases',
  {
    /** `<request>-<batch>` */
    id: text().primaryKey(),
    request: text()
      .notNull()
      .references(() => shownRequests.id),
    batch: integer().notNull(),
    backend: text().notNull(),
    airlock: text().notNull(),
    workspace: text().notNull(),
    project: text().notNull(),
    repositoryId: githubId().notNull(),
    author: githubId().notNull(),
    /** Whoever signed a review of it, whatever it said: told with the release, never before. */
    reviewers: jsonb().$type<number[]>().notNull().default([]),
    /** In-toto statements, as the airlock signed them. */
    statements: jsonb().$type<Envelope[]>().notNull(),
    declaredAt: ms().notNull(),
    /** Set when the last file is held. */
    releasedAt: ms(),
  },
  (table) => [
    unique('releases_batch').on(table.request, table.batch),
    index('releases_newest').on(table.releasedAt),
    index('releases_project').on(table.project, table.releasedAt),
    index('releases_repository').on(table.repositoryId, table.releasedAt),
  ],
);

export const releasedFiles = pgTable(
  'released_files',
  {
    release: text()
      .notNull()
      .references(() => releases.id),
    number: integer().notNull(),
    path: text().notNull(),
    size: integer().notNull(),
    sha256: text().notNull(),
    approvals: jsonb().$type<ReleaseFile['approvals']>().notNull(),
    heldAt: ms(),
    /** The bytes are gone for good; this row is what stays. */
    recalledAt: ms(),
    recallCategory: text(),
  },
  (table) => [
    primaryKey({ columns: [table.release, table.number] }),
    unique('released_files_path').on(table.release, table.path),
  ],
);

/** Apart from the rows that are listed, so that a list never reads them. */
export const releasedBlobs = pgTable(
  'released_blobs',
  { release: text().notNull(), number: integer().notNull(), bytes: bytea().notNull() },
  (table) => [
    primaryKey({ columns: [table.release, table.number] }),
    foreignKey({
      columns: [table.release, table.number],
      foreignColumns: [releasedFiles.release, releasedFiles.number],
    }),
  ],
);

/** Whom a recall concerns. */
export const releaseDownloads = pgTable(
  'release_downloads',
  {
    release: text().notNull(),
    number: integer().notNull(),
    person: githubId().notNull(),
    count: integer().notNull().default(1),
    firstAt: ms().notNull(),
    lastAt: ms().notNull(),
  },
  (table) => [primaryKey({ columns: [table.release, table.number, table.person] })],
);

export const viewerSignIns = pgTable(
  'viewer_sign_ins',
  {
    backend: text().notNull(),
    airlock: text().notNull(),
    /** The viewer's name for the session; means nothing here. */
    session: text().notNull(),
    number: text().notNull(),
    startedAt: ms().notNull(),
    expiresAt: ms().notNull(),
    /** Whoever asked for a code first: nobody else gets one for this session. */
    person: githubId(),
    salt: text(),
    /** scrypt of the code; null when it was used, or replaced by a newer one of the same person. */
    codeHash: text(),
    codeExpiresAt: ms(),
    /** Codes that were tried. */
    attempts: integer().notNull().default(0),
    redeemedAt: ms(),
  },
  (table) => [
    primaryKey({ columns: [table.backend, table.airlock, table.session] }),
    index('viewer_sign_ins_number').on(table.number, table.expiresAt),
    index('viewer_sign_ins_person').on(table.person),
    check('viewer_sign_ins_number_form', sql`${table.number} ~ '^[0-9]{6}$'`),
  ],
);

/** Failures that are counted against an account: a number or a code that was wrong. */
export const signInFailures = pgTable(
  'sign_in_failures',
  { person: githubId().notNull(), at: ms().notNull(), kind: text({ enum: ['number', 'code'] }).notNull() },
  (table) => [index('sign_in_failures_person').on(table.person, table.at)],
);

export const newBrowsers = pgTable('new_browsers', {
  id: text().primaryKey(),
  backend: text().notNull(),
  airlock: text().notNull(),
  person: githubId().notNull(),
  at: ms().notNull(),
});
