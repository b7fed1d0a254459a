import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import {
  backendChanges,
  backendsNow,
  cancelRequest,
  killJob,
  prepareForReboot,
  rebootState,
  requestView,
  requeueJob,
  setMaintenance,
  sweep,
} from '../../src/jobs/jobs.ts';
import { hours, minutes } from '../../src/lib/clock.ts';
import { countingIds } from '../../src/lib/ids.ts';
import { eachDatabase } from '../support/database.ts';
import { aBackend, aGovernance, aPipeline, aWorld, type World } from '../support/jobs.ts';

async function codes(world: World, request: string): Promise<Record<string, string>> {
  const view = await requestView(world.deps, request);
  return Object.fromEntries(view?.jobs.map(({ action, code }) => [action, code]) ?? []);
}

async function jobOf(world: World, request: string, action: string): Promise<string> {
  const view = await requestView(world.deps, request);
  return view!.jobs.find((job) => job.action === action)!.id;
}

async function events(world: World, type: string): Promise<object[]> {
  const rows = await rowsOf<{ entry: string }>(
    world.deps.db,
    sql`select entry from ledger_leaves where type = ${type} order by id`,
  );
  return rows.map(({ entry }) => JSON.parse(entry) as object);
}

const BACKEND = 'schools';
const ROOM = aBackend({ pools: { general: 5, database: 5 } });

eachDatabase((open) => {
  test('before a reboot what runs is stopped and waits, nothing is started, and afterwards all of it is run again', async () => {
    const world = aWorld(await open(), aGovernance([ROOM]));
    const agent = world.agent();
    const { request } = await world.submit({ pipeline: aPipeline({ a: [], b: [], c: ['a'] }) });
    const [a, b] = await agent.runs();

    expect(await prepareForReboot(world.deps, { backend: BACKEND, why: 'kernel' })).toEqual({
      paused: true,
      running: [a!.job, b!.job],
      safe: false,
    });
    const stops = (await agent.poll()).tasks.filter(({ type }) => type === 'cancel');
    expect(stops.map(({ job }) => job).sort()).toEqual([a!.job, b!.job].sort());
    expect(await agent.report(a!, 'cancelled_by_user')).toBe('taken');
    // Done before the order came: that stays so, and what waited for nothing else goes on waiting.
    expect(await agent.report(b!, 'succeeded')).toBe('taken');

    expect(await rebootState(world.deps, BACKEND)).toEqual({ paused: true, running: [], safe: true });
    expect(await codes(world, request)).toEqual({ a: 'waiting_on_reboot', b: 'succeeded', c: 'paused' });
    await sweep(world.deps);
    expect(await agent.runs()).toEqual([]);
    // Once more changes nothing.
    await prepareForReboot(world.deps, { backend: BACKEND, why: 'kernel' });
    expect(await events(world, 'policy')).toMatchObject([
      { actor: 'operator', body: { event: 'paused', why: 'kernel' } },
      { actor: 'operator', body: { event: 'reboot-prepared', jobs: 2, why: 'kernel' } },
    ]);

    await world.deps.db.execute(sql`update backend_state set paused_at = null`);
    expect((await agent.finishes()).sort()).toEqual(['a', 'c']);
    expect(await codes(world, request)).toEqual({ a: 'succeeded', b: 'succeeded', c: 'succeeded' });
  });

  test('an attempt that an operator ended does not count: a job may be reset any number of times', async () => {
    const world = aWorld(await open());
    const agent = world.agent();
    const { request } = await world.submit({ pipeline: aPipeline({ a: [] }) });
    const job = await jobOf(world, request, 'a');
    for (let turn = 0; turn < 5; turn += 1) {
      const [task] = await agent.runs();
      expect(await requeueJob(world.deps, { job, why: 'hangs', ids: countingIds() })).toMatchObject({
        outcome: 'stopping',
      });
      await agent.report(task!, 'cancelled_by_user');
    }
    // The job's own faults are counted as ever.
    await agent.ends('a', 'interrupted');
    await agent.ends('a', 'interrupted');
    expect(await codes(world, request)).toEqual({ a: 'initiated' });
    await agent.ends('a', 'interrupted');
    expect(await codes(world, request)).toEqual({ a: 'job_error' });
    const [row] = await rowsOf(world.deps.db, sql`select attempts, resets, stop_code from jobs`);
    expect(row).toEqual({ attempts: 8, resets: 5, stop_code: null });
  });

  test('while a reset is under way it is not asked for twice, and whoever cancels or kills is heard', async () => {
    const world = aWorld(await open(), aGovernance([ROOM]));
    const agent = world.agent();
    const { request } = await world.submit({ pipeline: aPipeline({ a: [], b: [] }) });
    const [a, b] = await agent.runs();
    const order = { why: '', ids: countingIds() };
    await requeueJob(world.deps, { ...order, job: a!.job });
    await requeueJob(world.deps, { ...order, job: b!.job });
    expect(await requeueJob(world.deps, { ...order, job: a!.job })).toMatchObject({
      code: 'requeue.stopping',
    });
    const view = await requestView(world.deps, request);
    expect(view!.jobs.map(({ stopping }) => stopping)).toEqual([true, true]);

    expect(await cancelRequest(world.deps, { request, actions: ['a'], by: 7 })).toMatchObject({
      stopping: ['a'],
    });
    await killJob(world.deps, { job: b!.job, why: 'enough' });
    await agent.report(a!, 'cancelled_by_user');
    await agent.report(b!, 'cancelled_by_user');

    expect(await codes(world, request)).toEqual({ a: 'cancelled_by_user', b: 'killed_by_admin' });
    expect(await agent.runs()).toEqual([]);
  });

  test('a job whose agent is gone for good waits again at once', async () => {
    const world = aWorld(await open());
    await world.submit({ pipeline: aPipeline({ a: [] }) });
    const [task] = await world.agent().runs();
    world.state.governance = aGovernance([aBackend({ keys: { agent: [], viewer: [] } })]);

    expect(await requeueJob(world.deps, { job: task!.job, why: '', ids: countingIds() })).toMatchObject({
      outcome: 'waiting',
    });
    expect(await world.agent().report(task!, 'succeeded')).toBe('stale');
  });

  test('a job that failed is run again as a new one in a request of its own; what ended stays as it ended', async () => {
    const world = aWorld(await open());
    const agent = world.agent();
    const { request } = await world.submit({ pipeline: aPipeline({ a: [], b: ['a'] }) });
    await agent.ends('a', 'nonzero_exit');
    const before = await requestView(world.deps, request);
    const old = await jobOf(world, request, 'a');

    const answer = await requeueJob(world.deps, { job: old, why: 'disk was full', ids: countingIds(500) });

    expect(answer).toMatchObject({ request: '0000000000000500', action: 'a', outcome: 'new' });
    expect(await requestView(world.deps, request)).toEqual(before);
    const fresh = await requestView(world.deps, '0000000000000500');
    expect(fresh).toMatchObject({ actions: ['a'], requestedBy: { id: 7 }, commit: before!.commit });
    expect(await requeueJob(world.deps, { job: old, why: '', ids: countingIds(600) })).toMatchObject({
      code: 'requeue.superseded',
    });
    // What needed it can only go when it is there.
    const b = await jobOf(world, request, 'b');
    expect(await requeueJob(world.deps, { job: b, why: '', ids: countingIds(700) })).toMatchObject({
      code: 'requeue.needs',
      says: `Job ${b} needs outputs that are not there: a.`,
    });
    await agent.ends('a');
    expect(await requeueJob(world.deps, { job: b, why: '', ids: countingIds(800) })).toMatchObject({
      outcome: 'new',
    });
    expect(await agent.finishes()).toEqual(['b']);
    expect(
      (await events(world, 'job')).filter((each) => JSON.stringify(each).includes('asked-again')),
    ).toMatchObject([
      { actor: 'operator', body: { of: old, why: 'disk was full' } },
      { actor: 'operator', body: { of: b } },
    ]);
    expect((await events(world, 'request')).slice(1)).toMatchObject([
      { actor: 'operator', body: { event: 'submitted' } },
      { actor: 'operator' },
    ]);
  });

  test('what waits, succeeded, was cancelled, or has lost its right is not run again', async () => {
    const world = aWorld(await open());
    const agent = world.agent();
    const { request } = await world.submit({ pipeline: aPipeline({ a: [], b: ['a'], c: ['b'] }) });
    const ids = countingIds();
    const ask = async (action: string) =>
      requeueJob(world.deps, { job: await jobOf(world, request, action), why: '', ids });
    await agent.ends('a');
    await agent.ends('b', 'interrupted');
    await agent.ends('b', 'prepare_failed', { reason: 'git-unavailable' });

    expect(await ask('a')).toMatchObject({ code: 'requeue.succeeded' });
    expect(await ask('c')).toMatchObject({ code: 'requeue.waiting' });
    // Held back for a while: it may start now.
    expect(await agent.runs()).toEqual([]);
    expect(await ask('b')).toMatchObject({ outcome: 'waiting' });
    expect(await agent.runs()).toMatchObject([{ action: 'b' }]);
    await cancelRequest(world.deps, { request, actions: ['c'], by: 7 });
    expect(await ask('c')).toMatchObject({ code: 'requeue.cancelled' });
    expect(await requeueJob(world.deps, { job: 'z'.repeat(16), why: '', ids })).toMatchObject({
      code: 'operator.unknown-job',
    });
    await agent.ends('b', 'nonzero_exit');
    world.state.governance = { ...aGovernance(), people: [] };
    const again = await ask('b');
    expect(again).toMatchObject({ outcome: 'new' });
    expect(await codes(world, (again as { request: string }).request)).toEqual({ b: 'access_ended' });
  });

  test('while the database is maintained its jobs wait, those that run are put back, and all go on by themselves afterwards', async () => {
    const world = aWorld(await open(), aGovernance([ROOM]));
    const agent = world.agent();
    const { request } = await world.submit({ pipeline: aPipeline({ db_a: [], db_b: ['db_a'], c: [] }) });
    const tasks = await agent.runs();
    const task = (action: string) => tasks.find((each) => each.action === action)!;
    const from = world.clock.now() + hours(1);

    expect(
      await setMaintenance(world.deps, {
        backend: BACKEND,
        on: true,
        from,
        until: from + hours(1),
        why: 'upgrade',
      }),
    ).toEqual({ from, until: from + hours(1) });
    await sweep(world.deps);
    expect(await codes(world, request)).toMatchObject({ db_a: 'initiated', c: 'initiated' });
    expect(await setMaintenance(world.deps, { backend: BACKEND, on: true, why: '' })).toMatchObject({
      code: 'maintenance.planned',
    });
    expect(await backendsNow(world.deps)).toMatchObject([{ word: 'working' }]);

    world.clock.advance(hours(1));
    await sweep(world.deps);
    await sweep(world.deps);
    await agent.report(task('db_a'), 'cancelled_by_user');
    await sweep(world.deps);
    expect(await codes(world, request)).toEqual({
      db_a: 'waiting_on_db_maintenance',
      db_b: 'waiting_on_dependencies',
      c: 'initiated',
    });
    expect(await backendsNow(world.deps)).toMatchObject([{ word: 'maintained', since: from }]);
    const later = await world.submit({ branch: 'other', pipeline: aPipeline({ db_x: [] }) });
    expect(await codes(world, later.request)).toEqual({ db_x: 'waiting_on_db_maintenance' });

    world.clock.advance(hours(1));
    await agent.poll();
    await sweep(world.deps);
    expect(await codes(world, request)).toMatchObject({ db_a: 'initiated', c: 'initiated' });
    expect(await codes(world, later.request)).toEqual({ db_x: 'initiated' });
    const changes = await backendChanges(world.deps.db, [BACKEND], { now: world.clock.now() });
    expect(changes).toEqual([
      { backend: BACKEND, word: 'working', at: from + hours(1) },
      { backend: BACKEND, word: 'maintained', at: from },
    ]);
    expect(await events(world, 'policy')).toMatchObject([
      { actor: 'operator', subject: 'backend:schools', body: { event: 'maintenance', why: 'upgrade' } },
    ]);
  });

  test('a maintenance ends when the operator says so, and one that had not begun never was', async () => {
    const world = aWorld(await open(), aGovernance([ROOM]));
    const agent = world.agent();
    await agent.poll();
    const now = world.clock.now();
    const set = (order: object) =>
      setMaintenance(world.deps, { backend: BACKEND, on: true, why: '', ...order });
    expect(await set({ on: false })).toMatchObject({ code: 'maintenance.off' });
    for (const span of [{ from: now - 1 }, { until: now }, { from: now + 10, until: now + 5 }])
      expect(await set(span)).toMatchObject({ code: 'maintenance.span' });
    await set({ from: now + minutes(5) });
    await set({ on: false });
    world.clock.advance(minutes(1));
    await set({});
    const { request } = await world.submit({ pipeline: aPipeline({ db_a: [] }) });
    expect(await codes(world, request)).toEqual({ db_a: 'waiting_on_db_maintenance' });
    world.clock.advance(minutes(1));
    await set({ on: false });

    expect(await codes(world, request)).toEqual({ db_a: 'initiated' });
    const changes = await backendChanges(world.deps.db, [BACKEND], { now: world.clock.now() });
    expect(changes.map(({ word, at }) => [word, at - now])).toEqual([
      ['working', minutes(2)],
      ['maintained', minutes(1)],
    ]);
  });
});
