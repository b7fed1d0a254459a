/** `images` in proxy.yml: each fault is told with its place and what to write; a password that is not there stops the start. */
import { expect, test } from '@jest/globals';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { newKeyPair } from '../../src/lib/keys.ts';
import { parseSettings } from '../../src/lib/settings.ts';
import { proxySettings, readProxySettings } from '../../src/proxy/proxy.ts';
import { entry, fakeRegistry } from '../support/registry.ts';
import { imagesWorld } from './images-world.ts';

const START = `origin: https://egress.example.edu
listen: {port: 8443}
github: {app_id: 4711, private_key_file: app.pem}
governance: {repository: 9001, owner: northshire-research, name: governance, commit: ${'a'.repeat(40)}}
state_dir: state
hub: {key: '${newKeyPair().publicText}'}
`;

const faults = (images: string): string[] => {
  const answer = parseSettings(`${START}images: {${images}}\n`, proxySettings);
  return 'faults' in answer ? answer.faults : [];
};

test('what is left out has its standard, and files are looked for beside proxy.yml', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-settings-'));
  const file = path.join(dir, 'proxy.yml');
  const credentials = 'credentials: {host: registry.example, user: reader, password_file: password}';
  writeFileSync(file, `${START}images: {ca_file: own.pem, ${credentials}, cache: {dir: store}}\n`);

  expect(readProxySettings(file).images).toEqual({
    ca_file: path.join(dir, 'own.pem'),
    private_hosts: [],
    token_hosts: [],
    credentials: { host: 'registry.example', user: 'reader', password_file: path.join(dir, 'password') },
    cache: { dir: path.join(dir, 'store'), bytes: 20 * 1024 ** 3 },
  });
  rmSync(dir, { recursive: true });
});

const NAMED = 'write a host name in lower case, with :port where it is not 443';
test.each([
  ['ca_file: ""', '7:19 images.ca_file: name a file'],
  ['private_hosts: ["https://10.0.0.1"]', '7:26 images.private_hosts.0: write a host name, or an address'],
  ['private_hosts: [10.0.0.0/8]', '7:26 images.private_hosts.0: write a host name, or an address'],
  ['token_hosts: ["https://auth.example"]', `7:24 images.token_hosts.0: ${NAMED}`],
  ['token_hosts: [Auth.example]', `7:24 images.token_hosts.0: ${NAMED}`],
  ['token_hosts: ["*.example"]', `7:24 images.token_hosts.0: ${NAMED}`],
  ['credentials: {host: "a/b", user: reader, password_file: p}', `7:30 images.credentials.host: ${NAMED}`],
  [
    'credentials: {host: a.example, user: "", password_file: p}',
    '7:47 images.credentials.user: write the name of the user at the registry, 200 characters at most',
  ],
  [
    'credentials: {host: a.example, user: reader}',
    '7:23 images.credentials.password_file: this setting is missing',
  ],
  [
    'credentials: {host: a.example, user: reader, password_file: p, password: x}',
    '7:23 images.credentials.password: there is no such setting',
  ],
  [
    'cache: {dir: store, bytes: 1000}',
    '7:37 images.cache.bytes: write 67108864 (64 MiB) or more, in bytes; less would not hold one image',
  ],
  ['cache: {bytes: 67108864}', '7:17 images.cache.dir: this setting is missing'],
  ['registry: registry.example', '7:9 images.registry: there is no such setting'],
])('%s → %s', (images, fault) => {
  expect(faults(images)).toEqual([fault]);
});

test('a password that cannot be read stops the start, and says where it was looked for', async () => {
  const registry = await fakeRegistry();
  const credentials = { host: registry.host, user: 'reader', password_file: '/nowhere/password' };

  await expect(
    imagesWorld({ registry, images: entry(`sha256:${'1'.repeat(64)}`), settings: { credentials } }),
  ).rejects.toThrow(
    /cannot be read from \/nowhere\/password.*images\.credentials\.password_file.*\(proxy\.registry-password\)/,
  );
  await registry.close();
});

test('a password that other users can read stops the start', async () => {
  const registry = await fakeRegistry();
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-password-'));
  const file = path.join(dir, 'password');
  const credentials = { host: registry.host, user: 'reader', password_file: file };
  const start = () =>
    imagesWorld({ registry, images: entry(`sha256:${'1'.repeat(64)}`), settings: { credentials } });

  for (const mode of [0o640, 0o604]) {
    writeFileSync(file, 'of the registry');
    chmodSync(file, mode);
    await expect(start()).rejects.toThrow(
      `The secret ${file} can be read by other users. Run: chmod 600 ${file} (secret.too-open)`,
    );
  }
  chmodSync(file, 0o600);
  await (await start()).close();
  rmSync(dir, { recursive: true });
  await registry.close();
});
