/**
 * The whole way: a push with a mistake, the fix, a refusal, a run next to the data, a failure, a cancellation,
 * a rerun. What people read at the end is snapshotted, the same on both databases.
 */
import { afterAll, expect, test } from '@jest/globals';
import type { Comment } from '../../src/sandbox/demo/as-person.ts';
import { visible } from '../../src/sandbox/demo/stage.ts';
import { tell } from '../../src/sandbox/demo/story.ts';
import { testPostgres } from '../support/postgres.ts';
import { isRequired, missing, requires } from '../support/require.ts';
import { northshire, steady, STUDY, type Town } from './town.ts';

const executor = missing('docker') && !isRequired('docker') ? 'process' : 'docker';
const how = executor === 'docker' ? 'in containers' : 'in plain processes, for want of Docker';
const FIVE_MINUTES = 300_000;
/** Runs that were made; each is followed by one mention. */
const RUNS = 4;

const towns: Town[] = [];
afterAll(async () => {
  for (const town of towns) await town.stop();
});

test(`the story goes as told, ${how}, on PGlite`, () => playAndRead(), FIVE_MINUTES);

if (process.env['SALLYPORT_TEST_DATABASES'] === 'both') {
  requires('postgres').test(
    `the story goes as told, ${how}, on PostgreSQL`,
    async () => {
      const { url } = await (await testPostgres()).createDatabase();
      await playAndRead(url);
    },
    FIVE_MINUTES,
  );
}

async function playAndRead(hubDatabase?: string): Promise<void> {
  const town = await northshire({ executor, hubDatabase });
  towns.push(town);
  const told = await tell(town.stage).catch((error: unknown) => {
    const tails = town.world.children.names.map((name) => `--- ${name}\n${town.world.children.tail(name)}`);
    throw new Error([...town.told, ...tails].join('\n'), { cause: error });
  });

  expect(await whatPeopleRead(town)).toMatchInlineSnapshot();
  expect(await whatChecksSay(town, told.broken)).toMatchInlineSnapshot();
  expect(await whatChecksSay(town, told.repaired)).toMatchInlineSnapshot();
}

/** The conversation: what people wrote, then what was answered, request by request. */
async function whatPeopleRead(town: Town): Promise<string> {
  const comments = await town.stage.on.changes.until('the last mention', async () => {
    const all = await town.world.person('rowan').comments(STUDY, town.stage.issue.number);
    return all.filter((comment) => isMention(comment)).length === RUNS ? all : undefined;
  });
  const people = comments.filter((comment) => !isBot(comment));
  const bot = comments.filter(isBot);
  // Which of two independent comments came first is chance; what each says is not.
  const groups = [...new Set(bot.map(requestOf))].map((request) =>
    bot.filter((comment) => requestOf(comment) === request).sort((a, b) => rank(a) - rank(b)),
  );
  return [...people, ...groups.flat()]
    .map((comment) => `${comment.user.login}:\n${steady(visible(comment.body))}`)
    .join('\n\n');
}

const isBot = (comment: Comment): boolean => comment.user.login.endsWith('[bot]');
const isMention = (comment: Comment): boolean => isBot(comment) && /^@\w+.*has ended/m.test(visible(comment.body));
const requestOf = (comment: Comment): string => /equest `([a-z0-9]{16})`/.exec(comment.body)?.[1] ?? '';
const rank = (comment: Comment): number => (isMention(comment) ? 2 : comment.body.includes('| action |') ? 0 : 1);

async function whatChecksSay(town: Town, sha: string): Promise<string> {
  const checks = await town.stage.checksOf(sha);
  const byName = new Map(checks.map((check) => [steady(check.name), check]));
  return [...byName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, check]) => `${name}: ${check.conclusion}\n${steady(check.output.title ?? '')}\n${steady(check.output.summary ?? '')}`)
    .join('\n\n');
}
