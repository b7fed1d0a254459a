/** What is lost, faulty or silent keeps nothing else from going on. */
import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { dispatch, findRequest, openRequests, requestsFor, requestView, sweep } from '../../src/jobs/jobs.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { eachDatabase } from '../support/database.ts';
import { aBackend, aGovernance, aPipeline, aWorld, REPOSITORY } from '../support/jobs.ts';
import { codes, TWO_AGENTS } from './codes.ts';

eachDatabase((open) => {
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
