/** Days may lie between `/run` and the turn of a job: whoever lost the right to it meanwhile gets nothing, and is told why. */
import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { runRefusals } from '../../src/governance/governance.ts';
import type { Governance } from '../../src/governance/types.ts';
import { dispatch, requestView } from '../../src/jobs/jobs.ts';
import { phrase } from '../../src/jobs/words.ts';
import { eachDatabase } from '../support/database.ts';
import { aBackend, aGovernance, aPipeline, aRequest, aWorld } from '../support/jobs.ts';
import { codes } from './codes.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The governance of these tests after a change. */
function changed(change: (g: Mutable<Governance>) => void): Governance {
  const g = structuredClone(aGovernance());
  change(g);
  return g;
}

const ENDED = '2027-02-28';

eachDatabase((open) => {
  test.each<[string, (g: Mutable<Governance>) => void, string]>([
    ['their registration', (g) => (g.people[0]!.until = ENDED), 'run.person-ended'],
    ['their membership', (g) => (g.projects[0]!.members[0]!.until = ENDED), 'run.membership-ended'],
    [
      'their grant of the backend',
      (g) => (g.people[0]!.backends[0]!.until = ENDED),
      'run.backend-grant-ended',
    ],
    ['their training', (g) => (g.people[0]!.training!.expires = ENDED), 'run.training-expired'],
    ['their agreement', (g) => (g.people[0]!.agreement!.expires = ENDED), 'run.agreement-expired'],
    ['the project', (g) => (g.projects[0]!.until = ENDED), 'run.project-ended'],
    ['the place of the repository', (g) => (g.projects[0]!.repos = []), 'run.project-unknown'],
    ['the workspace', (g) => (g.projects[0]!.archived = ['attendance-main']), 'run.workspace-archived'],
    ['the grant of the dataset', (g) => (g.datasets[0]!.grants[0]!.until = ENDED), 'run.no-dataset'],
  ])(
    '%s ended while a job waited: it is handed to nobody, and says what to do',
    async (_what, change, why) => {
      const world = aWorld(await open());
      const { request } = await world.submit();
      world.state.governance = changed(change);

      expect(await world.agent().runs()).toEqual([]);

      const view = await requestView(world.deps, request);
      expect(view).toMatchObject({ state: 'failed', completedAt: world.clock.now() });
      expect(view?.jobs.map(({ action, code, reason }) => [action, code, reason])).toEqual([
        ['db_extract', 'access_ended', why],
        ['model', 'dependency_failed', null],
        ['report', 'dependency_failed', null],
      ]);
      expect(view?.jobs[0]?.words).toMatch(/^not started: the right to it had ended \(.+[;] .+\)$/);
      const leaves = await rowsOf<{ body: object }>(
        world.deps.db,
        sql`select entry::jsonb -> 'body' as body from ledger_leaves where type = 'job' order by id`,
      );
      expect(leaves[0]?.body).toMatchObject({
        event: 'ended',
        code: 'access_ended',
        reason: why,
        started: null,
      });
    },
  );

  test('a job that was handed out while its agent was away is taken back; one that has begun goes on', async () => {
    const world = aWorld(await open());
    const { request } = await world.submit({
      actions: ['model', 'chart'],
      pipeline: aPipeline({ model: [], chart: [] }),
    });
    const agent = world.agent();
    const begun = (await agent.runs()).find(({ action }) => action === 'model');
    await agent.report(begun!, 'preparing');
    expect(await codes(world, request)).toEqual({ model: 'preparing', chart: 'initiated' });
    world.state.governance = changed((g) => (g.people[0]!.until = ENDED));

    expect((await agent.runs()).map(({ action }) => action)).toEqual(['model']);

    expect(await codes(world, request)).toEqual({ model: 'preparing', chart: 'access_ended' });
  });

  test('whoever lost the right holds up nobody: the place goes to the next in the same look', async () => {
    const one = aBackend({ pools: { general: 1, database: 1 } });
    const world = aWorld(await open(), aGovernance([one]));
    const pipeline = aPipeline({ model: [] });
    const run = { pipeline, actions: ['model'] };
    const gone = await world.submit({ ...run, branch: 'a', requestedBy: { id: 8, login: 'left' } });
    const stays = await world.submit({ ...run, branch: 'b' });

    const tasks = await world.agent().runs();

    expect(tasks.map(({ request }) => request)).toEqual([stays.request]);
    expect(await codes(world, gone.request)).toEqual({ model: 'access_ended' });
  });

  test('a check of a push needs a place in the project, and neither grant nor training', async () => {
    const world = aWorld(await open(), aGovernance([aBackend({ data: 'dummy' })]));
    const dummy = { purpose: 'dummy' as const, pipeline: aPipeline({ db_extract: [] }) };
    const first = await world.submit(dummy);
    world.state.governance!.people[0]!.backends = [];
    delete world.state.governance!.people[0]!.training;
    world.state.governance!.datasets = [];

    expect(await world.agent().runs()).toHaveLength(1);

    const second = await world.submit({ ...dummy, branch: 'other' });
    world.state.governance!.projects[0]!.members = [];
    await world.agent().runs();
    expect(await codes(world, first.request)).toEqual({ db_extract: 'access_ended' });
    expect(await codes(world, second.request)).toEqual({ db_extract: 'access_ended' });
  });

  test('while no governance was read nothing is handed out and nothing ends', async () => {
    const world = aWorld(await open());
    const { request } = await world.submit();
    world.state.governance = undefined;

    await dispatch(world.deps, 'schools');
    expect(await world.agent().runs()).toEqual([]);

    expect(await codes(world, request)).toMatchObject({ db_extract: 'waiting_on_agent' });
  });
});

test('every reason for which governance refuses a run has words of its own', () => {
  const g = aGovernance();
  const { requestedBy, project } = aRequest();
  const at = Date.parse('2027-03-01');
  const question = { person: requestedBy.id, project: project!, backend: 'schools', at };
  const [person] = g.people;
  const [held] = g.projects;
  const worlds: Governance[] = [
    { ...g, people: [] },
    {
      ...g,
      people: [{ ...person!, until: ENDED, backends: [], training: undefined!, agreement: undefined! }],
    },
    changed((one) => {
      one.people[0]!.backends[0]!.until = ENDED;
      one.people[0]!.training!.expires = ENDED;
      one.people[0]!.agreement!.expires = ENDED;
      one.projects[0]!.members[0]!.until = ENDED;
      one.projects[0]!.until = ENDED;
    }),
    {
      ...g,
      projects: [{ ...held!, members: [], backends: [], approval: { ...held!.approval, on: '2028-01-01' } }],
    },
    changed((one) => {
      one.projects[0]!.members[0]!.roles = ['collaborator'];
      one.projects[0]!.status = 'retired';
      one.projects[0]!.approval.conditions = [{ id: 'c', text: 'Letter', met_on: null, blocks: ['run'] }];
    }),
  ];
  const found = new Set(worlds.flatMap((each) => runRefusals(each, question).map(({ code }) => code)));
  expect([...found].sort()).toHaveLength(16);
  for (const code of found) expect(phrase('access_ended', code)).toMatch(/\(.+[;] .+\)$/);
});
