/**
 * What an entry of the public ledger is.
 *
 * entry: one thing that happened, as canonical JSON · leaf: its bytes in the log, hashed as in RFC 6962.
 * The entry does not know its place in the log: numbers are given after the transaction that wrote it
 * has committed.
 */
import { z } from 'zod';
import { canonicalJson } from '../lib/canonical.ts';
import { hashLeaf, hex } from './merkle.ts';

export const LEDGER_TYPES = [
  'policy',
  'application',
  'membership',
  'grant',
  'workspace',
  'request',
  'job',
  'release',
  'verdict',
  'publication',
  'withdrawal',
  'visibility',
  'freeze',
  'alert',
  'login',
  'key',
  'refused',
] as const;
export type LedgerType = (typeof LEDGER_TYPES)[number];

export const MAX_ENTRY_BYTES = 65_535;

/** `person:<GitHub id>`, `agent:<backend>/<id>`, `hub`, … : who did it. */
const actor = z.string().regex(/^[a-z]+(:[A-Za-z0-9][A-Za-z0-9._/-]{0,149})?$/);
/** `request:<id>`, `job:<id>`, `workspace:<name>`, … : to what. */
const subject = z.string().regex(/^[a-z]+:[A-Za-z0-9_][A-Za-z0-9._/@-]{0,149}$/);

export const LedgerEntry = z.strictObject({
  time: z.iso.datetime({ precision: 3 }),
  type: z.enum(LEDGER_TYPES),
  actor,
  subject,
  /** Governance commit the decision was made by; null before the first is known. */
  policy_commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .nullable(),
  body: z.record(z.string(), z.json()),
});
export type LedgerEntry = z.infer<typeof LedgerEntry>;

export interface Leaf {
  type: LedgerType;
  subject: string;
  /** Canonical JSON. */
  entry: string;
  /** SHA-256 over 0x00 and the entry's bytes, in hex. */
  hash: string;
}

/** Throws a TypeError for an entry that is malformed or above 65,535 bytes: both are bugs of the writer. */
export function leafOf(entry: LedgerEntry): Leaf {
  const checked = LedgerEntry.safeParse(entry);
  if (!checked.success) throw new TypeError(`not a ledger entry: ${z.prettifyError(checked.error)}`);
  const text = canonicalJson(checked.data);
  if (Buffer.byteLength(text) > MAX_ENTRY_BYTES) {
    throw new TypeError(
      `a ledger entry holds at most ${MAX_ENTRY_BYTES} bytes: ${entry.type} ${entry.subject}`,
    );
  }
  return { type: entry.type, subject: entry.subject, entry: text, hash: leafHash(text) };
}

export const leafHash = (entry: string | Uint8Array): string => hex(hashLeaf(entry));

/** Are these bytes the one way in which what they say is written? Types and fields may be newer than we are. */
export function isCanonical(entry: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(entry);
    const said: unknown = JSON.parse(text);
    return typeof said === 'object' && canonicalJson(said) === text;
  } catch {
    return false;
  }
}
