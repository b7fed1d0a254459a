/**
 * Opens a database: PGlite in a folder (or in memory), or a PostgreSQL server by address.
 *
 * Both speak the same dialect and run the same migrations. Migrations run under an advisory lock, so
 * that processes starting together do not trip over one another; a database that a newer version has
 * migrated is refused. `listen` is told of every `notify` in any process on the same database, and once
 * more after a lost connection came back, since news may have been missed.
 */
import type { Logger } from '../lib/logger.ts';
import { refusal, Refused, type Refusal } from '../lib/refusal.ts';
import type { Db } from './database.ts';

export { asJson, rowsOf, textArray, type Db, type Tx } from './database.ts';
export { hashOfFile, readTable, setCounters, tablesOf, writeTable } from './dump.ts';

export interface DatabaseOptions {
  /** `postgres://…`; without it PGlite. */
  url?: string;
  /** PGlite's folder, made when missing. */
  dir?: string;
  /** PGlite in memory: for tests, costs twice the memory of a folder. */
  memory?: boolean;
  logger: Logger;
  /** Folder of the migrations beneath the package; the hub's own unless told otherwise. */
  migrations?: string;
  /** Called before each statement; what it throws, the statement throws. Tests die here. */
  onQuery?: (statement: string) => void;
  /** Connections to PostgreSQL at most. */
  connections?: number;
  /** A transaction that says nothing for so long is ended by the server: its process stands still, and others wait for its locks. */
  standsStillMs?: number;
  /** For a process that shares its database with none of its kind; PGlite never shares. */
  alone?: Alone;
}

/** Free again the moment its holder dies. */
export interface Alone {
  /** Thrown, before anything is migrated, when another process has it. */
  refusal: Refusal;
  /** The connection that held it broke, and another process was quicker to take it: stop. */
  lost(): void;
}

export interface OpenDatabase {
  db: Db;
  kind: 'pglite' | 'postgres';
  close(): Promise<void>;
  /** Resolves once listening. `heard` gets the payload; returns how to stop. */
  listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>>;
  notify(channel: string, payload: string): Promise<void>;
  /** Connections to a server now, and who waits for one; PGlite has none. */
  pool?(): { open: number; idle: number; waiting: number };
  /**
   * Says that this process works on the database, and does `work` first when no other does: whatever
   * looks taken was then taken by one that has died. Call it once, at start.
   */
  moveIn(work: () => Promise<void>): Promise<void>;
}

export async function openDatabase(options: DatabaseOptions): Promise<OpenDatabase> {
  if (options.url) return (await import('./postgres.ts')).openPostgres(options.url, options);
  if (!options.dir && !options.memory) {
    throw new Refused(
      refusal(
        'database.nowhere',
        'No database was named.',
        'Give a folder, or set DATABASE_URL to a PostgreSQL server.',
      ),
    );
  }
  return (await import('./pglite.ts')).openPglite(options);
}
