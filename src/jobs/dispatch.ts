/**
 * Starts what may start: gives ready jobs to agents as run tasks.
 *
 * Called whenever something may have made room or made a job ready (submitted, ended, cancelled, an agent
 * called) and by the sweep. Repeating it is harmless. A job that cannot be started is held back alone.
 */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf } from '../db/database.ts';
import { freezesOn } from '../freezes/freezes.ts';
import { freezeOver } from '../governance/governance.ts';
import type { Backend, Governance } from '../governance/types.ts';
import { seconds } from '../lib/clock.ts';
import { ReadyQueue, type ReadyJob } from '../pipeline/pipeline.ts';
import { callingAgents, isPaused } from './agents.ts';
import { agentLoads, readyHeads, runningJobs, type Candidate } from './candidates.ts';
import { endJobs } from './ending.ts';
import { runTaskId } from './ids.ts';
import { maintenanceAt } from './maintained.ts';
import { endsByRights, startFacts } from './rights.ts';
import { namedIn } from './by-id.ts';
import { MAX_ATTEMPTS } from './state.ts';
import { changeJobs, type Change } from './transaction.ts';
import type { JobsDeps } from './types.ts';

/** Passes in one call: a pass looks at a bounded number of jobs per workspace. */
const MAX_PASSES = 10;
const HELD_BACK_MS = seconds(30);

interface Start extends Candidate {
  agent: string;
  /** The agent had the workspace before. */
  kept: boolean;
}

/**
 * How many jobs were started. Never throws: what called it has committed its own change already, and the
 * sweep tries again.
 */
export async function dispatch(deps: JobsDeps, backendId: string): Promise<number> {
  const governance = deps.governance();
  const backend = governance?.backends.find((each) => each.id === backendId);
  if (!governance || !backend?.active) return 0;
  let total = 0;
  try {
    if (!(await anythingReady(deps, backendId))) return 0;
    for (let pass = 0; pass < MAX_PASSES; pass++) {
      const { started, more } = await onePass(deps, governance, backend, pass);
      total += started;
      if (!more) break;
    }
  } catch (error) {
    deps.logger.error(
      { err: error, code: 'jobs.dispatch', backend: backendId },
      'Jobs could not be started now',
    );
  }
  return total;
}

/** When the next job may be tried again; undefined when none waits for a time. */
export async function nextRetryAt(
  deps: Pick<JobsDeps, 'db' | 'clock'>,
  backend: string,
): Promise<number | undefined> {
  const [row] = await rowsOf<{ at: number | null }>(
    deps.db,
    sql`
      select min(not_before)::float8 as at from jobs
      where backend = ${backend} and state = 'pending' and unmet = 0
        and not_before > 0 and not_before > ${deps.clock.now()}`,
  );
  return row?.at ?? undefined;
}

/** In the order of the index: else the table is read from its beginning, past all jobs that have ended. */
async function anythingReady(deps: JobsDeps, backend: string): Promise<boolean> {
  const rows = await rowsOf(
    deps.db,
    sql`
      select 1 from jobs
      where backend = ${backend} and state = 'pending' and unmet = 0 and not_before <= ${deps.clock.now()}
      order by pool, workspace, seq limit 1`,
  );
  return rows.length > 0;
}

/** `more`: a workspace of which all jobs that were looked at started may have others. */
async function onePass(
  deps: JobsDeps,
  governance: Governance,
  backend: Backend,
  pass: number,
): Promise<{ started: number; more: boolean }> {
  let chosen: Start[] = [];
  try {
    return await changeJobs(deps, backend.id, async (change) => {
      const choice = await choose(change, governance, backend, pass);
      chosen = choice.starts;
      await start(change, chosen);
      return { started: chosen.length, more: choice.more };
    });
  } catch (error) {
    if (chosen.length === 0) throw error;
    deps.logger.error(
      { err: error, code: 'jobs.dispatch', jobs: chosen.length },
      'Jobs could not be started together',
    );
    return { started: await startSingly(deps, backend, chosen), more: false };
  }
}

async function choose(
  change: Change,
  governance: Governance,
  backend: Backend,
  pass: number,
): Promise<{ starts: Start[]; more: boolean }> {
  const { tx, now } = change;
  const none = { starts: [], more: false };
  if (await isPaused(tx, backend.id)) return none;
  const on = await freezesOn(tx);
  if (freezeOver(on, { project: null, backend: backend.id })) return none;
  const frozen = on.flatMap(({ scope }) => (scope.kind === 'project' ? [scope.id] : []));
  const agents = await callingAgents(tx, backend, now);
  if (agents.length === 0) return none;
  const running = await runningJobs(tx, backend.id);
  const maintained = await maintenanceAt(tx, backend.id, now);
  const asks = (['database', 'general'] as const).flatMap((pool) => {
    if (pool === 'database' && maintained) return [];
    const used = running.filter((job) => job.pool === pool).reduce((sum, job) => sum + job.weight, 0);
    const free = backend.pools[pool] - used;
    return free > 0 ? { pool, most: Math.ceil(free) * 2 } : [];
  });
  const candidates = await readyHeads(tx, {
    ...{ backend: backend.id, asks, agents, now, frozen },
    ...{ running: running.length, pass },
  });
  if (candidates.length === 0) return none;
  const taken = inOrder(candidates, running, backend);
  const facts = await startFacts(
    tx,
    taken.map(({ job }) => job),
  );
  const ends = endsByRights(governance, backend, facts, now);
  await endJobs(change, ends, 'hub');
  const free = taken.filter(({ job }) => !ends.some(({ id }) => id === job));
  return {
    starts: assign(free, await agentLoads(tx, backend.id, agents)),
    // Whoever ended left their place to others.
    more: ends.length > 0 || asks.some(({ pool }) => exhausted(taken, pool)),
  };
}

/** Whether all jobs of a workspace that were looked at start: it may have others. */
function exhausted(taken: readonly Candidate[], pool: ReadyJob['pool']): boolean {
  const left = new Map<string, number>();
  for (const each of taken) {
    if (each.pool === pool) left.set(each.workspace, (left.get(each.workspace) ?? each.heads) - 1);
  }
  return [...left.values()].some((n) => n <= 0);
}

function inOrder(
  candidates: readonly Candidate[],
  running: readonly ReadyJob[],
  { pools }: Backend,
): Candidate[] {
  const queue = new ReadyQueue(pools);
  // Where a limit was lowered since the job was submitted, a heavy job takes the whole pool.
  const bounded = <T extends ReadyJob>(job: T): T => ({
    ...job,
    weight: Math.min(job.weight, pools[job.pool]),
  });
  for (const job of running) queue.started(job);
  const byJob = new Map<string, Candidate>();
  for (const candidate of candidates) {
    byJob.set(candidate.job, candidate);
    queue.add(bounded(candidate));
  }
  const taken: Candidate[] = [];
  for (let job = queue.take(); job; job = queue.take())
    taken.push(...[byJob.get(job.job)].filter((each) => each !== undefined));
  return taken;
}

/** A workspace stays with its agent; a new one goes to the agent with the fewest tasks. */
function assign(chosen: readonly Candidate[], loads: Map<string, number>): Start[] {
  const keepers = new Map<string, string>();
  return chosen.map((candidate) => {
    const agent = candidate.agent ?? keepers.get(candidate.workspace) ?? leastLoaded(loads);
    keepers.set(candidate.workspace, agent);
    loads.set(agent, (loads.get(agent) ?? 0) + 1);
    return { ...candidate, agent, kept: candidate.agent !== null };
  });
}

function leastLoaded(loads: ReadonlyMap<string, number>): string {
  const [first] = [...loads.entries()].sort(([a, m], [b, n]) => m - n || (a < b ? -1 : 1));
  if (!first) throw new TypeError('no agent to assign to');
  return first[0];
}

async function start(change: Change, starts: readonly Start[]): Promise<void> {
  if (starts.length === 0) return;
  const { tx, now, backend } = change;
  const seqs = await taskNumbers(change, starts);
  const rows = starts.map(({ job, workspace, request, agent, attempts }) => ({
    id: runTaskId(job, attempts + 1),
    job,
    workspace,
    request,
    agent,
    seq: seqs.next(agent),
  }));
  const given = sql`json_to_recordset(${asJson(rows)}) as row (id text, job text, workspace text, agent text, seq bigint)`;
  await tx.execute(sql`
    insert into tasks (id, type, job, backend, agent, seq, state, created_at, shown_at)
    select id, 'run', job, ${backend}, agent, seq, 'active', ${now}, null from ${given}`);
  if (starts.some(({ kept }) => !kept)) {
    await tx.execute(sql`
      insert into workspace_agents (backend, workspace, agent, since)
      select distinct ${backend}, workspace, agent, ${now}::bigint from ${given} on conflict do nothing`);
  }
  // It could start when all that it needs had ended, and its turn to be tried again had come.
  const started = await rowsOf<{ since: number }>(
    tx,
    sql`
    update jobs set state = 'running', code = 'initiated', attempts = attempts + 1, started_at = ${now},
      updated_at = ${now}, reason = null
    from ${given} where jobs.id = row.job and ${namedIn(
      rows.map(({ job }) => job),
      'pending',
    )}
    returning greatest(jobs.created_at, jobs.not_before,
      (select max(needed.completed_at) from job_needs join jobs as needed on needed.id = job_needs.needs
        where job_needs.job = jobs.id))::float8 as since`,
  );
  change.waits.push(...started.map(({ since }) => Math.max(0, now - since)));
  for (const { job, request, agent } of rows) {
    change.requests.add(request);
    change.agents.add(agent);
    change.tell({
      type: 'job',
      actor: 'hub',
      subject: `job:${job}`,
      body: { event: 'started', request, agent },
    });
  }
}

/** Reserves numbers of tasks, rising per agent. */
export async function taskNumbers(
  change: Change,
  wanted: readonly { agent: string }[],
): Promise<{ next(agent: string): number }> {
  const counts = new Map<string, number>();
  for (const { agent } of wanted) counts.set(agent, (counts.get(agent) ?? 0) + 1);
  const asked = [...counts].map(([agent, n]) => ({ agent, n }));
  const rows = await rowsOf<{ id: string; last: number }>(
    change.tx,
    sql`
      update agents set task_seq = task_seq + row.n
      from json_to_recordset(${asJson(asked)}) as row (agent text, n int)
      where agents.backend = ${change.backend} and agents.id = row.agent
      returning agents.id, agents.task_seq::float8 as last`,
  );
  const at = new Map(rows.map(({ id, last }) => [id, last - (counts.get(id) ?? 0)]));
  return {
    next(agent) {
      const seq = (at.get(agent) ?? 0) + 1;
      at.set(agent, seq);
      return seq;
    },
  };
}

/** Each in a transaction of its own; one that fails is held back, after some attempts ended as an internal error. */
async function startSingly(deps: JobsDeps, backend: Backend, chosen: readonly Start[]): Promise<number> {
  let started = 0;
  for (const each of chosen) {
    try {
      started += await changeJobs(deps, backend.id, async (change) => {
        // Another hub may have started it since it was chosen.
        if (!(await stillPending(change, each))) return 0;
        await start(change, [each]);
        return 1;
      });
    } catch (error) {
      deps.logger.error(
        { err: error, code: 'jobs.faulty', job: each.job },
        'A job could not be started and is held back',
      );
      await changeJobs(deps, backend.id, (change) => holdBack(change, each));
    }
  }
  return started;
}

async function stillPending({ tx }: Change, { job, attempts }: Start): Promise<boolean> {
  const rows = await rowsOf(
    tx,
    sql`select 1 from jobs where id = ${job} and state = 'pending' and attempts = ${attempts}`,
  );
  return rows.length > 0;
}

async function holdBack(change: Change, each: Start): Promise<void> {
  if (!(await stillPending(change, each))) return;
  const { job, attempts } = each;
  if (attempts + 1 >= MAX_ATTEMPTS) {
    await endJobs(change, [{ id: job, state: 'failed', code: 'internal_error' }], 'hub');
    return;
  }
  await change.tx.execute(sql`
    update jobs set attempts = attempts + 1, not_before = ${change.now + HELD_BACK_MS}, updated_at = ${change.now}
    where id = ${job} and state = 'pending'`);
}
