/** The way to the hub's database is cut and given back: nobody is refused for it, and nobody has to start anything. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openDatabase, type OpenDatabase } from '../../src/db/open.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { knock } from '../support/door.ts';
import { testPostgres } from '../support/postgres.ts';
import { requires } from '../support/require.ts';
import { aWayTo, type Way } from '../support/way.ts';
import { aWorld, type World } from '../support/world.ts';

requires('postgres').describe('a hub whose database is away', () => {
  let way: Way;
  let database: OpenDatabase;
  let world: World;
  let remove: () => Promise<void>;

  beforeEach(async () => {
    const server = await testPostgres();
    const made = await server.createDatabase();
    remove = made.remove;
    way = await aWayTo(server.port);
    database = await openDatabase({
      url: made.url.replace(`:${server.port}/`, `:${way.port}/`),
      logger: createLogger('test', { level: 'silent' }),
    });
    world = await aWorld({ database });
  });
  afterEach(async () => {
    way.restore();
    await world.stop();
    await database.close();
    await way.close();
    await remove();
  });

  test('says 503 and when to ask again, to GitHub, a zone and a person alike', async () => {
    const asks = (): Promise<Response[]> =>
      Promise.all([
        knock(world, '{}'),
        fetch(`${world.hub.url}/healthz`),
        fetch(`${world.hub.url}/releases`),
      ]);
    const before = (await asks()).map(({ status }) => status);
    way.cut();
    const answers = await asks();

    expect(before).toEqual([202, 200, 200]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(answers[0]!.headers.get('retry-after')).toBe('2');
    expect(await answers[0]!.json()).toEqual({
      message: 'The database does not answer. Ask again in a moment',
    });
    way.restore();
    expect((await knock(world, '{"a":1}')).status).toBe(202);
  });

  test('tells everybody who listens to look again, however often it was looked for in vain', async () => {
    const listening: Promise<unknown>[] = [];
    const heard = ['inbox', 'tasks'].map(
      (channel) => new Promise<string>((resolve) => listening.push(database.listen(channel, resolve))),
    );
    await Promise.all(listening);
    way.cut();
    await way.refused(3);
    way.restore();

    expect(await Promise.all(heard)).toEqual(['', '']);
  });
});
