/**
 * Signed notes, as C2SP signed-note writes them: a text, an empty line, a line per signature.
 *
 * Keys are Ed25519 (type 1), named like the log; a verifier key is `name+id+base64(type, key)`.
 */
import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import type { Refusal } from '../lib/refusal.ts';
import { base64 } from './merkle.ts';
import * as words from './words.ts';

const ED25519 = 1;
const KEY_BYTES = 32;
const MAX_SIGNATURES = 100;
const DASH = '\u2014 ';

export interface VerifierKey {
  name: string;
  /** Eight hex digits. */
  id: string;
  key: KeyObject;
  /** As it is written and handed on. */
  text: string;
}

export interface Signer extends VerifierKey {
  privateKey: KeyObject;
}

export interface Signature {
  name: string;
  id: string;
  bytes: Uint8Array;
}

export interface Note {
  /** What is signed: with its last newline, without the empty line. */
  text: string;
  signatures: Signature[];
}

export const isKeyName = (name: string): boolean => /^[^\s+\p{Cc}]{1,255}$/u.test(name);

/** Throws a TypeError for a name that no log can have. */
export function verifierKey(name: string, key: KeyObject): VerifierKey {
  if (!isKeyName(name)) throw new TypeError(`no name for a log: ${name}`);
  const raw = Buffer.from(key.export({ format: 'jwk' }).x!, 'base64url');
  const encoded = Buffer.concat([Buffer.of(ED25519), raw]);
  const id = keyId(name, encoded);
  return { name, id, key, text: `${name}+${id}+${base64(encoded)}` };
}

export function parseVerifierKey(text: string): VerifierKey | Refusal {
  const [name = '', id = '', key = ''] = splitKey(text);
  const encoded = strictBase64(key);
  const isKey = encoded?.length === 1 + KEY_BYTES && encoded[0] === ED25519 && isKeyName(name);
  if (!isKey || keyId(name, encoded) !== id) return words.noVerifierKey(text);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: encoded.subarray(1).toString('base64url') };
  return { name, id, key: createPublicKey({ key: jwk, format: 'jwk' }), text };
}

export function signNote(text: string, signers: readonly Signer[]): string {
  const lines = signers.map(({ name, id, privateKey }) => {
    const signature = sign(null, Buffer.from(text), privateKey);
    return `${DASH}${name} ${base64(Buffer.concat([Buffer.from(id, 'hex'), signature]))}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

/** Refuses what is no note at all; who signed is another question. */
export function parseNote(bytes: Uint8Array): Note | Refusal {
  const all = utf8(bytes);
  // Its own newlines apart, no control character: what a terminal shows is what was signed.
  if (all === undefined || /[\u0000-\u0009\u000b-\u001f]/.test(all)) return words.noNote();
  const split = all.lastIndexOf('\n\n');
  if (split < 0 || !all.endsWith('\n')) return words.noNote();
  const lines = all.slice(split + 2, -1).split('\n');
  const signatures = lines.map(signatureIn);
  const whole = signatures.filter((signature) => signature !== undefined);
  if (whole.length < lines.length || lines.length > MAX_SIGNATURES) return words.noNote();
  return { text: all.slice(0, split + 1), signatures: whole };
}

/** The keys that did sign. Refuses a note on which a known key's signature is wrong; others are left unread. */
export function signersOf(note: Note, keys: readonly VerifierKey[]): VerifierKey[] | Refusal {
  const signed = new Set<VerifierKey>();
  for (const { name, id, bytes } of note.signatures) {
    const key = keys.find((known) => known.name === name && known.id === id);
    if (!key) continue;
    if (!verify(null, Buffer.from(note.text), key.key, bytes)) return words.badSignature(`${name}+${id}`);
    signed.add(key);
  }
  return [...signed];
}

function signatureIn(line: string): Signature | undefined {
  const [name, encoded = '', ...rest] = line.slice(DASH.length).split(' ') as [string, string?, ...string[]];
  const bytes = strictBase64(encoded);
  if (!line.startsWith(DASH) || rest.length > 0 || !isKeyName(name) || !bytes || bytes.length < 5)
    return undefined;
  return { name, id: bytes.subarray(0, 4).toString('hex'), bytes: bytes.subarray(4) };
}

/** A base64 text may hold `+`, a name may not: only the first two divide. */
function splitKey(text: string): string[] {
  const found = /^([^+]*)\+([^+]*)\+(.*)$/s.exec(text);
  return found ? found.slice(1) : [];
}

function keyId(name: string, encoded: Uint8Array): string {
  return createHash('sha256').update(`${name}\n`).update(encoded).digest('hex').slice(0, 8);
}

/** Node reads anything as base64; only what would be written back the same is. */
function strictBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return base64(bytes) === text ? bytes : undefined;
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
