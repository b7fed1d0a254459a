/** The ledger's tree as it is served, and what was signed of it. */
import { sql } from 'drizzle-orm';
import { check, customType, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { githubId, ms } from './columns.ts';

const bytea = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });

/** One row per tile, full or not: a narrower tile is the beginning of a wider one. */
export const ledgerTiles = pgTable(
  'ledger_tiles',
  {
    level: integer().notNull(),
    place: githubId().notNull(),
    /** Hashes of 32 bytes, at most 256. */
    hashes: bytea().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.level, table.place] }),
    check(
      'ledger_tiles_whole',
      sql`octet_length(${table.hashes}) between 32 and 8192 and octet_length(${table.hashes}) % 32 = 0`,
    ),
  ],
);

/** Every checkpoint that was signed; the longest is served. */
export const ledgerCheckpoints = pgTable('ledger_checkpoints', {
  size: githubId().primaryKey(),
  /** Base64, as in the note. */
  root: text().notNull(),
  note: text().notNull(),
  signedAt: ms().notNull(),
});

/** What was to be an entry and is of no kind that may be public: in the log stands its digest. For the operator. */
export const ledgerWithheld = pgTable('ledger_withheld', {
  /** SHA-256 over salt and entry. */
  commitment: text().primaryKey(),
  salt: text().notNull(),
  entry: text().notNull(),
  fault: text().notNull(),
});
