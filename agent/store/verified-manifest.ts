/** Whether a manifest is one that an agent has signed. */
import { verify, type KeyObject } from 'node:crypto';
import { canonicalJson } from '../../src/lib/canonical.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { unsigned, type Manifest, type SignedManifest } from './manifest.ts';

export interface VerifiedManifest {
  manifest: Manifest;
  digest: string;
  /** Which of the keys has signed. */
  key: KeyObject;
}

/** The one place of a stored form where its signature stands: before the workspace, the last of its keys. */
const SIGNATURE =
  /,"signature":\{"key":"[A-Za-z0-9+/=_-]*","value":"([A-Za-z0-9_-]+)"\}(?=,"workspace":"[A-Za-z0-9._-]+"\}\n?$)/;
const TAIL_BYTES = 1024;

/**
 * The manifest, when one of these keys has signed it; undefined when none has, or it is none.
 *
 * Of a stored form the bytes around the signature are what was signed. Manifests from before that form, and
 * those written by hand, are brought into the canonical form first: with 100,000 files that takes longer than
 * all the rest.
 */
export function verified(bytes: Buffer, keys: readonly KeyObject[]): VerifiedManifest | undefined {
  try {
    return asStored(bytes, keys) ?? broughtIntoForm(bytes, keys);
  } catch {
    return undefined;
  }
}

function asStored(bytes: Buffer, keys: readonly KeyObject[]): VerifiedManifest | undefined {
  const from = Math.max(0, bytes.length - TAIL_BYTES);
  // One character a byte, so that places in the text are places in the bytes.
  const found = SIGNATURE.exec(bytes.subarray(from).toString('latin1'));
  if (!found) return undefined;
  const start = from + found.index;
  const end = bytes.length - (bytes.at(-1) === 0x0a ? 1 : 0);
  const body = Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + found[0].length, end)]);
  const held = signedBy(body, found[1]!, keys);
  return held && { ...held, manifest: JSON.parse(body.toString('utf8')) as Manifest };
}

function broughtIntoForm(bytes: Buffer, keys: readonly KeyObject[]): VerifiedManifest | undefined {
  const manifest = JSON.parse(bytes.toString('utf8')) as SignedManifest | null;
  if (typeof manifest?.signature?.value !== 'string') return undefined;
  const body = unsigned(manifest);
  const held = signedBy(Buffer.from(canonicalJson(body)), manifest.signature.value, keys);
  return held && { ...held, manifest: body };
}

function signedBy(
  body: Buffer,
  signature: string,
  keys: readonly KeyObject[],
): Pick<VerifiedManifest, 'digest' | 'key'> | undefined {
  const key = keys.find((each) => verify(null, body, each, Buffer.from(signature, 'base64url')));
  return key && { key, digest: sha256(body) };
}

/** The digest, when one of these keys has signed; undefined when none has. */
export function digestIfSigned(manifest: SignedManifest, keys: readonly KeyObject[]): string | undefined {
  return verified(Buffer.from(JSON.stringify(manifest)), keys)?.digest;
}
