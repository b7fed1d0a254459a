import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { createSocket, type Socket } from 'node:dgram';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { database, type Database, type JobDatabase } from '../../agent/database/database.ts';
import type { Executor } from '../../agent/executor/executor.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { broken } from '../executor/benchmark.ts';
import { appears, jobSpec } from '../executor/contract.ts';
import { docker, dockerHarness, type DockerHarness } from '../executor/docker-harness.ts';
import { inside } from '../executor/inside.ts';
import { PROGRAMS } from '../executor/programs.ts';
import { requires } from '../support/require.ts';
import { DATASETS, schools, type Schools } from './schools.ts';
import { freePort } from '../../src/sandbox/demo/ports.ts';

const { describe, test } = requires('docker', 'postgres');

/** Speaks SQL with the job's own account, as a study's script would. */
const CLIENT = `
  import pg from 'pg';
  import { writeFileSync } from 'node:fs';
  const client = new pg.Client(process.env.DATABASE_URL);
  const answers = [];
  await client.connect();
  for (const sql of JSON.parse(process.env.QUERIES)) {
    try { answers.push((await client.query(sql)).rows) } catch (error) { answers.push(error.code) }
  }
  await client.end();
  writeFileSync('/workspace/told.json', JSON.stringify(answers));
`;

describe('a job with a database', () => {
  let harness: DockerHarness;
  let executor: Executor;
  let db: Schools;
  let access: Database;
  let client: string;
  const root = mkdtempSync(path.join(tmpdir(), 'sallyport-database-'));
  chmodSync(root, 0o755);

  const open = () =>
    database({
      owner: harness.owner,
      stateDir: harness.stateDir,
      host: db.host,
      port: db.port,
      datasets: DATASETS,
      access: { kind: 'roles', database: db.database, admin: db.admin },
      clock: systemClock,
    });

  beforeAll(async () => {
    [harness, db] = await Promise.all([dockerHarness(), schools()]);
    executor = harness.open();
    access = open();
    const built = buildSync({
      stdin: { contents: CLIENT, resolveDir: process.cwd() },
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['pg-native'],
      banner: { js: `import { createRequire } from 'node:module'; const require = createRequire('/');` },
      write: false,
    });
    client = built.outputFiles[0]?.text ?? '';
  });
  afterEach(async () => {
    for (const { id } of await executor.list()) await executor.remove(id);
    await access.sweep(new Set());
  });
  afterAll(async () => {
    await harness.close();
    await db.remove();
    rmSync(root, { recursive: true, force: true });
  });

  async function granted(datasets: string[], id = randomIds.id()): Promise<JobDatabase & { id: string }> {
    const answer = await access.open(id, { datasets, limits: { timeMs: 60_000 } });
    if (isRefusal(answer)) throw new Error(JSON.stringify(answer));
    return { ...answer, id };
  }

  async function ask(given: JobDatabase & { id: string }, queries: string[]): Promise<unknown[]> {
    const over = { id: given.id, network: given.network };
    const job = jobSpec(root, harness.image, ['/workspace/client.mjs'], {
      ...over,
      environment: { ...given.environment, QUERIES: JSON.stringify(queries) },
    });
    writeFileSync(path.join(job.workDir, 'client.mjs'), client);
    await executor.create(job);
    expect(await executor.start(job.id)).toBeUndefined();
    const exit = await executor.wait(job.id, AbortSignal.timeout(100_000));
    if (exit.code !== 0) throw new Error(await executor.log(job.id));
    return JSON.parse(readFileSync(path.join(job.workDir, 'told.json'), 'utf8')) as unknown[];
  }

  test('reads its datasets through the relay, and SQL that names another table fails', async () => {
    const given = await granted(['pupils']);

    const answers = await ask(given, [
      'select name from pupils.pupil',
      'select * from results.score',
      'select * from pupils.address',
    ]);

    expect(answers).toEqual([[{ name: 'A' }], '42501', '42501']);
  });

  test('prepared again after a crash, it gets the same address and is let in with it', async () => {
    const before = await granted(['results']);
    access = open();
    const again = await granted(['results'], before.id);

    expect(again).toEqual(before);
    expect(await ask(again, ['select points from results.score'])).toEqual([[{ points: 42 }]]);
  });

  test('keeps its connection when the agent is started anew', async () => {
    const given = await granted(['results']);
    const other = await granted(['pupils']);

    access = open();
    await access.sweep(new Set([given.id]));

    expect(await ask(given, ['select points from results.score'])).toEqual([[{ points: 42 }]]);
    const left = docker('ps', '-aq', '--filter', `label=sallyport.job=${other.id}`);
    expect(left).toBe('');
  });

  test('finds only lo, no route, no name server that answers, and no other open port', async () => {
    const given = await granted(['pupils']);

    const { told } = await inside<{
      interfaces: string[];
      routes: string[];
      name: string;
      ports: number[];
    }>(
      executor,
      { root, image: harness.image },
      `const ports = ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((kind) => fs.readFileSync('/proc/net/' + kind, 'utf8')
         .trim().split('\\n').slice(1).map((line) => line.trim().split(/\\s+/))
         .filter((fields) => kind.startsWith('udp') || fields[3] === '0A')
         .map((fields) => parseInt(fields[1].split(':')[1], 16)));
       const name = await require('dns/promises').lookup('example.org').then(() => 'answered', (e) => e.code);
       const routes = fs.readFileSync('/proc/net/route', 'utf8').trim().split('\\n').slice(1);
       tell({ interfaces: Object.keys(os.networkInterfaces()), routes, name, ports })`,
      { id: given.id, network: given.network },
    );

    expect(told.interfaces).toEqual(['lo']);
    expect(told.routes).toEqual([]);
    expect(told.name).toMatch(/^(EAI_AGAIN|ENOTFOUND)$/);
    expect(told.ports).toEqual([db.port]);
  });

  test('reaches neither the host on any address nor a neighbour, by TCP, UDP or ICMP', async () => {
    const world = await listenEverywhere();
    const neighbour = await granted(['results']);
    const beside = jobSpec(
      root,
      harness.image,
      [
        '-e',
        `require('net').createServer().listen(7777, '0.0.0.0', () => require('fs').writeFileSync('/workspace/ready', '')); ${PROGRAMS.wait}`,
      ],
      { id: neighbour.id, network: neighbour.network },
    );
    await executor.create(beside);
    await executor.start(beside.id);
    await appears(path.join(beside.workDir, 'ready'));
    const given = await granted(['pupils']);

    const { told } = await inside<{ tcp: Record<string, string>; udp: string[]; icmp: string; raw: string }>(
      executor,
      { root, image: harness.image },
      `const tcp = {};
       for (const [host, port] of ${JSON.stringify(world.targets)}) tcp[host + ' ' + port] = await connect(host, port);
       const udp = await Promise.all(${JSON.stringify(world.addresses)}.map((host) => new Promise((resolve) => {
         const socket = require('dgram').createSocket(host.includes(':') ? 'udp6' : 'udp4');
         socket.send('secret', ${world.udpPort}, host, (error) => { socket.close(); resolve(error?.code ?? 'sent') });
       })));
       const perl = (code) => spawnSync('/usr/bin/perl', ['-e', code]).stdout?.toString() ?? 'no perl';
       const raw = perl('print socket(S, 2, 3, 1) ? "opened" : "refused"');
       const icmp = perl('socket(S, 2, 2, 1) or (print("refused"), exit); print send(S, pack("CCnnn", 8, 0, 63487, 0, 0), 0, pack("SnC4x8", 2, 0, 172, 17, 0, 1)) ? "sent" : "unreachable"');
       tell({ tcp, udp, raw, icmp })`,
      { id: given.id, network: given.network },
    );

    // What the job cannot reach is there: the host itself does reach it.
    expect(await reaches(...(world.targets[0] ?? ['', 0]))).toBe(true);
    await world.close();
    expect(Object.values(told.tcp)).not.toContain('connected');
    expect(Object.keys(told.tcp).length).toBeGreaterThan(4);
    expect(told.udp).not.toContain('sent');
    expect(world.received()).toBe(0);
    expect(told.raw).not.toBe('opened');
    expect(told.icmp).not.toBe('sent');
  });

  test('has nothing of the relay in sight: neither its processes nor its socket file', async () => {
    const given = await granted(['pupils']);

    const { told } = await inside<{ door: unknown; processes: string[] }>(
      executor,
      { root, image: harness.image },
      `const processes = fs.readdirSync('/proc').filter((n) => /^[0-9]+$/.test(n))
         .map((n) => fs.readFileSync('/proc/' + n + '/cmdline', 'utf8').split('\\0')[1] ?? '');
       tell({ door: attempt(() => fs.readdirSync('/door')), processes })`,
      { id: given.id, network: given.network },
    );

    expect(told.door).toEqual({ code: 'ENOENT' });
    expect(told.processes.join(' ')).not.toContain('relay');
  });

  test('is by the container benchmark what a job without one is, and so are relay and door but for where they stand', async () => {
    const given = await granted(['pupils']);
    const job = jobSpec(root, harness.image, ['-e', PROGRAMS.wait], given);
    await executor.create(job);
    await executor.start(job.id);
    await appears(path.join(job.workDir, 'ready'));

    const name = `sallyport-${given.id}`;
    const relay = docker('inspect', '--format', '{{.Id}}', `${name}-relay`);
    expect(broken(name, { network: `container:${relay}`, mount: '/workspace' })).toEqual([]);
    expect(broken(`${name}-relay`, { network: 'none', mount: '/door' })).toEqual([]);
    // The one of ours that stands in the host's network: no program of a study runs in it.
    expect(broken(`${name}-door`, { network: 'host', mount: '/door' })).toEqual([]);
  });

  test('leaves no role, no container and no file behind', async () => {
    const given = await granted(['pupils']);
    await ask(given, ['select 1']);
    await executor.remove(given.id);

    await access.close(given.id);
    await access.close(given.id);

    expect(docker('ps', '-aq', '--filter', `label=sallyport.owner=${harness.owner}`)).toBe('');
    // The server is shared by all suites: another's job may have a role of its own.
    expect((await db.run(`select 1 from pg_roles where rolname like '%${given.id}'`)).rowCount).toBe(0);
  });

  test('is refused without a dataset, and when the database does not answer', async () => {
    const limits = { timeMs: 1000 };
    expect(await access.open(randomIds.id(), { datasets: [], limits })).toMatchObject({
      code: 'database.no-dataset-granted',
    });
    expect(await access.open(randomIds.id(), { datasets: ['of-another-zone'], limits })).toMatchObject({
      code: 'database.no-dataset-granted',
    });

    const nobody = database({
      owner: harness.owner,
      stateDir: harness.stateDir,
      host: '127.0.0.1',
      port: await freePort(),
      datasets: DATASETS,
      access: { kind: 'roles', database: 'x', admin: { user: 'x', password: 'x' } },
      clock: systemClock,
    });

    expect(await nobody.open(randomIds.id(), { datasets: ['pupils'], limits })).toMatchObject({
      code: 'database.unavailable',
    });
    expect(docker('ps', '-aq', '--filter', `label=sallyport.owner=${harness.owner}`)).toBe('');
  });

  test('where the database makes no roles, the account of exactly these datasets serves', async () => {
    const account = { database: db.database, ...db.admin };
    const fixed = database({
      owner: harness.owner,
      stateDir: harness.stateDir,
      host: db.host,
      port: db.port,
      datasets: DATASETS,
      access: { kind: 'accounts', accounts: [{ ...account, datasets: ['results', 'pupils'] }] },
      clock: systemClock,
    });
    const limits = { timeMs: 1000 };

    const served = await fixed.open(randomIds.id(), { datasets: ['pupils', 'results'], limits });
    const fewer = await fixed.open(randomIds.id(), { datasets: ['pupils'], limits });

    expect(served).toMatchObject({
      environment: { DATABASE_URL: expect.stringContaining(`127.0.0.1:${db.port}`) },
    });
    expect(fewer).toMatchObject({ code: 'database.no-account' });
  });

  test('a server whose name nobody knows is a database that cannot be had', async () => {
    const named = database({
      owner: harness.owner,
      stateDir: harness.stateDir,
      host: 'nobody.invalid',
      port: db.port,
      datasets: DATASETS,
      access: {
        kind: 'accounts',
        accounts: [{ datasets: ['pupils'], database: 'x', user: 'x', password: 'x' }],
      },
      clock: systemClock,
    });

    const answer = await named.open(randomIds.id(), { datasets: ['pupils'], limits: { timeMs: 1000 } });

    expect(answer).toMatchObject({ code: 'database.unavailable' });
  });
});

interface World {
  /** Every address of the host and every port on which something listens. */
  targets: [string, number][];
  addresses: string[];
  udpPort: number;
  received(): number;
  close(): Promise<void>;
}

async function listenEverywhere(): Promise<World> {
  const servers = await Promise.all(['0.0.0.0', '::'].map((host) => listening(host)));
  const { socket, port: udpPort, received } = await udp();
  const own = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map((one) => one.address));
  const addresses = [...new Set([...own, '172.17.0.1', '169.254.169.254'])].filter(
    (address) => address !== '127.0.0.1' && address !== '::1' && !address.startsWith('fe80'),
  );
  const ports = [...servers.map((server) => portOf(server)), 22, 2375];
  const outside = addresses.flatMap((host) => ports.map((port): [string, number] => [host, port]));
  return {
    targets: [...outside, ...ports.map((port): [string, number] => ['127.0.0.1', port]), ['127.0.0.1', 7777]],
    addresses,
    udpPort,
    received,
    async close() {
      for (const server of servers) await new Promise((resolve) => server.close(resolve));
      socket.close();
    },
  };
}

function listening(host: string): Promise<Server> {
  const server = createServer((socket) => socket.end());
  return new Promise((resolve) => server.listen(0, host, () => resolve(server)));
}

function reaches(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.on('connect', () => resolve(Boolean(socket.end())));
    socket.on('error', () => resolve(false));
  });
}

const portOf = (server: Server): number => {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
};

async function udp(): Promise<{ socket: Socket; port: number; received: () => number }> {
  const socket = createSocket('udp4');
  let count = 0;
  socket.on('message', () => (count += 1));
  await new Promise<void>((resolve) => socket.bind(0, '0.0.0.0', resolve));
  return { socket, port: socket.address().port, received: () => count };
}
