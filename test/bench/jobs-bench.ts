/**
 * What P4 and P5 are made of: submitting and scheduling 10,000 jobs, and no-op jobs through the zone API
 * against pg-boss, on the same engine.
 *
 * Each function gives milliseconds or jobs per second of one round; pairing them is the caller's business.
 */
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import express from 'express';
import { rowsOf } from '../../src/db/database.ts';
import { openDatabase, type OpenDatabase } from '../../src/db/open.ts';
import {
  agentSeen,
  dispatch,
  latestJobs,
  submitRequest,
  zoneRoutes,
  type ZoneDeps,
} from '../../src/jobs/jobs.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { ZoneClient, type Update } from '../../src/protocol/protocol.ts';
import { aBackend, AGENT_KEY, aGovernance, anAction, aRequest, aWorld, HUB_KEY } from '../support/jobs.ts';
import { postgresBin } from '../support/places.ts';
import { testPostgres } from '../support/postgres.ts';

const logger = createLogger('bench', { level: 'silent' });

export interface BenchDatabase extends OpenDatabase {
  /** Of PostgreSQL, for pg-boss. */
  url?: string;
  /** Closes and removes it. */
  remove(): Promise<void>;
}

/** PostgreSQL with fsync where the machine has it, else PGlite in a folder: say which when quoting. */
export async function benchDatabase(kind = postgresBin() ? 'postgres' : 'pglite'): Promise<BenchDatabase> {
  if (kind === 'postgres') {
    const server = await testPostgres({ fsync: true, owner: process.pid });
    const { url, remove } = await server.createDatabase();
    const opened = await openDatabase({ url, logger });
    return { ...opened, url, remove: () => opened.close().then(remove) };
  }
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  const opened = await openDatabase({ dir, logger });
  const remove = async (): Promise<void> => {
    await opened.close();
    rmSync(dir, { recursive: true, force: true });
  };
  return { ...opened, remove };
}

/** One request of so many jobs, a chain of two each: milliseconds until it is durable. */
export async function submitMs(database: OpenDatabase, jobs = 10_000): Promise<number> {
  await emptyTables(database);
  const world = aWorld(database);
  const actions = Array.from({ length: jobs }, (_, at) => anAction(`a${at}`, at % 2 ? [`a${at - 1}`] : []));
  const input = aRequest({ pipeline: { version: 4, populationSize: null, actions } });
  const started = performance.now();
  const answer = await submitRequest(world.deps, input);
  const took = performance.now() - started;
  if (isRefusal(answer) || answer.jobs !== jobs) throw new Error('not submitted');
  return took;
}

/**
 * So many ready jobs in 50 workspaces, 15 slots: milliseconds of one decision that fills the slots,
 * with its durable writes. Several decisions follow one another, each on freed slots.
 */
export async function decisionMs(
  database: OpenDatabase,
  pending = 10_000,
  decisions = 10,
): Promise<number[]> {
  await emptyTables(database);
  const slots = 15;
  const world = aWorld(database, aGovernance([aBackend({ pools: { general: slots, database: 6 } })]));
  const perWorkspace = Math.ceil(pending / 50);
  const actions = Array.from({ length: perWorkspace }, (_, at) => anAction(`a${at}`));
  for (let at = 0; at < 50; at++) {
    await world.submit({ branch: `b${at}`, pipeline: { version: 4, populationSize: null, actions } });
  }
  await agentSeen(database.db, { backend: 'schools', agent: 'agent-1' }, { engine: true }, world.clock.now());
  const times: number[] = [];
  for (let at = 0; at < decisions; at++) {
    const started = performance.now();
    const n = await dispatch(world.deps, 'schools');
    times.push(performance.now() - started);
    if (n !== slots) throw new Error(`started ${n} of ${slots}`);
    await database.db.execute(sql`
      update jobs set state = 'succeeded', code = 'succeeded', completed_at = 1 where state = 'running'`);
    await database.db.execute(sql`update tasks set state = 'done' where state = 'active'`);
  }
  return times;
}

/** 25,000 past jobs of 50 actions in one workspace: milliseconds of asking for the latest of each. */
export async function latestMs(database: OpenDatabase, past = 25_000): Promise<number> {
  await emptyTables(database);
  const world = aWorld(database);
  const actions = Array.from({ length: 50 }, (_, at) => anAction(`a${at}`));
  const pipeline = { version: 4, populationSize: null, actions };
  const { request } = await world.submit({ pipeline });
  await database.db.execute(sql`
    insert into jobs (id, request, backend, workspace, action, run, pool, weight, why, latest, state, code, created_at,
      updated_at, completed_at)
    select lpad(n::text, 16, '0'), ${request}, 'schools', 'attendance-main', 'a' || n % 50, 'x', 'general', 1, 'forced',
      false, 'succeeded', 'succeeded', 0, 0, 0
    from generate_series(1, ${past}::int) as n`);
  await latestJobs(database.db, 'schools', 'attendance-main');
  const started = performance.now();
  const latest = await latestJobs(database.db, 'schools', 'attendance-main');
  const took = performance.now() - started;
  if (latest.length !== 50) throw new Error(`found ${latest.length}`);
  return took;
}

/** Jobs that do nothing, through the zone API over HTTP, each durable when it was given and when it ended: jobs per second. */
export async function noopJobsPerSecond(database: OpenDatabase, jobs = 2000, slots = 100): Promise<number> {
  await emptyTables(database);
  const world = aWorld(database, aGovernance([aBackend({ pools: { general: slots, database: 1 } })]));
  const actions = Array.from({ length: jobs }, (_, at) => anAction(`a${at}`));
  await world.submit({ pipeline: { version: 4, populationSize: null, actions } });
  const deps: ZoneDeps = { ...world.deps, clock: systemClock, audience: '' };
  const server = createServer(express().use(zoneRoutes(deps)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('no port');
  deps.audience = `http://127.0.0.1:${address.port}`;
  const client = new ZoneClient({
    hub: deps.audience,
    agent: 'agent-1',
    backend: 'schools',
    key: AGENT_KEY.privateKey,
    hubKeys: [HUB_KEY.publicKey],
    clock: systemClock,
    ids: randomIds,
  });
  try {
    const started = performance.now();
    await runAll(client, jobs);
    return (jobs / (performance.now() - started)) * 1000;
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function runAll(client: ZoneClient, jobs: number): Promise<void> {
  let seen = 0;
  for (let done = 0; done < jobs; ) {
    const polled = await client.poll({ seen, waitMs: 30_000, engine: true });
    if (isRefusal(polled)) throw new Error(polled.code);
    seen = polled.version;
    const updates = polled.tasks.map(
      ({ task }): Update => ({ task: task.id, job: task.job, at: Date.now(), state: 'succeeded' }),
    );
    for (let at = 0; at < updates.length; at += 100) {
      const answers = await client.updates(updates.slice(at, at + 100));
      if (isRefusal(answers)) throw new Error(answers.code);
      done += answers.filter((answer) => answer === 'taken').length;
    }
  }
}

/** The baseline: pg-boss on the same engine, one job fetched and completed after the other; jobs per second. */
export async function pgBossPerSecond(database: BenchDatabase, jobs = 500): Promise<number> {
  const { PgBoss } = await import('pg-boss');
  if (!database.url) throw new Error('pg-boss is measured on PostgreSQL');
  const boss = new PgBoss({ connectionString: database.url, supervise: false, schedule: false });
  boss.on('error', () => undefined);
  await boss.start();
  try {
    const queue = `bench-${Date.now()}`;
    await boss.createQueue(queue);
    await boss.insert(
      queue,
      Array.from({ length: jobs }, (_, at) => ({ data: { at } })),
    );
    const started = performance.now();
    for (let done = 0; done < jobs; done++) {
      const [job] = await boss.fetch(queue);
      if (!job) throw new Error('no job');
      await boss.complete(queue, job.id);
    }
    return (jobs / (performance.now() - started)) * 1000;
  } finally {
    await boss.stop({ graceful: false });
  }
}

/** Every table but the one that tells which migrations were made. */
export async function emptyTables({ db }: OpenDatabase): Promise<void> {
  const tables = await rowsOf<{ name: string }>(
    db,
    sql`select quote_ident(tablename) as name from pg_tables where schemaname = 'public' and tablename <> 'schema_migrations'`,
  );
  await db.execute(sql.raw(`truncate ${tables.map(({ name }) => name).join(', ')} restart identity cascade`));
}
