/**
 * The zone's database server for the demo: a PostgreSQL cluster of its own, in the demo's folder, gone with it.
 *
 * PostgreSQL refuses to run as root; then it runs as the user `postgres` that its package made.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';

export interface Cluster {
  child: ChildProcess;
  dataFolder: string;
  port: number;
  /** May make roles and read everything: only the agent is given it. */
  admin: { user: string; password: string; database: string };
}

export interface ClusterOptions {
  folder: string;
  port: number;
  password: string;
  /** Called as soon as the server's process exists. SIGINT stops it whoever is connected. */
  adopt: (child: ChildProcess) => void;
}

export const WAREHOUSE = 'warehouse';
const ADMIN = 'warehouse_admin';

/** Folder of the server's programs, or why this machine cannot run one. */
export function serverPrograms():
  | { bin: string; runAs?: { uid: number; gid: number } }
  | { missing: string } {
  const bin = newestBin();
  if (!bin) return { missing: 'PostgreSQL server programs are not installed' };
  if (process.getuid?.() !== 0) return { bin };
  const uid = userId('-u');
  const gid = userId('-g');
  if (uid === undefined || gid === undefined)
    return { missing: 'root cannot run PostgreSQL and there is no user "postgres"' };
  return { bin, runAs: { uid, gid } };
}

function newestBin(): string | undefined {
  const roots = ['/usr/lib/postgresql', '/usr/pgsql', '/opt/homebrew/opt', '/usr/local/opt'];
  const found = roots
    .filter((root) => existsSync(root))
    .flatMap((root) => readdirSync(root).map((version) => path.join(root, version, 'bin')));
  const usable = found.filter(
    (bin) => existsSync(path.join(bin, 'initdb')) && existsSync(path.join(bin, 'postgres')),
  );
  return usable.sort((a, b) => versionOf(b) - versionOf(a))[0];
}

const versionOf = (bin: string): number => Number(/(\d+)\/bin$/.exec(bin)?.[1] ?? 0);

function userId(flag: '-u' | '-g'): number | undefined {
  const answer = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' });
  return answer.status === 0 ? Number(answer.stdout.trim()) : undefined;
}

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const programs = serverPrograms();
  if ('missing' in programs) throw new Error(programs.missing);
  const { bin, runAs } = programs;
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  if (runAs) chownSync(options.folder, runAs.uid, runAs.gid);
  const secret = path.join(options.folder, 'password');
  writeFileSync(secret, options.password, { mode: 0o600 });
  if (runAs) chownSync(secret, runAs.uid, runAs.gid);

  const data = path.join(options.folder, 'data');
  await initialise(
    path.join(bin, 'initdb'),
    [
      `--pgdata=${data}`,
      `--username=${ADMIN}`,
      `--pwfile=${secret}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
      '--no-instructions',
    ],
    { cwd: options.folder, ...runAs },
  );
  const child = spawn(
    path.join(bin, 'postgres'),
    ['-D', data, '-p', String(options.port), ...SETTINGS],
    // Its own group: Ctrl-C in the terminal must not stop the database before the agent.
    { cwd: options.folder, ...runAs, stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  options.adopt(child);
  await ready(child);
  const admin = { user: ADMIN, password: options.password, database: WAREHOUSE };
  await createDatabase(options.port, admin);
  return { child, dataFolder: data, port: options.port, admin };
}

const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  // Invented data that is thrown away: nothing is worth a disk's wait.
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'max_wal_size=2GB',
  'shared_buffers=64MB',
  'password_encryption=scram-sha-256',
  'log_statement=none',
].flatMap((setting) => ['-c', setting]);

function initialise(
  file: string,
  args: string[],
  how: { cwd: string; uid?: number; gid?: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...how, stdio: ['ignore', 'ignore', 'pipe'] });
    let says = '';
    child.stderr.on('data', (chunk: Buffer) => (says += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`initdb failed: ${says.trim()}`)),
    );
  });
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let tail = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      tail = (tail + chunk.toString()).slice(-4000);
      if (tail.includes('database system is ready to accept connections')) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`PostgreSQL stopped at start: ${tail.trim()}`)));
  });
}

async function createDatabase(port: number, admin: Cluster['admin']): Promise<void> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: admin.user,
    password: admin.password,
    database: 'postgres',
  });
  await client.connect();
  try {
    await client.query(`create database ${WAREHOUSE}`);
    await client.query(`revoke all on database ${WAREHOUSE} from public`);
  } finally {
    await client.end();
  }
}
