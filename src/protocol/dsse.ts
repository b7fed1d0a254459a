/**
 * DSSE envelopes: a statement, and a signature over exactly its bytes and its type.
 *
 * Stricter than the format asks: one signature, whose key id is the key itself as governance writes it, and one
 * way only to write each field. Whatever is altered in an envelope, it does not verify any more.
 */
import { sign, verify } from 'node:crypto';
import { canonicalJson } from '../lib/canonical.ts';
import { parsePublicKey, type KeyPair } from '../lib/keys.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { envelope as envelopeSchema, type Envelope } from './airlock.ts';
import * as words from './words.ts';

export const IN_TOTO_TYPE = 'application/vnd.in-toto+json';

export function signEnvelope(statement: unknown, key: KeyPair): Envelope {
  const payload = Buffer.from(canonicalJson(statement), 'utf8');
  const sig = sign(null, signedBytes(IN_TOTO_TYPE, payload), key.privateKey).toString('base64');
  return {
    payloadType: IN_TOTO_TYPE,
    payload: payload.toString('base64'),
    signatures: [{ keyid: key.publicText, sig }],
  };
}

/** The statement, and which of these keys (`ed25519:…`) signed it. */
export function verifyEnvelope(
  given: unknown,
  keys: readonly string[],
): { statement: unknown; key: string } | Refusal {
  const read = envelopeSchema.safeParse(given);
  if (!read.success || read.data.payloadType !== IN_TOTO_TYPE) return words.notAnEnvelope();
  const { payload, signatures } = read.data;
  const [only, ...more] = signatures;
  const bytes = decoded(payload);
  const signature = only && decoded(only.sig);
  if (!only || more.length > 0 || !bytes || !signature) return words.notAnEnvelope();
  const key = keys.includes(only.keyid) ? parsePublicKey(only.keyid) : undefined;
  if (!key || isRefusal(key)) return words.unknownSigner();
  if (!verify(null, signedBytes(IN_TOTO_TYPE, bytes), key, signature)) return words.statementAltered();
  const statement = parsed(bytes);
  return statement === undefined ? words.notAnEnvelope() : { statement, key: only.keyid };
}

/** "Pre-authentication encoding": lengths in bytes, single spaces. */
function signedBytes(type: string, payload: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `, 'utf8'),
    payload,
  ]);
}

/** Base64 as it is written with padding; anything that merely reads the same is refused. */
function decoded(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/** Canonical JSON only: one value, one sequence of bytes. */
function parsed(bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    return canonicalJson(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}
