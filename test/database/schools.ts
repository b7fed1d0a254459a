/** A small database of schools with three datasets, and clients that speak as whoever asks. */
import pg from 'pg';
import { testPostgres } from '../support/postgres.ts';

export interface Login {
  user: string;
  password: string;
  /** Settings given at the connection, as any client may. */
  options?: string;
}

export interface Schools {
  host: string;
  port: number;
  database: string;
  admin: { user: string; password: string };
  /** As the superuser. */
  run(sql: string): Promise<pg.QueryResult>;
  /** One statement as this account; the answer's rows or the database's error code. */
  as(login: Login, sql: string, database?: string): Promise<unknown[] | string>;
  remove(): Promise<void>;
}

const SEED = `
  create schema pupils; create schema results;
  create table pupils.pupil (id int primary key, school int, name text);
  create table pupils.address (id int primary key, street text);
  create table results.score (pupil int, points int);
  create table results.mark (pupil int, mark text);
  insert into pupils.pupil values (1, 7, 'A'); insert into pupils.address values (1, 'Elm Street');
  insert into results.score values (1, 42); insert into results.mark values (1, 'B')`;

export const DATASETS = {
  pupils: ['pupils.pupil'],
  addresses: ['pupils.address'],
  results: ['results'],
};

export async function schools(): Promise<Schools> {
  const server = await testPostgres();
  const { url, remove } = await server.createDatabase();
  const address = new URL(url);
  const database = address.pathname.slice(1);
  const admin = {
    user: decodeURIComponent(address.username),
    password: decodeURIComponent(address.password),
  };
  const place = { host: '127.0.0.1', port: server.port };

  async function query(login: Login, sql: string, name: string) {
    const client = new pg.Client({ ...place, database: name, ...login });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await client.query(sql);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  await query(admin, SEED, database);
  return {
    ...place,
    database,
    admin,
    run: (sql) => query(admin, sql, database),
    async as(login, sql, name = database) {
      try {
        const answer = await query(login, sql, name);
        return answer.rows as unknown[];
      } catch (error) {
        return (error as { code?: string }).code ?? String(error);
      }
    },
    remove,
  };
}
