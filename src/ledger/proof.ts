/** Roots and proofs, made of tiles: whatever the size of the log, a few tiles of each level are read. */
import {
  consistencyRanges,
  foldSubtrees,
  inclusionRanges,
  rootOfHashes,
  subtrees,
  type Hash,
  type Range,
  type Subtree,
} from './merkle.ts';
import { splitHashes, TILE_HEIGHT, TILE_WIDTH, tileAt, tilePath, type Tile } from './tile.ts';

/** Answers with the bytes of each tile, in order; what is not there it throws. */
export type TileReader = (tiles: readonly (Tile & { level: number })[]) => Promise<readonly Uint8Array[]>;

export async function rootOf(size: number, read: TileReader): Promise<Hash> {
  const [root] = await hashesOf([{ from: 0, to: size }], size, read);
  return root!;
}

/** Throws a RangeError when there is no such leaf. */
export async function proveInclusion(index: number, size: number, read: TileReader): Promise<Hash[]> {
  if (index >= size) throw new RangeError(`a log of ${size} entries has no entry ${index}`);
  return hashesOf(inclusionRanges(index, size), size, read);
}

/** Throws a RangeError when the log is not as long as that. */
export async function proveConsistency(old: number, size: number, read: TileReader): Promise<Hash[]> {
  if (old > size) throw new RangeError(`a log of ${size} entries never had ${old}`);
  return hashesOf(consistencyRanges(old, size), size, read);
}

/** Of a tree of `size`: the hashes of the complete subtrees of which its first `of` leaves consist, left to right. */
export function subtreeHashes(of: number, size: number, read: TileReader): Promise<Hash[]> {
  const ranges = subtrees({ from: 0, to: of }).map(({ level, index }) => ({
    from: index * 2 ** level,
    to: (index + 1) * 2 ** level,
  }));
  return hashesOf(ranges, size, read);
}

async function hashesOf(ranges: readonly Range[], size: number, read: TileReader): Promise<Hash[]> {
  const cut = ranges.map((range) => subtrees(range).map((subtree) => placeOf(subtree, size)));
  const needed = new Map(cut.flat().map(({ tile }) => [tilePath(tile), tile]));
  const bytes = await read([...needed.values()]);
  const held = new Map([...needed.keys()].map((path, at) => [path, bytes[at]!]));
  return cut.map((places) =>
    foldSubtrees(
      places.map(({ tile, first, count }) =>
        rootOfHashes(splitHashes(held.get(tilePath(tile))!).slice(first, first + count)),
      ),
    ),
  );
}

/** Which hashes of which tile a subtree is the root of. */
function placeOf({ level, index }: Subtree, size: number) {
  const count = 2 ** (level % TILE_HEIGHT);
  const first = index * count;
  const tile = tileAt(Math.floor(level / TILE_HEIGHT), Math.floor(first / TILE_WIDTH), size);
  return { tile, first: first % TILE_WIDTH, count };
}
