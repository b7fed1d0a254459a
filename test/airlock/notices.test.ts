/** What could not be told, and that somebody gets to know of it: once, by a code, while it is tried on. */
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/open.ts';
import { hours, minutes } from '../../src/lib/clock.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { AirlockWorld, WHO } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';

onOneDatabase((open) => {
  let world: AirlockWorld;
  let id: string;
  afterEach(() => world.close());

  async function drafted(): Promise<void> {
    world = await AirlockWorld.open(await open());
    id = await world.draft(['output/table.csv']);
  }
  /** The hub gets the day's digest in any case, but where it is the matter. */
  async function waits(ms: number, told = true): Promise<void> {
    world.clock.advance(ms);
    await world.room.tend();
    const head = await world.room.recordHead();
    if (head && told) await world.room.markRecordHead(head);
  }
  const taken = async () => {
    const [shown] = await world.room.shown([id]);
    await world.room.markShown([{ id, version: shown!.version }]);
  };
  const recorded = async () =>
    (
      await rowsOf<{ request: string | null; details: string }>(
        world.database.db,
        sql`select request, details from log where type = 'NOTIFY_FAILED' order by id`,
      )
    ).map(({ request, details }) => [request, JSON.parse(details)]);
  async function shown(): Promise<string[]> {
    const state = await world.room.operations(WHO.operator1);
    if (isRefusal(state)) throw new Error(state.code);
    return state.failedNotices.map(({ topic, subject, code, overAt }) =>
      [topic, subject === id ? 'it' : subject, code, overAt === null ? 'not told' : 'over'].join(' '),
    );
  }

  test('a hub that is away for an hour is recorded once for each request, and is over when it took the news', async () => {
    await drafted();
    await waits(minutes(59));
    expect(await recorded()).toEqual([]);
    await waits(minutes(2));
    await waits(hours(5));
    expect(await recorded()).toEqual([[id, { topic: 'shown', code: 'link.hub-away' }]]);
    expect(await shown()).toEqual(['shown it link.hub-away not told']);
    expect(await world.room.pendingShown(10)).toEqual([id]);

    await taken();
    await waits(minutes(1));
    expect(await shown()).toEqual(['shown it link.hub-away over']);
    expect(await recorded()).toHaveLength(1);
  });

  test('news that the hub does not take are recorded with its code, once for each version of them', async () => {
    await drafted();
    await world.room.notTaken(id, 'shown.foreign-workspace');
    await world.room.notTaken(id, 'shown.foreign-workspace');
    expect(await recorded()).toEqual([[id, { topic: 'shown', code: 'shown.foreign-workspace' }]]);

    await world.does('author', id, 'withdraw', {});
    await world.room.notTaken(id, 'shown.foreign-workspace');
    expect(await recorded()).toHaveLength(2);
    await taken();
    await world.room.notTaken(id, 'shown.foreign-workspace');
    expect(await recorded()).toHaveLength(2);
  });

  test('an issue that cannot be written is recorded while the hub says so, and again for the next one', async () => {
    await drafted();
    const since = world.clock.now();
    const says = (code: string, at = since) => world.room.unsaid([{ request: id, code, since: at }]);
    await says('github.gone');
    await says('github.gone');
    expect(await recorded()).toEqual([[id, { topic: 'issue', code: 'github.gone' }]]);
    expect(await shown()).toEqual(['issue it github.gone not told']);

    await world.room.unsaid([]);
    expect(await shown()).toEqual(['issue it github.gone over']);
    await says('github.refused', since + 60_000);
    expect(await recorded()).toHaveLength(2);
  });

  test('of requests that are not here the hub is not believed', async () => {
    await drafted();
    await world.room.unsaid([{ request: 'zzzzzzzzzzzzzzzz', code: 'github.gone', since: 1 }]);
    expect(await recorded()).toEqual([]);
    expect(await shown()).toEqual([]);
  });

  test('the digest over a day is recorded when the hub does not get it, and over when it got it', async () => {
    await drafted();
    await taken();
    await waits(minutes(1), false);
    await waits(hours(2), false);
    await waits(hours(2), false);
    expect(await recorded()).toEqual([[null, { topic: 'record', code: 'link.hub-away' }]]);
    expect(await shown()).toEqual(['record 2026-10-05 link.hub-away not told']);
    await waits(minutes(1));
    await waits(minutes(1));
    expect(await shown()).toEqual(['record 2026-10-05 link.hub-away over']);
  });

  test('a sign-in from a new browser that was not announced is recorded too', async () => {
    await drafted();
    await world.database.db.execute(
      sql`insert into announcements (id, person, at) values ('a1', ${WHO.author}, ${world.clock.now()}::bigint)`,
    );
    await taken();
    await waits(hours(2));
    expect(await recorded()).toEqual([[null, { topic: 'browser', code: 'link.hub-away' }]]);
    await world.database.db.execute(sql`update announcements set told_at = ${world.clock.now()}::bigint`);
    await waits(minutes(1));
    expect(await shown()).toEqual(['browser a1 link.hub-away over']);
  });
}, AIRLOCK_MIGRATIONS);
