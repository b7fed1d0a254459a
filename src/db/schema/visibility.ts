/**
 * By when repositories have to be public, and what ends soon.
 *
 * clock: one row per repository that governance names; its start is set once and never moves · sign-off: what
 * a person has confirmed before that day · warning: an end that was announced, so that it is announced once.
 */
import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { Json } from '../../pipeline/types.ts';
import { githubId, ms } from './columns.ts';

export const CLOCK_STATES = ['open-ended', 'exempt', 'running', 'due', 'blocked', 'public', 'gone'] as const;
const oneOf = (states: readonly string[]) => sql.raw(states.map((each) => `'${each}'`).join(', '));

export const repositoryClocks = pgTable(
  'repository_clocks',
  {
    repository: githubId().primaryKey(),
    project: text().notNull(),
    /** When its first job on real data began; that job, and when it was found. */
    startedAt: ms(),
    firstJob: text(),
    state: text({ enum: CLOCK_STATES }).notNull(),
    /** Days: by the rule, and when it is done. */
    due: text(),
    flip: text(),
    why: text({ enum: ['due', 'paper', 'governance', 'publication'] }),
    /** As GitHub was last seen; null: it could not be asked yet. */
    topics: jsonb().$type<string[]>(),
    /** When it was first seen public; null while it is private. */
    publicSince: ms(),
    /** An extension that somebody asked for and nobody has decided about. */
    askedAt: ms(),
    proposal: text(),
    /** What the scan found: `{on, count, files}`. */
    blocked: jsonb().$type<Json>(),
    /** The task that the steward was last given. */
    task: text(),
    updatedAt: ms().notNull(),
  },
  (table) => [
    index('repository_clocks_state').on(table.state, table.due, table.repository),
    index('repository_clocks_due').on(table.due, table.repository),
    index('repository_clocks_project').on(table.project),
    check('repository_clocks_state', sql`${table.state} in (${oneOf(CLOCK_STATES)})`),
    check('repository_clocks_started', sql`(${table.startedAt} is null) = (${table.firstJob} is null)`),
    check('repository_clocks_public', sql`(${table.publicSince} is not null) = (${table.state} = 'public')`),
  ],
);

export const repositorySignoffs = pgTable(
  'repository_signoffs',
  {
    repository: githubId().notNull(),
    item: text({ enum: ['purpose', 'branches', 'readme', 'outputs'] }).notNull(),
    by: githubId().notNull(),
    login: text().notNull(),
    at: ms().notNull(),
  },
  (table) => [primaryKey({ columns: [table.repository, table.item] })],
);

export const endWarnings = pgTable(
  'end_warnings',
  {
    /** Digest of what ends, when, and which round it is. */
    key: text().primaryKey(),
    /** `project:<id>`, or `governance`. */
    place: text().notNull(),
    /** All that was announced together. */
    batch: text().notNull(),
    /** Days ahead. */
    round: integer().notNull(),
    end: jsonb().$type<Json>().notNull(),
    until: text().notNull(),
    warnedAt: ms().notNull(),
  },
  (table) => [index('end_warnings_place').on(table.place, table.batch)],
);
