import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import {
  newKeyPair,
  parsePublicKey,
  publicKeyText,
  readPrivateKey,
  writePrivateKey,
} from '../../src/lib/keys.ts';
import { isRefusal } from '../../src/lib/refusal.ts';

const made = mkdtempSync(path.join(tmpdir(), 'sallyport-keys-'));
const folder = () => mkdtempSync(path.join(made, 'one-'));

afterAll(() => rmSync(made, { recursive: true }));

test('a key written is the key read, and only its owner can read it', () => {
  const file = path.join(folder(), 'agent.pem');
  const pair = newKeyPair();

  writePrivateKey(file, pair);

  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readPrivateKey(file).publicText).toBe(pair.publicText);
  const parsed = parsePublicKey(pair.publicText);
  expect(!isRefusal(parsed) && publicKeyText(parsed)).toBe(pair.publicText);
});

test('an existing key is never overwritten', () => {
  const file = path.join(folder(), 'agent.pem');
  writePrivateKey(file, newKeyPair());

  expect(() => writePrivateKey(file, newKeyPair())).toThrow(/EEXIST/);
});

test('a key that others can read is refused with the command that mends it', () => {
  const file = path.join(folder(), 'agent.pem');
  writePrivateKey(file, newKeyPair());
  chmodSync(file, 0o644);

  expect(() => readPrivateKey(file)).toThrow(/chmod 600/);
});

test('a missing key and a key of another kind name the remedy', () => {
  const file = path.join(folder(), 'other.pem');
  expect(() => readPrivateKey(file)).toThrow(/key.missing/);

  writeFileSync(file, '-----BEGIN PUBLIC KEY-----\n', { mode: 0o600 });
  expect(() => readPrivateKey(file)).toThrow();
});

test.each(['', 'ed25519:', 'ed25519:AAAA', 'rsa:AAAA', `ed25519:${'*'.repeat(43)}`])(
  '"%s" is no public key',
  (text) => {
    expect(isRefusal(parsePublicKey(text))).toBe(true);
  },
);
