/**
 * The restore drill: hub, airlock and agent are backed up while they work, their machines are lost, and others are set up from the
 * backups alone. Everything verifies there, a review and a job go on. (What is tampered with: hub-backup, backup and keeping tests.)
 */
import { afterAll, afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'drizzle-orm';
import { backUp, restore, verifyAll } from '../../agent/airlock/backup.ts';
import { backUpAgent, restoreAgent, type Keeper } from '../../agent/keep/backup.ts';
import { verifyAgent } from '../../agent/keep/verify.ts';
import { layout } from '../../agent/runner/layout.ts';
import { backUpHub, restoreHub } from '../../src/db/backup.ts';
import { rowsOf, type Db } from '../../src/db/database.ts';
import { lastCheckpoint } from '../../src/db/log.ts';
import { numberLeaves } from '../../src/db/sequencer.ts';
import { verifyRecord } from '../../src/db/verify.ts';
import { pauseBackend } from '../../src/jobs/jobs.ts';
import { verifierKey } from '../../src/ledger/ledger.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { WHO, type Name } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';
import { FaultWorld } from '../support/fault-world.ts';
import { aWorld as aHub } from '../support/jobs.ts';
import { aWorld, closeUpstream, goodScript, zoneKey } from '../support/zone-world.ts';

jest.setTimeout(240_000);

const LOG = newKeyPair();
const SIGNER = { ...verifierKey('hub.example.org/log', LOG.publicKey), privateKey: LOG.privateKey };
const HUB = newKeyPair();
const AIRLOCK = newKeyPair();

let backups: string;
beforeEach(() => void (backups = mkdtempSync(path.join(tmpdir(), 'sallyport-drill-'))));
afterEach(() => rmSync(backups, { recursive: true, force: true }));
afterAll(closeUpstream);

/** The server is gone with its machine; the new one has the tables and nothing in them. */
async function anotherServer(db: Db): Promise<void> {
  const rows = await rowsOf<{ name: string }>(
    db,
    sql`select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'schema_migrations'`,
  );
  await db.execute(
    sql.raw(`truncate ${rows.map(({ name }) => `"${name}"`).join(', ')} restart identity cascade`),
  );
}

async function sign(db: Db, now: number): Promise<void> {
  while ((await numberLeaves(db, 1000, { keys: { origin: SIGNER.name, signers: [SIGNER] }, now })) > 0);
}

onOneDatabase((openHub) => {
  onOneDatabase((openAirlock) => {
    let world: FaultWorld;
    afterEach(() => world.close());

    test('hub and airlock are lost in the middle of a review, and it comes to its end on other machines', async () => {
      world = await FaultWorld.open({ airlock: await openAirlock(), hub: await openHub() });
      const { airlock } = world;
      const hub = world.hubDatabase.db;
      while ((await world.request())?.state !== 'reviewing') await world.next();
      await pauseBackend(aHub(world.hubDatabase).deps, { backend: 'attainment', paused: true, why: 'drill' });
      const at = world.hubClock.now();
      await sign(hub, at);
      const zone = { database: world.airlockDatabase, dir: path.join(airlock.dir, 'airlock'), key: AIRLOCK };
      const before = (await world.request())!;

      await backUpHub(hub, path.join(backups, 'hub'), {
        at,
        origin: 'https://hub.example.org',
        key: HUB,
        why: 'drill',
      });
      await backUp({ ...zone, at }, path.join(backups, 'airlock'));
      const seen = await lastCheckpoint(hub);
      // All this is lost: more work, the servers, the folder.
      await world.next();
      await airlock.room.close();
      await anotherServer(hub);
      await anotherServer(world.airlockDatabase.db);
      renameSync(zone.dir, path.join(airlock.dir, 'gone'));

      const restored = await restoreHub(hub, path.join(backups, 'hub'), {
        at,
        key: HUB,
        why: 'drill',
        since: seen,
      });
      expect(restored.faults).toEqual([]);
      expect(await restore({ ...zone, at }, path.join(backups, 'airlock'))).toEqual([]);
      await world.restart();
      await sign(hub, at + 1000);
      expect(await verifyRecord(hub, [SIGNER])).toEqual([]);
      expect(await verifyAll({ ...zone, at })).toEqual([]);

      // What was said before the restore lets nothing out: its author submits again, two people look again.
      expect((await world.request())?.state).toBe('returned');
      await airlock.answered(before.id, 'author');
      await airlock.does('author', before.id, 'submit', {});
      await airlock.room.settled();
      while (await world.link.reports.pass());
      for (const { checker } of (await world.request())!.seats) {
        const who = (Object.keys(WHO) as Name[]).find((name) => WHO[name] === checker)!;
        await world.grades(who, before.id);
        await world.signs(who, before.id, `again${checker}`);
        await world.link.orders.pass();
      }
      await world.toTheEnd();
      expect((await world.request())?.state).toBe('released');
      expect(await world.held()).toBe(2);
      await sign(hub, at + 2000);
      expect(await verifyRecord(hub, [SIGNER])).toEqual([]);
      expect(await verifyAll({ ...zone, at })).toEqual([]);
    });
  }, AIRLOCK_MIGRATIONS);
});

test('an agent is backed up while a job ends, its disk is lost, and the next job finds its inputs on another', async () => {
  const world = await aWorld();
  const gone = `${world.dir}-gone`;
  try {
    const keeper: Keeper = {
      stateDir: world.dir,
      agent: 'agent-1',
      backend: 'attainment',
      key: zoneKey,
      secrets: [],
    };
    const first = world.agent({ script: goodScript });
    const task = world.task('extract');
    world.hub.give(task);
    const to = path.join(backups, 'agent');
    // Beside an agent at work, again and again until its job has ended: each backup is of one moment.
    let made = 0;
    do {
      made += 1;
      await backUpAgent(keeper, to, Date.parse('2026-11-21T01:00:00Z') + made);
    } while (!world.hub.ended.has(task.id));
    await first.stop();
    await backUpAgent(keeper, to, Date.parse('2026-11-21T02:00:00Z'));
    renameSync(world.dir, gone);
    expect(existsSync(world.dir)).toBe(false);

    const { faults } = await restoreAgent(keeper, to);
    expect(faults).toEqual([]);
    const second = world.agent({ script: goodScript });
    const next = world.task('model');
    world.hub.give(next);
    const [end] = await world.hub.end(next.id);
    await second.stop();

    expect(end).toMatchObject({ state: 'succeeded' });
    expect(Object.keys(world.manifest()!.outputs).sort()).toEqual([
      'output/figures/absence.svg',
      'output/rows.csv',
      'output/table.csv',
    ]);
    expect(await verifyAgent(layout(world.dir), { keys: [zoneKey.publicKey], quick: false })).toEqual([]);
    // Each of the earlier ones restores, too, whatever the job was doing then.
    for (const name of ['2026-11-21T010000.001Z']) {
      const elsewhere = { ...keeper, stateDir: path.join(backups, name) };
      expect((await restoreAgent(elsewhere, to, name)).faults).toEqual([]);
    }
  } finally {
    rmSync(gone, { recursive: true, force: true });
    await world.close();
  }
});
