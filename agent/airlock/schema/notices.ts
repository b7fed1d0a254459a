/** What the hub or GitHub was not told, and whom the hub told of recalls. */
import { index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { githubId, ms } from './columns.ts';

/** One notice that could not be told for so long that somebody should know. Tried on all the same. */
export const failedNotices = pgTable(
  'failed_notices',
  {
    /** `shown`, `issue`, `browser`, `record` */
    topic: text().notNull(),
    subject: text().notNull(),
    /** Of what was to be told: another notice has another. */
    version: integer().notNull(),
    code: text().notNull(),
    at: ms().notNull(),
    /** It was told after all. */
    overAt: ms(),
  },
  (table) => [
    primaryKey({ columns: [table.topic, table.subject, table.version] }),
    index('failed_notices_over').on(table.overAt),
  ],
);

/** By the hub's word: people with a copy of a file, who were told that it is recalled. */
export const recallsTold = pgTable(
  'recalls_told',
  {
    request: text().notNull(),
    file: integer().notNull(),
    person: githubId().notNull(),
    at: ms().notNull(),
  },
  (table) => [primaryKey({ columns: [table.request, table.file, table.person] })],
);
