/** Deeds of a zone at the hub's doors: what a newer agent says, and what an airlock may not. */
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { pino } from 'pino';
import { rowsOf, type Db } from '../../src/db/database.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { HubCall } from '../../src/protocol/hub-call.ts';
import {
  AIRLOCK_PATHS,
  deedsAnswer,
  isWordOf,
  WITH_LEASES,
  ZONE_PATHS,
} from '../../src/protocol/protocol.ts';
import { eachDatabase } from '../support/database.ts';
import { AGENT_KEY, aWorld } from '../support/jobs.ts';
import { AIRLOCK_KEY, anOutputsWorld, serveAirlocks, type HubDoor } from '../support/outputs.ts';
import { serveZone, type ZoneServer } from '../support/zone.ts';

let server: ZoneServer | HubDoor | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const eventsIn = async (db: Db): Promise<string[]> => {
  const rows = await rowsOf<{ entry: string }>(
    db,
    sql`select entry from ledger_leaves where subject = 'zone:schools' order by id`,
  );
  return rows.map(({ entry }) => {
    const { actor, body } = JSON.parse(entry) as { actor: string; body: { event: string; workspace: null } };
    return `${actor} ${body.event} ${body.workspace}`;
  });
};

test('a deed whose word came later than the hub is kept for when it has been upgraded', () => {
  const since = { 'zone-frozen': WITH_LEASES + 1, 'zone-verified': WITH_LEASES } as never;
  expect(isWordOf(WITH_LEASES, 'zone-frozen', since)).toBe(false);
  expect(isWordOf(WITH_LEASES + 1, 'zone-frozen', since)).toBe(true);
  // Before anything was heard of the hub: what came with the door is understood wherever there is one.
  expect(isWordOf(1000, 'zone-verified', since)).toBe(true);
});

eachDatabase((open) => {
  test('a word that this hub does not have keeps no other from the log, and is repeated nowhere', async () => {
    const world = aWorld(await open());
    const lines: string[] = [];
    world.deps.logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
    server = await serveZone(world);
    const client = new HubCall({
      ...{ hub: server.origin, caller: 'agent-1', backend: 'schools', key: AGENT_KEY.privateKey },
      ...{ clock: world.clock, ids: randomIds, tries: 1 },
    });
    const deeds = ['zone-verified', 'patient-7-has-hiv', 'zone-backed-up', 7].map((deed, n) => ({
      ...{ id: `000000000000000${n}`, deed, at: world.clock.now(), workspace: null },
    }));

    expect(await client.ask(ZONE_PATHS.deeds, { deeds }, deedsAnswer)).toEqual({ taken: 4 });
    expect(await client.ask(ZONE_PATHS.deeds, { deeds }, deedsAnswer)).toEqual({ taken: 0 });

    const events = await eventsIn(world.deps.db);
    expect(events.map((event) => event.split(' ')[1])).toEqual([
      'zone-verified',
      'zone-deed',
      'zone-backed-up',
      'zone-deed',
    ]);
    expect(`${events.join('')}${lines.join('')}`).not.toContain('patient');
    // Whatever else is wrong is refused as ever.
    const wrong = deeds.map((deed) => ({ ...deed, why: 'patient 7' }));
    expect(await client.ask(ZONE_PATHS.deeds, { deeds: wrong }, deedsAnswer)).toMatchObject({
      code: 'zone.malformed',
    });
  });

  test('an airlock tells of the switch of its zone and of nothing else, and no other key tells it', async () => {
    const world = await anOutputsWorld(await open());
    server = await serveAirlocks(world);
    const told = { id: '0000000000000001', deed: 'zone-frozen', at: world.clock.now() } as const;
    const say = (deeds: object[], key = AIRLOCK_KEY, caller = 'airlock-1') =>
      new HubCall({
        ...{ hub: server!.origin, caller, backend: 'schools', key: key.privateKey },
        ...{ clock: world.clock, ids: randomIds, tries: 1 },
      }).ask(AIRLOCK_PATHS.deeds, { deeds }, deedsAnswer);

    expect(await say([told])).toEqual({ taken: 1 });
    expect(await say([told])).toEqual({ taken: 0 });
    for (const wrong of [
      { ...told, deed: 'zone-backed-up' },
      { ...told, deed: 'patient-7' },
      { ...told, workspace: 'patient-7' },
      { ...told, why: 'patient 7' },
    ])
      expect(await say([told, wrong])).toMatchObject({ code: 'zone.malformed' });
    for (const [key, caller, code] of [
      [newKeyPair(), 'airlock-1', 'protocol.wrong-signature'],
      [AGENT_KEY, 'agent-1', 'protocol.unknown-caller'],
      [AIRLOCK_KEY, 'agent-1', 'protocol.unknown-caller'],
    ] as const)
      expect(await say([{ ...told, id: '0000000000000002' }], key, caller)).toMatchObject({ code });
    expect(await eventsIn(world.deps.db)).toEqual(['airlock:schools/airlock-1 zone-frozen null']);
  });
});
