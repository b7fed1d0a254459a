/** Requests by the clock: which times were seen to, each once. */
import { index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { ms } from './columns.ts';

export const scheduleTimes = pgTable(
  'schedule_times',
  {
    /** `<project>/<id>` */
    schedule: text().notNull(),
    /** When it was due; of `begun` when the schedule was first seen as it is. */
    due: ms().notNull(),
    /** Cron expression and calendar by which it was. */
    clock: text().notNull(),
    /** `begun`, `made`, `draft`, `submitted`, `skipped`, `refused` */
    outcome: text().notNull(),
    code: text(),
    request: text(),
    /** Its last entry when it was made: whoever goes on with it has added others. */
    seq: integer(),
    at: ms().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.schedule, table.due] }),
    index('schedule_times_outcome').on(table.outcome),
  ],
);
