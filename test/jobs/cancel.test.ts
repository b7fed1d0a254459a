/** Cancelling: what waits ends at once, what runs is stopped, what has ended stays. */
import { expect, test } from '@jest/globals';
import { cancelRequest, cancelRequests, openRequests, requestView, sweep } from '../../src/jobs/jobs.ts';
import { eachDatabase } from '../support/database.ts';
import { aBackend, AGENT_KEY, aGovernance, aPipeline, aWorld, REPOSITORY } from '../support/jobs.ts';
import { codes } from './codes.ts';

eachDatabase((open) => {
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
});
