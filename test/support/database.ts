/**
 * Stories on both databases.
 *
 * PGlite always: one per test file, from a prepared folder, emptied between tests. PostgreSQL too when
 * SALLYPORT_TEST_DATABASES is `both`: one server per jest run, one database per test file.
 */
import { afterAll, describe } from '@jest/globals';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { openDatabase, type OpenDatabase } from '../../src/db/open.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { testPostgres } from './postgres.ts';
import { requires } from './require.ts';

export interface TestDatabase extends OpenDatabase {
  /** Dies before the next statement for which this answers true; undefined lets all live. */
  faults: { at?: (statement: string) => boolean };
  /** A second connection to the same database, as another hub has it; undefined on PGlite. */
  another(): Promise<OpenDatabase | undefined>;
}

const HUB_MIGRATIONS = 'src/db/migrations';
export const AIRLOCK_MIGRATIONS = 'agent/airlock/migrations';

export class Died extends Error {
  override name = 'Died';
}

/** `open` gives the file's database, with every table empty. */
export function eachDatabase(
  stories: (open: () => Promise<TestDatabase>, kind: 'pglite' | 'postgres') => void,
  migrations = HUB_MIGRATIONS,
): void {
  onPglite((open) => stories(open, 'pglite'), migrations);
  if (process.env['SALLYPORT_TEST_DATABASES'] === 'both') {
    requires('postgres').describe('on PostgreSQL', () =>
      stories(fileDatabase(postgresDatabase, migrations), 'postgres'),
    );
  }
}

/** For stories in which the database itself plays no part, or must be a folder. */
export function onPglite(
  stories: (open: () => Promise<TestDatabase>) => void,
  migrations = HUB_MIGRATIONS,
): void {
  describe('on PGlite', () => stories(fileDatabase(() => pgliteCopy(migrations), migrations)));
}

type Made = { options: { url?: string; dir?: string }; remove(): Promise<void> };

function fileDatabase(make: () => Promise<Made>, migrations: string): () => Promise<TestDatabase> {
  let opening: Promise<{ made: Made; database: TestDatabase; others: OpenDatabase[] }> | undefined;

  async function first() {
    const made = await make();
    const faults: TestDatabase['faults'] = {};
    const others: OpenDatabase[] = [];
    const logger = createLogger('test', { level: 'silent' });
    const onQuery = (statement: string): void => {
      if (faults.at?.(statement)) throw new Died(statement.slice(0, 60));
    };
    const opened = await openDatabase({ ...made.options, migrations, logger, onQuery });
    const another = async (): Promise<OpenDatabase | undefined> => {
      if (!made.options.url) return undefined;
      const other = await openDatabase({ ...made.options, migrations, logger });
      others.push(other);
      return other;
    };
    return { made, others, database: { ...opened, faults, another } };
  }

  afterAll(async () => {
    const open = await opening;
    if (!open) return;
    for (const other of open.others) await other.close();
    await open.database.close();
    await open.made.remove();
  });

  return async () => {
    const { database } = await (opening ??= first());
    database.faults.at = undefined;
    await empty(database);
    return database;
  };
}

/** Above this a table is cut off, because its dead rows would slow every later look at it. */
const BIG_BYTES = 4_000_000;

/**
 * Empties the tables that have rows, and only those: truncating makes a new file for every table and index,
 * whether there was anything in it or not, which took longer than most tests do.
 */
async function empty({ db }: OpenDatabase): Promise<void> {
  const tables = await rowsOf<{ name: string; bytes: number }>(
    db,
    sql`select quote_ident(relname) as name, pg_relation_size(oid)::int as bytes from pg_class
        where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'schema_migrations'`,
  );
  const names = tables.map(({ name }) => name).join(', ');
  if (tables.some(({ bytes }) => bytes > BIG_BYTES)) {
    await db.execute(sql.raw(`truncate ${names} restart identity cascade`));
    return;
  }
  const used = tables.filter(({ bytes }) => bytes > 0);
  await db.transaction(async (tx) => {
    // Whoever still writes is waited for, as truncating would.
    await tx.execute(sql.raw(`lock table ${names}`));
    // Neither order between tables nor rows that refuse to go: this is not the product's deletion.
    await tx.execute(sql`set local session_replication_role = replica`);
    for (const { name } of used) await tx.execute(sql.raw(`delete from ${name}`));
    await tx.execute(sql`
      select setval(seqrelid::regclass, seqstart, false) from pg_sequence join pg_class on pg_class.oid = seqrelid
      where relnamespace = 'public'::regnamespace`);
  });
}

async function pgliteCopy(migrations: string): Promise<Made> {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-test-db-'));
  await copyPglite(migrations, dir);
  return { options: { dir }, remove: async () => rmSync(dir, { recursive: true, force: true }) };
}

/** Making a PGlite folder takes 2 s, copying one 0.2 s: the first test of a schema prepares it for all. */
export async function copyPglite(migrations: string, dir: string): Promise<void> {
  const schema = sha256(readFileSync(new URL(`../../${migrations}/meta/_journal.json`, import.meta.url)));
  const template = join(tmpdir(), `sallyport-test-pglite-${schema.slice(0, 16)}`);
  if (!existsSync(template)) await prepare(template, migrations);
  cpSync(template, dir, { recursive: true });
}

async function prepare(template: string, migrations: string): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-test-template-'));
  const made = await openDatabase({ dir, migrations, logger: createLogger('test', { level: 'silent' }) });
  await made.close();
  try {
    renameSync(dir, template);
  } catch {
    // Another worker was quicker.
    rmSync(dir, { recursive: true, force: true });
  }
}

async function postgresDatabase(): Promise<Made> {
  const { url, remove } = await (await testPostgres()).createDatabase();
  return { options: { url }, remove };
}

/** A folder below the system's temporary one, for tests that open databases themselves. */
export function scratchFolder(name: string): string {
  const root = mkdtempSync(join(tmpdir(), `sallyport-test-${name}-`));
  mkdirSync(root, { recursive: true });
  return root;
}
