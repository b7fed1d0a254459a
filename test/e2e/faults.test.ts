/**
 * Processes killed by their id while the story goes on: no job lost, none run twice, none stuck.
 *
 * `npm test` takes a few kill points, `npm run test:long` more; the points come from the agent's own
 * list, which a test holds against its sources, and test/runner kills real agents at every one.
 */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KILL_POINTS } from '../../agent/runner/checkpoint.ts';
import { runsOf } from '../../src/sandbox/demo/zone-folder.ts';
import type { CheckRun } from '../../src/sandbox/demo/as-person.ts';
import { studyFolder } from '../../src/sandbox/demo/places.ts';
import { missing } from '../support/require.ts';
import { westmere, STUDY, until, type HubDatabase, type Town } from './town.ts';

const many = process.env['SALLYPORT_TEST_SEEDS'] === 'many';
const ONE = 180_000;

/** Points that `describe` (an action without a database that succeeds) does not pass. */
const ELSEWHERE =
  /^(again\.|cancel\.|derive\.(look|reusable)|finalize\.failed-outputs|execute\.database|clean\.database|prepare\.dummy-data)/;
/** Every third of them here, with the whole town around; test/runner takes them all. */
const ON_THE_WAY = KILL_POINTS.filter((point) => !ELSEWHERE.test(point)).filter(
  (_point, index) => index % 3 === 0,
);
const FEW = ['accept.task:after', 'execute.start:after', 'finalize.store:after', 'switch.manifest:after'];
/** Milliseconds between a comment and the hub's death: before, during and after it is acted on. */
const DEATHS = many ? [0, 20, 60, 100, 200, 400, 800] : [0, 30, 120];

/** The quicker to start again, unless both are asked for: test/hub kills a hub on PGlite in every run. */
const DATABASES: (HubDatabase | undefined)[] =
  process.env['SALLYPORT_TEST_DATABASES'] === 'both' && !missing('postgres')
    ? ['PGlite', 'PostgreSQL']
    : [undefined];

const named = DATABASES.map((hubOn) => ({ hubOn, name: hubOn ?? 'the quicker database' }));

describe.each(named)('processes are killed, the hub on $name', ({ hubOn }) => {
  let town: Town;

  beforeAll(async () => {
    town = await westmere({ executor: 'process', hubOn, runsOnly: true });
    const { stage } = town;
    stage.on.copy.add(path.join(studyFolder, '1-first'));
    const sha = await stage.push('Add the analysis');
    await stage.finished(sha, 'sallyport/project');
    await stage.openIssue('Run', 'Here.');
    const check = await stage.runToItsEnd(`/run extract --backend ${stage.on.backend}`);
    expect(check.conclusion).toBe('success');
  }, 180_000);

  afterAll(async () => town.stop());

  // The agent's steps do not know which database the hub has: all of them once.
  test.each(many && hubOn === DATABASES[0] ? ON_THE_WAY : FEW)(
    'the agent at %s: the job ends well after its restart, and once',
    async (point) => {
      await town.kill('zone');
      await town.start('zone', { SALLYPORT_KILL_AT: point });
      const runs = runsOf(town.world.zoneState, 'describe').length;
      const run = comment(town, 'describe');
      await town.gone('zone');
      await town.start('zone');

      const check = await run;
      expect(check.conclusion).toBe('success');
      expect(runsOf(town.world.zoneState, 'describe')).toHaveLength(runs + 1);
      expect(await runsNamed(town, check.name)).toBe(1);
    },
    ONE,
  );

  test.each(DEATHS)(
    'the hub %d ms after a comment: the command has its effect once',
    async (delay) => {
      const before = (await town.stage.runs()).length;
      const run = comment(town, 'describe');
      await new Promise((resolve) => setTimeout(resolve, delay));
      await town.kill('hub');
      await town.start('hub');

      const check = await run;
      expect(check.conclusion).toBe('success');
      // The comment is one command, however often its webhook was worked on.
      expect((await town.stage.runs()).length).toBe(before + 1);
    },
    ONE,
  );

  test(
    'the hub while a job runs: the job goes on, and its end is told when the hub is back',
    async () => {
      const { stage } = town;
      const run = comment(town, 'report');
      await until('the job has begun', () => (runsOf(stage.on.zone, 'report').length > 0 ? true : undefined));
      await town.kill('hub');
      await until('the job has ended', async () =>
        (await stage.on.runningJobs()).length === 0 ? true : undefined,
      );
      await town.start('hub');

      expect((await run).conclusion).toBe('success');
    },
    ONE,
  );

  test(
    'the proxy: a run waits for it and does not fail',
    async () => {
      const { stage } = town;
      await town.kill('proxy');
      const run = comment(town, 'model');
      await until('the run is shown', async () => ((await unfinished(town)).length > 0 ? true : undefined));
      await town.start('proxy');

      expect((await run).conclusion).toBe('success');
      expect(stage.outputs('medium')).toContain('output/model.json');
    },
    ONE,
  );
});

/** Asks for an action; resolves with the check when its run has ended. */
function comment(town: Town, action: string): Promise<CheckRun> {
  return town.stage.run(
    `/run ${action} --backend ${town.stage.on.backend}`,
    ({ status }) => status === 'completed',
  );
}

async function unfinished(town: Town): Promise<CheckRun[]> {
  return (await town.stage.runs()).filter((check) => check.status !== 'completed');
}

async function runsNamed(town: Town, name: string): Promise<number> {
  const comments = await town.world.person('wren').comments(STUDY, town.stage.issue.number);
  const id = name.replace('sallyport/run ', '');
  return comments.filter((one) => one.body.includes(`sallyport:request:${id}`)).length;
}
