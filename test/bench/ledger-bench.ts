/** A log of ten million entries without ten million entries: its tiles, of which all full ones of a level are alike. */
import { sql, type SQL } from 'drizzle-orm';
import type { Db } from '../../src/db/database.ts';
import { record } from '../../src/db/record.ts';
import { growTiles, hashLeaf, TILE_WIDTH, type LedgerEntry } from '../../src/ledger/ledger.ts';

export const TEN_MILLION = 10_000_000;

export const anEntry = (n: number): LedgerEntry => ({
  time: '2027-03-01T09:00:00.000Z',
  type: 'job',
  actor: 'agent:schools/one',
  subject: `job:${String(n).padStart(16, '0')}`,
  policy_commit: 'c'.repeat(40),
  body: {
    event: 'ended',
    request: String(n).padStart(16, '0'),
    workspace: 'study-main',
    action: 'model',
    state: 'succeeded',
    code: 'succeeded',
    reason: null,
    started: null,
  },
});

/** As the rooms do it, so many to a transaction. */
export async function writeEntries(db: Db, count: number, together: number): Promise<void> {
  for (let from = 0; from < count; from += together) {
    const some = Array.from({ length: together }, (_, at) => anEntry(from + at));
    await db.transaction((tx) => record(tx, ...some));
  }
}

/** Leaves repeat with their place in a tile; nothing that proves or appends can know or use that. */
export const syntheticLeaves = Array.from({ length: TILE_WIDTH }, (_, at) => hashLeaf(`leaf ${at}`));

export async function putSyntheticLog(db: Db, size = TEN_MILLION): Promise<void> {
  await db.execute(sql`truncate ledger_leaves, ledger_tiles, ledger_checkpoints restart identity`);
  let hashes = syntheticLeaves;
  for (let level = 0, count = size; count > 0; level += 1) {
    const full = Math.floor(count / TILE_WIDTH);
    const bytes = Buffer.concat(hashes);
    await db.execute(sql`
      insert into ledger_tiles (level, place, hashes)
      select ${level}::int, n, ${hex(bytes)} from generate_series(0::bigint, ${full - 1}::bigint) as n`);
    if (count % TILE_WIDTH > 0) {
      const part = bytes.subarray(0, (count % TILE_WIDTH) * 32);
      await db.execute(
        sql`insert into ledger_tiles (level, place, hashes) values (${level}, ${full}::bigint, ${hex(part)})`,
      );
    }
    const above = growTiles(0, new Map(), hashes).find((tile) => tile.level === 1);
    hashes = new Array<Uint8Array>(TILE_WIDTH).fill(above!.bytes);
    count = full;
  }
  // The newest leaf alone, so that the next one gets the right number.
  await db.transaction((tx) => record(tx, anEntry(size)));
  await db.execute(sql`update ledger_leaves set seq = ${size - 1}::bigint`);
}

const hex = (bytes: Uint8Array): SQL => sql`decode(${Buffer.from(bytes).toString('hex')}, 'hex')`;
