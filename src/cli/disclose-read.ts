/** One file from disk to its report; whatever is wrong with a path is a finding. */
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import {
  checkFile,
  checkStream,
  CHECKS,
  type DisclosurePolicy,
  type FileFacts,
  type FileReport,
  type Finding,
} from '../disclosure/disclosure.ts';

export interface Read extends FileReport {
  /** The path could not be read at all. */
  unread?: boolean;
}

/** What is printed of a file. */
export interface Reported {
  path: string;
  findings: Finding[];
  /** The path could not be read at all. */
  unread?: boolean;
}

export const reported = ({ path, findings, unread }: Read): Reported => ({
  path,
  findings,
  ...(unread && { unread }),
});

export function refused(path: string, message: string): Read {
  const finding: Finding = { check: 'F1', severity: CHECKS.F1[0], place: {}, message };
  return { path, kind: 'other', findings: [finding], columns: [], unread: true };
}

/** `long`: how a file above the limit of bytes is read; streamed when absent. */
export async function reportOf(
  path: string,
  policy: DisclosurePolicy,
  facts: FileFacts,
  long?: (size: number) => Promise<FileReport | undefined>,
): Promise<Read> {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) return refused(path, 'This is no file. For the files of a folder, use --group.');
    if (stats.size <= policy.limits.bytes) return checkFile(path, readFileSync(path), policy, facts);
    return (await long?.(stats.size)) ?? (await streamed(path, stats.size, policy, facts));
  } catch (error) {
    return refused(path, `The file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'}).`);
  }
}

async function streamed(
  path: string,
  size: number,
  policy: DisclosurePolicy,
  facts: FileFacts,
): Promise<Read> {
  const file = openSync(path, 'r');
  try {
    return await checkStream(path, piecesOf(file, 0, size), policy, facts);
  } finally {
    closeSync(file);
  }
}

/** Small enough to stay in the processor's cache. */
const PIECE = 256 * 1024;

/** Bytes from `from` up to `to`, all in the same buffer. */
export function* piecesOf(file: number, from: number, to: number): Generator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(PIECE);
  for (let at = from; at < to; ) {
    const length = readSync(file, buffer, 0, Math.min(PIECE, to - at), at);
    if (length === 0) return;
    yield buffer.subarray(0, length);
    at += length;
  }
}
