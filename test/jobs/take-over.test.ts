/** An agent dies, falls silent or is drained: what nobody has read of its runs goes to another, and nothing else. */
import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { agentSeen, applyUpdates, dispatch, pollTasks, sweep, takeOver } from '../../src/jobs/jobs.ts';
import { seconds } from '../../src/lib/clock.ts';
import { eachDatabase } from '../support/database.ts';
import { aBackend, AGENT_KEY, aGovernance, aPipeline, aWorld, type World } from '../support/jobs.ts';

const AGENTS = ['agent-1', 'agent-2'];
const LEASE = seconds(8);
const of = (agent: string) => ({ agent, backend: 'schools' });

const twoAgents = () =>
  aGovernance([
    aBackend({
      keys: { agent: AGENTS.map((id) => ({ id, key: AGENT_KEY.publicText })), viewer: [] },
      pools: { general: 4, database: 1 },
    }),
  ]);

/** As a heartbeat of an agent that knows of leases. */
const alive = (world: World, agent: string): Promise<number> =>
  agentSeen(world.deps.db, of(agent), { engine: true, leaseMs: LEASE }, world.clock.now());

const poll = (world: World, agent: string, more: { draining?: true } = {}) =>
  pollTasks(
    world.deps,
    of(agent),
    { protocol: 1, seen: 0, waitMs: 0, engine: true, ...more },
    { leaseMs: LEASE },
  );

/** Who has which job, and how often it was given out. */
const given = (world: World) =>
  rowsOf(
    world.deps.db,
    sql`
      select jobs.action, tasks.agent, jobs.attempts, jobs.state from jobs
      left join tasks on tasks.job = jobs.id and tasks.type = 'run' and tasks.state = 'active' order by jobs.seq`,
  );

const ONE = aPipeline({ a: [] });

eachDatabase((open) => {
  test('a run that its silent agent cannot have read goes to another, with a task of its own', async () => {
    const world = aWorld(await open(), twoAgents());
    await alive(world, 'agent-1');
    await world.submit({ pipeline: ONE });
    expect(await given(world)).toEqual([{ action: 'a', agent: 'agent-1', attempts: 1, state: 'running' }]);
    const [first] = await rowsOf<{ id: string; job: string }>(world.deps.db, sql`select id, job from tasks`);

    world.clock.advance(seconds(7));
    await alive(world, 'agent-2');
    expect(await takeOver(world.deps)).toBe(0);
    world.clock.advance(seconds(2));
    expect(await takeOver(world.deps)).toBe(1);

    expect(await given(world)).toEqual([{ action: 'a', agent: 'agent-2', attempts: 2, state: 'running' }]);
    const [second] = await world.agent('agent-2').runs();
    expect(second!.id).not.toBe(first!.id);
    // The first comes back, and even claims to have done it.
    expect(await world.agent('agent-1').runs()).toEqual([]);
    const claim = { task: first!.id, job: first!.job, at: 5, state: 'succeeded' };
    expect(await applyUpdates(world.deps, of('agent-1'), [claim])).toEqual(['stale']);
    expect(await world.agent('agent-2').report(second!, 'succeeded')).toBe('taken');
    const leaves = await rowsOf<{ event: string }>(
      world.deps.db,
      sql`select entry::json->'body'->>'event' as event from ledger_leaves where subject = ${`job:${first!.job}`} order by id`,
    );
    expect(leaves.map(({ event }) => event)).toEqual(['started', 'requeued', 'started', 'ended']);
  });

  test('a run that its agent may have read stays with it for as long as it takes, and so does its workspace', async () => {
    const world = aWorld(await open(), twoAgents());
    await alive(world, 'agent-1');
    await world.submit({ pipeline: aPipeline({ a: [], b: ['a'] }) });
    const [run] = await world.agent('agent-1').runs();

    world.clock.advance(seconds(3600));
    await alive(world, 'agent-2');
    expect(await takeOver(world.deps)).toBe(0);
    await sweep(world.deps);

    expect(await given(world)).toEqual([
      { action: 'a', agent: 'agent-1', attempts: 1, state: 'running' },
      { action: 'b', agent: null, attempts: 0, state: 'pending' },
    ]);
    // It was away and did its work.
    expect(await world.agent('agent-1').report(run!, 'succeeded')).toBe('taken');
    expect((await world.agent('agent-2').runs()).map(({ action }) => action)).toEqual([]);
    expect((await world.agent('agent-1').runs()).map(({ action }) => action)).toEqual(['b']);
  });

  test('a second job of a workspace whose first was read is not moved away from its files', async () => {
    const world = aWorld(await open(), twoAgents());
    await alive(world, 'agent-1');
    await world.submit({ pipeline: aPipeline({ a: [], b: ['a'] }) });
    await world.agent('agent-1').ends('a');
    // Given, and not read: the lease ran out between the two.
    expect(await given(world)).toMatchObject([{ state: 'succeeded' }, { action: 'b', agent: 'agent-1' }]);
    await world.deps.db.execute(sql`update agents set lease_until = 0 where id = 'agent-1'`);
    await alive(world, 'agent-2');

    expect(await takeOver(world.deps)).toBe(1);
    expect(await given(world)).toMatchObject([
      { state: 'succeeded' },
      { action: 'b', agent: null, state: 'pending' },
    ]);
    expect((await world.agent('agent-2').runs()).length).toBe(0);
    expect((await world.agent('agent-1').runs()).map(({ action }) => action)).toEqual(['b']);
  });

  test('of showing a run and taking it back, at two hubs at once, each is read by one agent', async () => {
    const database = await open();
    const other = (await database.another()) ?? database;
    const world = aWorld(database, twoAgents());
    const beside = aWorld(other, twoAgents());
    for (let round = 0; round < 8; round += 1) {
      await alive(world, 'agent-1');
      await world.deps.db.execute(sql`update agents set lease_until = 0 where id = 'agent-2'`);
      await world.submit({ branch: `round-${round}`, pipeline: ONE });
      await world.deps.db.execute(sql`update agents set lease_until = 0 where id = 'agent-1'`);
      await alive(world, 'agent-2');

      await Promise.all([poll(beside, 'agent-1'), takeOver(world.deps)]);

      // By its poll the first is alive again: what was taken back may be given to either, as another task.
      for (const agent of AGENTS) await world.agent(agent).finishes();
    }
    expect(await rowsOf(world.deps.db, sql`select distinct state from jobs`)).toEqual([
      { state: 'succeeded' },
    ]);
    const twice = await rowsOf(
      world.deps.db,
      sql`select job from tasks where shown_at is not null group by job having count(*) > 1`,
    );
    expect(twice).toEqual([]);
  });

  test('an answer that nobody is there to read shows nothing', async () => {
    const world = aWorld(await open(), twoAgents());
    await alive(world, 'agent-1');
    await world.submit({ pipeline: ONE });
    await pollTasks(
      world.deps,
      of('agent-1'),
      { protocol: 1, seen: 0, waitMs: 0, engine: true },
      { leaseMs: LEASE, gone: () => true },
    );
    world.clock.advance(seconds(9));
    await alive(world, 'agent-2');

    expect(await takeOver(world.deps)).toBe(1);
    expect(await given(world)).toMatchObject([{ agent: 'agent-2' }]);
  });

  test('an agent that is drained keeps what it has read, gives back the rest, and gets nothing new', async () => {
    const world = aWorld(await open(), twoAgents());
    await alive(world, 'agent-1');
    await world.submit({ branch: 'one', pipeline: ONE });
    const [read] = await world.agent('agent-1').runs();
    await world.submit({ branch: 'two', pipeline: ONE });
    await alive(world, 'agent-2');

    const answer = await poll(world, 'agent-1', { draining: true });
    expect('tasks' in answer && answer.tasks).toHaveLength(1);
    expect(await given(world)).toMatchObject([{ agent: 'agent-1' }, { agent: 'agent-2' }]);
    await world.submit({ branch: 'three', pipeline: ONE });
    // A heartbeat does not say that it is over.
    await alive(world, 'agent-1');
    await world.submit({ branch: 'four', pipeline: ONE });
    expect((await given(world)).slice(2)).toMatchObject([{ agent: 'agent-2' }, { agent: 'agent-2' }]);
    expect(await world.agent('agent-1').report(read!, 'succeeded')).toBe('taken');

    // Started anew it is at work again.
    await poll(world, 'agent-1');
    await world.submit({ branch: 'five', pipeline: ONE });
    expect((await given(world)).at(-1)).toMatchObject({ agent: 'agent-1' });
  });

  test('a run taken back that somebody wanted to stop ends as they wanted', async () => {
    const world = aWorld(await open(), twoAgents());
    await alive(world, 'agent-1');
    const { request } = await world.submit({ pipeline: ONE });
    await world.deps.db.execute(sql`
      update jobs set cancel_requested_at = 1, stop_code = 'cancelled_by_user' where request = ${request}`);
    world.clock.advance(seconds(9));
    await alive(world, 'agent-2');

    expect(await takeOver(world.deps)).toBe(1);
    expect(await rowsOf(world.deps.db, sql`select state, code from jobs`)).toEqual([
      { state: 'failed', code: 'cancelled_by_user' },
    ]);
  });

  test('the only agent keeps what it was given, and new work goes to agents that are alive', async () => {
    const world = aWorld(await open(), twoAgents());
    await alive(world, 'agent-1');
    await world.submit({ branch: 'one', pipeline: ONE });
    world.clock.advance(seconds(9));
    expect(await takeOver(world.deps)).toBe(0);
    await world.submit({ branch: 'two', pipeline: ONE });
    expect(await given(world)).toMatchObject([{ agent: 'agent-1' }, { agent: null, state: 'pending' }]);
    await alive(world, 'agent-2');
    await dispatch(world.deps, 'schools');
    expect((await given(world))[1]).toMatchObject({ agent: 'agent-2' });
  });

  test('beside a hub that does not note what it shows, nothing is taken back', async () => {
    const database = await open();
    const older = await database.another();
    // PGlite is never shared.
    if (!older) return;
    const world = aWorld(database, twoAgents());
    await database.moveIn(async () => undefined);
    await alive(world, 'agent-1');
    await world.submit({ pipeline: ONE });
    world.clock.advance(seconds(9));
    await alive(world, 'agent-2');

    await older.db.transaction(async (tx) => {
      // All that a hub of the version before holds.
      await tx.execute(sql`select pg_advisory_xact_lock_shared(7305003)`);
      expect(await takeOver(world.deps)).toBe(0);
    });
    expect(await takeOver(world.deps)).toBe(1);
  });
});
