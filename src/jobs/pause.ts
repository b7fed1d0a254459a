/** Holding a backend: pending jobs wait, running ones go on. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import { isPaused } from './agents.ts';
import { dispatch } from './dispatch.ts';
import { changeJobs } from './transaction.ts';
import type { JobsDeps } from './types.ts';

/** False when it was so already. */
export async function pauseBackend(
  deps: JobsDeps,
  ask: { backend: string; paused: boolean; why: string },
): Promise<boolean> {
  const { backend, paused, why } = ask;
  const changed = await changeJobs(deps, backend, async (change) => {
    const { tx, now } = change;
    if ((await isPaused(tx, backend)) === paused) return false;
    await tx.execute(sql`
      insert into backend_state (backend, paused_at, paused_why) values (${backend}, ${paused ? now : null}, ${paused ? why : null})
      on conflict (backend) do update set paused_at = excluded.paused_at, paused_why = excluded.paused_why`);
    change.tell({
      type: 'policy',
      actor: 'operator',
      subject: `backend:${backend}`,
      body: { event: paused ? 'paused' : 'unpaused', why },
    });
    // What a waiting job waits for is part of what GitHub shows.
    const waiting = await rowsOf<{ request: string }>(
      tx,
      sql`select distinct request from jobs where backend = ${backend} and state = 'pending'`,
    );
    for (const { request } of waiting) change.requests.add(request);
    return true;
  });
  if (!paused) await dispatch(deps, backend);
  return changed;
}
