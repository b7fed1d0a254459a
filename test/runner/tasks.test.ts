/** Tasks of an agent: cancelling, and what is asked twice or of nobody. */
import { describe, expect, test } from '@jest/globals';
import { goodScript, leftovers } from '../support/zone-world.ts';
import { agent, high, read, runBoth, settled, starts, world } from './runner-world.ts';

describe('cancelling', () => {
  test('a running job is stopped; log and metadata stay, outputs are not taken', async () => {
    let started: () => void = () => undefined;
    const running = new Promise<void>((resolve) => (started = resolve));
    const extract = world.task('extract');
    world.hub.give(extract);
    starts({
      script: async (job) => {
        job.say('half way');
        await goodScript(job);
        started();
        await new Promise((resolve) => job.ended.addEventListener('abort', resolve));
        return 0;
      },
    });
    await running;

    const cancel = { type: 'cancel' as const, id: 'cancel0000000001', job: extract.job, task: extract.id };
    world.hub.give(cancel);
    const [run, answered] = await world.hub.end(extract.id, cancel.id);
    await settled();

    expect(run).toMatchObject({ state: 'cancelled_by_user' });
    expect(answered).toMatchObject({ state: 'cancelled_by_user', task: cancel.id });
    expect(world.manifest()).toMatchObject({
      outputs: {},
      runs: { extract: { state: 'cancelled_by_user' } },
    });
    expect(read(world.layout.run(extract.job, extract.id, 'extract').log)).toContain('half way');
    expect(leftovers(world)).toEqual([]);
  });

  test('a run that never came here is cancelled at once', async () => {
    const cancel = {
      type: 'cancel' as const,
      id: 'cancel0000000001',
      job: 'job0000000000001',
      task: 'task000000000001',
    };
    world.hub.give(cancel);
    starts();

    const [answer] = await world.hub.end(cancel.id);

    expect(answer?.state).toBe('cancelled_by_user');
  });

  test('a run that has ended keeps its end', async () => {
    await runBoth();
    const [extract] = [...world.hub.ended.values()];
    const cancel = {
      type: 'cancel' as const,
      id: 'cancel0000000001',
      job: extract?.job ?? '',
      task: extract?.task ?? '',
    };
    world.hub.give(cancel);

    const [answer] = await world.hub.end(cancel.id);

    expect(answer?.state).toBe('succeeded');
    expect(world.manifest()?.outputs['output/rows.csv']).toBeDefined();
  });

  test('a run that the hub no longer lists is stopped and cleaned up', async () => {
    let started: () => void = () => undefined;
    const running = new Promise<void>((resolve) => (started = resolve));
    const extract = world.task('extract');
    world.hub.give(extract);
    starts({
      script: async (job) => {
        started();
        await new Promise((resolve) => job.ended.addEventListener('abort', resolve));
        return 0;
      },
    });
    await running;

    world.hub.withdraw(extract.id);
    await world.hub.end(extract.id);
    await settled();

    expect(leftovers(world)).toEqual([]);
    expect(world.manifest()).toMatchObject({
      outputs: {},
      runs: { extract: { state: 'cancelled_by_user' } },
    });
  });
});

describe('tasks', () => {
  test('a task that is listed again after its end is told again and not run again', async () => {
    await runBoth();
    await settled();
    const ran = world.engine.started.length;
    const [extract] = [...world.hub.ended.values()];
    const task = world.task('extract', { id: extract?.task, job: extract?.job });
    world.hub.ended.clear();
    world.hub.give(task);

    const [again] = await world.hub.end(task.id);

    expect(again).toEqual(extract);
    expect(world.engine.started).toHaveLength(ran);
  });

  test('a retry of a job is a new task and starts clean', async () => {
    const first = world.task('extract');
    world.hub.give(first);
    starts({ script: () => 1 });
    await world.hub.end(first.id);
    await agent?.stop();

    const second = world.task('extract', { job: first.job });
    world.hub.give(second);
    starts();
    const [end] = await world.hub.end(second.id);

    expect(end?.state).toBe('succeeded');
  });

  test('jobs run side by side: a slow one holds up no other', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow = world.task('extract');
    const quick = world.task('extract', { workspace: 'other-main' });
    world.hub.give(slow, quick);
    starts({
      script: async (job) => {
        if (job.spec.id === slow.id) await held;
        return goodScript(job);
      },
    });

    await world.hub.end(quick.id);
    expect(world.hub.ended.has(slow.id)).toBe(false);
    release();
    await world.hub.end(slow.id);
  });

  test('on dummy data a database action copies its dummy file, and the end of a log may leave', async () => {
    const extract = world.task('extract');
    world.hub.give(extract);
    starts({ data: 'dummy' });
    await world.hub.end(extract.id);
    const model = world.task('model');
    world.hub.give(model);
    const [end] = await world.hub.end(model.id);

    expect(read(high('output/rows.csv'))).toBe('school,absent\na,1\n');
    expect(world.engine.started).toEqual([model.id]);
    expect(end).toMatchObject({ state: 'succeeded', logTail: 'running model' });
  });
});
