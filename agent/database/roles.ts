/**
 * One short-lived PostgreSQL role per job, which may read exactly the tables of the datasets granted.
 *
 * After the grants the database itself is asked what the role may do: rights that PUBLIC has count too, and a
 * role that could do more than it should is never handed out. Two GRANTs on one table at a time fail with "tuple
 * concurrently updated": within one agent changes take turns, and what met another agent's is done again. There is no
 * lock for them in the database, because a job could take an advisory one too, and shut everybody else out.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { isoTime } from '../../src/lib/clock.ts';
import { sha256 } from '../../src/lib/hash.ts';
import type { Logger } from '../../src/lib/logger.ts';
import type { Refusal } from '../../src/lib/refusal.ts';
import { excessOf, remedyFor } from './rights.ts';
import { scramVerifier } from './scram.ts';
import { missingTable, tooOpen } from './words.ts';

export interface RolesOptions {
  host: string;
  port: number;
  database: string;
  /** May create roles and grant on the datasets' tables; on PostgreSQL before 16 with `createrole`. */
  admin: { user: string; password: string };
  /** Whose roles: another agent on the same server keeps its own. */
  owner: string;
  /** Connections a job may hold at once. */
  connections: number;
  statementTimeoutMs?: number;
  log?: Logger;
}

export interface RoleWish {
  job: string;
  password: string;
  /** `schema.table`, or `schema` for all tables of it. */
  tables: string[];
  /** Milliseconds since 1970; after it nobody can log in any more. */
  validUntil: number;
}

export interface Roles {
  /** The role's name. A role the job has already is made anew. */
  grant(wish: RoleWish): Promise<string | Refusal>;
  /** Ends the job's sessions and drops its role; nothing happens when there is none. */
  drop(job: string): Promise<void>;
  /** Drops the roles of all jobs but these. */
  dropAllBut(jobs: ReadonlySet<string>): Promise<void>;
}

const TIMEOUT_MS = 15_000;
const TABLE = /^([A-Za-z_][A-Za-z0-9_$]{0,62})(?:\.([A-Za-z_][A-Za-z0-9_$]{0,62}))?$/;
const UNDEFINED = new Set(['42P01', '3F000']);
const STILL_NEEDED = '2BP01';
/** Each time at least one of those that met gets through, so this is how many agents may meet. */
const MEETINGS = 20;
const DEADLOCK = '40P01';
const INTERNAL = 'XX000';
const quoted = (name: string): string => pg.escapeIdentifier(name);

export function roles(options: RolesOptions): Roles {
  const prefix = `sallyport_${sha256(options.owner).slice(0, 8)}_`;
  const nameOf = (job: string): string => prefix + job;

  async function as<T>(database: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({
      host: options.host,
      port: options.port,
      database,
      ...options.admin,
      application_name: 'sallyport',
      connectionTimeoutMillis: TIMEOUT_MS,
      query_timeout: TIMEOUT_MS,
    });
    // A connection lost between two questions is told by the next one.
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  let turn: Promise<unknown> = Promise.resolve();
  function changing<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
    const mine = turn.then(() => untilAlone(client, work));
    turn = mine.catch(() => undefined);
    return mine;
  }

  async function untilAlone<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
    for (let met = 1; ; met += 1) {
      try {
        return await atOnce(client, work);
      } catch (error) {
        if (met === MEETINGS || !metAnother(error)) throw error;
        await sleep(Math.random() * 20 * met);
      }
    }
  }

  async function atOnce<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
    await client.query('begin');
    try {
      const result = await work();
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      throw error;
    }
  }

  async function make(client: pg.Client, wish: RoleWish, tables: Table[]): Promise<void> {
    const role = quoted(nameOf(wish.job));
    const timeout = options.statementTimeoutMs;
    await client.query(
      [
        `create role ${role} login noinherit nosuperuser nocreatedb nocreaterole noreplication
           password '${scramVerifier(wish.password)}'
           connection limit ${options.connections} valid until '${isoTime(wish.validUntil)}'`,
        // Without membership an administrator who is no superuser could neither end nor drop it.
        `grant ${role} to current_user`,
        `alter role ${role} set default_transaction_read_only = on`,
        ...(timeout ? [`alter role ${role} set statement_timeout = ${timeout}`] : []),
        `grant connect on database ${quoted(options.database)} to ${role}`,
        ...new Set(tables.map(({ schema }) => `grant usage on schema ${quoted(schema)} to ${role}`)),
        ...tables.map(({ schema, table }) =>
          table === undefined
            ? `grant select on all tables in schema ${quoted(schema)} to ${role}`
            : `grant select on table ${quoted(schema)}.${quoted(table)} to ${role}`,
        ),
      ].join(';\n'),
    );
  }

  async function remove(client: pg.Client, role: string): Promise<void> {
    const found = await client.query('select oid from pg_roles where rolname = $1', [role]);
    if (found.rowCount === 0) return;
    await client.query(`alter role ${quoted(role)} nologin`);
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [role]);
    try {
      await changing(client, () => client.query(`drop owned by ${quoted(role)}; drop role ${quoted(role)}`));
    } catch (error) {
      if ((error as { code?: string }).code !== STILL_NEEDED) throw error;
      // A job that could reach another database of the server left something of its own there.
      await dropElsewhere(client, role);
      await changing(client, () => client.query(`drop owned by ${quoted(role)}; drop role ${quoted(role)}`));
    }
  }

  async function dropElsewhere(client: pg.Client, role: string): Promise<void> {
    const found = await client.query<{ name: string }>(
      `select distinct d.datname as name from pg_shdepend s join pg_database d on d.oid = s.dbid
       where s.refclassid = 'pg_authid'::regclass and s.refobjid = (select oid from pg_roles where rolname = $1)`,
      [role],
    );
    for (const { name } of found.rows) {
      if (name === options.database) continue;
      await as(name, (other) => other.query(`drop owned by ${quoted(role)}`));
    }
  }

  return {
    async grant(wish) {
      const tables = wish.tables.map(parseTable);
      const unreadable = wish.tables.find((_text, index) => !tables[index]);
      if (unreadable !== undefined) return missingTable(unreadable);
      const wanted = tables.filter((table) => table !== undefined);
      const role = nameOf(wish.job);
      return as(options.database, async (client) => {
        await remove(client, role);
        try {
          await changing(client, () => make(client, wish, wanted));
        } catch (error) {
          if (UNDEFINED.has((error as { code?: string }).code ?? ''))
            return missingTable((error as Error).message);
          throw error;
        }
        let excess = await excessOf(client, role, wish.tables);
        if (excess.length > 0) {
          await closePublic(client, remedyFor(excess, options.database), options.log);
          excess = await excessOf(client, role, wish.tables);
        }
        if (excess.length === 0) return role;
        await remove(client, role);
        const names = excess.map((one) => one.says);
        return tooOpen(names, `As its owner run: ${remedyFor(excess, options.database).join('; ')}`);
      });
    },

    drop: (job) => as(options.database, (client) => remove(client, nameOf(job))),

    dropAllBut: (jobs) =>
      as(options.database, async (client) => {
        const found = await client.query<{ rolname: string }>(
          'select rolname from pg_roles where starts_with(rolname, $1)',
          [prefix],
        );
        const left = found.rows
          .map((row) => row.rolname)
          .filter((name) => !jobs.has(name.slice(prefix.length)));
        for (const name of left) await remove(client, name);
      }),
  };
}

function metAnother(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return code === DEADLOCK || (code === INTERNAL && /^tuple concurrently/.test(message ?? ''));
}

interface Table {
  schema: string;
  /** Absent: all of the schema. */
  table?: string;
}

function parseTable(text: string): Table | undefined {
  const [, schema, table] = TABLE.exec(text) ?? [];
  if (!schema) return undefined;
  return table ? { schema, table } : { schema };
}

/** Takes from PUBLIC what no reader needs (temporary tables, new objects); reading rights are the operator's to take. */
async function closePublic(client: pg.Client, remedy: string[], log?: Logger): Promise<void> {
  for (const statement of remedy.filter((text) => /^revoke (temporary|create) /.test(text))) {
    try {
      await client.query(statement);
      log?.warn(
        { code: 'database.closed-public', statement },
        'A right that every account had was taken away',
      );
    } catch (err) {
      log?.warn({ err, code: 'database.too-open' }, 'A right that every account has could not be taken away');
    }
  }
}
