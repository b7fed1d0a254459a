/** What a hub tells those who watch it. */
import { once } from 'node:events';
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import express from 'express';
import { rowsOf } from '../../src/db/open.ts';
import { requestId } from '../../src/hub-request-id.ts';
import { minutes, seconds } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { eachDatabase } from '../support/database.ts';
import { knock } from '../support/door.ts';
import { aWorld, type World } from '../support/world.ts';

const watch = { listen: { host: '127.0.0.1', port: 0 } };

/** Samples by name and labels. */
async function samples(world: World): Promise<Record<string, number>> {
  const answer = await fetch(`${world.hub.watchUrl}/metrics`);
  const lines = (await answer.text()).split('\n').filter((line) => line && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice('sallyport_hub_'.length, at), Number(line.slice(at + 1))];
    }),
  );
}

eachDatabase((open, kind) => {
  let world: World;
  afterEach(() => world.stop());

  test('a hub is ready when database and governance are there, and its metrics tell what waits and for how long', async () => {
    world = await aWorld({ database: await open(), hub: { watch } });
    expect(await (await fetch(`${world.hub.watchUrl}/readyz`)).json()).toEqual({ ready: true, reasons: [] });
    expect((await fetch(`${world.hub.watchUrl}/healthz`)).status).toBe(200);
    await world.settle();

    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model');
    await world.settle();
    await knock(world, '{}');
    await knock(world, '{}', { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` });
    world.later(minutes(10));

    const seen = await samples(world);
    expect(seen).toMatchObject({
      inbox_waiting: 1,
      outbox_waiting: 0,
      'inbox_kept{state="parked"}': 0,
      'http_requests_total{door="webhooks",result="refused"}': 1,
      database_up: 1,
      'jobs{backend="attainment",state="ready"}': 1,
      'jobs{backend="attainment",state="blocked"}': 1,
      'github_calls_total{result="ok"}': expect.any(Number) as unknown as number,
    });
    expect(seen['inbox_oldest_seconds']).toBeGreaterThanOrEqual(600);
    expect(seen['governance_age_seconds']).toBeGreaterThanOrEqual(600);
    expect(seen['job_oldest_ready_seconds{backend="attainment"}']).toBeGreaterThanOrEqual(600);
    expect(seen['ledger_unnumbered']).toBeGreaterThan(0);
    expect(seen['nodejs_eventloop_lag_seconds']).toBeDefined();
    expect('database_connections{state="open"}' in seen).toBe(kind === 'postgres');
  });

  test('what a job waited is counted from when it could start, and its end by the code of the public log', async () => {
    world = await aWorld({ database: await open(), hub: { watch } });
    await world.settle();
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model');
    await world.settle();
    world.later(seconds(20));
    const agent = world.agent();
    await agent.tasks();
    // What depends on it waited for a job, not for an agent.
    world.later(minutes(20));
    await agent.ends('extract');
    await agent.ends('model', 'nonzero_exit');
    // Who only waited ends too.
    world.as('lead').comment(issue, '/run model --force-deps');
    await world.settle();
    await agent.ends('extract', 'timed_out');

    const seen = await samples(world);
    expect(seen).toMatchObject({
      'job_wait_seconds_bucket{le="10",backend="attainment"}': 2,
      'job_wait_seconds_bucket{le="30",backend="attainment"}': 3,
      'job_wait_seconds_count{backend="attainment"}': 3,
      'jobs_ended_total{backend="attainment",code="succeeded"}': 1,
      'jobs_ended_total{backend="attainment",code="nonzero_exit"}': 1,
      'jobs_ended_total{backend="attainment",code="timed_out"}': 1,
      'jobs_ended_total{backend="attainment",code="dependency_failed"}': 1,
      'agent_ready{backend="attainment",agent="attainment"}': 1,
    });
    const names = Object.keys(seen).filter((name) => /job_wait|jobs_ended/.test(name));
    expect(names.join()).not.toMatch(/extract|model|absence|study/);
  });

  test('of an agent that governance no longer lets in nothing is told: no alert waits for it', async () => {
    world = await aWorld({ database: await open(), hub: { watch } });
    await world.settle();
    await world.agent().tasks();
    const { db, governance } = world.hub.room;
    expect(await rowsOf(db, sql`select id from agents`)).toEqual([{ id: 'attainment' }]);

    const current = governance.current()!;
    governance.current = () => ({
      ...current,
      backends: current.backends.map((each) => ({ ...each, keys: { ...each.keys, agent: [] } })),
    });
    const seen = Object.keys(await samples(world));
    expect(seen.filter((name) => name.startsWith('agent_'))).toEqual([]);
    expect(seen).toContain('database_up');
  });

  test('what nothing is known of is absent, and what alerts count is there from the start', async () => {
    world = await aWorld({ database: await open(), hub: { watch } });
    const seen = await samples(world);
    expect(Object.keys(seen).filter((name) => name.startsWith('inbox_parked'))).toEqual([]);
    expect(seen['http_requests_total{door="webhooks",result="refused"}']).toBe(0);
    expect(seen['github_calls_total{result="failed"}']).toBe(0);
  });

  test('a hub without its database is alive and not ready, and says that the database is away', async () => {
    world = await aWorld({ database: await open(), hub: { watch } });
    const { room } = world.hub;
    const execute = room.db.execute.bind(room.db);
    room.db.execute = () => {
      throw new Error('connection refused: postgres://sallyport:secret@db/sallyport');
    };
    const answer = await fetch(`${world.hub.watchUrl}/readyz`);
    const text = await answer.text();
    const alive = await fetch(`${world.hub.watchUrl}/healthz`);
    const seen = await samples(world);
    room.db.execute = execute;

    expect(answer.status).toBe(503);
    expect(text).toBe(
      '{"ready":false,"reasons":[{"code":"ready.database","says":"The database does not answer."}]}\n',
    );
    expect(alive.status).toBe(200);
    expect(seen['database_up']).toBe(0);
  });
});

test('a request has the id that a trusted proxy gave it, any other gets one, and every line about it carries it', async () => {
  const lines: string[] = [];
  const logger = createLogger('hub', { to: { write: (line) => void lines.push(line) } });
  const ask = async (trusted: string[], id: string): Promise<string | null> => {
    const web = express();
    web.set('trust proxy', trusted);
    web.use(requestId);
    web.get('/', (_request, response) => {
      setImmediate(() => {
        logger.info('answered');
        response.end();
      });
    });
    const server = web.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { 'x-request-id': id } });
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    const given = answer.headers.get('x-request-id');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ msg: 'answered', request_id: given });
    return given;
  };

  expect(await ask(['127.0.0.1'], 'from-nginx-0001')).toBe('from-nginx-0001');
  expect(await ask([], 'from-nginx-0001')).toMatch(/^[a-z0-9]{16}$/);
  expect(await ask(['10.0.0.1'], 'from-nginx-0001')).toMatch(/^[a-z0-9]{16}$/);
  for (const forged of ['short', 'x'.repeat(65), 'two words here', '{"level":60}'])
    expect(await ask(['127.0.0.1'], forged)).toMatch(/^[a-z0-9]{16}$/);
});
