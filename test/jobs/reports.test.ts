/** What agents report, in whatever order, and what is tried again. */
import { expect, test } from '@jest/globals';
import { applyUpdates, pauseBackend, pollTasks, requestView } from '../../src/jobs/jobs.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { eachDatabase } from '../support/database.ts';
import { aBackend, aGovernance, aPipeline, aWorld } from '../support/jobs.ts';
import { codes, TWO_AGENTS } from './codes.ts';

eachDatabase((open) => {
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

    world.clock.advance(5000);

    expect(await agent.runs()).toHaveLength(1);
  });

  test('an open poll is answered when that time has come, although nobody brings news', async () => {
    const world = aWorld(await open());
    const agent = world.agent();
    await world.submit({ actions: ['db_extract'] });
    await agent.ends('db_extract', 'prepare_failed', { reason: 'database-unavailable' });
    const ask = { protocol: 1 as const, engine: true };
    const nothing = await pollTasks(world.deps, agent.caller, { ...ask, seen: 0, waitMs: 0 });
    if (isRefusal(nothing)) throw new Error(nothing.code);
    // The last millisecond is waited for.
    world.clock.advance(4999);
    const answer = pollTasks(world.deps, agent.caller, { ...ask, seen: nothing.version, waitMs: 120_000 });
    world.clock.advance(1);

    expect(await answer).toMatchObject({ tasks: [{}] });
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
});
