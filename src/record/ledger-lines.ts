/** Lines of the ledger, as lists show them; what an entry says is read from its tile or its page. */
import { sql, type SQL } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';
import type { LedgerLine } from './types.ts';

const MOST_ABOUT_ONE = 100;

/** Oldest first, the newest hundred at most. */
export async function entriesAbout(db: Db, subject: string): Promise<LedgerLine[]> {
  const lines = await select(db, sql`subject = ${subject} order by id desc limit ${MOST_ABOUT_ONE}`);
  return lines.reverse();
}

/** Those that are in the tree, newest first, before this place. */
export function ledgerLines(db: Db, ask: { before?: number; limit: number }): Promise<LedgerLine[]> {
  const { before = Number.MAX_SAFE_INTEGER, limit } = ask;
  return select(db, sql`seq < ${before}::bigint order by seq desc limit ${limit}`);
}

/** As it is in the tree; undefined when there is none yet at this place. */
export async function ledgerEntry(
  db: Db,
  place: number,
): Promise<{ entry: string; hash: string; subject: string } | undefined> {
  const [row] = await rowsOf<{ entry: string; hash: string; subject: string }>(
    db,
    sql`select entry, hash, subject from ledger_leaves where seq = ${place}::bigint`,
  );
  return row;
}

async function select(db: Db, where: SQL): Promise<LedgerLine[]> {
  const rows = await rowsOf<{ place: number | null; type: string; subject: string; entry: string }>(
    db,
    sql`select seq::float8 as place, type, subject, entry from ledger_leaves where ${where}`,
  );
  return rows.map(({ place, type, subject, entry }) => ({ place, type, subject, ...saidIn(entry) }));
}

function saidIn(entry: string): { time: string; event: string } {
  const { time, body } = JSON.parse(entry) as { time: string; body: Record<string, unknown> };
  return { time, event: typeof body['event'] === 'string' ? body['event'] : '' };
}
