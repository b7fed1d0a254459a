/**
 * The ledger's tree in the database: grown by the sequencer, read by whoever serves or proves.
 *
 * Tiles, numbers and the checkpoint over them are written in one transaction, under the sequencer's lock, so
 * that a process that dies leaves all of a batch or nothing. However long the log is, an append reads the tiles
 * at the right edge, one per level, and a root or proof a few more.
 */
import { sql } from 'drizzle-orm';
import {
  edgeOf,
  encodeBundle,
  growTiles,
  parseCheckpoint,
  rootOf,
  sameHash,
  signCheckpoint,
  TILE_WIDTH,
  type Signer,
  type Tile,
  type TileReader,
} from '../ledger/ledger.ts';
import { isRefusal } from '../lib/refusal.ts';
import { asJson, rowsOf, type Db, type Tx } from './database.ts';

const HASH_BYTES = 32;

/** With what the log signs; while a key is being replaced, with both. */
export interface LogKeys {
  /** The log's address without the scheme. */
  origin: string;
  signers: readonly Signer[];
}

/** The tree in the database is not the one that was signed: nothing more is signed until somebody looks. */
export class LogDiverged extends Error {
  override name = 'LogDiverged';
}

/** How many leaves the tree has. */
export async function treeSize(db: Db): Promise<number> {
  const [last] = await rowsOf<{ size: number }>(
    db,
    sql`
      select (place * ${TILE_WIDTH}::bigint + octet_length(hashes) / ${HASH_BYTES}::int)::float8 as size
      from ledger_tiles where level = 0 order by place desc limit 1`,
  );
  return last?.size ?? 0;
}

/** Takes numbered leaves into the tree, at most so many; how many. Only under the sequencer's lock. */
export async function growTree(tx: Tx, batch: number): Promise<number> {
  const size = await treeSize(tx);
  const leaves = await rowsOf<{ seq: number; hash: string }>(
    tx,
    sql`select seq::float8 as seq, hash from ledger_leaves where seq >= ${size}::bigint order by seq limit ${batch}`,
  );
  if (leaves.length === 0) return 0;
  if (leaves.some(({ seq }, at) => seq !== size + at))
    throw new LogDiverged(`leaf ${size} is not in the record`);
  const edge = edgeOf(size);
  const held = await tilesIn(tx)(edge);
  const written = growTiles(
    size,
    new Map(edge.map(({ level }, at) => [level, held[at]!])),
    leaves.map(({ hash }) => Buffer.from(hash, 'hex')),
  );
  const rows = written.map(({ level, index, bytes }) => ({
    level,
    place: index,
    hashes: Buffer.from(bytes).toString('hex'),
  }));
  const kept = await rowsOf(
    tx,
    sql`
      insert into ledger_tiles as held (level, place, hashes)
      select level, place, decode(hashes, 'hex')
      from json_to_recordset(${asJson(rows)}) as row (level int, place bigint, hashes text)
      on conflict (level, place) do update set hashes = excluded.hashes
      where substring(excluded.hashes from 1 for octet_length(held.hashes)) = held.hashes
      returning 1`,
  );
  if (kept.length !== rows.length) throw new LogDiverged('a tile that was written would change');
  return leaves.length;
}

/** Signs the tree as it is, unless that is signed already. Throws LogDiverged rather than contradict itself. */
export async function signTree(tx: Tx, { origin, signers }: LogKeys, now: number): Promise<void> {
  const size = await treeSize(tx);
  const last = await lastCheckpoint(tx);
  const tiles = tilesIn(tx);
  if (last !== undefined) {
    const signed = parseCheckpoint(Buffer.from(last));
    if (isRefusal(signed)) throw new LogDiverged('the last checkpoint is none');
    // Tiles that were lost are made again from the record; until then there is nothing new to sign.
    if (signed.size > size && (await hasLeaf(tx, size))) return;
    if (signed.size > size || !sameHash(signed.root, await rootOf(signed.size, tiles)))
      throw new LogDiverged('the tree is not the one of the last checkpoint');
  }
  const root = await rootOf(size, tiles);
  const note = signCheckpoint({ origin, size, root }, signers);
  if (note === last) return;
  await tx.execute(sql`
    insert into ledger_checkpoints (size, root, note, signed_at)
    values (${size}::bigint, ${Buffer.from(root).toString('base64')}, ${note}, ${now}::bigint)
    on conflict (size) do update set note = excluded.note, signed_at = excluded.signed_at`);
}

async function hasLeaf(db: Db, seq: number): Promise<boolean> {
  const found = await rowsOf(db, sql`select 1 from ledger_leaves where seq = ${seq}::bigint`);
  return found.length > 0;
}

/** The newest, as it was signed; undefined when nothing was signed yet. */
export async function lastCheckpoint(db: Db): Promise<string | undefined> {
  const [last] = await rowsOf<{ note: string }>(
    db,
    sql`select note from ledger_checkpoints order by size desc limit 1`,
  );
  return last?.note;
}

/** For proofs. Throws when a tile is not there, or not that wide. */
export function tilesIn(db: Db): TileReader {
  return async (tiles) => {
    if (tiles.length === 0) return [];
    const asked = tiles.map(({ level, index, width }, at) => ({ at, level, place: index, width }));
    const rows = await rowsOf<{ at: number; hashes: Uint8Array }>(
      db,
      sql`
        select at, substring(hashes from 1 for width * ${HASH_BYTES}::int) as hashes
        from json_to_recordset(${asJson(asked)}) as asked (at int, level int, place bigint, width int)
        join ledger_tiles using (level, place)
        where octet_length(hashes) >= width * ${HASH_BYTES}::int`,
    );
    const found = new Map(rows.map(({ at, hashes }) => [at, hashes]));
    return asked.map(({ at, level, place, width }) => {
      const hashes = found.get(at);
      if (!hashes) throw new LogDiverged(`there is no tile of ${width} at level ${level}, place ${place}`);
      return hashes;
    });
  };
}

/** A tile or bundle as it is served: any beginning of what there is; undefined for what there is not. */
export async function servedTile(db: Db, { level, index, width }: Tile): Promise<Uint8Array | undefined> {
  if (level === 'entries') return servedBundle(db, index * TILE_WIDTH, width);
  const [row] = await rowsOf<{ hashes: Uint8Array }>(
    db,
    sql`
      select substring(hashes from 1 for ${width * HASH_BYTES}::int) as hashes from ledger_tiles
      where level = ${level} and place = ${index}::bigint and octet_length(hashes) >= ${width * HASH_BYTES}::int`,
  );
  return row?.hashes;
}

async function servedBundle(db: Db, first: number, width: number): Promise<Uint8Array | undefined> {
  const rows = await rowsOf<{ entry: string }>(
    db,
    sql`select entry from ledger_leaves where seq >= ${first}::bigint and seq < ${first + width}::bigint order by seq`,
  );
  return rows.length === width ? encodeBundle(rows.map(({ entry }) => entry)) : undefined;
}
