/**
 * The Merkle tree of RFC 6962 as a way of hashing: leaves, nodes, and which parts of a tree a proof is made of.
 *
 * range: leaves [from, to) whose hash a proof holds · subtree: 2^level leaves from index · 2^level on, of
 * which any range that RFC 6962 cuts consists, largest first. Sizes are ordinary numbers, exact to 2^53.
 */
import { createHash } from 'node:crypto';

export const HASH_BYTES = 32;
export type Hash = Uint8Array;

export interface Range {
  from: number;
  to: number;
}

export interface Subtree {
  level: number;
  index: number;
}

export const EMPTY_ROOT: Hash = createHash('sha256').digest();

/** The leading zero keeps a leaf from ever being read as a node. */
export function hashLeaf(entry: string | Uint8Array): Hash {
  return createHash('sha256').update(Uint8Array.of(0)).update(entry).digest();
}

export function hashNode(left: Hash, right: Hash): Hash {
  return createHash('sha256').update(Uint8Array.of(1)).update(left).update(right).digest();
}

export const hex = (hash: Hash): string => Buffer.from(hash).toString('hex');
export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
export const sameHash = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** The complete subtrees of a range, left to right. */
export function subtrees({ from, to }: Range): Subtree[] {
  const found: Subtree[] = [];
  for (let at = from; at < to; ) {
    let level = 0;
    let width = 1;
    while (at % (width * 2) === 0 && at + width * 2 <= to) {
      width *= 2;
      level += 1;
    }
    found.push({ level, index: at / width });
    at += width;
  }
  return found;
}

/** The hash of a range from those of its subtrees; of nothing, that of the empty tree. */
export function foldSubtrees(hashes: readonly Hash[]): Hash {
  return hashes.length === 0 ? EMPTY_ROOT : hashes.reduceRight((right, left) => hashNode(left, right));
}

/** The root over as many hashes of one level as a power of two, or fewer at the right edge. */
export function rootOfHashes(hashes: readonly Hash[]): Hash {
  let level = [...hashes];
  if (level.length === 0) return EMPTY_ROOT;
  while (level.length > 1) {
    const above: Hash[] = [];
    for (let at = 0; at + 1 < level.length; at += 2) above.push(hashNode(level[at]!, level[at + 1]!));
    // What has no neighbour goes up as it is: its parent's other half does not exist.
    if (level.length % 2 === 1) above.push(level[level.length - 1]!);
    level = above;
  }
  return level[0]!;
}

/** What proves that leaf `index` is in the tree of `size`, from the leaf upwards. */
export function inclusionRanges(index: number, size: number): Range[] {
  const path: Range[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + half(to - from);
    if (index < middle) {
      path.push({ from: middle, to });
      to = middle;
    } else {
      path.push({ from, to: middle });
      from = middle;
    }
  }
  return path.reverse();
}

/** What proves that the tree of `old` is how the tree of `size` began. */
export function consistencyRanges(old: number, size: number): Range[] {
  if (old === 0) return [];
  const path: Range[] = [];
  let [from, to] = [0, size];
  while (old !== to) {
    const middle = from + half(to - from);
    if (old <= middle) {
      path.push({ from: middle, to });
      to = middle;
    } else {
      path.push({ from, to: middle });
      from = middle;
    }
  }
  // The whole old tree is known to whoever asks.
  if (from > 0) path.push({ from, to });
  return path.reverse();
}

/** RFC 9162, 2.1.3.2. */
export function verifyInclusion(
  leaf: Hash,
  index: number,
  tree: { size: number; root: Hash },
  proof: readonly Hash[],
): boolean {
  if (index >= tree.size) return false;
  let [at, last] = [index, tree.size - 1];
  let hash = leaf;
  for (const beside of proof) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      hash = hashNode(beside, hash);
      while (at % 2 === 0 && at !== 0) [at, last] = [up(at), up(last)];
    } else {
      hash = hashNode(hash, beside);
    }
    [at, last] = [up(at), up(last)];
  }
  return last === 0 && sameHash(hash, tree.root);
}

/** RFC 9162, 2.1.4.2; of the empty tree every tree is a continuation. */
export function verifyConsistency(
  old: { size: number; root: Hash },
  now: { size: number; root: Hash },
  proof: readonly Hash[],
): boolean {
  if (old.size > now.size) return false;
  if (old.size === now.size) return proof.length === 0 && sameHash(old.root, now.root);
  if (old.size === 0) return proof.length === 0 && sameHash(old.root, EMPTY_ROOT);
  const [first, ...path] = isPowerOfTwo(old.size) ? [old.root, ...proof] : proof;
  if (!first || proof.length === 0) return false;
  let [at, last] = [old.size - 1, now.size - 1];
  while (at % 2 === 1) [at, last] = [up(at), up(last)];
  let [before, after] = [first, first];
  for (const beside of path) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      before = hashNode(beside, before);
      after = hashNode(beside, after);
      while (at % 2 === 0 && at !== 0) [at, last] = [up(at), up(last)];
    } else {
      after = hashNode(after, beside);
    }
    [at, last] = [up(at), up(last)];
  }
  return last === 0 && sameHash(before, old.root) && sameHash(after, now.root);
}

/** The largest power of two below n. */
function half(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}

const up = (n: number): number => Math.floor(n / 2);
const isPowerOfTwo = (n: number): boolean => Number.isInteger(Math.log2(n));
