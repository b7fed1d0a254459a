/** A PostgreSQL server, shared by any number of hubs. */
import type { Client, Pool, PoolClient } from 'pg';
import type { Logger } from '../lib/logger.ts';
import { Refused } from '../lib/refusal.ts';
import type { Db } from './database.ts';
import { migrate } from './migrate.ts';
import type { DatabaseOptions, OpenDatabase } from './open.ts';
import { MARKS_LOCK, PRESENCE_LOCK } from './presence.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/** A statement that takes longer is a bug or a lock that nobody lets go. */
const STATEMENT_TIMEOUT_MS = 60_000;
/**
 * Without an answer, and without the server's own "too long", for this much more the way to it is cut: packets that nobody
 * refuses are otherwise sent again for a quarter of an hour.
 */
const ANSWER_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 5_000;
/** A quiet connection is asked after this, then each second; ten questions without an answer and it is over. */
const KEEPALIVE_MS = 5_000;
/**
 * The same on the server's side, and sooner: what a vanished process held (a transaction, a lock that says who works alone)
 * is free before that process, back again, asks for it.
 */
const NOTICES_LOSS = {
  tcp_keepalives_idle: 5,
  tcp_keepalives_interval: 2,
  tcp_keepalives_count: 3,
  tcp_user_timeout: 11_000,
};
/** Held by the one process that works alone. */
const ALONE_LOCK = 7_305_004;
/** What waits for news waits for this: a server that is back is heard within a second. */
const RECONNECT_MS = [100, 500, 1000];
const ignored = (): void => undefined;

export async function openPostgres(url: string, options: DatabaseOptions): Promise<OpenDatabase> {
  const { default: pg } = await import('pg');
  const { drizzle } = await import('drizzle-orm/node-postgres');
  const settings = {
    casing: 'snake_case' as const,
    logger: options.onQuery ? { logQuery: options.onQuery } : false,
  };
  const connection = {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_MS,
    options: Object.entries(NOTICES_LOSS)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
  };

  const ear = new Ear(() => new pg.Client(connection), options.logger);
  const migrator = new pg.Client(connection);
  migrator.on('error', ignored);
  try {
    if (options.alone && !(await ear.claim(options.alone.lost))) throw new Refused(options.alone.refusal);
    await migrator.connect();
    await migrate(drizzle({ client: migrator, casing: 'snake_case' }) as unknown as Db, options.migrations);
  } catch (error) {
    await ear.close();
    throw error;
  } finally {
    await migrator.end();
  }

  const pool: Pool = new pg.Pool({
    ...connection,
    max: options.connections ?? 10,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    idle_in_transaction_session_timeout: options.standsStillMs ?? STATEMENT_TIMEOUT_MS,
  });
  // An idle connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on('error', (error) =>
    options.logger.warn({ err: error, code: 'database.connection' }, 'A database connection was lost'),
  );
  // It listens to idle ones only: one that breaks between two statements of a transaction would end the process. The next
  // statement says it.
  pool.on('connect', (client) => void client.on('error', ignored));
  const db = drizzle({ client: pool, ...settings }) as unknown as Db;
  db.transaction = (work, config) =>
    onOneConnection(pool, (client) =>
      (drizzle({ client, ...settings }) as unknown as Db).transaction(work, config),
    );
  return {
    db,
    kind: 'postgres',
    async close() {
      await ear.close();
      await pool.end();
    },
    listen: (channel, heard) => ear.listen(channel, heard),
    async notify(channel, payload) {
      await pool.query('select pg_notify($1, $2)', [channel, payload]);
    },
    moveIn: (work) => ear.moveIn(work),
    pool: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
  };
}

/**
 * drizzle's own transaction on a pool keeps the connection for ever when `begin` fails, and puts it back
 * with the transaction open when `rollback` fails: ten lost connections and the hub hangs. Here it always
 * comes back, and after a failure it is closed rather than used again.
 */
async function onOneConnection<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let failed = true;
  try {
    const answer = await work(client);
    failed = false;
    return answer;
  } finally {
    client.release(failed);
  }
}

/** Whether it is this connection's now, for as long as the connection lives. */
async function isTakenBy(client: Client, lock: number): Promise<boolean> {
  const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [lock]);
  return rows[0]?.mine === true;
}

const listenTo = (channel: string): string => `listen "${channel.replaceAll('"', '""')}"`;

/** ms, before the try after so many that failed. */
export const reconnectAfter = (failures: number): number | undefined =>
  RECONNECT_MS[Math.min(failures, RECONNECT_MS.length - 1)];

/** One connection that listens and shows that this process lives; it comes back by itself and then tells everybody to look again. */
class Ear {
  readonly #connect: () => Client;
  readonly #logger: Logger;
  readonly #listeners = new Map<string, Set<(payload: string) => void>>();
  #client: Promise<Client> | undefined;
  #closed = false;
  #movedIn = false;
  #taken: (() => void) | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(connect: () => Client, logger: Logger) {
    this.#connect = connect;
    this.#logger = logger;
  }

  async listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>> {
    const known = this.#listeners.get(channel) ?? new Set();
    known.add(heard);
    this.#listeners.set(channel, known);
    const client = await (this.#client ??= this.#open());
    await client.query(listenTo(channel));
    return async () => {
      known.delete(heard);
    };
  }

  async moveIn(work: () => Promise<void>): Promise<void> {
    const client = await (this.#client ??= this.#open());
    const alone = await isTakenBy(client, PRESENCE_LOCK);
    try {
      if (alone) await work();
    } finally {
      await client.query('select pg_advisory_lock_shared($1)', [MARKS_LOCK]);
      // Taken before the other is let go: whoever comes next finds either somebody at work or somebody present.
      await client.query('select pg_advisory_lock_shared($1)', [PRESENCE_LOCK]);
      this.#movedIn = true;
      if (alone) await client.query('select pg_advisory_unlock($1)', [PRESENCE_LOCK]);
    }
  }

  /** False when another process has it. `taken` is called when it was lost, and another has it by then. */
  async claim(taken: () => void): Promise<boolean> {
    const client = await (this.#client ??= this.#open());
    if (!(await isTakenBy(client, ALONE_LOCK))) return false;
    this.#taken = taken;
    return true;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    const client = await this.#client?.catch(() => undefined);
    await client?.end();
  }

  async #open(): Promise<Client> {
    const client = this.#connect();
    client.on('notification', ({ channel, payload }) => this.#tell(channel, payload ?? ''));
    client.on('error', () => undefined);
    let live = false;
    // One that breaks before it lives is reported by this function's failure: told twice, it would be opened twice.
    client.on('end', () => live && this.#lost(0));
    try {
      await client.connect();
      if (this.#taken && !(await isTakenBy(client, ALONE_LOCK))) this.#taken();
      for (const lock of this.#movedIn ? [MARKS_LOCK, PRESENCE_LOCK] : [])
        await client.query('select pg_advisory_lock_shared($1)', [lock]);
      for (const channel of this.#listeners.keys()) await client.query(listenTo(channel));
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
    live = true;
    return client;
  }

  #lost(attempt: number): void {
    if (this.#closed) return;
    this.#logger.warn({ code: 'database.listener', attempt }, 'The listening database connection was lost');
    this.#retry = setTimeout(() => {
      const opening = this.#open();
      this.#client = opening;
      opening.then(
        () => {
          for (const channel of this.#listeners.keys()) this.#tell(channel, '');
        },
        () => this.#lost(attempt + 1),
      );
    }, reconnectAfter(attempt));
  }

  #tell(channel: string, payload: string): void {
    for (const heard of this.#listeners.get(channel) ?? []) heard(payload);
  }
}
