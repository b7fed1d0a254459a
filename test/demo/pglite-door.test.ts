import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { connect as dial, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { doorkeeper } from '../../src/sandbox/demo/database/pglite-door.ts';
import { fillPglite, openPglite } from '../../src/sandbox/demo/database/pglite.ts';
import { GRANTED } from '../../src/sandbox/demo/database/tables.ts';
import { makeWarehouse } from '../../src/sandbox/demo/database/warehouse.ts';

let folder: string;
let db: PGlite;
let door: Server;
let port: number;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'door-'));
  await fillPglite(path.join(folder, 'db'), makeWarehouse(1, 400), GRANTED);
  db = await openPglite(path.join(folder, 'db'));
  door = createServer(doorkeeper(db, { user: 'reader', password: 'open' }));
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  port = (door.address() as { port: number }).port;
});

afterAll(async () => {
  door.close();
  await db.close();
  rmSync(folder, { recursive: true, force: true });
});

function client(password = 'open', user = 'reader'): pg.Client {
  const made = new pg.Client({ host: '127.0.0.1', port, user, password, database: 'warehouse' });
  made.on('error', () => undefined);
  return made;
}

async function inside<T>(work: (db: pg.Client) => Promise<T>): Promise<T> {
  const one = client();
  await one.connect();
  try {
    return await work(one);
  } finally {
    await one.end();
  }
}

test('the account reads what was granted', async () => {
  const answer = await inside((one) =>
    one.query('select count(*)::int as n from pupils where pupil_id > $1', [0]),
  );
  expect(answer.rows).toEqual([{ n: 400 }]);
});

test.each([
  ['select * from suspensions', 'relation "suspensions" does not exist'],
  ['insert into pupils values (1)', 'permission denied for table pupils'],
  ['create table mine (x int)', 'permission denied for schema public'],
  ['create temporary table mine (x int)', 'permission denied to create temporary tables'],
  ["copy (select 1) to program 'id'", 'permission denied to COPY to or from an external program'],
  ["select pg_read_file('PG_VERSION')", 'permission denied for function pg_read_file'],
  ["select pg_ls_dir('.')", 'permission denied for function pg_ls_dir'],
  ['select lo_creat(-1)', 'permission denied for function lo_creat'],
  ['set role warehouse_owner', 'permission denied to set role'],
  ['alter role postgres superuser', 'permission denied to alter role'],
  ['grant warehouse_owner to postgres', 'permission denied to grant role'],
])('%s is refused', async (sql, says) => {
  await expect(inside((one) => one.query(sql))).rejects.toThrow(says);
});

test.each([
  ['shut', 'reader'],
  ['open', 'postgres'],
])('the password "%s" for %s opens nothing', async (password, user) => {
  await expect(client(password, user).connect()).rejects.toThrow('password authentication failed');
});

test('the next client waits until the one before has left, and finds nothing of it', async () => {
  const first = client();
  await first.connect();
  await first.query("set search_path to 'elsewhere'");
  await first.query('begin');
  const second = client();
  let inside = false;
  const entering = second.connect().then(() => (inside = true));
  await first.query('select 1');
  expect(inside).toBe(false);

  await first.end();
  await entering;

  expect((await second.query('show search_path')).rows).toEqual([{ search_path: 'public' }]);
  expect((await second.query('select count(*)::int as n from pupils')).rows).toEqual([{ n: 400 }]);
  await second.end();
});

test('a client that vanishes in the middle of a failed statement blocks nobody', async () => {
  const lost = client();
  await lost.connect();
  await lost.query('begin');
  await expect(lost.query('select $1::int', ['x'])).rejects.toThrow('invalid input syntax');
  (lost as unknown as { connection: { stream: Socket } }).connection.stream.destroy();

  expect((await inside((one) => one.query('select 1 as one'))).rows).toEqual([{ one: 1 }]);
});

test('bytes that are no PostgreSQL protocol are shown the door', async () => {
  const stranger = dial(port, '127.0.0.1');
  stranger.on('error', () => undefined);
  stranger.end('GET / HTTP/1.1\r\n\r\n');
  stranger.resume();
  await once(stranger, 'close');

  expect((await inside((one) => one.query('select 1 as one'))).rows).toEqual([{ one: 1 }]);
});
