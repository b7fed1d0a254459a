/** Where secrets are read that systemd or a container hands over. */
import { expect, test } from '@jest/globals';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { clientOf, type ZoneFile } from '../../agent/zone-file.ts';
import { newKeyPair, readPrivateKey, writePrivateKey } from '../../src/lib/keys.ts';
import { isOpen, readSecret, secretPlace } from '../../src/lib/secret-place.ts';
import { readTlsFiles } from '../../src/lib/tls-files.ts';

const root = mkdtempSync(path.join(tmpdir(), 'secret-place-'));
const credentials = path.join(root, 'credentials');
mkdirSync(credentials);

test('a file of the same name among the credentials is taken, and any other stays where the settings say', () => {
  writeFileSync(path.join(credentials, 'hub.key'), 'x');
  const env = { CREDENTIALS_DIRECTORY: credentials };

  expect(secretPlace('/etc/sallyport/hub.key', env)).toBe(path.join(credentials, 'hub.key'));
  expect(secretPlace('/etc/sallyport/log.key', env)).toBe('/etc/sallyport/log.key');
  expect(secretPlace('/etc/sallyport/hub.key', {})).toBe('/etc/sallyport/hub.key');
});

test('a folder that is no whole path is not believed: it would mean another one in each place', () => {
  writeFileSync(path.join(root, 'hub.key'), 'x');
  expect(secretPlace('/etc/sallyport/hub.key', { CREDENTIALS_DIRECTORY: '.' })).toBe(
    '/etc/sallyport/hub.key',
  );
});

test('whoever made the credentials answers for who reads them; elsewhere others may not', () => {
  const held = path.join(credentials, 'open.key');
  const own = path.join(root, 'open.key');
  for (const file of [held, own]) {
    writeFileSync(file, 'x');
    chmodSync(file, 0o440);
  }
  expect(isOpen(held, 'others', { CREDENTIALS_DIRECTORY: credentials })).toBe(false);
  expect(isOpen(held, 'others', {})).toBe(true);
  expect(isOpen(own, 'others', { CREDENTIALS_DIRECTORY: credentials })).toBe(true);
  expect(
    isOpen(path.join(credentials, '..', 'open.key'), 'others', { CREDENTIALS_DIRECTORY: credentials }),
  ).toBe(true);
});

test('a secret that others can read is refused, and one that nobody else can loses its last line end only', () => {
  const file = path.join(root, 'db.password');
  writeFileSync(file, ' a password\n\n', { mode: 0o600 });
  expect(readSecret(file)).toBe(' a password\n');
  for (const mode of [0o640, 0o604, 0o620]) {
    chmodSync(file, mode);
    const told = `The secret ${file} can be read by other users. Run: chmod 600 ${file} (secret.too-open)`;
    expect(() => readSecret(file)).toThrow(told);
  }
});

test('the key of a certificate may be read by a group, and not by everybody', () => {
  const files = { cert_file: path.join(root, 'tls.pem'), key_file: path.join(root, 'tls.key') };
  for (const file of Object.values(files)) writeFileSync(file, 'x', { mode: 0o640 });
  expect(readTlsFiles(files)).toEqual({ cert: Buffer.from('x'), key: Buffer.from('x') });
  chmodSync(files.key_file, 0o644);
  const told = `The key ${files.key_file} can be read by other users. Run: chmod o-rwx ${files.key_file} (key.too-open)`;
  expect(() => readTlsFiles(files)).toThrow(told);
  const zone = { proxy: { client: files } } as unknown as ZoneFile;
  expect(() => clientOf(zone)).toThrow(told);
});

test('a key is read from there by the name that the settings give', () => {
  const pair = newKeyPair();
  writePrivateKey(path.join(credentials, 'agent.key'), pair);
  const before = process.env['CREDENTIALS_DIRECTORY'];
  process.env['CREDENTIALS_DIRECTORY'] = credentials;
  try {
    expect(readPrivateKey('/etc/sallyport/agent.key').publicText).toBe(pair.publicText);
  } finally {
    if (before === undefined) delete process.env['CREDENTIALS_DIRECTORY'];
    else process.env['CREDENTIALS_DIRECTORY'] = before;
  }
});
