/** Jobs from a request to the agents: who gets which, in which order. */
import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { cancelRequest, failedActions, openRequests, pollTasks, requestView } from '../../src/jobs/jobs.ts';
import { refusal } from '../../src/lib/refusal.ts';
import { eachDatabase } from '../support/database.ts';
import { aBackend, aGovernance, aPipeline, aWorld, REPOSITORY } from '../support/jobs.ts';
import { codes, TWO_AGENTS } from './codes.ts';

eachDatabase((open) => {
  test('a request runs to its end, job after job', async () => {
    const world = aWorld(await open());
    const agent = world.agent();
    const { request } = await world.submit();
    expect(await codes(world, request)).toEqual({
      db_extract: 'waiting_on_agent',
      model: 'waiting_on_dependencies',
      report: 'waiting_on_dependencies',
    });

    const [task] = await agent.runs();
    expect(task).toMatchObject({
      type: 'run',
      action: 'db_extract',
      request,
      workspace: 'attendance-main',
      requestedBy: 7,
      repository: REPOSITORY,
    });
    expect((await codes(world, request))['db_extract']).toBe('initiated');
    expect(await agent.report(task!, 'executing')).toBe('taken');
    expect((await codes(world, request))['db_extract']).toBe('executing');
    expect(await agent.finishes()).toEqual(['db_extract', 'model', 'report']);

    expect(await requestView(world.deps, request)).toMatchObject({
      state: 'succeeded',
      completedAt: expect.any(Number),
    });
    expect(await openRequests(world.deps.db)).toEqual([]);
    const leaves = await rowsOf<{ type: string; n: number }>(
      world.deps.db,
      sql`select type, count(*)::int as n from ledger_leaves group by type order by type`,
    );
    // Of each job its start and its end.
    expect(leaves).toEqual([
      { type: 'job', n: 6 },
      { type: 'request', n: 1 },
    ]);
  });

  test('an open poll is answered the moment a task exists', async () => {
    const world = aWorld(await open());
    const agent = world.agent();
    const { version } = await agent.poll();
    const before = performance.now();
    const held = agent.poll(version, 20_000);

    await world.submit();

    expect((await held).tasks).toMatchObject([{ action: 'db_extract' }]);
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  test('a poll without news is answered when its time is over, with the whole list', async () => {
    const world = aWorld(await open());
    await world.submit();
    const agent = world.agent();
    const { version, tasks } = await agent.poll();

    const again = await agent.poll(version, 10);

    expect(again).toEqual({ version, tasks });
  });

  test('rights that have gone while the poll was open are missed when it is answered', async () => {
    const world = aWorld(await open());
    const { version } = await world.agent().poll();
    let allowed = true;
    const held = pollTasks(
      world.deps,
      world.agent().caller,
      { protocol: 1, seen: version, waitMs: 20_000, engine: true },
      { allowed: () => (allowed ? undefined : refusal('protocol.unknown-caller', 'Gone.')) },
    );
    allowed = false;
    await world.submit();

    expect(await held).toMatchObject({ refused: true, code: 'protocol.unknown-caller' });
  });

  test('an agent whose engine does not answer gets no new task', async () => {
    const world = aWorld(await open());
    await world.submit();
    const caller = world.agent().caller;

    const answer = await pollTasks(world.deps, caller, { protocol: 1, seen: 0, waitMs: 0, engine: false });

    expect(answer).toMatchObject({ tasks: [] });
    expect(await world.agent().runs()).toHaveLength(1);
  });

  test('pools bound what runs, database jobs have their own, and a slot is free only when the agent says so', async () => {
    const world = aWorld(await open());
    const agent = world.agent();
    const pipeline = aPipeline({ a: [], b: [], c: [], db_a: [], db_b: [] });
    const { request } = await world.submit({ pipeline });

    expect((await agent.runs()).map(({ action }) => action).sort()).toEqual(['a', 'b', 'db_a']);
    expect(await codes(world, request)).toMatchObject({
      c: 'waiting_on_workers',
      db_b: 'waiting_on_db_workers',
    });
    await cancelRequest(world.deps, { request, actions: ['a'], by: 7 });
    expect((await agent.runs()).map(({ action }) => action)).not.toContain('c');
    await agent.ends('a', 'cancelled_by_user');
    expect((await agent.runs()).map(({ action }) => action)).toContain('c');
  });

  test('the workspace with fewest running jobs comes first, then the oldest', async () => {
    const world = aWorld(await open(), aGovernance([aBackend({ pools: { general: 3, database: 1 } })]));
    await world.submit({ pipeline: aPipeline({ a1: [], a2: [], a3: [] }) });
    await world.submit({ pipeline: aPipeline({ b1: [], b2: [] }), branch: 'other' });

    const order = (await world.agent().runs()).map(({ action }) => action);

    expect(order).toEqual(['a1', 'b1', 'a2']);
  });

  test('light jobs share a slot', async () => {
    const weights = { default: [{ match: '.*', weight: 0.25 }], workspaces: {} };
    const world = aWorld(
      await open(),
      aGovernance([aBackend({ weights, pools: { general: 1, database: 1 } })]),
    );
    await world.submit({
      pipeline: aPipeline(Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`a${at}`, []]))),
    });

    expect(await world.agent().runs()).toHaveLength(4);
  });

  test('a failed job takes what needed it along, and nothing else', async () => {
    const world = aWorld(await open());
    const pipeline = aPipeline({ a: [], b: ['a'], c: ['b'], d: [] });
    const { request } = await world.submit({ pipeline });

    await world.agent().ends('a', 'nonzero_exit', { outputsMissing: true });

    expect(await codes(world, request)).toEqual({
      a: 'nonzero_exit',
      b: 'dependency_failed',
      c: 'dependency_failed',
      d: 'initiated',
    });
    expect(await world.agent().finishes()).toEqual(['d']);
    expect(await requestView(world.deps, request)).toMatchObject({
      state: 'failed',
      jobs: [{ outputsMissing: true }, {}, {}, {}],
    });
    expect(await failedActions(world.deps.db, request)).toEqual(['a', 'b', 'c']);
  });

  test('a request that joins a running job waits for it, and fails with it', async () => {
    const world = aWorld(await open());
    await world.submit({ actions: ['db_extract'] });
    const { request, reused } = await world.submit({ actions: ['model'] });
    expect(reused).toMatchObject([{ action: 'db_extract', why: 'active' }]);
    expect(await codes(world, request)).toEqual({ model: 'waiting_on_dependencies' });

    await world.agent().ends('db_extract', 'timed_out');

    expect(await codes(world, request)).toEqual({ model: 'dependency_failed' });
  });

  test('a workspace stays with the agent that took it first, others go where there is less to do', async () => {
    const world = aWorld(
      await open(),
      aGovernance([
        aBackend({ keys: { agent: TWO_AGENTS, viewer: [] }, pools: { general: 9, database: 9 } }),
      ]),
    );
    const [one, two] = [world.agent('agent-1'), world.agent('agent-2')];
    await one.poll();
    await two.poll();
    await world.submit({ pipeline: aPipeline({ a: [], b: ['a'] }) });
    await world.submit({ pipeline: aPipeline({ c: [] }), branch: 'other' });

    expect([await one.runs(), await two.runs()]).toMatchObject([[{ action: 'a' }], [{ action: 'c' }]]);
    await one.ends('a');
    expect(await one.runs()).toMatchObject([{ action: 'b' }]);
  });
});
