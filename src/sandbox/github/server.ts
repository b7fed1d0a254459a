/**
 * One origin, as Enterprise Server has it: `/api/v3` the REST API, `/api/uploads` for files of releases,
 * `/{owner}/{repo}.git` git,
 * `/_sandbox` the control API, pages elsewhere. Loopback only.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import express, { type Express } from 'express';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { graphqlRoutes } from './api/graphql.ts';
import { allRoutes, allUploads } from './api/routes.ts';
import { controlRouter } from './control.ts';
import { Api } from './http/api.ts';
import { serveGit } from './http/git-http.ts';
import { endTokenEndpoint, tokenEndpoint } from './http/oauth.ts';
import { storage } from './http/storage.ts';
import { Limits, type LimitNumbers } from './http/limits.ts';
import { plant, type Planted, type SandboxSeed } from './seed.ts';
import { SandboxState } from './state/state.ts';

export interface SandboxOptions {
  /** Holds everything; a restart on it goes on where it was. */
  dataDir: string;
  /** Default: any free one. */
  port?: number;
  /** As people and Apps call it, where something in front of it speaks TLS; default: its own address. */
  origin?: string;
  seed?: SandboxSeed;
  clock?: Clock;
  logger?: Logger;
  /** Of installation tokens; default one hour. */
  tokenLifeMs?: number;
  /** Default: GitHub's. */
  limits?: Partial<LimitNumbers>;
  /** How long a webhook may take to be answered; default 10 s. */
  answerLimitMs?: number;
  /** An App hears the next event once it answered the last; GitHub, and the default, promise no order. */
  oneByOne?: boolean;
  /** Guards `/_sandbox`; made when absent. */
  controlToken?: string;
  /** Pages for people, below everything else. */
  mount?: (web: Express, state: SandboxState) => void;
}

export interface Sandbox extends Planted {
  /** `http://127.0.0.1:<port>`, or `origin`. */
  url: string;
  state: SandboxState;
  limits: Limits;
  controlToken: string;
  /** JSON with url, control token, people's tokens and Apps' keys, for other processes. Mode 0600. */
  credentialsFile: string;
  stop(): Promise<void>;
}

const MOST_BODY = '100mb';

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const state = await SandboxState.open({
    dataDir: options.dataDir,
    clock: options.clock,
    log: options.logger,
  });
  if (options.tokenLifeMs !== undefined) state.apps.tokenLifeMs = options.tokenLifeMs;
  if (options.answerLimitMs !== undefined) state.hooks.answerLimitMs = options.answerLimitMs;
  state.hooks.oneByOne = options.oneByOne ?? false;
  const limits = new Limits(state, options.limits);
  const controlToken = options.controlToken ?? randomBytes(24).toString('hex');
  const web = application(state, limits, controlToken, options.mount);
  const server = http.createServer((request, response) => {
    serveGit(state, request, response).then(
      (served) => served || web(request, response),
      (error: unknown) => {
        state.log.error({ err: error, code: 'sandbox.git' }, 'git request failed');
        response.destroy();
      },
    );
  });
  // Longer than clients keep theirs: a reused connection must not be closed under a request.
  server.keepAliveTimeout = 65_000;
  await listen(server, options.port ?? 0);
  state.url = options.origin ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const planted: Planted = options.seed ? await plant(state, options.seed) : { tokens: {}, apps: {} };
  const credentialsFile = join(options.dataDir, 'credentials.json');
  const credentials = { url: state.url, controlToken, ...planted };
  writeFileSync(credentialsFile, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
  return {
    ...planted,
    url: state.url,
    state,
    limits,
    controlToken,
    credentialsFile,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await state.close();
    },
  };
}

function application(
  state: SandboxState,
  limits: Limits,
  controlToken: string,
  mount: SandboxOptions['mount'],
): Express {
  const web = express();
  web.disable('x-powered-by');
  web.disable('etag');
  const raw = express.raw({ type: () => true, limit: MOST_BODY });
  const api = new Api(state, limits);
  allRoutes(api);
  web.use('/api/v3', endTokenEndpoint(state));
  web.use('/api/v3', raw, byId(state), api.router);
  const uploads = new Api(state, limits);
  allUploads(uploads);
  web.use('/api/uploads', byId(state), uploads.router);
  const graph = new Api(state, limits);
  graphqlRoutes(graph);
  web.use('/api', raw, graph.router);
  web.get('/_storage/:asset', storage(state));
  web.use(tokenEndpoint(state));
  web.use('/_sandbox', raw, controlRouter(state, limits, controlToken));
  mount?.(web, state);
  return web;
}

/** `/repositories/{id}/…` is every route of a repository under its number, which a rename does not change. */
function byId(state: SandboxState): express.RequestHandler {
  return (request, _response, next) => {
    const match = /^\/repositories\/(\d+)(\/[^?]*)?(\?.*)?$/.exec(request.url);
    if (match) {
      const repo = state.repos.byId(Number(match[1]));
      request.url = `/repos/${repo ? state.repos.fullName(repo) : '-/-'}${match[2] ?? ''}${match[3] ?? ''}`;
    }
    next();
  };
}

function listen(server: http.Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}
