/** Orders and reports between hub and airlock. */
import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import type { HubPort } from '../../agent/airlock/link/link.ts';
import { hours, minutes } from '../../src/lib/clock.ts';
import { answersOf, giveCode, shownRequest, stepsOf } from '../../src/outputs/outputs.ts';
import { HubUnreachable } from '../../src/protocol/protocol.ts';
import { onOneDatabase } from '../support/database.ts';
import { steppedHub } from '../support/link-room.ts';
import {
  aShown,
  aShownRelease,
  aStep,
  AT,
  CHECKER_1,
  codeOf,
  HUB_KEY,
  ledger,
  REQUEST,
  value,
} from '../support/outputs.ts';
import { aHubOver, aHubThatGoes, aLink, aRelease, door, order, stopping } from './link-world.ts';

onOneDatabase((open) => {
  const aHub = async () => aHubOver(await open());

  test('orders are done in the order in which people acted, and answered', async () => {
    const { world, room } = await aHub();
    const link = aLink(world, room);
    room.show(aShown());
    await link.reports.pass();
    room.answerTo = ({ id }) =>
      id === 'second0000000000' ? { outcome: 'refused', code: 'release.state' } : { outcome: 'done' };
    await order(world, 'zfirst0000000000');
    await order(world, 'second0000000000');

    expect(await link.orders.pass()).toBe(true);

    expect(room.done).toEqual(['zfirst0000000000', 'second0000000000']);
    const answers = await answersOf(world.db, ['zfirst0000000000', 'second0000000000']);
    expect(answers.map(({ state, code }) => [state, code]).sort()).toEqual([
      ['done', null],
      ['refused', 'release.state'],
    ]);
    expect(link.reached).toBe(true);
  });

  test('an order that cannot be done yet keeps later ones back, but not for ever', async () => {
    const { world, room } = await aHub();
    const link = aLink(world, room);
    room.show(aShown());
    await link.reports.pass();
    await order(world, 'first00000000000');
    await order(world, 'second0000000000');
    let broken = true;
    room.at = (step) => {
      if (step === 'before order' && broken && room.done.length === 0) throw new Error('no database');
    };
    for (let n = 0; n < 4; n++) expect(await link.orders.pass()).toBe(false);
    expect(room.done).toEqual([]);
    // From now on only the first fails.
    let calls = 0;
    room.at = (step) => {
      if (step === 'before order' && broken && calls++ % 2 === 0) throw new Error('no database');
    };
    expect(await link.orders.pass()).toBe(false);
    expect(room.done).toEqual(['second0000000000']);
    broken = false;
    await link.orders.pass();
    expect(room.done).toEqual(['second0000000000', 'first00000000000']);
    expect((await answersOf(world.db, ['first00000000000']))[0]?.state).toBe('done');
  });

  test('what is to be halted is, while a freeze cannot be written down, and each poll fails until it can be', async () => {
    const { world, room } = await aHub();
    let isFull = true;
    const freezes = {
      seq: 0,
      take: () => {
        if (isFull) throw new Error('no space left');
      },
    };
    const link = aLink(world, room, { freezes });
    room.show(aShown());
    await link.reports.pass();
    await order(world, 'first00000000000');

    await expect(link.orders.pass()).rejects.toThrow('no space left');
    expect(room.done).toEqual(['first00000000000']);
    expect((await answersOf(world.db, ['first00000000000']))[0]?.state).toBe('done');
    await expect(link.orders.pass()).rejects.toThrow('no space left');
    isFull = false;
    expect(await link.orders.pass()).toBe(true);
  });

  test('an order signed by another key is not done, and said in the log only', async () => {
    const { world, room } = await aHub();
    const stranger = aLink(world, room, { hub: door!.client({ hubKeys: [] }) });
    room.show(aShown());
    await stranger.reports.pass();
    await order(world, 'first00000000000');

    expect(await stranger.orders.pass()).toBe(false);
    expect(room.done).toEqual([]);
    const rotated = aLink(world, room, { hub: door!.client({ hubKeys: [HUB_KEY.publicKey] }) });
    expect(await rotated.orders.pass()).toBe(true);
    expect(room.done).toEqual(['first00000000000']);
  });

  test('six hundred steps are told in two reports, none lost', async () => {
    const { world, room } = await aHub();
    const link = aLink(world, room);
    const events = Array.from({ length: 600 }, (_, at) => aStep(at + 1, 'claimed'));
    room.show(aShown({ version: 600, events }));

    expect(await link.reports.pass()).toBe(true);
    expect(await link.reports.pass()).toBe(true);
    expect(await link.reports.pass()).toBe(false);

    expect((await stepsOf(world.db, REQUEST)).map(({ seq }) => seq)).toEqual(events.map(({ seq }) => seq));
  });

  test('the day’s digest of the record is told alone too, once, and stands in the ledger', async () => {
    const { world, room } = await aHub();
    const link = aLink(world, room);
    const digest = 'd'.repeat(64);
    room.heads.waiting = { at: AT, digest };

    await link.reports.pass();
    expect(await link.reports.pass()).toBe(false);

    expect(room.heads.told).toEqual([digest]);
    expect(await ledger(world)).toMatchObject([{ body: { event: 'zone-record', digest } }]);
  });

  test('a request the hub does not take is held back longer and longer and keeps no other waiting', async () => {
    const { world, room } = await aHub();
    const link = aLink(world, room);
    room.show(aShown({ id: 'bad0000000000000', workspace: 'nowhere' }));
    room.show(aShown());
    room.browsers.push({ id: 'browser00000001a', person: CHECKER_1, at: AT, told: false });

    await link.reports.pass();
    expect(await link.reports.pass()).toBe(false);
    expect(room.requests.get(REQUEST)?.told).toBe(1);
    expect(room.requests.get('bad0000000000000')?.told).toBe(0);
    expect(room.browsers[0]?.told).toBe(true);

    await world.db.execute(
      sql`insert into workspaces (name, repository_id, branch, created_at) values ('nowhere', 42, 'b', 1)`,
    );
    await world.db.execute(
      sql`insert into workspace_agents (backend, workspace, agent, since) values ('schools', 'nowhere', 'a', 1)`,
    );
    expect(await link.reports.pass()).toBe(false);
    world.clock.advance(minutes(1));
    expect(await link.reports.pass()).toBe(true);
    expect(room.requests.get('bad0000000000000')?.told).toBe(1);
  });

  test('the loops wake on news, on the hub coming back, and stop when told', async () => {
    const { world, room } = await aHub();
    const { hub, state } = aHubThatGoes(door!.client());
    state.away = true;
    const link = aLink(world, room, {
      hub,
      pollMs: 30_000,
      safetyMs: hours(1),
      pause: () => new Promise((resolve) => setTimeout(resolve, 5)),
    });
    const stop = new AbortController();
    const run = link.run(stop.signal);
    stopping.push(async () => {
      stop.abort();
      await run;
    });
    const sending = aRelease(room);
    room.browsers.push({ id: 'browser00000001a', person: CHECKER_1, at: AT, told: false });

    state.away = false;
    while (sending.state !== 'released') await new Promise(setImmediate);
    const before = performance.now();
    await order(world, 'first00000000000');
    while ((await answersOf(world.db, ['first00000000000']))[0]?.state !== 'done')
      await new Promise(setImmediate);

    expect(performance.now() - before).toBeLessThan(20_000);
    room.show(aShownRelease({ version: 10, state: 'released', events: [aStep(10, 'released')] }));
    while ((await shownRequest(world.db, REQUEST))?.version !== 10) await new Promise(setImmediate);
    stop.abort();
    await run;
  });

  test('a sign-in goes through the link, and a code that was sent is not sent twice', async () => {
    const { world, room } = await aHub();
    let sent = 0;
    const client = door!.client();
    const lost: HubPort = {
      ...steppedHub(client, () => undefined),
      async redeem(...given) {
        sent += 1;
        await client.redeem(...given);
        throw new HubUnreachable(1);
      },
    };
    const { signIns } = aLink(world, room, { hub: lost });
    expect(await signIns.start('session00000001a', '123456')).toMatchObject({
      address: `${door!.origin}/airlock-login`,
    });
    const { code } = value(await giveCode(world.deps, { person: CHECKER_1, number: '123456' }));

    expect(codeOf(await signIns.redeem('session00000001a', code))).toBe('link.hub-away');
    expect(sent).toBe(1);
    expect(codeOf(await aLink(world, room).signIns.redeem('session00000001a', code))).toBe('sign-in.refused');
    expect(codeOf(await aLink(world, room).signIns.redeem('session00000001a', ''))).toBe('sign-in.refused');
    expect(codeOf(await aLink(world, room).signIns.redeem('session00000001a', 'x'.repeat(5000)))).toBe(
      'sign-in.refused',
    );
  });

  test('when the pauses have grown to their longest the room is told, and it goes on being tried', async () => {
    const { world, room } = await aHub();
    const link = aLink(world, room);
    room.show(aShown({ id: 'bad0000000000000', workspace: 'nowhere' }));
    for (let tries = 1; tries <= 6; tries += 1) {
      await link.reports.pass();
      world.clock.advance(hours(1));
    }
    expect(room.notTakenYet).toEqual([]);
    await link.reports.pass();
    expect(room.notTakenYet).toEqual(['bad0000000000000 shown.workspace']);
    world.clock.advance(hours(1));
    await link.reports.pass();
    expect(room.notTakenYet).toHaveLength(2);
  });

  test('what the hub cannot show on GitHub it says with each answer, by a code, until it was shown', async () => {
    const { world, room } = await aHub();
    const link = aLink(world, room);
    room.show(aShown());
    await link.reports.pass();
    const parked = async (reason: string) => {
      await world.db.execute(sql`
        update outbox set state = 'parked', last_error = ${reason} where topic = 'review' and subject = ${REQUEST}`);
      await link.orders.pass();
      return room.unsaidNow.map(({ request, code }) => [request, code]);
    };
    expect(await parked('404 Not Found: a secret place')).toEqual([[REQUEST, 'github.gone']]);
    expect(await parked('403 no')).toEqual([[REQUEST, 'github.refused']]);
    expect(await parked('502')).toEqual([[REQUEST, 'github.unwell']]);
    expect(await parked('no answer: FetchError')).toEqual([[REQUEST, 'github.no-answer']]);
    expect(await parked('no review repository')).toEqual([[REQUEST, 'github.out-of-reach']]);

    await world.db.execute(sql`
      insert into outbox (topic, subject, payload, not_before, created_at, state, done_at)
      values ('review', ${REQUEST}, 'null'::jsonb, 0, 2, 'done', 3)`);
    await link.orders.pass();
    expect(room.unsaidNow).toEqual([]);
  });
});
