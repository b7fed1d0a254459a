/**
 * Requests in the intake repository: applications for projects, and for permissions of projects.
 *
 * No answer is here: they stand in the issue alone. What is kept is who asked, where it stands, and the seal of the
 * answers that were handed in, with the salt that it was made with.
 */
import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { APPLICATION_STATES } from '../../applications/states.ts';
import { githubId, ms } from './columns.ts';

export const applications = pgTable(
  'applications',
  {
    id: text().primaryKey(),
    kind: text({ enum: ['project', 'permission'] }).notNull(),
    repositoryId: githubId().notNull(),
    /** Number of the issue, and its id: a transferred one is another. */
    issue: integer().notNull(),
    issueId: githubId().notNull(),
    applicant: githubId().notNull(),
    applicantLogin: text().notNull(),
    /** Everybody who would gain from it, by numeric id. */
    people: jsonb().$type<number[]>().notNull().default([]),
    state: text({ enum: APPLICATION_STATES }).notNull().default('draft'),
    salt: text().notNull(),
    /** Of what was handed in last. */
    seal: text(),
    /** How often it was handed in. */
    turn: integer().notNull().default(0),
    /** The number that its project would get; kept when it is handed in again. */
    number: text(),
    project: text(),
    /** Of the last turn. */
    proposal: text(),
    decidedBy: githubId(),
    openedAt: ms().notNull(),
    submittedAt: ms(),
    decidedAt: ms(),
  },
  (table) => [
    uniqueIndex('applications_issue').on(table.repositoryId, table.issueId),
    index('applications_open')
      .on(table.openedAt)
      .where(sql`${table.state} in ('draft', 'submitted', 'in_review', 'returned', 'deferred')`),
    index('applications_proposal').on(table.proposal),
    check(
      'applications_state',
      sql`${table.state} in ('draft', 'submitted', 'in_review', 'returned', 'approved', 'approved_with_conditions', 'deferred', 'rejected', 'withdrawn')`,
    ),
    check('applications_sealed', sql`(${table.turn} > 0) = (${table.seal} is not null)`),
  ],
);
