/** Holding a backend: pending jobs wait, running ones go on. */
import { sql } from 'drizzle-orm';
import { isPaused } from './agents.ts';
import { dispatch } from './dispatch.ts';
import { changeJobs } from './transaction.ts';
import type { JobsDeps } from './types.ts';

export async function pauseBackend(
  deps: JobsDeps,
  ask: { backend: string; paused: boolean; by: number; why: string },
): Promise<void> {
  const { backend, paused, by, why } = ask;
  await changeJobs(deps, backend, async (change) => {
    if ((await isPaused(change.tx, backend)) === paused) return;
    const at = paused ? change.now : null;
    await change.tx.execute(sql`
      insert into backend_state (backend, paused_at, paused_by, paused_why) values (${backend}, ${at}, ${by}, ${why})
      on conflict (backend) do update set
        paused_at = excluded.paused_at, paused_by = excluded.paused_by, paused_why = excluded.paused_why`);
    change.tell({
      type: 'policy',
      actor: `person:${by}`,
      subject: `backend:${backend}`,
      body: { event: paused ? 'paused' : 'unpaused', why },
    });
  });
  if (!paused) await dispatch(deps, backend);
}
