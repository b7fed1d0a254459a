/**
 * The proxy: the only way from the secure zone to GitHub, for reading listed repositories with git.
 *
 * A request passes five gates in order: the raw target fits a rule, the agent's token is good, the
 * organisation is listed, the name still means the registered repository, the agent is not over its
 * limit. Only then a URL is built from what was captured, and a credential of the proxy's own is added.
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import { agentKeys, projectOfRepository, viewerKeys, type Governance } from '../governance/governance.ts';
import { seconds, type Clock } from '../lib/clock.ts';
import { parsePublicKey } from '../lib/keys.ts';
import type { Logger } from '../lib/logger.ts';
import { githubPlaces } from '../lib/origin.ts';
import { isRefusal, refusalText, type Refusal } from '../lib/refusal.ts';
import { unknownCaller, verifyGitToken, type Caller } from '../protocol/protocol.ts';
import type { Access, GitHubAccess } from './github.ts';
import { relay, type Carried } from './relay.ts';
import type { ProxyLimits } from './settings.ts';
import { readTarget, type Target } from './target.ts';
import { CRAWLERS, no, statusOf } from './words.ts';

export { GitHubAccess, type GitHubOptions } from './github.ts';
export {
  proxySettings,
  readAppKey,
  readProxySettings,
  type ProxyLimits,
  type ProxySettings,
} from './settings.ts';

export interface ProxyOptions {
  /** What agents know the proxy by. */
  origin: string;
  githubOrigin: string;
  governance: () => Governance | undefined;
  /** Looks for a newer governance version; asked when an unknown key knocks. */
  refresh: () => Promise<unknown>;
  github: Pick<GitHubAccess, 'access' | 'forgetToken'>;
  limits: ProxyLimits;
  tls?: { cert: Buffer; key: Buffer };
  dispatcher: Dispatcher;
  clock: Clock;
  logger: Logger;
}

type GitTarget = Extract<Target, { owner: string }>;

/** Unknown keys make the proxy look again at most this often: knocking must not become a way to load GitHub. */
const KNOCK_EVERY = seconds(10);
const MAX_HEADERS = 16 * 1024;
const DRAINED = 8 * 1024 ** 2;

export function createProxy(options: ProxyOptions): Server {
  const proxy = new Proxy(options);
  const listener: RequestListener = (request, response) => void proxy.answer(request, response);
  const settings = { maxHeaderSize: MAX_HEADERS, requireHostHeader: true, insecureHTTPParser: false };
  const server = options.tls
    ? createTlsServer({ ...settings, ...options.tls }, listener)
    : createServer(settings, listener);
  server.headersTimeout = seconds(options.limits.headers_seconds);
  server.requestTimeout = seconds(options.limits.total_seconds);
  server.on('checkContinue', listener);
  for (const event of ['connect', 'upgrade'] as const) {
    server.on(event, (_request: IncomingMessage, socket: Duplex) =>
      refuseOnSocket(socket, 403, refusalText(no.path())),
    );
  }
  server.on('clientError', (_error, socket) => refuseOnSocket(socket, 400, refusalText(no.headers())));
  return server;
}

class Proxy {
  readonly #options: ProxyOptions;
  readonly #host: string;
  readonly #open = new Map<string, number>();
  #knockedAt = -Infinity;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#host = new URL(options.origin).host;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { clock, logger, limits } = this.#options;
    const from = clock.now();
    const seen: Seen = { status: 0 };
    // Silence is GitHub thinking, then the client reading: each has its own limit.
    response.setTimeout(seconds(limits.headers_seconds + limits.idle_seconds), () => response.destroy());
    response.on('error', () => undefined);
    try {
      const refused = await this.#gates(request, response, seen);
      if (refused) refuse(request, response, refused);
      seen.code = refused?.code;
    } catch (error) {
      logger.error({ err: error }, 'the proxy has a fault');
      if (response.headersSent) response.destroy();
      else refuse(request, response, no.github());
    }
    seen.status = response.statusCode;
    const { carried, ...fields } = seen;
    logger.info(
      {
        ...fields,
        bytesIn: carried?.bytesIn,
        bytesOut: carried?.bytesOut,
        broken: carried?.broken,
        ms: clock.now() - from,
      },
      'request',
    );
  }

  async #gates(request: IncomingMessage, response: ServerResponse, seen: Seen): Promise<Refusal | undefined> {
    const target = readTarget(request, this.#host);
    if (isRefusal(target)) return target;
    seen.rule = target.rule;
    if (target.rule === 'robots') {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(CRAWLERS);
      return undefined;
    }
    const caller = await this.#caller(request);
    if (isRefusal(caller)) return caller;
    seen.agent = caller.agent;
    seen.backend = caller.backend;
    const who = `${caller.backend} ${caller.agent}`;
    const open = this.#open.get(who) ?? 0;
    if (open >= this.#options.limits.requests_per_agent) return no.busy();
    this.#open.set(who, open + 1);
    try {
      return await this.#carry(target, request, response, seen);
    } finally {
      const left = (this.#open.get(who) ?? 1) - 1;
      if (left > 0) this.#open.set(who, left);
      else this.#open.delete(who);
    }
  }

  async #carry(
    target: GitTarget,
    request: IncomingMessage,
    response: ServerResponse,
    seen: Seen,
  ): Promise<Refusal | undefined> {
    const { github, githubOrigin, limits, dispatcher } = this.#options;
    const access = await this.#repository(target, request);
    if (isRefusal(access)) return access;
    const { owner, name, id } = access.repository;
    seen.repository = id;
    const tail = target.rule === 'git-refs' ? 'info/refs?service=git-upload-pack' : 'git-upload-pack';
    const url = `${githubPlaces(githubOrigin).git}/${owner}/${name}.git/${tail}`;
    const carried = await relay({
      url,
      request,
      response,
      authorization: access.authorization,
      limits,
      dispatcher,
    });
    if (carried.denied) github.forgetToken(owner, name);
    seen.carried = carried;
    return carried.refused;
  }

  async #repository({ owner, name }: GitTarget, request: IncomingMessage): Promise<Access | Refusal> {
    const governance = this.#options.governance();
    if (!governance) return no.noGovernance();
    const { code_orgs, action_orgs, org, repos } = governance.deployment.github;
    const same = (listed: string): boolean => listed.toLowerCase() === owner.toLowerCase();
    const listed = [org.login, ...code_orgs, ...action_orgs].find(same);
    if (listed === undefined) return no.organisation(owner);
    const access = await this.#options.github.access(listed, name);
    if (isRefusal(access)) return access;
    const { id } = access.repository;
    const meant = request.headers['sallyport-repository-id'];
    if (meant !== undefined && Number(meant) !== id) return no.otherRepository();
    // Names come and go, so a repository of the researchers must stand in governance by its number.
    const registered =
      action_orgs.some(same) || projectOfRepository(governance, id) || Object.values(repos).includes(id);
    return registered ? access : no.unregistered();
  }

  async #caller(request: IncomingMessage): Promise<Caller | Refusal> {
    const first = await this.#verify(request);
    const mayBeNew =
      isRefusal(first) && ['protocol.unknown-caller', 'protocol.wrong-signature'].includes(first.code);
    const now = this.#options.clock.now();
    if (!mayBeNew || now - this.#knockedAt < KNOCK_EVERY) return first;
    this.#knockedAt = now;
    await this.#options.refresh();
    return this.#verify(request);
  }

  #verify(request: IncomingMessage): Promise<Caller | Refusal> {
    const { origin, clock, governance } = this.#options;
    const current = governance();
    if (!current) return Promise.resolve(no.noGovernance());
    const keysOf = ({ agent, backend }: Caller) => {
      // The airlock reads histories to know who wrote them: by its own key, and through the same gates.
      const keys = [agentKeys, viewerKeys]
        .flatMap((keysIn) => keysIn(current, backend, clock.now()))
        .filter(({ id }) => id === agent)
        .map(({ key }) => parsePublicKey(key))
        .flatMap((key) => (isRefusal(key) ? [] : [key]));
      return keys.length > 0 ? keys : unknownCaller();
    };
    return verifyGitToken({ authorization: request.headers.authorization, audience: origin, clock, keysOf });
  }
}

/** What the log line says of a request: never its path, headers or body. */
interface Seen {
  rule?: Target['rule'];
  agent?: string;
  backend?: string;
  repository?: number;
  carried?: Carried;
  code?: string;
  status: number;
}

function refuse(request: IncomingMessage, response: ServerResponse, refused: Refusal): void {
  if (response.destroyed) return;
  const status = statusOf(refused);
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(status === 429 || status === 503 ? { 'retry-after': '5' } : {}),
  });
  response.end(`${refusalText(refused)}\n`);
  drain(request);
}

/** A client that is still sending would lose the answer if its connection closed; so some more is read and dropped. */
function drain(request: IncomingMessage): void {
  let left = DRAINED;
  request.on('error', () => undefined);
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  // What was piped elsewhere before has been paused by being unpiped.
  request.resume();
}

function refuseOnSocket(socket: Duplex, status: 400 | 403, text: string): void {
  if (!socket.writable) return void socket.destroy();
  const title = status === 400 ? 'Bad Request' : 'Forbidden';
  const head = `HTTP/1.1 ${status} ${title}\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(text) + 1}\r\n\r\n`;
  socket.on('error', () => undefined);
  socket.end(`${head}${text}\n`, () => socket.destroy());
}
