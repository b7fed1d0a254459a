/**
 * Everything the airlock knows, in a folder that any version with the same tables can restore from:
 *
 *   tables/<name>.jsonl   every row, as of one moment
 *   copies/<aa>/<sha256>  every copy the tables name, hashed while it was written
 *   zone.key              the secret of keyed digests
 *   backup.json           what there is and what it hashes to, signed by the airlock; written last: without it there is no backup
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'drizzle-orm';
import { hashOfFile, readTable, rowsOf, tablesOf, writeTable, type OpenDatabase } from '../../src/db/open.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { backupDamaged, backupNotEmpty, noBackup } from '../../src/lib/backup-words.ts';
import { refusal, Refused } from '../../src/lib/refusal.ts';
import { openSeal, seal, type SealingKey } from '../../src/lib/sealed.ts';
import { writeWhole } from '../store/durable.ts';
import { giveToOwner, whoTypes } from '../store/owner.ts';
import { Copies } from './copies.ts';
import type { Db } from './core.ts';
import { beginEpoch } from './epochs.ts';
import { logLines } from './log.ts';
import { verifyChains, verifyCopies, type Fault } from './verify.ts';

const FORMAT = 2;
const PURPOSE = 'sallyport-airlock-backup-2';
/** What opens the viewer for a while, or stands for a look: what ended since the backup must not begin again. */
const PASSING = ['sessions', 'sign_ins', 'challenges', 'loads', 'passkey_confirmations'];

interface Contents {
  format: number;
  at: number;
  /** SHA-256 of each file of rows, by table. */
  tables: Record<string, string>;
  copies: string[];
  /** SHA-256 of the secret of keyed digests; null where there is none yet. */
  zoneKey: string | null;
}

export interface BackupParts {
  database: OpenDatabase;
  /** The airlock's state folder. */
  dir: string;
  at: number;
  /** The airlock's own: with it the list is signed, and one that is not is refused. */
  key?: SealingKey;
}

export async function backUp({ database, dir, at, key: own }: BackupParts, to: string): Promise<Contents> {
  if (existsSync(to) && readdirSync(to).length > 0) throw new Refused(no.notEmpty(to));
  mkdirSync(path.join(to, 'tables'), { recursive: true, mode: 0o700 });
  const contents: Contents = { format: FORMAT, at, tables: {}, copies: [], zoneKey: null };
  await database.db.transaction(
    async (tx) => {
      for (const table of await tablesOf(tx)) {
        if (!PASSING.includes(table)) contents.tables[table] = await writeTable(tx, table, fileOf(to, table));
      }
      const rows = await rowsOf<{ sha256: string }>(tx, sql`select sha256 from copies order by sha256`);
      contents.copies = rows.map(({ sha256: hash }) => hash);
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
  await copyAll(contents.copies, new Copies(dir, randomIds), new Copies(to, randomIds));
  const key = path.join(dir, 'zone.key');
  if (existsSync(key)) {
    copyFileSync(key, path.join(to, 'zone.key'));
    contents.zoneKey = (await hashOfFile(key)) ?? null;
  }
  const text = own ? seal(PURPOSE, contents, own) : `${JSON.stringify(contents, null, 1)}\n`;
  writeWhole(path.join(to, 'backup.json'), text);
  return contents;
}

/**
 * Into a state folder and a database that are both empty, and into a new epoch of the record. Every byte is looked at
 * before one is written, and what was restored is verified before it is called good.
 *
 * The rows come last, in one transaction: broken off before, the same backup is brought in again; after, it is whole.
 */
export async function restore({ database, dir, at, key: own }: BackupParts, from: string): Promise<Fault[]> {
  const contents = await readContents(from, own);
  const { db } = database;
  await mustBeEmpty(db);
  const secret = path.join(dir, 'zone.key');
  // Digests made with another key could never be compared again. One that is the same is of a try that was broken off.
  if (existsSync(secret) && (await hashOfFile(secret)) !== contents.zoneKey) throw new Refused(no.inUse());
  await mustBeWhole(contents, from);
  await copyAll(contents.copies, new Copies(from, randomIds), new Copies(dir, randomIds));
  if (contents.zoneKey !== null)
    writeWhole(secret, readFileSync(path.join(from, 'zone.key')), { mode: 0o600 });
  // Root may restore what the airlock's user is then to read; on another host that user has another number.
  giveToOwner(dir, ['copies', 'zone.key']);
  await db.transaction(async (tx) => {
    await mustBeEmpty(tx);
    const known = await tablesOf(tx);
    const foreign = Object.keys(contents.tables).find((table) => !known.includes(table));
    if (foreign) throw new Refused(no.otherTables(foreign));
    // Rows refer to requests: they come first.
    for (const table of known) {
      if (contents.tables[table] === undefined || PASSING.includes(table)) continue;
      await readTable(tx, table, fileOf(from, table));
    }
    await tx.execute(sql`
      select setval(pg_get_serial_sequence('log', 'id'), greatest(1, (select coalesce(max(id), 0) from log)))`);
    await beginEpoch(tx, { at, asOf: contents.at });
  });
  return verifyAll({ database, dir, at });
}

/** Refuses `backup.damaged`. */
async function mustBeWhole({ tables, copies, zoneKey }: Contents, from: string): Promise<void> {
  if (((await hashOfFile(path.join(from, 'zone.key'))) ?? null) !== zoneKey)
    throw new Refused(no.damaged('zone.key'));
  for (const [table, hash] of Object.entries(tables))
    if ((await hashOfFile(fileOf(from, table))) !== hash) throw new Refused(no.damaged(table));
  const kept = new Copies(from, randomIds);
  for (const hash of copies) if (!(await kept.verified(hash))) throw new Refused(no.damaged(`copy ${hash}`));
}

export async function verifyAll({ database, dir, at }: BackupParts): Promise<Fault[]> {
  const copies = new Copies(dir, randomIds);
  const most = Number.MAX_SAFE_INTEGER;
  return [
    ...(await verifyChains(database.db)),
    ...(await verifyCopies(database.db, copies, at, { before: most, most: 2_000_000_000 })),
  ];
}

/** Into the airlock's own record, of which the public log has a digest each day: who runs this host is known by name here alone. */
export async function noteDeed(
  { database: { db }, at }: BackupParts,
  deed: 'backed-up' | 'restored' | 'verified' | 'unsound' | 'passkey-confirmed',
  why: string,
): Promise<void> {
  const details = { deed, why, by: whoTypes() };
  await logLines({ clock: { now: () => at } }, db, [{ type: 'OPERATOR_DEED', person: null, details }]);
}

async function mustBeEmpty(db: Db): Promise<void> {
  const rows = await rowsOf<{ held: boolean }>(
    db,
    sql`select exists(select 1 from requests) or exists(select 1 from log) as held`,
  );
  if (rows[0]?.held !== false) throw new Refused(no.inUse());
}

const fileOf = (folder: string, table: string): string => path.join(folder, 'tables', `${table}.jsonl`);

async function copyAll(hashes: readonly string[], from: Copies, to: Copies): Promise<void> {
  for (const hash of hashes) {
    const bytes = await from.verified(hash);
    if (!bytes) throw new Refused(no.damaged(`copy ${hash}`));
    await to.put(hash, bytes);
  }
}

async function readContents(from: string, own: SealingKey | undefined): Promise<Contents> {
  try {
    const text = await readFile(path.join(from, 'backup.json'), 'utf8');
    const contents = (own ? openSeal(PURPOSE, text, [own.publicKey]) : JSON.parse(text)) as
      | Contents
      | undefined;
    if (contents?.format === FORMAT) return contents;
  } catch (cause) {
    throw new Refused(no.noBackup(from), { cause });
  }
  throw new Refused(no.noBackup(from));
}

const no = {
  notEmpty: backupNotEmpty,
  noBackup: (dir: string) => noBackup('airlock', dir),
  damaged: backupDamaged,
  inUse: () =>
    refusal(
      'backup.in-use',
      'This database or state folder already holds what an airlock keeps.',
      'Restore into an empty database and an empty airlock.state_dir.',
    ),
  otherTables: (table: string) =>
    refusal(
      'backup.other-version',
      `This version has no table ${table}.`,
      'Use the version that made the backup.',
    ),
};
