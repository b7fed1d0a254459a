import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import {
  applyUpdates,
  cancelRequest,
  dispatch,
  hearOtherHubs,
  pollTasks,
  submitRequest,
  sweep,
} from '../../src/jobs/jobs.ts';
import { eachDatabase, type TestDatabase } from '../support/database.ts';
import {
  aBackend,
  AGENT_KEY,
  aGovernance,
  aPipeline,
  aRequest,
  aWorld,
  type World,
} from '../support/jobs.ts';

/** Two hubs on one database. On PGlite, which only one process can open, they share its connection. */
async function twoHubs(database: TestDatabase, governance = aGovernance()): Promise<[World, World]> {
  const other = (await database.another()) ?? database;
  return [aWorld(database, governance), aWorld(other, governance)];
}

const ROUNDS = 8;

eachDatabase((open) => {
  test('of the same request at two hubs, one makes the jobs', async () => {
    const [one, two] = await twoHubs(await open());

    for (let round = 0; round < ROUNDS; round++) {
      const input = aRequest({ branch: `branch-${round}` });
      const answers = await Promise.all([submitRequest(one.deps, input), submitRequest(two.deps, input)]);
      expect(answers.map((each) => ('outcome' in each ? each.outcome : each.code)).sort()).toEqual([
        'created',
        'unchanged',
      ]);
    }
  });

  test('of two requests for the same actions at two hubs, one makes the jobs and the other joins', async () => {
    const [one, two] = await twoHubs(await open());

    for (let round = 0; round < ROUNDS; round++) {
      const branch = `branch-${round}`;
      const answers = await Promise.all([
        submitRequest(one.deps, aRequest({ branch })),
        submitRequest(two.deps, aRequest({ branch })),
      ]);
      expect(answers.map((each) => ('outcome' in each ? each.outcome : each.code)).sort()).toEqual([
        'created',
        'nothing_to_do',
      ]);
    }
  });

  test('two hubs that schedule at once never overfill a pool nor start a job twice', async () => {
    const keys = {
      agent: ['agent-1', 'agent-2'].map((id) => ({ id, key: AGENT_KEY.publicText })),
      viewer: [],
    };
    const [one, two] = await twoHubs(
      await open(),
      aGovernance([aBackend({ keys, pools: { general: 5, database: 1 } })]),
    );
    await one.submit({
      pipeline: aPipeline(Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`a${at}`, []]))),
    });

    await Promise.all([
      one.agent('agent-1').poll(),
      two.agent('agent-2').poll(),
      ...Array.from({ length: ROUNDS }, (_, at) => dispatch((at % 2 ? one : two).deps, 'schools')),
      sweep(one.deps),
      sweep(two.deps),
    ]);

    const running = await rowsOf(one.deps.db, sql`select attempts from jobs where state = 'running'`);
    expect(running).toEqual(Array(5).fill({ attempts: 1 }));
    const tasks = await rowsOf<{ agents: number; n: number }>(
      one.deps.db,
      sql`select count(distinct agent)::int as agents, count(*)::int as n from tasks`,
    );
    // One workspace: one agent keeps it, whoever came first.
    expect(tasks).toEqual([{ agents: 1, n: 5 }]);
  });

  test('a report that reaches two hubs counts once', async () => {
    const [one, two] = await twoHubs(await open());
    const { request } = await one.submit();
    const agent = one.agent();
    const [task] = await agent.runs();
    const report = { task: task!.id, job: task!.job, at: 5, state: 'succeeded' };

    const answers = await Promise.all([
      applyUpdates(one.deps, agent.caller, [report]),
      applyUpdates(two.deps, agent.caller, [report]),
    ]);

    expect(answers).toEqual([['taken'], ['taken']]);
    const ends = await rowsOf(
      one.deps.db,
      sql`select 1 from ledger_leaves where subject = ${`job:${task!.job}`}`,
    );
    expect(ends).toHaveLength(2);
    const unmet = await rowsOf(
      one.deps.db,
      sql`select action, unmet from jobs where request = ${request} order by seq`,
    );
    expect(unmet).toEqual([
      { action: 'db_extract', unmet: 0 },
      { action: 'model', unmet: 0 },
      { action: 'report', unmet: 1 },
    ]);
  });

  test('cancelling at one hub while the job ends at another leaves one of the two, whole', async () => {
    const [one, two] = await twoHubs(await open());
    for (let round = 0; round < ROUNDS; round++) {
      const { request } = await one.submit({
        branch: `branch-${round}`,
        pipeline: aPipeline({ a: [], b: ['a'] }),
      });
      const agent = one.agent();
      const task = (await agent.runs()).find((each) => each.request === request);

      await Promise.all([cancelRequest(two.deps, { request, by: 7 }), agent.report(task!, 'succeeded')]);
      await agent.report(task!, 'cancelled_by_user');
      const left = (await agent.runs()).find((each) => each.request === request);
      if (left) await agent.report(left, 'cancelled_by_user');

      const states = await rowsOf(
        one.deps.db,
        sql`select state from jobs where request = ${request} and state in ('pending', 'running')`,
      );
      expect(states).toEqual([]);
      expect((await agent.poll()).tasks).toEqual([]);
    }
  });

  test('a poll that is open at one hub hears what happens at the other', async () => {
    const database = await open();
    const [one, two] = await twoHubs(database);
    const stop = await hearOtherHubs(database, one.deps);
    const { version } = await one.agent().poll();
    const before = performance.now();
    const held = pollTasks(one.deps, one.agent().caller, {
      protocol: 1,
      seen: version,
      waitMs: 25_000,
      engine: true,
    });

    await two.submit();

    expect(await held).toMatchObject({ tasks: [{ jws: expect.any(String) }] });
    // The safety poll would have taken 25 s.
    expect(performance.now() - before).toBeLessThan(10_000);
    await stop();
  });

  test('agents and hubs that all race finish every job exactly once', async () => {
    const keys = {
      agent: ['agent-1', 'agent-2'].map((id) => ({ id, key: AGENT_KEY.publicText })),
      viewer: [],
    };
    const [one, two] = await twoHubs(
      await open(),
      aGovernance([aBackend({ keys, pools: { general: 4, database: 2 } })]),
    );
    const pipeline = aPipeline({ a: [], b: ['a'], c: ['a'], d: ['b', 'c'], db_e: [] });
    await Promise.all(
      Array.from({ length: 6 }, (_, at) => (at % 2 ? one : two).submit({ pipeline, branch: `b${at}` })),
    );

    const done = await Promise.all([
      one.agent('agent-1').finishes(),
      two.agent('agent-1').finishes(),
      two.agent('agent-2').finishes(),
      one.agent('agent-2').finishes(),
    ]);
    await one.agent('agent-1').finishes();
    await one.agent('agent-2').finishes();

    expect(done.flat().length).toBeGreaterThan(0);
    const jobs = await rowsOf(
      one.deps.db,
      sql`select state, attempts, count(*)::int as n from jobs group by state, attempts`,
    );
    expect(jobs).toEqual([{ state: 'succeeded', attempts: 1, n: 30 }]);
    const leaves = await rowsOf(
      one.deps.db,
      sql`select subject from ledger_leaves where type = 'job' group by subject having count(*) <> 2`,
    );
    expect(leaves).toEqual([]);
  });
});
