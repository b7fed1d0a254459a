/** The proxy's door, which wants a certificate, and its rule for packages, before an archive of ours. */
import { once } from 'node:events';
import { Agent as TlsAgent, request as httpsRequest } from 'node:https';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { Agent as Outside } from 'undici';
import { systemClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { createMetrics, type Metrics } from '../../src/lib/metrics.ts';
import {
  createProxy,
  PackageRule,
  proxySettings,
  upstreamAgent,
  type ProxyLimits,
} from '../../src/proxy/proxy.ts';
import { packageSettings } from '../../src/proxy/packages/settings.ts';
import { newAuthority } from '../hosts/support/authority.ts';
import { fakeArchive, type FakeArchive } from '../support/archive.ts';
import type { Certificate } from '../support/certificate.ts';
import { aGovernance, governanceFiles } from '../support/governance.ts';
import { writtenLog } from '../support/written-log.ts';
import { answered, type Answered } from './answered.ts';
import { freePort } from '../../src/sandbox/demo/ports.ts';

export const AUTHORITY = newAuthority();
/** Of a host of the zone, which may read packages. */
export const ZONE_HOST = AUTHORITY.issue('zone-1.zone.example');

export interface PackagesWorld {
  origin: string;
  port: number;
  /** Two archives, as `sources.list` names them. */
  main: string;
  security: string;
  archive: FakeArchive;
  metrics: Metrics;
  log: Record<string, unknown>[];
  logged(fields: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** `code`: of a refusal. */
  ask(path: string, more?: Asking): Promise<Answered & { code: string | undefined }>;
  /** A connection that has shown the certificate. */
  connected(): Promise<TLSSocket>;
  /** Everything that comes back for these bytes until the proxy closes. */
  raw(bytes: string): Promise<string>;
  close(): Promise<void>;
}

export interface Asking {
  /** Standard: the first archive. */
  host?: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Standard: that of the zone's host. */
  client?: Certificate;
}

export async function packagesWorld(
  given: {
    domain?: string;
    /** Of the first archive. */
    archive?: Record<string, unknown>;
    settings?: Record<string, unknown>;
    limits?: Partial<ProxyLimits>;
    on?: boolean;
  } = {},
): Promise<PackagesWorld> {
  const { domain = 'egress.example.edu', on = true } = given;
  const main = `archive-ubuntu.${domain}`;
  const security = `security-ubuntu.${domain}`;
  const archive = await fakeArchive(AUTHORITY.issue('127.0.0.1', 'localhost'));
  const common = { upstream: `https://${archive.host}/ubuntu`, components: ['main', 'universe'] };
  const settings = packageSettings.parse({
    private_hosts: ['127.0.0.1'],
    archives: [
      { host: main, suites: ['noble', 'noble-updates'], ...common, ...given.archive },
      { host: security, suites: ['noble-security'], ...common },
    ],
    ...given.settings,
  });
  const limits = proxySettings.shape.limits.parse(given.limits ?? {});
  const dispatcher = upstreamAgent({
    privateHosts: settings.private_hosts,
    connectSeconds: limits.connect_seconds,
    ca: Buffer.from(AUTHORITY.cert),
  });
  const nobody = new Outside();
  const metrics = createMetrics('proxy');
  const log = writtenLog();
  const port = await freePort();
  const origin = `https://${domain}:${port}`;
  const door = AUTHORITY.issue(domain, main, security);
  const server = createProxy({
    origin,
    governance: () => aGovernance(governanceFiles()),
    limits,
    clock: systemClock,
    githubOrigin: 'https://github.com',
    refresh: () => Promise.resolve(),
    github: { access: () => Promise.reject(new Error('no git here')), forgetToken: () => undefined },
    dispatcher: nobody,
    tls: { cert: Buffer.from(door.cert), key: Buffer.from(door.key), ca: Buffer.from(AUTHORITY.cert) },
    ...(on ? { packages: new PackageRule({ origin, settings, limits, dispatcher }) } : {}),
    metrics,
    logger: createLogger('proxy', { level: 'debug', to: log.to }),
  });
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(port, '127.0.0.1', done);
  });
  const connected = async (): Promise<TLSSocket> => {
    const socket = connectTls({
      host: '127.0.0.1',
      port,
      servername: main,
      ca: AUTHORITY.cert,
      ...ZONE_HOST,
    });
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    return socket;
  };
  return {
    origin,
    port,
    main,
    security,
    archive,
    metrics,
    log: log.lines,
    logged: log.logged,
    connected,
    async ask(path, { host = main, method = 'GET', headers = {}, body: sent, client = ZONE_HOST } = {}) {
      const agent = new TlsAgent({ keepAlive: false, ca: AUTHORITY.cert, servername: host, ...client });
      const asked = httpsRequest({
        ...{ host: '127.0.0.1', port, path, method, agent },
        headers: { host: `${host}:${port}`, ...headers },
      });
      const answer = await answered(asked, sent);
      return { ...answer, code: /\(([\w.-]+)\)\n$/.exec(answer.body.toString())?.[1] };
    },
    async raw(bytes) {
      const socket = await connected();
      let answer = '';
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
      socket.write(bytes, 'latin1');
      await once(socket, 'close');
      return answer;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await dispatcher.destroy();
      await nobody.destroy();
      await archive.close();
    },
  };
}
