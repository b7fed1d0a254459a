/**
 * What people asked the App on GitHub, and what its checks say: state that GitHub shows.
 *
 * command: one line of one comment, or one click · shown check: content of a check run that does not
 * follow from a job request, kept so that it can be written again.
 */
import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgTable, text, unique } from 'drizzle-orm/pg-core';
import type { Json } from '../../pipeline/types.ts';
import { githubId, ms } from './columns.ts';

export const commands = pgTable(
  'commands',
  {
    /** `<comment>:<line>`: a command is done once, however often its delivery comes. */
    key: text().primaryKey(),
    /** `<repository>:issue:<comment id>`, `…:commit:<comment id>` or `…:button:<delivery>`. */
    comment: text().notNull(),
    line: integer().notNull(),
    repositoryId: githubId().notNull(),
    /** Where it was said, as the github room keeps it. */
    place: jsonb().$type<Json>().notNull(),
    actorId: githubId().notNull(),
    actorLogin: text().notNull(),
    text: text().notNull(),
    state: text({ enum: ['seen', 'done', 'refused'] })
      .notNull()
      .default('seen'),
    /** What is answered: a refusal, a text, or the request that was made. */
    answer: jsonb().$type<Json>(),
    createdAt: ms().notNull(),
    decidedAt: ms(),
  },
  (table) => [
    unique('commands_line').on(table.comment, table.line),
    index('commands_refused')
      .on(table.actorId, table.decidedAt)
      .where(sql`${table.state} = 'refused'`),
    check('commands_state', sql`${table.state} in ('seen', 'done', 'refused')`),
    check('commands_decided', sql`(${table.state} = 'seen') = (${table.decidedAt} is null)`),
  ],
);

export const shownChecks = pgTable(
  'shown_checks',
  {
    /** Also the check run's external id. */
    id: text().primaryKey(),
    repositoryId: githubId().notNull(),
    sha: text().notNull(),
    name: text().notNull(),
    /** Rises when somebody asks for the check again: GitHub wants a new run then. */
    round: integer().notNull(),
    content: jsonb().$type<Json>().notNull(),
    updatedAt: ms().notNull(),
  },
  (table) => [unique('shown_checks_round').on(table.repositoryId, table.sha, table.name, table.round)],
);
