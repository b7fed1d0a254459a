/** The registry of backends: keys, versions and last calls, and who goes by another version of it than the hub. */
import { afterEach, expect, test } from '@jest/globals';
import { minutes } from '../../src/lib/clock.ts';
import type { Logger } from '../../src/lib/logger.ts';
import { backendStatuses, behindAgents, driftWatch } from '../../src/jobs/jobs.ts';
import { eachDatabase } from '../support/database.ts';
import { AGENT_KEY, aBackend, aGovernance, aWorld } from '../support/jobs.ts';
import { serveZone, type ZoneServer } from '../support/zone.ts';

const NEXT = 'd'.repeat(40);
let zone: ZoneServer | undefined;
afterEach(async () => {
  await zone?.close();
  zone = undefined;
});

eachDatabase((open) => {
  test('an agent that stays behind governance is listed at once, reported after a while, once, and when it caught up', async () => {
    const agent = [{ id: 'agent-1', key: AGENT_KEY.publicText }];
    const world = aWorld(
      await open(),
      aGovernance([aBackend({ alertAfterMs: minutes(5), keys: { agent, viewer: [] } })]),
    );
    const told: unknown[] = [];
    const write =
      (level: string) =>
      ({ code, agent: who, governance }: { code: string; agent: string; governance?: string }) =>
        void told.push([level, code, who, governance]);
    world.deps.logger = {
      ...world.deps.logger,
      error: write('error'),
      info: write('info'),
    } as unknown as Logger;
    const look = driftWatch(world.deps);
    zone = await serveZone(world);
    const works = (governance: string, version = '1.2.3') =>
      zone!.client().heartbeat({ engine: true, version, governance });
    const inForce = world.state.governance!.commit;

    await works(inForce);
    await look();
    expect(await behindAgents(world.deps)).toEqual([]);
    expect(await backendStatuses(world.deps, 0)).toMatchObject([
      {
        id: 'schools',
        agents: [{ id: 'agent-1', version: '1.2.3', governance: inForce, lastSeenAt: world.clock.now() }],
      },
    ]);

    world.state.governance = { ...world.state.governance!, commit: NEXT };
    await look();
    expect(await behindAgents(world.deps)).toEqual([
      { backend: 'schools', agent: 'agent-1', governance: inForce },
    ]);
    world.clock.advance(minutes(5));
    await works(inForce);
    await look();
    expect(told).toEqual([]);
    world.clock.advance(1);
    await look();
    await look();
    expect(told).toEqual([['error', 'backend.behind', 'agent-1', inForce]]);

    await works(NEXT);
    await look();
    await look();
    expect(await behindAgents(world.deps)).toEqual([]);
    expect(told.slice(1)).toEqual([['info', 'backend.caught-up', 'schools/agent-1', undefined]]);
  });

  test('who holds no key, whose backend is closed, or who never said, is not reported', async () => {
    const backend = aBackend();
    const world = aWorld(await open(), aGovernance([backend]));
    zone = await serveZone(world);
    await zone.client().poll({ seen: 0, waitMs: 0, engine: true });
    expect(await behindAgents(world.deps)).toEqual([]);
    await zone.client().heartbeat({ engine: true, version: '1', governance: NEXT });
    expect(await behindAgents(world.deps)).toHaveLength(1);

    for (const change of [{ active: false }, { keys: { agent: [], viewer: [] } }]) {
      world.state.governance = aGovernance([{ ...backend, ...change }]);
      expect(await behindAgents(world.deps)).toEqual([]);
    }
    world.state.governance = undefined;
    expect(await behindAgents(world.deps)).toEqual([]);
  });
});
