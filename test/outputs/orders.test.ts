import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { days } from '../../src/lib/clock.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { answersOf, orderReview, sweepOutputs, whyNot, type OrderToGive } from '../../src/outputs/outputs.ts';
import { eachDatabase } from '../support/database.ts';
import {
  AIRLOCK_KEY,
  anOutputsWorld,
  aShown,
  CHECKER_1,
  codeOf,
  HUB_KEY,
  news,
  outputsGovernance,
  REQUEST,
  RESEARCHER,
  serveAirlocks,
  value,
  WORKSPACE,
  type HubDoor,
  type OutputsWorld,
} from '../support/outputs.ts';

let door: HubDoor | undefined;
afterEach(async () => {
  await door?.close();
  door = undefined;
});

const NOW = { seen: 0, waitMs: 0, version: '1' };

function aRelease(given: Partial<OrderToGive> = {}): OrderToGive {
  return {
    id: 'order0000000001a',
    backend: 'schools',
    actor: RESEARCHER,
    deed: {
      type: 'release',
      request: REQUEST,
      workspace: WORKSPACE,
      repository: { id: 42, owner: 'school-research', name: 'attendance' },
      branch: 'main',
      patterns: ['output/*.csv'],
    },
    ...given,
  };
}

function aClaim(id: string, given: Partial<OrderToGive> = {}): OrderToGive {
  return { id, backend: 'schools', actor: CHECKER_1, deed: { type: 'claim', request: REQUEST }, ...given };
}

async function shownFirst(world: OutputsWorld, at: HubDoor): Promise<void> {
  value(await at.client().report({ answers: [], shown: [aShown()], newBrowsers: [] }));
  void world;
}

eachDatabase((open) => {
  test('an order is given, handed over signed, and answered once', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    const client = door.client();

    const given = value(await orderReview(world.deps, aRelease()));
    const polled = value(await client.poll(NOW));
    value(
      await client.report({
        answers: [{ order: given.id, outcome: 'refused', code: 'release.state' }],
        shown: [],
        newBrowsers: [],
      }),
    );
    value(
      await client.report({ answers: [{ order: given.id, outcome: 'done' }], shown: [], newBrowsers: [] }),
    );

    expect(polled).toMatchObject({
      refused: [],
      orders: [{ seq: 1, airlock: 'airlock-1', order: { id: given.id, actor: RESEARCHER } }],
    });
    const [answered] = await answersOf(world.db, [given.id]);
    expect(answered).toMatchObject({ state: 'refused', code: 'release.state' });
    expect(whyNot(answered!)?.says).toBe('This cannot be done in the state the request is in now.');
    expect(await news(world)).toEqual([`order ${given.id}`]);
    expect(value(await client.poll(NOW)).orders).toEqual([]);
  });

  test('giving an order twice gives it once; the same id with other content is refused', async () => {
    const world = await anOutputsWorld(await open());

    const first = value(await orderReview(world.deps, aRelease()));
    const again = value(await orderReview(world.deps, aRelease()));
    const other = await orderReview(world.deps, aRelease({ actor: CHECKER_1 }));

    expect(again).toEqual(first);
    expect(codeOf(other)).toBe('order.other-content');
    expect(await rowsOf(world.db, sql`select seq::int as seq from airlock_orders`)).toEqual([{ seq: 1 }]);
  });

  test('an order for a request goes to the airlock that has it, and to no other', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    await shownFirst(world, door);

    const given = value(await orderReview(world.deps, aClaim('claim0000000001a')));

    expect(given).toMatchObject({ backend: 'schools', airlock: 'airlock-1' });
    expect(value(await door.health().poll(NOW)).orders).toEqual([]);
    expect(value(await door.client().poll(NOW)).orders).toHaveLength(1);
  });

  const REFUSED: [string, OrderToGive, string][] = [
    [
      'a request nobody showed',
      aClaim('claim0000000002a', { deed: { type: 'claim', request: 'nobody0000000000' } }),
      'order.unknown-request',
    ],
    [
      'a request under another backend',
      aClaim('claim0000000003a', { backend: 'health' }),
      'order.unknown-request',
    ],
    [
      'a backend without airlock',
      aRelease({
        backend: 'tax',
        deed: { ...aRelease().deed, request: 'other0000000000a' } as OrderToGive['deed'],
      }),
      'order.no-airlock',
    ],
    ['a draft under an id that is taken', aRelease({ id: 'order0000000009a' }), 'order.unknown-request'],
    ['an actor who is none', aClaim('claim0000000004a', { actor: 0 }), 'order.malformed'],
    ['an id that is none', aClaim('CLAIM'), 'order.malformed'],
    [
      'more patterns than one order holds',
      aRelease({
        deed: {
          ...aRelease().deed,
          request: 'other0000000000b',
          patterns: Array.from({ length: 50 }, () => 'x'.repeat(300)),
        } as OrderToGive['deed'],
      }),
      'order.too-long',
    ],
  ];
  test('an order that no airlock can be given is refused, and none is kept', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    await shownFirst(world, door);

    for (const [what, order, code] of REFUSED)
      expect([what, codeOf(await orderReview(world.deps, order))]).toEqual([what, code]);

    expect(await rowsOf(world.db, sql`select 1 from airlock_orders`)).toEqual([]);
  });

  test('the longest order that is taken can be handed over', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    const patterns = Array.from({ length: 40 }, (_, at) => `${at}`.padEnd(270, 'x'));

    value(
      await orderReview(
        world.deps,
        aRelease({ deed: { ...aRelease().deed, patterns } as OrderToGive['deed'] }),
      ),
    );

    expect(value(await door.client().poll(NOW))).toMatchObject({ refused: [], orders: [{ seq: 1 }] });
  });

  test('an open poll is answered as soon as somebody orders', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    const held = door.client().poll({ ...NOW, waitMs: 60_000 });
    while ((await rowsOf(world.db, sql`select 1 from airlocks`)).length === 0)
      await new Promise(setImmediate);
    const before = performance.now();

    await orderReview(world.deps, aRelease());

    expect(value(await held).orders).toHaveLength(1);
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  test('an airlock whose key is taken away while its poll is open gets nothing', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    const held = door.client().poll({ ...NOW, waitMs: 60_000 });
    while ((await rowsOf(world.db, sql`select 1 from airlocks`)).length === 0)
      await new Promise(setImmediate);
    const [schools, health] = outputsGovernance().backends;
    world.state.governance = outputsGovernance({
      backends: [{ ...schools!, keys: { agent: [], viewer: [] } }, health!],
    });
    // Only now: the poll may still be on its way to its first look, and then the key must be gone already.
    await orderReviewQuietly(world);

    world.deps.signals.wakeAll();

    expect(codeOf(await held)).toBe('protocol.unknown-caller');
  });

  test('an order nobody takes expires after a day; one that was handed over waits for three', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    const client = door.client();
    value(await orderReview(world.deps, aRelease()));
    await client.poll(NOW);
    value(await orderReview(world.deps, aClaim('claim0000000001a')));

    world.clock.advance(days(1) + 1);
    expect(await sweepOutputs(world.deps)).toEqual({ expired: 1 });
    const states = async () =>
      (await answersOf(world.db, ['order0000000001a', 'claim0000000001a']))
        .map(({ id, state }) => [id, state])
        .sort();
    expect(await states()).toEqual([
      ['claim0000000001a', 'expired'],
      ['order0000000001a', 'waiting'],
    ]);
    expect(value(await client.poll(NOW)).orders.map(({ order }) => order.id)).toEqual(['order0000000001a']);

    world.clock.advance(days(2));
    expect(await sweepOutputs(world.deps)).toEqual({ expired: 1 });
    const [expired] = await answersOf(world.db, ['order0000000001a']);
    expect(whyNot(expired!)?.code).toBe('order.expired');
  });

  test('an answer that comes after the order expired is the truth, once', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    value(await orderReview(world.deps, aRelease()));
    world.clock.advance(days(4));
    await sweepOutputs(world.deps);
    const late = (outcome: 'done' | 'refused') => ({
      answers: [{ order: 'order0000000001a', outcome }],
      shown: [],
      newBrowsers: [],
    });

    value(await door.client().report(late('done')));
    value(await door.client().report(late('refused')));

    expect(await answersOf(world.db, ['order0000000001a'])).toMatchObject([{ state: 'done', code: null }]);
  });

  test('answers in any order, to orders of others and to none, change only what is theirs', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    value(await orderReview(world.deps, aRelease()));
    value(await orderReview(world.deps, aClaim('claim0000000001a')));
    const answers = ['claim0000000001a', 'order0000000001a', 'nobody0000000000'].map((order) => ({
      order,
      outcome: 'done' as const,
    }));

    value(await door.health().report({ answers, shown: [], newBrowsers: [] }));
    expect((await answersOf(world.db, ['claim0000000001a']))[0]?.state).toBe('waiting');
    value(await door.client().report({ answers, shown: [], newBrowsers: [] }));

    const states = await answersOf(world.db, ['claim0000000001a', 'order0000000001a']);
    expect(states.map(({ state }) => state)).toEqual(['done', 'done']);
  });

  test('a hub restored from a backup hands over orders whose numbers the airlock has seen', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    value(await orderReview(world.deps, aRelease()));

    expect(value(await door.client().poll({ ...NOW, seen: 1 })).orders).toEqual([]);
    expect(value(await door.client().poll({ ...NOW, seen: 200 })).orders).toHaveLength(1);
  });

  test('an airlock takes no order that another key signed, or that is for another airlock', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    value(await orderReview(world.deps, aRelease()));

    const stranger = door.client({ hubKeys: [newKeyPair().publicKey] });
    expect(value(await stranger.poll(NOW))).toMatchObject({
      orders: [],
      refused: [{ code: 'protocol.order-signature' }],
    });
  });

  test('two airlocks of a backend: a new request goes to the one that called last', async () => {
    const world = await anOutputsWorld(await open());
    const other = newKeyPair();
    const [schools, health] = outputsGovernance().backends;
    const viewer = [
      { id: 'airlock-1', key: AIRLOCK_KEY.publicText },
      { id: 'airlock-2', key: other.publicText },
    ];
    world.state.governance = outputsGovernance({
      backends: [{ ...schools!, keys: { agent: [], viewer } }, health!],
    });
    door = await serveAirlocks(world);
    await door.client().poll(NOW);
    world.clock.advance(1000);
    await door
      .client({ airlock: 'airlock-2', key: other.privateKey, hubKeys: [HUB_KEY.publicKey] })
      .poll(NOW);

    expect(value(await orderReview(world.deps, aRelease())).airlock).toBe('airlock-2');
  });

  test('while all stands still only what takes back or stops is carried to the zone', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    await shownFirst(world, door);
    const freeze = (scope: string, subject: string | null, id: string) =>
      world.db.execute(sql`
        insert into freezes (id, scope, subject, running, why, by, by_login, at)
        values (${id}, ${scope}, ${subject}, 'stop', 'unclear', 1, 'noor-example', 1)`);
    await freeze('project', aShown().project, 'freeze0000000001');

    expect(codeOf(await orderReview(world.deps, aClaim('order0000000001b')))).toBe('freeze.frozen');
    for (const [n, deed] of [
      { type: 'withdraw', request: REQUEST },
      { type: 'unclaim', request: REQUEST },
      { type: 'halt', request: REQUEST },
      { type: 'revoke', request: REQUEST, release: `${REQUEST}-1`, file: 1, category: 'disclosure' },
    ].entries()) {
      const given = aClaim(`order000000001${n}c`, { deed: deed as OrderToGive['deed'] });
      expect(codeOf(await orderReview(world.deps, given))).toBeUndefined();
    }
    await world.db.execute(sql`delete from freezes`);
    await freeze('backend', 'schools', 'freeze0000000002');
    const draft = aRelease({ id: 'order0000000001d' });
    const other = { ...draft.deed, request: 'b'.repeat(16) } as OrderToGive['deed'];
    expect(codeOf(await orderReview(world.deps, { ...draft, deed: other }))).toBe('freeze.frozen');
    await world.db.execute(sql`delete from freezes`);
    expect(codeOf(await orderReview(world.deps, { ...draft, deed: other }))).toBeUndefined();
  });
});

/** Gives an order without waking anybody. */
async function orderReviewQuietly(world: OutputsWorld): Promise<void> {
  await world.db.execute(sql`
    insert into airlock_orders (id, backend, airlock, seq, actor, request, deed, created_at)
    values ('quiet0000000000a', 'schools', 'airlock-1', 1, 7, ${REQUEST}, '{"type":"submit"}'::jsonb, 1)`);
}
