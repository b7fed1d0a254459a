/** What the threads of `sallyport disclose` share: the work, and whose turn it is. */
import { closeSync, openSync, readSync } from 'node:fs';
import { scanPart, type DisclosurePolicy, type ScannedPart } from '../disclosure/disclosure.ts';
import { piecesOf, type Reported } from './disclose-read.ts';

/** Bytes of a long table, from behind one line end to behind another. */
export interface Part {
  from: number;
  to: number;
}

/** `taken`: how many parts or files have been taken, in memory that all threads see. */
export type Work = { policy: DisclosurePolicy; taken: Int32Array } & (
  | { kind: 'parts'; path: string; parts: Part[] }
  | { kind: 'files'; paths: string[] }
);

/** By the index of the part or file. Reports are written down: a text passes between threads in one piece. */
export interface Done {
  id: number;
  parts?: [number, ScannedPart][];
  reports?: string;
  last: boolean;
}

export type Numbered = [index: number, report: Reported];

export const counter = (): Int32Array => new Int32Array(new SharedArrayBuffer(4));

/** The next ones that no other thread has taken. */
export function* turns(taken: Int32Array, count: number): Generator<number> {
  for (let index = Atomics.add(taken, 0, 1); index < count; index = Atomics.add(taken, 0, 1)) yield index;
}

const HEAD = 64 * 1024;

export async function scanned(
  path: string,
  { from, to }: Part,
  policy: DisclosurePolicy,
): Promise<ScannedPart> {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(HEAD);
    const length = readSync(file, head, 0, HEAD, 0);
    return await scanPart(path, head.subarray(0, length), piecesOf(file, from, to), policy);
  } finally {
    closeSync(file);
  }
}
