/**
 * What stands where in the public log repository. Pure.
 *
 * Files are added, never changed, but for four that say where it stands: `checkpoint`, `exported`, `key`, `README.md`.
 * Names carry numbers of entries, so that no clock can make two files one.
 */
import type { Hash, OpenCheckpoint, VerifierKey } from '../ledger/ledger.ts';
import { csvLine } from '../lib/csv.ts';
import { sha256 } from '../lib/hash.ts';

export const CHECKPOINT = 'checkpoint';
export const EXPORTED = 'exported';
export const KEY = 'key';
export const README = 'README.md';
const CHECKPOINTS = /^checkpoints\/\d{4}-\d{2}\/(\d{12,16})\.txt$/;

/** Path and text. */
export type LogFile = readonly [path: string, text: string];

/** How far the entries are copied, and the day of the newest file of them. */
export interface Exported {
  size: number;
  day: string;
}

/** `before`: the checkpoint that was committed last, and what proves that this one continues it. */
export function checkpointFiles(
  { note, size }: Pick<OpenCheckpoint, 'note' | 'size'>,
  day: string,
  before?: { size: number; proof: readonly Hash[] },
): LogFile[] {
  const place = `checkpoints/${day.slice(0, 7)}/${digits(size)}`;
  return [
    [CHECKPOINT, note],
    [`${place}.txt`, note],
    ...(before ? [[`${place}.proof`, proofText(before.size, size, before.proof)] as const] : []),
  ];
}

const proofText = (from: number, to: number, hashes: readonly Hash[]): string =>
  [`consistency ${from} ${to}`, ...hashes.map((hash) => Buffer.from(hash).toString('base64')), ''].join('\n');

/** The entries from place `from` on, one a line: as they were hashed, and as a table. */
export function exportFiles(from: number, entries: readonly Uint8Array[], day: string): LogFile[] {
  const texts = entries.map((entry) => Buffer.from(entry).toString('utf8'));
  const to = from + entries.length;
  const place = `entries/${day.slice(0, 7)}/${day}/${digits(from)}-${digits(to - 1)}`;
  return [
    [`${place}.jsonl`, texts.map((text) => `${text}\n`).join('')],
    [
      `${place}.csv`,
      [csvLine(COLUMNS), ...texts.map((text, at) => csvLine(cellsOf(text, from + at)))].join(''),
    ],
    [EXPORTED, exportedText({ size: to, day })],
  ];
}

const COLUMNS = ['place', 'time', 'type', 'event', 'subject', 'actor', 'policy_commit', 'body'];

function cellsOf(text: string, place: number): (string | number | null)[] {
  const read = JSON.parse(text) as Record<string, unknown>;
  const said = (name: string): string | null => (typeof read[name] === 'string' ? read[name] : null);
  const { event = null, ...body } = (read['body'] ?? {}) as Record<string, unknown>;
  return [
    place,
    said('time'),
    said('type'),
    typeof event === 'string' ? event : null,
    said('subject'),
    said('actor'),
    said('policy_commit'),
    JSON.stringify(body),
  ];
}

const exportedText = ({ size, day }: Exported): string => `${size} ${day}\n`;

export function parseExported(text: string): Exported | undefined {
  const found = /^(0|[1-9]\d{0,15}) (\d{4}-\d{2}-\d{2})\n$/.exec(text);
  return found ? { size: Number(found[1]), day: found[2]! } : undefined;
}

/** Both of them, each signed by the log: whoever reads this needs to believe nobody. */
export function alarmFile(earlier: string, now: string): LogFile {
  return [
    `alarms/${sha256(`${earlier}\n${now}`).slice(0, 16)}.txt`,
    [
      'The log signed two things that cannot both be true: what it signed earlier is not how it begins now.',
      '',
      'Earlier:',
      '',
      earlier,
      'Now:',
      '',
      now,
    ].join('\n'),
  ];
}

/** Beside the first checkpoint. */
export function introduction(keys: readonly VerifierKey[], log: string): LogFile[] {
  const [key] = keys;
  return [
    [KEY, keys.map(({ text }) => `${text}\n`).join('')],
    [
      README,
      [
        '# A public log, kept where its hub cannot change it',
        '',
        `Checkpoints and entries of the log at ${log}, committed by the steward after it has checked them:`,
        'signed by the key that it was given, and a continuation of the one before. Nothing here is ever rewritten.',
        '',
        '| file | what it holds |',
        '|---|---|',
        '| `checkpoint` | the newest, as the log signed it |',
        '| `checkpoints/<month>/<entries>.txt` | each that was committed; `.proof` beside it shows that it continues the one before |',
        '| `entries/<month>/<day>/<first>-<last>.jsonl` | entries, one a line, exactly as they were hashed; `.csv` is the same as a table |',
        '| `exported` | how many entries are copied so far, and the day |',
        '| `alarms/` | two checkpoints that contradict each other, should there ever be such |',
        '',
        "Check that today's log begins with every checkpoint in a clone of this repository:",
        '',
        '```sh',
        `sallyport log verify ${log} --key '${key?.text ?? '…'}' --since path/to/this/clone`,
        '```',
        '',
        "Take the key from somebody you trust: this file, like `key`, is only the steward's word for it.",
        '',
      ].join('\n'),
    ],
  ];
}

/** Paths of the checkpoints among these, by how many entries they are of. */
export function checkpointPaths(paths: Iterable<string>): string[] {
  const found = [...paths].flatMap((path) => {
    const size = CHECKPOINTS.exec(path)?.[1];
    return size === undefined ? [] : [{ path, size: Number(size) }];
  });
  return found.sort((a, b) => a.size - b.size || a.path.localeCompare(b.path)).map(({ path }) => path);
}

/** Clocks may go back; files of entries may not. */
export const dayAfter = (held: string | undefined, today: string): string =>
  held !== undefined && held > today ? held : today;

const digits = (n: number): string => String(n).padStart(12, '0');
