/**
 * The public ledger: everything done, as a log that anybody can check and nobody can quietly change.
 *
 * entry: one thing that happened · leaf: its hash, at its place · tile: a run of 256 hashes, as the log is
 * served (C2SP tlog-tiles) · checkpoint: how long the log is and its root, signed. docs/ledger.md has the format.
 */
export {
  isCanonical,
  LEDGER_TYPES,
  leafHash,
  leafOf,
  LedgerEntry,
  MAX_ENTRY_BYTES,
  type Leaf,
  type LedgerType,
} from './entry.ts';
export { faultOfKind, KINDS, ledgerSchema, saysOf } from './kinds.ts';
export type { Kind } from './kind.ts';
export { STEWARD_EVENTS } from './kinds-steward.ts';
export {
  EMPTY_ROOT,
  hashLeaf,
  hex,
  sameHash,
  verifyConsistency,
  verifyInclusion,
  type Hash,
} from './merkle.ts';
export {
  edgeOf,
  encodeBundle,
  growTiles,
  levelsOf,
  parseTilePath,
  readBundle,
  readTile,
  TILE_WIDTH,
  tileAt,
  tilePath,
  tilesAt,
  type Tile,
  type WrittenTile,
} from './tile.ts';
export { proveConsistency, proveInclusion, rootOf, type TileReader } from './proof.ts';
export { isKeyName, parseVerifierKey, verifierKey, type Signer, type VerifierKey } from './note.ts';
export {
  openCheckpoint,
  parseCheckpoint,
  signCheckpoint,
  type Checkpoint,
  type OpenCheckpoint,
  type TrustedKeys,
} from './checkpoint.ts';
export {
  openEarlier,
  provenGrowth,
  verifyLog,
  type LogSource,
  type Verified,
  type VerifyOptions,
} from './verify.ts';
export { readEntries, type ReadEntries } from './read.ts';
