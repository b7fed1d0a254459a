/** The ledger's leaves, and the hub's own settings. */
import { sql } from 'drizzle-orm';
import { bigserial, check, index, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
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

/** Watermarks and the like. */
export const settings = pgTable('settings', {
  key: text().primaryKey(),
  value: jsonb().$type<Json>().notNull(),
  updatedAt: ms().notNull(),
});
