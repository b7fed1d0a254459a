/** One airlock on a database at a time: two would each tend, upload and answer the hub. */
import { afterEach, expect, jest } from '@jest/globals';
import path from 'node:path';
import pg from 'pg';
import { startAirlock } from '../../agent/airlock.ts';
import { airlockDatabase, airlockZone } from '../../agent/airlock-parts.ts';
import type { ZoneFile } from '../../agent/zone-file.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { goodGovernance, HostileZone } from '../support/hostile-zone.ts';
import { testPostgres } from '../support/postgres.ts';
import { requires } from '../support/require.ts';

// Each story starts a whole airlock or two, on a machine that does other things too.
jest.setTimeout(120_000);

const logger = createLogger('test', { level: 'silent' });
let undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const each of undo.reverse()) await each();
  undo = [];
});

async function aZone(database?: string): Promise<HostileZone> {
  const zone = await HostileZone.open('hub', goodGovernance(), database);
  undo.push(() => zone.close());
  return zone;
}

/** Another host's zone.yml that names the same database. */
const beside = (zone: HostileZone): ZoneFile => ({
  ...zone.file,
  airlock: { ...zone.file.airlock!, state_dir: path.join(zone.dir, 'other') },
});
const starting = (zone: ZoneFile) => startAirlock({ zone, logger, version: '1' });

const onPostgres = requires('postgres');

const refused = { refusal: { code: 'airlock.database-taken', next: expect.stringContaining('Stop it') } };

const ALONE_LOCK = 7_305_004;
/** Who has it, in this database and not in the other tests'. */
const LOCKS = `
  select pid from pg_locks join pg_database on pg_database.oid = database
  where locktype = 'advisory' and objid = ${ALONE_LOCK} and granted = $1 and datname = current_database()`;

async function aDatabase(): Promise<string> {
  const { url, remove } = await (await testPostgres()).createDatabase();
  undo.push(remove);
  return url;
}

onPostgres.test(
  'a second airlock on one PostgreSQL database is refused, nor does a restore go in, until the first has ended',
  async () => {
    const zone = await aZone(await aDatabase());
    const other = beside(zone);
    await expect(starting(other)).rejects.toMatchObject(refused);
    await expect(starting(zone.file)).rejects.toMatchObject({
      refusal: { code: 'airlock.already-running' },
    });
    await expect(airlockDatabase(airlockZone(other), logger, () => undefined)).rejects.toMatchObject(refused);
    // A backup only reads, beside the airlock at work.
    await (await airlockDatabase(airlockZone(other), logger)).close();

    await zone.airlock.stop();
    const taken = await airlockDatabase(airlockZone(other), logger, () => undefined);
    await expect(starting(zone.file)).rejects.toMatchObject(refused);
    await taken.close();
    await zone.start();
  },
);

onPostgres.test(
  'an airlock whose connection broke goes on, unless another was quicker: that one has the database at once, and the first stops',
  async () => {
    const url = await aDatabase();
    const zone = await aZone(url);
    const [waiting, killer] = [new pg.Client(url), new pg.Client(url)];
    await Promise.all([waiting.connect(), killer.connect()]);
    const locks = async (granted: boolean) => (await killer.query<{ pid: number }>(LOCKS, [granted])).rows;
    const [first] = await locks(true);
    const broken = (pid: number) => killer.query('select pg_terminate_backend($1)', [pid]);

    await broken(first!.pid);
    let [now] = await locks(true);
    while (!now || now.pid === first!.pid) [now] = await locks(true);
    await expect(starting(beside(zone))).rejects.toMatchObject(refused);

    const stopped = expect(zone.airlock.done).rejects.toMatchObject(refused);
    const taken = waiting.query('select pg_advisory_lock($1)', [ALONE_LOCK]);
    while ((await locks(false)).length === 0);
    await broken(now.pid);
    await taken;
    await stopped;

    await Promise.all([waiting.end(), killer.end()]);
    await zone.start();
  },
);
