/** What browsers hold: 256 random bits each, known here by hash alone. */
import { randomBytes, randomInt } from 'node:crypto';
import { keyedDigest, sha256 } from '../../../src/lib/hash.ts';

export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

export function isSecret(text: string | undefined): text is string {
  return text !== undefined && /^[A-Za-z0-9_-]{43}$/.test(text);
}

/** The form in which a secret is kept and looked for. */
export function kept(secret: string): string {
  return sha256(`sallyport viewer\n${secret}`);
}

/** The token of this browser's forms: whoever does not hold the cookie cannot make it. */
export function formToken(secret: string): string {
  return keyedDigest(secret, 'sallyport form');
}

/** What the viewer shows and the hub's page repeats. */
export function newNumber(): string {
  return String(randomInt(1_000_000)).padStart(6, '0');
}
