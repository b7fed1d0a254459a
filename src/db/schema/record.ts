/** The ledger's leaves, and the hub's own settings. */
import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  boolean,
  check,
  index,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { Json } from '../../pipeline/types.ts';
import { githubId, ms } from './columns.ts';

export const ledgerLeaves = pgTable(
  'ledger_leaves',
  {
    /** Order of writing, not of committing: only `seq` is an order one may rely on. */
    id: bigserial({ mode: 'number' }).primaryKey(),
    /** Place in the log from 0, given by the sequencer after the leaf was committed. */
    seq: githubId(),
    type: text().notNull(),
    subject: text().notNull(),
    /** Canonical JSON: exactly the bytes that are hashed. */
    entry: text().notNull(),
    /** SHA-256 over 0x00 and those bytes, in hex. */
    hash: text().notNull(),
  },
  (table) => [
    uniqueIndex('ledger_leaves_seq').on(table.seq),
    index('ledger_leaves_unnumbered')
      .on(table.id)
      .where(sql`${table.seq} is null`),
    index('ledger_leaves_subject').on(table.subject),
    // Who could do what on a day is told by these alone, however much else is in the log.
    index('ledger_leaves_rights')
      .on(table.id)
      .where(sql`${table.type} in ('membership', 'grant')`),
    check('ledger_leaves_size', sql`octet_length(${table.entry}) <= 65535`),
  ],
);

/** Derived from the leaves of rights (src/db/rights.ts): each with when it began to hold and what took its place. */
export const rightsSaid = pgTable(
  'rights_said',
  {
    /** Of `ledger_leaves`. */
    leaf: bigint({ mode: 'number' }).primaryKey(),
    /** The same for all that was ever said of one right. */
    key: text().notNull(),
    saidAt: ms().notNull(),
    /** When something else was said of it; null while this stands. */
    replacedAt: ms(),
    held: boolean().notNull(),
    what: text().notNull(),
    project: text(),
    person: githubId(),
    name: text(),
    firstDay: text(),
    lastDay: text(),
  },
  (table) => [
    index('rights_said_standing')
      .on(table.key)
      .where(sql`${table.replacedAt} is null`),
    index('rights_said_days')
      .using('gist', sql`int8range(${table.saidAt}, ${table.replacedAt})`)
      .where(sql`${table.held}`),
    check('rights_said_order', sql`${table.replacedAt} >= ${table.saidAt}`),
  ],
);

/** Watermarks and the like. */
export const settings = pgTable('settings', {
  key: text().primaryKey(),
  value: jsonb().$type<Json>().notNull(),
  updatedAt: ms().notNull(),
});
