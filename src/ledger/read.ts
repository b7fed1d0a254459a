/**
 * Reads the entries behind a place of a log that somebody else serves, and believes none of them: together
 * with the tree before them they must give the tree that was signed.
 */
import { Refused, type Refusal } from '../lib/refusal.ts';
import type { OpenCheckpoint } from './checkpoint.ts';
import { isCanonical } from './entry.ts';
import { foldSubtrees, hashLeaf, hashNode, subtrees, verifyConsistency, type Hash } from './merkle.ts';
import { proveConsistency, subtreeHashes } from './proof.ts';
import { TILE_WIDTH, tileAt } from './tile.ts';
import { bundleOf, tilesOf, type LogSource } from './verify.ts';
import * as words from './words.ts';

export interface ReadEntries {
  entries: Uint8Array[];
  /** Place of the one after them. */
  next: number;
}

export interface Wish {
  tree: OpenCheckpoint;
  /** As many entries at most; with the bundle that brings them above so many bytes it ends. */
  most: number;
  bytes: number;
}

/** Entries from place `from` on. Whatever is before them and they give, is how the log of `tree` begins. */
export async function readEntries(
  source: LogSource,
  from: number,
  wish: Wish,
): Promise<ReadEntries | Refusal> {
  try {
    return await read(source, from, wish);
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
}

async function read(source: LogSource, from: number, { tree, most, bytes }: Wish): Promise<ReadEntries> {
  if (from > tree.size) throw new Refused(words.noEntry(from, tree.size));
  const before = await subtreeHashes(from, tree.size, tilesOf(source));
  const entries: Uint8Array[] = [];
  const until = Math.min(from + most, tree.size);
  let held = 0;
  for (let at = from; at < until && held < bytes; at = from + entries.length) {
    const tile = tileAt(0, Math.floor(at / TILE_WIDTH), tree.size);
    const bundle = await bundleOf(source, { ...tile, level: 'entries' });
    const first = tile.index * TILE_WIDTH;
    for (const entry of bundle.slice(at - first, until - first)) {
      if (!isCanonical(entry)) throw new Refused(words.notCanonical(from + entries.length));
      entries.push(entry);
      held += entry.length;
    }
  }
  const next = from + entries.length;
  const root = foldSubtrees(append(from, before, entries));
  const proof = await proveConsistency(next, tree.size, tilesOf(source));
  if (!verifyConsistency({ size: next, root }, tree, proof))
    throw new Refused(words.wrongEntries(from, next));
  return { entries, next };
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
