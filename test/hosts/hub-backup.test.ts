import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { backUpHub, readHubBackup, restoreHub } from '../../src/db/backup.ts';
import { rowsOf, type Db } from '../../src/db/database.ts';
import { lastCheckpoint } from '../../src/db/log.ts';
import { numberLeaves } from '../../src/db/sequencer.ts';
import { verifyRecord } from '../../src/db/verify.ts';
import { pauseBackend } from '../../src/jobs/jobs.ts';
import { verifierKey } from '../../src/ledger/ledger.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { AGENT_KEY, aPipeline, aWorld, HUB_KEY, type World } from '../support/jobs.ts';
import { onBothDatabases, eachDatabase } from '../support/database.ts';

const LOG = newKeyPair();
const SIGNER = { ...verifierKey('hub.example.org/log', LOG.publicKey), privateKey: LOG.privateKey };
const AT = Date.parse('2027-03-02T01:00:00Z');
const GIVEN = { at: AT, origin: 'https://hub.example.org', key: HUB_KEY, why: 'every night' };
const RESTORE = { at: AT, key: HUB_KEY, why: 'the disk broke' };

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'hub-backup-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const to = (name = 'backup') => join(folder, name);

async function signed(db: Db, now = AT): Promise<void> {
  while ((await numberLeaves(db, 1000, { keys: { origin: SIGNER.name, signers: [SIGNER] }, now })) > 0);
}

/** A hub with something of everything: ended, running and waiting jobs, a pause, a log in several checkpoints. */
async function atWork(world: World): Promise<void> {
  const agent = world.agent();
  await world.submit({ pipeline: aPipeline({ a: [], b: ['a'], c: [] }) });
  await agent.ends('a');
  await signed(world.deps.db);
  await agent.ends('c', 'nonzero_exit');
  await pauseBackend(world.deps, { backend: 'schools', paused: true, why: 'x' });
  await world.submit({ branch: 'other', pipeline: aPipeline({ z: [] }) });
  await signed(world.deps.db, AT + 1000);
}

async function saidBackedUp(db: Db): Promise<number> {
  const leaves = await rowsOf<{ entry: string }>(db, sql`select entry from ledger_leaves`);
  return leaves.filter(({ entry }) => entry.includes('hub-backed-up')).length;
}

async function emptied(db: Db): Promise<void> {
  const rows = await rowsOf<{ name: string }>(
    db,
    sql`select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'schema_migrations'`,
  );
  await db.execute(
    sql.raw(`truncate ${rows.map(({ name }) => `"${name}"`).join(', ')} restart identity cascade`),
  );
}

onBothDatabases((open) => {
  test('a hub that is backed up at work goes on from there in an empty database, with its log and its jobs', async () => {
    const world = aWorld(await open());
    const { db } = world.deps;
    await atWork(world);
    const made = await backUpHub(db, to(), GIVEN);
    const before = await rowsOf(db, sql`select id, state, code from jobs order by id`);
    const checkpoint = await lastCheckpoint(db);
    // What happened afterwards is lost with the machine; a zone has heard of it.
    await signed(db, AT + 2000);
    const seen = await lastCheckpoint(db);
    await emptied(db);

    await expect(restoreHub(db, to(), { ...RESTORE, since: seen })).rejects.toMatchObject({
      refusal: { code: 'restore.log-shorter' },
    });
    expect(await rowsOf(db, sql`select 1 from jobs`)).toEqual([]);
    const { backup, faults } = await restoreHub(db, to(), { ...RESTORE, since: checkpoint });

    expect({ backup, faults }).toEqual({ backup: made, faults: [] });
    expect(await rowsOf(db, sql`select id, state, code from jobs order by id`)).toEqual(before);
    expect(await lastCheckpoint(db)).toBe(checkpoint);
    await signed(db, AT + 3000);
    expect(await verifyRecord(db, [SIGNER])).toEqual([]);
    const leaves = await rowsOf<{ entry: string }>(
      db,
      sql`select entry from ledger_leaves where subject = 'hub:hub' order by id`,
    );
    expect(leaves.map(({ entry }) => JSON.parse(entry) as object)).toMatchObject([
      { actor: 'operator', body: { event: 'hub-backed-up', why: 'every night' } },
      {
        actor: 'operator',
        body: { event: 'hub-restored', why: 'the disk broke', at: '2027-03-02T01:00:00.000Z' },
      },
    ]);
    // No number that a zone may have heard since is given again.
    await pauseBackend(world.deps, { backend: 'schools', paused: false, why: '' });
    const [task] = await rowsOf<{ seq: number }>(db, sql`select max(seq)::float8 as seq from tasks`);
    expect(task!.seq).toBeGreaterThan(1_000_000);
    expect(await world.agent().finishes()).toEqual(['b', 'z']);
    expect(await verifyRecord(db, [SIGNER])).toEqual([]);
  });
});

eachDatabase((open) => {
  test('a backup is neither written over another nor restored over a hub', async () => {
    const world = aWorld(await open());
    const { db } = world.deps;
    await atWork(world);
    await backUpHub(db, to(), GIVEN);
    await expect(backUpHub(db, to(), GIVEN)).rejects.toMatchObject({ refusal: { code: 'backup.not-empty' } });
    await expect(restoreHub(db, to(), RESTORE)).rejects.toMatchObject({
      refusal: { code: 'restore.in-use' },
    });
  });

  test('a changed byte, a missing, added or swapped part, an older list, a foreign key: all are refused', async () => {
    const world = aWorld(await open());
    const { db } = world.deps;
    await atWork(world);
    const names = Object.keys((await backUpHub(db, to('first'), GIVEN)).tables);
    await backUpHub(db, to('older'), { ...GIVEN, at: AT - 1 });
    const file = (table: string) => join(to(), 'tables', `${table}.jsonl`);
    const list = join(to(), 'backup.json');
    const attack = async (what: string, spoil: () => void) => {
      cpSync(to('first'), to(), { recursive: true });
      spoil();
      const code = await readHubBackup(to(), HUB_KEY).then(
        () => 'taken',
        (error: { refusal?: { code: string } }) => error.refusal?.code,
      );
      rmSync(to(), { recursive: true });
      return `${what}: ${code}`;
    };
    const flip = (at: string) => () => {
      const bytes = readFileSync(at);
      bytes[Math.floor(bytes.length / 2)]! ^= 1;
      writeFileSync(at, bytes);
    };
    expect(names).toEqual(
      expect.arrayContaining(['jobs', 'ledger_leaves', 'ledger_tiles', 'ledger_checkpoints']),
    );
    expect(names).not.toContain('member_sessions');

    expect([
      await attack('a byte of the jobs', flip(file('jobs'))),
      await attack('a byte of the log', flip(file('ledger_leaves'))),
      await attack('a byte of the tiles', flip(file('ledger_tiles'))),
      await attack('a row more', () => appendFileSync(file('job_needs'), '{"job":"x","needs":"y"}\n')),
      await attack('cut short', () =>
        writeFileSync(file('tasks'), readFileSync(file('tasks')).subarray(0, 40)),
      ),
      await attack('a table is gone', () => rmSync(file('ledger_checkpoints'))),
      await attack('a table too many', () => writeFileSync(file('more'), '')),
      await attack('two tables swapped', () => {
        copyFileSync(file('jobs'), join(folder, 'kept'));
        copyFileSync(file('tasks'), file('jobs'));
        copyFileSync(join(folder, 'kept'), file('tasks'));
      }),
      await attack('the list of an older backup', () => copyFileSync(join(to('older'), 'backup.json'), list)),
      await attack('the list is gone', () => rmSync(list)),
      await attack('the list cut short', () => writeFileSync(list, readFileSync(list).subarray(0, 500))),
      await attack('a hash in the list', () =>
        writeFileSync(list, readFileSync(list, 'utf8').replace(/"jobs": "./, '"jobs": "0')),
      ),
    ]).toMatchInlineSnapshot(`
     [
       "a byte of the jobs: backup.damaged",
       "a byte of the log: backup.damaged",
       "a byte of the tiles: backup.damaged",
       "a row more: backup.damaged",
       "cut short: backup.damaged",
       "a table is gone: backup.damaged",
       "a table too many: backup.damaged",
       "two tables swapped: backup.damaged",
       "the list of an older backup: backup.damaged",
       "the list is gone: backup.none",
       "the list cut short: backup.foreign",
       "a hash in the list: backup.foreign",
     ]
    `);
    await expect(readHubBackup(to('first'), AGENT_KEY)).rejects.toMatchObject({
      refusal: { code: 'backup.foreign' },
    });
  });

  test('what does not hold in a record is named, and such a hub is not backed up', async () => {
    const world = aWorld(await open());
    const { db } = world.deps;
    await atWork(world);
    expect(await verifyRecord(db, [SIGNER])).toEqual([]);
    const other = newKeyPair();
    expect(
      await verifyRecord(db, [{ ...verifierKey(SIGNER.name, other.publicKey), ...other }]),
    ).toMatchObject([{ what: 'signature' }]);
    const seen = async (spoil: ReturnType<typeof sql>) =>
      db
        .transaction(async (tx) => {
          await tx.execute(spoil);
          const faults = await verifyRecord(tx, [SIGNER]);
          throw Object.assign(new Error('undo'), { faults });
        })
        .catch((error: { faults?: { what: string }[] }) =>
          [...new Set(error.faults?.map(({ what }) => what))].join(' '),
        );
    const zeros = sql`decode(repeat('00', 32), 'hex')`;

    expect({
      entry: await seen(
        sql`update ledger_leaves set entry = replace(entry, 'schools', 'schoolz') where seq = 0`,
      ),
      both: await seen(sql`update ledger_leaves set hash = repeat('0', 64) where seq = 1`),
      number: await seen(sql`update ledger_leaves set seq = 900 where seq = 2`),
      gone: await seen(sql`delete from ledger_leaves where seq = 0`),
      tile: await seen(sql`update ledger_tiles set hashes = ${zeros} || substring(hashes from 33)`),
      tiles: await seen(sql`delete from ledger_tiles`),
      checkpoint: await seen(
        sql`update ledger_checkpoints set note = (select note from ledger_checkpoints order by size desc limit 1)`,
      ),
      state: await seen(
        sql`update jobs set state = 'succeeded', code = 'succeeded' where code = 'nonzero_exit'`,
      ),
      request: await seen(sql`update job_requests set commit = repeat('f', 40)`),
      pause: await seen(sql`update backend_state set paused_at = null`),
      withheld: await seen(sql`insert into ledger_withheld values (repeat('1', 64), 's', '{}', 'f')`),
    }).toMatchInlineSnapshot(`
     {
       "both": "entry",
       "checkpoint": "checkpoint",
       "entry": "entry tile checkpoint",
       "gone": "numbering tile checkpoint request",
       "number": "numbering tile checkpoint",
       "pause": "pause",
       "request": "request",
       "state": "job",
       "tile": "tile",
       "tiles": "checkpoint",
       "withheld": "withheld",
     }
    `);

    await db.execute(sql`update backend_state set paused_at = null`);
    await expect(backUpHub(db, to(), GIVEN)).rejects.toMatchObject({ refusal: { code: 'backup.unsound' } });
    expect(await saidBackedUp(db)).toBe(0);
  });

  test('a backup that breaks off is on no record, and one that cannot be put on record is none', async () => {
    const world = aWorld(await open());
    const { db } = world.deps;
    await atWork(world);
    const after = (work: () => void): Db =>
      new Proxy(db, {
        get: (of, name) =>
          name === 'transaction'
            ? async (...given: Parameters<Db['transaction']>) => {
                const answer = await of.transaction(...given);
                work();
                return answer;
              }
            : (Reflect.get(of, name) as unknown),
      });
    // The folder is gone when the rows are in it: its list cannot be written.
    await expect(
      backUpHub(
        after(() => rmSync(to(), { recursive: true })),
        to(),
        GIVEN,
      ),
    ).rejects.toThrow();
    expect(await saidBackedUp(db)).toBe(0);

    const noMore = after(() => {
      throw new Error('the database went away');
    });
    await expect(backUpHub(noMore, to('unsaid'), GIVEN)).rejects.toThrow('the database went away');
    await expect(readHubBackup(to('unsaid'), HUB_KEY)).rejects.toMatchObject({
      refusal: { code: 'backup.none' },
    });
    await backUpHub(db, to('whole'), GIVEN);
    expect(await saidBackedUp(db)).toBe(1);
  });

  test('a list of one kind does not pass for one of another', async () => {
    const { openSeal, seal } = await import('../../src/lib/sealed.ts');
    const text = seal('one', { a: 1 }, HUB_KEY);
    expect(openSeal('one', text, [AGENT_KEY.publicKey, HUB_KEY.publicKey])).toEqual({ a: 1 });
    expect(openSeal('two', text, [HUB_KEY.publicKey])).toBeUndefined();
    for (const bad of ['', 'null', '[]', '{"contents":1}', text.replace('"a": 1', '"a": 2')])
      expect(openSeal('one', bad, [HUB_KEY.publicKey])).toBeUndefined();
    await open();
  });
});
