/** A worker is overtaken: it stood still for longer than its claim held. What it then says changes nothing. */
import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { queueOutbox } from '../../src/db/outbox.ts';
import {
  CLAIM_MS,
  claimDelivery,
  finishDelivery,
  renewClaim,
  storeDelivery,
  type Handled,
} from '../../src/github/inbox.ts';
import { claimNews, finishNews, renewNews, type Sent } from '../../src/github/outbox.ts';
import { fixedClock, seconds } from '../../src/lib/clock.ts';
import { eachDatabase, type TestDatabase } from '../support/database.ts';

const EVERY_WORD: Handled[] = [
  { kind: 'done' },
  { kind: 'park', reason: 'x' },
  { kind: 'retry', reason: 'x' },
  { kind: 'retry', reason: 'x', afterMs: 5 },
];
const EVERY_SENT: Sent[] = [
  { kind: 'done' },
  { kind: 'later', ms: 5 },
  { kind: 'retry', reason: 'x' },
  { kind: 'park', reason: 'x' },
];

const stored = (database: TestDatabase, guid: string) =>
  storeDelivery(database.db, { guid, event: 'push', payload: '{}', repositoryId: null }, 1);

eachDatabase((open) => {
  test.each(EVERY_WORD)(
    'a delivery taken over is the other worker’s, whatever the first says: %j',
    async (word) => {
      const database = await open();
      const clock = fixedClock('2027-03-01T09:00:00Z');
      await stored(database, 'one');
      const first = (await claimDelivery(database.db, clock))!;
      expect(await claimDelivery(database.db, clock)).toBeUndefined();
      clock.advance(CLAIM_MS + 1);
      const second = (await claimDelivery(database.db, clock))!;
      expect(second.lease).toBeGreaterThan(first.lease);

      expect(await renewClaim(database.db, first, clock.now())).toBe(false);
      expect(await finishDelivery(database.db, first, word, clock.now())).toBe('lost');
      expect(await rowsOf(database.db, sql`select state, last_error from inbox`)).toEqual([
        { state: 'working', last_error: null },
      ]);
      expect(await renewClaim(database.db, second, clock.now())).toBe(true);
      expect(await finishDelivery(database.db, second, { kind: 'done' }, clock.now())).toBe('done');
    },
  );

  test('a number is never given again, not even to a delivery that failed, was sent anew and counts from one', async () => {
    const database = await open();
    const clock = fixedClock('2027-03-01T09:00:00Z');
    await stored(database, 'one');
    const first = (await claimDelivery(database.db, clock))!;
    clock.advance(CLAIM_MS + 1);
    const second = (await claimDelivery(database.db, clock))!;
    await finishDelivery(database.db, second, { kind: 'park', reason: 'x' }, clock.now());
    expect(await stored(database, 'one')).toBe('again');
    const third = (await claimDelivery(database.db, clock))!;
    expect(third.attempts).toBe(first.attempts);
    expect(await finishDelivery(database.db, first, { kind: 'done' }, clock.now())).toBe('lost');
    expect(await renewClaim(database.db, third, clock.now())).toBe(true);
  });

  test.each(EVERY_SENT)(
    'news taken over is the other sender’s, whatever the first says: %j',
    async (word) => {
      const database = await open();
      const clock = fixedClock('2027-03-01T09:00:00Z');
      const news = [{ topic: 'request', subject: 'a' }];
      await database.db.transaction((tx) => queueOutbox(tx, news, clock.now()));
      const first = (await claimNews(database.db, clock))!;
      clock.advance(CLAIM_MS + 1);
      const second = (await claimNews(database.db, clock))!;
      // Something newer waits behind it.
      await database.db.transaction((tx) => queueOutbox(tx, news, clock.now()));

      expect(await renewNews(database.db, first, clock.now())).toBe(false);
      expect(await finishNews(database.db, first, word, clock.now())).toBe('lost');
      expect(await rowsOf(database.db, sql`select state, attempts from outbox order by id`)).toEqual([
        { state: 'sending', attempts: 2 },
        { state: 'pending', attempts: 0 },
      ]);
      expect(await finishNews(database.db, second, { kind: 'done' }, clock.now())).toBe('done');
    },
  );

  test('a hub whose clock is a second ahead takes nothing from one that renews', async () => {
    const database = await open();
    const clock = fixedClock('2027-03-01T09:00:00Z');
    const ahead = { now: () => clock.now() + seconds(1) };
    await stored(database, 'one');
    const first = (await claimDelivery(database.db, clock))!;
    for (let turn = 0; turn < 20; turn += 1) {
      clock.advance(CLAIM_MS / 3);
      expect(await claimDelivery(database.db, ahead)).toBeUndefined();
      expect(await renewClaim(database.db, first, clock.now())).toBe(true);
    }
  });
});
