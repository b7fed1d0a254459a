/** Brings a database to this version's schema, or refuses one that is already past it. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { refusal, Refused } from '../lib/refusal.ts';
import { rowsOf, type Db } from './database.ts';
import { hubsAtWork } from './presence.ts';

/** Any number, the same in every version: whoever migrates holds this lock. */
const MIGRATION_LOCK = 7_305_001;

const HUB_MIGRATIONS = 'src/db/migrations';

interface Migration {
  tag: string;
  when: number;
  statements: string[];
}

/** Holds on one connection only: `db` must not be a pool. */
export async function migrate(db: Db, folder = HUB_MIGRATIONS): Promise<void> {
  const migrations = readMigrations(folder);
  await db.execute(sql`select pg_advisory_lock(${MIGRATION_LOCK}::bigint)`);
  try {
    await db.execute(
      sql`create table if not exists schema_migrations (tag text primary key, made_at float8 not null)`,
    );
    const applied = await rowsOf<{ tag: string; made_at: number }>(
      db,
      sql`select tag, made_at from schema_migrations`,
    );
    refuseNewer(applied, migrations);
    const known = new Set(applied.map((row) => row.tag));
    const open = migrations.filter(({ tag }) => !known.has(tag));
    if (open.some(isContract)) await refuseBesideOthers(db, open);
    for (const migration of open) await apply(db, migration);
  } finally {
    await db.execute(sql`select pg_advisory_unlock(${MIGRATION_LOCK}::bigint)`);
  }
}

function refuseNewer(applied: { tag: string; made_at: number }[], migrations: Migration[]): void {
  const ours = new Map(migrations.map((migration) => [migration.tag, migration.when]));
  const foreign = applied.find((row) => ours.get(row.tag) !== row.made_at);
  if (!foreign) return;
  throw new Refused(
    refusal(
      'database.newer-schema',
      `The database carries migration ${foreign.tag}, which this version of Sallyport does not know in that form.`,
      'Start the version that wrote it, or a newer one; restore a backup to go back.',
    ),
  );
}

/**
 * Migrations only add, so that programs of the version before go on while a new one starts beside them. One that
 * takes something away, or demands more than they give, begins with this word, and waits until they are gone.
 */
const CONTRACT = /^-- contract:/;

const isContract = ({ statements }: Migration): boolean => CONTRACT.test(statements[0] ?? '');

async function refuseBesideOthers(db: Db, open: readonly Migration[]): Promise<void> {
  const others = await hubsAtWork(db);
  if (others === 0) return;
  const which = open.find(isContract)?.tag ?? '';
  throw new Refused(
    refusal(
      'database.others-at-work',
      `Migration ${which} takes away what older versions need, and ${others === 1 ? 'one hub is' : `${others} hubs are`} at work on this database.`,
      'Drain every hub ("sallyport hub drain", each on its machine), then start this one; agents and jobs go on meanwhile.',
    ),
  );
}

async function apply(db: Db, migration: Migration): Promise<void> {
  await db.transaction(async (tx) => {
    for (const statement of migration.statements) await tx.execute(sql.raw(statement));
    await tx.execute(
      sql`insert into schema_migrations (tag, made_at) values (${migration.tag}, ${migration.when})`,
    );
  });
}

/** Beneath the package, where both the sources and the bundle in `dist` find them. */
function readMigrations(beneath: string): Migration[] {
  const folder = join(packageRoot(), beneath);
  const journal = JSON.parse(readFileSync(join(folder, 'meta/_journal.json'), 'utf8')) as {
    entries: { tag: string; when: number }[];
  };
  return journal.entries.map(({ tag, when }) => ({
    tag,
    when,
    statements: readFileSync(join(folder, `${tag}.sql`), 'utf8').split('--> statement-breakpoint'),
  }));
}

function packageRoot(): string {
  let at = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(at, 'package.json'))) {
    if (dirname(at) === at) throw new Error('no package.json above this file');
    at = dirname(at);
  }
  return at;
}
