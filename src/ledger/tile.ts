/**
 * The tree as C2SP tlog-tiles serves it: runs of 256 hashes of every eighth level, and bundles of entries.
 *
 * A tile that is not full yet is called partial; its hashes are the beginning of the full one, and are never
 * hashed upwards.
 */
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { HASH_BYTES, rootOfHashes, type Hash } from './merkle.ts';
import * as words from './words.ts';

export const TILE_WIDTH = 256;
/** Levels of the tree from one level of tiles to the next. */
export const TILE_HEIGHT = 8;

export interface Tile {
  /** 0 holds the leaves' hashes, each above roots of full tiles of the one below; `entries` the leaves. */
  level: number | 'entries';
  index: number;
  /** 1 to 256 hashes. */
  width: number;
}

/** `tile/<L>/<N>[.p/<W>]`, beneath the log's address. */
export function tilePath({ level, index, width }: Tile): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g)!;
  const place = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${level}/${place}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** The one tile that has this path; undefined for every other text. */
export function parseTilePath(path: string): Tile | undefined {
  const found = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  if (!found) return undefined;
  const [, level, place, width] = found as unknown as [string, string, string, string | undefined];
  const tile: Tile = {
    level: level === 'entries' ? level : Number(level),
    index: Number(place.replace(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  const sensible = tile.width > 0 && (level === 'entries' || Number(level) <= 63);
  return sensible && tilePath(tile) === path ? tile : undefined;
}

/** How many hashes level `level` has in a tree of this size. */
export function hashesAt(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** The tile of a level in a tree of this size: full, or as wide as it is there. */
export function tileAt(level: number, index: number, size: number): Tile & { level: number } {
  return { level, index, width: Math.min(TILE_WIDTH, hashesAt(level, size) - index * TILE_WIDTH) };
}

/** All tiles of one level, left to right. */
export function* tilesAt(level: number, size: number): Generator<Tile & { level: number }> {
  for (let index = 0; index * TILE_WIDTH < hashesAt(level, size); index += 1)
    yield tileAt(level, index, size);
}

/** From the leaves upwards. */
export function levelsOf(size: number): number[] {
  const levels: number[] = [];
  for (let level = 0; hashesAt(level, size) > 0; level += 1) levels.push(level);
  return levels;
}

/** The tiles at the right edge that have room left: what an append has to know. */
export function edgeOf(size: number): (Tile & { level: number })[] {
  return levelsOf(size).flatMap((level) => {
    const index = Math.floor(hashesAt(level, size) / TILE_WIDTH);
    const tile = tileAt(level, index, size);
    return tile.width > 0 ? [tile] : [];
  });
}

export interface WrittenTile {
  level: number;
  index: number;
  /** All its hashes, the old ones too. */
  bytes: Uint8Array;
}

/** Puts leaves' hashes behind the tree of `size`, of which `edge` are the tiles that have room. */
export function growTiles(
  size: number,
  edge: ReadonlyMap<number, Uint8Array>,
  leaves: readonly Hash[],
): WrittenTile[] {
  const written: WrittenTile[] = [];
  let added = leaves;
  for (let level = 0; added.length > 0; level += 1) {
    const before = hashesAt(level, size);
    const held = before % TILE_WIDTH === 0 ? [] : splitHashes(edge.get(level) ?? new Uint8Array());
    if (held.length !== before % TILE_WIDTH) throw new Error(`the edge of the tree lacks level ${level}`);
    const hashes = [...held, ...added];
    const first = (before - held.length) / TILE_WIDTH;
    const full: Hash[] = [];
    for (let at = 0; at < hashes.length; at += TILE_WIDTH) {
      const run = hashes.slice(at, at + TILE_WIDTH);
      written.push({ level, index: first + at / TILE_WIDTH, bytes: Buffer.concat(run) });
      if (run.length === TILE_WIDTH) full.push(rootOfHashes(run));
    }
    added = full;
  }
  return written;
}

export function splitHashes(bytes: Uint8Array): Hash[] {
  const hashes: Hash[] = [];
  for (let at = 0; at < bytes.length; at += HASH_BYTES) hashes.push(bytes.subarray(at, at + HASH_BYTES));
  return hashes;
}

/** The hashes of a tile that somebody else served, when they are as many as it has. */
export function readTile(tile: Tile, bytes: Uint8Array): Hash[] | Refusal {
  const expected = tile.width * HASH_BYTES;
  if (bytes.length < expected) return words.truncated(tilePath(tile), bytes.length, expected);
  if (bytes.length > expected) return words.wrongWidth(tilePath(tile), bytes.length, expected);
  return splitHashes(bytes);
}

/** Before each entry stands its length, two bytes, the higher first. */
export function encodeBundle(entries: readonly (string | Uint8Array)[]): Uint8Array {
  return Buffer.concat(
    entries.flatMap((entry) => {
      const bytes = Buffer.from(entry as Uint8Array);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** The entries of a bundle that somebody else served, when they are as many as it has. */
export function readBundle(tile: Tile, bytes: Uint8Array): Uint8Array[] | Refusal {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    const entry = entryAt(tile, bytes, at);
    if (isRefusal(entry)) return entry;
    entries.push(entry);
    at += 2 + entry.length;
  }
  return entries.length === tile.width
    ? entries
    : words.wrongCount(tilePath(tile), entries.length, tile.width);
}

function entryAt(tile: Tile, bytes: Uint8Array, at: number): Uint8Array | Refusal {
  const start = at + 2;
  const end = start > bytes.length ? start : start + bytes[at]! * 256 + bytes[at + 1]!;
  return end > bytes.length ? words.truncated(tilePath(tile), bytes.length, end) : bytes.subarray(start, end);
}
