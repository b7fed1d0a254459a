import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import { noteDownload, orderReview } from '../../src/outputs/outputs.ts';
import { HubUnreachable } from '../../src/protocol/protocol.ts';
import { Died, onBothDatabases, type TestDatabase } from '../support/database.ts';
import {
  aDeclaration,
  anOutputsWorld,
  aReport,
  aShownRelease,
  aStep,
  CHECKER_1,
  FIGURE,
  RESEARCHER,
  serveAirlocks,
  TABLE,
  type HubDoor,
  type OutputsWorld,
} from '../support/outputs.ts';

let door: HubDoor | undefined;
afterEach(async () => {
  await door?.close();
  door = undefined;
});

/** What died half-way is said again, as the airlock and GitHub do. */
async function again<T>(say: () => Promise<T | Refusal>): Promise<T> {
  for (let tries = 0; tries < 5; tries++) {
    try {
      const answer = await say();
      if (!isRefusal(answer)) return answer;
      throw new Error(`refused: ${answer.code}`);
    } catch (error) {
      const fault = error instanceof HubUnreachable && error.status === 500;
      if (!fault && !(error instanceof Died)) throw error;
    }
  }
  throw new Error('it never came through');
}

/** A request's whole life on the hub: ordered, shown, answered, released, downloaded, recalled. */
async function life(world: OutputsWorld, n: number): Promise<string> {
  const request = `r${String(n).padStart(15, '0')}`;
  const order = `o${String(n).padStart(15, '0')}`;
  const client = door!.client();
  const release = `${request}-1`;
  const onItsWay = aShownRelease({
    id: request,
    events: [aStep(1, 'created'), aStep(9, 'releasing', { batch: 1 })],
  });
  await again(() => client.report(aReport({ shown: [onItsWay] })));
  await again(() =>
    orderReview(world.deps, {
      id: order,
      backend: 'schools',
      actor: CHECKER_1,
      deed: { type: 'halt', request },
    }),
  );
  await again(() => client.poll({ seen: 0, waitMs: 0, version: '1' }));
  await again(() =>
    client.report(aReport({ answers: [{ order, outcome: 'refused', code: 'release.too-late' }] })),
  );
  await again(() => client.declare(aDeclaration({ release, request })));
  await again(() => client.upload(release, 1, TABLE));
  await again(() => client.upload(release, 2, FIGURE));
  const recalled = aShownRelease({
    id: request,
    version: 12,
    state: 'released',
    batches: [{ number: 1, state: 'released', recalled: [2] }],
    events: [aStep(12, 'recalled', { batch: 1, file: 2, category: 'disclosure', state: 'released' })],
  });
  await again(() => client.report(aReport({ shown: [recalled] })));
  return request;
}

/** Everything the hub keeps of it, with its number taken out. */
async function remains({ db }: OutputsWorld, request: string): Promise<string> {
  const order = request.replace('r', 'o');
  const like = `${request}%`;
  const kept = {
    shown: await rowsOf(db, sql`select * from shown_requests where id = ${request}`),
    steps: await rowsOf(db, sql`select * from shown_steps where request = ${request} order by seq`),
    orders: await rowsOf(
      db,
      sql`select state, code, handed_at, answered_at from airlock_orders where id = ${order}`,
    ),
    releases: await rowsOf(db, sql`select * from releases where request = ${request}`),
    files: await rowsOf(db, sql`select * from released_files where release like ${like} order by number`),
    blobs: await rowsOf(
      db,
      sql`select number, encode(bytes, 'hex') as hex from released_blobs where release like ${like}`,
    ),
    ledger: await rowsOf(
      db,
      sql`select entry from ledger_leaves where subject = ${`release:${request}`} order by id`,
    ),
    news: await rowsOf(
      db,
      sql`select topic from outbox where subject in (${request}, ${order}) order by topic`,
    ),
  };
  return JSON.stringify(kept, null, 1).replaceAll(request, 'REQUEST').replaceAll(order, 'ORDER');
}

onBothDatabases((open, kind) => {
  test('a hub killed at any statement, and asked again, ends as if nothing had happened', async () => {
    const database = await open();
    const world = await anOutputsWorld(database);
    door = await serveAirlocks(world);
    const { total, wanted } = await faultless(database, world);
    expect(total).toBeGreaterThan(40);

    // PostgreSQL is there for what differs from PGlite, the transactions over a pool: every third is enough.
    for (let n = 1; n <= total; n += kind === 'pglite' ? 1 : 3) {
      let count = 0;
      database.faults.at = () => (count += 1) === n;
      const request = await life(world, n);
      database.faults.at = undefined;
      expect(`${n}: ${await remains(world, request)}`).toBe(`${n}: ${wanted}`);
    }
  }, 600_000);

  test('a download that was not written down was not given', async () => {
    const database = await open();
    const world = await anOutputsWorld(database);
    door = await serveAirlocks(world);
    const request = await life(world, 0);
    let count = 0;
    database.faults.at = () => (count += 1) === 3;

    const download = { release: `${request}-1`, number: 1, person: RESEARCHER };
    await expect(noteDownload(world.deps, download)).rejects.toThrow(Died);
    database.faults.at = undefined;

    expect(await rowsOf(world.db, sql`select 1 from release_downloads`)).toEqual([]);
  });
});

async function faultless(
  database: TestDatabase,
  world: OutputsWorld,
): Promise<{ total: number; wanted: string }> {
  let total = 0;
  database.faults.at = () => {
    total += 1;
    return false;
  };
  const request = await life(world, 0);
  database.faults.at = undefined;
  return { total, wanted: await remains(world, request) };
}
