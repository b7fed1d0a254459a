/**
 * Stories on a real database: one per test file, from a prepared copy, emptied between tests.
 *
 * Where PostgreSQL's programs are, stories run on a server of their own, which takes half the time; else on
 * PGlite. SALLYPORT_TEST_DATABASES says otherwise: `pglite`, `postgres`, or `both` as the long run has it.
 * `onBothDatabases` never chooses. What starts processes asks for an `ownAddress`, or copies a folder of PGlite.
 */
import { afterAll, beforeAll, describe } from '@jest/globals';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { openDatabase, type OpenDatabase } from '../../src/db/open.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { testPostgres } from './postgres.ts';
import { missing, requires } from './require.ts';

export interface TestDatabase extends OpenDatabase {
  /** Dies before the next statement for which this answers true; undefined lets all live. */
  faults: { at?: (statement: string) => boolean };
  /** A second connection to the same database, as another hub has it; undefined on PGlite. */
  another(): Promise<OpenDatabase | undefined>;
}

export const HUB_MIGRATIONS = 'src/db/migrations';
export const AIRLOCK_MIGRATIONS = 'agent/airlock/migrations';

export class Died extends Error {
  override name = 'Died';
}

type Kind = 'pglite' | 'postgres';
type Stories = (open: () => Promise<TestDatabase>, kind: Kind) => void;

/** `open` gives the file's database, with every table empty. Both databases in the long run, else the quicker. */
export function eachDatabase(stories: Stories, migrations = HUB_MIGRATIONS): void {
  const asked = process.env['SALLYPORT_TEST_DATABASES'];
  if (asked === 'both') onBothDatabases(stories, migrations);
  else on(quicker(), stories, migrations);
}

/** For stories in which the database itself plays no part. The long run has them on PGlite. */
export function onOneDatabase(stories: Stories, migrations = HUB_MIGRATIONS): void {
  on(process.env['SALLYPORT_TEST_DATABASES'] === 'both' ? 'pglite' : quicker(), stories, migrations);
}

/** For stories about the database, and the first story of each room: on both, always. */
export function onBothDatabases(stories: Stories, migrations = HUB_MIGRATIONS): void {
  on('pglite', stories, migrations);
  on('postgres', stories, migrations);
}

/** For stories about PGlite. */
export function onPglite(stories: Stories, migrations = HUB_MIGRATIONS): void {
  on('pglite', stories, migrations);
}

function quicker(): Kind {
  const asked = process.env['SALLYPORT_TEST_DATABASES'];
  if (asked === 'pglite' || asked === 'postgres') return asked;
  return missing('postgres') ? 'pglite' : 'postgres';
}

function on(kind: Kind, stories: Stories, migrations: string): void {
  const make = kind === 'pglite' ? pgliteCopy : postgresDatabase;
  const body = (): void =>
    stories(
      fileDatabase(() => make(migrations), migrations),
      kind,
    );
  if (kind === 'pglite') describe('on PGlite', body);
  else requires('postgres').describe('on PostgreSQL', body);
}

/** One of its own, for worlds that are set up anew in each test; gone when it is closed. */
export async function ownDatabase(migrations: string): Promise<OpenDatabase> {
  const { options, remove } = await (quicker() === 'pglite' ? pgliteCopy : postgresDatabase)(migrations);
  const opened = await openDatabase({
    ...options,
    migrations,
    logger: createLogger('test', { level: 'silent' }),
  });
  const close = async (): Promise<void> => {
    await opened.close();
    await remove();
  };
  return { ...opened, close };
}

/** As another machine has it: on a PostgreSQL server of its own, which is named, or in another folder. Gone when it is closed. */
export async function databaseOn(server: string, migrations: string): Promise<TestDatabase> {
  const made: Made =
    quicker() === 'pglite'
      ? await pgliteCopy(migrations)
      : await (await testPostgres({ name: server }))
          .createDatabase()
          .then(({ url, remove }) => ({ options: { url }, remove }));
  const logger = createLogger('test', { level: 'silent' });
  const opened = await openDatabase({ ...made.options, migrations, logger });
  const close = async (): Promise<void> => {
    await opened.close();
    await made.remove();
  };
  return { ...opened, close, faults: {}, another: () => Promise.resolve(undefined) };
}

/**
 * An address for a process, or a room that opens its database itself. Undefined where stories run on PGlite, which
 * the long run has them do: then it has that in its folder, as installed.
 */
export async function ownAddress(
  migrations: string,
): Promise<{ url: string; remove(): Promise<void> } | undefined> {
  if (process.env['SALLYPORT_TEST_DATABASES'] === 'both' || quicker() === 'pglite') return undefined;
  const { options, remove } = await postgresDatabase(migrations);
  return { url: options.url, remove };
}

const STARTING_MS = 120_000;

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

  // Not within the first test's time: on a busy machine the server alone takes a while to start.
  beforeAll(async () => void (await (opening ??= first())), STARTING_MS);
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
/** A test's hub may still be ending its last transaction, and then one of the two has to begin again. */
async function empty(database: OpenDatabase): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await emptyOnce(database);
    } catch (error) {
      if (!isDeadlock(error) || tries === 5) throw error;
    }
  }
}

function isDeadlock(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: unknown } };
  return cause?.code === '40P01';
}

async function emptyOnce({ db }: OpenDatabase): Promise<void> {
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
  const template = join(tmpdir(), `sallyport-test-pglite-${schemaOf(migrations)}`);
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

async function postgresDatabase(migrations: string): Promise<Made & { options: { url: string } }> {
  const { url, remove } = await (
    await testPostgres()
  ).createDatabase({
    name: `prepared_${schemaOf(migrations)}`,
    prepare: async (address) => {
      const logger = createLogger('test', { level: 'silent' });
      await (await openDatabase({ url: address, migrations, logger })).close();
    },
  });
  return { options: { url }, remove };
}

function schemaOf(migrations: string): string {
  const folder = new URL(`../../${migrations}/`, import.meta.url);
  const steps = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  const texts = ['meta/_journal.json', ...steps.sort()].map((name) =>
    readFileSync(new URL(name, folder), 'utf8'),
  );
  return sha256(texts.join('\n')).slice(0, 16);
}

/** A folder below the system's temporary one, for tests that open databases themselves. */
export function scratchFolder(name: string): string {
  const root = mkdtempSync(join(tmpdir(), `sallyport-test-${name}-`));
  mkdirSync(root, { recursive: true });
  return root;
}
