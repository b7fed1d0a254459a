/** Killed before any statement: nothing of the deed is there, and trying again gives the faultless result. */
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/open.ts';
import { REPOSITORY } from '../support/governance.ts';
import { AirlockWorld, WHO, WORKSPACE } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, eachDatabase, type TestDatabase } from '../support/database.ts';

eachDatabase((open) => {
  let world: AirlockWorld;
  let database: TestDatabase;
  afterEach(() => world.close());

  async function begin(): Promise<void> {
    database = await open();
    world = await AirlockWorld.open(database);
  }

  /** Does it with a death before its first, second, third … statement, until it lives; answers how often it died. */
  async function dyingEverywhere(
    deed: () => Promise<unknown>,
    unchanged: () => Promise<unknown>,
  ): Promise<number> {
    await world.room.settled();
    const before = await unchanged();
    for (let at = 1; ; at += 1) {
      let left = at;
      database.faults.at = () => (left -= 1) === 0;
      try {
        await deed();
        await world.room.settled();
        database.faults.at = undefined;
        return at - 1;
      } catch (error) {
        database.faults.at = undefined;
        expect(causes(error)).toContain('Died');
        await world.room.settled();
        expect(await unchanged()).toEqual(before);
      }
    }
  }

  const rows = async (): Promise<unknown> =>
    rowsOf(
      world.database.db,
      sql`select (select count(*)::int from requests) as requests, (select count(*)::int from entries) as entries,
        (select count(*)::int from orders) as orders, (select count(*)::int from request_files) as files,
        (select count(*)::int from released) as released, (select count(*)::int from reviews) as reviews,
        (select sum(seq)::int from requests) as seq`,
    );

  test('adding files, submitting, signing and uploading are done whole or not at all', async () => {
    await begin();
    let id = '';
    const wish = {
      workspace: WORKSPACE,
      group: 'results',
      as: 'output' as const,
      paths: ['output/table.csv'],
    };

    const deaths = await dyingEverywhere(async () => {
      const answer = await world.room.addFiles({ ...wish, by: world.inViewer('author') });
      if ('request' in answer) id = answer.request;
    }, rows);
    expect(deaths).toBeGreaterThan(5);
    await world.explained(id);
    await world.answered(id, 'author');
    await dyingEverywhere(() => world.does('author', id, 'submit', {}), rows);
    const [first, second] = await world.checkers(id);
    await world.reviews(first!, id);
    await world.readsAll(second!, id);
    await world.does(second!, id, 'grade', { path: 'output/table.csv', grade: 'approve' });
    await world.answered(id, second!);
    const by = { kind: 'person', id: WHO[second!] } as const;
    await dyingEverywhere(() => world.does(by, id, 'sign', { verdict: 'submit' }), rows);
    await dyingEverywhere(() => world.room.uploads.start(id, 1), rows);
    const ref = { request: id, batch: 1, number: 1 };
    const { sha256: hash } = (await world.state(id)).files[0]!;
    await dyingEverywhere(() => world.room.uploads.confirm(ref, hash), rows);

    const request = await world.state(id);
    expect(request.state).toBe('released');
    expect(request.batches[0]?.files).toMatchObject([{ uploaded: true, sha256: hash }]);
    expect(request.reviews).toHaveLength(2);
  });

  test('an order is done once, wherever it dies and however often it is given', async () => {
    await begin();
    const order = {
      id: 'order00000000001',
      actor: WHO.author,
      at: world.clock.now(),
      deed: {
        type: 'release' as const,
        request: 'draft00000000001',
        workspace: WORKSPACE,
        repository: { id: REPOSITORY, owner: 'northshire-research', name: 'study' },
        branch: 'main',
        patterns: ['output/*'],
      },
    };

    await dyingEverywhere(() => world.room.order(order), rows);
    const after = await rows();

    expect(await world.room.order(order)).toEqual({ order: order.id, outcome: 'done' });
    expect(await rows()).toEqual(after);
    expect((await world.state('draft00000000001')).files).toHaveLength(1);
  });
}, AIRLOCK_MIGRATIONS);

function causes(error: unknown): string[] {
  const names: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) names.push(at.name);
  return names;
}
