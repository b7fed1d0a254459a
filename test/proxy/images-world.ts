/** The proxy's door and its rule for images, between an engine that is played by hand and a registry of ours. */
import { readFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { Agent as TlsAgent, request as httpsRequest } from 'node:https';
import { Agent as Outside } from 'undici';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import { randomIds } from '../../src/lib/ids.ts';
import type { KeyPair } from '../../src/lib/keys.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { signGitToken } from '../../src/protocol/protocol.ts';
import { imageSettings } from '../../src/proxy/images/settings.ts';
import {
  createProxy,
  ImageRule,
  proxySettings,
  upstreamAgent,
  type ProxyLimits,
} from '../../src/proxy/proxy.ts';
import { aGovernance, governanceFiles, KEYS } from '../support/governance.ts';
import type { FakeRegistry } from '../support/registry.ts';
import { writtenLog } from '../support/written-log.ts';
import { answered, type Answered } from './answered.ts';
import { freePort } from '../../src/sandbox/demo/ports.ts';

export const IMAGE = 'northshire-images/python';

export interface ImagesWorld {
  origin: string;
  log: Record<string, unknown>[];
  logged(fields: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** What an agent signs for the proxy. */
  token(changes?: { key?: KeyPair; agent?: string }): Promise<string>;
  /** The text of a body, also of one that was broken off. */
  ask(path: string, more?: Asking): Promise<ImageAnswer>;
  /** `GET /v2/<repository>/<rest>` with a token for it. */
  get(rest: string, more?: Asking & { repository?: string }): Promise<ImageAnswer>;
  pullToken(repository?: string): Promise<string>;
  tokenPath(repository?: string, action?: string): string;
  /** Other files of governance come into force. */
  govern(changes: Record<string, string>): void;
  close(): Promise<void>;
}

export interface Asking {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** `code`: of a refusal, as the registry API words it: `NAME_UNKNOWN proxy.image-path`. */
export type ImageAnswer = Answered & { code: string };

export interface ImagesWorldOptions {
  registry: Pick<FakeRegistry, 'host' | 'caFile'>;
  /** images.yml. */
  images: string;
  /** Further hosts that the registry may point to. */
  redirectHosts?: string[];
  /** `images` in proxy.yml. */
  settings?: Record<string, unknown>;
  limits?: Partial<ProxyLimits>;
  clock?: Clock;
  /** Over TLS, at an address that engines do not trust by itself. */
  door?: { address: string; port: number; cert: string; key: string; clientCa?: string };
}

export async function imagesWorld(options: ImagesWorldOptions): Promise<ImagesWorld> {
  const { registry, images, redirectHosts = [], clock = systemClock, door } = options;
  const listed = JSON.stringify({
    upstream: registry.host,
    namespaces: ['northshire-images'],
    redirect_hosts: redirectHosts,
  });
  const files = {
    'deployment.yml': `${governanceFiles().get('deployment.yml')}proxy: {domain: egress.example.edu, registry: ${listed}}\n`,
    'images.yml': images,
  };
  let governance = aGovernance(governanceFiles(files));
  const settings = imageSettings.parse({ private_hosts: ['127.0.0.1'], ...options.settings });
  const limits = proxySettings.shape.limits.parse(options.limits ?? {});
  const dispatcher = upstreamAgent({
    privateHosts: settings.private_hosts,
    connectSeconds: limits.connect_seconds,
    ca: readFileSync(registry.caFile),
  });
  const nobody = new Outside();
  const log = writtenLog();
  const { address = '127.0.0.1', port = await freePort() } = door ?? {};
  const origin = `${door ? 'https' : 'http'}://${address}:${port}`;
  const common = { origin, governance: () => governance, limits, clock };
  const server = createProxy({
    ...common,
    githubOrigin: 'https://github.com',
    refresh: () => Promise.resolve(),
    github: { access: () => Promise.reject(new Error('no git here')), forgetToken: () => undefined },
    dispatcher: nobody,
    ...(door
      ? {
          tls: {
            cert: Buffer.from(door.cert),
            key: Buffer.from(door.key),
            ...(door.clientCa === undefined ? {} : { ca: Buffer.from(door.clientCa) }),
          },
        }
      : {}),
    images: new ImageRule({ ...common, settings, dispatcher }),
    logger: createLogger('proxy', { level: 'debug', to: log.to }),
  });
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(port, address, done);
  });
  const service = new URL(origin).host;
  const tokenPath = (repository = IMAGE, action = 'pull'): string =>
    `/token?account=attainment&scope=repository%3A${repository.replaceAll('/', '%2F')}%3A${action}` +
    `&service=${service.replace(':', '%3A')}`;
  const ask = (path: string, more?: Asking): Promise<ImageAnswer> => askOnce(origin, path, more, door?.cert);
  const token: ImagesWorld['token'] = ({ key = KEYS.agent, agent = 'attainment' } = {}) =>
    signGitToken({
      agent,
      backend: 'attainment',
      audience: origin,
      key: key.privateKey,
      clock,
      ids: randomIds,
    });
  const pullToken = async (repository = IMAGE): Promise<string> => {
    const { body } = await ask(tokenPath(repository), { headers: { authorization: basic(await token()) } });
    const given = JSON.parse(body.toString()) as { token?: string };
    if (given.token === undefined) throw new Error(body.toString());
    return given.token;
  };
  return {
    origin,
    log: log.lines,
    logged: log.logged,
    token,
    ask,
    tokenPath,
    pullToken,
    async get(rest, { repository = IMAGE, ...more } = {}) {
      const authorization = `Bearer ${await pullToken(repository)}`;
      return ask(`/v2/${repository}/${rest}`, { ...more, headers: { authorization, ...more.headers } });
    },
    govern(changes) {
      governance = aGovernance(governanceFiles({ ...files, ...changes }));
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await dispatcher.destroy();
      await nobody.destroy();
    },
  };
}

export const basic = (password: string, user = 'attainment'): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

async function askOnce(origin: string, path: string, more: Asking = {}, ca?: string): Promise<ImageAnswer> {
  // A connection of its own: what one request breaks must not hurt the next.
  const { method = 'GET', headers = {}, body: sent } = more;
  const asked =
    ca === undefined
      ? httpRequest(origin, { method, path, headers, agent: new Agent({ keepAlive: false }) })
      : httpsRequest(origin, { method, path, headers, agent: new TlsAgent({ keepAlive: false, ca }) });
  const answer = await answered(asked, sent);
  return { ...answer, code: codeIn(answer.body) };
}

function codeIn(body: Buffer): string {
  try {
    const { errors } = JSON.parse(body.toString()) as {
      errors?: { code: string; detail: { code: string } }[];
    };
    const [first] = errors ?? [];
    return first ? `${first.code} ${first.detail.code}` : '';
  } catch {
    return '';
  }
}
