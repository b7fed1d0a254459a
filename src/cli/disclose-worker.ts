/** A second thread for the checks: reads a part of a long table, or whole small files. Built as a file of its own. */
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import {
  scanPart,
  type DisclosurePolicy,
  type FileReport,
  type ScannedPart,
} from '../disclosure/disclosure.ts';
import { piecesOf, reportOf } from './disclose-read.ts';

export type Work =
  | { kind: 'part'; path: string; from: number; to: number; policy: DisclosurePolicy }
  | { kind: 'files'; paths: string[]; policy: DisclosurePolicy };
export type Done = { id: number; part?: ScannedPart; reports?: FileReport[]; failed?: true };

const HEAD = 64 * 1024;

async function answer(work: Work): Promise<Omit<Done, 'id'>> {
  if (work.kind === 'files') {
    const reports: FileReport[] = [];
    for (const path of work.paths) reports.push(await reportOf(path, work.policy, {}));
    return { reports };
  }
  const { path, from, to, policy } = work;
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(HEAD);
    const length = readSync(file, head, 0, HEAD, 0);
    return { part: await scanPart(path, head.subarray(0, length), piecesOf(file, from, to), policy) };
  } finally {
    closeSync(file);
  }
}

parentPort?.on('message', ({ id, work }: { id: number; work: Work }) => {
  void answer(work).then(
    (done) => parentPort?.postMessage({ id, ...done }),
    // Whoever asked does it itself, and meets the same fault with its message.
    () => parentPort?.postMessage({ id, failed: true }),
  );
});
