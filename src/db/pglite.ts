/** PGlite: PostgreSQL inside this process, in a folder that one process at a time may use. */
import type { PGlite } from '@electric-sql/pglite';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../lib/process-identity.ts';
import { refusal, Refused } from '../lib/refusal.ts';
import type { Db } from './database.ts';
import { migrate } from './migrate.ts';
import type { DatabaseOptions, OpenDatabase } from './open.ts';

export async function openPglite(options: DatabaseOptions): Promise<OpenDatabase> {
  const { PGlite: Embedded } = await import('@electric-sql/pglite');
  const { drizzle } = await import('drizzle-orm/pglite');
  const release = options.memory || !options.dir ? () => undefined : claimFolder(options.dir);
  let client: PGlite | undefined;
  try {
    const opened = await Embedded.create(
      options.memory || !options.dir ? 'memory://' : join(options.dir, 'data'),
    );
    client = opened;
    const db = drizzle({
      client: opened,
      casing: 'snake_case',
      logger: options.onQuery ? { logQuery: options.onQuery } : false,
    }) as unknown as Db;
    await migrate(db, options.migrations);
    if (!options.memory) {
      options.logger.warn(
        { code: 'database.no-fsync' },
        'The database is PGlite, which survives a killed process but not a power cut: use PostgreSQL for real work',
      );
    }
    return {
      db,
      kind: 'pglite',
      async close() {
        await opened.close();
        release();
      },
      listen: (channel, heard) => opened.listen(channel, heard),
      async notify(channel, payload) {
        await opened.query('select pg_notify($1, $2)', [channel, payload]);
      },
      // Whoever could open the folder is alone in it.
      moveIn: (work) => work(),
    };
  } catch (error) {
    await client?.close();
    release();
    throw error;
  }
}

/** Two processes in one folder destroy it, and PGlite does not look: a file with the owner's process id does. */
function claimFolder(dir: string): () => void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, 'owner.pid');
  const owner = readOwner(file);
  if (owner !== undefined && owner !== process.pid && isAlive(owner)) {
    throw new Refused(
      refusal(
        'database.in-use',
        `The database folder ${dir} is used by process ${owner}.`,
        'Stop that process, or use PostgreSQL, which several processes may share.',
      ),
    );
  }
  writeFileSync(file, `${process.pid}\n`);
  return () => rmSync(file, { force: true });
}

function readOwner(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8').trim());
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
