/** The public record's pages and the log beneath them, over a database that a test fills. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { lastCheckpoint, type LogKeys } from '../../src/db/log.ts';
import { record } from '../../src/db/record.ts';
import { numberLeaves } from '../../src/db/sequencer.ts';
import type { OpenDatabase } from '../../src/db/open.ts';
import { logRoutes } from '../../src/hub-log.ts';
import { REQUESTS_CHANNEL, Signals } from '../../src/jobs/jobs.ts';
import type { Governance } from '../../src/governance/governance.ts';
import { fixedClock } from '../../src/lib/clock.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { createLogger } from '../../src/lib/logger.ts';
import type { MembersDeps, Publications } from '../../src/members/members.ts';
import * as outputs from '../../src/outputs/outputs.ts';
import { Live } from '../../src/record/record.ts';
import { siteRoutes } from '../../web/site/site.ts';
import { aGovernance } from '../support/governance.ts';
import { aSigner, ORIGIN } from '../support/log.ts';

export const keys: LogKeys = { origin: ORIGIN, signers: [aSigner()] };

export type Stage = Awaited<ReturnType<typeof aStage>>;

export async function aStage(
  database: OpenDatabase,
  most?: { all: number; address: number },
  governance: Governance = aGovernance(),
) {
  const { db } = database;
  const web = express();
  const server = createServer(web);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clock = fixedClock('2027-03-03T09:00:00Z');
  const common = {
    db,
    clock,
    logger: createLogger('test', { level: 'silent' }),
    governance: () => governance,
    signals: new Signals(),
    origin,
  };
  const deps: MembersDeps = {
    ...common,
    ids: randomIds,
    github: undefined,
    outputs,
    // No page of the record asks for any.
    publications: {} as Publications,
  };
  const live = new Live(common, most);
  const deaf = await database.listen(REQUESTS_CHANNEL, (id) => live.tell(id));
  web.use(logRoutes(db, keys));
  const site = {
    deps: { ...common, github: 'https://github.example' },
    live,
    since: clock.now(),
    checkpoint: () => lastCheckpoint(db),
    logKeys: keys.signers.map(({ text }) => text),
  };
  web.use(siteRoutes(deps, site));
  return {
    origin,
    live,
    site,
    clock,
    /** So many more entries, in the tree and signed. */
    async entries(count: number): Promise<void> {
      const all = Array.from({ length: count }, (_, at) => ({
        time: '2027-03-01T09:00:00.000Z',
        type: 'job' as const,
        actor: 'hub',
        subject: `job:${String(at).padStart(16, '0')}`,
        policy_commit: null,
        body: { event: 'requeued', request: '1', attempts: at },
      }));
      await db.transaction((tx) => record(tx, ...all));
      while ((await numberLeaves(db, 10_000, { keys, now: 1 })) > 0);
    },
    changed: (id: string) => database.notify(REQUESTS_CHANNEL, id),
    async stop(): Promise<void> {
      await deaf();
      live.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
