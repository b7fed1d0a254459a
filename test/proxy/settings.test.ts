import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newKeyPair } from '../../src/lib/keys.ts';
import { parseSettings } from '../../src/lib/settings.ts';
import { proxySettings, readProxyAppKey, readProxySettings } from '../../src/proxy/proxy.ts';

const KEY = newKeyPair().publicText;
const GOOD = `origin: https://egress.example.edu
listen: {port: 8443}
github: {app_id: 4711, private_key_file: app.pem}
governance: {repository: 9001, owner: northshire-research, name: governance, commit: ${'a'.repeat(40)}}
state_dir: state
hub: {key: '${KEY}'}
`;

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-settings-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function read(text: string) {
  writeFileSync(join(dir, 'proxy.yml'), text);
  return readProxySettings(join(dir, 'proxy.yml'));
}

const faults = (text: string) => {
  const answer = parseSettings(text, proxySettings);
  return 'faults' in answer ? answer.faults : [];
};

test('what is left out has its standard, and files are looked for beside proxy.yml', () => {
  expect(read(`${GOOD}tls: {cert_file: c.pem, key_file: /k.pem}\n`)).toMatchObject({
    listen: { host: '127.0.0.1' },
    github: { origin: 'https://github.com', private_key_file: join(dir, 'app.pem') },
    governance: { branch: 'main', refresh_seconds: 60 },
    tls: { cert_file: join(dir, 'c.pem'), key_file: '/k.pem' },
    state_dir: join(dir, 'state'),
    limits: { request_bytes: 1_048_576, requests_per_agent: 16 },
  });
  expect(read(GOOD).tls).toBeUndefined();
});

test('every fault is told at once, with line and column', () => {
  const text = GOOD.replace('https://egress', 'http://egress')
    .replace('port: 8443', 'port: 99999, hots: a')
    .replace(`, commit: ${'a'.repeat(40)}`, ', commit: main')
    .replace('state_dir: state\n', '');

  expect(faults(text)).toEqual([
    '1:9 origin: http://egress.example.edu is neither https nor this machine. Use https; plain http is for loopback addresses only.',
    '2:16 listen.port: Too big: expected number to be <=65535',
    '2:9 listen.hots: there is no such setting',
    '4:86 governance.commit: write the full commit, 40 hexadecimal digits',
    '1:1 state_dir: this setting is missing',
  ]);
  expect(() => read(text)).toThrow(/proxy\.yml has 5 faults:\n {2}.*proxy\.yml:1:9 origin/);
});

test('plain http is for this machine', () => {
  expect(faults(GOOD.replace('{port: 8443}', '{host: 0.0.0.0, port: 8443}'))).toEqual([
    '2:16 listen.host: without tls the proxy listens on this machine only (127.0.0.1); give tls.cert_file and tls.key_file',
  ]);
  expect(
    faults(
      `${GOOD.replace('{port: 8443}', '{host: 0.0.0.0, port: 8443}')}tls: {cert_file: c, key_file: k}\n`,
    ),
  ).toEqual([]);
  expect(faults(GOOD.replace('https://egress.example.edu', 'http://127.0.0.1:8443'))).toEqual([]);
});

test('approval needs the hub’s key, and a place inside has to be meant', () => {
  const without = GOOD.replace(/^hub: .*\n/m, '');
  expect(faults(without)).toMatchInlineSnapshot(`
   [
     "1:1 hub: this setting is missing: write \`hub: {key: 'ed25519:…'}\`, the line \`key\` of cards/hub.yml from the public host; or \`wants: any\`, which lets every commit of a listed repository through",
   ]
  `);
  expect(faults(`${without}wants: any\n`)).toEqual([]);
  expect(faults(GOOD.replace(KEY, 'ed25519:short'))).toEqual([
    '6:12 hub.key: write the public line of an Ed25519 key, `ed25519:…`',
  ]);
  expect(faults(`${GOOD}wants: some\n`)[0]).toMatch(/^7:8 wants: /);
  for (const place of [
    'https://10.0.0.1',
    'http://127.0.0.1:3000',
    'https://[fd00::1]',
    'https://192.168.3.4:8443',
  ]) {
    const inside = GOOD.replace('app_id: 4711', `origin: '${place}', app_id: 4711`);
    expect(faults(inside)).toEqual([
      '3:18 github.origin: this is no public address; write `private: true` beside it if it is meant',
    ]);
    expect(faults(inside.replace('app_id', 'private: true, app_id'))).toEqual([]);
  }
  expect(faults(GOOD.replace('app_id: 4711', "origin: 'https://github.example', app_id: 4711"))).toEqual([]);
});

test('files of authorities are looked for beside proxy.yml too', () => {
  const text = GOOD.replace('app_id', 'ca_file: own.pem, app_id');
  const tls = 'tls: {cert_file: c.pem, key_file: k.pem, client_ca_file: zone.pem}\n';
  expect(read(`${text}${tls}`)).toMatchObject({
    github: { ca_file: join(dir, 'own.pem') },
    tls: { client_ca_file: join(dir, 'zone.pem') },
  });
});

test.each([
  ['nothing', '', ['1:1 there are no settings in it']],
  ['brackets without end', '['.repeat(5000), ['1:1 there are no settings in it']],
  ['a key twice', 'a: 1\na: 2\n', ['2:1 Map keys must be unique']],
])('a file with %s is refused', (_what, text, expected) => {
  expect(faults(text)).toEqual(expected);
});

test('a missing file, and one that says there is none, name themselves', () => {
  expect(() => readProxySettings(join(dir, 'none.yml'))).toThrow(
    /none\.yml cannot be read\..*\(settings\.missing\)/,
  );
  expect(() => read('- a\n')).toThrow(/proxy\.yml has 1 fault:/);
});

test('the App’s key is an RSA key that nobody else can read', () => {
  const file = join(dir, 'app.pem');
  const write = (key: 'rsa' | 'ed25519', mode: number) => {
    const { privateKey } =
      key === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519');
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    chmodSync(file, mode);
  };

  write('rsa', 0o600);
  expect(readProxyAppKey(file).asymmetricKeyType).toBe('rsa');
  write('rsa', 0o640);
  expect(() => readProxyAppKey(file)).toThrow(/key\.too-open/);
  write('ed25519', 0o600);
  expect(() => readProxyAppKey(file)).toThrow(/proxy\.app-key/);
  writeFileSync(file, 'hello');
  expect(() => readProxyAppKey(file)).toThrow(/proxy\.app-key/);
  expect(() => readProxyAppKey(join(dir, 'none.pem'))).toThrow(/proxy\.app-key/);
});
