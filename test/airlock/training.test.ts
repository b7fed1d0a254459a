/** Training is part of what makes a checker: when it ends the place ends, and a renewal gives it back. */
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/open.ts';
import { days } from '../../src/lib/clock.ts';
import { aGovernance } from '../support/governance.ts';
import { airlockFiles, AirlockWorld, WHO } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';

onOneDatabase((open) => {
  let world: AirlockWorld;
  afterEach(() => world.close());

  /** By a version of governance in which one checker's training ends on this day. */
  function trainedUntil(day: string, commit: string) {
    const people = airlockFiles().get('people.yml')!;
    const line = people.split('\n').find((each) => each.includes('kim-example'))!;
    const files = airlockFiles({
      'people.yml': people.replace(line, line.replace('expires: 2029-02-03', `expires: ${day}`)),
    });
    return aGovernance(files, commit);
  }

  test('expired training takes a checker out at the next look, renewal brings them back; both are recorded', async () => {
    const before = trainedUntil('2026-10-06', 'd'.repeat(40));
    world = await AirlockWorld.open(await open(), { governance: before });
    const id = await world.submitted();
    expect((await world.checkers(id)).sort()).toEqual(['checkerA', 'checkerB']);

    world.clock.advance(days(2));
    await world.room.tend();

    expect((await world.checkers(id)).sort()).toEqual(['checkerB', 'checkerC']);
    expect(await world.ask('checkerA', id, 'sign', { verdict: 'approve' })).toMatchObject({ refused: true });

    const renewed = trainedUntil('2027-10-06', 'e'.repeat(40));
    world.governance = renewed;
    await world.room.tend();
    await world.does('checkerC', id, 'unclaim', {});
    await world.room.tend();

    expect((await world.checkers(id)).sort()).toEqual(['checkerA', 'checkerB']);
    const entries = await rowsOf<{ entry: string }>(
      world.database.db,
      sql`select entry from entries where request = ${id} order by seq`,
    );
    const places = entries
      .map(({ entry }) => JSON.parse(entry) as { type: string; checker?: number; why?: string })
      .filter(({ type, checker }) => checker === WHO.checkerA && /CLAIM|ASSIGN/.test(type));
    expect(places.map(({ type, why }) => [type, why])).toEqual([
      ['REQUEST_CLAIM', undefined],
      ['REQUEST_UNCLAIM', 'barred'],
      ['REQUEST_CLAIM', undefined],
    ]);
    const versions = await rowsOf<{ details: string }>(
      world.database.db,
      sql`select details from log where type = 'POLICY_CHANGE' order by id`,
    );
    expect(versions.map(({ details }) => JSON.parse(details) as unknown)).toContainEqual({
      commit: renewed.commit,
      before: before.commit,
    });
  });
}, AIRLOCK_MIGRATIONS);
