import { afterEach, expect, test } from '@jest/globals';
import express from 'express';
import { createServer, type Server } from 'node:http';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import {
  cancelRequest,
  killJob,
  operatorRoutes,
  pauseBackend,
  requestView,
  silenceWatch,
  silentBackends,
} from '../../src/jobs/jobs.ts';
import { minutes } from '../../src/lib/clock.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import type { Logger } from '../../src/lib/logger.ts';
import {
  backendsAnswer,
  inspectAnswer,
  listAnswer,
  maintenanceAnswer,
  OPERATOR_PATHS,
  rebootAnswer,
  requeueAnswer,
  signOperatorRequest,
  signRequest,
  signTask,
  type OperatorRequest,
} from '../../src/protocol/protocol.ts';
import { eachDatabase } from '../support/database.ts';
import { aBackend, AGENT_KEY, aGovernance, aPipeline, aWorld, HUB_KEY, type World } from '../support/jobs.ts';
import { listen } from '../support/zone.ts';

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

interface Line {
  level: string;
  code?: string;
  backend?: string;
  path?: string;
}

/** The hub's log, as lines. */
function logOf(world: World): Line[] {
  const lines: Line[] = [];
  const write =
    (level: string) =>
    (what: object): void =>
      void lines.push({ level, ...what });
  world.deps.logger = {
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  } as unknown as Logger;
  return lines;
}

async function serve(world: World): Promise<string> {
  const app = express();
  const deps = { ...world.deps, hubKey: HUB_KEY.publicKey, audience: '', since: world.clock.now() };
  app.use(operatorRoutes(deps));
  server = createServer(app);
  deps.audience = await listen(server);
  return deps.audience;
}

interface Call {
  order?: object;
  body?: string;
  token?: string;
  sign?: Partial<OperatorRequest>;
}

async function call(world: World, origin: string, path: string, given: Call = {}) {
  const body = given.body ?? JSON.stringify(given.order ?? {});
  const signed = () =>
    signOperatorRequest({
      audience: origin,
      path,
      body,
      key: HUB_KEY.privateKey,
      clock: world.clock,
      ids: randomIds,
      ...given.sign,
    });
  const token = given.token ?? (await signed());
  const answer = await fetch(`${origin}${path}`, {
    method: 'POST',
    body,
    headers: token ? { authorization: `Bearer ${token}` } : {},
  });
  const text = await answer.text();
  return { status: answer.status, token, ...(JSON.parse(text) as Record<string, unknown>) };
}

async function codes(world: World, request: string): Promise<Record<string, string>> {
  const view = await requestView(world.deps, request);
  return Object.fromEntries(view?.jobs.map(({ action, code }) => [action, code]) ?? []);
}

const PAUSE = { backend: 'schools', why: 'disks are exchanged' };

eachDatabase((open) => {
  test('an operator holds a backend and lets it go; both are recorded, and shown where people wait', async () => {
    const world = aWorld(await open());
    const lines = logOf(world);
    const origin = await serve(world);
    const agent = world.agent();
    const { request } = await world.submit({ pipeline: aPipeline({ a: [], b: ['a'], c: [] }) });
    await agent.runs();
    await world.deps.db.execute(sql`delete from outbox`);

    expect(await call(world, origin, OPERATOR_PATHS.pause, { order: PAUSE })).toMatchObject({
      changed: true,
    });
    expect(await call(world, origin, OPERATOR_PATHS.pause, { order: PAUSE })).toMatchObject({
      changed: false,
    });
    await agent.ends('a');

    expect(await codes(world, request)).toEqual({ a: 'succeeded', b: 'paused', c: 'initiated' });
    expect(await rowsOf(world.deps.db, sql`select subject from outbox`)).toEqual([{ subject: request }]);
    const unpause = { order: { ...PAUSE, why: 'they work' } };
    expect(await call(world, origin, OPERATOR_PATHS.unpause, unpause)).toMatchObject({ changed: true });
    expect(await codes(world, request)).toMatchObject({ b: 'initiated' });
    const leaves = await rowsOf<{ entry: string }>(
      world.deps.db,
      sql`select entry from ledger_leaves where type = 'policy' order by id`,
    );
    expect(leaves.map(({ entry }) => JSON.parse(entry) as object)).toMatchObject([
      {
        actor: 'operator',
        subject: 'backend:schools',
        body: { event: 'paused', why: 'disks are exchanged' },
      },
      { actor: 'operator', subject: 'backend:schools', body: { event: 'unpaused', why: 'they work' } },
    ]);
    expect(lines.filter(({ code }) => code === 'operator.call')).toHaveLength(3);
  });

  test('a job that is killed stops, and ends as killed whatever the agent calls it', async () => {
    const world = aWorld(await open());
    const agent = world.agent();
    const { request } = await world.submit({ pipeline: aPipeline({ a: [], b: ['a'] }) });
    const [task] = await agent.runs();
    const job = task!.job;

    expect(await killJob(world.deps, { job, why: 'it fills the disk' })).toEqual({
      request,
      action: 'a',
      outcome: 'stopping',
    });
    const stop = (await agent.poll()).tasks.find(({ type }) => type === 'cancel');
    expect(stop).toMatchObject({ job });
    expect(await agent.report(task!, 'cancelled_by_user')).toBe('taken');

    expect(await codes(world, request)).toEqual({ a: 'killed_by_admin', b: 'dependency_failed' });
    expect(await requestView(world.deps, request)).toMatchObject({ state: 'failed' });
    const leaves = await rowsOf<{ entry: string }>(
      world.deps.db,
      sql`select entry from ledger_leaves where entry like '%kill%' order by id`,
    );
    expect(leaves.map(({ entry }) => JSON.parse(entry) as object)).toMatchObject([
      { actor: 'operator', body: { event: 'killed', why: 'it fills the disk' } },
      { actor: 'operator', subject: `job:${job}`, body: { event: 'ended', code: 'killed_by_admin' } },
    ]);
  });

  test('a waiting job that is killed ends at once; an ended or unknown one is refused', async () => {
    const world = aWorld(await open());
    const { request } = await world.submit({ pipeline: aPipeline({ a: [] }) });
    const job = (await requestView(world.deps, request))!.jobs[0]!.id;

    expect(await killJob(world.deps, { job, why: '' })).toMatchObject({ outcome: 'ended' });

    expect(await codes(world, request)).toEqual({ a: 'killed_by_admin' });
    expect(await killJob(world.deps, { job, why: '' })).toMatchObject({ code: 'cancel.ended' });
    expect(await killJob(world.deps, { job: 'z'.repeat(16), why: '' })).toMatchObject({
      code: 'operator.unknown-job',
    });
    // It failed, so that it is run again when somebody needs it.
    expect(await world.submit({ pipeline: aPipeline({ a: [] }) })).toMatchObject({ jobs: 1 });
  });

  test('of a person who cancels and an operator who kills, the first decides what it is called', async () => {
    const world = aWorld(await open());
    const agent = world.agent();
    const { request } = await world.submit({ pipeline: aPipeline({ a: [] }) });
    const [task] = await agent.runs();

    await cancelRequest(world.deps, { request, by: 7 });
    await killJob(world.deps, { job: task!.job, why: '' });
    await agent.report(task!, 'cancelled_by_user');

    expect(await codes(world, request)).toEqual({ a: 'cancelled_by_user' });
  });

  test('the list of backends says who calls, what runs and what waits', async () => {
    const world = aWorld(await open(), aGovernance([aBackend(), aBackend({ id: 'health', active: false })]));
    const origin = await serve(world);
    const agent = world.agent();
    await world.submit({ pipeline: aPipeline({ a: [], b: ['a'] }) });
    const [task] = await agent.runs();
    await pauseBackend(world.deps, { ...PAUSE, paused: true });
    await killJob(world.deps, { job: task!.job, why: '' });
    const at = world.clock.now();

    const answer = await call(world, origin, OPERATOR_PATHS.backends);

    expect(answer).toMatchObject({
      status: 200,
      at,
      backends: [
        {
          id: 'schools',
          data: 'real',
          active: true,
          lastSeenAt: at,
          silent: false,
          agents: [{ id: 'agent-1', lastSeenAt: at, engine: true, version: null, governance: null }],
          pausedAt: at,
          pausedWhy: 'disks are exchanged',
          running: [
            { job: task!.job, action: 'a', workspace: 'attendance-main', code: 'initiated', stopping: true },
          ],
          waiting: 1,
        },
        { id: 'health', active: false, lastSeenAt: null, silent: false, running: [], waiting: 0 },
      ],
    });
  });

  test('a backend is silent once nobody called for longer than governance says, and the log says so once', async () => {
    const keys = aBackend().keys;
    const world = aWorld(
      await open(),
      aGovernance([
        aBackend({ alertAfterMs: minutes(5) }),
        aBackend({ id: 'health', alertAfterMs: minutes(15) }),
        aBackend({ id: 'closed', active: false, alertAfterMs: 1 }),
        // Its agent called, but holds no key any more.
        aBackend({ id: 'gone', alertAfterMs: minutes(5), keys: { ...keys, agent: [] } }),
      ]),
    );
    const lines = logOf(world);
    const since = world.clock.now();
    const look = silenceWatch(world.deps, since);
    await world.agent().poll();
    await world.agent('agent-1', 'gone').poll();

    world.clock.advance(minutes(5));
    expect(await silentBackends(world.deps, since)).toEqual([]);
    world.clock.advance(1000);
    expect(await silentBackends(world.deps, since)).toEqual(['schools', 'gone']);
    await look();
    await look();
    await world.agent().poll();
    await look();
    world.clock.advance(minutes(10));

    expect(await silentBackends(world.deps, since)).toEqual(['schools', 'health', 'gone']);
    expect(lines.map(({ level, code, backend }) => [level, code, backend])).toEqual([
      ['error', 'backend.silent', 'schools'],
      ['error', 'backend.silent', 'gone'],
      ['info', 'backend.back', 'schools'],
    ]);
  });

  test('only the key of this hub gives orders, for this hub, this path and this body, once', async () => {
    const world = aWorld(await open());
    const lines = logOf(world);
    const origin = await serve(world);
    const body = JSON.stringify(PAUSE);
    const path = OPERATOR_PATHS.pause;
    const iat = Math.floor(world.clock.now() / 1000);
    const asAgent = await signRequest({
      agent: 'agent-1',
      backend: 'schools',
      audience: origin,
      path,
      body,
      key: AGENT_KEY.privateKey,
      clock: world.clock,
      ids: randomIds,
    });
    const aTask = await signTask(
      {
        protocol: 1,
        agent: 'agent-1',
        backend: 'schools',
        seq: 1,
        iat,
        exp: iat + 60,
        task: { type: 'cancel', id: 'a'.repeat(16), job: 'b'.repeat(16), task: 'c'.repeat(16) },
      },
      HUB_KEY.privateKey,
    );
    const early = { now: () => world.clock.now() - 61_000 };
    const attacks: [string, Call, string][] = [
      ['no token', { token: '' }, 'protocol.token-missing'],
      ['a foreign key', { sign: { key: newKeyPair().privateKey } }, 'protocol.not-the-operator'],
      ["an agent's key", { sign: { key: AGENT_KEY.privateKey } }, 'protocol.not-the-operator'],
      ["an agent's request", { token: asAgent }, 'protocol.token-malformed'],
      ['a task that the hub signed', { token: aTask }, 'protocol.token-malformed'],
      ['another hub', { sign: { audience: 'https://other.example' } }, 'protocol.token-elsewhere'],
      ['another order', { sign: { path: OPERATOR_PATHS.unpause } }, 'protocol.token-elsewhere'],
      ['an altered body', { sign: { body: '{}' } }, 'protocol.body-altered'],
      ['an old token', { sign: { clock: early } }, 'protocol.token-expired'],
    ];
    for (const [what, given, code] of attacks)
      expect({ what, ...(await call(world, origin, path, { body, ...given })) }).toMatchObject({
        what,
        status: 401,
        code,
      });
    const refused = lines.filter((line) => line.code === 'operator.refused');
    expect(refused).toHaveLength(attacks.length);
    expect(await rowsOf(world.deps.db, sql`select 1 from backend_state`)).toEqual([]);
    expect(await rowsOf(world.deps.db, sql`select 1 from used_tokens`)).toEqual([]);

    const first = await call(world, origin, path, { body });
    expect(first.status).toBe(200);
    await call(world, origin, OPERATOR_PATHS.unpause, { body });
    expect(await call(world, origin, path, { body, token: first.token })).toMatchObject({
      status: 401,
      code: 'protocol.token-used',
    });
    expect(await rowsOf(world.deps.db, sql`select paused_at from backend_state`)).toEqual([
      { paused_at: null },
    ]);
  });

  test('each order that the hub knows has a door of its own, and answers in the form that the command reads', async () => {
    const world = aWorld(await open());
    const origin = await serve(world);
    const { request } = await world.submit({ pipeline: aPipeline({ a: [] }) });
    const [task] = await world.agent().runs();
    const ask = async (path: string, order: object, form: { parse(given: unknown): unknown }) => {
      const { status, token: _, ...said } = await call(world, origin, path, { order });
      return status === 200 ? form.parse(said) : said;
    };
    const why = 'x';

    expect(await ask(OPERATOR_PATHS.list, { state: 'running' }, listAnswer)).toMatchObject({
      jobs: [{ job: task!.job, request }],
    });
    expect(await ask(OPERATOR_PATHS.inspect, { id: request }, inspectAnswer)).toMatchObject({
      found: { request },
    });
    expect(await ask(OPERATOR_PATHS.requeue, { job: task!.job, why }, requeueAnswer)).toMatchObject({
      outcome: 'stopping',
    });
    const backend = 'schools';
    expect(await ask(OPERATOR_PATHS.reboot, { backend, why }, rebootAnswer)).toMatchObject({ safe: false });
    expect(await ask(OPERATOR_PATHS.rebootState, { backend }, rebootAnswer)).toEqual({
      paused: true,
      running: [task!.job],
      safe: false,
    });
    const now = world.clock.now();
    const on = { backend, on: true, why };
    expect(await ask(OPERATOR_PATHS.maintenance, on, maintenanceAnswer)).toEqual({ from: now, until: null });
    expect(await ask(OPERATOR_PATHS.backends, {}, backendsAnswer)).toMatchObject({
      backends: [{ maintenance: { from: now, until: null, why }, pausedWhy: why }],
    });
    for (const [path, order] of [
      [OPERATOR_PATHS.reboot, { backend: 'moon', why }],
      [OPERATOR_PATHS.rebootState, { backend: 'moon' }],
      [OPERATOR_PATHS.maintenance, { ...on, backend: 'moon' }],
    ] as const)
      expect(await ask(path, order, {} as never)).toMatchObject({ code: 'run.unknown-backend' });
    for (const order of [{ state: 'moon' }, { limit: 0 }, { limit: 1e9 }, { backend: "'" }, { more: 1 }])
      expect(await ask(OPERATOR_PATHS.list, order, {} as never)).toMatchObject({
        code: 'operator.malformed',
      });
  });

  test('an order that does not say why is refused at the door, whoever signed it, and changes nothing', async () => {
    const world = aWorld(await open());
    const origin = await serve(world);
    const job = 'z'.repeat(16);
    const { backend } = PAUSE;
    const orders: [string, object][] = [
      [OPERATOR_PATHS.pause, { backend }],
      [OPERATOR_PATHS.unpause, { backend }],
      [OPERATOR_PATHS.kill, { job }],
      [OPERATOR_PATHS.requeue, { job }],
      [OPERATOR_PATHS.reboot, { backend }],
      [OPERATOR_PATHS.maintenance, { backend, on: true }],
    ];
    for (const [path, order] of orders)
      for (const why of [undefined, '', '  ', '\u00a0'])
        expect({
          path,
          ...(await call(world, origin, path, { order: { ...order, why } })),
        }).toMatchObject({ path, status: 400, code: 'operator.no-why' });
    expect(await rowsOf(world.deps.db, sql`select 1 from backend_state`)).toEqual([]);
    expect(await rowsOf(world.deps.db, sql`select 1 from ledger_leaves where type = 'policy'`)).toEqual([]);
  });

  test('an order that makes no sense is refused and says why', async () => {
    const world = aWorld(await open());
    const origin = await serve(world);
    const wrong: [string, Call, number, string][] = [
      [OPERATOR_PATHS.pause, { order: { ...PAUSE, backend: 'moon' } }, 409, 'run.unknown-backend'],
      [OPERATOR_PATHS.pause, { order: { ...PAUSE, more: 1 } }, 400, 'operator.malformed'],
      [OPERATOR_PATHS.pause, { order: { ...PAUSE, why: 'two\nlines' } }, 400, 'operator.malformed'],
      [OPERATOR_PATHS.kill, { body: '{' }, 400, 'operator.malformed'],
      [OPERATOR_PATHS.kill, { order: { job: 'z'.repeat(16), why: 'x' } }, 409, 'operator.unknown-job'],
      [OPERATOR_PATHS.kill, { body: 'x'.repeat(20_000) }, 413, 'zone.too-large'],
    ];
    for (const [path, given, status, code] of wrong)
      expect(await call(world, origin, path, given)).toMatchObject({ status, code });
  });
});
