/** A run on real data, in the hub's tables alone. */
import { sql } from 'drizzle-orm';
import { days } from '../../src/lib/clock.ts';
import { PROJECT, REPOSITORY } from './governance.ts';
import type { World } from './world.ts';

/** A request with one job that was begun on real data a day ago. */
export async function ranOnRealData(
  w: World,
  data: 'real' | 'dummy' = 'real',
  id = 'a'.repeat(16),
): Promise<void> {
  const at = w.clock.now() - days(1);
  await w.database.db.execute(sql`
    insert into job_requests (id, repository_id, owner, name, branch, commit, backend, workspace, project, requested_by,
      requested_by_login, actions, force, codelists_ok, purpose, notify, origin, outcome, reused, job_count, digest, created_at)
    values (${id}, ${REPOSITORY}, 'o', 'n', 'main', ${'c'.repeat(40)}, 'attainment', 'w', ${PROJECT}, 1, 'x', '[]', false, true,
      'run', 'end', 'null', 'accepted', '[]', 1, 'd', ${at})`);
  await w.database.db.execute(sql`
    insert into jobs (id, request, backend, data, workspace, action, run, pool, weight, why, latest, state, code,
      created_at, started_at, updated_at)
    values (${id}, ${id}, 'attainment', ${data}, 'w', ${id}, 'r', 'general', 1, 'asked-for', false, 'running', 'executing',
      ${at}, ${at}, ${at})`);
}
