/** Writes ledger leaves in the transaction that changes the state. */
import { sql } from 'drizzle-orm';
import { leafOf, type LedgerEntry } from '../ledger/ledger.ts';
import { asJson, type Tx } from './database.ts';

/** Unnumbered: places in the log are given after the commit, so that writers never wait for each other. */
export async function record(tx: Tx, ...entries: LedgerEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await tx.execute(sql`
    insert into ledger_leaves (type, subject, entry, hash)
    select type, subject, entry, hash
    from json_to_recordset(${asJson(entries.map(leafOf))}) as row (type text, subject text, entry text, hash text)`);
}
