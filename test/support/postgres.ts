/**
 * A PostgreSQL server for tests: one per jest run, on a socket and a free port of loopback.
 *
 * It has no owner among the workers, which come and go: a shell beside it waits until jest has ended,
 * then stops the server and removes its folder.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { postgresBin } from './places.ts';
import { freePort } from '../../src/sandbox/demo/ports.ts';

export interface TestPostgres {
  port: number;
  /** Address of the superuser's maintenance database. */
  adminUrl: string;
  /** Empty, or a copy of one that is prepared by whoever first wants it. */
  createDatabase(of?: PreparedDatabase): Promise<{ url: string; remove(): Promise<void> }>;
}

export interface PreparedDatabase {
  /** [a-z0-9_]+ */
  name: string;
  prepare(url: string): Promise<void>;
}

export interface ServerOptions {
  /** False for tests; a benchmark of durable writes wants it. */
  fsync?: boolean;
  /** The server lives as long as this process; jest itself unless told otherwise. */
  owner?: number;
  /** [a-z]+: of a second server, as another machine has it; its superuser is called so. */
  name?: string;
}

const USER = 'sallyport';
const PASSWORD = 'sallyport-test';
let made = 0;

export async function testPostgres(options: ServerOptions = {}): Promise<TestPostgres> {
  const owner = options.owner ?? jestProcess();
  const folder = join(
    tmpdir(),
    `sallyport-test-pg-${owner}${options.fsync ? '-fsync' : ''}${options.name ? `-${options.name}` : ''}`,
  );
  const user = options.name ?? USER;
  try {
    mkdirSync(folder, { mode: 0o755 });
  } catch {
    return server(await startedByAnother(folder), user);
  }
  const port = await freePort();
  start(folder, port, owner, { user, fsync: options.fsync ?? false });
  writeFileSync(join(folder, 'port'), String(port));
  return server(port, user);
}

/** A worker's parent is jest; with --runInBand this process is jest itself. */
function jestProcess(): number {
  return process.env['JEST_WORKER_ID'] && process.send ? process.ppid : process.pid;
}

async function startedByAnother(folder: string): Promise<number> {
  const file = join(folder, 'port');
  for (let tries = 0; tries < 2_000; tries++) {
    if (existsSync(file)) {
      const port = Number(readFileSync(file, 'utf8'));
      if (port > 0) return port;
    }
    await wait(50);
  }
  throw new Error(`PostgreSQL did not start in ${folder}`);
}

function start(
  folder: string,
  port: number,
  owner: number,
  { user, fsync }: { user: string; fsync: boolean },
): void {
  const bin = postgresBin();
  if (!bin) throw new Error('PostgreSQL server programs are not installed');
  const data = join(folder, 'data');
  const password = join(folder, 'password');
  writeFileSync(password, PASSWORD, { mode: 0o644 });
  if (process.getuid?.() === 0) run('chown', ['postgres', folder]);
  asServer(
    `${bin}/initdb -D ${data} -U ${user} -A scram-sha-256 --pwfile=${password} --no-sync -E UTF8 --locale=C.UTF-8`,
  );
  const settings = [
    `-p ${port}`,
    '-h 127.0.0.1',
    `-k ${folder}`,
    '-c max_connections=100',
    ...(fsync ? [] : ['-c fsync=off', '-c synchronous_commit=off', '-c full_page_writes=off']),
  ].join(' ');
  asServer(`${bin}/pg_ctl -D ${data} -w -l ${folder}/log -o "${settings}" start`);
  // SIGQUIT: an immediate stop, nothing of it is kept.
  const watch = `while kill -0 ${owner} 2>/dev/null; do sleep 1; done; kill -QUIT $(head -n 1 ${data}/postmaster.pid); sleep 1; rm -rf ${folder}`;
  spawn('sh', ['-c', watch], { detached: true, stdio: 'ignore' }).unref();
}

/** PostgreSQL refuses to run as root. */
function serverCommand(script: string): [string, string[]] {
  return process.getuid?.() === 0
    ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--init-groups', 'sh', '-c', script]]
    : ['sh', ['-c', script]];
}

function asServer(script: string): void {
  const [command, args] = serverCommand(script);
  run(command, args);
}

function run(command: string, args: string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    cwd: '/',
    timeout: 60_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`);
}

function server(port: number, user: string): TestPostgres {
  const at = (database: string): string => `postgres://${user}:${PASSWORD}@127.0.0.1:${port}/${database}`;
  const admin = async <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = new pg.Client(at('postgres'));
    await client.connect();
    return work(client).finally(() => client.end());
  };
  return {
    port,
    adminUrl: at('postgres'),
    async createDatabase(of) {
      const database = `test_${process.pid}_${Date.now().toString(36)}_${made++}`;
      await admin(async (client) => {
        if (of) await prepared(client, of, at);
        // Copying files is quick where nothing is made durable.
        const like = of ? ` template ${of.name} strategy file_copy` : '';
        await client.query(`create database ${database}${like}`);
      });
      return {
        url: at(database),
        remove: () =>
          admin(async (client) => void (await client.query(`drop database ${database} with (force)`))),
      };
    },
  };
}

/** One worker prepares, the others wait for it: the lock ends with the connection. */
async function prepared(
  client: pg.Client,
  { name, prepare }: PreparedDatabase,
  at: (database: string) => string,
): Promise<void> {
  await client.query('select pg_advisory_lock(1)');
  const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
  if (rowCount) return;
  const half = `half_${name}`;
  await client.query(`drop database if exists ${half} with (force)`);
  await client.query(`create database ${half}`);
  await prepare(at(half));
  await client.query(`alter database ${half} rename to ${name}`);
}
