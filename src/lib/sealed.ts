/**
 * A list of what belongs together, signed by whoever made it: one changed byte, a missing part or an older list in its place
 * is seen. The list is canonical JSON, so that there is one form of it to sign.
 */
import { sign, verify, type KeyObject } from 'node:crypto';
import { canonicalJson } from './canonical.ts';

export interface SealingKey {
  privateKey: KeyObject;
  publicKey: KeyObject;
  publicText: string;
}

/** Text of a file: the list, and by whose key. `purpose` keeps a list of one kind from passing for another. */
export function seal(purpose: string, contents: object, key: SealingKey): string {
  const body = { purpose, contents };
  const value = sign(null, Buffer.from(canonicalJson(body)), key.privateKey).toString('base64url');
  return `${JSON.stringify({ ...body, signature: { key: key.publicText, value } }, null, 1)}\n`;
}

/** The list, not yet looked at; undefined when it is none, of another purpose, or not signed by one of these keys. */
export function openSeal(purpose: string, text: string, keys: readonly KeyObject[]): unknown {
  const read = parsed(text);
  if (read?.purpose !== purpose || typeof read.signature?.value !== 'string') return undefined;
  const signed = Buffer.from(canonicalJson({ purpose, contents: read.contents }));
  const value = Buffer.from(read.signature.value, 'base64url');
  return keys.some((key) => verify(null, signed, key, value)) ? read.contents : undefined;
}

interface Sealed {
  purpose?: unknown;
  contents: Parameters<typeof canonicalJson>[0];
  signature?: { value?: unknown };
}

function parsed(text: string): Sealed | undefined {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null && 'contents' in read ? (read as Sealed) : undefined;
  } catch {
    return undefined;
  }
}
