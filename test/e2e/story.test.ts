/**
 * The whole way: a push with a mistake, the fix, a refusal, a run next to the data, a failure, a cancellation,
 * a rerun. What people read at the end is snapshotted.
 */
import { afterAll, expect } from '@jest/globals';
import { tell } from '../../src/sandbox/demo/story.ts';
import { visible } from '../../src/sandbox/demo/stage.ts';
import { testPostgres } from '../support/postgres.ts';
import { missing, requires } from '../support/require.ts';
import { northshire, steady, STUDY, type Town } from './town.ts';

const executor = missing('docker') ? 'process' : 'docker';
const both = process.env['SALLYPORT_TEST_DATABASES'] === 'both';
const towns: Town[] = [];
afterAll(async () => {
  for (const town of towns) await town.stop();
});

const FIVE_MINUTES = 300_000;
const withDocker = requires('docker');
const withPostgres = requires('docker', 'postgres');

withDocker.test(
  'the story goes as told, in containers, on PGlite',
  async () => {
    await playAndRead();
  },
  FIVE_MINUTES,
);

(both ? withPostgres.test : withPostgres.test.skip)(
  'the story goes as told, in containers, on PostgreSQL [skipped: runs in npm run test:long]',
  async () => {
    const { url } = await (await testPostgres()).createDatabase();
    await playAndRead(url);
  },
  FIVE_MINUTES,
);

async function playAndRead(hubDatabase?: string): Promise<void> {
  const town = await northshire({ executor, hubDatabase });
  towns.push(town);
  const told = await tell(town.stage).catch((error: unknown) => {
    const tails = town.world.children.names.map((name) => `--- ${name}\n${town.world.children.tail(name)}`);
    throw new Error([...town.told, ...tails].join('\n'), { cause: error });
  });

  expect(await whatPeopleRead(town)).toMatchSnapshot('the conversation');
  expect(await whatChecksSay(town, told.broken)).toMatchSnapshot('checks of the mistake');
  expect(await whatChecksSay(town, told.repaired)).toMatchSnapshot('checks of the last commit');
}

/** Runs that were made; each is followed by one mention. */
const RUNS = 4;

async function whatPeopleRead(town: Town): Promise<string> {
  const { changes } = town.stage.on;
  const comments = await changes.until('the last mention', async () => {
    const all = await town.world.person('rowan').comments(STUDY, town.stage.issue.number);
    return all.filter((comment) => comment.body.includes('has ended')).length === RUNS ? all : undefined;
  });
  return comments.map((comment) => `${comment.user.login}:\n${steady(visible(comment.body))}`).join('\n\n');
}

async function whatChecksSay(town: Town, sha: string): Promise<string> {
  const checks = await town.stage.checksOf(sha);
  const byName = new Map(checks.map((check) => [steady(check.name), check]));
  return [...byName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, check]) =>
        `${name}: ${check.conclusion}\n${steady(check.output.title ?? '')}\n${steady(check.output.summary ?? '')}`,
    )
    .join('\n\n');
}
