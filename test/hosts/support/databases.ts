/** The two PostgreSQL servers: the hub's on the public host, and the zone's with the data and the airlock's tables. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import type { Children } from '../../../src/sandbox/demo/children.ts';
import { loadWarehouse } from '../../../src/sandbox/demo/database/load.ts';
import { TABLE_NAMES } from '../../../src/sandbox/demo/database/tables.ts';
import { makeWarehouse } from '../../../src/sandbox/demo/database/warehouse.ts';
import { packageRoot } from '../../../src/sandbox/demo/places.ts';
import { postgresBin } from '../../support/require.ts';

const SEED = 2026;
/** Enough for every table of the study to have counts to round. */
const PUPILS = 5_000;
const SUPER = 'postgres';
export const WAREHOUSE = 'warehouse';
export const PASSWORD = 'a-password-of-the-test';

export interface Server {
  start(children: Children, on: (...words: string[]) => [string, string[]]): Promise<void>;
  /** As the superuser, over the socket file: a namespace does not keep files apart. */
  as<T>(database: string, work: (client: pg.Client) => Promise<T>): Promise<T>;
}

/** Two servers made from one `initdb`, which takes most of a second. */
export function makeServers(root: string): { hub: Server; zone: Server } {
  const first = path.join(root, 'postgres-hub');
  const second = path.join(root, 'postgres-zone');
  mkdirSync(first, { recursive: true, mode: 0o755 });
  writeFileSync(path.join(first, 'password'), PASSWORD);
  spawn('chown', '-R', 'postgres', first);
  const data = path.join(first, 'data');
  const options = `-U ${SUPER} -A scram-sha-256 --pwfile=${first}/password --no-sync -E UTF8 --locale=C.UTF-8`;
  spawn('setpriv', ...AS_POSTGRES, 'sh', '-c', `${postgresBin()}/initdb -D ${data} ${options}`);
  cpSync(first, second, { recursive: true });
  // Callers from other hosts of the zone: agent, its doors, the airlock.
  appendFileSync(path.join(second, 'data/pg_hba.conf'), 'host all all 10.1.0.0/16 scram-sha-256\n');
  spawn('chown', '-R', 'postgres', second);
  spawn('chmod', '-R', 'go-rwx', path.join(second, 'data'));
  return { hub: server(first, '127.0.0.1'), zone: server(second, '*') };
}

const AS_POSTGRES = ['--reuid=postgres', '--regid=postgres', '--init-groups'];

function spawn(command: string, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    cwd: '/',
    timeout: 60_000,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`);
}

function server(folder: string, listen: string): Server {
  const settings = [
    `listen_addresses=${listen}`,
    `unix_socket_directories=${folder}`,
    'fsync=off',
    'synchronous_commit=off',
    'full_page_writes=off',
    'max_connections=60',
    'shared_buffers=32MB',
  ].flatMap((setting) => ['-c', setting]);
  return {
    async start(children, on) {
      const program = `${postgresBin()}/postgres`;
      const words = ['setpriv', ...AS_POSTGRES, program, '-D', path.join(folder, 'data'), ...settings];
      const [file, args] = on(...words);
      const name = path.basename(folder);
      await children.start({ name, file, args, cwd: folder, ready: /ready to accept connections/ });
    },
    async as(database, work) {
      const client = new pg.Client({ host: folder, user: SUPER, password: PASSWORD, database });
      await client.connect();
      try {
        return await work(client);
      } finally {
        await client.end();
      }
    },
  };
}

/** A database and the role that owns it, as docs/install says for hub and airlock. */
export async function makeOwned(at: Server, name: string): Promise<void> {
  await at.as(SUPER, async (client) => {
    await client.query(`create role ${name} login password '${PASSWORD}'`);
    await client.query(`create database ${name} owner ${name}`);
    await client.query(`revoke all on database ${name} from public`);
  });
}

/** The data, and the account that docs/install/agent.md has an administrator make, by the very commands of that page. */
export async function makeWarehouseIn(at: Server, name: string): Promise<void> {
  await at.as(SUPER, async (client) => {
    await client.query(`create database ${name}`);
    for (const database of ['postgres', 'template1', name])
      await client.query(`revoke all on database ${database} from public`);
  });
  await at.as(name, async (client) => {
    await loadWarehouse(client, makeWarehouse(SEED, PUPILS));
    for (const commands of commandsOfThePage(name)) await client.query(commands);
  });
}

function commandsOfThePage(name: string): string[] {
  const page = readFileSync(path.join(packageRoot, 'docs/install/agent.md'), 'utf8');
  const tables = TABLE_NAMES.map((table) => `public.${table}`).join(', ');
  const commands = [...page.matchAll(/^```sql\n(.*?)^```$/gms)].map(([, text = '']) =>
    text
      .replaceAll('database warehouse', `database ${name}`)
      .replaceAll('public.results, public.absence, public.sessions', tables)
      .replaceAll("'…'", `'${PASSWORD}'`),
  );
  if (commands.length !== 2) throw new Error('docs/install/agent.md makes the account otherwise');
  return commands;
}
