/**
 * A real agent in a process of its own, through zone.yml, the signed zone API and git over HTTP, killed
 * by SIGKILL at a step. In-process faults (faults.test.ts) cover every step; these show that nothing
 * depends on an exception being seen.
 */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { KILL_POINTS } from '../../agent/runner/checkpoint.ts';
import { newKeyPair, writePrivateKey } from '../../src/lib/keys.ts';
import type { Task } from '../../src/protocol/messages.ts';
import { gitUpstream, type GitUpstream } from '../support/git-upstream.ts';
import { aGovernance, governanceFiles, PEOPLE, REPOSITORY } from '../support/governance.ts';
import { zoneApi, type ZoneApi } from '../support/zone-api.ts';

const SOME = [
  'prepare.export:after',
  'execute.intent:after',
  'execute.start:after',
  'finalize.store:after',
  'switch.manifest:after',
  'finalize.metadata:after',
  'clean.work:before',
];
/** Not passed by one container job on dummy data that succeeds. */
const NOT_HERE = /^(derive\.(reusable|look)|again|cancel|finalize\.failed-outputs)/;
const POINTS =
  process.env['SALLYPORT_TEST_SEEDS'] === 'many'
    ? KILL_POINTS.filter((point) => !NOT_HERE.test(point))
    : SOME;

let root: string;
let bundle: string;
let upstream: GitUpstream;
const hubKey = newKeyPair();
const agentKey = newKeyPair();
let governanceCommit: string;

beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'sallyport-kill-'));
  // Inside the checkout, so that packages are found.
  const cache = new URL('../../node_modules/.cache/', import.meta.url).pathname;
  mkdirSync(cache, { recursive: true });
  bundle = path.join(cache, `sallyport-agent-${process.pid}.mjs`);
  await build({
    entryPoints: [new URL('../support/agent-child.ts', import.meta.url).pathname],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    packages: 'external',
  });
  upstream = await gitUpstream();
  const files = governanceFiles();
  files.set(
    'backends.yml',
    (files.get('backends.yml') ?? '').replace(
      /id: rehearsal-1, key: '[^']+'/,
      `id: rehearsal-1, key: '${agentKey.publicText}'`,
    ),
  );
  // The child has the real clock.
  const lasting = [...files].map(([file, text]): [string, string] => [
    file,
    text.replace(/(until|expires): \d{4}-\d\d-\d\d/g, '$1: 2099-12-31'),
  ]);
  aGovernance(new Map(lasting));
  governanceCommit = upstream.repository('northshire-research/governance', Object.fromEntries(lasting));
});

afterAll(async () => {
  await upstream.close();
  rmSync(root, { recursive: true, force: true });
  rmSync(bundle, { force: true });
});

let zone: Zone;
afterEach(() => zone.close());

interface Zone {
  dir: string;
  api: ZoneApi;
  ran: string;
  task: Task & { type: 'run' };
  start(killAt?: string): ChildProcess;
  close(): Promise<void>;
}

let count = 0;

async function aZone(): Promise<Zone> {
  const dir = mkdtempSync(path.join(root, 'zone-'));
  const ran = path.join(dir, 'ran');
  const name = `study${(count += 1)}`;
  const commit = upstream.repository(`northshire-research/${name}`, {
    'project.yaml': `version: 5
actions:
  count:
    run: python:v2 count.mjs
    outputs: {moderately_sensitive: {table: output/table.csv}}
`,
    'count.mjs': `import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
appendFileSync(${JSON.stringify(ran)}, 'x');
mkdirSync('output');
writeFileSync('output/table.csv', 'a,b\\n1,2\\n');
console.log('counted');`,
  });
  const api = await zoneApi({
    agent: 'rehearsal-1',
    backend: 'rehearsal',
    agentKey: agentKey.publicKey,
    hubKey,
  });
  writePrivateKey(path.join(dir, 'agent.pem'), agentKey);
  writeFileSync(
    path.join(dir, 'zone.yml'),
    `governance: {repository: 9001, owner: northshire-research, name: governance, commit: ${governanceCommit}}
hub: {url: '${api.origin}', key: '${hubKey.publicText}'}
proxy: {url: '${upstream.origin}'}
agent: {id: rehearsal-1, key_file: agent.pem, state_dir: state}
backend: rehearsal
data: dummy
demo: true
executor: process
commands: {python: ['${process.execPath}']}
`,
  );
  const children: ChildProcess[] = [];
  return {
    dir,
    api,
    ran,
    task: {
      type: 'run',
      id: 'task000000000001',
      job: 'job0000000000001',
      request: 'request000000001',
      repository: { id: REPOSITORY, owner: 'northshire-research', name },
      branch: 'main',
      commit,
      action: 'count',
      workspace: 'study-main',
      requestedBy: PEOPLE.lead,
    },
    start(killAt) {
      const child = spawn(process.execPath, [bundle, path.join(dir, 'zone.yml')], {
        env: { PATH: process.env['PATH'], ...(killAt ? { SALLYPORT_KILL_AT: killAt } : {}) },
        stdio: ['ignore', 'ignore', process.env['SALLYPORT_TEST_LOG'] ? 'inherit' : 'ignore'],
      });
      children.push(child);
      return child;
    },
    async close() {
      await Promise.all(children.map(ended));
      await api.close();
    },
  };
}

async function ended(child: ChildProcess): Promise<NodeJS.Signals | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('exit', resolve));
  }
  return child.signalCode;
}

test.each(POINTS)('killed at %s, the next process brings the job to its end, once', async (point) => {
  zone = await aZone();
  zone.api.give(zone.task);
  const first = zone.start(point);
  await new Promise((resolve) => first.once('exit', resolve));
  expect([point, first.signalCode]).toEqual([point, 'SIGKILL']);

  const second = zone.start();
  const end = await zone.api.end(zone.task.id);

  expect(end).toMatchObject({ state: 'succeeded', outputsMissing: false });
  expect(readFileSync(zone.ran, 'utf8')).toBe('x');
  const workspace = path.join(zone.dir, 'state/workspaces/study-main');
  expect(readFileSync(path.join(workspace, 'medium/output/table.csv'), 'utf8')).toBe('a,b\n1,2\n');
  const history = readFileSync(path.join(workspace, 'medium/metadata/history.jsonl'), 'utf8');
  expect(history.trim().split('\n')).toHaveLength(1);
  while (readdirSync(path.join(zone.dir, 'state/active')).length > 0)
    await new Promise((go) => setTimeout(go, 5));
  expect(existsSync(path.join(zone.dir, 'state/jobs/job0000000000001/task000000000001/work'))).toBe(false);
  expect(await ended(second)).toBeNull();
});

test('a second agent on the same folder is refused', async () => {
  zone = await aZone();
  const first = zone.start();
  while (!existsSync(path.join(zone.dir, 'state/active'))) await new Promise((go) => setTimeout(go, 5));

  const second = zone.start();
  await new Promise((resolve) => second.once('exit', resolve));

  expect(second.exitCode).toBe(1);
  await ended(first);
});

test('a running agent listens on nothing, and every connection of it leads to the hub or the proxy', async () => {
  zone = await aZone();
  zone.api.give(zone.task);
  const agent = zone.start();
  await zone.api.end(zone.task.id);

  const known = [zone.api.origin, upstream.origin].map((origin) => Number(new URL(origin).port));
  // Between two polls there may be no connection.
  let { listening, remotes } = socketsOf(agent.pid!);
  while (!remotes.includes(known[0]!)) {
    await new Promise((go) => setTimeout(go, 5));
    ({ listening, remotes } = socketsOf(agent.pid!));
  }

  expect(listening).toEqual([]);
  expect(remotes.filter((port) => !known.includes(port))).toEqual([]);
  await ended(agent);
});

/** Ports of a process by /proc: where it listens, TCP and UDP, and what its connections lead to. */
function socketsOf(pid: number): { listening: number[]; remotes: number[] } {
  const folder = `/proc/${pid}/fd`;
  const own = new Set(
    readdirSync(folder).flatMap((fd) => /^socket:\[(\d+)\]$/.exec(linkOf(path.join(folder, fd)))?.[1] ?? []),
  );
  const rows = ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((name) =>
    readFileSync(`/proc/${pid}/net/${name}`, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((cells) => own.has(cells[9] ?? ''))
      .map((cells) => ({ connected: /[^0:]/.test(cells[2] ?? ''), local: cells[1], remote: cells[2] })),
  );
  const port = (address = ''): number => parseInt(address.split(':')[1] ?? '', 16);
  return {
    listening: rows.filter(({ connected }) => !connected).map(({ local }) => port(local)),
    remotes: rows.filter(({ connected }) => connected).map(({ remote }) => port(remote)),
  };
}

/** A descriptor may be closed between two looks. */
function linkOf(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}
