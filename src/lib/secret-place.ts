/**
 * Where a secret is read that the settings name by a file. systemd (LoadCredential=) and containers (secrets) hand secrets
 * over in a folder of their own, named in CREDENTIALS_DIRECTORY: a file of the same name there is taken instead, and whoever
 * made that folder answers for who may read it. No secret is ever taken from the environment itself.
 */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

export function secretPlace(file: string, env: Environment = process.env): string {
  const folder = env['CREDENTIALS_DIRECTORY'];
  if (!folder || !path.isAbsolute(folder)) return file;
  const held = path.join(folder, path.basename(file));
  return existsSync(held) ? held : file;
}

/** Whether others than its owner may read it. Throws when it is not there. */
export function isOpen(file: string, env: Environment = process.env): boolean {
  const folder = env['CREDENTIALS_DIRECTORY'];
  // systemd gives its user a right by ACL, which shows as one of the group.
  if (folder && path.isAbsolute(folder) && path.dirname(path.resolve(file)) === path.resolve(folder))
    return false;
  return (statSync(file).mode & 0o077) !== 0;
}
