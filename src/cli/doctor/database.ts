/** The database of a role, asked as the role asks it. */
import { readFileSync } from 'node:fs';
import type { Database } from './host.ts';
import { reasonOf } from './probes.ts';

/** The server as the role sees it; never its address, a password stands in it. */
export async function databaseAt(urlFile: string | undefined, given = ''): Promise<Database> {
  if (urlFile === undefined && given === '') return { embedded: true };
  const { default: pg } = await import('pg');
  let client: InstanceType<typeof pg.Client> | undefined;
  try {
    const connectionString = urlFile === undefined ? given : readFileSync(urlFile, 'utf8').trim();
    client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ version: number; fsync: string; super: boolean }>(
      "select current_setting('server_version_num')::int as version, current_setting('fsync') as fsync, rolsuper as super from pg_roles where rolname = current_user",
    );
    const [row] = rows;
    return {
      embedded: false,
      version: row?.version ?? 0,
      fsync: row?.fsync === 'on',
      superuser: row?.super ?? false,
    };
  } catch (error) {
    return { embedded: false, error: reasonOf(error) };
  } finally {
    await client?.end().catch(() => undefined);
  }
}
