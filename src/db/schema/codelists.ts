/**
 * The registry of codelists as the hub knows it, and what is being built on its pages.
 *
 * systems, codes, edges: the coding systems as the registry's default branch has them · lists, versions, entries,
 * hashes: what is published, for good · pulls: what is proposed · drafts, decisions, members: what somebody builds
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

export const codelistSystems = pgTable('codelist_systems', {
  /** The name of its file. */
  id: text().primaryKey(),
  /** Of the file's bytes: one that has not changed is not read again. */
  sha256: text().notNull(),
  commit: text().notNull(),
  codes: integer().notNull(),
  takenAt: ms().notNull(),
});

export const codelistCodes = pgTable(
  'codelist_codes',
  {
    system: text().notNull(),
    code: text().notNull(),
    term: text().notNull(),
    /** How many codes stand directly below, and above. */
    below: integer().notNull().default(0),
    above: integer().notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.system, table.code] }),
    index('codelist_codes_words').using('gin', sql`to_tsvector('simple', ${table.term})`),
    index('codelist_codes_top')
      .on(table.system, table.code)
      .where(sql`${table.above} = 0`),
  ],
);

export const codelistEdges = pgTable(
  'codelist_edges',
  { system: text().notNull(), parent: text().notNull(), child: text().notNull() },
  (table) => [
    primaryKey({ columns: [table.system, table.parent, table.child] }),
    index('codelist_edges_up').on(table.system, table.child),
  ],
);

export const codelistLists = pgTable(
  'codelist_lists',
  {
    /** `owner/slug` */
    id: text().primaryKey(),
    owner: text().notNull(),
    slug: text().notNull(),
    name: text().notNull(),
    description: text().notNull(),
    system: text().notNull(),
    source: text().notNull(),
    /** Its newest published version, and when that was published. */
    newest: text().notNull(),
    updatedAt: ms().notNull(),
  },
  (table) => [
    index('codelist_lists_latest').on(table.updatedAt, table.id),
    index('codelist_lists_words').using(
      'gin',
      sql`to_tsvector('simple', ${table.name} || ' ' || ${table.description} || ' ' || replace(${table.id}, '/', ' '))`,
    ),
  ],
);

export const codelistVersions = pgTable(
  'codelist_versions',
  {
    /** `owner/slug/version` */
    id: text().primaryKey(),
    list: text().notNull(),
    version: text().notNull(),
    /** Of the list's published versions, from 1. */
    number: integer().notNull(),
    /** The bytes of the CSV, which are UTF-8. */
    content: text().notNull(),
    /** Of the bytes without differences of line ends. */
    sha1: text().notNull(),
    sha256: text().notNull(),
    codes: integer().notNull(),
    history: jsonb().$type<Json>(),
    pull: integer().notNull(),
    /** Signed off; and the commit of the default branch that brought it. */
    head: text().notNull(),
    commit: text().notNull(),
    /** GitHub ids. */
    author: githubId().notNull(),
    signers: jsonb().$type<number[]>().notNull(),
    publishedAt: ms().notNull(),
    taggedAt: ms(),
    /** Why the steward made no tag. */
    tagRefused: text(),
  },
  (table) => [
    uniqueIndex('codelist_versions_number').on(table.list, table.number),
    check('codelist_versions_signed', sql`jsonb_array_length(${table.signers}) >= 2`),
  ],
);

/** Hashes that stand for a version, SHA-1 or SHA-256; its own are among them. */
export const codelistHashes = pgTable(
  'codelist_hashes',
  { version: text().notNull(), hash: text().notNull() },
  (table) => [primaryKey({ columns: [table.version, table.hash] })],
);

/** Codes of versions by their place, so that a page costs the same however long the list is. */
export const codelistEntries = pgTable(
  'codelist_entries',
  { version: text().notNull(), n: integer().notNull(), code: text().notNull(), term: text().notNull() },
  (table) => [
    primaryKey({ columns: [table.version, table.n] }),
    uniqueIndex('codelist_entries_code').on(table.version, table.code),
  ],
);

export const codelistPulls = pgTable(
  'codelist_pulls',
  {
    number: integer().primaryKey(),
    head: text().notNull(),
    state: text({ enum: ['open', 'merged', 'closed'] }).notNull(),
    title: text().notNull(),
    author: githubId().notNull(),
    authorLogin: text().notNull(),
    /** Versions it brings. */
    versions: jsonb().$type<string[]>().notNull(),
    faults: integer().notNull(),
    signers: jsonb().$type<number[]>().notNull(),
    /** Merged without what it takes: why nothing of it was published. */
    unpublished: text(),
    /** What its check last said, so that saying it again says nothing. */
    said: text(),
    updatedAt: ms().notNull(),
  },
  (table) => [
    index('codelist_pulls_open')
      .on(table.number)
      .where(sql`${table.state} = 'open'`),
    check('codelist_pulls_state', sql`${table.state} in ('open', 'merged', 'closed')`),
  ],
);

export const codelistDrafts = pgTable(
  'codelist_drafts',
  {
    id: text().primaryKey(),
    person: githubId().notNull(),
    login: text().notNull(),
    owner: text().notNull(),
    slug: text().notNull(),
    version: text().notNull(),
    name: text().notNull(),
    description: text().notNull(),
    source: text().notNull(),
    system: text().notNull(),
    /** The published version it began with. */
    since: text(),
    state: text({ enum: ['draft', 'asked', 'opened', 'ended'] }).notNull(),
    /** How often it was saved. */
    round: integer().notNull().default(0),
    pull: integer(),
    url: text(),
    /** Why the steward did not save it. */
    refused: text(),
    createdAt: ms().notNull(),
    updatedAt: ms().notNull(),
  },
  (table) => [
    index('codelist_drafts_person').on(table.person, table.updatedAt),
    index('codelist_drafts_pull').on(table.pull),
    check('codelist_drafts_state', sql`${table.state} in ('draft', 'asked', 'opened', 'ended')`),
  ],
);

/** Only ever added to: what is taken back is marked, by whom and when. */
export const codelistDecisions = pgTable(
  'codelist_decisions',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    draft: text().notNull(),
    code: text().notNull(),
    what: text({ enum: ['include', 'exclude'] }).notNull(),
    descendants: boolean().notNull(),
    why: text().notNull(),
    person: githubId().notNull(),
    login: text().notNull(),
    at: ms().notNull(),
    undoneAt: ms(),
    undoneBy: githubId(),
  },
  (table) => [
    index('codelist_decisions_draft').on(table.draft, table.id),
    check('codelist_decisions_what', sql`${table.what} in ('include', 'exclude')`),
    check('codelist_decisions_undone', sql`(${table.undoneAt} is null) = (${table.undoneBy} is null)`),
  ],
);

/** What the decisions come to: of every code they touch, the last one's word. */
export const codelistMembers = pgTable(
  'codelist_members',
  {
    draft: text().notNull(),
    code: text().notNull(),
    included: boolean().notNull(),
    decision: githubId().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.draft, table.code] }),
    index('codelist_members_in')
      .on(table.draft, table.code)
      .where(sql`${table.included}`),
  ],
);

/** What another registry said of a study's lists. */
export const codelistVerdicts = pgTable('codelist_verdicts', {
  /** Of codelists.txt and codelists.json. */
  digest: text().primaryKey(),
  answer: jsonb().$type<Json>().notNull(),
  at: ms().notNull(),
});
