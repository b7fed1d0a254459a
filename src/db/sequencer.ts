/**
 * Numbers committed leaves: 0, 1, 2, …, without gaps and never twice, and takes them into the ledger's tree.
 *
 * One sequencer at a time, by an advisory lock that ends with its transaction; a batch is one
 * transaction, so a crash leaves it either numbered, in the tree and signed, or nothing of it. A leaf that was
 * written earlier but committed later simply gets the later number.
 */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from './database.ts';
import { growTree, signTree, type LogKeys } from './log.ts';

const SEQUENCER_LOCK = 7_305_002;

/** How many were taken in; 0 also when another sequencer is at work. Without keys nothing is signed. */
export async function numberLeaves(
  db: Db,
  batch = 10_000,
  signing?: { keys: LogKeys; now: number },
): Promise<number> {
  return db.transaction(async (tx) => {
    const [lock] = await rowsOf<{ mine: boolean }>(
      tx,
      sql`select pg_try_advisory_xact_lock(${SEQUENCER_LOCK}::bigint) as mine`,
    );
    if (!lock?.mine) return 0;
    await tx.execute(sql`
      with fresh as (
        select id, row_number() over (order by id) as place
        from (select id from ledger_leaves where seq is null order by id limit ${batch}) as unnumbered
      )
      update ledger_leaves as leaf
      set seq = (select coalesce(max(seq), -1) from ledger_leaves) + fresh.place
      from fresh where leaf.id = fresh.id`);
    // What was numbered before there was a tree comes first; the numbers just given wait for their turn.
    const taken = await growTree(tx, batch);
    if (signing) await signTree(tx, signing.keys, signing.now);
    return taken;
  });
}
