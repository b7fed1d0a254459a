/** Breaches that somebody reported: that there is one, and until when; what happened stands in the private issue alone. */
import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, text, unique } from 'drizzle-orm/pg-core';
import { githubId, ms } from './columns.ts';

export const breaches = pgTable(
  'breaches',
  {
    /** Follows from the issue. */
    id: text().primaryKey(),
    repositoryId: githubId().notNull(),
    issue: integer().notNull(),
    issueId: githubId().notNull(),
    openedBy: githubId().notNull(),
    openedAt: ms().notNull(),
    /** By then it has to be closed, with what was done. */
    dueAt: ms().notNull(),
    closedBy: githubId(),
    closedAt: ms(),
  },
  (table) => [
    unique('breaches_issue').on(table.repositoryId, table.issue),
    index('breaches_open')
      .on(table.dueAt)
      .where(sql`${table.closedAt} is null`),
    check('breaches_closed', sql`(${table.closedBy} is null) = (${table.closedAt} is null)`),
  ],
);
