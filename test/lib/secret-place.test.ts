/** Where secrets are read that systemd or a container hands over. */
import { expect, test } from '@jest/globals';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { newKeyPair, readPrivateKey, writePrivateKey } from '../../src/lib/keys.ts';
import { isOpen, secretPlace } from '../../src/lib/secret-place.ts';

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
  expect(isOpen(held, { CREDENTIALS_DIRECTORY: credentials })).toBe(false);
  expect(isOpen(held, {})).toBe(true);
  expect(isOpen(own, { CREDENTIALS_DIRECTORY: credentials })).toBe(true);
  expect(isOpen(path.join(credentials, '..', 'open.key'), { CREDENTIALS_DIRECTORY: credentials })).toBe(true);
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
