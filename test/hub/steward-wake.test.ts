/**
 * The steward's open poll is answered by news, not by the clock: an approval, a withdrawal, a recall that an
 * airlock reports, something retried; said at one hub and waited for at another, and after a restart.
 */
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { repositories } from '../../src/db/schema/github.ts';
import { startHub, type Hub } from '../../src/hub.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { takeShown } from '../../src/outputs/shown.ts';
import { takeReport } from '../../src/publication/edition-state.ts';
import {
  decidePublication,
  requestPublication,
  retryEditions,
  withdrawPublication,
} from '../../src/publication/publication.ts';
import { PROTOCOL, signStewardRequest, STEWARD_PATHS } from '../../src/protocol/protocol.ts';
import { eachDatabase, type TestDatabase } from '../support/database.ts';
import { PEOPLE, PROJECT, REPOSITORY } from '../support/governance.ts';
import { aShown } from '../support/outputs.ts';
import { must } from '../support/publication.ts';
import { aWorld, type World } from '../support/world.ts';
import { ORG, STUDY } from '../support/world-seed.ts';

const KEY = newKeyPair();
const REQUEST = 'wakerequest0000a';
const RELEASE = `${REQUEST}-1`;
const STUDY_NOW = { id: REPOSITORY, owner: ORG, name: STUDY, private: false };
/** Far below the hub's own look every 30 seconds. */
const AT_ONCE_MS = 10_000;

eachDatabase((open) => {
  let given: TestDatabase;
  let world: World;
  let other: Hub | undefined;
  afterEach(async () => {
    await other?.stop();
    await world.stop();
  });

  /** Deeds happen at the world's hub; the steward asks another one. */
  async function twoHubs(): Promise<void> {
    given = await open();
    world = await aWorld({ database: given });
    await secondHub();
    const { db } = world.hub.room;
    await db.insert(repositories).values({ ...STUDY_NOW, installationId: 1, updatedAt: 0 });
    const shown = JSON.stringify(aShown({ id: REQUEST }));
    await db.execute(sql`
      insert into shown_requests (id, backend, airlock, version, workspace, project, repository_id, state, created_at,
        shown, updated_at)
      values (${REQUEST}, 'attainment', 'a', 1, 'study-main', ${PROJECT}, ${REPOSITORY}, 'released', 1, ${shown}::jsonb, 1)`);
    await db.execute(sql`
      insert into releases (id, request, batch, backend, airlock, workspace, project, repository_id, author, statements,
        declared_at, released_at)
      values (${RELEASE}, ${REQUEST}, 1, 'attainment', 'a', 'study-main', ${PROJECT}, ${REPOSITORY}, ${PEOPLE.lead},
        '[]'::jsonb, 1, 2)`);
    await db.execute(sql`
      insert into released_files (release, number, path, size, sha256, approvals, held_at)
      values (${RELEASE}, 1, 'output/table.csv', 5, ${'1'.repeat(64)}, '[]'::jsonb, 2)`);
  }

  async function secondHub(): Promise<void> {
    const database = (await given.another()) ?? given;
    const config = world.config({ stewardKeys: [KEY.publicText] });
    other = await startHub(
      { ...config, listen: { host: '127.0.0.1', port: 0 }, dataDir: `${config.dataDir}-2` },
      { loops: false, database, clock: world.clock, logger: createLogger('hub', { level: 'silent' }) },
    );
    await other.room.governance.refresh();
  }

  async function poll(): Promise<{ want: string }[]> {
    const body = JSON.stringify({ protocol: PROTOCOL, waitMs: 60_000 });
    const path = STEWARD_PATHS.poll;
    const audience = world.config().origin;
    const { privateKey: key } = KEY;
    const token = await signStewardRequest({ audience, path, body, key, clock: world.clock, ids: randomIds });
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${other!.url}${path}`, { method: 'POST', headers, body });
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { orders: { want: string }[] }).orders;
  }

  /** What the open poll is answered with once this was done at the other hub. */
  async function answeredBy(deed: () => Promise<unknown>): Promise<string[]> {
    const { signals } = other!.room.jobs;
    const waitFor = signals.waitFor.bind(signals);
    // The hub has looked, found nothing and begins to wait when it takes `woken` in its hand.
    const waits = new Promise<void>((begun) => {
      signals.waitFor = (...asked) => {
        const { woken, forget } = waitFor(...asked);
        return {
          forget,
          get woken() {
            begun();
            return woken;
          },
        };
      };
    });
    const held = poll();
    // Answered before it waits: then it says so instead of hanging.
    await Promise.race([waits, held.then((orders) => Promise.reject(new Error(JSON.stringify(orders))))]);
    signals.waitFor = waitFor;
    const before = performance.now();
    await deed();
    const orders = await held;
    expect(performance.now() - before).toBeLessThan(AT_ONCE_MS);
    return orders.map(({ want }) => want);
  }

  const deps = () => world.hub.room.publications;
  async function draft(): Promise<string> {
    const made = await requestPublication(deps(), {
      of: { release: RELEASE },
      actor: PEOPLE.lead,
      repository: STUDY_NOW,
      owner: { reference: 'DAA-77' },
    });
    return must(made).id;
  }
  const approve = (publication: string) =>
    decidePublication(deps(), {
      ...{ publication, actor: PEOPLE.copilot, decision: 'approve', repository: STUDY_NOW },
    });
  const report = (publication: string, result: Parameters<typeof takeReport>[1]['result']) =>
    takeReport(deps(), { publication, edition: 1, want: 'published', result });
  const publisher = (): void => {
    const member = { id: PEOPLE.copilot, until: '2127-12-31', reason: 'rota', ref: 'GOV-118', away: [] };
    deps()
      .governance()!
      .teams.push({ role: 'output_publisher', team: 'sp-publishers', members: [member] });
  };

  test('an approval, a retry, a recall and a withdrawal are each heard at the hub that the steward asks', async () => {
    await twoHubs();
    publisher();
    const id = await draft();
    expect(await answeredBy(async () => must(await approve(id)))).toEqual(['published']);

    await report(id, { outcome: 'refused', code: 'steward.private-repository' });
    expect(await answeredBy(() => retryEditions(deps(), REPOSITORY))).toEqual(['published']);

    const url = 'https://github.example/o/r/releases/tag/t';
    await report(id, { outcome: 'published', githubRelease: 5, url, commit: 'a'.repeat(40) });
    const shown = aShown({
      ...{ id: REQUEST, version: 2, workspace: 'study-main', project: PROJECT, repository: REPOSITORY },
      ...{ state: 'revoked' as const, createdAt: 1 },
      batches: [{ number: 1, state: 'released', recalled: [1] }],
    });
    const airlock = { backend: 'attainment', airlock: 'a' };
    expect(
      await answeredBy(async () =>
        expect(await takeShown(world.hub.room.jobs, airlock, shown)).toBeUndefined(),
      ),
    ).toEqual(['gone']);
  });

  test('a withdrawal is heard too, and what was said while no hub was there is the first answer afterwards', async () => {
    await twoHubs();
    publisher();
    const id = await draft();
    must(await approve(id));
    const url = 'https://github.example/o/r/releases/tag/t';
    await report(id, { outcome: 'published', githubRelease: 5, url, commit: 'a'.repeat(40) });
    const said = { publication: id, actor: PEOPLE.lead, category: 'superseded' as const };
    expect(await answeredBy(() => withdrawPublication(deps(), said))).toEqual(['gone']);

    await other!.stop();
    const next = await draft();
    must(await approve(next));
    await secondHub();
    expect((await poll()).map(({ want }) => want).sort()).toEqual(['gone', 'published']);
  });
});
