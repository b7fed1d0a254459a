/** Signed checkpoints as a browser reads and checks them: C2SP signed notes, Ed25519 by WebCrypto. */
import { sameBytes } from './tree.ts';

export interface Checkpoint {
  origin: string;
  size: number;
  root: Uint8Array<ArrayBuffer>;
}

const DASH = '\u2014 ';
const ED25519 = 1;

/** Throws an error with a sentence for a person. */
export async function openCheckpoint(note: string, key: string): Promise<Checkpoint> {
  const end = note.lastIndexOf('\n\n');
  if (end < 0) throw new Error('this is no checkpoint');
  const text = note.slice(0, end + 1);
  const [origin = '', size = '', root = ''] = text.split('\n');
  const verifier = await readKey(key);
  if (verifier.name !== origin)
    throw new Error(`the checkpoint is of ${origin}, the key of ${verifier.name}`);
  const signature = note
    .slice(end + 2)
    .split('\n')
    .map(signatureIn)
    .find((one) => one?.name === origin && sameBytes(one.id, verifier.id));
  if (!signature) throw new Error('the checkpoint is not signed with this key');
  const signed = new TextEncoder().encode(text);
  if (!(await crypto.subtle.verify('Ed25519', verifier.key, signature.bytes, signed)))
    throw new Error('the signature is wrong');
  return { origin, size: Number(size), root: base64(root) };
}

async function readKey(text: string) {
  const [, name = '', id = '', encoded = ''] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/.exec(text.trim()) ?? [];
  const bytes = base64(encoded);
  if (bytes.length !== 33 || bytes[0] !== ED25519) throw new Error('this is no verifier key');
  const named = new Uint8Array([...new TextEncoder().encode(`${name}\n`), ...bytes]);
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', named)).subarray(0, 4);
  const hex = [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  if (hex !== id) throw new Error('the verifier key was copied wrongly');
  const key = await crypto.subtle.importKey('raw', bytes.slice(1), 'Ed25519', false, ['verify']).catch(() => {
    throw new Error('this browser cannot check such signatures; the command below can');
  });
  return { name, id: hash, key };
}

function signatureIn(line: string) {
  if (!line.startsWith(DASH)) return undefined;
  const [name = '', encoded = ''] = line.slice(DASH.length).split(' ');
  const bytes = base64(encoded);
  return { name, id: bytes.slice(0, 4), bytes: bytes.slice(4) };
}

function base64(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return new Uint8Array(0);
  }
}
