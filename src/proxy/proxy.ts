/**
 * The proxy: the only way from the secure zone to GitHub, the image registry and archives of packages, for reading what is listed.
 *
 * The door refuses what could mean two things, hands a request to the rule that claims it (door.ts), and
 * writes the line that says who took what. Rules: packages and images, when they are configured, then git.
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { seconds } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { withLogFields } from '../lib/log-fields.ts';
import { createMetrics, type Metrics } from '../lib/metrics.ts';
import { REQUEST_ID, requestIdFor } from '../lib/request-id.ts';
import { isRefusal, refusalText, type Refusal } from '../lib/refusal.ts';
import { Admission } from './admission.ts';
import { Callers, type CallersOptions } from './callers.ts';
import type { Rule, Seen, Told, Visit } from './door.ts';
import { proxyCounts, type ProxyCounts } from './metrics.ts';
import { GitRule, type GitRuleOptions } from './git/git.ts';
import { faultOfHead } from './git/target.ts';
import { inPlainText } from './plain.ts';
import { alsoPackages, CRAWLERS, no, statusOf } from './words.ts';

export type { Rule } from './door.ts';
export { Approved } from './git/approved.ts';
export type { WantsPolicy } from './git/git.ts';
export { ImageRule } from './images/images.ts';
export { measured } from './measured.ts';
export { storeCounts, upstreamCounts } from './metrics.ts';
export { PackageRule } from './packages/packages.ts';
export { readAuthorities, readWithdrawn, type Authorities } from './authorities.ts';
export { GitHubAccess, type GitHubOptions } from './github.ts';
export { upstreamAgent, type UpstreamOptions } from './upstream.ts';
export {
  proxySettings,
  readProxyAppKey,
  readProxySettings,
  type ProxyLimits,
  type ProxySettings,
} from './settings.ts';

export interface ProxyOptions extends CallersOptions, GitRuleOptions {
  /** The rule for images; asked before git's. */
  images?: Rule;
  /** The rule for packages; asked first, since it has names of its own. */
  packages?: Rule;
  /** `ca`: whoever has no certificate of this authority is not answered, nor whose certificate `crl` withdraws. */
  tls?: { cert: Buffer; key: Buffer; ca?: Buffer; crl?: string[] };
  /** Where it counts; a registry of its own, if nobody reads it. */
  metrics?: Metrics;
  logger: Logger;
}

const MAX_HEADERS = 16 * 1024;
const MAX_CONNECTIONS = 2000;
/** Nobody who has not said who it is may keep the others out: of one address, a quarter. */
const MAX_OF_ONE = 500;
const HEADERS_SECONDS = 15;
const HANDSHAKE_MS = seconds(10);
/** How often Node looks whether a request is late. */
const LOOK_EVERY_MS = seconds(1);
const DRAINED = 8 * 1024 ** 2;

export function createProxy(options: ProxyOptions): Server {
  const proxy = new Proxy(options);
  const listener: RequestListener = (request, response) => void proxy.answer(request, response);
  const settings = {
    maxHeaderSize: MAX_HEADERS,
    requireHostHeader: true,
    insecureHTTPParser: false,
    connectionsCheckingInterval: LOOK_EVERY_MS,
    requestTimeout: seconds(options.limits.request_seconds),
    headersTimeout: seconds(Math.min(options.limits.request_seconds, HEADERS_SECONDS)),
  };
  const server = options.tls
    ? createTlsServer({ ...settings, ...tlsOptions(options.tls) }, listener)
    : createServer(settings, listener);
  server.maxConnections = MAX_CONNECTIONS;
  server.on('connection', fewOfOne(MAX_OF_ONE));
  // Each request that waits on a connection listens for its end; how many may be open, the limits say.
  server.on(options.tls ? 'secureConnection' : 'connection', (socket: Duplex) => socket.setMaxListeners(0));
  server.on('tlsClientError', () => proxy.handshakeFailed());
  server.on('checkContinue', listener);
  for (const event of ['connect', 'upgrade'] as const) {
    server.on(event, (_request: IncomingMessage, socket: Duplex) =>
      refuseOnSocket(socket, 403, proxy.says(no.path())),
    );
  }
  server.on('clientError', ({ code }: NodeJS.ErrnoException, socket) => {
    if (code === 'ERR_HTTP_REQUEST_TIMEOUT') refuseOnSocket(socket, 408, proxy.says(no.slow()));
    else refuseOnSocket(socket, 400, proxy.says(no.headers()));
  });
  return server;
}

/** Ends connections of an address that has so many already. */
function fewOfOne(most: number): (socket: Socket) => void {
  const open = new Map<string, number>();
  return (socket) => {
    const from = socket.remoteAddress ?? '';
    const count = (open.get(from) ?? 0) + 1;
    if (count > most) return void socket.destroy();
    open.set(from, count);
    socket.once('close', () => {
      const left = (open.get(from) ?? 1) - 1;
      if (left > 0) open.set(from, left);
      else open.delete(from);
    });
  };
}

function tlsOptions({ cert, key, ca, crl }: NonNullable<ProxyOptions['tls']>) {
  const clients = ca ? { ca, requestCert: true, rejectUnauthorized: true, ...(crl ? { crl } : {}) } : {};
  return { cert, key, minVersion: 'TLSv1.2' as const, handshakeTimeout: HANDSHAKE_MS, ...clients };
}

class Proxy {
  readonly #options: ProxyOptions;
  readonly #hosts: readonly string[];
  readonly #callers: Callers;
  readonly #admission: Admission;
  readonly #rules: readonly Rule[];
  readonly #counts: ProxyCounts;
  readonly #plainly: NonNullable<Rule['tell']>;

  constructor(options: ProxyOptions) {
    this.#options = options;
    const { packages, images } = options;
    this.#rules = [...(packages ? [packages] : []), ...(images ? [images] : []), new GitRule(options)];
    this.#hosts = [new URL(options.origin).host, ...this.#rules.flatMap(({ hosts = [] }) => hosts)];
    this.#plainly = (refused) => plainly(packages ? alsoPackages(refused) : refused);
    this.#callers = new Callers(options);
    this.#admission = new Admission(options.limits);
    this.#counts = proxyCounts(options.metrics ?? createMetrics('proxy'), () => this.#admission.open);
  }

  /** An id of its own, whatever the client sent: nobody in the zone is trusted with the lines of this log. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = requestIdFor();
    response.setHeader(REQUEST_ID, id);
    return withLogFields({ request_id: id }, () => this.#answer(request, response));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { clock, limits, logger } = this.#options;
    const from = clock.now();
    const seen: Seen = { status: 0 };
    // Silence is GitHub thinking, then the client reading: each has its own limit.
    response.setTimeout(seconds(limits.headers_seconds + limits.idle_seconds), () => response.destroy());
    response.on('error', () => undefined);
    try {
      const { refused, tell = this.#plainly } = await this.#ask(request, response, seen);
      if (refused) refuse(request, response, tell(refused));
      if (refused) seen.code = refused.code;
    } catch (error) {
      this.#faultOf(error);
      response.destroy();
    }
    // Nothing was answered to whoever had gone.
    seen.status = response.headersSent ? response.statusCode : 0;
    const ms = clock.now() - from;
    this.#counts.ended(seen, ms);
    logger.info({ ...seen, ms }, 'request');
  }

  says(refused: Refusal): string {
    return refusalText(this.#options.packages ? alsoPackages(refused) : refused);
  }

  handshakeFailed(): void {
    this.#counts.handshakeFailed();
    this.#options.logger.info({ code: 'proxy.handshake' }, 'a connection ended before its first request');
  }

  async #ask(
    request: IncomingMessage,
    response: ServerResponse,
    seen: Seen,
  ): Promise<{ refused?: Refusal; tell?: Rule['tell'] }> {
    const fault = faultOfHead(request, this.#hosts);
    if (fault) return { refused: fault };
    if (request.method === 'GET' && request.url === '/robots.txt') {
      seen.rule = 'robots';
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(CRAWLERS);
      return {};
    }
    const rule = this.#rules.find((one) => one.claims(request));
    if (!rule) return { refused: no.path() };
    const tell = rule.tell?.bind(rule);
    const answer = rule.answer(this.#visit(request, response, seen));
    const refused = await answer.catch((error: unknown) => {
      const fault = this.#faultOf(error);
      if (!response.headersSent) return fault;
      Object.assign(seen, { broken: true, code: fault.code });
      response.destroy();
      return undefined;
    });
    return { ...(refused && { refused }), ...(tell && { tell }) };
  }

  /** A full disk, or a mistake of ours: whoever is told that others have it looks in the wrong place. */
  #faultOf(err: unknown): Refusal {
    const fault = no.fault();
    this.#options.logger.error({ err, code: fault.code }, 'the proxy has a fault');
    return fault;
  }

  #visit(request: IncomingMessage, response: ServerResponse, seen: Seen): Visit {
    return {
      request,
      response,
      seen,
      caller: async (authorization) => {
        const caller = await this.#callers.caller(authorization);
        if (isRefusal(caller)) return caller;
        Object.assign(seen, { agent: caller.agent, backend: caller.backend, signer: caller.key });
        return caller;
      },
      admit: (caller, work) =>
        this.#admission.admit(caller, work, () => (seen.bytesIn ?? 0) + (seen.bytesOut ?? 0)),
    };
  }
}

function plainly(refused: Refusal): Told {
  const status = statusOf(refused);
  return inPlainText(refused, status, status === 401 ? { 'www-authenticate': 'Bearer' } : {});
}

function refuse(request: IncomingMessage, response: ServerResponse, told: Told): void {
  if (response.destroyed) return;
  response.writeHead(told.status, told.headers);
  response.end(told.body);
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

const TITLES = { 400: 'Bad Request', 403: 'Forbidden', 408: 'Request Timeout' } as const;

function refuseOnSocket(socket: Duplex, status: keyof typeof TITLES, text: string): void {
  if (!socket.writable) return void socket.destroy();
  const head = `HTTP/1.1 ${status} ${TITLES[status]}\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(text) + 1}\r\n\r\n`;
  socket.on('error', () => undefined);
  socket.end(`${head}${text}\n`, () => socket.destroy());
}
