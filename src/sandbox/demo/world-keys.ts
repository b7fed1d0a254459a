/** Keys and secrets of the demo's roles, each in the folder of whoever has it. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { newKeyPair, writePrivateKey } from '../../lib/keys.ts';
import type { Role } from './world-options.ts';

export class Keys {
  readonly #folder: (role: Role) => string;

  constructor(folder: (role: Role) => string) {
    this.#folder = folder;
  }

  /** Where a role's private key lies. */
  file(role: Role): string {
    return path.join(this.#folder(role), 'key.pem');
  }

  /** Makes the role's key in its own folder; the public line. */
  make(role: Role): string {
    const pair = newKeyPair();
    this.#made(role);
    writePrivateKey(this.file(role), pair);
    return pair.publicText;
  }

  /** The key that the public log is signed with. */
  ofLog(): string {
    const file = path.join(this.#folder('hub'), 'log.key');
    writePrivateKey(file, newKeyPair());
    return file;
  }

  /** An App's key as GitHub hands it out. */
  app(role: 'hub' | 'steward'): string {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    return this.#secret(role, 'app.pem', privateKey.export({ type: 'pkcs1', format: 'pem' }));
  }

  /** What GitHub and the hub's operator both know. */
  hubSecret(name: string): { text: string; file: string } {
    const text = randomBytes(24).toString('hex');
    return { text, file: this.#secret('hub', name, text) };
  }

  /** An App's key once more, for an operator who acts as the same App. */
  copied(from: string, role: Role): string {
    return this.#secret(role, 'app.pem', readFileSync(from));
  }

  #secret(role: Role, name: string, content: string | Buffer): string {
    const file = path.join(this.#made(role), name);
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  }

  #made(role: Role): string {
    const folder = this.#folder(role);
    mkdirSync(folder, { recursive: true, mode: 0o711 });
    return folder;
  }
}
