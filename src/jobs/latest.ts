/**
 * The latest uncancelled job of every action in a workspace on a backend: what a plan starts from.
 *
 * Marked on the row, not searched for: among 25,000 past jobs a search is only as good as the statistics
 * that the database happens to hold.
 */
import { sql } from 'drizzle-orm';
import { rowsOf, textArray, type Db, type Tx } from '../db/database.ts';
import type { PastJob } from '../pipeline/pipeline.ts';

export async function latestJobs(db: Db, backend: string, workspace: string): Promise<PastJob[]> {
  return rowsOf(
    db,
    sql`select id as job, action, state from jobs where backend = ${backend} and workspace = ${workspace} and latest`,
  );
}

/** Before newer jobs of these actions are inserted. */
export async function supersede(
  tx: Tx,
  backend: string,
  workspace: string,
  actions: readonly string[],
): Promise<void> {
  await tx.execute(sql`
    update jobs set latest = false
    where backend = ${backend} and workspace = ${workspace} and latest and action = any(${textArray(actions)})`);
}

/** After jobs, whose mark is gone, were cancelled: the ones before them count again. */
export async function reinstate(tx: Tx, cancelled: readonly string[]): Promise<void> {
  if (cancelled.length === 0) return;
  await tx.execute(sql`
    update jobs set latest = true
    where not latest and id in (
      select distinct on (backend, workspace, action) id
      from jobs join (
        select distinct backend, workspace, action from jobs where id = any(${textArray(cancelled)})
      ) as gone using (backend, workspace, action)
      where code <> 'cancelled_by_user'
      order by backend, workspace, action, seq desc)`);
}
