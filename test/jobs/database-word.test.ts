/** What a zone says of its database: jobs that ask it wait, others go on, and an operator goes before it. */
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { backendChanges, backendsNow, databaseStates, setMaintenance, sweep } from '../../src/jobs/jobs.ts';
import { minutes, seconds } from '../../src/lib/clock.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import type { DatabaseWord, ZoneClientOptions } from '../../src/protocol/protocol.ts';
import { eachDatabase } from '../support/database.ts';
import { aBackend, AGENT_KEY, aGovernance, aPipeline, aWorld, type World } from '../support/jobs.ts';
import { serveZone, type ZoneServer } from '../support/zone.ts';
import { codes } from './codes.ts';

const KEYS = {
  agent: ['agent-1', 'agent-2'].map((id) => ({ id, key: AGENT_KEY.publicText })),
  viewer: [],
};
const BACKEND = aBackend({ pools: { general: 4, database: 4 }, keys: KEYS });

let server: ZoneServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** An agent that says a word of its database with each heartbeat, over HTTP. */
async function aZone(world: World, given?: Partial<ZoneClientOptions>) {
  server ??= await serveZone(world);
  const client = server.client(given);
  const says = async (database?: DatabaseWord): Promise<void> => {
    const answer = await client.heartbeat({ engine: true, version: '1.0.0', ...(database && { database }) });
    if (isRefusal(answer)) throw new Error(answer.code);
  };
  // The first answer tells which versions the hub speaks; before it nothing new is said.
  await says();
  return { says };
}

async function told(world: World): Promise<unknown[]> {
  const rows = await rowsOf<{ entry: string }>(
    world.deps.db,
    sql`select entry from ledger_leaves where type = 'policy' or entry like '%"reset"%' order by id`,
  );
  return rows.map(({ entry }) => {
    const { actor, body } = JSON.parse(entry) as { actor: string; body: { event: string } };
    return `${actor} ${body.event}`;
  });
}

eachDatabase((open) => {
  async function begun() {
    const world = aWorld(await open(), aGovernance([BACKEND]));
    const zone = await aZone(world);
    const agent = world.agent();
    const { request } = await world.submit({ pipeline: aPipeline({ db_a: [], model: [] }) });
    const [database] = (await agent.runs()).filter(({ action }) => action === 'db_a');
    return { world, zone, agent, request, database: database! };
  }

  test('while it is being maintained database jobs wait, one that ran is begun again when it is over, others go on', async () => {
    const { world, zone, agent, request, database } = await begun();
    const from = world.clock.now();
    await zone.says('maintenance');
    await zone.says('maintenance');
    expect((await agent.poll()).tasks).toMatchObject([
      { type: 'run' },
      { type: 'run' },
      { type: 'cancel', task: database.id },
    ]);
    await agent.report(database, 'cancelled_by_user');
    expect(await codes(world, request)).toEqual({ db_a: 'waiting_on_db_maintenance', model: 'initiated' });
    const later = await world.submit({ branch: 'other', pipeline: aPipeline({ db_x: [], other: [] }) });
    expect(await codes(world, later.request)).toEqual({
      db_x: 'waiting_on_db_maintenance',
      other: 'initiated',
    });
    expect(await backendsNow(world.deps)).toMatchObject([{ word: 'maintained', since: from }]);

    world.clock.advance(seconds(5));
    await zone.says('available');
    expect(await codes(world, request)).toEqual({ db_a: 'initiated', model: 'initiated' });
    expect(await codes(world, later.request)).toEqual({ db_x: 'initiated', other: 'initiated' });
    const [view] = await rowsOf(world.deps.db, sql`select attempts, resets from jobs where action = 'db_a'`);
    expect(view).toEqual({ attempts: 2, resets: 1 });
    expect(await told(world)).toEqual(['hub database-maintained', 'hub reset', 'hub database-available']);
    expect(await backendChanges(world.deps.db, ['schools'], { now: world.clock.now() })).toEqual([
      { backend: 'schools', word: 'working', at: from + seconds(5) },
      { backend: 'schools', word: 'maintained', at: from },
    ]);
  });

  test('a database that cannot be reached changes nothing, neither before nor while it is being maintained', async () => {
    const { world, zone, request } = await begun();
    await zone.says('unreachable');
    expect(await codes(world, request)).toEqual({ db_a: 'initiated', model: 'initiated' });
    const since = world.clock.now();
    expect(await databaseStates(world.deps.db, since)).toEqual([
      { backend: 'schools', word: 'unreachable', since },
    ]);
    await zone.says('maintenance');
    const { request: second } = await world.submit({ branch: 'b', pipeline: aPipeline({ db_b: [] }) });
    world.clock.advance(seconds(1));
    await zone.says('unreachable');
    await sweep(world.deps);
    expect(await codes(world, second)).toEqual({ db_b: 'waiting_on_db_maintenance' });

    await zone.says('available');
    expect(await codes(world, second)).toEqual({ db_b: 'initiated' });
  });

  test("what an operator sets goes before the database's word, which counts again when that is over by itself", async () => {
    const { world, zone, request } = await begun();
    const { clock, deps } = world;
    await setMaintenance(deps, {
      backend: 'schools',
      on: true,
      until: clock.now() + minutes(1),
      why: 'disks',
    });
    await zone.says('available');
    await sweep(deps);
    expect(await codes(world, request)).toMatchObject({ model: 'initiated' });
    const { request: second } = await world.submit({ branch: 'b', pipeline: aPipeline({ db_b: [] }) });
    expect(await codes(world, second)).toEqual({ db_b: 'waiting_on_db_maintenance' });
    clock.advance(seconds(1));
    await zone.says('maintenance');

    clock.advance(minutes(1));
    await zone.says('maintenance');
    await sweep(deps);
    expect(await codes(world, second)).toEqual({ db_b: 'waiting_on_db_maintenance' });
    expect(await backendChanges(deps.db, ['schools'], { now: clock.now() })).toMatchObject([
      { word: 'maintained' },
    ]);
  });

  test("an operator ends it against the database's word, until that changes", async () => {
    const { world, zone } = await begun();
    await zone.says('maintenance');
    const { request } = await world.submit({ branch: 'b', pipeline: aPipeline({ db_b: [] }) });
    expect(await codes(world, request)).toEqual({ db_b: 'waiting_on_db_maintenance' });

    await setMaintenance(world.deps, { backend: 'schools', on: false, why: 'the flag was left' });
    await zone.says('maintenance');
    await sweep(world.deps);
    expect(await codes(world, request)).toEqual({ db_b: 'initiated' });
    expect(await setMaintenance(world.deps, { backend: 'schools', on: false, why: '' })).toMatchObject({
      code: 'maintenance.off',
    });

    await zone.says('available');
    await zone.says('maintenance');
    expect(await backendsNow(world.deps)).toMatchObject([{ word: 'maintained' }]);
  });

  test('of two agents one that says so is enough, as long as it is there', async () => {
    const { world, zone } = await begun();
    const other = await aZone(world, { agent: 'agent-2' });
    await other.says('maintenance');
    await zone.says('available');
    expect(await backendsNow(world.deps)).toMatchObject([{ word: 'maintained' }]);

    world.clock.advance(seconds(20));
    await zone.says('available');
    await sweep(world.deps);
    expect(await backendsNow(world.deps)).toMatchObject([{ word: 'working' }]);
  });

  test('an agent that asks no more, or is taken back to before it could, holds nothing up', async () => {
    for (const back of [
      async (zone: Awaited<ReturnType<typeof aZone>>) => zone.says('not-asked'),
      async (_zone: unknown, world: World) => aZone(world, { speaks: { oldest: 1000, newest: 1000 } }),
    ]) {
      const { world, zone } = await begun();
      await zone.says('maintenance');
      await zone.says();
      expect(await backendsNow(world.deps)).toMatchObject([{ word: 'maintained' }]);
      await back(zone, world);
      expect(await backendsNow(world.deps)).toMatchObject([{ word: 'working' }]);
      expect(await databaseStates(world.deps.db, world.clock.now())).toEqual([]);
      await server?.close();
      server = undefined;
    }
  });

  test('governance may leave it to operators: then the database holds nothing, and what it held goes on', async () => {
    const { world, zone } = await begun();
    await zone.says('maintenance');
    world.state.governance = aGovernance([{ ...BACKEND, maintenanceReporting: false }]);
    expect(await backendsNow(world.deps)).toMatchObject([{ word: 'maintained' }]);
    await zone.says('maintenance');
    expect(await backendsNow(world.deps)).toMatchObject([{ word: 'working' }]);
    expect(await databaseStates(world.deps.db, world.clock.now())).toEqual([]);
    expect(await told(world)).toEqual(['hub database-maintained', 'hub reset', 'hub database-available']);
    await setMaintenance(world.deps, { backend: 'schools', on: true, why: 'a new version' });
    expect(await backendsNow(world.deps)).toMatchObject([{ word: 'maintained' }]);
  });

  test('a word from outside the list is refused, and nothing of it is kept', async () => {
    const { world, zone } = await begun();
    await expect(zone.says('maintenance until the ninth' as DatabaseWord)).rejects.toThrow('zone.malformed');
    expect(await databaseStates(world.deps.db, world.clock.now())).toEqual([]);
  });
});
