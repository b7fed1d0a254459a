/** From an entry in the hub's database to a commit on GitHub: who asks, who is asked again, and what everybody hears of it. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import express from 'express';
import { createServer, type Server } from 'node:http';
import { sql } from 'drizzle-orm';
import type { Db } from '../../src/db/database.ts';
import { publicLogStanding } from '../../src/db/public-log.ts';
import { record } from '../../src/db/record.ts';
import { numberLeaves } from '../../src/db/sequencer.ts';
import { askForCommit, lookForReleases, type Room } from '../../src/github/github.ts';
import { logCommitted } from '../../src/github/steward-results/commit-log.ts';
import { logRoutes } from '../../src/hub-log.ts';
import { fixedClock, minutes } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/logger.ts';
import type { LedgerEntry } from '../../src/ledger/ledger.ts';
import { fixedSource } from '../../src/public-log/source.ts';
import type { StewardParts } from '../../src/steward/handle.ts';
import { carryOut } from '../../src/steward/tasks/tasks.ts';
import { dueTasks, takeTaskReport, type TaskAnswers } from '../../src/stewarding/stewarding.ts';
import { onOneDatabase } from '../support/database.ts';
import { aGovernance } from '../support/governance.ts';
import { aSigner, ORIGIN } from '../support/log.ts';
import { LOG_REPOSITORY, publicLogWorld, type PublicLogWorld } from '../support/public-log.ts';
import { listen } from '../support/zone.ts';

const logger = createLogger('test', { level: 'silent' });
const signing = { keys: { origin: ORIGIN, signers: [aSigner()] }, now: 7 };
const entry = (changes: Partial<LedgerEntry>): LedgerEntry => ({
  ...{ time: '2027-03-01T09:00:00.000Z', type: 'job', actor: 'hub', subject: 'job:1', policy_commit: null },
  body: { event: 'requeued', request: '1', attempts: 1 },
  ...changes,
});
const RELEASE = entry({
  type: 'release',
  subject: 'release:1',
  body: { event: 'received', batch: 1, backend: 'attainment', workspace: 'w', project: 'p' },
});

onOneDatabase((open) => {
  let world: PublicLogWorld;
  let db: Db;
  let server: Server;
  let address: string;
  let down: boolean;
  const clock = fixedClock('2027-03-01T09:00:00Z');
  const governed = (repos: Record<string, number>) => {
    const g = aGovernance();
    return { ...g, deployment: { ...g.deployment, github: { ...g.deployment.github, repos } } };
  };
  let repos: Record<string, number>;
  const room = () =>
    ({ db, clock, logger, governance: { current: () => governed(repos) } }) as unknown as Room;

  beforeAll(async () => {
    world = await publicLogWorld();
  });
  afterAll(() => world.stop());
  beforeEach(async () => {
    ({ db } = await open());
    repos = { governance: 9001, log: LOG_REPOSITORY };
    const app = express();
    app.use((request, response, next) =>
      down ? void response.status(503).end() : logRoutes(db, signing.keys)(request, response, next),
    );
    down = false;
    server = createServer(app);
    address = await listen(server);
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });

  async function write(...entries: LedgerEntry[]): Promise<void> {
    await db.transaction((tx) => record(tx, ...entries));
    while ((await numberLeaves(db, 10_000, signing)) > 0);
    await lookForReleases(room());
  }

  /** The steward asks once; what it answered, by what it was to do. */
  async function step(): Promise<string[]> {
    const parts = {
      governance: async () => Promise.resolve(governed(repos)),
      publicLog: {
        log: fixedSource(`${address}/log`),
        trusted: { current: [aSigner()] },
        kept: world.kept,
      },
      github: world.github(),
      ...{ clock, logger, mirror: { repository: { owner: world.org } } },
    } as unknown as StewardParts;
    const answers = {
      'commit-log': {
        done: (tx, task, result) => logCommitted.done(room(), tx, task, result),
        refused: (tx, task, why) => logCommitted.refused(room(), tx, task, why),
      },
    } as TaskAnswers;
    const said: string[] = [];
    for (const task of await dueTasks(db, clock.now())) {
      const outcome = await carryOut(parts, task);
      await takeTaskReport({ db, clock, logger, answers }, { id: task.id, round: task.round, outcome });
      said.push(outcome.outcome === 'done' ? 'done' : `${outcome.outcome}: ${outcome.code}`);
    }
    return said;
  }
  const waiting = async () => (await dueTasks(db, clock.now())).length;

  test('it is asked for when there is something new, and at once when a release has arrived', async () => {
    await write(entry({}));
    expect(await waiting()).toBe(0);
    expect(await askForCommit(room(), { entries: false })).toBe(true);
    expect(await askForCommit(room(), { entries: false })).toBe(true);
    expect(await step()).toEqual(['done']);
    const { committed, refused } = await publicLogStanding(db);
    expect([committed, refused]).toEqual([
      { repository: LOG_REPOSITORY, commit: world.head(), size: 1, exported: 0, at: clock.now() },
      null,
    ]);
    expect(await askForCommit(room(), { entries: false })).toBe(false);

    await write(entry({ subject: 'job:2' }));
    expect(await waiting()).toBe(0);
    await write(RELEASE);
    expect(await step()).toEqual(['done']);
    expect((await publicLogStanding(db)).committed).toMatchObject({ size: 3, exported: 0 });
    await lookForReleases(room());
    expect(await waiting()).toBe(0);

    // A checkpoint that comes in between does not take the place of entries.
    await write(entry({ subject: 'job:3' }));
    await askForCommit(room(), { entries: true });
    await write(RELEASE);
    expect(await step()).toEqual(['done', 'done']);
    expect((await publicLogStanding(db)).committed?.size).toBe(5);
    if (await askForCommit(room(), { entries: true })) await step();
    expect((await publicLogStanding(db)).committed).toMatchObject({ size: 5, exported: 5 });
    expect(await askForCommit(room(), { entries: true })).toBe(false);

    // The log cannot be reached: nothing is told as refused, and it is tried again by itself.
    await write(RELEASE);
    down = true;
    expect(await step()).toEqual(['failed: ledger.unreachable']);
    expect((await publicLogStanding(db)).refused).toBeNull();
    expect(await waiting()).toBe(0);
    down = false;
    clock.advance(minutes(2));
    expect(await step()).toEqual(['done']);
    expect((await publicLogStanding(db)).committed).toMatchObject({ size: 6 });

    // A database that was put back to another history: what is committed stays, and everybody hears of it.
    await db.execute(sql`truncate ledger_leaves, ledger_tiles, ledger_checkpoints restart identity`);
    await write(...Array.from({ length: 9 }, (_, at) => entry({ subject: `job:other${at}` })));
    await askForCommit(room(), { entries: false });
    expect(await step()).toEqual(['refused: ledger.fork']);
    const told = await publicLogStanding(db);
    expect([told.committed?.size, told.refused?.code]).toEqual([6, 'ledger.fork']);
    expect([...(await world.files()).keys()].filter((path) => path.startsWith('alarms/'))).toHaveLength(1);
    // It is asked again, though nothing is new: somebody may have mended it.
    expect(await askForCommit(room(), { entries: false })).toBe(true);
  });

  test('where governance names no repository, or nothing is signed, nobody is asked', async () => {
    expect(await askForCommit(room(), { entries: false })).toBe(false);
    await write(entry({}));
    repos = { governance: 9001 };
    expect(await askForCommit(room(), { entries: false })).toBe(false);
    repos = { governance: 9001, log: LOG_REPOSITORY };
    await askForCommit(room(), { entries: false });
    // Taken out of governance since: the steward looks for itself.
    repos = { governance: 9001 };
    expect(await step()).toEqual(['refused: steward.no-log-repository']);
  });
});
