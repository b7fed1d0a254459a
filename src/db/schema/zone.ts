/** What the hub knows of the agents that call it. */
import { boolean, index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { githubId, ms } from './columns.ts';

export const backendState = pgTable('backend_state', {
  backend: text().primaryKey(),
  /** Set while pending jobs are held; running ones continue. */
  pausedAt: ms(),
  pausedWhy: text(),
});

export const agents = pgTable(
  'agents',
  {
    backend: text().notNull(),
    id: text().notNull(),
    lastSeenAt: ms().notNull(),
    /** Whether its container engine answered when it last called. */
    engine: boolean().notNull(),
    version: text(),
    /** Governance commit it works by. */
    governance: text(),
    /** Rises whenever its task list changes: what an open poll waits for. Never 0, which asks at once. */
    listVersion: githubId().notNull().default(1),
    /** Number of the last task given to it. */
    taskSeq: githubId().notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.backend, table.id] })],
);

/** One-use ids of request tokens; a row may go once its token has expired. */
export const usedTokens = pgTable(
  'used_tokens',
  { jti: text().primaryKey(), expiresAt: ms().notNull() },
  (table) => [index('used_tokens_expiry').on(table.expiresAt)],
);
