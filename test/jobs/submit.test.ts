import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { latestJobs, refuseRequest, requestView, submitRequest, workspaceFor } from '../../src/jobs/jobs.ts';
import { refusal } from '../../src/lib/refusal.ts';
import { eachDatabase } from '../support/database.ts';
import { aBackend, aGovernance, anAction, aPipeline, aRequest, aWorld, PIPELINE } from '../support/jobs.ts';

eachDatabase((open) => {
  test('a request makes one job per action that must run, in one transaction with its leaf and its news', async () => {
    const database = await open();
    const { deps } = aWorld(database);
    const input = aRequest({ actions: ['model'] });

    const answer = await submitRequest(deps, input);

    expect(answer).toMatchObject({ outcome: 'created', jobs: 2, workspace: 'attendance-main', reused: [] });
    const view = await requestView(deps, input.id);
    expect(view).toMatchObject({
      state: 'pending',
      origin: { comment: 1 },
      policyCommit: 'c'.repeat(40),
      completedAt: null,
    });
    expect(view?.jobs.map(({ action, why, code, pool }) => ({ action, why, code, pool }))).toEqual([
      { action: 'db_extract', why: 'never-run', code: 'waiting_on_agent', pool: 'database' },
      { action: 'model', why: 'asked-for', code: 'waiting_on_dependencies', pool: 'general' },
    ]);
    const [leaf] = await rowsOf<{ entry: string }>(database.db, sql`select entry from ledger_leaves`);
    expect(JSON.parse(leaf?.entry ?? '')).toMatchObject({
      type: 'request',
      actor: 'person:7',
      subject: `request:${input.id}`,
      time: '2027-03-01T09:00:00.000Z',
      body: { outcome: 'accepted', jobs: { count: 2 } },
    });
    expect(await rowsOf(database.db, sql`select topic, subject, state from outbox`)).toEqual([
      { topic: 'request', subject: input.id, state: 'pending' },
    ]);
  });

  test('the same request again changes nothing, also when many come at once', async () => {
    const database = await open();
    const { deps } = aWorld(database);
    const input = aRequest();

    const answers = await Promise.all(Array.from({ length: 5 }, () => submitRequest(deps, input)));

    expect(answers.map((each) => ('outcome' in each ? each.outcome : each.code)).sort()).toEqual([
      'created',
      ...Array(4).fill('unchanged'),
    ]);
    expect(answers.every((each) => 'jobs' in each && each.jobs === 3)).toBe(true);
    expect(await rowsOf(database.db, sql`select count(*)::int as n from ledger_leaves`)).toEqual([{ n: 1 }]);
  });

  test.each([
    ['commit', { commit: 'b'.repeat(40) }],
    ['branch', { branch: 'other' }],
    ['actions', { actions: ['model'] }],
    ['repository', { repository: { id: 43, owner: 'school-research', name: 'attendance' } }],
    ['person', { requestedBy: { id: 8, login: 'other' } }],
    ['force', { force: true }],
  ])('the same id with another %s is refused', async (_what, other) => {
    const { deps } = aWorld(await open());
    const input = aRequest();
    await submitRequest(deps, input);

    expect(await submitRequest(deps, { ...input, ...other })).toMatchObject({ code: 'run.other-content' });
  });

  test('two requests for the same action at once: the second joins the first', async () => {
    const { deps } = aWorld(await open());

    const answers = await Promise.all([submitRequest(deps, aRequest()), submitRequest(deps, aRequest())]);

    expect(answers.map((each) => ('outcome' in each ? each.outcome : each.code)).sort()).toEqual([
      'created',
      'nothing_to_do',
    ]);
    expect(answers.find((each) => 'outcome' in each && each.outcome === 'nothing_to_do')).toMatchObject({
      reused: [{ why: 'active' }, { why: 'active' }, { why: 'active' }],
    });
  });

  test('when everything has succeeded there is nothing to do, and that is kept as a request', async () => {
    const world = aWorld(await open());
    await world.submit();
    expect(await world.agent().finishes()).toEqual(['db_extract', 'model', 'report']);

    const again = await world.submit();

    expect(again).toMatchObject({ outcome: 'nothing_to_do', jobs: 0 });
    expect(await requestView(world.deps, again.request)).toMatchObject({
      state: 'nothing_to_do',
      completedAt: expect.any(Number),
      jobs: [],
    });
  });

  test('what was asked for by name runs again, its dependencies only when forced', async () => {
    const world = aWorld(await open());
    await world.submit();
    await world.agent().finishes();

    expect(await world.submit({ actions: ['report'] })).toMatchObject({ jobs: 1 });
    await world.agent().finishes();
    expect(await world.submit({ actions: ['report'], force: true })).toMatchObject({ jobs: 3 });
  });

  test('a failed dependency runs again', async () => {
    const world = aWorld(await open());
    await world.submit();
    await world.agent().ends('db_extract', 'nonzero_exit');

    const again = await world.submit({ actions: ['report'] });

    const view = await requestView(world.deps, again.request);
    expect(view?.jobs.map(({ action, why }) => [action, why])).toEqual([
      ['db_extract', 'failed-before'],
      ['model', 'failed-before'],
      ['report', 'asked-for'],
    ]);
  });

  test('stale codelists refuse a request that would read the database, and only such a one', async () => {
    const world = aWorld(await open());
    const input = aRequest({ codelistsOk: false });

    expect(await submitRequest(world.deps, input)).toMatchObject({ code: 'run.stale-codelists' });

    expect(await requestView(world.deps, input.id)).toMatchObject({
      state: 'refused',
      refusal: { code: 'run.stale-codelists' },
    });
    expect(await world.submit({ codelistsOk: false, pipeline: aPipeline({ plot: [] }) })).toMatchObject({
      jobs: 1,
    });
  });

  test('a refused request is kept with its reason, tells the ledger, and answers the same when repeated', async () => {
    const database = await open();
    const { deps } = aWorld(database);
    const input = aRequest({ actions: ['modle'] });

    const first = await submitRequest(deps, input);
    const second = await submitRequest(deps, input);

    expect(first).toMatchObject({ refused: true, code: 'plan.unknown-action' });
    expect(second).toEqual(first);
    const leaves = await rowsOf<{ type: string }>(database.db, sql`select type from ledger_leaves`);
    expect(leaves).toEqual([{ type: 'refused' }]);
    expect(await rowsOf(database.db, sql`select subject from outbox`)).toEqual([{ subject: input.id }]);
  });

  test('a request refused elsewhere is kept too', async () => {
    const { deps } = aWorld(await open());
    const { pipeline: _pipeline, ...facts } = aRequest();
    const no = refusal('run.not-permitted', 'You may not run here.', 'Ask the project lead.');

    expect(await refuseRequest(deps, facts, no)).toEqual(no);

    expect(await requestView(deps, facts.id)).toMatchObject({
      state: 'refused',
      workspace: null,
      refusal: { code: 'run.not-permitted' },
    });
    expect(await submitRequest(deps, { ...facts, pipeline: PIPELINE })).toMatchObject({
      code: 'run.not-permitted',
    });
  });

  test.each([
    ['no governance', undefined, {}, 'run.no-governance'],
    ['an unknown backend', aGovernance(), { backend: 'moon' }, 'run.unknown-backend'],
    ['a backend that is not in use', aGovernance([aBackend({ active: false })]), {}, 'run.backend-inactive'],
    ['no action', aGovernance(), { actions: [] }, 'plan.nothing-asked'],
    [
      'a weight that no pool holds',
      aGovernance([aBackend({ weights: { default: [{ match: 'python:.*', weight: 3 }], workspaces: {} } })]),
      {},
      'schedule.weight-above-limit',
    ],
    ['a malformed id', aGovernance(), { id: 'UPPER' }, 'run.invalid'],
    ['a malformed commit', aGovernance(), { commit: 'main' }, 'run.invalid'],
    ['a branch git would not take', aGovernance(), { branch: '-x..y' }, 'run.invalid'],
  ])('%s is refused', async (_what, governance, given, code) => {
    const world = aWorld(await open());
    world.state.governance = governance;

    expect(await submitRequest(world.deps, aRequest(given))).toMatchObject({ refused: true, code });
  });

  test('a job whose image does not exist fails alone, with what needs it', async () => {
    const world = aWorld(await open());
    const pipeline = aPipeline({ bad: [], after: ['bad'], good: [] });

    const { request } = await world.submit({ pipeline, faults: { bad: 'image-missing' } });

    const view = await requestView(world.deps, request);
    expect(view?.jobs.map(({ action, code, reason }) => [action, code, reason])).toEqual([
      ['bad', 'prepare_failed', 'image-missing'],
      ['after', 'dependency_failed', null],
      ['good', 'waiting_on_agent', null],
    ]);
    expect(await world.agent().finishes()).toEqual(['good']);
    expect(await requestView(world.deps, request)).toMatchObject({
      state: 'failed',
      completedAt: expect.any(Number),
    });
  });

  test('a dummy run has a workspace of its own, so that nothing of another run is reused', async () => {
    const world = aWorld(await open(), aGovernance([aBackend({ data: 'dummy' })]));
    const first = await world.submit({ purpose: 'dummy' });
    const second = await world.submit({ purpose: 'dummy' });

    expect(first.workspace).toBe(`attendance-main-dummy-${first.request}`);
    expect(second).toMatchObject({ outcome: 'created', jobs: 3 });
  });

  test('workspaces are named after repository and branch, and never shared', async () => {
    const { db } = await open();
    const name = (id: number, repository: string, branch: string) =>
      db.transaction((tx) => workspaceFor(tx, { id, owner: 'o', name: repository }, branch, 0));

    expect(await name(1, 'Study', 'main')).toBe('study-main');
    expect(await name(1, 'Renamed', 'main')).toBe('study-main');
    expect(await name(2, 'study', 'main')).toMatch(/^study-main-[0-9a-f]{8}$/);
    expect(await name(1, 'Study', 'feature/ä b')).toBe('study-feature-b');
    expect(await name(1, 'Study', 'x-dummy-abcdefghijklmnop')).toMatch(/-[0-9a-f]{8}$/);
    expect(await name(3, '...', '日本')).toBe('workspace');
  });

  test('weights come from the table of the workspace first, then from the default one', async () => {
    const weights = {
      default: [{ match: 'python:v1 .*', weight: 0.5 }],
      workspaces: { 'attendance-main': [{ match: 'big.*', weight: 2 }] },
    };
    const world = aWorld(await open(), aGovernance([aBackend({ weights })]));
    const pipeline = aPipeline({ big_one: [], small: [], db_x: [] });

    const { request } = await world.submit({ pipeline });

    const view = await requestView(world.deps, request);
    expect(view?.jobs.map(({ action, weight }) => [action, weight])).toEqual([
      ['big_one', 2],
      ['small', 0.5],
      ['db_x', 1],
    ]);
  });

  test('the latest job of an action is the newest that was not cancelled', async () => {
    const world = aWorld(await open());
    await world.submit({ actions: ['db_extract'] });
    await world.agent().finishes();
    const [before] = await latestJobs(world.deps.db, 'schools', 'attendance-main');
    const { request } = await world.submit({ actions: ['db_extract'] });
    const { cancelRequest } = await import('../../src/jobs/jobs.ts');
    const [task] = await world.agent().runs();
    await cancelRequest(world.deps, { request, by: 7 });
    await world.agent().report(task!, 'cancelled_by_user');

    expect(await latestJobs(world.deps.db, 'schools', 'attendance-main')).toEqual([before]);
    expect(before).toMatchObject({ action: 'db_extract', state: 'succeeded' });
  });

  test('ten thousand jobs are submitted in one go', async () => {
    const world = aWorld(await open());
    const actions = Array.from({ length: 10_000 }, (_, at) =>
      anAction(`a${at}`, at % 2 ? [`a${at - 1}`] : []),
    );
    const input = aRequest({ pipeline: { version: 4, populationSize: null, actions } });

    expect(await submitRequest(world.deps, input)).toMatchObject({ jobs: 10_000 });
    expect((await latestJobs(world.deps.db, 'schools', 'attendance-main')).length).toBe(10_000);
  });
});
