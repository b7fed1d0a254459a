/** What `sallyport setup` asks of monitors, traces, images and certificates of clients: off unless asked for, and never half. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { readZoneFile } from '../../agent/agent.ts';
import { readHubConfig } from '../../src/hub-config.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { readProxySettings } from '../../src/proxy/settings.ts';
import { newAuthority } from '../hosts/support/authority.ts';
import { appKey } from '../support/app-key.ts';
import { selfSigned } from '../support/certificate.ts';
import { everyFile, runSetup } from '../support/setup.ts';

const root = mkdtempSync(path.join(tmpdir(), 'setup-ways-'));
const at = (...names: string[]): string => path.join(root, ...names);
const user = userInfo().username;
const zones = newAuthority();
const client = zones.issue('zone.example.edu');
const door = selfSigned('egress.example.edu');
/** Digits alone: a settings file must not make a number of it. */
const COMMIT = '1'.repeat(40);

/** A file in the test's folder; its path. */
function write(name: string, text: string): string {
  mkdirSync(path.dirname(at(name)), { recursive: true });
  writeFileSync(at(name), text, { mode: 0o600 });
  return at(name);
}

/** The cards that every host but the first is handed. */
function cards(host: string): void {
  const key = newKeyPair().publicText;
  const app = { id: 4711, slug: 'sallyport', client_id: 'none' };
  const log = 'research.example.edu/log+1234abcd+key';
  const github = 'https://github.com';
  const origin = 'https://research.example.edu';
  const card = { role: 'hub', github, organisation: 'northshire-research', origin, key, app, log_key: log };
  write(`${host}/cards/hub.yml`, stringify(card));
  const place = { repository: 9001, owner: 'northshire-research', name: 'governance', branch: 'main' };
  write(`${host}/cards/governance.yml`, stringify({ role: 'governance', github, ...place, commit: COMMIT }));
}

const boundary = (): Record<string, unknown> => ({
  proxy_origin: 'https://egress.example.edu',
  tls_cert_file: write('egress.pem', door.cert),
  tls_key_file: write('egress.key', door.key),
  user,
  state_dir: at('state', 'proxy'),
  units: 'none',
});
const zone = (): Record<string, unknown> => ({
  backend: 'attainment',
  hub_origin: 'https://research.example.edu',
  proxy_origin: 'https://egress.example.edu',
  proxy_ca_file: at('egress.pem'),
  agent_user: user,
  agent_state_dir: at('state', 'agent'),
  airlock_user: user,
  airlock_state_dir: at('state', 'airlock'),
  airlock_database: 'embedded',
  viewer_origin: 'https://viewer.zone.example.edu',
  files_origin: 'https://files.content.example.edu',
  scanner: '',
  units: 'none',
  engine_certs_dir: at('certs.d'),
});

beforeAll(() => ['boundary', 'zone', 'plain'].forEach(cards));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a proxy that nobody answered more for opens no listener, asks for no certificate, and says so in its card', async () => {
  write('plain/app.pem', 'not looked at here');
  expect(await runSetup('proxy', at('plain'), boundary())).toMatchObject({ code: 0 });
  const settings = readProxySettings(at('plain', 'proxy.yml'));

  expect(settings.watch).toBeUndefined();
  expect(settings.tls?.client_ca_file).toBeUndefined();
  expect(settings.images.cache).toBeUndefined();
  expect(readFileSync(at('plain', 'cards', 'proxy.yml'), 'utf8')).toMatch(/^images: false$/m);
});

test('the boundary asks zones for certificates, passes images from a registry with a login, and tells monitors with a token', async () => {
  write('boundary/app.pem', 'not looked at here');
  const first = await runSetup('proxy', at('boundary'), {
    ...boundary(),
    client_ca_file: write('zones.pem', `${client.key}${zones.cert}`),
    images: 'yes',
    images_private_hosts: 'registry.example.edu, 10.0.0.9',
    images_token_hosts: 'auth.example.edu',
    images_login_host: 'registry.example.edu',
    images_login_user: 'reader',
    images_store_gib: 5,
    watch: '10.0.0.2:9466',
    watch_tls_cert_file: at('egress.pem'),
    watch_tls_key_file: at('egress.key'),
  });
  expect(first.out).toContain('write the password of reader into');
  write('boundary/registry.password', 'a made-up password of a registry');
  const second = await runSetup('proxy', at('boundary'), undefined);

  expect(second.code).toBe(0);
  expect(readProxySettings(at('boundary', 'proxy.yml'))).toMatchObject({
    tls: { client_ca_file: at('zones.pem') },
    images: {
      private_hosts: ['registry.example.edu', '10.0.0.9'],
      token_hosts: ['auth.example.edu'],
      credentials: {
        host: 'registry.example.edu',
        user: 'reader',
        password_file: at('boundary', 'registry.password'),
      },
      cache: { dir: at('state', 'proxy', 'images'), bytes: 5 * 1024 ** 3 },
    },
    watch: { listen: { host: '10.0.0.2', port: 9466 }, token_file: at('boundary', 'proxy-watch.token') },
  });
  const token = readFileSync(at('boundary', 'proxy-watch.token'), 'utf8').trim();
  expect(token).toMatch(/^[0-9a-f]{64}$/);
  expect(statSync(at('boundary', 'proxy-watch.token')).mode & 0o777).toBe(0o600);
  expect(first.out + second.out).not.toContain(token);
});

test('the card takes the authority to the zones, and never the key that lay beside it', () => {
  const card = readFileSync(at('boundary', 'cards', 'proxy.yml'), 'utf8');

  expect(card).toContain('BEGIN CERTIFICATE');
  expect(card).not.toContain('PRIVATE KEY');
  write('zone/cards/proxy.yml', card);
});

const ARCHIVE = 'deb.zone.example.edu=https://mirror.example.org/debian bookworm+bookworm-updates main';

test('hosts of the zone update themselves from the archives that were named, and from none before that', async () => {
  expect(readProxySettings(at('boundary', 'proxy.yml')).packages).toBeUndefined();
  expect(await runSetup('proxy', at('boundary'), { packages: ARCHIVE })).toMatchObject({ code: 0 });
  expect(readProxySettings(at('boundary', 'proxy.yml')).packages).toMatchObject({
    archives: [
      {
        ...{ host: 'deb.zone.example.edu', upstream: 'https://mirror.example.org/debian' },
        ...{ suites: ['bookworm', 'bookworm-updates'], components: ['main'] },
      },
    ],
  });
});

test('a mirror that sends readers elsewhere for a file may do so to the hosts that were named', async () => {
  const packages_redirect_hosts = 'deb.zone.example.edu=files.example.org+cdn.example.org:8443';
  expect(await runSetup('proxy', at('boundary'), { packages_redirect_hosts })).toMatchObject({ code: 0 });
  expect(readProxySettings(at('boundary', 'proxy.yml')).packages?.archives).toMatchObject([
    { host: 'deb.zone.example.edu', redirect_hosts: ['files.example.org', 'cdn.example.org:8443'] },
  ]);
});

test.each([
  ['of an archive that is none of these', 'other.example.edu=files.example.org', /name of an archive above/],
  ['without saying of which archive', 'files.example.org', /Write each like/],
  [
    'that is an address, not a host',
    'deb.zone.example.edu=https://files.example.org',
    /host name in lower case/,
  ],
])('a place of files %s is refused', async (_what, packages_redirect_hosts, says) => {
  await expect(runSetup('proxy', at('boundary'), { packages_redirect_hosts })).rejects.toThrow(says);
});

test.each([
  ['half an archive', 'deb.zone.example.edu=https://mirror.example.org/debian', /Write each like/],
  ['the proxy’s own name', ARCHIVE.replace('deb.zone', 'egress'), /name of the proxy itself/],
  ['an archive without TLS', ARCHIVE.replace('https', 'http'), /write an address like https/],
  ['an address inside that is not meant', ARCHIVE.replace('mirror.example.org', '10.0.0.7'), /no public/],
])('a proxy refuses %s', async (_what, packages, says) => {
  await expect(runSetup('proxy', at('boundary'), { packages })).rejects.toThrow(says);
});

const shown = (pair: { cert: string; key: string }, name = 'other'): Record<string, string> => ({
  proxy_client_cert_file: write(`${name}.pem`, pair.cert),
  proxy_client_key_file: write(`${name}.key`, pair.key),
});

test.each([
  ['none', () => ({ proxy_client_cert_file: '' }), /answers nobody without a certificate/],
  ['one of another authority', () => shown(newAuthority().issue('zone')), /not of the authority/],
  [
    'one that another authority of the same name made up',
    () => shown(newAuthority().issue('zone.example.edu')),
    /not of the authority/,
  ],
  [
    'the key of another',
    () => shown({ cert: client.cert, key: zones.issue('x').key }),
    /other\.key is not the key of/,
  ],
  [
    'something that is no certificate',
    () => shown({ ...client, cert: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' }),
    /holds no certificate that can be read/,
  ],
])('a zone whose proxy asks for a certificate is refused with %s', async (_what, answers, says) => {
  await expect(runSetup('zone', at('zone'), { ...zone(), ...answers() })).rejects.toThrow(says);
});

test('a certificate that is over is refused before anything starts with it', async () => {
  const late = Date.parse('2050-01-02T00:00:00Z');
  const answers = { ...zone(), ...shown(client, 'zone/proxy-client') };
  await expect(runSetup('zone', at('zone'), answers, {}, late)).rejects.toThrow(/is over since 2049-12-31/);
});

test('the zone shows its certificate, has images fetched, and gives the engine what it needs for that', async () => {
  const made = await runSetup('zone', at('zone'), { ...zone(), ...shown(client, 'zone/proxy-client') });
  expect(made.code).toBe(0);

  expect(readZoneFile(at('zone', 'zone.yml'))).toMatchObject({
    proxy: {
      ca_file: at('egress.pem'),
      client: { cert_file: at('zone', 'proxy-client.pem'), key_file: at('zone', 'proxy-client.key') },
    },
    images: { pull: 'proxy' },
  });
  const engine = (name: string): string => at('certs.d', 'egress.example.edu', name);
  expect(readFileSync(engine('ca.crt'), 'utf8')).toBe(door.cert);
  expect(readFileSync(engine('client.cert'), 'utf8')).toBe(client.cert);
  expect(readFileSync(engine('client.key'), 'utf8')).toBe(client.key);
  expect(statSync(engine('client.key')).mode & 0o777).toBe(0o600);
  expect(made.out).not.toContain('PRIVATE KEY');
});

test('the same answers change nothing; a new certificate is copied to the engine, and its key not shown', async () => {
  const before = everyFile(root);
  expect(await runSetup('zone', at('zone'), undefined)).toMatchObject({ code: 0 });
  expect(Object.entries(everyFile(root)).filter(([file, held]) => before[file] !== held)).toEqual([]);

  const next = zones.issue('zone.example.edu');
  shown(next, 'zone/proxy-client');
  const renewed = await runSetup('zone', at('zone'), undefined);
  expect(renewed.code).toBe(0);
  expect(renewed.out).not.toContain('PRIVATE KEY');
  expect(readFileSync(at('certs.d', 'egress.example.edu', 'client.key'), 'utf8')).toBe(next.key);
});

test('agent and airlock tell monitors side by side, and traces stay in the zone', async () => {
  const answers = {
    agent_watch: '127.0.0.1:9467',
    airlock_watch: '[::1]:9468',
    traces: 'http://127.0.0.1:4318/v1/traces',
  };
  expect(await runSetup('zone', at('zone'), answers)).toMatchObject({ code: 0 });
  expect(readZoneFile(at('zone', 'zone.yml'))).toMatchObject({
    agent: { watch: { listen: { host: '127.0.0.1', port: 9467 } } },
    airlock: { watch: { listen: { host: '::1', port: 9468 } } },
    traces: { endpoint: 'http://127.0.0.1:4318/v1/traces' },
  });
});

test.each([
  ['a monitor outside', { agent_watch: '203.0.113.4:9467' }, /one private address/],
  ['every network at once', { agent_watch: '0.0.0.0:9467' }, /one private address/],
  ['two roles at one place', { agent_watch: '127.0.0.1:1', airlock_watch: '127.0.0.1:1' }, /another port/],
  ['a collector outside', { traces: 'https://203.0.113.4/v1/traces' }, /stay in it/],
  ['a port that is none', { agent_watch: '127.0.0.1:70000' }, /from 1 to 65535/],
])('a zone refuses %s', async (_what, answers, says) => {
  await expect(runSetup('zone', at('zone'), answers)).rejects.toThrow(says);
});

test('a hub that is watched from elsewhere needs a certificate whose key fits; then it tells with a token', async () => {
  const hub = {
    ...{ github: 'https://github.com', organisation: 'northshire-research', app: 'existing', app_id: 4711 },
    ...{ hub_origin: 'https://research.example.edu', client_id: '', database: 'embedded', user },
    ...{ state_dir: at('state', 'hub'), units: 'none', watch: '10.0.0.1:9464' },
    traces: 'https://collector.example.edu/v1/traces',
    watch_tls_cert_file: at('egress.pem'),
  };
  cards('public');
  await expect(
    runSetup('hub', at('public'), { ...hub, watch_tls_key_file: write('w.key', client.key) }),
  ).rejects.toThrow(/is not the key of/);
  write('public/app.pem', readFileSync(appKey('setup-ways'), 'utf8'));
  write('public/webhook.secret', 'a secret of more than sixteen');
  await runSetup('hub', at('public'), { ...hub, watch_tls_key_file: at('egress.key') });

  expect(readHubConfig(at('public', 'hub.yml'), {})).toMatchObject({
    watch: { listen: { host: '10.0.0.1', port: 9464 }, token_file: at('public', 'hub-watch.token') },
    traces: { endpoint: 'https://collector.example.edu/v1/traces' },
  });
});
