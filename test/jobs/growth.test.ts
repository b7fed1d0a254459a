/** What a hand-out costs does not depend on how many wait, nor on how many have been: counted in rows read, so that no machine's noise tells. */
import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../../src/db/database.ts';
import { eachDatabase, type TestDatabase } from '../support/database.ts';
import { aBackend, aGovernance, aPipeline, aWorld } from '../support/jobs.ts';

const AT_ONCE = 20;
const WORKSPACES = 20;

/** So many jobs wait and as many have ended, all with this agent; then rows of jobs and tasks read by giving out and ending twenty. */
async function rowsRead(database: TestDatabase, many: number, looked: 'never' | 'now'): Promise<number> {
  const governance = aGovernance([aBackend({ pools: { general: AT_ONCE, database: 1 } })]);
  const { request } = await aWorld(database, governance).submit({ pipeline: aPipeline({ first: [] }) });
  await fill(database.db, request, many);
  if (looked === 'now') await database.db.execute(sql`analyze jobs, tasks, job_requests`);
  let read = 0;
  // What is read is counted per transaction.
  await database.db.transaction(async (tx) => {
    const world = aWorld({ ...database, db: tx as unknown as Db }, governance);
    const agent = world.agent();
    const before = await readSoFar(tx);
    const runs = await agent.runs();
    expect(runs).toHaveLength(AT_ONCE);
    await agent.reports(runs.map((run) => ({ task: run, state: 'succeeded' as const })));
    read = (await readSoFar(tx)) - before;
  });
  return read;
}

async function fill(db: Db, request: string, many: number): Promise<void> {
  const insert = (state: 'pending' | 'succeeded') => sql`
    insert into jobs (id, request, backend, data, workspace, action, run, pool, weight, why, latest, state, code,
      created_at, updated_at, completed_at)
    select ${state.slice(0, 1)} || lpad(n::text, 15, '0'), ${request}, 'schools', 'real', 'w' || n % ${WORKSPACES}::int,
      ${state} || n, 'python:v1 a.py', 'general', 1, 'forced', true, ${state},
      ${state === 'pending' ? 'created' : 'succeeded'}, 0, 0, ${state === 'pending' ? null : 0}::bigint
    from generate_series(1, ${many}::int) as n`;
  await db.execute(insert('succeeded'));
  await db.execute(insert('pending'));
  await db.execute(sql`
    insert into tasks (id, type, job, backend, agent, seq, state, created_at, done_at)
    select id, 'run', id, 'schools', 'agent-1', row_number() over (order by id), 'done', 0, 0
    from jobs where state = 'succeeded'`);
  await db.execute(sql`
    insert into agents (backend, id, last_seen_at, engine, task_seq) values ('schools', 'agent-1', 0, true, ${many})`);
}

async function readSoFar(db: Db): Promise<number> {
  const [row] = await rowsOf<{ n: number }>(
    db,
    sql`
      select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::float8 as n from pg_stat_xact_user_tables
      where relname in ('jobs', 'tasks', 'job_requests')`,
  );
  return row?.n ?? 0;
}

eachDatabase((open) => {
  // A table that has just grown is taken for small, or for something else than it is.
  test.each(['never', 'now'] as const)(
    'of thousands of jobs, giving out one and ending it reads a few rows, when the database has looked at its tables %s',
    async (looked) => {
      const read = await rowsRead(await open(), 4000, looked);

      expect(read).toBeGreaterThan(AT_ONCE);
      expect(read / AT_ONCE).toBeLessThan(50);
    },
  );
});
