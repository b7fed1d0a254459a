/**
 * A real airlock's room and its link, and a hub's real outputs room behind real requests, for stories in
 * which something dies. A person's part is told by what the state asks for next, so that it can go on after
 * any death. `tick` is every statement of the airlock's database and every message to the hub, both ways.
 */
import { sql } from 'drizzle-orm';
import { Link, type HubPort } from '../../agent/airlock/link/link.ts';
import { rowsOf } from '../../src/db/open.ts';
import { fixedClock } from '../../src/lib/clock.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { Signals } from '../../src/jobs/jobs.ts';
import { orderReview } from '../../src/outputs/outputs.ts';
import type { ReviewDeed } from '../../src/protocol/protocol.ts';
import type { ReleaseRequest } from '../../src/release/release.ts';
import { AirlockWorld, aTable, NOW, WHO, WORKSPACE, type Name } from './airlock.ts';
import { Died, type TestDatabase } from './database.ts';
import { KEYS, REPOSITORY } from './governance.ts';
import { steppedHub } from './link-room.ts';
import { aWorkspace, HUB_KEY, serveAirlocks, type HubDoor } from './outputs.ts';

export const TABLE = 'output/table.csv';
export const FIGURE = 'output/absence.csv';
const GROUP = 'results';

export class FaultWorld {
  readonly airlock: AirlockWorld;
  airlockDatabase: TestDatabase;
  hubDatabase: TestDatabase;
  readonly hubClock = fixedClock(NOW);
  door!: HubDoor;
  link!: Link;
  /** Called at each statement and message; what it throws ends the process. */
  tick: (step: string) => void = () => undefined;
  /** Before and after each message; for hubs that are away. */
  message: (step: string) => void = () => undefined;
  /** Changes what the hub answers. */
  between: (hub: HubPort) => HubPort = (hub) => hub;
  /** Called after each restart that death made necessary. */
  restarted: () => Promise<void> = () => Promise.resolve();
  deaths = 0;
  #dead = false;
  #deps!: Parameters<typeof serveAirlocks>[0]['deps'] & Parameters<typeof orderReview>[0];

  private constructor(airlock: AirlockWorld, databases: { airlock: TestDatabase; hub: TestDatabase }) {
    this.airlock = airlock;
    this.airlockDatabase = databases.airlock;
    this.hubDatabase = databases.hub;
  }

  static async open(databases: { airlock: TestDatabase; hub: TestDatabase }): Promise<FaultWorld> {
    const files = { [TABLE]: aTable(1), [FIGURE]: aTable(2) };
    const world = new FaultWorld(await AirlockWorld.open(databases.airlock, { files }), databases);
    const { db } = databases.hub;
    const deps = {
      db,
      clock: world.hubClock,
      logger: createLogger('test', { level: 'silent' }),
      governance: () => world.airlock.governance,
      signals: new Signals(),
      hubKey: HUB_KEY.privateKey,
      audience: '',
    };
    await aWorkspace(databases.hub, WORKSPACE, 'attainment', REPOSITORY);
    world.door = await serveAirlocks({ deps, clock: world.hubClock });
    world.#deps = deps;
    world.#connect();
    databases.airlock.faults.at = (statement) => {
      world.#step(statement);
      return false;
    };
    return world;
  }

  async close(): Promise<void> {
    this.tick = () => undefined;
    this.#dead = false;
    this.airlockDatabase.faults.at = undefined;
    await this.airlock.close();
    await this.door.close();
  }

  #connect(): void {
    const { clock, parts, room } = this.airlock;
    const client = this.door.client({
      airlock: 'attainment',
      backend: 'attainment',
      key: KEYS.viewer.privateKey,
      clock,
      epoch: async () => (await room.epoch?.()) ?? 0,
    });
    const hub = steppedHub(this.between(steppedHub(client, (step) => this.message(step))), (step) =>
      this.#step(step),
    );
    const { logger } = parts;
    this.link = new Link({ room, hub, clock, logger, version: '1', pollMs: 0, pause: async () => undefined });
  }

  #step(step: string): void {
    if (this.#dead) throw new Died(step);
    try {
      this.tick(step);
    } catch (error) {
      this.#dead = true;
      this.deaths += 1;
      throw error;
    }
  }

  /** The same database and folders, everything else forgotten. */
  async restart(): Promise<void> {
    await this.airlock.room.close();
    this.#dead = false;
    await this.airlock.start();
    this.#connect();
  }

  /** On other machines: other databases, folders and addresses. Nothing but keys, people and what is restored there is the same. */
  async moveTo(there: { airlock: TestDatabase; hub: TestDatabase; dir: string }): Promise<void> {
    const { airlock } = this;
    await airlock.room.close();
    await this.door.close();
    this.airlockDatabase = there.airlock;
    this.hubDatabase = there.hub;
    airlock.database = there.airlock;
    airlock.dir = there.dir;
    this.#deps = { ...this.#deps, db: there.hub.db, signals: new Signals(), audience: '' };
    this.door = await serveAirlocks({ deps: this.#deps, clock: this.hubClock });
    await airlock.start();
    this.#connect();
  }

  /** What people do next, again and again, with a restart after each death, until all is done. */
  async toTheEnd(): Promise<void> {
    for (let steps = 0; steps < 400; steps += 1) {
      try {
        if (await this.next()) return;
      } catch (error) {
        if (!this.#dead && !isDeath(error)) throw error;
      }
      while (this.#dead) {
        try {
          await this.restart();
          await this.restarted();
        } catch (error) {
          if (!this.#dead) throw error;
        }
      }
    }
    throw new Error(`it comes to no end: ${(await this.request())?.state}`);
  }

  /** One step. True when nothing is left to do. */
  async next(): Promise<boolean> {
    const request = await this.request();
    if (!request || request.state === 'draft') return this.#drafts(request);
    if (['submitted', 'reviewing', 'consolidating'].includes(request.state)) return this.#reviews(request);
    if (request.state === 'approved' || request.state === 'releasing') {
      await this.link.orders.pass();
      await this.link.uploads.pass();
      return false;
    }
    while (await this.link.reports.pass());
    await this.link.orders.pass();
    return true;
  }

  async #drafts(request: ReleaseRequest | undefined): Promise<boolean> {
    const { airlock } = this;
    const missing = [TABLE, FIGURE].filter((path) => !request?.files.some((file) => file.path === path));
    if (!request || missing.length > 0) {
      await airlock.draft(missing, GROUP);
      return false;
    }
    await airlock.explained(request.id, GROUP);
    await airlock.answered(request.id, 'author');
    await airlock.does('author', request.id, 'submit', {});
    await airlock.room.settled();
    return false;
  }

  async #reviews(request: ReleaseRequest): Promise<boolean> {
    while (await this.link.reports.pass());
    const [next] = request.seats.filter(
      ({ checker }) => !request.reviews.some((each) => each.checker === checker),
    );
    const who = next && nameIn(next.checker);
    if (!who) throw new Error('nobody is left to review');
    await this.grades(who, request.id);
    await this.signs(who, request.id);
    await this.link.orders.pass();
    return false;
  }

  async grades(who: Name, id: string): Promise<void> {
    const { airlock } = this;
    await airlock.readsAll(who, id);
    for (const path of [TABLE, FIGURE]) await airlock.does(who, id, 'grade', { path, grade: 'approve' });
    await airlock.answered(id, who);
  }

  /** A label on GitHub, as the hub passes it on: `times` events of it. */
  async signs(who: Name, id: string, order = `sign${WHO[who]}`): Promise<void> {
    await this.ordered(order, WHO[who], { type: 'sign', request: id, verdict: 'submit' });
  }

  async ordered(order: string, actor: number, deed: ReviewDeed): Promise<void> {
    const given = { id: order.padEnd(16, '0'), backend: 'attainment', actor, deed };
    const answer = await orderReview(this.#deps, given);
    if (isRefusal(answer)) throw new Error(answer.code);
  }

  async request(): Promise<ReleaseRequest | undefined> {
    const rows = await rowsOf<{ folded: string }>(
      this.airlockDatabase.db,
      sql`select folded from requests order by id limit 1`,
    );
    return rows[0] && (JSON.parse(rows[0].folded) as ReleaseRequest);
  }

  /** Releases that the hub has whole. */
  async held(): Promise<number> {
    const [row] = await rowsOf<{ count: number }>(
      this.hubDatabase.db,
      sql`select count(*)::int as count from released_blobs`,
    );
    return row!.count;
  }

  /** What both sides came to, in words that are the same for every way there. */
  async endState(): Promise<unknown> {
    const request = (await this.request())!;
    const { db } = this.hubDatabase;
    const said = (rows: readonly unknown[]): unknown =>
      JSON.parse(JSON.stringify(rows).replaceAll(request.id, 'R'));
    const entries = await rowsOf<{ entry: string }>(
      this.airlockDatabase.db,
      sql`select entry from entries where request = ${request.id} order by seq`,
    );
    const blobs = await rowsOf<{ release: string; number: number; bytes: Uint8Array }>(
      db,
      sql`select release, number, bytes from released_blobs order by number`,
    );
    return {
      state: request.state,
      entries: once(
        entries
          .map(({ entry }) => JSON.parse(entry) as { type: string; path?: string; by: { id?: number } })
          .map(({ type, path, by }) => `${type} ${path ?? ''} ${by.id ?? 'airlock'}`),
      ),
      batches: request.batches.map(({ state, files }) => ({
        state,
        files: files.map(({ path, sha256: hash, uploaded }) => ({ path, hash, uploaded })),
      })),
      blobs: said(blobs.map(({ release, number, bytes }) => ({ release, number, hash: sha256(bytes) }))),
      files: said(
        await rowsOf(db, sql`select release, number, path, sha256 from released_files order by number`),
      ),
      released: said(await rowsOf(db, sql`select id, released_at is not null as whole from releases`)),
      shown: said(await rowsOf(db, sql`select id, shown->>'state' as state from shown_requests`)),
      orders: said(
        await rowsOf(db, sql`select actor::float8 as actor, state from airlock_orders order by actor`),
      ),
      // Digests of the zone's record come with the day, not with what is done.
      ledger: said(
        (
          await rowsOf<{ entry: string }>(
            db,
            sql`select entry from ledger_leaves where subject not like 'record:%' order by id`,
          )
        )
          .map(
            ({ entry }) => JSON.parse(entry) as { type: string; subject: string; body?: { event?: string } },
          )
          .map(({ type, subject, body }) => `${type} ${subject} ${body?.event}`)
          .filter((line) => line.startsWith('release')),
      ),
    };
  }
}

/** What a person repeated because they were not told that it was done may stand there twice: edits and grades. */
function once(entries: readonly string[]): string[] {
  const repeated = /^(REQUEST_EDIT|REQUEST_FILE_APPROVE|HINT_)/;
  return entries.filter((each, at) => !repeated.test(each) || entries.indexOf(each) === at).sort();
}

function nameIn(id: number): Name {
  return (Object.keys(WHO) as Name[]).find((name) => WHO[name] === id)!;
}

function isDeath(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof Died) return true;
  return false;
}
