/** An agent with the real engine: what a program sees of its inputs, and how fast it can be stopped. */
import { afterAll, afterEach, beforeAll, expect, jest } from '@jest/globals';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dockerExecutor } from '../../agent/executor/docker.ts';
import type { Executor } from '../../agent/executor/executor.ts';
import { rowsImage } from '../../agent/images/dummy-rows/image.ts';
import { buildNodeImage } from '../../agent/images/node-image.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { publish } from '../../src/tables/tables.ts';
import type { RunTask } from '../../src/protocol/messages.ts';
import { aGovernance, edited } from '../support/governance.ts';
import { INVENTED } from '../support/laptop.ts';
import { requires } from '../support/require.ts';
import { aWorld, closeUpstream, type TestAgent, type World } from '../support/zone-world.ts';
import { COUNTY } from '../tables/county.ts';

const FILES = {
  'project.yaml': `version: 5
actions:
  make:
    run: local:v1 make.mjs
    outputs: {highly_sensitive: {rows: out/rows.csv}}
  attack:
    run: local:v1 attack.mjs
    needs: [make]
    outputs: {highly_sensitive: {report: report.json}}
  slow:
    run: local:v1 slow.mjs
    outputs: {highly_sensitive: {never: never.csv}}
  leave:
    run: local:v1 leave.mjs
    outputs: {highly_sensitive: {left: left/*.csv}}
  extract:
    run: sqlrunner:v1 --output out/extract.csv extract.sql
    outputs: {highly_sensitive: {extract: out/extract.csv}}
`,
  'extract.sql': 'select * from pupils order by pupil_id;\n',
  'make.mjs': `import { mkdirSync, writeFileSync } from 'node:fs';
mkdirSync('out'); writeFileSync('out/rows.csv', 'the truth'); console.log('made');`,
  'attack.mjs': `import * as fs from 'node:fs';
const tries = {
  write: () => fs.writeFileSync('out/rows.csv', 'lie'),
  append: () => fs.appendFileSync('out/rows.csv', 'lie'),
  chmod: () => fs.chmodSync('out/rows.csv', 0o777),
  truncate: () => fs.truncateSync('out/rows.csv', 0),
  times: () => fs.utimesSync('out/rows.csv', 1, 1),
  replace: () => { fs.renameSync('out/rows.csv', 'out/old.csv'); fs.writeFileSync('out/rows.csv', 'lie'); },
};
const report = {};
for (const [name, attempt] of Object.entries(tries)) { try { attempt(); report[name] = 'done'; } catch (error) { report[name] = error.code; } }
fs.writeFileSync('report.json', JSON.stringify(report));`,
  'leave.mjs': `import * as fs from 'node:fs';
import net from 'node:net';
import { spawnSync } from 'node:child_process';
fs.mkdirSync('left/deep', { recursive: true });
const at = (name) => 'left/' + name + '.csv';
fs.writeFileSync(at('good'), 'good');
fs.symlinkSync('/etc/passwd', at('link'));
fs.symlinkSync('../../../../../../etc', 'left/out');
fs.symlinkSync('.', 'left/round');
fs.writeFileSync('elsewhere', 'x'); fs.linkSync('elsewhere', at('named-twice'));
fs.writeFileSync(at('line\\nbreak'), 'x'); fs.writeFileSync(at('\\u001b[31mred'), 'x'); fs.writeFileSync(at('turned\\u202e'), 'x');
fs.writeFileSync(Buffer.concat([Buffer.from('left/bytes'), Buffer.from([0xff, 0xfe]), Buffer.from('.csv')]), 'x');
fs.writeFileSync('left/' + 'n'.repeat(251) + '.csv', 'x'); fs.writeFileSync('left/' + 'k'.repeat(226) + '.csv', 'x');
const calls = { fifo: [133, 0o010644, 0], device: [133, 0o020666, 259], socket: [133, 0o140644, 0] };
for (const [name, [call, mode, number]] of Object.entries(calls))
  spawnSync('/usr/bin/perl', ['-e', 'my $name = "left/' + name + '.csv"; syscall(' + call + ', $name, ' + mode + ', ' + number + ')']);
fs.writeFileSync(at('closed'), 'x'); fs.chmodSync(at('closed'), 0);
fs.writeFileSync('left/deep/below.csv', 'x'); fs.chmodSync('left/deep', 0);
const server = net.createServer().listen('left/listening.csv', () => process.exit(0));`,
  'slow.mjs': `process.on('SIGTERM', () => console.log('slow was asked'));
console.log('slow started'); setInterval(() => {}, 1000);`,
};

const docker = requires('docker', 'root');
let world: World;
let agent: TestAgent | undefined;
let executor: Executor;
let state: string;

beforeAll(async () => {
  state = mkdtempSync(path.join(tmpdir(), 'sallyport-docker-'));
});
afterEach(async () => {
  for (const { id } of await executor.list()) await executor.remove(id);
  await agent?.stop();
  agent = undefined;
  await world.close();
});
afterAll(async () => {
  rmSync(state, { recursive: true, force: true });
  await closeUpstream();
});

/** A world whose jobs run in real containers of the dummy backend. */
async function start(): Promise<void> {
  const programs = ['/usr/bin/perl'].filter((file) => existsSync(file));
  const { id } = await buildNodeImage({ name: 'test-node', files: [], entry: ['node'], programs });
  const governance = {
    ...aGovernance(edited({ 'images.yml': [`sha256:${'4'.repeat(64)}`, id] })),
    schemas: COUNTY,
  };
  world = await aWorld({ files: FILES, governance });
  executor = dockerExecutor({ owner: `test-${randomIds.id()}`, stateDir: state });
  agent = world.agent({ data: 'dummy', executor, rowsImage });
}

const fresh = (action: string): RunTask => world.task(action, { id: randomIds.id(), job: randomIds.id() });

docker.test('a program that owns its folder cannot change the bytes of an input', async () => {
  await start();
  const make = fresh('make');
  world.hub.give(make);
  expect((await world.hub.end(make.id))[0]).toMatchObject({ state: 'succeeded', logTail: 'made' });
  const attack = fresh('attack');
  world.hub.give(attack);
  const [end] = await world.hub.end(attack.id);

  expect(end?.state).toBe('succeeded');
  const { high } = world.layout.workspace('study-main');
  expect(JSON.parse(readFileSync(path.join(high, 'report.json'), 'utf8'))).toEqual({
    write: 'EACCES',
    append: 'EACCES',
    chmod: 'EPERM',
    truncate: 'EACCES',
    times: 'EPERM',
    replace: 'done',
  });
  expect(readFileSync(path.join(high, 'out/rows.csv'), 'utf8')).toBe('the truth');
  expect(statSync(path.join(high, 'out/rows.csv')).uid).toBe(0);
});

docker.test(
  'of whatever a program leaves behind, plain files of its own are outputs and nothing else',
  async () => {
    await start();
    const leave = fresh('leave');
    world.hub.give(leave);
    const [end] = await world.hub.end(leave.id);

    expect(end?.state).toBe('succeeded');
    const { metadata } = world.layout.run(leave.job, leave.id);
    const told = JSON.parse(readFileSync(metadata, 'utf8')) as {
      outputs: { path: string }[];
      refused_files: { path: string; why: string }[];
      unmatched_outputs: string[];
    };
    expect(told.outputs.map(({ path: file }) => file)).toEqual([
      'left/closed.csv',
      'left/good.csv',
      `left/${'k'.repeat(226)}.csv`,
    ]);
    const names = 'its name holds characters that cannot be used';
    const special = 'devices, sockets and pipes are not taken';
    expect(Object.fromEntries(told.refused_files.map(({ path: file, why }) => [file, why]))).toEqual({
      'left/?[31mred.csv': names,
      'left/bytes??.csv': names,
      'left/line?break.csv': names,
      'left/turned???.csv': names,
      'left/fifo.csv': special,
      'left/socket.csv': special,
      'left/listening.csv': special,
      'left/link.csv': 'symbolic links are not taken',
      'left/named-twice.csv': 'it is one file under several names (hard links)',
      [`left/${'n'.repeat(251)}.csv`]: 'its name is longer than 230 bytes, or its path longer than 1,000',
    });
    // No device was there to be refused: making one takes a right that a job does not have.
    expect(told.unmatched_outputs).toEqual(['elsewhere', 'left/deep/below.csv']);
    const { high } = world.layout.workspace('study-main');
    expect(readdirSync(path.join(high, 'left')).sort()).toEqual(
      told.outputs.map(({ path: file }) => path.basename(file)).sort(),
    );
  },
);

docker.test(
  'a query is run on invented rows in a container of its own, and makes the bytes that it makes on a laptop',
  async () => {
    await start();
    const created = jest.spyOn(executor, 'create');
    const extract = fresh('extract');
    world.hub.give(extract);
    const [end] = await world.hub.end(extract.id);
    expect(end).toMatchObject({ state: 'succeeded' });
    expect(created.mock.calls.map(([spec]) => spec)).toEqual([
      expect.objectContaining({
        image: expect.stringMatching(/^sallyport\/dummy-rows:/),
        network: { kind: 'none' },
        environment: { OPENSAFELY_BACKEND: 'expectations' },
        limits: expect.objectContaining({ memoryBytes: 2 ** 31 }),
        user: { uid: 10_001, gid: 10_001 },
      }),
    ]);

    const { high } = world.layout.workspace('study-main');
    const folder = path.join(state, 'laptop');
    mkdirSync(path.join(folder, 'dummy-data'), { recursive: true });
    writeFileSync(path.join(folder, 'dummy-data/schemas.json'), JSON.stringify(publish(COUNTY)));
    writeFileSync(path.join(folder, 'extract.sql'), FILES['extract.sql']);
    const words = ['--output', 'out/extract.csv', 'extract.sql'];
    await INVENTED.make({ folder, rows: 1000, seed: '1', words }, new AbortController().signal);
    const extracted = (top: string): string => readFileSync(path.join(top, 'out/extract.csv'), 'utf8');
    expect(extracted(high)).toBe(extracted(folder));
    expect(extracted(high).split('\n')).toHaveLength(1002);
  },
);

docker.test('a cancelled container is gone at once, without being asked, and its log stays', async () => {
  await start();
  const slow = fresh('slow');
  world.hub.give(slow);
  while ((await executor.phase(slow.id)) !== 'running') await new Promise((go) => setTimeout(go, 10));
  while (!(await executor.log(slow.id)).includes('slow started'))
    await new Promise((go) => setTimeout(go, 10));

  const asked = performance.now();
  world.hub.give({ type: 'cancel', id: randomIds.id(), job: slow.job, task: slow.id });
  while ((await executor.phase(slow.id)) === 'running') await new Promise((go) => setTimeout(go, 10));
  const took = performance.now() - asked;
  const [end] = await world.hub.end(slow.id);

  // The poll that stands behind the wake takes a minute.
  expect(took).toBeLessThan(30_000);
  expect(end?.state).toBe('cancelled_by_user');
  const log = readFileSync(world.layout.run(slow.job, slow.id, 'slow').log, 'utf8');
  expect(log).toContain('slow started');
  expect(log).not.toContain('slow was asked');
});

docker.test('an agent that starts anew takes up a running container', async () => {
  await start();
  const slow = fresh('slow');
  world.hub.give(slow);
  while ((await executor.phase(slow.id)) !== 'running') await new Promise((go) => setTimeout(go, 10));
  const { context } = agent as TestAgent;
  await agent?.stop();
  expect(await executor.phase(slow.id)).toBe('running');

  agent = world.agent({ data: 'dummy', patch: () => context });
  await executor.stop(slow.id);

  expect((await world.hub.end(slow.id))[0]?.state).toBe('cancelled_by_user');
});
