/**
 * Fills a PGlite folder and takes its user's powers away.
 *
 * PGlite has one user. Loaded, its tables go to another role, reading is granted back, and the user
 * stops being a superuser: from the next opening on a session can read what was granted and
 * nothing else. It holds only the granted datasets: one read-only account per dataset set.
 */
import type { PGlite } from '@electric-sql/pglite';
import { createTable, type TableName } from './tables.ts';

export async function fillPglite(
  folder: string,
  rows: Record<TableName, string>,
  granted: readonly TableName[],
): Promise<void> {
  const { PGlite } = await import('@electric-sql/pglite');
  const db = await PGlite.create(folder);
  try {
    await db.exec('create role warehouse_owner');
    for (const table of granted) {
      await db.exec(createTable(table));
      await db.query(`copy ${table} from '/dev/blob' with (format csv)`, [], {
        blob: new Blob([rows[table]]),
      });
      await db.exec(`alter table ${table} owner to warehouse_owner; grant select on ${table} to postgres;`);
    }
    await db.exec('analyze');
    await db.exec(LOCK);
  } finally {
    await db.close();
  }
}

/** Opens a filled folder as its user, who is no superuser any more. */
export async function openPglite(folder: string): Promise<PGlite> {
  const { PGlite } = await import('@electric-sql/pglite');
  return PGlite.create(folder);
}

const LOCK = `
  alter database postgres owner to warehouse_owner;
  alter schema public owner to warehouse_owner;
  revoke all on schema public from public;
  grant usage on schema public to postgres;
  revoke all on database postgres from public, postgres;
  grant connect on database postgres to postgres;
  do $$ declare f regprocedure; begin
    -- Functions the server keeps from ordinary users (files, signals) belong to the user: give them away.
    for f in select oid::regprocedure from pg_proc where pronamespace = 'pg_catalog'::regnamespace
      and (proacl is not null or proname like 'lo\\_%' or proname in ('lowrite', 'loread'))
    loop
      execute format('alter function %s owner to warehouse_owner', f);
      execute format('revoke all on function %s from public, postgres', f);
    end loop;
  end $$;
  update pg_authid set rolsuper = false, rolcreaterole = false, rolcreatedb = false,
    rolreplication = false, rolbypassrls = false where rolname = 'postgres';
`;
