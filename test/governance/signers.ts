/** Keys of signers, as they make them themselves: two whom the zone knows, and a stranger. */
import { afterAll, beforeAll } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRefusal } from '../../src/lib/refusal.ts';
import { parseSshKey, type SshKey } from '../../src/lib/ssh-signature.ts';

export type Signer = 'ash' | 'noor' | 'stranger';

/** A folder of private keys, by name. */
export let keys: string;
export let signers: SshKey[];

beforeAll(() => {
  keys = mkdtempSync(join(tmpdir(), 'sallyport-signers-'));
  signers = ['ash', 'noor', 'stranger'].map((name) => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(keys, name)]);
    const key = parseSshKey(readFileSync(join(keys, `${name}.pub`), 'utf8'));
    if (isRefusal(key)) throw new Error(key.says);
    return key;
  });
});
afterAll(() => rmSync(keys, { recursive: true, force: true }));
