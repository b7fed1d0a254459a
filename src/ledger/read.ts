/**
 * Reads the entries behind a place of a log that somebody else serves, and believes none of them: together
 * with the tree before them they must give the tree that was signed.
 */
import { Refused, type Refusal } from '../lib/refusal.ts';
import type { OpenCheckpoint } from './checkpoint.ts';
import { isCanonical } from './entry.ts';
import {
  foldSubtrees,
  hashLeaf,
  hashNode,
  sameHash,
  subtrees,
  verifyConsistency,
  type Hash,
} from './merkle.ts';
import { proveConsistency, subtreeHashes } from './proof.ts';
import { TILE_WIDTH, tileAt } from './tile.ts';
import { bundleOf, tilesOf, type LogSource } from './verify.ts';
import * as words from './words.ts';

/** How much of the log is known already, and with which root. */
export interface Known {
  size: number;
  root: Hash;
}

export interface ReadEntries extends Known {
  entries: Uint8Array[];
}

/**
 * Entries from `known` on, at most `most` of them or a bundle above so many bytes. `size` and `root` are what is known with them.
 * `known` was proved to be how the log of `tree` begins; what is read is proved to go on from there.
 */
export async function readEntries(
  source: LogSource,
  known: Known,
  { tree, most, bytes }: { tree: OpenCheckpoint; most: number; bytes: number },
): Promise<ReadEntries | Refusal> {
  try {
    return await read(source, known, { tree, most, bytes });
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
}

async function read(
  source: LogSource,
  known: Known,
  { tree, most, bytes }: { tree: OpenCheckpoint; most: number; bytes: number },
): Promise<ReadEntries> {
  const before = await subtreeHashes(known.size, tree.size, tilesOf(source));
  if (!sameHash(foldSubtrees(before), known.root)) throw new Refused(words.wrongRoot(known.size));
  const entries: Uint8Array[] = [];
  const until = Math.min(known.size + most, tree.size);
  let held = 0;
  for (let at = known.size; at < until && held < bytes; at = known.size + entries.length) {
    const tile = tileAt(0, Math.floor(at / TILE_WIDTH), tree.size);
    const bundle = await bundleOf(source, { ...tile, level: 'entries' });
    const first = tile.index * TILE_WIDTH;
    for (const entry of bundle.slice(at - first, until - first)) {
      if (!isCanonical(entry)) throw new Refused(words.notCanonical(known.size + entries.length));
      entries.push(entry);
      held += entry.length;
    }
  }
  const size = known.size + entries.length;
  const root = foldSubtrees(append(known.size, before, entries));
  const proof = await proveConsistency(size, tree.size, tilesOf(source));
  if (!verifyConsistency({ size, root }, tree, proof))
    throw new Refused(words.wrongEntries(known.size, size));
  return { entries, size, root };
}

/** The subtrees of a tree that grew, from those that it had: two of one height become one of the next. */
function append(size: number, before: readonly Hash[], entries: readonly Uint8Array[]): Hash[] {
  const edge = subtrees({ from: 0, to: size }).map(({ level }, at) => ({ level, hash: before[at]! }));
  for (const entry of entries) {
    let grown = { level: 0, hash: hashLeaf(entry) };
    while (edge.at(-1)?.level === grown.level)
      grown = { level: grown.level + 1, hash: hashNode(edge.pop()!.hash, grown.hash) };
    edge.push(grown);
  }
  return edge.map(({ hash }) => hash);
}
