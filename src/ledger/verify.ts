/**
 * Is a log what its checkpoint signs, and does it go on where an earlier checkpoint left off?
 *
 * Believed are the keys alone. Whatever else is read, from a server or a folder, is checked by its hashes, so
 * that it may come from anybody.
 */
import { isRefusal, Refused, type Refusal } from '../lib/refusal.ts';
import { openCheckpoint, type OpenCheckpoint, type TrustedKeys } from './checkpoint.ts';
import { isCanonical } from './entry.ts';
import { hashLeaf, rootOfHashes, sameHash, verifyConsistency, verifyInclusion, type Hash } from './merkle.ts';
import { proveConsistency, proveInclusion, rootOf, type TileReader } from './proof.ts';
import { levelsOf, readBundle, readTile, TILE_WIDTH, tileAt, tilePath, tilesAt, type Tile } from './tile.ts';
import * as words from './words.ts';

/** The bytes at a path beneath the log's address, undefined when there are none. */
export type LogSource = (path: string) => Promise<Uint8Array | undefined>;

export interface VerifyOptions {
  trusted: TrustedKeys;
  /** An earlier checkpoint, which an old key may have signed. */
  since?: Uint8Array;
  /** All entries are read, too: each is what the tree was made of, and canonical. */
  entries?: boolean;
  /** Only this entry: a few tiles are read instead of all. */
  entry?: number;
}

export interface Verified {
  checkpoint: OpenCheckpoint;
  since?: OpenCheckpoint;
  /** The entry that was asked for. */
  entry?: Uint8Array;
}

/** How many files are asked for at a time. */
const AHEAD = 16;

export async function verifyLog(source: LogSource, options: VerifyOptions): Promise<Verified | Refusal> {
  try {
    return await verified(source, options);
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
}

async function verified(source: LogSource, options: VerifyOptions): Promise<Verified> {
  const { trusted } = options;
  const checkpoint = orThrow(openCheckpoint(await fileOf(source, 'checkpoint'), trusted));
  const since = options.since && orThrow(openEarlier(options.since, trusted));
  if (since && since.size > checkpoint.size) throw new Refused(words.shorter(since.note, checkpoint.note));
  const entry =
    options.entry === undefined
      ? void (await checkTree(source, checkpoint, options.entries ?? false))
      : await checkEntry(source, checkpoint, options.entry);
  if (since) await checkGrowth(source, since, checkpoint);
  return { checkpoint, ...(since && { since }), ...(entry && { entry }) };
}

/** What was signed before a key was replaced is as good as it was then. */
export function openEarlier(bytes: Uint8Array, { current, old = [] }: TrustedKeys): OpenCheckpoint | Refusal {
  return openCheckpoint(bytes, { current: [...current, ...old] });
}

/** What proves that the log of the one is how the log of the other begins, made of its tiles. */
export async function provenGrowth(
  source: LogSource,
  since: OpenCheckpoint,
  now: OpenCheckpoint,
): Promise<Hash[] | Refusal> {
  if (since.size > now.size) return words.shorter(since.note, now.note);
  try {
    return await checkGrowth(source, since, now);
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
}

async function checkGrowth(source: LogSource, since: OpenCheckpoint, now: OpenCheckpoint): Promise<Hash[]> {
  const proof = await proveConsistency(since.size, now.size, tilesOf(source));
  if (!verifyConsistency(since, now, proof)) throw new Refused(words.fork(since.note, now.note));
  return proof;
}

async function checkEntry(source: LogSource, tree: OpenCheckpoint, index: number): Promise<Uint8Array> {
  if (index >= tree.size) throw new Refused(words.noEntry(index, tree.size));
  const { index: at, width } = tileAt(0, Math.floor(index / TILE_WIDTH), tree.size);
  const bundle = await bundleOf(source, { level: 'entries', index: at, width });
  const entry = bundle[index % TILE_WIDTH]!;
  const proof = await proveInclusion(index, tree.size, tilesOf(source));
  if (!verifyInclusion(hashLeaf(entry), index, tree, proof))
    throw new Refused(words.notIncluded(index, tree.size));
  if (!isCanonical(entry)) throw new Refused(words.notCanonical(index));
  return entry;
}

/** Every tile is what is beneath it, and together they give the root. */
async function checkTree(source: LogSource, tree: OpenCheckpoint, entries: boolean): Promise<void> {
  const partial = new Map<string, Uint8Array>();
  let beneath: Hash[] = [];
  for (const level of levelsOf(tree.size)) {
    const roots: Hash[] = [];
    const tiles = ahead(tilesAt(level, tree.size), async (tile) => ({
      tile,
      hashes: await tileOf(source, tile),
      bundle: entries && level === 0 ? await bundleOf(source, { ...tile, level: 'entries' }) : [],
    }));
    for await (const { tile, hashes, bundle } of tiles) {
      const first = tile.index * TILE_WIDTH;
      if (level > 0) compare(tile, hashes, beneath.slice(first, first + tile.width));
      bundle.forEach((entry, at) => checkLeaf(entry, hashes[at]!, first + at));
      if (tile.width === TILE_WIDTH) roots.push(rootOfHashes(hashes));
      else partial.set(tilePath(tile), Buffer.concat(hashes));
    }
    beneath = roots;
  }
  const root = await rootOf(tree.size, (tiles) =>
    Promise.resolve(tiles.map((tile) => partial.get(tilePath(tile))!)),
  );
  if (!sameHash(root, tree.root)) throw new Refused(words.wrongRoot(tree.size));
}

function compare(tile: Tile, hashes: readonly Hash[], beneath: readonly Hash[]): void {
  const wrong = hashes.findIndex((hash, at) => !sameHash(hash, beneath[at]!));
  if (wrong >= 0) throw new Refused(words.wrongTile(tilePath(tile), wrong));
}

function checkLeaf(entry: Uint8Array, hash: Hash, index: number): void {
  if (!sameHash(hashLeaf(entry), hash)) throw new Refused(words.wrongEntry(index));
  if (!isCanonical(entry)) throw new Refused(words.notCanonical(index));
}

/** Whoever reads entries or proofs of a log that somebody else serves. */
export const tilesOf =
  (source: LogSource): TileReader =>
  (tiles) =>
    Promise.all(tiles.map(async (tile) => Buffer.concat(await tileOf(source, tile))));

async function tileOf(source: LogSource, tile: Tile): Promise<Hash[]> {
  const served = await partOf(source, tile);
  if (!('full' in served)) return orThrow(readTile(tile, served.bytes));
  return orThrow(readTile({ ...tile, width: TILE_WIDTH }, served.full)).slice(0, tile.width);
}

export async function bundleOf(source: LogSource, tile: Tile): Promise<Uint8Array[]> {
  const served = await partOf(source, tile);
  if (!('full' in served)) return orThrow(readBundle(tile, served.bytes));
  return orThrow(readBundle({ ...tile, width: TILE_WIDTH }, served.full)).slice(0, tile.width);
}

/** A log may drop a partial tile once the full one exists, of which it is the beginning. */
async function partOf(source: LogSource, tile: Tile): Promise<{ bytes: Uint8Array } | { full: Uint8Array }> {
  const path = tilePath(tile);
  const bytes = await source(path);
  if (bytes) return { bytes };
  const full = tile.width < TILE_WIDTH && (await source(tilePath({ ...tile, width: TILE_WIDTH })));
  if (!full) throw new Refused(words.missing(path));
  return { full };
}

async function fileOf(source: LogSource, path: string): Promise<Uint8Array> {
  const bytes = await source(path);
  if (!bytes) throw new Refused(words.missing(path));
  return bytes;
}

function orThrow<T>(found: T | Refusal): T {
  if (isRefusal(found)) throw new Refused(found);
  return found;
}

/** The answers in order, a few of them under way at a time. */
async function* ahead<T, R>(items: Iterable<T>, work: (item: T) => Promise<R>): AsyncGenerator<R> {
  const waiting: Promise<R>[] = [];
  for (const item of items) {
    const begun = work(item);
    // Whoever stops at the first failure never looks at the others.
    begun.catch(() => undefined);
    waiting.push(begun);
    if (waiting.length === AHEAD) yield await waiting.shift()!;
  }
  for (const last of waiting) yield await last;
}
