import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Command } from 'commander';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { registerKeygen } from '../../src/cli/keygen.ts';
import { verifierKey } from '../../src/ledger/ledger.ts';
import { readPrivateKey } from '../../src/lib/keys.ts';

let folder: string;
let printed: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'keygen-'));
  printed = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

async function keygen(out: string, ...words: string[]): Promise<void> {
  const root = new Command('sallyport').exitOverride();
  registerKeygen(root);
  await root.parseAsync(['keygen', '--out', out, ...words], { from: 'user' });
}

test('the private key goes to a file only its owner can read, the public line to the screen', async () => {
  const file = path.join(folder, 'agent.pem');
  await keygen(file);

  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(printed).toMatch(/^ed25519:[A-Za-z0-9_-]{43}\n$/);
  expect(`${readPrivateKey(file).publicText}\n`).toBe(printed);
});

test('a key that exists is not replaced', async () => {
  const file = path.join(folder, 'agent.pem');
  writeFileSync(file, 'precious');

  await expect(keygen(file)).rejects.toThrow(
    'exists already and is not replaced. Choose another file, or move the old key away. (key.exists)',
  );
  expect(readFileSync(file, 'utf8')).toBe('precious');
  expect(printed).toBe('');
});

test('a folder that is not there is named', async () => {
  await expect(keygen(path.join(folder, 'nowhere', 'agent.pem'))).rejects.toThrow('(key.not-written)');
});

test('a key for a log prints what people verify the log with', async () => {
  const file = path.join(folder, 'log.pem');
  await keygen(file, '--log', 'hub.example.edu/log');

  expect(printed).toBe(`${verifierKey('hub.example.edu/log', readPrivateKey(file).publicKey).text}\n`);
  await expect(keygen(path.join(folder, 'b.pem'), '--log', 'a log')).rejects.toThrow('(key.no-origin)');
});
