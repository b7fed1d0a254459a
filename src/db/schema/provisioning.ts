/** What the steward told: repositories that it made for projects, what it did, and what is not as governance says. */
import { index, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { Json } from '../../pipeline/types.ts';
import { githubId, ms } from './columns.ts';

export const provisions = pgTable(
  'provisions',
  {
    project: text().primaryKey(),
    repositoryId: githubId().notNull(),
    toldAt: ms().notNull(),
    /** The pull request that writes its number into the project file. */
    proposal: text(),
    /** Why it was not proposed, as last looked at. */
    code: text(),
  },
  (table) => [uniqueIndex('provisions_repository').on(table.repositoryId)],
);

/** Told twice, recorded once. */
export const stewardDeeds = pgTable('steward_deeds', {
  id: text().primaryKey(),
  takenAt: ms().notNull(),
});

export const drift = pgTable(
  'drift',
  {
    /** The part that was looked at, and the finding as canonical JSON. */
    key: text().primaryKey(),
    scope: text().notNull(),
    finding: jsonb().$type<Json>().notNull(),
    since: ms().notNull(),
  },
  (table) => [index('drift_scope').on(table.scope)],
);
