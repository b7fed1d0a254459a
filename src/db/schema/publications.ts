/**
 * What is to be public, and the GitHub Releases that make it so.
 *
 * publication: files of releases of one workspace, asked for by one person and approved by others · edition:
 * one GitHub Release of it. Which files are out and which were recalled stands in the outputs tables alone.
 */
import { sql } from 'drizzle-orm';
import {
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
import { githubId, ms } from './columns.ts';

/** published: it is approved, and a GitHub Release of it is there. withdrawn: taken back, by a person or by recalls. */
export const PUBLICATION_STATES = ['draft', 'approved', 'published', 'rejected', 'withdrawn'] as const;
/** wanted: to be made · published · unwanted: to be deleted · gone */
export const EDITION_STATES = ['wanted', 'published', 'unwanted', 'gone'] as const;

export const publications = pgTable(
  'publications',
  {
    id: text().primaryKey(),
    project: text().notNull(),
    workspace: text().notNull(),
    backend: text().notNull(),
    repositoryId: githubId().notNull(),
    /** SHA-256 over releases and file numbers: an identical set has one draft. */
    setKey: text().notNull(),
    state: text({ enum: PUBLICATION_STATES }).notNull().default('draft'),
    requestedBy: githubId().notNull(),
    requestedAt: ms().notNull(),
    /** Where the data owner's approval is written down, its day, who told and when: all or none. */
    ownerReference: text(),
    ownerOn: text(),
    ownerBy: githubId(),
    ownerAt: ms(),
    /** Rejected or withdrawn. Null for the system. */
    endedBy: githubId(),
    endedAt: ms(),
    /** Category of a withdrawal. */
    why: text(),
  },
  (table) => [
    uniqueIndex('publications_one_open_set')
      .on(table.setKey)
      .where(sql`${table.state} in ('draft', 'approved', 'published')`),
    index('publications_newest').on(table.requestedAt),
    index('publications_workspace').on(table.project, table.workspace),
    index('publications_repository').on(table.repositoryId),
    check(
      'publications_state',
      sql`${table.state} in ('draft', 'approved', 'published', 'rejected', 'withdrawn')`,
    ),
    check(
      'publications_owner',
      sql`num_nonnulls(${table.ownerReference}, ${table.ownerOn}, ${table.ownerBy}, ${table.ownerAt}) in (0, 4)`,
    ),
    check(
      'publications_ended',
      sql`(${table.state} in ('rejected', 'withdrawn')) = (${table.endedAt} is not null)`,
    ),
  ],
);

export const publicationFiles = pgTable(
  'publication_files',
  {
    publication: text()
      .notNull()
      .references(() => publications.id),
    release: text().notNull(),
    number: integer().notNull(),
    /** From approval until it is withdrawn or recalled. */
    live: boolean().notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.publication, table.release, table.number] }),
    index('publication_files_release').on(table.release),
    // A file is public by one publication or by none.
    uniqueIndex('publication_files_live')
      .on(table.release, table.number)
      .where(sql`${table.live}`),
  ],
);

export const publicationApprovals = pgTable(
  'publication_approvals',
  {
    publication: text()
      .notNull()
      .references(() => publications.id),
    person: githubId().notNull(),
    at: ms().notNull(),
  },
  (table) => [primaryKey({ columns: [table.publication, table.person] })],
);

export const publicationEditions = pgTable(
  'publication_editions',
  {
    publication: text()
      .notNull()
      .references(() => publications.id),
    number: integer().notNull(),
    tag: text().notNull(),
    state: text({ enum: EDITION_STATES }).notNull().default('wanted'),
    /** By release and number, rising. */
    files: jsonb().$type<{ release: string; number: number }[]>().notNull(),
    /** GitHub's, once it was published. */
    githubRelease: githubId(),
    url: text(),
    commit: text(),
    /** The steward's last answer, when it was no. */
    code: text(),
    attempts: integer().notNull().default(0),
    /** Not to be given to the steward before this time. */
    nextAt: ms().notNull(),
    createdAt: ms().notNull(),
    publishedAt: ms(),
    goneAt: ms(),
  },
  (table) => [
    primaryKey({ columns: [table.publication, table.number] }),
    uniqueIndex('publication_editions_tag').on(table.tag),
    // One at a time: the next is published when the one before has gone.
    uniqueIndex('publication_editions_one')
      .on(table.publication)
      .where(sql`${table.state} in ('wanted', 'published')`),
    index('publication_editions_due')
      .on(table.nextAt)
      .where(sql`${table.state} in ('wanted', 'unwanted')`),
    check('publication_editions_state', sql`${table.state} in ('wanted', 'published', 'unwanted', 'gone')`),
  ],
);
