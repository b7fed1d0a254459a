/** The latest uncancelled job of every action in a workspace on a backend: what a plan starts from. */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';
import type { PastJob } from '../pipeline/pipeline.ts';

/**
 * Jumps from action to action along the index: 25,000 past jobs of 50 actions cost 50 steps, not 25,000 rows.
 */
export async function latestJobs(db: Db, backend: string, workspace: string): Promise<PastJob[]> {
  const mine = sql`backend = ${backend} and workspace = ${workspace} and code <> 'cancelled_by_user'`;
  return rowsOf<PastJob>(
    db,
    sql`
      with recursive latest (job, action, state) as (
        (select id, action, state from jobs where ${mine} order by action, seq desc limit 1)
        union all
        select next.id, next.action, next.state from latest, lateral (
          select id, action, state from jobs where ${mine} and action > latest.action
          order by action, seq desc limit 1
        ) as next
      )
      select job, action, state from latest`,
  );
}
