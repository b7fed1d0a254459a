/** Who watches hears of each change once; how many may watch is bounded. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { LiveEvent } from '../../src/record/record.ts';
import { recordFeeds } from '../../web/site/record-feeds.tsx';
import type { SitePages, Visit } from '../../web/site/visit.tsx';
import { onOneDatabase, type TestDatabase } from '../support/database.ts';
import { putRequests } from './rows.ts';
import { aStage, type Stage } from './stage.ts';

const ONE = '0000000000000005';

onOneDatabase((open) => {
  let stage: Stage;
  let database: TestDatabase;
  beforeEach(async () => {
    database = await open();
    stage = await aStage(database, { all: 3, address: 2 });
    await putRequests(database.db, 10);
  });
  afterEach(() => stage.stop());

  /** A listener by hand, and a promise of what it hears next. */
  function listener(filter: object, address = 'here') {
    const heard: LiveEvent[] = [];
    let wake = (): void => undefined;
    const leave = stage.live.join({
      filter,
      address,
      send: (event) => {
        heard.push(event);
        wake();
      },
      beat: () => undefined,
      close: () => undefined,
    });
    const next = async (): Promise<LiveEvent> => {
      while (heard.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return heard.shift()!;
    };
    return { leave, next, heard };
  }

  test('a change is told to those whose list shows it, and that it has gone to those whose list did', async () => {
    const [pending, all] = [listener({ state: 'pending', kind: 'run' }), listener({})];
    const other = listener({ project: 'other' }, 'there');
    await database.db.execute(
      sql`update job_requests set ended_as = null, completed_at = null, purpose = 'run'`,
    );
    await stage.changed(ONE);
    expect(await pending.next()).toMatchObject({ type: 'changed', request: { id: ONE, state: 'pending' } });
    expect(await all.next()).toMatchObject({ type: 'changed' });
    await database.db.execute(sql`update job_requests set ended_as = 'failed', completed_at = 1`);
    await stage.changed(ONE);
    expect(await pending.next()).toEqual({ type: 'gone', id: ONE });
    expect(await all.next()).toMatchObject({ type: 'changed', request: { state: 'failed' } });
    stage.live.tell('');
    expect(await other.next()).toEqual({ type: 'again' });
    expect(other.heard).toEqual([]);
  });

  test('what cannot be read is told as something missed', async () => {
    const one = listener({});
    await database.db.execute(sql`alter table job_requests rename to gone_requests`);
    try {
      stage.live.tell(ONE);
      expect(await one.next()).toEqual({ type: 'again' });
    } finally {
      await database.db.execute(sql`alter table gone_requests rename to job_requests`);
    }
    stage.live.tell(ONE);
    expect(await one.next()).toMatchObject({ type: 'changed' });
  });

  test('nobody takes all places, and who leaves makes room (record.too-many-live)', () => {
    const [first, second] = [listener({}), listener({})];
    expect(listener({}).leave).toMatchObject({ code: 'record.too-many-live' });
    expect(typeof listener({}, 'there').leave).toBe('function');
    expect(listener({}, 'elsewhere').leave).toMatchObject({ code: 'record.too-many-live' });
    if (typeof first.leave === 'function') first.leave();
    expect(typeof listener({}).leave).toBe('function');
    expect([stage.live.size, typeof second.leave]).toEqual([3, 'function']);
  });

  async function asked(path: string, method = 'GET'): Promise<IncomingMessage> {
    const request = http.request(`${stage.origin}${path}`, { method, agent: false }).end();
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    return answer;
  }

  test('over HTTP it is a stream of events that ends with the hub, and one too many is told to come again', async () => {
    const first = await asked('/requests/live?project=p1');
    await asked('/requests/live');
    expect([first.statusCode, first.headers['content-type']]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ]);
    const third = await asked('/requests/live');
    expect([third.statusCode, third.headers['retry-after']]).toEqual([503, '60']);
    expect((await asked('/requests/live?state=nonsense')).statusCode).toBe(400);
    expect((await asked('/requests/live', 'HEAD')).statusCode).toBe(200);

    let text = '';
    const told = new Promise<void>((resolve) => {
      first.on('data', (part: Buffer) => {
        text += part.toString();
        if (/event: changed\n.*\n\n$/.test(text)) resolve();
      });
    });
    await database.db.execute(sql`update job_requests set project = 'p1' where id = ${ONE}`);
    await stage.changed(ONE);
    await told;
    expect(text).toMatch(
      /^retry: 3000\n\nevent: changed\ndata: \{"id":"0000000000000005","html":"<tr [^\n]+"\}\n\n$/,
    );
    const ended = once(first, 'end');
    stage.live.close();
    await ended;
    expect(stage.live.size).toBe(0);
  });

  test('who goes away is forgotten', async () => {
    const answer = await asked('/requests/live');
    expect(stage.live.size).toBe(1);
    answer.destroy();
    while (stage.live.size > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(stage.live.size).toBe(0);
  });

  test('who went away before it was their turn takes no place', async () => {
    const pages = new Map<string, (visit: Visit) => unknown>();
    const add = { open: (path: string, handler: (visit: Visit) => unknown) => void pages.set(path, handler) };
    recordFeeds(add as unknown as SitePages, stage.site);
    const request = Object.assign(new http.IncomingMessage(new Socket()), { query: {} });
    const response = new http.ServerResponse(request).destroy();
    pages.get('/requests/live')!({ request, response } as unknown as Visit);
    expect(stage.live.size).toBe(0);
  });

  test('copies are taken a few at a time (record.busy)', async () => {
    await putRequestsMore();
    const open = await Promise.all(Array.from({ length: 4 }, () => asked('/requests.csv')));
    // Nobody reads: each holds its place.
    const fifth = await asked('/requests.csv');
    expect([fifth.statusCode, fifth.headers['retry-after']]).toEqual([503, '60']);
    for (const one of open) one.destroy();
    for (;;) {
      const again = await asked('/requests.csv', 'GET');
      again.destroy();
      if (again.statusCode === 200) break;
    }
  });

  async function putRequestsMore(): Promise<void> {
    await database.db.execute(sql`truncate job_requests cascade`);
    await putRequests(database.db, 15_000);
    await database.db.execute(
      sql`update job_requests set actions = to_jsonb(array_fill(repeat('x', 90), array[10]))`,
    );
  }
});
