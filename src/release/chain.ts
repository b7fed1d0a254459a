/**
 * Entries in a chain: each holds the hash of the one before, so a lost, changed or swapped entry shows.
 * Its last hash is what is published.
 */
import { canonicalJson } from '../lib/canonical.ts';
import { sha256 } from '../lib/hash.ts';

export interface Chained<T> {
  entry: T;
  previous: string;
  hash: string;
}

/** Before the first entry. */
export const CHAIN_START = '0'.repeat(64);

export function chained<T>(entry: T, previous: string): Chained<T> {
  return { entry, previous, hash: sha256(canonicalJson({ previous, entry })) };
}

/** Place of the first entry that does not belong, counted from 0; undefined when all do. */
export function brokenAt<T>(chain: readonly Chained<T>[], start = CHAIN_START): number | undefined {
  let previous = start;
  for (const [index, link] of chain.entries()) {
    if (link.previous !== previous || link.hash !== chained(link.entry, previous).hash) return index;
    previous = link.hash;
  }
  return undefined;
}
