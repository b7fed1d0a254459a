/** One file from disk to its report; whatever is wrong with a path is a finding. */
import { createReadStream, readFileSync, readSync, statSync } from 'node:fs';
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
    const shared = await long?.(stats.size);
    return (
      shared ?? (await checkStream(path, createReadStream(path, { highWaterMark: PIECE }), policy, facts))
    );
  } catch (error) {
    return refused(path, `The file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'}).`);
  }
}

const PIECE = 1024 * 1024;

/** Bytes from `from` up to `to`, a fresh buffer each: a piece is not written to again. */
export function* piecesOf(file: number, from: number, to: number): Generator<Uint8Array> {
  for (let at = from; at < to; ) {
    const buffer = Buffer.allocUnsafe(Math.min(PIECE, to - at));
    const length = readSync(file, buffer, 0, buffer.length, at);
    if (length === 0) return;
    yield buffer.subarray(0, length);
    at += length;
  }
}
