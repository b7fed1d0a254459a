/**
 * Jobs in gVisor, a runtime with a kernel of its own, by a real engine that has it: the executor's contract, the escape drill, and
 * what an operator sets in `daemon.json` and `zone.yml` for it. Beside: that what does not fit together is refused.
 */
import { afterAll, beforeAll, expect } from '@jest/globals';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';
import { databaseNetwork } from '../../agent/database/network.ts';
import type { Isolation } from '../../agent/executor/isolation.ts';
import { executorFor } from '../../agent/parts.ts';
import { parseZoneFile, type ZoneFile } from '../../agent/zone-file.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { appears, executorContract, jobSpec } from '../executor/contract.ts';
import { dockerHarness, testImage, type DockerHarness } from '../executor/docker-harness.ts';
import { hostileJobs } from '../executor/drill.ts';
import { inside } from '../executor/inside.ts';
import { PROGRAMS } from '../executor/programs.ts';
import { aGovernance, edited } from '../support/governance.ts';
import { requires } from '../support/require.ts';
import { aWorld, closeUpstream } from '../support/zone-world.ts';
import { databaseBeside, ownEngine, type OwnEngine } from './own-engine.ts';

const { describe, test } = requires('docker', 'root', 'runsc');

const runsc = (...runtimeArgs: string[]) => ({
  path: '/usr/bin/runsc',
  runtimeArgs: ['--platform=ptrace', ...runtimeArgs],
});
/** As docs/install/agent.md tells operators to name them. */
const RUNTIMES = { runsc: runsc('--network=none'), 'runsc-database': runsc('--network=host') };
const ISOLATION: Partial<Isolation> = {
  seccomp: 'standard',
  runtime: 'runsc',
  databaseRuntime: 'runsc-database',
  runtimePids: 256,
};

const STUDY = {
  'project.yaml': `version: 5
actions:
  make:
    run: local:v1 make.mjs
    outputs: {highly_sensitive: {rows: out/rows.csv}}
`,
  'make.mjs': `import { mkdirSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
mkdirSync('out'); writeFileSync('out/rows.csv', 'kernel\\n' + release() + '\\n'); console.log('made on ' + release());`,
};
const ZONE = (socket: string): string => `governance:
  repository: 9001
  owner: northshire-research
  name: governance
  commit: ${'a'.repeat(40)}
hub: {url: https://hub.example.edu, key: '${newKeyPair().publicText}'}
proxy: {url: https://egress.example.edu}
agent: {id: zone-1, key_file: agent.pem, state_dir: state}
backend: rehearsal
data: dummy
docker: {socket: '${socket}', runtime: runsc, database_runtime: runsc-database, runtime_pids: 256}
`;

describe('gVisor', () => {
  let engine: OwnEngine;
  const root = mkdtempSync(path.join(tmpdir(), 'sallyport-gvisor-'));
  chmodSync(root, 0o755);
  const open = (over: Partial<Isolation> = {}): Promise<DockerHarness> =>
    dockerHarness({ socketPath: engine.socketPath, isolation: { ...ISOLATION, ...over } });

  beforeAll(async () => {
    engine = await ownEngine({ runtimes: RUNTIMES });
  });
  afterAll(async () => {
    await engine.close();
    rmSync(root, { recursive: true, force: true });
  });

  describe('as an executor', () => {
    executorContract(() => open());
  });

  describe('a hostile job', () => {
    hostileJobs(() => open(), { kernel: 'own', filtersCalls: false });
  });

  describe('what is around a job', () => {
    let harness: DockerHarness;
    const place = () => ({ root, image: harness.image });

    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    test('another kernel than the host’s answers it', async () => {
      const { told } = await inside<{ release: string; version: string }>(
        harness.open(),
        place(),
        `tell({ release: os.release(), version: fs.readFileSync('/proc/version', 'utf8') })`,
      );

      expect(told.release).toBe('4.4.0');
      expect(told.version).not.toBe(readFileSync('/proc/version', 'utf8'));
    });

    test('the kernel of its own is itself filtered and may gain nothing, as the host sees it', async () => {
      const job = jobSpec(root, harness.image, ['-e', PROGRAMS.wait]);
      const executor = harness.open();
      await executor.create(job);
      await executor.start(job.id);
      await appears(path.join(job.workDir, 'ready'));

      const pid = harness.docker('inspect', '--format', '{{.State.Pid}}', `sallyport-${job.id}`);
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');

      const value = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1];
      expect([value('Seccomp'), value('NoNewPrivs')]).toEqual(['2', '1']);
      await executor.remove(job.id);
    });

    test('without room for its own threads it does not start, and the agent is told', async () => {
      const tight = await open({ runtimePids: 0 });
      const executor = tight.open();
      try {
        const job = jobSpec(root, tight.image, ['-e', '0'], { limits: { pids: 16 } as never });
        expect(await executor.create(job)).toBeUndefined();
        expect(await executor.start(job.id)).toMatchObject({ code: 'executor.cannot-start' });
      } finally {
        await tight.close();
      }
    });
  });

  test('an agent whose zone.yml names it runs an action in it and takes its outputs in', async () => {
    const { image, id } = await testImage(new Docker({ socketPath: engine.socketPath }));
    const governance = aGovernance(edited({ 'images.yml': [`sha256:${'4'.repeat(64)}`, id] }));
    const world = await aWorld({ files: STUDY, governance });
    const zone = parseZoneFile(ZONE(engine.socketPath)) as ZoneFile;
    const executor = executorFor(zone, world.layout, systemClock, createLogger('test', { level: 'silent' }));
    const agent = world.agent({ data: 'dummy', executor });
    try {
      expect(image).toContain('test-job');
      const task = world.task('make', { id: randomIds.id(), job: randomIds.id() });
      world.hub.give(task);
      const [end] = await world.hub.end(task.id);

      expect(end).toMatchObject({ state: 'succeeded', logTail: 'made on 4.4.0' });
      expect(Object.keys(world.manifest()?.outputs ?? {})).toEqual(['out/rows.csv']);
      const { high } = world.layout.workspace('study-main');
      expect(readFileSync(path.join(high, 'out/rows.csv'), 'utf8')).toBe('kernel\n4.4.0\n');
    } finally {
      for (const { id: job } of await executor.list()) await executor.remove(job);
      await agent.stop();
      await world.close();
      await closeUpstream();
    }
  });

  describe('a job with a database', () => {
    let harness: DockerHarness;
    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    test('reaches it through the relay and nothing else, in the runtime that shares its loopback', async () => {
      const database = await databaseBeside(engine);
      const { port } = database;
      const network = databaseNetwork({
        owner: harness.owner,
        stateDir: harness.stateDir,
        socketPath: engine.socketPath,
        isolation: { seccomp: 'standard', apparmor: 'optional', ...ISOLATION },
        host: '127.0.0.1',
        port,
      });
      const id = 'd'.repeat(16);
      try {
        const { told, job } = await inside<Record<string, string>>(
          harness.open(),
          { root, image: harness.image },
          `const rows = await new Promise((done) => { let all = ''; net.connect(${port}, '127.0.0.1').on('data', (d) => { all += d }).on('end', () => done(all)).on('error', (e) => done(e.code)) });
           tell({ rows, kernel: os.release(), other: await connect('127.0.0.1', ${port} + 1), outside: await connect('169.254.169.254', 80) })`,
          { id, network: await network.open(id) },
        );
        expect(told).toEqual({
          rows: 'rows',
          kernel: '4.4.0',
          other: 'ECONNREFUSED',
          outside: 'ENETUNREACH',
        });
        const { HostConfig } = await new Docker({ socketPath: engine.socketPath })
          .getContainer(`sallyport-${job.id}`)
          .inspect();
        expect(HostConfig.Runtime).toBe('runsc-database');
      } finally {
        await network.close(id);
        database.close();
      }
    });

    test.each([
      ['the same runtime for both', { databaseRuntime: 'runsc' }],
      ['no other one named', { databaseRuntime: undefined }],
    ])('is not made with %s: its loopback would be another', async (_case, { databaseRuntime }) => {
      const { databaseRuntime: _, ...rest } = ISOLATION;
      const other = await dockerHarness({
        socketPath: engine.socketPath,
        isolation: { ...rest, ...(databaseRuntime && { databaseRuntime }) },
      });
      try {
        const job = jobSpec(root, other.image, ['-e', '0'], { network: { kind: 'private', name: 'nobody' } });
        const executor = other.open();

        expect(await executor.create(job)).toMatchObject({
          code: 'executor.no-loopback',
          next: expect.stringContaining('docker.database_runtime'),
        });
        expect(await executor.phase(job.id)).toBe('absent');
      } finally {
        await other.close();
      }
    });
  });
});
