/**
 * Checkpoints, as C2SP tlog-checkpoint writes them: how long the log is, and its root, signed.
 *
 * Three lines: the log's origin (its address without the scheme), its size, its root in base64. Whoever keeps
 * one can prove later that the log only grew.
 */
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { base64, HASH_BYTES, type Hash } from './merkle.ts';
import {
  isKeyName,
  parseNote,
  signersOf,
  signNote,
  type Note,
  type Signer,
  type VerifierKey,
} from './note.ts';
import * as words from './words.ts';

export interface Checkpoint {
  origin: string;
  size: number;
  root: Hash;
}

export interface OpenCheckpoint extends Checkpoint {
  /** As it was served, with every signature. */
  note: string;
  /** Of the log itself. */
  signedBy: VerifierKey[];
}

/** The log's own keys; other names on a checkpoint are witnesses, and welcome. */
export interface TrustedKeys {
  current: readonly VerifierKey[];
  /** Were replaced: what only they signed is refused as that. */
  old?: readonly VerifierKey[];
}

export function signCheckpoint({ origin, size, root }: Checkpoint, signers: readonly Signer[]): string {
  return signNote(`${origin}\n${size}\n${base64(root)}\n`, signers);
}

/** What it says, whoever signed it. */
export function parseCheckpoint(bytes: Uint8Array): (Checkpoint & { signed: Note }) | Refusal {
  const note = parseNote(bytes);
  if (isRefusal(note)) return note;
  const [origin, size, root = ''] = note.text.split('\n') as [string, string, string?];
  const hash = Buffer.from(root, 'base64');
  const sound =
    isKeyName(origin) &&
    /^(0|[1-9]\d{0,15})$/.test(size) &&
    Number.isSafeInteger(Number(size)) &&
    hash.length === HASH_BYTES &&
    base64(hash) === root;
  return sound ? { origin, size: Number(size), root: hash, signed: note } : words.noCheckpoint();
}

/** Refuses one that the log did not sign with a key that is still in use. */
export function openCheckpoint(bytes: Uint8Array, trusted: TrustedKeys): OpenCheckpoint | Refusal {
  const found = parseCheckpoint(bytes);
  if (isRefusal(found)) return found;
  const { signed, ...checkpoint } = found;
  const { current, old = [] } = trusted;
  const own = current.filter(({ name }) => name === checkpoint.origin);
  if (own.length === 0) {
    return words.otherLog(
      checkpoint.origin,
      current.map(({ name }) => name),
    );
  }
  const signers = signersOf(signed, [...own, ...old]);
  if (isRefusal(signers)) return signers;
  const signedBy = signers.filter((key) => own.includes(key));
  if (signedBy.length > 0) return { ...checkpoint, note: Buffer.from(bytes).toString('utf8'), signedBy };
  const known = own.map(({ id }) => id);
  const [retired] = signers;
  if (retired) return words.oldKey(checkpoint.origin, retired.id, known);
  const other = signed.signatures.find(({ name }) => name === checkpoint.origin);
  return other
    ? words.otherKey(checkpoint.origin, other.id, known)
    : words.unsigned(checkpoint.origin, known);
}
