/** Signatures of SSH keys, as git makes them: whose they are, and that nothing else is one. */
import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSshKey, signerOf, splitSigned } from '../../src/lib/ssh-signature.ts';
import { keys, signers, type Signer } from './signers.ts';

describe('an SSH signature', () => {
  const file = (name: string): string => join(keys, name);
  function signature(message: string, who: Signer = 'ash', namespace = 'git'): string {
    writeFileSync(file('message'), message);
    rmSync(file('message.sig'), { force: true });
    execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-f', file(who), '-n', namespace, file('message')], {
      stdio: 'ignore',
    });
    return readFileSync(file('message.sig'), 'utf8');
  }
  const by = (message: string, armoured: string): string | undefined =>
    signerOf(Buffer.from(message), armoured, 'git', signers.slice(0, 2))?.id;

  test('is of the key that made it, for this message and this purpose', () => {
    const armoured = signature('hello');
    expect(by('hello', armoured)).toBe(signers[0]!.id);
    expect(by('hello!', armoured)).toBeUndefined();
    expect(by('hello', signature('hello', 'ash', 'file'))).toBeUndefined();
    expect(by('hello', signature('hello', 'stranger'))).toBeUndefined();
  });

  test('with anything changed, cut or added is none, and nothing throws', () => {
    const armoured = signature('hello');
    const lines = armoured.trimEnd().split('\n');
    const bytes = Buffer.from(lines.slice(1, -1).join(''), 'base64');
    const wrap = (changed: Buffer): string =>
      `${lines[0]}\n${changed
        .toString('base64')
        .replace(/(.{70})/g, '$1\n')
        .trimEnd()}\n${lines.at(-1)}\n`;
    expect(by('hello', wrap(bytes))).toBe(signers[0]!.id);
    for (let at = 0; at < bytes.length; at += 1) {
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 1;
      expect(by('hello', wrap(flipped))).toBeUndefined();
      expect(by('hello', wrap(bytes.subarray(0, at)))).toBeUndefined();
    }
    expect(by('hello', wrap(Buffer.concat([bytes, Buffer.from([0])])))).toBeUndefined();
    for (const text of [
      '',
      lines[0]!,
      'x'.repeat(5000),
      armoured.replace('BEGIN SSH', 'BEGIN PGP'),
      armoured.replace(lines[1]!, '%%%'),
    ])
      expect(by('hello', text)).toBeUndefined();
  });

  test('stands at the end of what it signs', () => {
    const text = `first\n-----BEGIN SSH SIGNATURE-----\nnot this\n-----BEGIN SSH SIGNATURE-----\nx\n`;
    expect(splitSigned(Buffer.from(text))?.message.toString()).toBe(
      'first\n-----BEGIN SSH SIGNATURE-----\nnot this\n',
    );
    expect(splitSigned(Buffer.from('first\n'))).toBeUndefined();
  });

  const short = `ssh-ed25519 ${Buffer.from('0000000b7373682d656432353531390000000161', 'hex').toString('base64')}`;
  test.each([short, '', 'ssh-ed25519', 'ssh-ed25519 AAAA', 'ssh-rsa AAAAB3NzaC1yc2E=', 'ssh-ed25519 %%%'])(
    'is by no key like "%s"',
    (line) => {
      expect(parseSshKey(line)).toMatchObject({ code: 'key.not-ssh-ed25519' });
    },
  );
});
