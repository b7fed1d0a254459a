/** Before the machine of a backend is started anew: nothing is started there any more, and what runs waits for another turn. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import { pauseBackend } from './pause.ts';
import { resetJobs } from './stopping.ts';
import { changeJobs } from './transaction.ts';
import type { JobsDeps } from './types.ts';

export interface RebootState {
  paused: boolean;
  /** Ids of jobs whose containers have not gone yet. */
  running: string[];
  /** Nothing runs, and nothing will be started. */
  safe: boolean;
}

/** Pauses the backend and stops what runs there; repeating it is harmless. Afterwards it stays paused until somebody lets it go on. */
export async function prepareForReboot(
  deps: JobsDeps,
  { backend, why }: { backend: string; why: string },
): Promise<RebootState> {
  await pauseBackend(deps, { backend, paused: true, why });
  await changeJobs(deps, backend, async (change) => {
    const { stopping, waiting } = await resetJobs(change, deps, {
      which: sql`true`,
      code: 'waiting_on_reboot',
      by: 'operator',
      why,
    });
    if (stopping.length + waiting.length === 0) return;
    change.tell({
      type: 'policy',
      actor: 'operator',
      subject: `backend:${backend}`,
      body: { event: 'reboot-prepared', jobs: stopping.length + waiting.length, why },
    });
  });
  return rebootState(deps, backend);
}

export async function rebootState(deps: JobsDeps, backend: string): Promise<RebootState> {
  const running = await rowsOf<{ id: string }>(
    deps.db,
    sql`select id from jobs where backend = ${backend} and state = 'running' order by seq`,
  );
  const held = await rowsOf(
    deps.db,
    sql`select 1 from backend_state where backend = ${backend} and paused_at is not null`,
  );
  const paused = held.length > 0;
  return { paused, running: running.map(({ id }) => id), safe: paused && running.length === 0 };
}
