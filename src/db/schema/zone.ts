/** What the hub knows of the agents that call it. */
import { sql } from 'drizzle-orm';
import {
  bigserial,
  boolean,
  check,
  index,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import { DATABASE_WORDS } from '../../protocol/messages.ts';
import { githubId, ms, oneOf } from './columns.ts';

export const MAINTAINED_BY = ['operator', 'database'] as const;

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
    /** Until when it counts as alive without another word; null: only a hub of before there were leases has heard it. */
    leaseUntil: ms(),
    /** It finishes what it has and is given nothing more. */
    draining: boolean().notNull().default(false),
    /** Its last word on the database, and when that changed; null until it has said one. */
    database: text({ enum: DATABASE_WORDS }),
    databaseSince: ms(),
    /** It said that the database is being maintained, and not yet that this is over; or an operator overruled it. */
    databaseMaintained: boolean().notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.backend, table.id] }),
    check('agents_database', oneOf(table.database, DATABASE_WORDS)),
  ],
);

/** One-use ids of request tokens; a row may go once its token has expired. */
export const usedTokens = pgTable(
  'used_tokens',
  { jti: text().primaryKey(), expiresAt: ms().notNull() },
  (table) => [index('used_tokens_expiry').on(table.expiresAt)],
);

/** When nobody called of a backend in use for longer than governance allows: what its uptime is made of. */
export const backendSilences = pgTable(
  'backend_silences',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    backend: text().notNull(),
    began: ms().notNull(),
    ended: ms(),
  },
  (table) => [
    uniqueIndex('backend_silences_open')
      .on(table.backend)
      .where(sql`${table.ended} is null`),
    index('backend_silences_of').on(table.backend, table.began),
    check('backend_silences_span', sql`${table.ended} >= ${table.began}`),
  ],
);

/** When the database of a backend may not be asked: its database jobs wait, those that run are put back into the queue. */
export const backendMaintenance = pgTable(
  'backend_maintenance',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    backend: text().notNull(),
    began: ms().notNull(),
    /** Planned or past; null until somebody ends it. */
    ended: ms(),
    why: text().notNull(),
    /** An operator, or the database itself, as agents ask it. */
    saidBy: text({ enum: MAINTAINED_BY }).notNull().default('operator'),
  },
  (table) => [
    uniqueIndex('backend_maintenance_open')
      .on(table.backend, table.saidBy)
      .where(sql`${table.ended} is null`),
    index('backend_maintenance_of').on(table.backend, table.began),
    check('backend_maintenance_span', sql`${table.ended} >= ${table.began}`),
    check('backend_maintenance_said_by', oneOf(table.saidBy, MAINTAINED_BY)),
  ],
);

/** What operators of a zone did there, as their agents told: each is taken into the log once. */
export const zoneDeeds = pgTable(
  'zone_deeds',
  { backend: text().notNull(), agent: text().notNull(), id: text().notNull(), toldAt: ms().notNull() },
  (table) => [primaryKey({ columns: [table.backend, table.agent, table.id] })],
);
