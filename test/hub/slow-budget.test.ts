import { afterEach, expect, test } from '@jest/globals';
import { seconds } from '../../src/lib/clock.ts';
import { eachDatabase } from '../support/database.ts';
import { aWorld, type World } from '../support/world.ts';

eachDatabase((open) => {
  let world: World;
  afterEach(() => world.stop());

  test('with one write a second everything is shown in the end', async () => {
    world = await aWorld({ database: await open(), limits: { perSecond: 1, burst: 1 } });
    const issue = world.as('lead').issue();
    const asked = world.as('lead').comment(issue, '/run model');
    await world.receive();
    await world.as('lead').push({ 'notes.md': 'x' });

    // Two reactions, a comment, its edit, and five checks: about a dozen writes.
    for (let second = 0; second < 40; second += 1) {
      await world.settle();
      world.later(seconds(1));
    }

    expect(await world.outbox('pending')).toEqual([]);
    expect(world.reactions(asked)).toBe('rocket');
    expect(world.runs('sallyport/run')).toHaveLength(1);
    expect(world.runs('sallyport/project')).toHaveLength(1);
  });

  test('reactions go on where the budget ended', async () => {
    world = await aWorld({ database: await open(), limits: { perSecond: 1, burst: 1 } });
    const issue = world.as('lead').issue();
    const asked = world.as('lead').comment(issue, '/run model\n/run no-such-action');
    await world.receive();

    for (let second = 0; second < 20; second += 1) {
      await world.settle();
      world.later(seconds(1));
    }

    expect(world.reactions(asked).split(' ').sort()).toEqual(['confused', 'rocket']);
    expect(await world.outbox('pending')).toEqual([]);
  });
});
