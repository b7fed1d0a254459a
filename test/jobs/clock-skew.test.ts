/** Machines that are a day apart: nothing is taken for fresh that is not, it is said why, and all goes on once put right. */
import { afterEach, expect, test } from '@jest/globals';
import { days, fixedClock } from '../../src/lib/clock.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { signTask, verifyTask } from '../../src/protocol/protocol.ts';
import { eachDatabase } from '../support/database.ts';
import { aWorld, HUB_KEY, type World } from '../support/jobs.ts';
import { serveZone, type ZoneServer } from '../support/zone.ts';

const POLL = { seen: 0, waitMs: 0, engine: true };
let zone: ZoneServer | undefined;
afterEach(async () => {
  await zone?.close();
  zone = undefined;
});

/** What the agent got: the actions it may run, or why it got none. */
async function asked(world: World, ms: number): Promise<string[] | string> {
  const clock = { now: () => world.clock.now() + ms };
  const answer = await zone!.client({ clock }).poll(POLL);
  if (isRefusal(answer)) return `${answer.code}: ${answer.next}`;
  return answer.tasks.map(({ task }) => (task.type === 'run' ? task.action : task.type));
}

eachDatabase((open) => {
  test.each([
    ['ahead', days(1)],
    ['behind', -days(1)],
  ])('in the zone, %s: the hub refuses every word of it, and a job waits for the clock', async (_way, ms) => {
    const world = aWorld(await open());
    zone = await serveZone(world);
    await world.submit();

    expect(await asked(world, ms)).toBe('protocol.token-expired: Check the clocks on both machines.');

    expect(await asked(world, 0)).toEqual(['db_extract']);
  });
});

test('at the hub: what it signs is no task for the zone, ahead or behind', async () => {
  const zoneClock = fixedClock('2027-03-01T09:00:00Z');
  const to = { agent: 'agent-1', backend: 'schools' };
  for (const ms of [days(1), -days(1)]) {
    const iat = Math.floor((zoneClock.now() + ms) / 1000);
    const jws = await signTask(
      {
        protocol: 1,
        ...to,
        seq: 1,
        iat,
        exp: iat + 300,
        task: { type: 'cancel', id: 'task00000000001a', job: 'job000000000001a', task: 'task00000000002a' },
      },
      HUB_KEY.privateKey,
    );
    expect(await verifyTask({ jws, hubKeys: [HUB_KEY.publicKey], ...to, clock: zoneClock })).toMatchObject({
      code: 'protocol.task-expired',
      next: 'Ask the hub again; check the clocks on both machines.',
    });
  }
});
