/**
 * The hub's pages over a database and the stand-in for GitHub, and browsers that go there.
 *
 * Governance is the example of test/support: its lead and collaborator may have released files, its co-pilot and
 * the stranger may not. What was released and which viewers wait is said by the test.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import type { OpenDatabase } from '../../src/db/open.ts';
import type { Governance } from '../../src/governance/governance.ts';
import { Signals } from '../../src/jobs/jobs.ts';
import { fixedClock, isoTime } from '../../src/lib/clock.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { createLogger } from '../../src/lib/logger.ts';
import type { MembersDeps } from '../../src/members/members.ts';
import type { PublicationDeps } from '../../src/publication/publication.ts';
import { Live } from '../../src/record/record.ts';
import { startSandbox } from '../../src/sandbox/github/github.ts';
import { mountPages } from '../../src/sandbox/pages/of-state.ts';
import { siteRoutes } from '../../web/site/site.ts';
import { appKey } from '../support/app-key.ts';
import { selfSigned } from '../support/certificate.ts';
import { aGovernance, AT, PEOPLE } from '../support/governance.ts';
import { Browser, hiddenFields, LOGINS, NOBODY, type Role } from './browser.ts';
import { someOutputs } from './some-outputs.ts';

export { Browser, hiddenFields, LOGINS, type Role };

export type HubPages = Awaited<ReturnType<typeof hubPages>>;

export async function hubPages(
  database: OpenDatabase,
  options: { signIn?: boolean; origin?: string; tls?: boolean } = {},
) {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-members-'));
  const clock = fixedClock(isoTime(AT));
  const logs: string[] = [];
  const logger = createLogger('test', { level: 'trace', to: { write: (line) => void logs.push(line) } });
  const state: { governance: Governance | undefined; faults: unknown[]; woken: number } = {
    governance: aGovernance(),
    faults: [],
    woken: 0,
  };
  const outputs = someOutputs();
  const web = express();
  const server = options.tls ? https.createServer(selfSigned(), web) : http.createServer(web);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const origin = `${options.tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sandbox = await startSandbox({
    dataDir: join(dir, 'github'),
    clock,
    logger: createLogger('sandbox', { level: 'silent' }),
    mount: mountPages,
    seed: {
      users: [
        ...Object.entries(LOGINS).map(([role, login]) => ({
          login,
          id: PEOPLE[role as keyof typeof PEOPLE],
        })),
        NOBODY,
      ],
      orgs: [{ login: 'northshire-research', members: { [LOGINS.lead]: 'admin' } }],
      apps: [
        {
          slug: 'sallyport',
          owner: 'northshire-research',
          manifest: new URL('../../app.yml', import.meta.url).pathname,
          privateKey: appKey('sallyport'),
          callbackUrls: [`${origin}/login/callback`],
        },
      ],
    },
  });
  const { clientId = '', clientSecret = '' } = sandbox.apps['sallyport'] ?? {};
  const publishing: PublicationDeps = {
    db: database.db,
    clock,
    ids: randomIds,
    governance: () => state.governance,
    releases: outputs.facts,
    wake: () => void (state.woken += 1),
  };
  const deps: MembersDeps = {
    db: database.db,
    clock,
    ids: randomIds,
    logger,
    governance: () => state.governance,
    signals: new Signals(),
    origin: options.origin ?? origin,
    github:
      options.signIn === false
        ? undefined
        : { places: { web: sandbox.url, api: `${sandbox.url}/api/v3` }, clientId, clientSecret },
    outputs: outputs.face,
    publications: outputs.publications(publishing),
  };
  web.use(
    siteRoutes(deps, {
      deps: { ...deps, github: sandbox.url },
      live: new Live(deps),
      since: clock.now(),
      checkpoint: async () => undefined,
      logKeys: [],
    }),
  );
  web.use((_request, response) => void response.status(404).json({ message: 'nothing' }));
  web.use((error: unknown, _q: express.Request, response: express.Response, _next: express.NextFunction) => {
    state.faults.push(error);
    if (!response.headersSent) response.status(500).end();
  });
  return {
    origin,
    sandbox,
    deps,
    state,
    clock,
    logs,
    outputs,
    publishing,
    browser: () => new Browser(origin, sandbox),
    /** A browser in which this person is signed in. */
    async as(role: Role): Promise<Browser> {
      const browser = new Browser(origin, sandbox);
      await browser.signIn(role);
      return browser;
    },
    log: () =>
      rowsOf<{
        what: string;
        person: number | null;
        file: number | null;
        sha256: string | null;
        code: string | null;
      }>(
        database.db,
        sql`select what, person::int4 as person, file, sha256, code from member_log order by id`,
      ),
    async stop(): Promise<void> {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await sandbox.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
