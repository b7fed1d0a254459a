/** Repositories that were offered the skeleton of a study: once, whatever became of it. */
import { sql } from 'drizzle-orm';
import { check, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { githubId, ms } from './columns.ts';

export const onboardings = pgTable(
  'onboardings',
  {
    repositoryId: githubId().primaryKey(),
    /** asked: the steward is to open it · refused: it would not · the others as GitHub has the pull request. */
    state: text({ enum: ['asked', 'open', 'merged', 'closed', 'refused'] }).notNull(),
    /** Rises when a person asks for it again. */
    round: integer().notNull().default(1),
    pull: integer(),
    /** Digest of the skeleton that was offered last. */
    skeleton: text().notNull(),
    /** Why the steward would not: a code. */
    code: text(),
    updatedAt: ms().notNull(),
  },
  (table) => [
    check('onboardings_pull', sql`${table.state} in ('asked', 'refused') or ${table.pull} is not null`),
  ],
);
