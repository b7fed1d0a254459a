/**
 * Requests and their entries. The entries are the truth and are never changed; the row beside them holds
 * what they fold to, and what must be unique. Texts are kept as text, not as jsonb: a person may type what
 * jsonb refuses.
 */
import { sql } from 'drizzle-orm';
import {
  bigserial,
  check,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import { count, githubId, ms } from './columns.ts';

export const requests = pgTable(
  'requests',
  {
    id: text().primaryKey(),
    workspace: text().notNull(),
    project: text().notNull(),
    author: githubId().notNull(),
    state: text().notNull(),
    turn: integer().notNull(),
    seq: integer().notNull(),
    createdAt: ms().notNull(),
    submittedAt: ms(),
    changedAt: ms().notNull(),
    /** Hash of the last entry: what the next one is chained to. */
    head: text().notNull(),
    /** The folded state, as JSON. */
    folded: text().notNull(),
  },
  (table) => [
    uniqueIndex('requests_one_active')
      .on(table.workspace, table.author)
      .where(sql`${table.state} in ('draft', 'submitted', 'reviewing', 'consolidating', 'returned')`),
    index('requests_workspace').on(table.workspace),
    index('requests_project').on(table.project),
    index('requests_state').on(table.state),
  ],
);

export const entries = pgTable(
  'entries',
  {
    request: text()
      .notNull()
      .references(() => requests.id),
    seq: integer().notNull(),
    type: text().notNull(),
    at: ms().notNull(),
    /** Null when the airlock acted. */
    actor: githubId(),
    /** Canonical JSON: exactly what is hashed. */
    entry: text().notNull(),
    previous: text().notNull(),
    hash: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.request, table.seq] }),
    uniqueIndex('entries_previous').on(table.request, table.previous),
    index('entries_actor').on(table.actor, table.at),
    index('entries_at').on(table.at),
  ],
);

/** A path is on a request once; what the rules fold to is held by the database too. */
export const requestFiles = pgTable(
  'request_files',
  {
    request: text()
      .notNull()
      .references(() => requests.id),
    path: text().notNull(),
    number: integer().notNull(),
    sha256: text().notNull(),
    source: text().notNull(),
    withdrawn: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.request, table.path] }),
    uniqueIndex('request_files_number').on(table.request, table.number),
    index('request_files_hash').on(table.sha256),
    index('request_files_path').on(table.path),
  ],
);

/** One signature per checker and turn. */
export const reviews = pgTable(
  'reviews',
  {
    request: text()
      .notNull()
      .references(() => requests.id),
    turn: integer().notNull(),
    checker: githubId().notNull(),
    seq: integer().notNull(),
    /** Keyed digest of the record; nonce and record open it to the checkers when both are in. */
    commitment: text().notNull(),
    nonce: text().notNull(),
    record: text().notNull(),
    at: ms().notNull(),
  },
  (table) => [primaryKey({ columns: [table.request, table.turn, table.checker, table.seq] })],
);

/** Files that two people let out, from the decision on. */
export const released = pgTable(
  'released',
  {
    request: text()
      .notNull()
      .references(() => requests.id),
    batch: integer().notNull(),
    number: integer().notNull(),
    workspace: text().notNull(),
    project: text().notNull(),
    path: text().notNull(),
    sha256: text().notNull(),
    source: text().notNull(),
    size: count().notNull(),
    at: ms().notNull(),
    /** `queued`, `uploading`, `released`, `halted`, `stopped`: of its batch. */
    state: text().notNull(),
    uploaded: integer().notNull(),
    revoked: integer().notNull(),
    /** Two of those who approved these bytes, and whose request it was: never the same person. */
    author: githubId().notNull(),
    first: githubId().notNull(),
    second: githubId().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.request, table.batch, table.number] }),
    index('released_hash').on(table.sha256),
    index('released_path').on(table.workspace, table.path),
    index('released_project').on(table.project),
    check(
      'released_by_two',
      sql`${table.first} <> ${table.second} and ${table.author} not in (${table.first}, ${table.second})`,
    ),
  ],
);

/** Who holds a place: a person once per request. */
export const seats = pgTable(
  'seats',
  {
    request: text()
      .notNull()
      .references(() => requests.id),
    checker: githubId().notNull(),
    kind: text().notNull(),
    since: ms().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.request, table.checker] }),
    index('seats_checker').on(table.checker),
  ],
);

/** Bytes that both checkers of a request rejected. */
export const rejectedHashes = pgTable(
  'rejected_hashes',
  {
    request: text()
      .notNull()
      .references(() => requests.id),
    sha256: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.request, table.sha256] }),
    index('rejected_hashes_hash').on(table.sha256),
  ],
);

/** What was said, by the comment's id; entries hold only the digest. */
export const commentTexts = pgTable('comment_texts', {
  id: text().primaryKey(),
  request: text()
    .notNull()
    .references(() => requests.id),
  text: text().notNull(),
});

/** Which job made a file that is or ever was on a request. */
export const origins = pgTable(
  'origins',
  {
    request: text()
      .notNull()
      .references(() => requests.id),
    path: text().notNull(),
    source: text().notNull(),
    /** FileOrigin as JSON. */
    origin: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.request, table.path, table.source] })],
);

/** Who looked at what, who came and went. `chain` gives the lines their place and hash. */
export const log = pgTable(
  'log',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    type: text().notNull(),
    at: ms().notNull(),
    person: githubId(),
    session: text(),
    workspace: text(),
    request: text(),
    path: text(),
    sha256: text(),
    /** JSON. */
    details: text(),
  },
  (table) => [
    index('log_at').on(table.at),
    index('log_person').on(table.person),
    index('log_request').on(table.request),
  ],
);

/** One sequencer numbers committed log lines, so that writers never wait for each other. */
export const logChain = pgTable(
  'log_chain',
  {
    seq: count().primaryKey(),
    line: count().notNull(),
    previous: text().notNull(),
    hash: text().notNull(),
  },
  (table) => [
    uniqueIndex('log_chain_line').on(table.line),
    uniqueIndex('log_chain_previous').on(table.previous),
  ],
);
