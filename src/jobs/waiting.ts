/** What a pending job waits for: derived when it is read, so that 10,000 waiting jobs are never rewritten. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import { frozenAt } from '../freezes/freezes.ts';
import type { Pool } from '../pipeline/pipeline.ts';
import { callingAgents, isPaused } from './agents.ts';
import { maintenanceAt } from './maintained.ts';
import type { JobsDeps } from './types.ts';

export interface Waiting {
  code: string;
  unmet: number;
  pool: Pool;
  weight: number;
}

/** Looks at the backend once; the answer tells the code of any of its pending jobs. */
export async function waitingCodes(
  deps: JobsDeps,
  { backend: backendId, project }: { backend: string; project: string | null },
): Promise<(job: Waiting) => string> {
  const backend = deps.governance()?.backends.find(({ id }) => id === backendId);
  const paused = await isPaused(deps.db, backendId);
  const maintained = await maintenanceAt(deps.db, backendId, deps.clock.now());
  const frozen = await frozenAt(deps.db, { project, backend: backendId });
  const calling = backend?.active ? await callingAgents(deps.db, backend, deps.clock.now()) : [];
  const used = await rowsOf<{ pool: Pool; weight: number }>(
    deps.db,
    sql`select pool, sum(weight)::float8 as weight from jobs where backend = ${backendId} and state = 'running' group by pool`,
  );
  const free = { general: backend?.pools.general ?? 0, database: backend?.pools.database ?? 0 };
  for (const { pool, weight } of used) free[pool] -= weight;
  return (job) => {
    if (job.code !== 'created') return job.code;
    if (frozen) return 'frozen';
    if (paused) return 'paused';
    if (job.unmet > 0) return 'waiting_on_dependencies';
    if (maintained && job.pool === 'database') return 'waiting_on_db_maintenance';
    if (calling.length === 0) return 'waiting_on_agent';
    if (job.weight <= free[job.pool]) return job.code;
    return job.pool === 'database' ? 'waiting_on_db_workers' : 'waiting_on_workers';
  };
}
