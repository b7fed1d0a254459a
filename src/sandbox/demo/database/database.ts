/**
 * The zone's database, filled: a PostgreSQL server where one is given or installed, else PGlite behind its door.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import pg from 'pg';
import type { Children } from '../children.ts';
import { program } from '../places.ts';
import { serverPrograms, startCluster, WAREHOUSE } from './cluster.ts';
import { loadWarehouse } from './load.ts';
import { GRANTED } from './tables.ts';
import { makeWarehouse } from './warehouse.ts';

export interface ZoneDatabase {
  /** For people. */
  what: string;
  host: string;
  port: number;
  name: string;
  /** `admin` may make roles; `account` may read what was granted. The password stands in a file of its own. */
  access: { kind: 'admin' | 'account'; user: string; passwordFile: string };
  /** Takes back what was made in somebody else's server. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  folder: string;
  seed: number;
  pupils: number;
  children: Children;
  port: number;
  /** A server that runs already, as somebody who may create databases and roles. */
  server?: string;
}

const LOOPBACK = '127.0.0.1';

export async function startDatabase(options: DatabaseOptions): Promise<ZoneDatabase> {
  if (options.server) return onServer(options, options.server);
  if (!('missing' in serverPrograms())) return onCluster(options);
  return onPglite(options);
}

const password = (): string => randomBytes(24).toString('base64url');

async function onCluster(options: DatabaseOptions): Promise<ZoneDatabase> {
  const { folder, port, children } = options;
  const { admin } = await startCluster({
    folder: path.join(folder, 'postgres'),
    port,
    password: password(),
    adopt: (child) => children.adopt('database', child, 'SIGINT'),
  });
  const url = `postgres://${admin.user}:${admin.password}@${LOOPBACK}:${port}/${admin.database}`;
  await fill(url, options);
  return {
    what: 'a PostgreSQL cluster of its own',
    host: LOOPBACK,
    port,
    name: admin.database,
    access: {
      kind: 'admin',
      user: admin.user,
      passwordFile: secretFile(folder, 'admin-password', admin.password),
    },
    close: () => Promise.resolve(),
  };
}

async function onServer(options: DatabaseOptions, server: string): Promise<ZoneDatabase> {
  const name = `${WAREHOUSE}_${randomBytes(6).toString('hex')}`;
  await asAdmin(server, async (client) => {
    await client.query(`create database ${name}`);
    await client.query(`revoke all on database ${name} from public`);
  });
  const url = new URL(server);
  url.pathname = `/${name}`;
  await fill(url.href, options);
  return {
    what: `the PostgreSQL server at ${url.host}`,
    host: url.hostname,
    port: Number(url.port || 5432),
    name,
    access: {
      kind: 'admin',
      user: decodeURIComponent(url.username),
      passwordFile: secretFile(options.folder, 'admin-password', decodeURIComponent(url.password)),
    },
    close: () => asAdmin(server, (client) => client.query(`drop database if exists ${name} with (force)`)),
  };
}

async function onPglite(options: DatabaseOptions): Promise<ZoneDatabase> {
  const { folder, port, children, seed, pupils } = options;
  const account = { user: 'reader', password: password() };
  const door = { folder: path.join(folder, 'pglite'), seed, pupils, port, account } satisfies DoorFile;
  await children.start({
    name: 'database',
    file: process.execPath,
    args: [program, 'demo-database', secretFile(folder, 'door.json', JSON.stringify(door))],
    cwd: folder,
    ready: /database ready/,
  });
  return {
    what: 'PGlite behind a socket (no PostgreSQL server is installed)',
    host: LOOPBACK,
    port,
    name: WAREHOUSE,
    access: {
      kind: 'account',
      user: account.user,
      passwordFile: secretFile(folder, 'reader-password', account.password),
    },
    close: () => Promise.resolve(),
  };
}

async function fill(url: string, { seed, pupils }: DatabaseOptions): Promise<void> {
  await asAdmin(url, (client) => loadWarehouse(client, makeWarehouse(seed, pupils)));
}

async function asAdmin(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function secretFile(folder: string, name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

/** What `demo-database` reads. */
export interface DoorFile {
  folder: string;
  seed: number;
  pupils: number;
  port: number;
  account: { user: string; password: string };
}

/** The door's own process: fills PGlite once, then lets clients in until it is told to stop. */
export async function serveDoor(file: DoorFile, ready: () => void, stop: AbortSignal): Promise<void> {
  const { fillPglite, openPglite } = await import('./pglite.ts');
  const { doorkeeper } = await import('./pglite-door.ts');
  await fillPglite(file.folder, makeWarehouse(file.seed, file.pupils), GRANTED);
  const db = await openPglite(file.folder);
  const server = createServer(doorkeeper(db, file.account));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(file.port, LOOPBACK, resolve);
  });
  ready();
  if (!stop.aborted)
    await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
  server.close();
}
