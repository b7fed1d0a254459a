/**
 * All that the hub knows, in a folder that another machine can be set up from:
 *
 *   tables/<name>.jsonl   every row, as of one moment
 *   backup.json           what there is, what it hashes to, how long the log was; signed by the hub, written last
 *
 * No key is in it. The log's tiles are read back and compared before the list is signed: a backup of a log that does
 * not hold is none.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { parseCheckpoint, rootOf, sameHash, type LedgerEntry } from '../ledger/ledger.ts';
import { replaceFile } from '../lib/replace-file.ts';
import { isRefusal, Refused } from '../lib/refusal.ts';
import { openSeal, seal, type SealingKey } from '../lib/sealed.ts';
import * as no from './backup-words.ts';
import { rowsOf, type Db, type Tx } from './database.ts';
import { hashOfFile, readTable, setCounters, tablesOf, writeTable } from './dump.ts';
import { lastCheckpoint, tilesIn, treeSize } from './log.ts';
import { hubDeed, record } from './record.ts';
import { verifyRecord, type LedgerFault } from './verify.ts';

const PURPOSE = 'sallyport-hub-backup-1';
/** What opens a browser's session or stands for a sign-in that was begun: what ended since must not begin again. */
const PASSING = ['member_sessions', 'member_attempts', 'viewer_sign_ins'];
/** Numbers that zones may have heard after the backup are not given again. */
const GAP = 1_000_000;

const contents = z.strictObject({
  at: z.int(),
  /** The hub's public address. */
  origin: z.string(),
  /** Why it was made: what the log says of it came after its rows were read. */
  why: z.string().optional(),
  /** SHA-256 of each file of rows, by table. */
  tables: z.record(z.string().regex(/^[a-z_]+$/), z.string().regex(/^[0-9a-f]{64}$/)),
  /** Tags of the migrations that made the tables. */
  schema: z.array(z.string()),
  /** How many entries the log had. */
  entries: z.int().min(0),
  /** The newest checkpoint, as it was signed. */
  checkpoint: z.string().nullable(),
});
export type HubBackup = z.infer<typeof contents>;

/**
 * Beside a hub that is at work, on PostgreSQL. On record once it is whole and holds, and before it has the name under
 * which it can be restored from. Refuses `backup.not-empty`, `backup.unsound`.
 */
export async function backUpHub(
  db: Db,
  to: string,
  { at, origin, key, why }: { at: number; origin: string; key: SealingKey; why: string },
): Promise<HubBackup> {
  if (existsSync(to) && readdirSync(to).length > 0) throw new Refused(no.notEmpty(to));
  mkdirSync(join(to, 'tables'), { recursive: true, mode: 0o700 });
  const made = await db.transaction(
    async (tx): Promise<HubBackup> => {
      const faults = await verifyRecord(tx);
      if (faults.length > 0) throw new Refused(no.unsound(faults.length));
      const tables: Record<string, string> = {};
      for (const table of await tablesOf(tx))
        if (!PASSING.includes(table)) tables[table] = await writeTable(tx, table, fileOf(to, table));
      return {
        at,
        origin,
        why,
        tables,
        schema: await schemaOf(tx),
        entries: await treeSize(tx),
        checkpoint: (await lastCheckpoint(tx)) ?? null,
      };
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
  const list = join(to, 'backup.json');
  const unsaid = `${list}.unsaid`;
  await replaceFile(unsaid, seal(PURPOSE, made, key));
  await db.transaction((tx) => record(tx, backedUp(at, why)));
  await rename(unsaid, list);
  return made;
}

const backedUp = (at: number, why: string): LedgerEntry =>
  hubDeed({ deed: 'hub-backed-up', why, at, policy: null });

/** Whole, and as the hub with this key wrote it. Refuses `backup.none`, `backup.foreign`, `backup.damaged`. */
export async function readHubBackup(from: string, key: SealingKey): Promise<HubBackup> {
  const text = await readFile(join(from, 'backup.json'), 'utf8').catch(() => undefined);
  if (text === undefined) throw new Refused(no.none(from));
  const read = contents.safeParse(openSeal(PURPOSE, text, [key.publicKey]));
  if (!read.success) throw new Refused(no.foreign(from));
  const names = Object.keys(read.data.tables).map((table) => `${table}.jsonl`);
  const stray = readdirSync(join(from, 'tables')).find((file) => !names.includes(file));
  if (stray) throw new Refused(no.damaged(`tables/${stray}`));
  for (const [table, hash] of Object.entries(read.data.tables))
    if ((await hashOfFile(fileOf(from, table))) !== hash)
      throw new Refused(no.damaged(`tables/${table}.jsonl`));
  return read.data;
}

export interface RestoreOptions {
  at: number;
  key: SealingKey;
  why: string;
  /** The longest log that anybody has seen, as a checkpoint: what the restored one is held against. */
  since?: string;
  /** Restore although the log was longer since. */
  acceptFork?: boolean;
}

/**
 * Into an empty database, in one transaction: broken off, it is done again. What was restored is verified before it is
 * called good. Refuses `restore.in-use`, `restore.other-version`, `restore.log-shorter`, `restore.other-log`,
 * `restore.unsound`, and what `readHubBackup` refuses.
 */
export async function restoreHub(
  db: Db,
  from: string,
  { at, key, why, since, acceptFork = false }: RestoreOptions,
): Promise<{ backup: HubBackup; faults: LedgerFault[] }> {
  const backup = await readHubBackup(from, key);
  const faults = await db.transaction(async (tx) => {
    await mustBeEmpty(tx);
    const known = await schemaOf(tx);
    if (JSON.stringify(known) !== JSON.stringify(backup.schema)) throw new Refused(no.otherVersion());
    for (const table of await tablesOf(tx))
      if (backup.tables[table] !== undefined) await readTable(tx, table, fileOf(from, table));
    await setCounters(tx, GAP);
    await tx.execute(sql`
      update agents set task_seq = task_seq + ${GAP}::bigint, list_version = list_version + ${GAP}::bigint`);
    await tx.execute(sql`update airlocks set order_seq = order_seq + ${GAP}::bigint`);
    const found = await verifyRecord(tx);
    if (found.length > 0) throw new Refused(no.restoredUnsound(found.length));
    await mustContinue(tx, since, acceptFork);
    // Backups of before `why` was in them hold the entry themselves.
    if (backup.why !== undefined) await record(tx, backedUp(backup.at, backup.why));
    await record(tx, hubDeed({ deed: 'hub-restored', why, at, policy: null, of: backup.at }));
    return found;
  });
  return { backup, faults };
}

/** What somebody saw of the log is how it begins. */
async function mustContinue(tx: Tx, since: string | undefined, acceptFork: boolean): Promise<void> {
  if (since === undefined) return;
  const seen = parseCheckpoint(Buffer.from(since));
  if (isRefusal(seen)) throw new Refused(seen);
  const size = await treeSize(tx);
  if (seen.size > size) {
    if (acceptFork) return;
    throw new Refused(no.logShorter(size, seen.size));
  }
  if (!sameHash(seen.root, await rootOf(seen.size, tilesIn(tx)))) throw new Refused(no.otherLog());
}

async function mustBeEmpty(tx: Tx): Promise<void> {
  const rows = await rowsOf<{ held: boolean }>(
    tx,
    sql`select exists(select 1 from ledger_leaves) or exists(select 1 from job_requests) or exists(select 1 from inbox) as held`,
  );
  if (rows[0]?.held !== false) throw new Refused(no.inUse());
  // What a hub writes when it first starts: it is in the backup, too.
  for (const table of await tablesOf(tx)) await tx.execute(sql`delete from ${sql.identifier(table)}`);
}

async function schemaOf(tx: Tx): Promise<string[]> {
  const rows = await rowsOf<{ tag: string }>(tx, sql`select tag from schema_migrations order by tag`);
  return rows.map(({ tag }) => tag);
}

const fileOf = (folder: string, table: string): string => join(folder, 'tables', `${table}.jsonl`);
