/** A proxy between an engine, played by hand, and a registry of ours. */
import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { governanceFiles } from '../support/governance.ts';
import { proxyWorld, type ProxyWorld } from '../support/proxy.ts';
import type { FakeRegistry } from '../support/registry.ts';

export const IMAGE = 'northshire-images/python';

export interface ImagesWorld extends ProxyWorld {
  /** The text of a body, also of one that was broken off. */
  ask(path: string, more?: Asking): Promise<Answered>;
  /** `GET /v2/<repository>/<rest>` with a token for it. */
  get(rest: string, more?: Asking & { repository?: string }): Promise<Answered>;
  pullToken(repository?: string): Promise<string>;
  tokenPath(repository?: string, action?: string): string;
}

export interface Asking {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface Answered {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** The connection ended before the answer did. */
  broken: boolean;
  /** Of a refusal, as the registry API words it: `NAME_UNKNOWN proxy.image-path`. */
  code: string;
}

export interface ImagesWorldOptions {
  registry: FakeRegistry;
  /** images.yml. */
  images: string;
  /** Further hosts that the registry may point to. */
  redirectHosts?: string[];
  /** `images` in proxy.yml. */
  settings?: Record<string, unknown>;
  limits?: Record<string, number>;
  governance?: Record<string, string>;
}

export async function imagesWorld(options: ImagesWorldOptions): Promise<ImagesWorld> {
  const { registry, images, redirectHosts = [], settings = {}, limits = {}, governance = {} } = options;
  const deployment = governanceFiles().get('deployment.yml') ?? '';
  const listed = JSON.stringify({
    upstream: registry.host,
    namespaces: ['northshire-images'],
    redirect_hosts: redirectHosts,
  });
  const world = await proxyWorld(
    {
      images: { ca_file: registry.caFile, private_hosts: ['127.0.0.1'], ...settings },
      limits: { headers_seconds: 2, idle_seconds: 2, connect_seconds: 2, ...limits },
    },
    {
      'deployment.yml': `${deployment}proxy: {domain: egress.example.edu, registry: ${listed}}\n`,
      'images.yml': images,
      ...governance,
    },
  );
  const service = new URL(world.origin).host;
  const tokenPath = (repository = IMAGE, action = 'pull'): string =>
    `/token?account=attainment&scope=repository%3A${repository.replaceAll('/', '%2F')}%3A${action}` +
    `&service=${service.replace(':', '%3A')}`;
  const ask = (path: string, more?: Asking): Promise<Answered> => askOnce(world.origin, path, more);
  const pullToken = async (repository = IMAGE): Promise<string> => {
    const { body } = await ask(tokenPath(repository), {
      headers: { authorization: basic(await world.token()) },
    });
    return (JSON.parse(body.toString()) as { token: string }).token;
  };
  return Object.assign(world, {
    ask,
    tokenPath,
    pullToken,
    async get(rest: string, { repository = IMAGE, ...more }: Asking & { repository?: string } = {}) {
      const authorization = `Bearer ${await pullToken(repository)}`;
      return ask(`/v2/${repository}/${rest}`, { ...more, headers: { authorization, ...more.headers } });
    },
  });
}

export const basic = (password: string, user = 'attainment'): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

async function askOnce(origin: string, path: string, more: Asking = {}): Promise<Answered> {
  // A connection of its own: what one request breaks must not hurt the next.
  const agent = new Agent({ keepAlive: false });
  const { method = 'GET', headers = {}, body: sent } = more;
  const asked = httpRequest(origin, { method, path, headers, agent });
  asked.on('error', () => undefined);
  asked.end(sent);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  let broken = false;
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch {
    broken = true;
  }
  const body = Buffer.concat(chunks);
  return { status: response.statusCode, headers: response.headers, body, broken, code: codeIn(body) };
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
