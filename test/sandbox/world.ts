/**
 * A small organisation on a sandbox, and an App that records what it is told.
 *
 * acme (base permission: none) has owner olive; members tess (triage in study), wes (write), rita
 * (read) by team or as collaborator; mallory is a stranger. `study` is public, `secret` private.
 */
import { createHmac, createPrivateKey } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../../src/lib/logger.ts';
import { SignJWT, importPKCS8 } from 'jose';
import {
  startSandbox,
  type Sandbox,
  type SandboxOptions,
  type SandboxSeed,
} from '../../src/sandbox/github/github.ts';
import { appKey } from '../support/app-key.ts';

export const APP_ID = 4242;
export const OTHER_APP_ID = 4343;
export const INSTALLATION = 9001;
export const SECRET = 'a webhook secret';

/** Where people may be sent after they let the App act for them; nobody listens there. */
export const CALLBACKS = ['http://127.0.0.1:9/callback', 'http://127.0.0.1:9/airlock-login?from=github'];

/** What Sallyport itself asks for, and the events besides that the tests look at. */
export const MANIFEST = {
  default_permissions: {
    checks: 'write',
    contents: 'write',
    issues: 'write',
    members: 'read',
    pull_requests: 'write',
  },
  default_events: [
    'check_run',
    'check_suite',
    'commit_comment',
    'create',
    'delete',
    'issue_comment',
    'issues',
    'member',
    'membership',
    'organization',
    'pull_request',
    'pull_request_review',
    'public',
    'push',
    'release',
    'repository',
    'team',
  ],
};

export interface Heard {
  guid: string;
  event: string;
  /** `issues.opened`, `push`. */
  name: string;
  payload: Payload;
  headers: http.IncomingHttpHeaders;
}

export type Payload = Record<string, unknown> & { action?: string };

export interface World extends Sandbox {
  dataDir: string;
  api: string;
  heard: Heard[];
  hookUrl: string;
  /** What the App's server answers from now on; default 202. A function may take its time. */
  answer(how: number | (() => Promise<number>)): void;
  /** Waits for all deliveries, then the names of what arrived since the last time. */
  news(): Promise<string[]>;
  jwt(appId?: number): Promise<string>;
  installationToken(wish?: unknown): Promise<string>;
  call(method: string, path: string, options?: CallOptions): Promise<Reply>;
}

export interface CallOptions {
  as?: string;
  body?: unknown;
  /** Sent as they are, instead of `body`. */
  bytes?: Uint8Array;
  headers?: Record<string, string>;
}

export interface Reply {
  status: number;
  headers: Headers;
  // What the answers hold is looked at field by field.
  data: Reached;
  text: string;
}

/** JSON one may reach into; what is not there is undefined at run time. */
export interface Reached {
  readonly [key: string]: Reached;
}

type Manifest = NonNullable<SandboxSeed['apps']>[number]['manifest'];

export function seed(hookUrl: string, manifest: Manifest = MANIFEST): SandboxSeed {
  return {
    users: [
      { login: 'olive', id: 101, name: 'Olive Owner', email: 'olive@example.org' },
      { login: 'wes', id: 102 },
      { login: 'tess', id: 103 },
      { login: 'rita', id: 104 },
      { login: 'mallory', id: 105 },
    ],
    orgs: [
      {
        login: 'acme',
        id: 500,
        base: 'none',
        members: { olive: 'admin', wes: 'member', tess: 'member', rita: 'member' },
        teams: [
          { slug: 'writers', members: { wes: 'member' }, repos: { study: 'write', secret: 'write' } },
          { slug: 'triagers', members: { tess: 'maintainer' }, repos: { study: 'triage', secret: 'triage' } },
        ],
      },
    ],
    repos: [
      {
        owner: 'acme',
        name: 'study',
        id: 7001,
        files: {
          'README.md': '# Study\n',
          'project.yaml': 'version: 1\n',
          'analysis/model.py': 'print(1)\n',
        },
      },
      {
        owner: 'acme',
        name: 'secret',
        id: 7002,
        private: true,
        files: { 'a.txt': 'a\n' },
        collaborators: { rita: 'read' },
      },
    ],
    apps: [
      {
        slug: 'sally',
        id: APP_ID,
        owner: 'acme',
        manifest,
        callbackUrls: CALLBACKS,
        webhook: { url: hookUrl, secret: SECRET },
        installations: [{ account: 'acme', id: INSTALLATION }],
      },
      {
        slug: 'other',
        id: OTHER_APP_ID,
        owner: 'acme',
        manifest: { default_permissions: { checks: 'write' }, default_events: ['check_run'] },
        webhook: { url: `${hookUrl}?other`, secret: SECRET },
        installations: [{ account: 'acme', id: 9002, repositories: ['study'] }],
      },
    ],
  };
}

export async function world({
  manifest,
  ...options
}: Partial<SandboxOptions> & { manifest?: Manifest } = {}): Promise<World> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'sandbox-'));
  const app = await hookServer();
  for (const slug of ['sally', 'other']) giveKey(dataDir, slug);
  const sandbox = await startSandbox({
    dataDir,
    seed: seed(app.url, manifest),
    logger: createLogger('sandbox', { level: 'error' }),
    ...options,
  });
  let read = 0;
  const made: World = {
    ...sandbox,
    dataDir,
    api: `${sandbox.url}/api/v3`,
    heard: app.heard,
    hookUrl: app.url,
    answer: app.answer,
    async news() {
      await sandbox.state.idle();
      const names = app.heard.slice(read).map((one) => one.name);
      read = app.heard.length;
      return names.sort();
    },
    jwt: (appId = APP_ID) => jwt(sandbox, appId),
    async installationToken(wish) {
      const reply = await made.call('POST', `/app/installations/${INSTALLATION}/access_tokens`, {
        as: await made.jwt(),
        body: wish,
      });
      if (reply.status !== 201) throw new Error(`no token: ${reply.status} ${reply.text}`);
      return String(reply.data['token']);
    },
    call: (method, path, call) => callApi(`${sandbox.url}/api/v3`, method, path, call),
    async stop() {
      await sandbox.stop();
      await app.stop();
      if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true });
    },
  };
  return made;
}

function giveKey(dataDir: string, slug: string): void {
  const file = join(dataDir, 'apps', `${slug}.pem`);
  if (existsSync(file)) return;
  mkdirSync(join(dataDir, 'apps'), { recursive: true });
  copyFileSync(appKey('sandbox'), file);
}

/** `as` is a token or a JWT. */
export async function callApi(
  api: string,
  method: string,
  path: string,
  { as, body, bytes, headers = {} }: CallOptions = {},
): Promise<Reply> {
  const response = await fetch(path.startsWith('http') ? path : `${api}${path}`, {
    method,
    headers: {
      accept: 'application/vnd.github+json',
      ...(as ? { authorization: `Bearer ${as}` } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(bytes ? { body: Buffer.from(bytes) } : {}),
    redirect: 'manual',
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    data: (isJson && text ? JSON.parse(text) : text) as Reached,
  };
}

export async function signAppJwt(
  pem: string,
  appId: number | string,
  times: { iat: number; exp: number },
): Promise<string> {
  const pkcs8 = createPrivateKey(pem).export({ type: 'pkcs8', format: 'pem' }).toString();
  return new SignJWT({ iat: times.iat, exp: times.exp, iss: String(appId) })
    .setProtectedHeader({ alg: 'RS256' })
    .sign(await importPKCS8(pkcs8, 'RS256'));
}

export function keyOf(sandbox: Sandbox, slug: string): string {
  return readFileSync(sandbox.apps[slug]?.privateKeyFile ?? '', 'utf8');
}

function jwt(sandbox: Sandbox, appId: number): Promise<string> {
  const now = Math.floor(sandbox.state.clock.now() / 1000);
  return signAppJwt(keyOf(sandbox, appId === APP_ID ? 'sally' : 'other'), appId, {
    iat: now - 60,
    exp: now + 500,
  });
}

interface HookServer {
  url: string;
  heard: Heard[];
  answer(how: number | (() => Promise<number>)): void;
  stop(): Promise<void>;
}

/** Refuses what is not signed, as an App must. Deliveries of the second App carry its name. */
async function hookServer(): Promise<HookServer> {
  const heard: Heard[] = [];
  let how: number | (() => Promise<number>) = 202;
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const raw = Buffer.concat(chunks);
      const signature = `sha256=${createHmac('sha256', SECRET).update(raw).digest('hex')}`;
      if (request.headers['x-hub-signature-256'] !== signature) return response.writeHead(401).end();
      const status = typeof how === 'number' ? how : await how();
      const event = String(request.headers['x-github-event']);
      const payload = JSON.parse(raw.toString('utf8')) as Payload;
      const name = `${request.url?.includes('other') ? 'other: ' : ''}${event}${payload.action ? `.${payload.action}` : ''}`;
      heard.push({
        guid: String(request.headers['x-github-delivery']),
        event,
        name,
        payload,
        headers: request.headers,
      });
      response.writeHead(status).end(status === 202 ? 'Accepted' : 'No');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    heard,
    answer: (next) => (how = next),
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
