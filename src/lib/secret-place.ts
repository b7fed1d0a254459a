/**
 * Where a secret is read that the settings name by a file. systemd (LoadCredential=) and containers (secrets) hand secrets
 * over in a folder of their own, named in CREDENTIALS_DIRECTORY: a file of the same name there is taken instead, and whoever
 * made that folder answers for who may read it. No secret is ever taken from the environment itself.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { hideInLogs } from './redact.ts';
import { refusal, Refused, type Refusal } from './refusal.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Readers = 'others' | 'everybody';

export function secretPlace(file: string, env: Environment = process.env): string {
  const folder = env['CREDENTIALS_DIRECTORY'];
  if (!folder || !path.isAbsolute(folder)) return file;
  const held = path.join(folder, path.basename(file));
  return existsSync(held) ? held : file;
}

/** Whether others than its owner may read it; `to` 'everybody': a group of its own may. Throws when it is not there. */
export function isOpen(file: string, to: Readers = 'others', env: Environment = process.env): boolean {
  const folder = env['CREDENTIALS_DIRECTORY'];
  // systemd gives its user a right by ACL, which shows as one of the group.
  if (folder && path.isAbsolute(folder) && path.dirname(path.resolve(file)) === path.resolve(folder))
    return false;
  return (statSync(file).mode & (to === 'others' ? 0o077 : 0o007)) !== 0;
}

/** A secret that others can read is none. Throws Refused `<what>.too-open`, and what `isOpen` throws. */
export function mustBeClosed(file: string, what: 'key' | 'secret', to: Readers = 'others'): void {
  if (!isOpen(file, to)) return;
  const says = `The ${what} ${file} can be read by other users.`;
  throw new Refused(
    refusal(`${what}.too-open`, says, `Run: chmod ${to === 'others' ? '600' : 'o-rwx'} ${file}`),
  );
}

/** Its text without the last line end; logs never show it. Throws Refused 'secret.too-open', and what reading throws. */
export function readSecret(named: string): string {
  const file = secretPlace(named);
  mustBeClosed(file, 'secret');
  const secret = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  hideInLogs(secret);
  return secret;
}

/**
 * The RSA key of an App, as GitHub hands it out. Throws Refused 'key.too-open', or what `unfit` says of the place when it
 * is missing or another kind.
 */
export function readAppKey(named: string, unfit: (place: string) => Refusal): KeyObject {
  const file = secretPlace(named);
  try {
    mustBeClosed(file, 'key');
    const key = createPrivateKey(readFileSync(file));
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch (cause) {
    if (cause instanceof Refused) throw cause;
    throw new Refused(unfit(file), { cause });
  }
  throw new Refused(unfit(file));
}
