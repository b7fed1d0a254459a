/**
 * Ed25519 key pairs, as Sallyport writes them: the public half as `ed25519:<base64url of 32 bytes>`
 * (what stands in `backends.yml` and `zone.yml`), the private half as a PKCS#8 PEM file, mode 0600.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { refusal, Refused, type Refusal } from './refusal.ts';
import { mustBeClosed, secretPlace } from './secret-place.ts';

const PREFIX = 'ed25519:';

export interface KeyPair {
  privateKey: KeyObject;
  publicKey: KeyObject;
  /** `ed25519:…` */
  publicText: string;
}

export function newKeyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, publicKey, publicText: publicKeyText(publicKey) };
}

export function publicKeyText(key: KeyObject): string {
  const jwk = key.export({ format: 'jwk' });
  return `${PREFIX}${jwk.x}`;
}

export function parsePublicKey(text: string): KeyObject | Refusal {
  const raw = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : '';
  if (!/^[A-Za-z0-9_-]{43}$/.test(raw)) {
    return refusal(
      'key.invalid',
      'This is not an Ed25519 public key.',
      'Copy the line that "sallyport keygen" printed, ed25519:….',
    );
  }
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw }, format: 'jwk' });
}

/** Writes the private half where only this user can read it; refuses to replace a file. */
export function writePrivateKey(file: string, pair: KeyPair): void {
  writeFileSync(file, pair.privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600, flag: 'wx' });
}

/** Throws Refused when the file is missing, readable by others, or no Ed25519 key. */
export function readPrivateKey(named: string): KeyPair {
  const file = secretPlace(named);
  let pem: string;
  try {
    mustBeClosed(file, 'key');
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused(
      refusal('key.missing', `The key ${file} cannot be read.`, 'Make one with "sallyport keygen".'),
      {
        cause: error,
      },
    );
  }
  const privateKey = createPrivateKey(pem);
  if (privateKey.asymmetricKeyType !== 'ed25519') {
    throw new Refused(
      refusal(
        'key.wrong-type',
        `The key ${file} is not an Ed25519 key.`,
        'Make one with "sallyport keygen".',
      ),
    );
  }
  const publicKey = createPublicKey(privateKey);
  return { privateKey, publicKey, publicText: publicKeyText(publicKey) };
}
