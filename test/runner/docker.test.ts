/** An agent with the real engine: what a program sees of its inputs, and how fast it can be stopped. */
import { afterAll, afterEach, beforeAll, expect, jest } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dockerExecutor } from '../../agent/executor/docker.ts';
import type { Executor } from '../../agent/executor/executor.ts';
import { rowsImage } from '../../agent/images/dummy-rows/image.ts';
import { buildNodeImage } from '../../agent/images/node-image.ts';
import type { RunContext } from '../../agent/runner/context.ts';
import { deriver } from '../../agent/runner/derive.ts';
import { Mirrors } from '../../agent/store/mirror.ts';
import { Pins } from '../../agent/runner/pins.ts';
import { gitFetch } from '../../src/lib/git.ts';
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
  'slow.mjs': `console.log('slow started'); setInterval(() => {}, 1000);`,
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
  const { id } = await buildNodeImage({ name: 'test-node', files: [], entry: ['node'] });
  const governance = {
    ...aGovernance(edited({ 'images.yml': [`sha256:${'4'.repeat(64)}`, id] })),
    schemas: COUNTY,
  };
  world = await aWorld({ files: FILES, governance });
  executor = dockerExecutor({ owner: `test-${randomIds.id()}`, stateDir: state });
  const patch = (context: RunContext): RunContext => ({
    ...context,
    executor,
    derive: deriver({
      governance: { forTask: async () => governance, lookSince: async () => undefined },
      mirrors: new Mirrors(
        world.layout.mirrors,
        ({ dir, owner, name, refspecs }) =>
          gitFetch({ dir, url: `${world.upstream.origin}/${owner}/${name}`, refspecs }),
        world.clock,
      ),
      pins: new Pins(world.layout),
      executor,
      zone: { backend: 'rehearsal', data: 'dummy', hasDatabase: false },
      floors: {},
      origin: 'https://github.com',
      clock: world.clock,
      at: context.at,
      rowsImage,
    }),
  });
  agent = world.agent({ data: 'dummy', patch });
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
  60_000,
);

docker.test('a cancelled container is gone within 2 s, and its log stays', async () => {
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

  expect(took).toBeLessThan(2000);
  expect(end?.state).toBe('cancelled_by_user');
  expect(readFileSync(world.layout.run(slow.job, slow.id, 'slow').log, 'utf8')).toContain('slow started');
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
