/**
 * Bytes on their way into the store: written under names of their own, synced, hashed again as they lie there, and
 * only then named by their hash. Many at once share the waiting: a disk syncs a hundred small files in little more
 * time than one.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { webcrypto } from 'node:crypto';
import path from 'node:path';
import { sha256 } from '../../src/lib/hash.ts';

/** Reads, writes and syncs under way at a time. */
const AT_ONCE = 8;
/** Below this a thread of its own costs more than hashing. */
const SMALL = 256 * 1024;

export interface Places {
  /** Where a copy of this hash lies. */
  path(hash: string): string;
  /** A new name for what is half-made. */
  incoming(): string;
}

interface Incoming {
  hash: string;
  size: number;
  at: string;
  file?: FileHandle;
}

/** One batch: `add` each, then `land` once; `abandon` after any of them threw. */
export class Landing {
  readonly #places: Places;
  readonly #incoming = new Map<string, Incoming>();
  readonly #folders = new Set<string>();

  constructor(places: Places) {
    this.#places = places;
  }

  /** Bytes that are there already are not written again. */
  async add(hash: string, bytes: Uint8Array): Promise<void> {
    const target = this.#places.path(hash);
    // Also of what is there: another batch may have named it and not yet have synced the name.
    this.#folders.add(path.dirname(target));
    if (this.#incoming.has(hash) || existsSync(target)) return;
    const held: Incoming = { hash, size: bytes.length, at: this.#places.incoming() };
    this.#incoming.set(hash, held);
    held.file = await open(held.at, 'wx+', 0o400);
    await held.file.writeFile(bytes);
  }

  /** When it resolves, everything that was added lies under its hash and survives a power cut. */
  async land(): Promise<void> {
    const all = [...this.#incoming.values()];
    await allOf(all, whole);
    await allOf(all, async ({ at, hash }) => {
      const target = this.#places.path(hash);
      mkdirSync(path.dirname(target), { recursive: true, mode: 0o700 });
      await rename(at, target);
    });
    // And those above: a folder that was made for the first copy in it has a name, too.
    const above = [...this.#folders].map((folder) => path.dirname(folder));
    await allOf([...new Set([...this.#folders, ...above])], syncFolder);
  }

  /** Removes what is half-made. */
  async abandon(): Promise<void> {
    for (const { at, file } of this.#incoming.values()) {
      await file?.close().catch(() => undefined);
      await rm(at, { force: true });
    }
  }
}

/** The copy is hashed, not what was meant to be copied. */
async function whole(held: Incoming): Promise<void> {
  const file = held.file!;
  await file.sync();
  const bytes = Buffer.allocUnsafe(held.size + 1);
  let length = 0;
  while (length <= held.size) {
    const { bytesRead } = await file.read(bytes, length, held.size + 1 - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  await file.close();
  if ((await hashOf(bytes.subarray(0, length))) !== held.hash)
    throw new Error('a copy does not hash to its name');
}

async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Of many bytes in a thread of its own, so that others are answered meanwhile. */
export async function hashOf(bytes: Uint8Array): Promise<string> {
  if (bytes.length < SMALL) return sha256(bytes);
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)).toString(
    'hex',
  );
}

/** The answers in the order of the items; some at a time. */
export async function allOf<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const at = next;
      next += 1;
      answers[at] = await work(items[at]!);
    }
  };
  // Nobody is left working when one has failed: what they made is about to be removed.
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
  return answers;
}
