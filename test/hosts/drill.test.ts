/**
 * The restore drill: hub, airlock and agent are backed up while they work, their machines are lost, and others are set up from the
 * backups alone: another PostgreSQL server with other roles, other folders and addresses, users with other numbers, as whom the
 * programs then run. Root restores. Everything verifies there; a review, a queued request and a queued job go on. (What is
 * tampered with: hub-backup, backup and keeping tests.)
 */
import { afterAll, afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import {
  chownSync,
  cpSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { backUp, restore, verifyAll } from '../../agent/airlock/backup.ts';
import { backUpAgent, restoreAgent, type Keeper } from '../../agent/keep/backup.ts';
import { verifyAgent } from '../../agent/keep/verify.ts';
import type { RunContext } from '../../agent/runner/context.ts';
import { layout } from '../../agent/runner/layout.ts';
import { backUpHub, restoreHub } from '../../src/db/backup.ts';
import type { Db } from '../../src/db/database.ts';
import { lastCheckpoint } from '../../src/db/log.ts';
import { numberLeaves } from '../../src/db/sequencer.ts';
import { verifyRecord } from '../../src/db/verify.ts';
import { pauseBackend } from '../../src/jobs/jobs.ts';
import { verifierKey } from '../../src/ledger/ledger.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { WHO, type Name } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, databaseOn, HUB_MIGRATIONS, onOneDatabase } from '../support/database.ts';
import { FaultWorld } from '../support/fault-world.ts';
import { aPipeline, aWorld as aHub } from '../support/jobs.ts';
import { asUser, type User } from '../support/other-user.ts';
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

/** Nobody of these is known on the machine of before. */
const AGENT_THERE: User = { uid: 61_001, gid: 61_002 };
const AIRLOCK_THERE: User = { uid: 61_003, gid: 61_004 };
const isRoot = process.getuid?.() === 0;

/** A state folder on the other machine, made for its user and empty. */
function folderThere({ uid, gid }: User): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-there-'));
  if (isRoot) chownSync(dir, uid, gid);
  return dir;
}

function giveAll(dir: string, { uid, gid }: User): void {
  lchownSync(dir, uid, gid);
  for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' }))
    lchownSync(path.join(dir, name), uid, gid);
}

const ownersBelow = (dir: string): string[] => {
  const all = readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((name) =>
    lstatSync(path.join(dir, name)),
  );
  return [...new Set(all.map(({ uid, gid }) => `${uid}:${gid}`))];
};
const written = ({ uid, gid }: User): string =>
  isRoot ? `${uid}:${gid}` : `${process.getuid!()}:${process.getgid!()}`;

async function sign(db: Db, now: number): Promise<void> {
  while ((await numberLeaves(db, 1000, { keys: { origin: SIGNER.name, signers: [SIGNER] }, now })) > 0);
}

onOneDatabase((openHub) => {
  onOneDatabase((openAirlock) => {
    let world: FaultWorld;
    const there: { close(): Promise<void> }[] = [];
    afterEach(async () => {
      await world.close();
      for (const database of there.splice(0)) await database.close();
    });

    test('hub and airlock are lost in the middle of a review, and it comes to its end on other machines', async () => {
      world = await FaultWorld.open({ airlock: await openAirlock(), hub: await openHub() });
      const { airlock } = world;
      const hub = world.hubDatabase.db;
      while ((await world.request())?.state !== 'reviewing') await world.next();
      const jobs = aHub(world.hubDatabase);
      await pauseBackend(jobs.deps, { backend: 'attainment', paused: true, why: 'drill' });
      await jobs.submit({ pipeline: aPipeline({ a: [], b: ['a'] }) });
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
      // All this is lost: more work, the servers, the folder, the address at which the hub was.
      await world.next();
      await airlock.room.close();
      const { origin } = world.door;

      const hubThere = await databaseOn('elsewhere', HUB_MIGRATIONS);
      const airlockThere = await databaseOn('elsewhere', AIRLOCK_MIGRATIONS);
      there.push(hubThere, airlockThere);
      const dir = folderThere(AIRLOCK_THERE);
      const zoneThere = { database: airlockThere, dir: path.join(dir, 'airlock'), key: AIRLOCK };
      mkdirSync(zoneThere.dir);
      if (isRoot) chownSync(zoneThere.dir, AIRLOCK_THERE.uid, AIRLOCK_THERE.gid);
      // The agent's folder beside it, as that was restored: its user is another than the airlock's.
      cpSync(airlock.agentState, path.join(dir, 'agent'), { recursive: true });
      if (isRoot) giveAll(path.join(dir, 'agent'), AGENT_THERE);
      const restored = await restoreHub(hubThere.db, path.join(backups, 'hub'), {
        at,
        key: HUB,
        why: 'drill',
        since: seen,
      });
      expect(restored.faults).toEqual([]);
      expect(await restore({ ...zoneThere, at }, path.join(backups, 'airlock'))).toEqual([]);
      expect(ownersBelow(zoneThere.dir)).toEqual([written(AIRLOCK_THERE)]);
      rmSync(airlock.dir, { recursive: true, force: true });

      await asUser(AIRLOCK_THERE, async () => {
        await world.moveTo({ airlock: airlockThere, hub: hubThere, dir });
        expect(world.door.origin).not.toBe(origin);
        await sign(hubThere.db, at + 1000);
        expect(await verifyRecord(hubThere.db, [SIGNER])).toEqual([]);
        expect(await verifyAll({ ...zoneThere, at })).toEqual([]);

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
        // What was asked for and waited: an agent of the other hub has it, and the job behind it.
        expect(await aHub(hubThere).agent().finishes()).toEqual(['a', 'b']);
        await sign(hubThere.db, at + 2000);
        expect(await verifyRecord(hubThere.db, [SIGNER])).toEqual([]);
        expect(await verifyAll({ ...zoneThere, at })).toEqual([]);
      });
      expect(ownersBelow(zoneThere.dir)).toEqual([written(AIRLOCK_THERE)]);
    });
  }, AIRLOCK_MIGRATIONS);
});

test('an agent is backed up while a job ends, its disk is lost, and the next job finds its inputs on another', async () => {
  const world = await aWorld();
  const there: string[] = [];
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
    // Asked for while nobody is there to run it.
    const next = world.task('model');
    world.hub.give(next);
    rmSync(world.dir, { recursive: true, force: true });

    const stateDir = folderThere(AGENT_THERE);
    there.push(stateDir);
    const { faults } = await restoreAgent({ ...keeper, stateDir }, to);
    expect(faults).toEqual([]);
    expect(ownersBelow(stateDir)).toEqual([written(AGENT_THERE)]);
    Object.assign(world, { dir: stateDir, layout: layout(stateDir) });
    const end = await asUser(AGENT_THERE, async () => {
      // Whoever is not root runs jobs as itself, as the agent's own parts have it.
      const owner = isRoot ? AGENT_THERE : { uid: process.getuid!(), gid: process.getgid!() };
      const patch = (context: RunContext): RunContext => ({ ...context, owner });
      const second = world.agent({ script: goodScript, patch });
      const [ended] = await world.hub.end(next.id);
      await second.stop();
      expect(await verifyAgent(layout(stateDir), { keys: [zoneKey.publicKey], quick: false })).toEqual([]);
      return ended;
    });

    expect(end).toMatchObject({ state: 'succeeded' });
    expect(ownersBelow(stateDir)).toEqual([written(AGENT_THERE)]);
    expect(Object.keys(world.manifest()!.outputs).sort()).toEqual([
      'output/figures/absence.svg',
      'output/rows.csv',
      'output/table.csv',
    ]);
    // Each of the earlier ones restores, too, whatever the job was doing then.
    for (const name of ['2026-11-21T010000.001Z']) {
      const elsewhere = { ...keeper, stateDir: path.join(backups, name) };
      expect((await restoreAgent(elsewhere, to, name)).faults).toEqual([]);
    }
  } finally {
    for (const dir of there) rmSync(dir, { recursive: true, force: true });
    await world.close();
  }
});
