/** Copies of files, looks at them, and what the automatic checks said of them. */
import { boolean, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { count, githubId, ms } from './columns.ts';

/** What was read became this copy: other bytes only where a picture was rewritten without metadata. */
export const copySources = pgTable('copy_sources', {
  source: text().primaryKey(),
  sha256: text().notNull(),
});

/** Bytes lie in `copies/<aa>/<sha256>` below the state folder. */
export const copies = pgTable('copies', {
  sha256: text().primaryKey(),
  size: count().notNull(),
  /** What the first bytes say. */
  content: text().notNull(),
  madeAt: ms().notNull(),
  /** Last hashed. */
  checkedAt: ms().notNull(),
  /** Set when the bytes no longer match. */
  brokenAt: ms(),
});

/** One delivery of a file's bytes. */
export const loads = pgTable(
  'loads',
  {
    id: text().primaryKey(),
    request: text(),
    sha256: text().notNull(),
    size: count().notNull(),
    person: githubId().notNull(),
    session: text().notNull(),
    strength: text().notNull(),
    signedInAt: ms().notNull(),
    method: text().notNull(),
    purpose: text().notNull(),
    range: boolean().notNull(),
    sent: count().notNull(),
    shown: boolean().notNull(),
    at: ms().notNull(),
  },
  (table) => [index('loads_request').on(table.request, table.person)],
);

/** Once per bytes, suffix, declared facts, version of the checks and policy. */
export const checks = pgTable(
  'checks',
  {
    sha256: text().notNull(),
    suffix: text().notNull(),
    /** Digest of declared controls and evidence; empty for none. */
    facts: text().notNull(),
    version: integer().notNull(),
    policy: text().notNull(),
    /** FileReport, JSON. */
    report: text().notNull(),
    /** TableFacts[], JSON. */
    tables: text().notNull(),
    blocks: integer().notNull(),
    warns: integer().notNull(),
    at: ms().notNull(),
    /** Of a check that did not come to an end: how often it was tried, and when it is again. */
    tries: integer().notNull(),
    againAt: ms(),
  },
  (table) => [
    primaryKey({ columns: [table.sha256, table.suffix, table.facts, table.version, table.policy] }),
  ],
);

/** What the checks say of a request's files together, for one state of it. */
export const requestChecks = pgTable('request_checks', {
  request: text().primaryKey(),
  /** Digest of everything that went in. */
  inputs: text().notNull(),
  /** KeptHint[], JSON. */
  hints: text().notNull(),
  at: ms().notNull(),
  /** As of `checks`; of its own checks and those of its files. */
  tries: integer().notNull(),
  againAt: ms(),
});

/** What the malware scanner said last of a copy. */
export const scans = pgTable('scans', {
  sha256: text().primaryKey(),
  /** `clean`, `found`, `unconfirmed` */
  result: text().notNull(),
  /** Engine and signatures, as it names them; empty while it is away. */
  engine: text().notNull(),
  /** In vain, under this engine. */
  tries: integer().notNull(),
  at: ms().notNull(),
  /** There may be another answer from then on. */
  againAt: ms(),
});

/** How the commit behind files stood in its repository when it was last looked at. */
export const commitStandings = pgTable(
  'commit_standings',
  {
    repository: githubId().notNull(),
    commit: text().notNull(),
    /** `default`, `branch`, `none`, `unknown` */
    standing: text().notNull(),
    at: ms().notNull(),
  },
  (table) => [primaryKey({ columns: [table.repository, table.commit] })],
);

/** What became of each hint that people were shown: precision per check. */
export const hintFates = pgTable(
  'hint_fates',
  {
    request: text().notNull(),
    hint: text().notNull(),
    check: text('check_id').notNull(),
    path: text(),
    /** `open`, `heeded`, `dismissed` */
    fate: text().notNull(),
    at: ms().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.request, table.hint] }),
    index('hint_fates_check').on(table.check),
  ],
);
