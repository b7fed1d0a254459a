import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import {
  applyUpdates,
  cancelRequest,
  cancelRequests,
  dispatch,
  failedActions,
  findRequest,
  openRequests,
  pauseBackend,
  pollTasks,
  requestsFor,
  requestView,
  sweep,
} from '../../src/jobs/jobs.ts';
import { isRefusal, refusal } from '../../src/lib/refusal.ts';
import { eachDatabase } from '../support/database.ts';
import {
  aBackend,
  AGENT_KEY,
  aGovernance,
  aPipeline,
  aWorld,
  REPOSITORY,
  type World,
} from '../support/jobs.ts';

const TWO_AGENTS = ['agent-1', 'agent-2'].map((id) => ({ id, key: AGENT_KEY.publicText }));

async function codes(world: World, request: string): Promise<Record<string, string>> {
  const view = await requestView(world.deps, request);
  return Object.fromEntries(view?.jobs.map(({ action, code }) => [action, code]) ?? []);
}

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

  test('cancelling ends what waits at once and stops what runs; what has ended stays as it is', async () => {
    const world = aWorld(await open());
    const agent = world.agent();
    const { request } = await world.submit({ pipeline: aPipeline({ a: [], b: [], c: [] }) });
    await agent.ends('a');
    await agent.runs();

    const answer = await cancelRequest(world.deps, { request, by: 9 });

    expect(answer).toEqual({ request, ended: [], stopping: ['b', 'c'] });
    const tasks = (await agent.poll()).tasks;
    expect(tasks.map(({ type }) => type).sort()).toEqual(['cancel', 'cancel', 'run', 'run']);
    expect(await requestView(world.deps, request)).toMatchObject({
      state: 'running',
      jobs: [{}, { stopping: true }, { stopping: true }],
    });
    expect(await cancelRequest(world.deps, { request, by: 9 })).toEqual(answer);
    expect((await agent.poll()).tasks).toHaveLength(4);
    await agent.ends('b', 'cancelled_by_user');
    const cancel = (await agent.poll()).tasks.find((task) => task.type === 'cancel');
    expect(await agent.report(cancel!, 'cancelled_by_user')).toBe('taken');

    expect(await codes(world, request)).toEqual({
      a: 'succeeded',
      b: 'cancelled_by_user',
      c: 'cancelled_by_user',
    });
    expect(await requestView(world.deps, request)).toMatchObject({
      state: 'cancelled',
      jobs: [{ cancelledBy: null }, { cancelledBy: 9 }, {}],
    });
    expect((await agent.poll()).tasks).toEqual([]);
    expect(await cancelRequest(world.deps, { request, by: 9 })).toMatchObject({ code: 'cancel.ended' });
  });

  test('cancelling a waiting job takes along what needs it', async () => {
    const world = aWorld(await open());
    const { request } = await world.submit({ pipeline: aPipeline({ a: [], b: ['a'] }) });

    expect(await cancelRequest(world.deps, { request, actions: ['a'], by: 7 })).toEqual({
      request,
      ended: ['a'],
      stopping: [],
    });

    expect(await codes(world, request)).toEqual({ a: 'cancelled_by_user', b: 'dependency_failed' });
    expect(await requestView(world.deps, request)).toMatchObject({ state: 'cancelled' });
  });

  test('cancelling with one unknown action cancels nothing', async () => {
    const world = aWorld(await open());
    const { request } = await world.submit();

    expect(await cancelRequest(world.deps, { request, actions: ['model', 'modle'], by: 7 })).toMatchObject({
      code: 'cancel.unknown-action',
    });

    expect(await requestView(world.deps, request)).toMatchObject({ state: 'pending' });
    expect(await cancelRequest(world.deps, { request: 'nothing', by: 7 })).toMatchObject({
      code: 'run.unknown-request',
    });
  });

  test('a newer push replaces the dummy runs of its branch', async () => {
    const world = aWorld(await open(), aGovernance([aBackend({ data: 'dummy' })]));
    const first = await world.submit({ purpose: 'dummy' });
    const other = await world.submit({ purpose: 'dummy', branch: 'other' });
    const second = await world.submit({ purpose: 'dummy' });

    const cancelled = await cancelRequests(world.deps, {
      repository: REPOSITORY.id,
      branch: 'main',
      purpose: 'dummy',
      except: second.request,
      by: 'hub',
    });

    expect(cancelled.map(({ request }) => request)).toEqual([first.request]);
    expect(await openRequests(world.deps.db)).toEqual([other.request, second.request]);
  });

  test('a job of an agent that governance no longer lists can be cancelled, and its workspace moves', async () => {
    const world = aWorld(await open());
    const { request } = await world.submit();
    await world.agent().runs();
    world.state.governance = aGovernance([
      aBackend({ keys: { agent: [{ id: 'agent-2', key: AGENT_KEY.publicText }], viewer: [] } }),
    ]);

    expect(await cancelRequest(world.deps, { request, by: 7 })).toMatchObject({
      ended: ['db_extract', 'model', 'report'],
    });

    await world.submit();
    await sweep(world.deps);
    expect(await world.agent('agent-2').runs()).toMatchObject([{ action: 'db_extract' }]);
  });

  test('reports twice, late and out of order leave the truth standing', async () => {
    const world = aWorld(await open());
    const agent = world.agent();
    const { request } = await world.submit();
    const [task] = await agent.runs();
    const send = (at: number, state: string) =>
      applyUpdates(world.deps, agent.caller, [{ task: task!.id, job: task!.job, at, state }]).then(
        ([answer]) => answer,
      );

    expect(await send(20, 'executing')).toBe('taken');
    expect(await send(20, 'executing')).toBe('taken');
    expect(await send(10, 'preparing')).toBe('stale');
    expect((await codes(world, request))['db_extract']).toBe('executing');
    expect(await send(30, 'succeeded')).toBe('taken');
    expect(await send(30, 'succeeded')).toBe('taken');
    expect(await send(31, 'nonzero_exit')).toBe('stale');
    expect(await send(15, 'prepared')).toBe('stale');

    expect(await codes(world, request)).toMatchObject({ db_extract: 'succeeded', model: 'initiated' });
  });

  test('several reports in one message are answered one by one', async () => {
    const world = aWorld(await open());
    const agent = world.agent();
    await world.submit();
    const [task] = await agent.runs();
    const of = { task: task!.id, job: task!.job };

    const answers = await applyUpdates(world.deps, agent.caller, [
      { ...of, at: 1, state: 'preparing' },
      { ...of, at: 2, state: 'executing' },
      { nonsense: true },
      { ...of, at: 3, state: 'finalizing', secret: 'x' },
      { ...of, job: 'z'.repeat(16), at: 3, state: 'succeeded' },
      { ...of, at: 4, state: 'succeeded' },
      { ...of, at: 5, state: 'executing' },
    ]);

    expect(answers).toEqual(['taken', 'taken', 'malformed', 'malformed', 'unknown-task', 'taken', 'stale']);
  });

  test('another agent cannot report on a task, nor see it', async () => {
    const world = aWorld(
      await open(),
      aGovernance([aBackend({ keys: { agent: TWO_AGENTS, viewer: [] } }), aBackend({ id: 'health' })]),
    );
    await world.submit();
    const [task] = await world.agent().runs();

    expect(await world.agent('agent-2').report(task!, 'succeeded')).toBe('unknown-task');
    expect(await world.agent('agent-1', 'health').report(task!, 'succeeded')).toBe('unknown-task');
    expect(await world.agent('agent-2').runs()).toEqual([]);
  });

  test('an interrupted job is started again with a new task, a bounded number of times', async () => {
    const world = aWorld(await open());
    const agent = world.agent();
    const { request } = await world.submit({ actions: ['db_extract'] });
    const seen = new Set<string>();

    for (let attempt = 1; attempt <= 3; attempt++) {
      const [task] = await agent.runs();
      seen.add(task!.id);
      expect(await agent.report(task!, 'interrupted')).toBe('taken');
      expect(await agent.report(task!, 'interrupted')).toBe('taken');
    }

    expect(seen.size).toBe(3);
    expect(await agent.runs()).toEqual([]);
    expect(await requestView(world.deps, request)).toMatchObject({
      state: 'failed',
      jobs: [{ code: 'job_error', reason: 'too-many-attempts', attempts: 3 }],
    });
  });

  test('a retry that has to wait is started when its time has come', async () => {
    const world = aWorld(await open());
    const agent = world.agent();
    const { request } = await world.submit({ actions: ['db_extract'] });
    await agent.ends('db_extract', 'prepare_failed', { reason: 'git-unavailable' });
    expect(await codes(world, request)).toEqual({ db_extract: 'waiting_on_new_task' });
    expect(await requestView(world.deps, request)).toMatchObject({ jobs: [{ startedAt: null }] });
    expect(await agent.runs()).toEqual([]);

    world.clock.advance(10_000);

    expect(await agent.runs()).toHaveLength(1);
  });

  test('a paused backend holds what waits, and what runs goes on', async () => {
    const world = aWorld(await open());
    const agent = world.agent();
    const { request } = await world.submit({ pipeline: aPipeline({ a: [], b: ['a'], c: [] }) });
    await agent.runs();
    await pauseBackend(world.deps, { backend: 'schools', paused: true, why: 'maintenance' });

    await agent.ends('a');

    expect(await codes(world, request)).toEqual({ a: 'succeeded', b: 'paused', c: 'initiated' });
    await pauseBackend(world.deps, { backend: 'schools', paused: false, why: 'done' });
    expect(await codes(world, request)).toMatchObject({ b: 'initiated' });
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

  test('a workspace whose agent is silent waits, others do not', async () => {
    const world = aWorld(await open(), aGovernance([aBackend({ keys: { agent: TWO_AGENTS, viewer: [] } })]));
    await world.agent('agent-1').poll();
    await world.submit({ pipeline: aPipeline({ a: [], b: ['a'] }) });
    await world.agent('agent-1').ends('a');
    world.clock.advance(200_000);
    await world.agent('agent-1').ends('b');
    await world.submit({ pipeline: aPipeline({ a: [] }), actions: ['a'] });
    world.clock.advance(200_000);

    await world.submit({ pipeline: aPipeline({ c: [] }), branch: 'other' });

    expect(await world.agent('agent-2').runs()).toMatchObject([{ action: 'c' }]);
  });

  test('a faulty job is held back and ended, the others run', async () => {
    const world = aWorld(await open());
    const agent = world.agent();
    const { request } = await world.submit({ pipeline: aPipeline({ a: [], b: [] }) });
    const view = await requestView(world.deps, request);
    const { runTaskId } = await import('../../src/jobs/ids.ts');
    // A task that should not exist: as after a backup that was restored in part.
    for (const attempt of [1, 2, 3]) {
      await world.deps.db.execute(sql`
        insert into tasks (id, type, job, backend, agent, seq, state, created_at)
        values (${runTaskId(view!.jobs[0]!.id, attempt)}, 'run', 'other', 'schools', 'gone', ${attempt}, 'done', 0)`);
    }

    expect((await agent.runs()).map(({ action }) => action)).toEqual(['b']);

    for (let attempt = 0; attempt < 3; attempt++) {
      world.clock.advance(30_000);
      await dispatch(world.deps, 'schools');
    }
    expect(await codes(world, request)).toEqual({ a: 'internal_error', b: 'initiated' });
  });

  test('a job that cannot be put into a task is ended, and the others are handed over', async () => {
    const world = aWorld(await open());
    const agent = world.agent();
    const good = await world.submit({ pipeline: aPipeline({ good: [] }) });
    const bad = await world.submit({ pipeline: aPipeline({ bad: [] }), branch: 'other' });
    await agent.runs();
    await world.deps.db.execute(sql`update job_requests set commit = 'not a sha' where id = ${bad.request}`);

    expect((await agent.runs()).map(({ action }) => action)).toEqual(['good']);

    expect(await codes(world, bad.request)).toEqual({ bad: 'internal_error' });
    expect(await codes(world, good.request)).toEqual({ good: 'initiated' });
  });

  test('a limit that was lowered afterwards does not keep a heavy job waiting for ever', async () => {
    const weights = { default: [{ match: '.*', weight: 2 }], workspaces: {} };
    const world = aWorld(await open(), aGovernance([aBackend({ weights })]));
    await world.submit({ pipeline: aPipeline({ heavy: [] }) });
    world.state.governance = aGovernance([aBackend({ weights, pools: { general: 1, database: 1 } })]);

    expect(await world.agent().runs()).toHaveLength(1);
  });

  test('the sweep brings back what was lost and finishes what was left undone', async () => {
    const world = aWorld(await open());
    const agent = world.agent();
    const { request } = await world.submit({ pipeline: aPipeline({ a: [], b: ['a'], c: [], d: ['c'] }) });
    await agent.runs();
    // As after a backup that was restored in part: a task gone, a counter wrong, a failure not passed on, a token left.
    const { db } = world.deps;
    await db.execute(sql`delete from tasks where job in (select id from jobs where action = 'a')`);
    await db.execute(sql`update jobs set unmet = 5 where action = 'b'`);
    await db.execute(
      sql`update jobs set state = 'failed', code = 'timed_out', completed_at = 1 where action = 'c'`,
    );
    await db.execute(sql`insert into used_tokens values ('old', 1)`);

    await sweep(world.deps);
    await sweep(world.deps);

    expect(await codes(world, request)).toEqual({
      a: 'initiated',
      b: 'waiting_on_dependencies',
      c: 'timed_out',
      d: 'dependency_failed',
    });
    expect((await agent.runs()).map(({ action }) => action)).toEqual(['a']);
    expect(await agent.finishes()).toEqual(['a', 'b']);
    expect(await rowsOf(db, sql`select 1 from used_tokens`)).toEqual([]);
    expect(await openRequests(db)).toEqual([]);
  });

  test('requests are found by id, by its beginning, by branch and commit, in their own repository only', async () => {
    const world = aWorld(await open());
    const { db } = world.deps;
    const first = await world.submit({ id: 'abcd000000000001', pipeline: aPipeline({ a: [] }) });
    const second = await world.submit({
      id: 'abce000000000002',
      pipeline: aPipeline({ b: [] }),
      branch: 'other',
    });
    const find = async (text: string, repository = REPOSITORY.id) => {
      const found = await findRequest(db, { repository, text });
      return isRefusal(found) ? found.code : found.id;
    };

    expect(await find('abcd000000000001')).toBe(first.request);
    expect(await find('abce')).toBe(second.request);
    expect(await find('abc')).toBe('run.ambiguous-request');
    expect(await find('zzz')).toBe('run.unknown-request');
    expect(await find('a_c%')).toBe('run.unknown-request');
    expect(await find('abcd', 1)).toBe('run.unknown-request');
    const ids = (rows: { id: string }[]) => rows.map(({ id }) => id);
    expect(ids(await requestsFor(db, { repository: REPOSITORY.id }))).toEqual([
      second.request,
      first.request,
    ]);
    expect(ids(await requestsFor(db, { repository: REPOSITORY.id, branch: 'main', open: true }))).toEqual([
      first.request,
    ]);
    expect(await requestsFor(db, { repository: REPOSITORY.id, commit: 'f'.repeat(40) })).toEqual([]);
    expect(await requestView(world.deps, 'nothing')).toBeUndefined();
  });
});
