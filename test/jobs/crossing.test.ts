/** What the hub takes and keeps of a job on real data, whatever an agent sends. */
import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { cancelRequest, requestView } from '../../src/jobs/jobs.ts';
import { eachDatabase } from '../support/database.ts';
import { aBackend, aGovernance, aPipeline, aWorld, type World } from '../support/jobs.ts';

const TRUSTED = { name: 'sqlrunner', version: 'v1', database: true, exitCodes: 'trusted' } as const;
const REAL_AND_DUMMY = [aBackend(), aBackend({ id: 'dummy', data: 'dummy' })];

async function jobs(world: World, request: string) {
  const view = await requestView(world.deps, request);
  return view?.jobs.map(({ action, code, exitCode, logTail }) => ({ action, code, exitCode, logTail }));
}

eachDatabase((open) => {
  test('a log and any exit code come from dummy data', async () => {
    const world = aWorld(await open(), aGovernance(REAL_AND_DUMMY));
    const { request } = await world.submit({ actions: ['db_extract'], backend: 'dummy', purpose: 'dummy' });
    const agent = world.agent('agent-1', 'dummy');

    // Half a character, as an agent of before could cut one: no database takes it.
    const logTail = '\ude00a\0b\u{1f600}\ud83d';
    expect(await agent.ends('db_extract', 'nonzero_exit', { logTail, exitCode: 9 })).toBe('taken');

    expect(await jobs(world, request)).toMatchObject([{ logTail: 'ab\u{1f600}', exitCode: 9 }]);
    const told = await rowsOf(
      world.deps.db,
      sql`select entry from ledger_leaves where entry like '%"log%' or entry like '%"exit%'`,
    );
    expect(told).toEqual([]);
  });

  test('a log of a job on real data is refused, and the job is over without it', async () => {
    const world = aWorld(await open(), aGovernance(REAL_AND_DUMMY, [TRUSTED]));
    const { request } = await world.submit({ actions: ['db_extract'] });

    expect(await world.agent().ends('db_extract', 'nonzero_exit', { logTail: 'patient 1' })).toBe(
      'malformed',
    );

    expect(await jobs(world, request)).toEqual([
      { action: 'db_extract', code: 'internal_error', exitCode: null, logTail: null },
    ]);
  });

  test.each([
    ['more names than five', { because: [{ kind: 'code', names: ['a', 'b', 'c', 'd', 'e', 'f'] }] }],
    ['a name that turns the text around', { because: [{ kind: 'code', names: ['\u202Ex'] }] }],
    ['a name with a line end', { because: [{ kind: 'code', names: ['a\nb'] }] }],
    ['half a character', { because: [{ kind: 'code', names: ['\uD800'] }] }],
    ['a cause of its own', { because: [{ kind: 'because I say so' }] }],
    ['no cause', { because: [] }],
    ['a branch for a commit', { from: { commit: 'main', request: '8f3k8f3k8f3k8f3k' } }],
    ['both', { from: { commit: '0'.repeat(40), request: '8f3k8f3k8f3k8f3k' }, because: [{ kind: 'code' }] }],
  ])('of what was reused on dummy data, %s is malformed', async (_what, reuse) => {
    const world = aWorld(await open(), aGovernance(REAL_AND_DUMMY));
    await world.submit({ actions: ['db_extract'], backend: 'dummy', purpose: 'dummy' });
    const agent = world.agent('agent-1', 'dummy');

    expect(await agent.ends('db_extract', 'succeeded', { reuse } as object)).toBe('malformed');
  });

  test('whose results were reused comes from dummy data alone', async () => {
    const reuse = { from: { commit: '0'.repeat(40), request: '8f3k8f3k8f3k8f3k' } };
    const world = aWorld(await open(), aGovernance(REAL_AND_DUMMY));
    await world.submit({ actions: ['db_extract'] });
    expect(await world.agent().ends('db_extract', 'succeeded', { reuse } as object)).toBe('malformed');

    const dummy = await world.submit({ actions: ['db_extract'], backend: 'dummy', purpose: 'dummy' });
    expect(await world.agent('agent-1', 'dummy').ends('db_extract', 'succeeded', { reuse })).toBe('taken');
    const view = await requestView(world.deps, dummy.request);
    expect(view?.jobs.map((job) => job.reuse)).toEqual([reuse]);
  });

  test('an exit code of a database job is taken where governance trusts those of its image', async () => {
    const world = aWorld(await open(), aGovernance([aBackend()], [TRUSTED]));
    const { request } = await world.submit({ actions: ['db_extract'] });

    expect(await world.agent().ends('db_extract', 'nonzero_exit', { exitCode: 9 })).toBe('taken');

    expect(await jobs(world, request)).toMatchObject([{ code: 'nonzero_exit', exitCode: 9 }]);
  });

  test.each([
    ['whose image hides its exit codes', 'db_extract', [{ ...TRUSTED, exitCodes: 'hidden' }]],
    ['whose image is no database image', 'db_extract', [{ ...TRUSTED, database: false }]],
    ['whose image is listed in another version', 'db_extract', [{ ...TRUSTED, version: 'v2' }]],
    ['whose image is not listed', 'db_extract', []],
    [
      'that reads no database',
      'model',
      [
        { ...TRUSTED, name: 'python' },
        { ...TRUSTED, name: 'sqlrunner' },
      ],
    ],
  ] as const)('an exit code of a job %s is refused', async (_what, action, images) => {
    const world = aWorld(await open(), aGovernance([aBackend()], [...images]));
    const { request } = await world.submit({ pipeline: aPipeline({ [action]: [] }) });

    expect(await world.agent().ends(action, 'nonzero_exit', { exitCode: 9 })).toBe('malformed');

    expect(await jobs(world, request)).toMatchObject([{ code: 'internal_error', exitCode: null }]);
  });

  test('the database itself holds no log of real data, and an exit code only of a database job', async () => {
    const world = aWorld(await open(), aGovernance(REAL_AND_DUMMY));
    const { db } = world.deps;
    await world.submit({ pipeline: aPipeline({ model: [], db_extract: [] }) });
    await world.submit({ pipeline: aPipeline({ rehearsed: [] }), backend: 'dummy' });
    const set = (what: string, action: string) =>
      db.execute(sql.raw(`update jobs set ${what} where action = '${action}'`));

    await expect(set("log_tail = 'x'", 'model')).rejects.toThrow();
    await expect(set("log_tail = 'x'", 'db_extract')).rejects.toThrow();
    await expect(set('exit_code = 1', 'model')).rejects.toThrow();
    await expect(set(`reuse = '{"from":{}}'`, 'db_extract')).rejects.toThrow();
    await set('exit_code = 1', 'db_extract');
    await set(`exit_code = 1, log_tail = 'x', reuse = '{"from":{}}'`, 'rehearsed');

    expect(await rowsOf(db, sql`select action from jobs where exit_code = 1 order by action`)).toEqual([
      { action: 'db_extract' },
      { action: 'rehearsed' },
    ]);
  });

  test('a backend that turns from dummy to real while a job runs: its end frees the place and tells nothing', async () => {
    const dummy = aBackend({ data: 'dummy', pools: { general: 1, database: 1 } });
    const world = aWorld(await open(), aGovernance([dummy]));
    const agent = world.agent();
    const first = await world.submit({ pipeline: aPipeline({ a: [], b: ['a'], c: [] }) });
    const [task] = await agent.runs();
    world.state.governance = aGovernance([{ ...dummy, data: 'real' }]);

    const tail = { logTail: 'the end', exitCode: 3 };
    expect(await agent.report(task!, 'nonzero_exit', tail)).toBe('malformed');
    expect(await agent.report(task!, 'nonzero_exit', tail)).toBe('malformed');

    expect(await jobs(world, first.request)).toEqual([
      { action: 'a', code: 'internal_error', exitCode: null, logTail: null },
      { action: 'b', code: 'dependency_failed', exitCode: null, logTail: null },
      { action: 'c', code: 'initiated', exitCode: null, logTail: null },
    ]);
    expect((await agent.runs()).map(({ action }) => action)).toEqual(['c']);
    const ends = await rowsOf<{ actor: string }>(
      world.deps.db,
      sql`select entry::json->>'actor' as actor from ledger_leaves where entry like '%internal_error%'`,
    );
    expect(ends).toEqual([{ actor: 'hub' }]);
  });

  test('a backend that turns from real to dummy while a job runs: its log stays out', async () => {
    const world = aWorld(await open());
    const { request } = await world.submit({ actions: ['db_extract'] });
    const [task] = await world.agent().runs();
    world.state.governance = aGovernance([aBackend({ data: 'dummy' })]);

    expect(await world.agent().report(task!, 'succeeded', { logTail: 'patient 1' })).toBe('malformed');

    expect(await jobs(world, request)).toMatchObject([{ code: 'internal_error', logTail: null }]);
  });

  test('a malformed stage changes nothing, a word that is no stage ends the job', async () => {
    const world = aWorld(await open());
    const agent = world.agent();
    const { request } = await world.submit({ pipeline: aPipeline({ a: [] }) });
    const [task] = await agent.runs();
    const report = (state: string) => agent.report(task!, state as 'succeeded', { more: 1 } as object);

    expect(await report('executing')).toBe('malformed');
    expect(await jobs(world, request)).toMatchObject([{ code: 'initiated' }]);
    expect(await report('exploded')).toBe('malformed');
    expect(await jobs(world, request)).toMatchObject([{ code: 'internal_error' }]);
  });

  test("another agent's malformed end, or one that names another job, ends nothing", async () => {
    const keys = aBackend().keys;
    const world = aWorld(
      await open(),
      aGovernance([
        aBackend({ keys: { ...keys, agent: [...keys.agent, { ...keys.agent[0]!, id: 'agent-2' }] } }),
        aBackend({ id: 'health' }),
      ]),
    );
    const { request } = await world.submit({ pipeline: aPipeline({ a: [] }) });
    const [task] = await world.agent().runs();
    const more = { more: 1 } as object;

    expect(await world.agent('agent-2').report(task!, 'succeeded', more)).toBe('malformed');
    expect(await world.agent('agent-1', 'health').report(task!, 'succeeded', more)).toBe('malformed');
    expect(await world.agent().report({ ...task!, job: 'z'.repeat(16) }, 'succeeded', more)).toBe(
      'malformed',
    );

    expect(await jobs(world, request)).toMatchObject([{ code: 'initiated' }]);
  });

  test('a malformed end of a job that was told to stop is a cancelled job', async () => {
    const world = aWorld(await open());
    const agent = world.agent();
    const { request } = await world.submit({ pipeline: aPipeline({ a: [] }) });
    const [task] = await agent.runs();
    await cancelRequest(world.deps, { request, by: 7 });

    await agent.report(task!, 'cancelled_by_user', { logTail: 'x' });

    expect(await jobs(world, request)).toMatchObject([{ code: 'cancelled_by_user', logTail: null }]);
    expect((await agent.poll()).tasks).toEqual([]);
  });
});
