/** A session ends with the passkey that opened it, and is made no longer by a clock that goes back. */
import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import {
  liveSession,
  removePasskey,
  type SignInEvent,
  type SignInParts,
} from '../../agent/airlock/sign-in/sign-in.ts';
import { days, minutes } from '../../src/lib/clock.ts';
import { rowsOf, type OpenDatabase } from '../../src/db/open.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';

const AT = Date.parse('2027-03-01T09:00:00Z');
const [OWNER, OPERATOR] = [11, 21];

onOneDatabase((open) => {
  const told: SignInEvent[] = [];
  function partsOf({ db }: OpenDatabase, now: number): SignInParts {
    const parts: Pick<SignInParts, 'db' | 'clock' | 'entrance' | 'isOperator' | 'record'> = {
      db,
      clock: { now: () => now },
      entrance: () => 'open',
      isOperator: (person) => person === OPERATOR,
      record: (event) => {
        told.push(event);
        return Promise.resolve();
      },
    };
    return parts as SignInParts;
  }

  async function signedIn(): Promise<OpenDatabase> {
    const database = await open();
    for (const key of ['lost', 'kept'])
      await database.db.execute(sql`
        insert into passkeys (id, person, login, label, public_key, counter, transports, state, made_in, made_at)
        values (${key}, ${OWNER}, 'kim-example', ${key}, 'x', 0, '', 'confirmed', 's', 1)`);
    for (const [id, key] of [
      ['by-lost', 'lost'],
      ['by-kept', 'kept'],
      ['by-code', null],
    ] as const)
      await database.db.execute(sql`
        insert into sessions (id, secret, person, login, strength, passkey, browser, signed_in_at, seen_at)
        values (${id}, ${id}, ${OWNER}, 'kim-example', ${key ? 'passkey' : 'code'}, ${key}, 'a browser', ${AT}, ${AT})`);
    return database;
  }

  test('whoever sits there with a key that is removed is put out, and nobody else', async () => {
    const database = await signedIn();
    const parts = partsOf(database, AT + 1000);
    const operator = {
      id: 'op',
      person: OPERATOR,
      login: 'op',
      strength: 'passkey',
      signedInAt: AT,
    } as const;

    expect(await removePasskey(parts, operator, 'lost')).toBeUndefined();

    const found = async (id: string) => (await liveSession(parts, id)) !== 'none';
    expect([await found('by-lost'), await found('by-kept'), await found('by-code')]).toEqual([
      false,
      true,
      true,
    ]);
    expect(await rowsOf(database.db, sql`select id, ending from sessions where ending is not null`)).toEqual([
      { id: 'by-lost', ending: 'key-removed' },
    ]);
    expect(told.map(({ type, session }) => [type, session])).toEqual([
      ['ROLE_CHANGE', 'op'],
      ['LOGOUT', 'by-lost'],
    ]);
  });

  test('by a clock that went back a day sessions end, by one that was put right they go on', async () => {
    const database = await signedIn();
    expect(await liveSession(partsOf(database, AT - minutes(2)), 'by-kept')).not.toBe('none');
    expect(await liveSession(partsOf(database, AT - days(1)), 'by-kept')).toBe('none');
    expect(await liveSession(partsOf(database, AT + 1000), 'by-kept')).toBe('none');
  });
}, AIRLOCK_MIGRATIONS);
