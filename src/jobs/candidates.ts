/** What the scheduler looks at: what runs, and the oldest ready jobs of every workspace. */
import { sql } from 'drizzle-orm';
import { rowsOf, textArray, type Tx } from '../db/database.ts';
import type { Pool, ReadyJob } from '../pipeline/pipeline.ts';

export interface Candidate extends ReadyJob {
  request: string;
  attempts: number;
  /** The agent that keeps its workspace. */
  agent: string | null;
  /** How many jobs of its workspace were looked at, at most. */
  heads: number;
}

/** What runs on the backend: no more rows than its pools hold. */
export async function runningJobs(tx: Tx, backend: string): Promise<ReadyJob[]> {
  return rowsOf(
    tx,
    sql`
      select id as job, workspace, pool, weight, seq::float8 as order
      from jobs where backend = ${backend} and state = 'running'`,
  );
}

interface Ask {
  backend: string;
  /** How many jobs could start at most, per pool. */
  asks: readonly { pool: Pool; most: number }[];
  /** How many run, whatever their pool and workspace. */
  running: number;
  /** Rises while workspaces had more to start than was looked at. */
  pass: number;
  agents: readonly string[];
  now: number;
  /** Projects that stand still. */
  frozen: readonly string[];
}

/** The oldest ready jobs of each workspace, as far as an agent that calls may run them. */
export async function readyHeads(tx: Tx, ask: Ask): Promise<Candidate[]> {
  if (ask.asks.length === 0) return [];
  const found: Candidate[] = [];
  // A table that has just grown has no statistics: left alone, the planner would sort it at every step.
  await planWithIndexes(tx, 'off');
  for (const { pool, most } of ask.asks) found.push(...(await headsOfPool(tx, ask, pool, most)));
  await planWithIndexes(tx, 'on');
  return found;
}

/**
 * Jumps from workspace to workspace along the index, so that 10,000 waiting jobs cost as many steps as
 * there are workspaces, and nothing is sorted. Of each it looks at no more jobs than could be its turn: those with the fewest
 * running go first, so that a workspace comes to its share of what runs and could start, and no further. Where others could
 * not use theirs, the next pass looks at more.
 */
async function headsOfPool(tx: Tx, ask: Ask, pool: Pool, most: number): Promise<Candidate[]> {
  const ready = sql`backend = ${ask.backend} and pool = ${pool} and state = 'pending' and unmet = 0`;
  return rowsOf(
    tx,
    sql`
      with recursive place (workspace) as (
        (select workspace from jobs where ${ready} order by workspace limit 1)
        union all
        select next.workspace from place, lateral (
          select workspace from jobs where ${ready} and workspace > place.workspace order by workspace limit 1
        ) as next
      ), share as (
        select least(
          ${most}::int,
          ceil((${most}::int + ${ask.running}::int)::numeric / greatest(count(*), 1) * ${4 ** ask.pass}::int)::int + 1
        ) as heads
        from place
      )
      select head.id as job, place.workspace, ${pool} as pool, head.weight, head.seq::float8 as order,
        head.request, head.attempts, keeper.agent, (select heads from share) as heads
      from place
      left join workspace_agents as keeper on keeper.backend = ${ask.backend} and keeper.workspace = place.workspace
      cross join lateral (
        select id, weight, seq, request, attempts from jobs
        where ${ready} and workspace = place.workspace and not_before <= ${ask.now}
        order by seq limit (select heads from share)
      ) as head
      where (keeper.agent is null or keeper.agent = any(${textArray(ask.agents)}))
        and (${ask.frozen.length} = 0 or not exists (
          select 1 from job_requests where job_requests.id = head.request
            and job_requests.project = any(${textArray(ask.frozen)})))`,
  );
}

async function planWithIndexes(tx: Tx, others: 'on' | 'off'): Promise<void> {
  await tx.execute(sql`
    select set_config('enable_sort', ${others}, true), set_config('enable_incremental_sort', ${others}, true),
      set_config('enable_seqscan', ${others}, true), set_config('enable_bitmapscan', ${others}, true)`);
}

/** Run tasks per agent, fewest first wins a new workspace. */
export async function agentLoads(
  tx: Tx,
  backend: string,
  agents: readonly string[],
): Promise<Map<string, number>> {
  const rows = await rowsOf<{ agent: string; n: number }>(
    tx,
    sql`
      select agent, count(*)::int as n from tasks
      where backend = ${backend} and state = 'active' and type = 'run' group by agent`,
  );
  const counted = new Map(rows.map(({ agent, n }) => [agent, n]));
  return new Map(agents.map((agent) => [agent, counted.get(agent) ?? 0]));
}
