/** Many files: how many statements it takes, and how long until the first of them is seen. */
import { afterEach, expect, test } from '@jest/globals';
import { isRefusal } from '../../src/lib/refusal.ts';
import { AirlockWorld, aTable, WHO, WORKSPACE } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase, type TestDatabase } from '../support/database.ts';

const MANY = 200;
const TABLES = Object.fromEntries(
  Array.from({ length: MANY }, (_each, at) => [`output/table${String(at).padStart(3, '0')}.csv`, aTable(at)]),
);

onOneDatabase((open) => {
  let world: AirlockWorld;
  let database: TestDatabase;
  afterEach(() => world.close());

  async function statements(work: () => Promise<unknown>): Promise<number> {
    await world.room.settled();
    let count = 0;
    database.faults.at = () => {
      count += 1;
      return false;
    };
    await work();
    database.faults.at = undefined;
    return count;
  }

  test('adding 200 files takes at most 20 statements, and their page at most 10', async () => {
    database = await open();
    world = await AirlockWorld.open(database, { files: TABLES });
    let id = '';

    const adding = await statements(async () => {
      id = await world.draft(Object.keys(TABLES));
    });
    const loading = await statements(() => world.page('author', id));

    expect((await world.state(id)).files).toHaveLength(MANY);
    expect(adding).toBeLessThanOrEqual(20);
    expect(loading).toBeLessThanOrEqual(6);
  });

  test('a folder of 100,000 files is listed page by page, sorted and searched', async () => {
    database = await open();
    world = await AirlockWorld.open(database);
    world.job(TABLES);
    const names = Array.from(
      { length: 100_000 },
      (_each, at) => `big/file${String(at).padStart(6, '0')}.csv`,
    );
    world.listed(names);
    const query = {
      dir: 'big',
      sort: 'name',
      order: 'up',
      search: '',
      from: 0,
      count: 50,
      stale: false,
    } as const;
    await world.room.listing(WHO.author, WORKSPACE, query);

    const first = await world.room.listing(WHO.author, WORKSPACE, query);
    const last = await world.room.listing(WHO.author, WORKSPACE, { ...query, order: 'down', sort: 'size' });
    const found = await world.room.listing(WHO.author, WORKSPACE, { ...query, dir: '', search: 'FILE09999' });
    const all = await world.room.pathsOf(WHO.author, WORKSPACE, query);

    if (isRefusal(first) || isRefusal(last) || isRefusal(found) || isRefusal(all)) throw new Error('refused');
    expect(first.total).toBe(100_000);
    expect(first.entries.map(({ name }) => name).slice(0, 2)).toEqual(['file000000.csv', 'file000001.csv']);
    expect(last.entries[0]?.name).toBe('file099999.csv');
    expect(found.total).toBe(10);
    expect(all).toHaveLength(100_000);
  });

  test('a folder that is gone gives its nearest that is there', async () => {
    database = await open();
    world = await AirlockWorld.open(database);
    const query = {
      dir: 'output/gone/deep',
      sort: 'name',
      order: 'up',
      search: '',
      from: 0,
      count: 50,
      stale: false,
    } as const;

    expect(await world.room.listing(WHO.author, WORKSPACE, query)).toMatchObject({
      instead: 'output',
      dir: 'output',
    });
  });
}, AIRLOCK_MIGRATIONS);
