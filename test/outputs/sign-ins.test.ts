import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { days, hours, minutes } from '../../src/lib/clock.ts';
import { giveCode, signInPending, sweepOutputs } from '../../src/outputs/outputs.ts';
import { eachDatabase, type TestDatabase } from '../support/database.ts';
import {
  anOutputsWorld,
  AT,
  CHECKER_1,
  CHECKER_2,
  codeOf,
  ledger,
  outputsGovernance,
  serveAirlocks,
  value,
  type HubDoor,
  type OutputsWorld,
} from '../support/outputs.ts';

let door: HubDoor | undefined;
afterEach(async () => {
  await door?.close();
  door = undefined;
});

const SESSION = 'session00000001a';
const NUMBER = '123456';
const MINE = { person: CHECKER_1, number: NUMBER };

/** A viewer that shows a number. */
async function aViewer(database: TestDatabase): Promise<OutputsWorld> {
  const world = await anOutputsWorld(database);
  door = await serveAirlocks(world);
  value(await door.client().startSignIn(SESSION, NUMBER));
  return world;
}

const redeem = (code: string, session = SESSION) => door!.client().redeem(session, code);

eachDatabase((open) => {
  test('a person types the number on the hub and three words in the viewer, and is signed in', async () => {
    const world = await aViewer(await open());

    expect(await signInPending(world.deps, MINE)).toEqual({
      number: NUMBER,
      backend: 'schools',
      backendName: 'Schools',
      startedAt: AT,
      expiresAt: AT + minutes(10),
    });
    const { code, expiresAt } = value(await giveCode(world.deps, MINE));
    expect(code).toMatch(/^[a-z]+ [a-z]+ [a-z]+$/);
    expect(expiresAt).toBe(AT + minutes(10));

    expect(await redeem(code)).toEqual({ person: CHECKER_1, login: 'checker-1' });
  });

  test('people may type the words as people do', async () => {
    const world = await aViewer(await open());
    const { code } = value(await giveCode(world.deps, MINE));

    expect(await redeem(`  ${code.toUpperCase().replaceAll(' ', '-')}\n`)).toMatchObject({
      person: CHECKER_1,
    });
  });

  test('the code is kept nowhere in a form that could be typed', async () => {
    const world = await aViewer(await open());
    const { code } = value(await giveCode(world.deps, MINE));

    const rows = await rowsOf<Record<string, unknown>>(world.db, sql`select * from viewer_sign_ins`);
    // What was there before the code was given may hold any word: "schools", say.
    const kept = rows
      .map(({ backend: _b, airlock: _a, session: _s, ...rest }) => Object.values(rest).join(' '))
      .join(' ');

    expect(kept).toMatch(/[0-9a-f]{64}/);
    // Six of the list's words could stand in a hexadecimal number by chance.
    const words = code.split(' ').filter((word) => /[g-z]/.test(word));
    for (const word of [...words, code.replaceAll(' ', '')]) expect(kept).not.toContain(word);
  });

  test.each<[string, (world: OutputsWorld, code: string) => Promise<unknown>]>([
    ['wrong', () => redeem('zoo zoo zoo')],
    ['empty of letters', () => redeem('  ')],
    [
      'used',
      async (_world, code) => {
        value(await redeem(code));
        return redeem(code);
      },
    ],
    [
      'older than ten minutes',
      (world, code) => {
        world.clock.advance(minutes(10));
        return redeem(code);
      },
    ],
    [
      'replaced by a newer one',
      async (world, code) => {
        value(await giveCode(world.deps, MINE));
        return redeem(code);
      },
    ],
    [
      'replaced by a newer one for another viewer',
      async (world, code) => {
        value(await door!.client().startSignIn('session00000002b', '222222'));
        value(await giveCode(world.deps, { person: CHECKER_1, number: '222222' }));
        return redeem(code);
      },
    ],
    [
      'typed in another session',
      async (_world, code) => {
        value(await door!.client().startSignIn('session00000002b', '222222'));
        return redeem(code, 'session00000002b');
      },
    ],
    ['typed in a session that never was', (_world, code) => redeem(code, 'session0000000zz')],
    ['redeemed by another airlock', (_world, code) => door!.health().redeem(SESSION, code)],
    [
      'of a person who has left governance',
      (world, code) => {
        world.state.governance = outputsGovernance({ people: [] });
        return redeem(code);
      },
    ],
    [
      'right, but the sixth that is tried',
      async (_world, code) => {
        for (let n = 0; n < 5; n++) await redeem('zoo zoo zoo');
        return redeem(code);
      },
    ],
  ])('a code that is %s gets the one answer', async (_case, attempt) => {
    const world = await aViewer(await open());
    const { code } = value(await giveCode(world.deps, MINE));

    expect(await attempt(world, code)).toEqual({
      refused: true,
      code: 'sign-in.refused',
      says: 'This code is not valid.',
      next: 'Ask for a new code and type it within ten minutes.',
    });
  });

  test('a code tried twice at once is good once', async () => {
    const world = await aViewer(await open());
    const { code } = value(await giveCode(world.deps, MINE));

    const both = await Promise.all([redeem(code), redeem(code), redeem(code)]);

    expect(both.filter((answer) => codeOf(answer) === undefined)).toHaveLength(1);
  });

  test('guessing in parallel is counted too', async () => {
    const world = await aViewer(await open());
    const { code } = value(await giveCode(world.deps, MINE));

    await Promise.all(Array.from({ length: 5 }, () => redeem('zoo zoo zoo')));

    expect(codeOf(await redeem(code))).toBe('sign-in.refused');
  });

  test('wrong tries over many sessions are counted against the account, for an hour', async () => {
    const world = await aViewer(await open());
    for (let n = 0; n < 3; n++) {
      const session = `session0000000${n}x`.slice(0, 16).padEnd(16, '0');
      const number = `30000${n}`;
      value(await door!.client().startSignIn(session, number));
      value(await giveCode(world.deps, { person: CHECKER_1, number }));
      for (let tries = 0; tries < 4 && n * 4 + tries < 10; tries++) await redeem('zoo zoo zoo', session);
    }

    expect(codeOf(await giveCode(world.deps, MINE))).toBe('sign-in.too-many');
    expect(codeOf(await signInPending(world.deps, MINE))).toBe('sign-in.too-many');
    expect(codeOf(await giveCode(world.deps, { person: CHECKER_2, number: NUMBER }))).toBeUndefined();
    world.clock.advance(hours(1) + 1);
    value(await door!.client().startSignIn('session00000009z', '999999'));
    expect(codeOf(await giveCode(world.deps, { person: CHECKER_1, number: '999999' }))).toBeUndefined();
  });

  test('whoever guesses numbers is stopped after ten', async () => {
    const world = await aViewer(await open());

    for (let n = 0; n < 10; n++)
      expect(codeOf(await signInPending(world.deps, { person: CHECKER_2, number: `00000${n}` }))).toBe(
        'sign-in.unknown-number',
      );

    expect(codeOf(await signInPending(world.deps, { person: CHECKER_2, number: NUMBER }))).toBe(
      'sign-in.too-many',
    );
  });

  test("a session that one person asked a code for is no other person's", async () => {
    const world = await aViewer(await open());
    const { code } = value(await giveCode(world.deps, MINE));

    expect(codeOf(await giveCode(world.deps, { person: CHECKER_2, number: NUMBER }))).toBe(
      'sign-in.unknown-number',
    );
    expect(await redeem(code)).toMatchObject({ person: CHECKER_1 });
  });

  test('somebody who is not in governance gets no code', async () => {
    const world = await aViewer(await open());

    expect(codeOf(await giveCode(world.deps, { person: 999, number: NUMBER }))).toBe(
      'sign-in.unknown-person',
    );
    expect(codeOf(await signInPending(world.deps, { person: 999, number: NUMBER }))).toBe(
      'sign-in.unknown-person',
    );
  });

  test('a number is shown by one viewer at a time, and asking again is answered alike', async () => {
    const world = await aViewer(await open());
    const client = door!.client();
    const begun = { address: `${door!.origin}/airlock-login`, expiresAt: AT + minutes(10) };

    expect(await client.startSignIn(SESSION, NUMBER)).toEqual(begun);
    expect(codeOf(await client.startSignIn('session00000002b', NUMBER))).toBe('sign-in.number-taken');
    expect(codeOf(await door!.health().startSignIn('session00000003c', NUMBER))).toBe('sign-in.number-taken');
    expect(codeOf(await client.startSignIn(SESSION, '654321'))).toBe('sign-in.number-taken');

    world.clock.advance(minutes(10));
    expect(codeOf(await signInPending(world.deps, MINE))).toBe('sign-in.unknown-number');
    expect(codeOf(await client.startSignIn('session00000002b', NUMBER))).toBeUndefined();
  });

  test('a viewer cannot take up all numbers', async () => {
    const world = await aViewer(await open());
    await world.db.execute(sql`
      insert into viewer_sign_ins (backend, airlock, session, number, started_at, expires_at)
      select 'schools', 'airlock-1', 's' || n, lpad(n::text, 6, '0'), ${AT}, ${AT + minutes(10)} from generate_series(1, 500) as n`);

    expect(codeOf(await door!.client().startSignIn('session00000002b', '900000'))).toBe('sign-in.busy');
    expect(codeOf(await door!.health().startSignIn('session00000002b', '900000'))).toBeUndefined();
  });

  test('old sign-ins are forgotten, and a sign-in leaves nothing in the ledger', async () => {
    const world = await aViewer(await open());
    const { code } = value(await giveCode(world.deps, MINE));
    await redeem('zoo zoo zoo');
    await redeem(code);
    world.clock.advance(days(2));

    await sweepOutputs(world.deps);

    expect(await rowsOf(world.db, sql`select 1 from viewer_sign_ins`)).toEqual([]);
    expect(await rowsOf(world.db, sql`select 1 from sign_in_failures`)).toEqual([]);
    expect(await ledger(world)).toEqual([]);
  });

  test('every failure runs the same statements and the same slow hash', async () => {
    const database = await open();
    const world = await aViewer(database);
    const { code } = value(await giveCode(world.deps, MINE));
    const statements = async (attempt: () => Promise<unknown>): Promise<string[]> => {
      const seen: string[] = [];
      database.faults.at = (statement) => {
        seen.push(statement);
        return false;
      };
      await attempt();
      database.faults.at = undefined;
      return seen;
    };

    const wrong = await statements(() => redeem('zoo zoo zoo'));
    const nobody = await statements(() => redeem(code, 'session0000000zz'));
    const right = await statements(() => redeem(code));

    expect(nobody).toEqual(wrong);
    expect(right).toEqual(wrong);
  });
});
