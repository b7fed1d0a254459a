/**
 * Numbers committed leaves: 0, 1, 2, …, without gaps and never twice.
 *
 * One sequencer at a time, by an advisory lock that ends with its transaction; a batch is one
 * transaction, so a crash leaves it either numbered or not. A leaf that was written earlier but committed
 * later simply gets the later number.
 */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from './database.ts';

const SEQUENCER_LOCK = 7_305_002;

/** How many were numbered; 0 also when another sequencer is at work. */
export async function numberLeaves(db: Db, batch = 10_000): Promise<number> {
  return db.transaction(async (tx) => {
    const [lock] = await rowsOf<{ mine: boolean }>(
      tx,
      sql`select pg_try_advisory_xact_lock(${SEQUENCER_LOCK}::bigint) as mine`,
    );
    if (!lock?.mine) return 0;
    const numbered = await rowsOf<{ n: number }>(
      tx,
      sql`
        with fresh as (
          select id, row_number() over (order by id) as place
          from (select id from ledger_leaves where seq is null order by id limit ${batch}) as unnumbered
        ), numbered as (
          update ledger_leaves as leaf
          set seq = (select coalesce(max(seq), -1) from ledger_leaves) + fresh.place
          from fresh where leaf.id = fresh.id
          returning 1
        )
        select count(*)::int as n from numbered`,
    );
    return numbered[0]?.n ?? 0;
  });
}
