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
import { fixedClock, isoTime, minutes } from '../../src/lib/clock.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { refusal } from '../../src/lib/refusal.ts';
import type { MembersDeps, Outputs, Publications } from '../../src/members/members.ts';
import type { ReleasedFileView, ReleaseView, StepView } from '../../src/outputs/outputs.ts';
import type { DecisionDays } from '../../src/release/release.ts';
import {
  publicationById,
  publicationsOf,
  requestPublication,
  withdrawPublication,
  type PublicationDeps,
  type ReleaseFacts,
  type Releases,
} from '../../src/publication/publication.ts';
import { Live } from '../../src/record/record.ts';
import { Cookies } from '../../src/sandbox/demo/cookies.ts';
import { isOAuthFailure } from '../../src/sandbox/github/state/oauth-failures.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/github/github.ts';
import { mountPages } from '../../src/sandbox/pages/of-state.ts';
import { siteRoutes } from '../../web/site/site.ts';
import { appKey } from '../support/app-key.ts';
import { selfSigned } from '../support/certificate.ts';
import { aGovernance, AT, PEOPLE, PROJECT } from '../support/governance.ts';

export const LOGINS = {
  lead: 'rowan-example',
  collaborator: 'ash-example',
  checker: 'kim-example',
  governor: 'noor-example',
  copilot: 'sam-example',
  stranger: 'lee-example',
} as const satisfies Record<keyof typeof PEOPLE, string>;
export type Role = keyof typeof PEOPLE | 'nobody';
/** On GitHub, unknown to governance. */
const NOBODY = { login: 'val-example', id: 5550199 };

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

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  bytes: Buffer;
  location: string;
}

/** Keeps cookies, follows nothing by itself, says of itself what a browser says. */
export class Browser {
  readonly cookies = new Cookies();
  readonly #origin: string;
  readonly #sandbox: Sandbox;

  constructor(origin: string, sandbox: Sandbox) {
    this.#origin = origin;
    this.#sandbox = sandbox;
  }

  async get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
    return this.#send(path, { method, headers });
  }

  /** As a form of the hub's own page; `headers` replace what a browser would say, `undefined` leaves it out. */
  async post(
    path: string,
    fields: Record<string, string> | URLSearchParams,
    headers: Record<string, string | undefined> = {},
  ): Promise<Answer> {
    const all = { origin: this.#origin, 'sec-fetch-site': 'same-origin', ...headers };
    return this.#send(path, {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...Object.fromEntries(
          Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined),
        ),
      },
    });
  }

  /** The form on this page, sent as it is but for `changes`. */
  async submit(page: string, action: string, changes: Record<string, string> = {}): Promise<Answer> {
    const { text } = await this.get(page);
    return this.post(action, { ...hiddenFields(text, action), ...changes });
  }

  /** From the sign-in page to GitHub and back; the answer of the callback. */
  async signIn(role: Role, next = '/releases'): Promise<Answer> {
    return this.get(await this.#throughGitHub(role, next));
  }

  /** Where GitHub sends the browser after the person agreed. */
  async #throughGitHub(role: Role, next: string): Promise<string> {
    const begun = await this.post('/login', { next });
    return this.agree(role, begun.location);
  }

  /** The person says yes to what stands at this address of GitHub. */
  agree(role: Role, address: string): string {
    const { state } = this.#sandbox;
    const user = state.people.user(role === 'nobody' ? NOBODY.login : LOGINS[role]);
    const request = state.oauth.request(Object.fromEntries(new URL(address).searchParams));
    if (!user || isOAuthFailure(request)) throw new Error('GitHub refuses');
    return state.oauth.agree(user, request).slice(this.#origin.length);
  }

  async #send(
    path: string,
    init: { method: string; headers: Record<string, string>; body?: string },
  ): Promise<Answer> {
    const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
    // Not fetch: that says of itself, in headers of its own, what kind of request it is.
    const { status, headers, bytes } = await new Promise<Pick<Answer, 'status' | 'headers' | 'bytes'>>(
      (resolve, reject) => {
        const request = http.request(this.#origin + path, {
          method: init.method,
          agent: false,
          headers: { 'user-agent': agent, ...this.cookies.header, ...init.headers },
        });
        request.on('error', reject);
        request.on('response', (answer) => {
          const parts: Buffer[] = [];
          answer.on('data', (part: Buffer) => parts.push(part));
          // A connection that broke gives what came until then.
          answer.on('error', () => undefined);
          answer.on('close', () =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: new Headers(
                answer.rawHeaders.flatMap((name, n, all): [string, string][] =>
                  n % 2 === 0 ? [[name, all[n + 1] ?? '']] : [],
                ),
              ),
              bytes: Buffer.concat(parts),
            }),
          );
        });
        request.end(init.body);
      },
    );
    this.cookies.keep(headers.getSetCookie());
    return { status, headers, bytes, text: bytes.toString('utf8'), location: headers.get('location') ?? '' };
  }
}

export function hiddenFields(html: string, action: string): Record<string, string> {
  const forms = html.match(/<form[\s\S]*?<\/form>/g) ?? [];
  const form = forms.find((one) => one.includes(`action="${action}"`));
  if (!form) throw new Error(`no form leads to ${action}`);
  return Object.fromEntries(
    [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [
      name ?? '',
      value ?? '',
    ]),
  );
}

/** What was released and who waits, by hand; the same shape as the room of outputs gives. */
function someOutputs() {
  const releases = new Map<string, ReleaseView>();
  const bytes = new Map<string, Buffer>();
  const steps: StepView[] = [];
  const downloads: { release: string; number: number; person: number }[] = [];
  const waiting = new Map<string, { backend: string; startedAt: number }>();
  const codes: { person: number; number: string }[] = [];
  const figures: DecisionDays = { decided: 0, median: null, p90: null };
  const face: Outputs = {
    decisionFigures: async () => figures,
    stepsOf: async () => steps,
    releasesOfRequest: async (_db, request) =>
      [...releases.values()].filter((one) => one.request === request),
    releasesOfProject: async (_db, project) =>
      [...releases.values()].filter((one) => one.project === project),
    releasedFile: async (_db, id, number) => {
      const release = releases.get(id);
      const file = release?.files.find((one) => one.number === number);
      const held = bytes.get(`${id}/${number}`);
      if (!release || !file) return refusal('output.unknown', 'No such file.');
      if (release.releasedAt === null) return refusal('output.not-released', 'Not yet.');
      if (file.recalled || !held) return refusal('output.recalled', 'It was recalled.');
      return { ...file, release: id, project: release.project, workspace: release.workspace, bytes: held };
    },
    noteDownload: async (_deps, download) => void downloads.push(download),
    signInPending: async (_deps, { number }) => {
      const found = waiting.get(number);
      if (!found) return refusal('sign-in.unknown-number', 'Nobody waits with this number.');
      const { backend, startedAt } = found;
      return {
        number,
        backend,
        backendName: 'Pupil attainment warehouse',
        startedAt,
        expiresAt: startedAt + minutes(10),
      };
    },
    giveCode: async (deps, asked) => {
      codes.push(asked);
      return { code: 'amber castle river', expiresAt: deps.clock.now() + minutes(10) };
    },
  };
  /** As the hub's composition puts it together, with the study as the test says it is. */
  const study = { private: false };
  const facts: Releases = {
    byId: async (_db, id) => {
      const found = releases.get(id);
      return found && factsOf(found);
    },
    ofRequest: async (_db, request) =>
      [...releases.values()].filter((one) => one.request === request).map(({ id }) => id),
    recalled: async (_db, ids) =>
      ids.flatMap((release) =>
        (releases.get(release)?.files ?? [])
          .filter(({ recalled }) => recalled)
          .map(({ number }) => ({ release, number })),
      ),
    bytes: async (_db, release, number) => bytes.get(`${release}/${number}`),
  };
  const publications = (room: PublicationDeps): Publications => ({
    byId: (id) => publicationById(room, id),
    ofWorkspace: async ({ backend, ...which }) =>
      (await publicationsOf(room, which)).filter((each) => each.backend === backend),
    ask: ({ repository, files, ...who }) =>
      requestPublication(room, {
        ...who,
        of: { files },
        repository: { id: repository, owner: 'northshire-research', name: 'study', ...study },
      }),
    withdraw: (said) => withdrawPublication(room, said),
  });
  return {
    face,
    facts,
    study,
    publications,
    figures,
    releases,
    bytes,
    steps,
    downloads,
    waiting,
    codes,
    /** A complete release of the example's project with these files. */
    release(files: Record<string, string | Buffer>, changes: Partial<ReleaseView> = {}): ReleaseView {
      const request = randomIds.id();
      const id = `${request}-1`;
      const made: ReleaseView = {
        id,
        request,
        batch: 1,
        backend: 'attainment',
        airlock: 'attainment',
        workspace: 'study-main',
        project: PROJECT,
        repository: 70011,
        author: PEOPLE.lead,
        declaredAt: AT,
        releasedAt: AT,
        files: Object.entries(files).map(([path, content], n) => aFile(path, content, n + 1)),
        ...changes,
      };
      Object.values(files).forEach((content, n) => bytes.set(`${id}/${n + 1}`, Buffer.from(content)));
      releases.set(id, made);
      return made;
    },
    recall(release: ReleaseView, number: number): void {
      const file = release.files.find((one) => one.number === number);
      if (file) file.recalled = { at: AT + minutes(5), category: 'disclosure' };
      bytes.delete(`${release.id}/${number}`);
      steps.push({
        seq: 9,
        at: AT + minutes(5),
        what: 'recalled',
        by: null,
        state: 'released',
        batch: 1,
        file: number,
      });
    },
  };
}

function factsOf(release: ReleaseView): ReleaseFacts {
  const { id, request, batch, workspace, project, backend, repository, author } = release;
  const checkers = [PEOPLE.checker, PEOPLE.governor];
  return {
    ...{ id, request, batch, workspace, project, backend, repository, author },
    reviewers: checkers,
    files: release.files.map(({ number, path, size, sha256: hash, recalled }) => ({
      ...{ number, path, size, sha256: hash, checkers },
      recalled: recalled !== null,
    })),
    statements: [],
  };
}

function aFile(path: string, content: string | Buffer, number: number): ReleasedFileView {
  const approvals = [PEOPLE.checker, PEOPLE.governor].map((checker) => ({
    checker,
    key: sha256(`${checker}`),
  }));
  return {
    number,
    path,
    size: Buffer.byteLength(content),
    sha256: sha256(Buffer.from(content)),
    approvals,
    heldAt: AT,
    recalled: null,
  };
}
