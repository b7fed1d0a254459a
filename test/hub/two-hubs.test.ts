import { afterEach, expect, test } from '@jest/globals';
import { startHub, type Hub } from '../../src/hub.ts';
import { workOne, sendOne } from '../../src/github/github.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { eachDatabase } from '../support/database.ts';
import { aWorld, type World } from '../support/world.ts';

eachDatabase((open, kind) => {
  let world: World;
  let second: Hub | undefined;
  afterEach(async () => {
    await second?.stop();
    await world.stop();
  });

  test('two workers share one inbox and one outbox: each thing happens once, in the order of its repository', async () => {
    const database = await open();
    world = await aWorld({ database });
    const other = await database.another();
    const config = world.config();
    second = await startHub(
      { ...config, listen: { host: '127.0.0.1', port: 0 }, dataDir: `${config.dataDir}-2` },
      {
        loops: false,
        database: other ?? database,
        clock: world.clock,
        logger: createLogger('hub', { level: 'silent' }),
      },
    );
    await second.room.governance.refresh();
    const rooms = [world.hub.room, second.room];
    const issue = world.as('lead').issue();
    await world.as('lead').push({ 'notes.md': 'x' });
    for (let n = 0; n < 4; n += 1) world.as('lead').comment(issue, '/run model --force-deps');
    await world.sandbox.state.idle();

    for (let quiet = 0; quiet < 3; ) {
      const did = await Promise.all(
        rooms.flatMap((room) => [workOne(room), workOne(room), sendOne(room), sendOne(room)]),
      );
      await world.sandbox.state.idle();
      quiet = did.some(Boolean) ? 0 : quiet + 1;
    }

    expect((await world.inbox()).filter((row) => row.state !== 'done')).toEqual([]);
    expect(await world.outbox('parked')).toEqual([]);
    const names = world.runs('').map((run) => run.name);
    expect(names).toHaveLength(new Set(names).size);
    expect(await world.requests()).toHaveLength(4);
    expect(world.thread(issue).match(/sallyport:request/g)).toHaveLength(4);
    expect(kind === 'postgres').toBe(other !== undefined);
  });
});
