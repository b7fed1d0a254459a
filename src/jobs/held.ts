/** What happens to database jobs when maintenance begins: those that run are put back into the queue, where they wait. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import { resetJobs, type Resetter } from './stopping.ts';
import type { Change } from './transaction.ts';
import type { JobsDeps } from './types.ts';

export async function hold(change: Change, deps: JobsDeps, { by, why }: Resetter): Promise<void> {
  await resetJobs(change, deps, {
    which: sql`jobs.pool = 'database'`,
    code: 'waiting_on_db_maintenance',
    by,
    why,
  });
  await showWaiting(change);
}

/** What a waiting job waits for is part of what GitHub shows. */
export async function showWaiting(change: Change): Promise<void> {
  const waiting = await rowsOf<{ request: string }>(
    change.tx,
    sql`
      select distinct request from jobs
      where backend = ${change.backend} and state = 'pending' and pool = 'database'`,
  );
  for (const { request } of waiting) change.requests.add(request);
}
