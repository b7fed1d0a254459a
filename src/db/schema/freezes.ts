/** What governance has frozen: the hub owns the fact, agents and airlocks keep a copy of their own. */
import { sql } from 'drizzle-orm';
import { bigserial, check, index, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import type { Json } from '../../pipeline/types.ts';
import { githubId, ms } from './columns.ts';

export const freezes = pgTable(
  'freezes',
  {
    /** Follows from the command, so that doing it again makes nothing new. */
    id: text().primaryKey(),
    scope: text({ enum: ['project', 'backend', 'all'] }).notNull(),
    /** Of the project or backend; null with `all`. */
    subject: text(),
    /** What becomes of jobs that run. */
    running: text({ enum: ['stop', 'finish'] }).notNull(),
    why: text().notNull(),
    by: githubId().notNull(),
    byLogin: text().notNull(),
    at: ms().notNull(),
    /** Who asked to lift it first; a second person has to confirm. */
    liftBy: githubId(),
    liftByLogin: text(),
    liftAt: ms(),
    liftedBy: githubId(),
    liftedByLogin: text(),
    liftedAt: ms(),
  },
  (table) => [
    index('freezes_on')
      .on(table.scope, table.subject)
      .where(sql`${table.liftedAt} is null`),
    check('freezes_scope', sql`(${table.scope} = 'all') = (${table.subject} is null)`),
    check('freezes_lift', sql`num_nulls(${table.liftBy}, ${table.liftByLogin}, ${table.liftAt}) in (0, 3)`),
    check(
      'freezes_lifted',
      sql`num_nulls(${table.liftedBy}, ${table.liftedByLogin}, ${table.liftedAt}) in (0, 3)
        and (${table.liftedBy} is null or (${table.liftBy} is not null and ${table.liftBy} <> ${table.liftedBy}))`,
    ),
  ],
);

/** In the order in which zones hear of them, numbered by the clock; each is told to every agent and airlock. */
export const freezeActs = pgTable('freeze_acts', {
  seq: bigserial({ mode: 'number' }).primaryKey(),
  /** As src/protocol/freezes.ts has it, without its number. */
  act: jsonb().$type<Json>().notNull(),
});
