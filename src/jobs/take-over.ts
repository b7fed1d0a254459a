/**
 * Takes runs back from agents that died, fell silent or are being drained, and gives them to others.
 *
 * Only runs that their agent cannot have read: a run that was shown to an agent may go on in a container
 * there, whether or not its agent lives, and the outputs of its workspace lie on that agent's disk. Those stay,
 * and go on when the agent is back. So no job is ever with two agents, and no workspace has two manifests.
 */
import { sql } from 'drizzle-orm';
import { rowsOf, textArray } from '../db/database.ts';
import { everyHubMarks } from '../db/presence.ts';
import { JOB_CODES } from '../db/schema/jobs.ts';
import { mayTake } from './agents.ts';
import { dispatch } from './dispatch.ts';
import { endJobs, requeueJobs } from './ending.ts';
import { changeJobs, type Change } from './transaction.ts';
import type { JobsDeps } from './types.ts';

/** How a task ends that was taken back: no report of any agent says so. */
const MOVED = 'moved';

/** How many runs were taken back. Called every second; costs one look at what runs when there is nothing to do. */
export async function takeOver(deps: JobsDeps): Promise<number> {
  const now = deps.clock.now();
  const backends = await rowsOf<{ backend: string }>(
    deps.db,
    sql`select distinct tasks.backend from tasks ${withTheirAgents(now)}`,
  );
  // A hub from before there were leases shows runs without noting it.
  if (backends.length === 0 || !(await everyHubMarks(deps.db))) return 0;
  let taken = 0;
  for (const { backend } of backends) {
    taken += await changeJobs(deps, backend, takeBack);
    await dispatch(deps, backend);
  }
  return taken;
}

/** Runs nobody has seen of agents that may be given nothing, where another may, or this one wants to end. */
const withTheirAgents = (now: number) => sql`
  join agents on agents.backend = tasks.backend and agents.id = tasks.agent
  where tasks.state = 'active' and tasks.type = 'run' and tasks.shown_at is null and not ${mayTake(now)}
    and (agents.draining or exists (
      select 1 from agents as other where other.backend = agents.backend and ${mayTakeAs('other', now)}))`;

function mayTakeAs(alias: string, now: number) {
  return sql`exists (select 1 from agents where agents.backend = ${sql.raw(alias)}.backend and agents.id = ${sql.raw(alias)}.id and ${mayTake(now)})`;
}

async function takeBack(change: Change): Promise<number> {
  const { tx, backend, now } = change;
  const moved = await rowsOf<{ job: string; agent: string; workspace: string; stop: string | null }>(
    tx,
    sql`
      update tasks set state = 'done', ended = ${MOVED}, done_at = ${now}
      from jobs
      where jobs.id = tasks.job and tasks.shown_at is null and tasks.state = 'active'
        and tasks.id in (select tasks.id from tasks ${withTheirAgents(now)} and tasks.backend = ${backend})
      returning tasks.job, tasks.agent, jobs.workspace, jobs.stop_code as stop`,
  );
  if (moved.length === 0) return 0;
  for (const { agent } of moved) change.agents.add(agent);
  await freeWorkspaces(
    change,
    moved.map(({ workspace }) => workspace),
  );
  const ends = moved.flatMap(({ job, stop }) => {
    const code = JOB_CODES.failed.find((each) => each === stop);
    return code ? [{ id: job, state: 'failed' as const, code }] : [];
  });
  await endJobs(change, ends, 'hub');
  await requeueJobs(
    change,
    moved
      .filter(({ job }) => !ends.some(({ id }) => id === job))
      .map(({ job }) => ({ id: job, afterMs: 0, reset: 'waiting_on_new_task' as const })),
    'hub',
  );
  return moved.length;
}

/** Of which their agent has never read a run: nothing of them can lie on its disk. */
async function freeWorkspaces({ tx, backend }: Change, workspaces: readonly string[]): Promise<void> {
  await tx.execute(sql`
    delete from workspace_agents as kept
    where kept.backend = ${backend} and kept.workspace = any(${textArray(workspaces)}) and not exists (
      select 1 from jobs join tasks on tasks.job = jobs.id
      where jobs.backend = kept.backend and jobs.workspace = kept.workspace
        and tasks.agent = kept.agent and tasks.type = 'run' and tasks.shown_at is not null)`);
}
