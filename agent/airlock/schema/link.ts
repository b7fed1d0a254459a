/** What passes between the airlock and the hub: orders in, news and files out. */
import { index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { ms } from './columns.ts';

/** Written in the transaction that does the deed: an order is done once. */
export const orders = pgTable('orders', {
  id: text().primaryKey(),
  outcome: text().notNull(),
  code: text(),
  at: ms().notNull(),
});

/** What the hub has to be told: rises with every change, and `told` follows. */
export const outbox = pgTable(
  'outbox',
  {
    topic: text().notNull(),
    subject: text().notNull(),
    version: integer().notNull(),
    told: integer().notNull(),
    at: ms().notNull(),
  },
  (table) => [primaryKey({ columns: [table.topic, table.subject] }), index('outbox_at').on(table.at)],
);

export const uploads = pgTable(
  'uploads',
  {
    request: text().notNull(),
    batch: integer().notNull(),
    /** Of the file; 0 for the batch's start. */
    number: integer().notNull(),
    attempts: integer().notNull(),
    nextAt: ms().notNull(),
    /** Set when it gave up: an operator tries again. */
    failedAt: ms(),
    code: text(),
  },
  (table) => [primaryKey({ columns: [table.request, table.batch, table.number] })],
);

/** Files whose bytes were given to the link: from then on they may be outside, whatever the hub says. */
export const handedOut = pgTable(
  'handed_out',
  {
    request: text().notNull(),
    batch: integer().notNull(),
    number: integer().notNull(),
    at: ms().notNull(),
  },
  (table) => [primaryKey({ columns: [table.request, table.batch, table.number] })],
);

/** The airlock's own small settings and watermarks. */
export const settings = pgTable('airlock_settings', {
  key: text().primaryKey(),
  value: text().notNull(),
});
