/**
 * A proxy in front of a small GitHub: real git repositories, and the few API answers the proxy asks for.
 * The App is installed on `northshire-research` only; `northshire-actions` has public repositories.
 */
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { stringify } from 'yaml';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { newKeyPair, type KeyPair } from '../../src/lib/keys.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { PROTOCOL, type RunTask, type TaskClaims } from '../../src/protocol/messages.ts';
import { signGitToken, signTask } from '../../src/protocol/protocol.ts';
import { startProxy, type RunningProxy } from '../../src/proxy.ts';
import { appKey } from './app-key.ts';
import { governanceFiles, KEYS, REPOSITORY } from './governance.ts';
import { gitUpstream, type GitUpstream } from './git-upstream.ts';
import { lasting } from './world-seed.ts';
import { writtenLog } from './written-log.ts';
import { freePort } from '../../src/sandbox/demo/ports.ts';

export interface FakeRepository {
  id: number;
  fullName: string;
  private: boolean;
}

export interface ProxyWorld {
  upstream: GitUpstream;
  proxy: RunningProxy;
  origin: string;
  pinned: string;
  /** What the names of the organisations begin with. */
  prefix: string;
  /** By lower-case `owner/name`. */
  repositories: Map<string, FakeRepository>;
  /** Bodies with which tokens were asked for. */
  minted: unknown[];
  /** Tokens GitHub takes now, each for one repository. */
  tokens: Map<string, string>;
  log: Record<string, unknown>[];
  /** The line that matches, as soon as it is written: a client may have its answer before the line is. */
  logged(fields: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Runs before GitHub answers; true when it answered itself. */
  onRequest?: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;
  token(changes?: {
    key?: KeyPair;
    agent?: string;
    backend?: string;
    audience?: string;
    clock?: Clock;
  }): Promise<string>;
  /** A task as the hub signs it, to run something of the study. */
  task(changes?: TaskChanges): Promise<string>;
  close(): Promise<void>;
}

export interface TaskChanges {
  key?: KeyPair;
  claims?: Partial<TaskClaims>;
  task?: Partial<RunTask>;
}

/** Its tasks say which commits may be fetched. */
export const HUB = newKeyPair();

/** The name of another place in place of the usual one. */
export const at = (prefix: string, text: string): string => text.replaceAll('northshire', prefix);

export const STUDY = 'northshire-research/study';
export const ACTION = 'northshire-actions/action';
export const GOVERNANCE = 'northshire-research/governance';

/**
 * `changes` to proxy.yml (`repository`: the number of the governance repository; `host`: by which name the proxy is
 * known; `prefix`: of the organisations' names), and to the governance files.
 */
export async function proxyWorld(
  {
    repository = 9001,
    host = '127.0.0.1',
    prefix = 'northshire',
    ...changes
  }: Record<string, unknown> & { host?: string; prefix?: string } = {},
  governance: Record<string, string> = {},
  clock: Clock = systemClock,
): Promise<ProxyWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-proxy-'));
  const upstream = await gitUpstream();
  const named = (text: string): string => at(prefix, text);
  copyFileSync(appKey('proxy'), join(dir, 'app.pem'));
  // A clock of a test's own stands in the year of the examples, and what that test merges goes by it, too.
  const example = governanceFiles(governance);
  const files = clock === systemClock ? lasting(example) : example;
  const pinned = upstream.repository(
    named(GOVERNANCE),
    Object.fromEntries([...files].map(([path, text]) => [path, named(text)])),
  );
  const log = writtenLog();
  const port = await freePort();
  const origin = `${changes['tls'] ? 'https' : 'http'}://${host}:${port}`;
  const settings = {
    origin,
    listen: { host: '127.0.0.1', port },
    github: { origin: upstream.origin, app_id: 4711, private_key_file: 'app.pem', private: true },
    hub: { key: HUB.publicText },
    governance: { repository, owner: named('northshire-research'), name: 'governance', commit: pinned },
    state_dir: 'state',
    ...changes,
  };
  writeFileSync(join(dir, 'proxy.yml'), stringify(settings));
  const world: Omit<ProxyWorld, 'proxy'> & { proxy?: RunningProxy } = {
    upstream,
    origin,
    prefix,
    pinned,
    repositories: new Map(
      [
        { id: 9001, fullName: GOVERNANCE, private: true },
        { id: REPOSITORY, fullName: STUDY, private: true },
        { id: 80099, fullName: 'northshire-research/other', private: true },
        { id: 90001, fullName: ACTION, private: false },
      ].map((repository) => [
        named(repository.fullName),
        { ...repository, fullName: named(repository.fullName) },
      ]),
    ),
    minted: [],
    tokens: new Map(),
    log: log.lines,
    logged: log.logged,
    token: ({
      key = KEYS.agent,
      agent = 'attainment',
      backend = 'attainment',
      audience = origin,
      clock = systemClock,
    } = {}) => signGitToken({ agent, backend, audience, key: key.privateKey, clock, ids: randomIds }),
    task({ key = HUB, claims = {}, task = {} } = {}) {
      const now = Math.floor(systemClock.now() / 1000);
      const run: RunTask = {
        type: 'run',
        id: randomIds.id(),
        job: randomIds.id(),
        request: randomIds.id(),
        repository: { id: REPOSITORY, owner: named('northshire-research'), name: 'study' },
        branch: 'main',
        commit: '0'.repeat(40),
        action: 'extract',
        workspace: 'study',
        requestedBy: 1,
        ...task,
      };
      const whose = { agent: 'attainment', backend: 'attainment' };
      return signTask(
        { protocol: PROTOCOL, ...whose, seq: 1, iat: now, exp: now + 600, task: run, ...claims },
        key.privateKey,
      );
    },
    async close() {
      await world.proxy?.close();
      await upstream.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  upstream.intercept = async (request, response) =>
    ((await world.onRequest?.(request, response)) ?? false) || github(world, request, response);
  const logger = createLogger('proxy', { level: 'debug', to: log.to });
  world.proxy = await startProxy(join(dir, 'proxy.yml'), { logger, clock });
  return world as ProxyWorld;
}

/** True when answered: the API, and git without the right credential. */
function github(
  world: Pick<ProxyWorld, 'repositories' | 'minted' | 'tokens' | 'prefix'>,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const path = (request.url ?? '').split('?')[0] ?? '';
  const json = (status: number, body: unknown, headers = {}): true => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    return true;
  };
  const authorization = request.headers.authorization ?? '';
  if (!path.startsWith('/api/v3/')) {
    const [, owner = '', name = ''] = path.toLowerCase().split('/');
    const repository = world.repositories.get(`${owner}/${name.replace(/\.git$/, '')}`);
    const password = Buffer.from(authorization.replace('Basic ', ''), 'base64')
      .toString()
      .replace('x-access-token:', '');
    const may = repository && (!repository.private || world.tokens.get(password) === repository.fullName);
    return may ? false : json(authorization ? 404 : 401, {});
  }
  const [, owner = '', name = '', tail] =
    /^\/api\/v3\/repos\/([^/]+)\/([^/]+)(\/installation)?$/.exec(path) ?? [];
  const repository = world.repositories.get(`${owner}/${name}`.toLowerCase());
  if (path === '/api/v3/app/installations/77/access_tokens') {
    if (decodeJwt(authorization.slice(7)).iss !== '4711') return json(401, {});
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const body = JSON.parse(text) as { repositories: string[] };
      world.minted.push(body);
      const token = `ghs_secret${randomBytes(8).toString('hex')}`;
      world.tokens.set(token, at(world.prefix, `northshire-research/${body.repositories[0]}`));
      json(201, { token, expires_at: new Date(Date.now() + 3_600_000).toISOString() });
    });
    return true;
  }
  if (!repository) return json(404, { message: 'Not Found' });
  if (tail) return owner === at(world.prefix, 'northshire-research') ? json(200, { id: 77 }) : json(404, {});
  const etag = `"${repository.id}-${repository.fullName}"`;
  const token = authorization.replace('Bearer ', '');
  if (repository.private && world.tokens.get(token) !== repository.fullName) return json(404, {});
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304).end();
    return true;
  }
  return json(
    200,
    { id: repository.id, full_name: repository.fullName, private: repository.private },
    { etag },
  );
}
