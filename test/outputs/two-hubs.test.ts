import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { Signals } from '../../src/jobs/jobs.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { answersOf, giveCode, hearOrders, orderReview, releasedFile } from '../../src/outputs/outputs.ts';
import { eachDatabase } from '../support/database.ts';
import {
  aDeclaration,
  anOutputsWorld,
  aReport,
  aShownRelease,
  CHECKER_1,
  codeOf,
  FIGURE,
  ledger,
  REQUEST,
  serveAirlocks,
  TABLE,
  value,
  type HubDoor,
} from '../support/outputs.ts';

const doors: HubDoor[] = [];
const unlisten: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of unlisten.splice(0)) await stop();
  for (const door of doors.splice(0)) await door.close();
});

eachDatabase((open) => {
  /** Each with its door and its own signals. On PGlite, which only one process can open, they share its connection. */
  async function twoHubs() {
    const database = await open();
    const world = await anOutputsWorld(database);
    const second = (await database.another()) ?? database;
    const other = { ...world, deps: { ...world.deps, db: second.db, signals: new Signals() } };
    unlisten.push(await hearOrders(database, world.deps), await hearOrders(second, other.deps));
    const here = await serveAirlocks(world);
    const there = await serveAirlocks(other);
    doors.push(here, there);
    value(await here.client().report(aReport({ shown: [aShownRelease()] })));
    return { world, other, here, there };
  }

  test('an order given at one hub answers the poll that is open at the other', async () => {
    const { world, other, here } = await twoHubs();
    const held = here.client().poll({ seen: 0, waitMs: 60_000, version: '1' });
    while ((await rowsOf(world.db, sql`select 1 from airlocks`)).length === 0)
      await new Promise(setImmediate);
    const before = performance.now();

    value(
      await orderReview(other.deps, {
        id: 'order0000000001a',
        backend: 'schools',
        actor: CHECKER_1,
        deed: { type: 'claim', request: REQUEST },
      }),
    );

    expect(value(await held).orders).toHaveLength(1);
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  test('orders given at both hubs at once each have their own number, and one id is one order', async () => {
    const { world, other } = await twoHubs();
    const give = (deps: typeof world.deps, id: string) =>
      orderReview(deps, {
        id,
        backend: 'schools',
        actor: CHECKER_1,
        deed: { type: 'claim', request: REQUEST },
      });
    const ids = Array.from({ length: 10 }, (_, n) => `order${String(n).padStart(11, '0')}`);

    await Promise.all(ids.flatMap((id) => [give(world.deps, id), give(other.deps, id)]));

    const seqs = await rowsOf<{ seq: number }>(
      world.db,
      sql`select seq::int as seq from airlock_orders order by seq`,
    );
    expect(new Set(seqs.map(({ seq }) => seq)).size).toBe(10);
    expect(await answersOf(world.db, ids)).toHaveLength(10);
  });

  test('a release sent to both hubs at once arrives once', async () => {
    const { world, other, here, there } = await twoHubs();
    const clients = [here.client(), there.client()];

    const declared = await Promise.all(clients.map((client) => client.declare(aDeclaration())));
    expect(declared.map(codeOf)).toEqual([undefined, undefined]);
    const release = `${REQUEST}-1`;
    const sent = await Promise.all(
      clients.flatMap((client) => [client.upload(release, 1, TABLE), client.upload(release, 2, FIGURE)]),
    );

    expect(sent.map(codeOf)).toEqual([undefined, undefined, undefined, undefined]);
    expect(sha256(value(await releasedFile(other.db, release, 1)).bytes)).toBe(sha256(TABLE));
    const received = (await ledger(world)).filter(
      ({ body }) => (body as { event: string }).event === 'received',
    );
    expect(received).toHaveLength(1);
  });

  test('a code tried at both hubs at once is good once', async () => {
    const { world, here, there } = await twoHubs();
    value(await here.client().startSignIn('session00000001a', '123456'));
    const { code } = value(await giveCode(world.deps, { person: CHECKER_1, number: '123456' }));

    const tried = await Promise.all(
      [here, there, here, there].map((door) => door.client().redeem('session00000001a', code)),
    );

    expect(tried.filter((answer) => codeOf(answer) === undefined)).toHaveLength(1);
  });

  test("a number asked for at both hubs at once is one viewer's", async () => {
    const { here, there } = await twoHubs();

    const both = await Promise.all([
      here.client().startSignIn('session00000001a', '123456'),
      there.health().startSignIn('session00000002b', '123456'),
    ]);

    expect(both.map(codeOf).sort()).toEqual(['sign-in.number-taken', undefined]);
  });
});
