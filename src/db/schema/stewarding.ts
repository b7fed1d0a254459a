/** What the hub asks of the steward, and the changes of governance that somebody proposed. */
import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { Json } from '../../pipeline/types.ts';
import { githubId, ms } from './columns.ts';

const TASK_STATES = ['wanted', 'done', 'refused'] as const;

export const stewardTasks = pgTable(
  'steward_tasks',
  {
    id: text().primaryKey(),
    /** What it is for: asked again for the same thing, it is the same task. */
    key: text().notNull(),
    do: text().notNull(),
    payload: jsonb().$type<Json>().notNull(),
    /** How often it was asked for anew; an answer names it. */
    round: integer().notNull().default(1),
    state: text({ enum: TASK_STATES }).notNull().default('wanted'),
    /** The steward's last no, also of a try that is repeated. */
    code: text(),
    attempts: integer().notNull().default(0),
    /** Not to be given to the steward before this time. */
    nextAt: ms().notNull(),
    askedAt: ms().notNull(),
    doneAt: ms(),
  },
  (table) => [
    uniqueIndex('steward_tasks_key').on(table.key),
    index('steward_tasks_due')
      .on(table.nextAt)
      .where(sql`${table.state} = 'wanted'`),
    check('steward_tasks_state', sql`${table.state} in ('wanted', 'done', 'refused')`),
  ],
);

const PROPOSAL_STATES = ['asked', 'opened', 'merged', 'closed', 'refused'] as const;

export const proposals = pgTable(
  'proposals',
  {
    id: text().primaryKey(),
    /** What it is for: asked again, it is the same proposal. */
    key: text().notNull(),
    /** As src/governance/edits has it. */
    edit: jsonb().$type<Json>().notNull(),
    askedBy: githubId().notNull(),
    askedByLogin: text().notNull(),
    /** Where it was asked for, and is told of; null: nowhere. */
    repositoryId: githubId(),
    issue: integer(),
    title: text().notNull(),
    why: text().notNull(),
    state: text({ enum: PROPOSAL_STATES }).notNull().default('asked'),
    /** Number of the pull request on governance. */
    pull: integer(),
    url: text(),
    head: text(),
    /** Why the steward refused, or why it was closed. */
    code: text(),
    says: text(),
    askedAt: ms().notNull(),
    openedAt: ms(),
    endedAt: ms(),
  },
  (table) => [
    uniqueIndex('proposals_key').on(table.key),
    uniqueIndex('proposals_pull').on(table.pull),
    index('proposals_open')
      .on(table.askedAt)
      .where(sql`${table.state} in ('asked', 'opened')`),
    check('proposals_state', sql`${table.state} in ('asked', 'opened', 'merged', 'closed', 'refused')`),
    check('proposals_ended', sql`(${table.state} in ('asked', 'opened')) = (${table.endedAt} is null)`),
    check('proposals_where', sql`(${table.repositoryId} is null) = (${table.issue} is null)`),
  ],
);
