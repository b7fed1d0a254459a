/**
 * SSH signatures as `git tag -s` makes them with `gpg.format=ssh`: keys as OpenSSH writes them, and the
 * SSHSIG format (PROTOCOL.sshsig), verified without calling any program. Ed25519 only: one algorithm,
 * nothing to choose wrongly.
 */
import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';
import { refusal, type Refusal } from './refusal.ts';

const TYPE = 'ssh-ed25519';
const MAGIC = 'SSHSIG';
const VERSION = 1;
const BEGIN = '-----BEGIN SSH SIGNATURE-----';
const END = '-----END SSH SIGNATURE-----';
const HASHES = ['sha256', 'sha512'];
/** A real one has some 300 characters. */
const MAX_ARMOUR = 4096;

export interface SshKey {
  key: KeyObject;
  /** `ssh-ed25519 AAAA…`, without the comment: two lines with the same id are the same key. */
  id: string;
}

/** A line of a `.pub` file: type, base64, and a comment that says nothing. */
export function parseSshKey(line: string): SshKey | Refusal {
  const [type, base64 = ''] = line.trim().split(/[ \t]+/);
  const fields = type === TYPE ? fieldsOf(bytesOf(base64), 2) : undefined;
  const raw = fields && keyIn(fields);
  if (!raw)
    return refusal(
      'key.not-ssh-ed25519',
      'This is not an Ed25519 SSH public key.',
      'Copy the line of the .pub file that "ssh-keygen -t ed25519" wrote: ssh-ed25519 AAAA….',
    );
  return { key: raw.key, id: `${TYPE} ${raw.blob.toString('base64')}` };
}

/** Which of these keys signed exactly this message for this namespace; undefined when none did. */
export function signerOf(
  message: Uint8Array,
  armoured: string,
  namespace: string,
  keys: readonly SshKey[],
): SshKey | undefined {
  const signed = unwrap(armoured);
  if (!signed || signed.namespace !== namespace) return undefined;
  const signer = keys.find(({ id }) => id === `${TYPE} ${signed.publicKey.toString('base64')}`);
  if (!signer) return undefined;
  const digest = createHash(signed.hash).update(message).digest();
  const data = Buffer.concat([
    Buffer.from(MAGIC),
    ...[signed.namespace, '', signed.hash].map((text) => field(Buffer.from(text))),
    field(digest),
  ]);
  return verify(null, data, signer.key, signed.signature) ? signer : undefined;
}

/** A signed text (a tag as git stores it): what was signed, and the armour that follows it to the end. */
export function splitSigned(bytes: Buffer): { message: Buffer; armoured: string } | undefined {
  // As git does: the last line that begins a signature begins it.
  const at = bytes.lastIndexOf(`\n${BEGIN}\n`);
  if (at < 0) return undefined;
  return { message: bytes.subarray(0, at + 1), armoured: bytes.subarray(at + 1).toString('latin1') };
}

interface Unwrapped {
  publicKey: Buffer;
  namespace: string;
  hash: string;
  signature: Buffer;
}

function unwrap(armoured: string): Unwrapped | undefined {
  const lines = armoured.trimEnd().split('\n');
  if (armoured.length > MAX_ARMOUR || lines[0] !== BEGIN || lines.at(-1) !== END) return undefined;
  const bytes = bytesOf(lines.slice(1, -1).join(''));
  if (bytes?.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  const head = MAGIC.length + 4;
  if (bytes.length < head || bytes.readUInt32BE(MAGIC.length) !== VERSION) return undefined;
  const fields = fieldsOf(bytes.subarray(head), 5);
  const [publicKey, namespace, reserved, hash, wrapped] = fields ?? [];
  if (!publicKey || !namespace || !hash || !wrapped || reserved?.length !== 0) return undefined;
  const [type, signature] = fieldsOf(wrapped, 2) ?? [];
  const algorithm = hash.toString('latin1');
  if (type?.toString('latin1') !== TYPE || signature?.length !== 64) return undefined;
  if (!HASHES.includes(algorithm)) return undefined;
  return { publicKey, namespace: namespace.toString('latin1'), hash: algorithm, signature };
}

function keyIn([type, raw]: readonly Buffer[]): { key: KeyObject; blob: Buffer } | undefined {
  if (type?.toString('latin1') !== TYPE || raw?.length !== 32) return undefined;
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
    format: 'jwk',
  });
  return { key, blob: Buffer.concat([field(type), field(raw)]) };
}

/** Exactly so many length-prefixed fields, and nothing after them. */
function fieldsOf(bytes: Buffer | undefined, count: number): Buffer[] | undefined {
  const fields: Buffer[] = [];
  let at = 0;
  while (bytes && fields.length < count && at + 4 <= bytes.length) {
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return undefined;
    fields.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return fields.length === count && at === bytes?.length ? fields : undefined;
}

function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Node skips what is no base64; here that is a fault. */
function bytesOf(base64: string): Buffer | undefined {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : undefined;
}
