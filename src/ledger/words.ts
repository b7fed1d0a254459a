/** What the ledger says to people who check it. */
import { refusal, type Refusal } from '../lib/refusal.ts';

const AGAIN = 'Fetch it again; if it stays so, tell whoever runs the log and keep what you have.';
const ALARM = 'Keep both, and show them to others: a log that only grows cannot have signed both.';

const bytes = (n: number): string => `${n} ${n === 1 ? 'byte' : 'bytes'}`;
const ids = (known: readonly string[]): string => known.join(' or ');

export const noVerifierKey = (text: string): Refusal =>
  refusal(
    'ledger.no-key',
    `"${text.slice(0, 120)}" is no verifier key of a log: name+id+base64, of type Ed25519.`,
    "Copy the whole line from somebody you trust; a hub prints its log's at /log/key.",
  );

export const noNote = (): Refusal =>
  refusal(
    'ledger.no-note',
    'This is no signed note: a text, an empty line, then a line per signature.',
    AGAIN,
  );

export const noCheckpoint = (): Refusal =>
  refusal('ledger.no-checkpoint', 'This note is no checkpoint: origin, size and root, a line each.', AGAIN);

export const badSignature = (key: string): Refusal =>
  refusal(
    'ledger.bad-signature',
    `The signature of ${key} is wrong: what is signed was changed, or somebody else signed it.`,
    AGAIN,
  );

export const otherLog = (origin: string, names: readonly string[]): Refusal =>
  refusal(
    'ledger.other-log',
    `This is a checkpoint of ${origin}; the key is of ${ids(names)}.`,
    'Give the verifier key of this log.',
  );

export const oldKey = (origin: string, id: string, known: readonly string[]): Refusal =>
  refusal(
    'ledger.old-key',
    `This checkpoint of ${origin} is signed by ${id}, a key that was replaced; today the log signs with ${ids(known)}.`,
    'It proves nothing by itself: take the checkpoint that the log serves now. As an earlier one, for --since, it is still good.',
  );

export const otherKey = (origin: string, id: string, known: readonly string[]): Refusal =>
  refusal(
    'ledger.other-key',
    `This checkpoint of ${origin} is signed by ${id}, and the key given is ${ids(known)}: one of them is old, or not the log's.`,
    "Ask somebody you trust for the log's present verifier key; a replaced one is given with --old-key.",
  );

export const unsigned = (origin: string, known: readonly string[]): Refusal =>
  refusal('ledger.unsigned', `This checkpoint of ${origin} is not signed by ${ids(known)}.`, AGAIN);

export const missing = (path: string): Refusal =>
  refusal(
    'ledger.missing',
    `${path} is not there.`,
    'Is this the address or the folder of a log? A mirror that was cut short is completed by "sallyport log mirror".',
  );

export const truncated = (path: string, found: number, expected: number): Refusal =>
  refusal(
    'ledger.truncated',
    `${path} is cut short: ${bytes(found)}, where ${bytes(expected)} belong.`,
    AGAIN,
  );

export const wrongWidth = (path: string, found: number, expected: number): Refusal =>
  refusal('ledger.wrong-width', `${path} holds ${bytes(found)}, and has room for ${bytes(expected)}.`, AGAIN);

export const wrongCount = (path: string, found: number, expected: number): Refusal =>
  refusal('ledger.wrong-width', `${path} holds ${found} entries, where ${expected} belong.`, AGAIN);

export const wrongTile = (path: string, at: number): Refusal =>
  refusal('ledger.wrong-tile', `${path} is not what is beneath it: its hash ${at} is another.`, AGAIN);

export const wrongRoot = (size: number): Refusal =>
  refusal(
    'ledger.wrong-root',
    `The tiles of these ${size} entries do not give the root that the checkpoint signs.`,
    AGAIN,
  );

export const wrongEntry = (index: number): Refusal =>
  refusal('ledger.wrong-entry', `Entry ${index} is not what its place in the tree was made of.`, AGAIN);

export const wrongEntries = (from: number, to: number): Refusal =>
  refusal(
    'ledger.wrong-entry',
    `The entries from ${from} up to ${to} are not those that the tree was made of.`,
    AGAIN,
  );

export const notCanonical = (index: number): Refusal =>
  refusal(
    'ledger.not-canonical',
    `Entry ${index} is in the log, and is not canonical JSON (RFC 8785): it can be read in more than one way.`,
    'Tell whoever runs the log.',
  );

export const notIncluded = (index: number, size: number): Refusal =>
  refusal(
    'ledger.not-included',
    `The tiles do not prove that entry ${index} is in the log of ${size}.`,
    AGAIN,
  );

export const noEntry = (index: number, size: number): Refusal =>
  refusal('ledger.no-entry', `There is no entry ${index}: the log has ${size}, counted from 0.`, '');

export const fork = (earlier: string, now: string): Refusal =>
  refusal(
    'ledger.fork',
    `The log was rewritten: what it signed earlier is not how it begins now.\n\n${both(earlier, now)}\n`,
    ALARM,
  );

export const shorter = (earlier: string, now: string): Refusal =>
  refusal(
    'ledger.shorter',
    `The log is shorter than it was: entries are gone, or this copy is older.\n\n${both(earlier, now)}\n`,
    `Ask the log itself for its checkpoint. ${ALARM}`,
  );

const both = (earlier: string, now: string): string =>
  `Earlier:\n${indent(earlier)}\n\nNow:\n${indent(now)}\n`;
const indent = (note: string): string =>
  note
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`.trimEnd())
    .join('\n');
