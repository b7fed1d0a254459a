/**
 * Whether the hub's record is what it says: every entry hashes to its leaf, the tree is made of those leaves, every
 * checkpoint that was signed is of that tree, and state says what its last entry says.
 */
import { sql } from 'drizzle-orm';
import {
  growTiles,
  edgeOf,
  hex,
  isCanonical,
  leafHash,
  openCheckpoint,
  parseCheckpoint,
  rootOf,
  sameHash,
  type Signer,
  type Tile,
} from '../ledger/ledger.ts';
import { sha256 } from '../lib/hash.ts';
import { isRefusal } from '../lib/refusal.ts';
import { rowsOf, type Db } from './database.ts';
import { treeSize } from './log.ts';

/** What does not hold, and where. */
export interface LedgerFault {
  what:
    | 'entry'
    | 'numbering'
    | 'tile'
    | 'checkpoint'
    | 'signature'
    | 'withheld'
    | 'request'
    | 'job'
    | 'pause'
    | 'freeze';
  where: string;
}

const PAGE = 5000;
const HASH_BYTES = 32;

/** Everything; with the log's keys also whether the newest checkpoint is signed. In a transaction it is of one moment. */
export async function verifyRecord(db: Db, signers?: readonly Signer[]): Promise<LedgerFault[]> {
  const tree = new Map<string, Uint8Array>();
  return [
    ...(await verifyLeaves(db, tree)),
    ...(await verifyTiles(db, tree)),
    ...(await verifyCheckpoints(db, tree, signers)),
    ...(await verifyWithheld(db)),
    ...(await verifyState(db)),
  ];
}

const placeOf = (level: number, index: number): string => `${level}/${index}`;

/** Fills `tree` with what the leaves that are in it make. */
async function verifyLeaves(db: Db, tree: Map<string, Uint8Array>): Promise<LedgerFault[]> {
  const faults: LedgerFault[] = [];
  const whole = await treeSize(db);
  let size = 0;
  for (let after = -1; ; ) {
    const rows = await rowsOf<{ seq: number; entry: string; hash: string }>(
      db,
      sql`
        select seq::float8 as seq, entry, hash from ledger_leaves where seq > ${after}::bigint
        order by seq limit ${PAGE}`,
    );
    const fresh: Buffer[] = [];
    for (const { seq, entry, hash } of rows) {
      after = seq;
      if (leafHash(entry) !== hash || !isCanonical(Buffer.from(entry)))
        faults.push({ what: 'entry', where: `place ${seq}` });
      if (seq >= whole) continue;
      if (seq !== size + fresh.length) return [...faults, { what: 'numbering', where: `place ${seq}` }];
      // What is served under the leaf's place: not what the row says it hashes to.
      fresh.push(Buffer.from(leafHash(entry), 'hex'));
    }
    if (fresh.length > 0) {
      const edge = new Map(edgeOf(size).map(({ level, index }) => [level, tree.get(placeOf(level, index))!]));
      for (const { level, index, bytes } of growTiles(size, edge, fresh))
        tree.set(placeOf(level, index), bytes);
      size += fresh.length;
    }
    if (rows.length < PAGE) break;
  }
  if (size !== whole) faults.push({ what: 'numbering', where: `place ${size}` });
  return faults;
}

async function verifyTiles(db: Db, tree: ReadonlyMap<string, Uint8Array>): Promise<LedgerFault[]> {
  const rows = await rowsOf<{ level: number; place: number; hashes: Uint8Array }>(
    db,
    sql`select level, place::float8 as place, hashes from ledger_tiles order by level, place`,
  );
  const known = new Set(rows.map(({ level, place }) => placeOf(level, place)));
  const wrong = rows.filter(({ level, place, hashes }) => {
    const made = tree.get(placeOf(level, place));
    return made === undefined || hex(made) !== hex(hashes);
  });
  return [
    ...wrong.map(({ level, place }) => placeOf(level, place)),
    ...[...tree.keys()].filter((place) => !known.has(place)),
  ].map((where) => ({ what: 'tile', where }));
}

async function verifyCheckpoints(
  db: Db,
  tree: ReadonlyMap<string, Uint8Array>,
  signers: readonly Signer[] | undefined,
): Promise<LedgerFault[]> {
  const rows = await rowsOf<{ size: number; note: string }>(
    db,
    sql`select size::float8 as size, note from ledger_checkpoints order by size`,
  );
  const faults: LedgerFault[] = [];
  for (const { size, note } of rows)
    if (!(await isOf(note, size, tree))) faults.push({ what: 'checkpoint', where: `of ${size} entries` });
  const last = rows.at(-1);
  if (signers && last && isRefusal(openCheckpoint(Buffer.from(last.note), { current: signers })))
    faults.push({ what: 'signature', where: `of ${last.size} entries` });
  return faults;
}

async function isOf(note: string, size: number, tree: ReadonlyMap<string, Uint8Array>): Promise<boolean> {
  const read = parseCheckpoint(Buffer.from(note));
  if (isRefusal(read) || read.size !== size) return false;
  try {
    return sameHash(
      read.root,
      await rootOf(size, (tiles) => Promise.resolve(tiles.map((tile) => cut(tree, tile)))),
    );
  } catch {
    return false;
  }
}

/** Throws where the tree is not that wide. */
function cut(tree: ReadonlyMap<string, Uint8Array>, { level, index, width }: Tile): Uint8Array {
  const held = tree.get(placeOf(Number(level), index));
  if (!held || held.length < width * HASH_BYTES) throw new RangeError('the tree is smaller');
  return held.subarray(0, width * HASH_BYTES);
}

/** Whoever is given what was held back can see that it is what was sealed. */
async function verifyWithheld(db: Db): Promise<LedgerFault[]> {
  const rows = await rowsOf<{ commitment: string; salt: string; entry: string; told: boolean }>(
    db,
    sql`
      select commitment, salt, entry, exists(
        select 1 from ledger_leaves as leaf where leaf.subject = 'entry:' || left(commitment, 16)) as told
      from ledger_withheld order by commitment`,
  );
  return rows
    .filter(({ commitment, salt, entry, told }) => !told || sha256(`${salt}${entry}`) !== commitment)
    .map(({ commitment }) => ({ what: 'withheld', where: commitment.slice(0, 16) }));
}

/** State is what was last put on record: whoever changed one without the other is seen. */
async function verifyState(db: Db): Promise<LedgerFault[]> {
  const faults = await rowsOf<LedgerFault>(
    db,
    sql`
      with said as (
        select distinct on (subject) subject, entry::jsonb -> 'body' as body from ledger_leaves
        where subject like 'job:%' and entry::jsonb -> 'body' ->> 'event' = 'ended' order by subject, id desc)
      select 'job' as what, jobs.id as where from jobs left join said on said.subject = 'job:' || jobs.id
      where (jobs.state in ('succeeded', 'failed')) <> (said.subject is not null)
        or (said.subject is not null and (said.body ->> 'state' <> jobs.state or said.body ->> 'code' <> jobs.code))
      union all
      select 'request', job_requests.id from job_requests where not exists (
        select 1 from ledger_leaves where subject = 'request:' || job_requests.id
          and entry::jsonb -> 'body' ->> 'event' = 'submitted' and entry::jsonb -> 'body' ->> 'commit' = job_requests.commit
          and entry::jsonb -> 'body' ->> 'outcome' = job_requests.outcome)
      union all
      select 'pause', backend from backend_state where (paused_at is not null) <> coalesce((
        select entry::jsonb -> 'body' ->> 'event' = 'paused' from ledger_leaves
        where subject = 'backend:' || backend and type = 'policy'
          and entry::jsonb -> 'body' ->> 'event' in ('paused', 'unpaused') order by id desc limit 1), false)
      union all
      select 'freeze', freezes.id from freezes where (lifted_at is not null) <> exists (
        select 1 from ledger_leaves where subject = 'freeze:' || freezes.id
          and entry::jsonb -> 'body' ->> 'event' = 'lifted')`,
  );
  return faults;
}
