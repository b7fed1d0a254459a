/** What the zone does when something it needs is away for a while. */
import { describe, expect, jest, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { FreshGovernance } from '../../agent/runner/governance.ts';
import { fixedClock, minutes, seconds } from '../../src/lib/clock.ts';
import { refusal } from '../../src/lib/refusal.ts';
import { aGovernance, edited } from '../support/governance.ts';
import { goodScript, OWNER } from '../support/zone-world.ts';
import { asFailed, endOf, insideOf } from './refusal-world.ts';
import { agent, starts, world } from './runner-world.ts';

describe('what is away for a while', () => {
  test('the hub: jobs go on, and every end is told when it is back', async () => {
    const extract = world.task('extract');
    world.hub.give(extract);
    starts({
      script: (job) => {
        world.hub.away = true;
        return goodScript(job);
      },
    });
    while (!world.manifest()) await new Promise(setImmediate);
    expect(world.hub.ended.size).toBe(0);

    world.hub.away = false;
    world.hub.wake();

    expect((await world.hub.end(extract.id))[0]?.state).toBe('succeeded');
  });

  test('the hub while the agent is started again: the run is brought to its end all the same', async () => {
    const extract = world.task('extract');
    world.hub.give(extract);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    starts({ script: (job) => held.then(() => goodScript(job)) });
    while (world.engine.started.length === 0) await new Promise(setImmediate);
    world.hub.away = true;
    await agent?.stop();

    starts();
    release();
    while (!world.manifest()) await new Promise(setImmediate);
    world.hub.away = false;
    world.hub.wake();

    expect((await world.hub.end(extract.id))[0]?.state).toBe('succeeded');
    expect(world.engine.started).toHaveLength(1);
  });

  test('the engine: the job is looked for again and taken up where it is', async () => {
    const extract = world.task('extract');
    world.hub.give(extract);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    starts({ script: (job) => held.then(() => goodScript(job)) });
    while (world.engine.started.length === 0) await new Promise(setImmediate);

    world.engine.down = true;
    release();
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    world.engine.down = false;

    expect((await world.hub.end(extract.id))[0]?.state).toBe('succeeded');
    expect(world.engine.started).toHaveLength(1);
  });

  test('a container that is gone, or went with its engine, is interrupted and not the fault of the program', async () => {
    const extract = world.task('extract');
    world.hub.give(extract);
    starts({ script: () => new Promise(() => undefined) });
    while (world.engine.started.length === 0) await new Promise(setImmediate);
    world.engine.restartUnder(extract.id);
    expect((await world.hub.end(extract.id))[0]?.state).toBe('interrupted');
    await agent?.stop();

    const again = world.task('extract');
    world.hub.give(again);
    starts({ script: () => new Promise(() => undefined) });
    while (world.engine.started.length < 2) await new Promise(setImmediate);
    await agent?.stop();
    world.engine.jobs.delete(again.id);
    starts();

    expect((await world.hub.end(again.id))[0]?.state).toBe('interrupted');
    expect(world.engine.started).toHaveLength(2);
  });

  test('a program that may not run any longer, or wrote too much, has its own end', async () => {
    expect(
      (await endOf(world.task('extract'), { script: () => ({ code: 137, timedOut: true }) })).state,
    ).toBe('timed_out');
    await agent?.stop();
    world.governance = aGovernance(edited({ 'images.yml': [', exit_codes: trusted', ''] }));
    const end = await endOf(world.task('extract'), { script: () => ({ code: 137, diskFull: true }) });
    expect(end).toEqual(asFailed(end));
    expect(insideOf(end)).toMatchObject({ state: 'job_error', reason: 'disk-full' });
  });

  test('a lock file that a killed git left does not stop the mirror', async () => {
    await endOf(world.task('extract'));
    await agent?.stop();
    const mirror = path.join(world.layout.mirrors, '70011.git', 'refs', 'heads');
    writeFileSync(path.join(mirror, 'main.lock'), '');
    world.commit = world.upstream.commit(`${OWNER}/study`, { 'query.sql': 'select 2' });

    const task = world.task('extract', { commit: world.commit });
    expect((await endOf(task)).state).toBe('succeeded');
  });
});

describe('governance', () => {
  const look = (codes: (string | undefined)[]) => {
    let at = 0;
    return {
      current: () => world.governance,
      refresh: jest.fn(async () => {
        const code = codes[Math.min(at++, codes.length - 1)];
        return code ? { changed: false, refused: refusal(code, 'No.') } : { changed: false };
      }),
    };
  };
  const limits = { freshMs: minutes(1), maxAgeMs: minutes(60) };
  const signal = new AbortController().signal;

  test('is looked at before a task when the last look is old, and not between', async () => {
    const clock = fixedClock('2026-08-03T09:00:00Z');
    const mirror = look([undefined]);
    const fresh = new FreshGovernance(mirror, limits, clock);

    await fresh.forTask(signal);
    clock.advance(seconds(30));
    await fresh.forTask(signal);
    expect(mirror.refresh).toHaveBeenCalledTimes(1);
    clock.advance(seconds(31));
    await fresh.forTask(signal);
    expect(mirror.refresh).toHaveBeenCalledTimes(2);
  });

  test('that cannot be reached serves for a while, then no job is started', async () => {
    const clock = fixedClock('2026-08-03T09:00:00Z');
    const fresh = new FreshGovernance(look([undefined, 'governance.unreachable']), limits, clock);

    expect(await fresh.forTask(signal)).toBe(world.governance);
    clock.advance(minutes(59));
    expect(await fresh.forTask(signal)).toBe(world.governance);
    clock.advance(minutes(2));
    expect(await fresh.forTask(signal)).toBeUndefined();
  });

  test('whose newest version is broken was still looked at: the last good one serves', async () => {
    const clock = fixedClock('2026-08-03T09:00:00Z');
    const fresh = new FreshGovernance(look(['governance.invalid']), limits, clock);

    expect(await fresh.forTask(signal)).toBe(world.governance);
  });

  test('is waited for when it is being looked at already', async () => {
    let answer: () => void = () => undefined;
    const mirror = {
      current: () => world.governance,
      refresh: () =>
        new Promise<{ changed: boolean }>((resolve) => (answer = () => resolve({ changed: false }))),
    };
    const fresh = new FreshGovernance(mirror, limits, fixedClock('2026-08-03T09:00:00Z'));
    void fresh.look();
    const given = fresh.forTask(signal);
    answer();

    expect(await given).toBe(world.governance);
  });

  test('that is not there is asked for again, and then the job fails with that reason', async () => {
    let asked = 0;
    world.governanceNow = () => {
      asked += 1;
      return undefined;
    };

    expect(await endOf(world.task('extract'))).toMatchObject({
      state: 'prepare_failed',
      reason: 'governance-unavailable',
    });
    expect(asked).toBe(5);
  });
});
