/** Freezing and unfreezing by command: what stands still, who lifts it, and what a hub that dies in between loses. */
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { freezesOn } from '../../src/freezes/freezes.ts';
import { afterFreeze, sweep } from '../../src/jobs/jobs.ts';
import { days, hours } from '../../src/lib/clock.ts';
import { ZoneClient } from '../../src/protocol/protocol.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { onOneDatabase } from '../support/database.ts';
import { sendAgain } from '../support/door.ts';
import { edited, KEYS, PEOPLE, PROJECT } from '../support/governance.ts';
import { aWorld, type Role, type World } from '../support/world.ts';

const BOARD = `- {id: ${PEOPLE.governor}, until: 2027-01-31, reason: board, ref: GOV-1}`;
/** The collaborator sits on the board too. */
const FILES = edited({
  'teams.yml': [
    BOARD,
    `${BOARD}\n    - {id: ${PEOPLE.collaborator}, until: 2027-01-31, reason: board, ref: GOV-2}`,
  ],
});
const WHY = 'a table with names in it was found';
const FREEZE = `/freeze project ${PROJECT} --reason "${WHY}"`;

onOneDatabase((open) => {
  let world: World;
  afterEach(() => world.stop());

  async function begin(): Promise<number> {
    world = await aWorld({ database: await open(), governance: FILES });
    return world.as('lead').issue();
  }
  async function says(role: Role, issue: number, body: string): Promise<string> {
    const before = world.replies(issue).length;
    world.as(role).comment(issue, body);
    await world.settle();
    return world.replies(issue).slice(before).join('\n');
  }
  const untimed = (text: string) => text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'TIME');
  const codes = async () => (await world.jobs()).map(({ action, code }) => `${action} ${code}`);
  const on = async () => (await freezesOn(world.database.db)).length;
  const zone = () =>
    new ZoneClient({
      hub: world.hub.url,
      agent: 'attainment',
      backend: 'attainment',
      key: KEYS.agent.privateKey,
      hubKeys: [world.hubKey.publicKey],
      clock: world.clock,
      ids: randomIds,
    });

  test('a project is frozen at once, and goes on when two people lifted it', async () => {
    const issue = await begin();
    await says('lead', issue, '/run model');
    await world.agent().starts('extract');
    expect(await says('stranger', issue, FREEZE)).toContain('(freeze.not-permitted)');

    expect(untimed(await says('governor', issue, FREEZE))).toMatchInlineSnapshot(
      `"@noor-example, project "ns-2026-014" is paused since TIME. Jobs that run are being stopped; nothing new starts, and nothing is looked at, reviewed, released, published or downloaded. Two of the governance team lift it: each writes \`/unfreeze project ns-2026-014\`."`,
    );

    // What runs is told to stop; what waits waits.
    const [cancel] = (await world.agent().tasks()).filter(({ type }) => type === 'cancel');
    expect(cancel).toBeDefined();
    await world.agent().ends('extract', 'cancelled_by_user');
    expect(await says('lead', issue, '/run model')).toMatch(
      /The project "ns-2026-014" has been paused by governance since .* \(freeze\.frozen\)$/,
    );
    await world.as('lead').push({ 'notes.md': 'x' });
    await world.settle();
    expect(world.check('sallyport/access')).toContain('freeze.frozen');
    expect(world.check('sallyport/dummy run')).toContain('freeze.frozen');

    expect(await says('stranger', issue, `/unfreeze project ${PROJECT}`)).not.toContain('lifted');
    expect(await says('lead', issue, `/unfreeze project ${PROJECT}`)).toContain('(freeze.not-permitted)');
    expect(await says('governor', issue, `/unfreeze project ${PROJECT}`)).toContain('a second person');
    expect(await says('governor', issue, `/unfreeze project ${PROJECT}`)).toContain('(freeze.same-person)');
    // Frozen again in between: the first word is void.
    await says('governor', issue, FREEZE);
    expect(await says('collaborator', issue, `/unfreeze project ${PROJECT}`)).toContain('a second person');
    expect(await on()).toBe(2);
    expect(await says('governor', issue, `/unfreeze project ${PROJECT}`)).toMatchInlineSnapshot(
      `"@noor-example, the freeze of project "ns-2026-014" is lifted, as asked for by @ash-example. What waited goes on. A zone that was frozen by its own operator stays so until they lift it there."`,
    );
    expect(await on()).toBe(0);
    expect(await says('governor', issue, `/unfreeze project ${PROJECT}`)).toContain('(freeze.not-frozen)');
    await says('lead', issue, '/run model');
    await world.agent().ends('extract');

    const ledger = (await world.ledger()).filter(({ type }) => type === 'freeze');
    expect(ledger.map(({ actor, body }) => `${actor} ${String(body['event'])}`)).toEqual([
      `person:${PEOPLE.governor} frozen`,
      `person:${PEOPLE.governor} unfreezing-asked`,
      `person:${PEOPLE.governor} frozen`,
      ...Array<string>(2).fill(`person:${PEOPLE.collaborator} unfreezing-asked`),
      ...Array<string>(2).fill(`person:${PEOPLE.governor} lifted`),
    ]);
    // Why is nobody else's business: it stands in no leaf, and no page or text of ours says it.
    expect(JSON.stringify(await world.ledger())).not.toContain(WHY);
    expect(world.replies(issue).join()).not.toContain(WHY);
  });

  test('jobs that waited before are not started, an open poll hears of it, and a restart changes nothing', async () => {
    const issue = await begin();
    const asked = await zone().poll({ seen: 0, waitMs: 0, engine: false, freezes: 0 });
    const waiting = zone().poll({
      seen: 'version' in asked ? asked.version : 0,
      waitMs: 60_000,
      engine: false,
      freezes: 0,
    });
    await says('lead', issue, '/run extract');
    expect(await codes()).toEqual(['extract created']);

    await says('governor', issue, `/freeze backend attainment --running finish --reason '${WHY}'`);

    const heard = await waiting;
    expect(heard).toMatchObject({
      freezes: [
        {
          act: 'freeze',
          scope: { kind: 'backend', id: 'attainment' },
          running: 'finish',
          by: PEOPLE.governor,
        },
      ],
    });
    expect(await world.agent().tasks()).toEqual([]);
    await world.stopHub();
    await world.startHub();
    await sweep(world.hub.room.jobs);
    expect(await world.agent().tasks()).toEqual([]);
    await world.settle();
    expect(world.check('sallyport/run')).toContain('waiting: paused by governance');

    await says('governor', issue, '/unfreeze backend attainment');
    world.later(days(1) + hours(1));
    // A word a day old counts no more.
    expect(await says('collaborator', issue, '/unfreeze backend attainment')).toContain('a second person');
    expect(await says('governor', issue, '/unfreeze backend attainment')).toContain('is lifted');
    expect((await world.agent().tasks()).map(({ type }) => type)).toEqual(['run']);
    const [first] = 'freezes' in heard && Array.isArray(heard.freezes) ? heard.freezes : [];
    expect(await zone().poll({ seen: 0, waitMs: 0, engine: false, freezes: first!.seq })).toMatchObject({
      freezes: [{ act: 'lift', by: [PEOPLE.collaborator, PEOPLE.governor] }],
    });
    // A number the hub never gave: it was restored from a backup, and says everything again.
    const after = world.clock.now() + 1;
    const all = await zone().poll({ seen: 0, waitMs: 0, engine: false, freezes: after });
    expect('freezes' in all && all.freezes).toHaveLength(2);
    // What is frozen from now on has a number that was never given.
    world.later(1000);
    await says('governor', issue, `/freeze all --reason '${WHY}'`);
    const next = await zone().poll({ seen: 0, waitMs: 0, engine: false, freezes: after });
    expect('freezes' in next && next.freezes).toMatchObject([{ act: 'freeze', scope: { kind: 'all' } }]);
  });

  test('what is heard twice is done once, and a hub that died after freezing stops what runs', async () => {
    const issue = await begin();
    await says('lead', issue, '/run extract');
    await world.agent().starts('extract');
    await says('governor', issue, '/freeze all --reason "unclear"');
    await sendAgain(world, 'issue_comment', () => undefined);
    expect(await on()).toBe(1);
    // As if the hub had died before it told the agent.
    const { db } = world.database;
    await db.execute(sql`delete from tasks where type = 'cancel'`);
    await db.execute(sql`update jobs set cancel_requested_at = null, stop_code = null, cancelled_by = null`);
    await sweep(world.hub.room.jobs);
    expect((await world.agent().tasks()).map(({ type }) => type).sort()).toEqual(['cancel', 'run']);
    await afterFreeze(world.hub.room.jobs, { scope: { kind: 'all' } });
    expect((await rowsOf(db, sql`select 1 from tasks where type = 'cancel'`)).length).toBe(1);
    // Nobody freezes what there is not, or without a reason, or with a word nobody reads.
    for (const [line, code] of [
      ['/freeze project nowhere --reason "x"', 'freeze.unknown-scope'],
      ['/freeze all', 'freeze.no-reason'],
      ['/freeze --reason "x"', 'freeze.malformed'],
      ['/freeze all --reason ""', 'freeze.malformed'],
      [`/freeze all --reason "${'x'.repeat(301)}"`, 'freeze.malformed'],
      ['/freeze all --reason "x" --running later', 'freeze.malformed'],
      ['/freeze all --running stop --reason "x" --running stop', 'freeze.malformed'],
      ['/freeze project ../x --reason "x"', 'freeze.malformed'],
      ['/unfreeze all now', 'freeze.malformed'],
      ['/unfreeze backend attainment', 'freeze.not-frozen'],
    ] as const) {
      const second = world.as('lead').issue();
      expect(await says('governor', second, line)).toContain(`(${code})`);
    }
    expect(await on()).toBe(1);
  });
});
