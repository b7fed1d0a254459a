/** What an engine can put around a container, with a real engine that has it: renumbered users, another runtime. */
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';
import { databaseNetwork } from '../../agent/database/network.ts';
import { dockerExecutor } from '../../agent/executor/docker.ts';
import type { Executor, JobSpec } from '../../agent/executor/executor.ts';
import type { Isolation } from '../../agent/executor/isolation.ts';
import { buildNodeImage } from '../../agent/images/node-image.ts';
import { jobSpec } from '../executor/contract.ts';
import { inside } from '../executor/inside.ts';
import { requires } from '../support/require.ts';
import { databaseBeside, ownEngine, type OwnEngine } from './own-engine.ts';

const { describe, test } = requires('docker', 'root');

const FROM = 231_072;
const USER = { uid: FROM + 10_001, gid: FROM + 10_001 };
const WITNESS = 'witness';

describe('an engine that renumbers users and knows another runtime', () => {
  let engine: OwnEngine;
  let docker: Docker;
  let image: string;
  let seen: string;
  const owner = 'isolation';
  const scratch = mkdtempSync(path.join(tmpdir(), 'sallyport-witness-'));
  const asIn = (over: Partial<Isolation> = {}): Isolation => ({
    seccomp: 'standard',
    apparmor: 'optional',
    usersFrom: FROM,
    ...over,
  });
  const executorWith = (isolation: Isolation): Executor =>
    dockerExecutor({
      owner,
      stateDir: path.join(engine.root, 'state'),
      socketPath: engine.socketPath,
      isolation,
    });
  const place = () => ({ root: engine.root, image });
  /** The folder is the job's: outside it belongs to the number that its user has there. */
  const asUser = (over: Partial<JobSpec> = {}): Partial<JobSpec> => ({ user: USER, ...over });
  const look = async <T>(executor: Executor, script: string, over: Partial<JobSpec> = {}) => {
    const job = jobSpec(engine.root, image, [], asUser(over));
    return inside<T>(executor, place(), script, { ...asUser(over), workDir: owned(job.workDir) });
  };

  function owned(folder: string): string {
    chmodSync(folder, 0o777);
    return folder;
  }

  beforeAll(async () => {
    const program = path.join(scratch, 'witness');
    seen = path.join(scratch, 'log');
    writeFileSync(program, `#!/bin/sh\necho "$@" >> ${seen}\nexec runc "$@"\n`, { mode: 0o755 });
    engine = await ownEngine({ usersFrom: FROM, runtimes: { [WITNESS]: { path: program } } });
    mkdirSync(path.join(engine.root, 'state'));
    docker = new Docker({ socketPath: engine.socketPath });
    ({ image } = await buildNodeImage({ name: 'test-isolation', files: [], entry: ['node'], docker }));
  });
  afterEach(async () => {
    for (const { Id } of await docker.listContainers({ all: true }))
      await docker.getContainer(Id).remove({ force: true });
  });
  afterAll(async () => {
    await engine.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  test('is taken only by an agent that was told so, with the right number', async () => {
    expect(await executorWith(asIn()).healthy()).toBe(true);
    const { usersFrom: _, ...silent } = asIn();
    expect(await executorWith(silent).healthy()).toBe(false);
    expect(await executorWith(asIn({ usersFrom: 100_000 })).healthy()).toBe(false);
    expect(await executorWith(asIn({ runtime: 'runsc' })).healthy()).toBe(false);
    expect(await executorWith(asIn({ runtime: WITNESS })).healthy()).toBe(true);
  });

  test('gives a job a user that is nobody outside, and a root that is not the host’s', async () => {
    const { told, job } = await look<{ uid: number; map: string; host: string }>(
      executorWith(asIn()),
      `fs.writeFileSync('/workspace/made.csv', 'a\\n');
       tell({ uid: process.getuid(), map: fs.readFileSync('/proc/self/uid_map', 'utf8'), host: attempt(() => fs.readdirSync('/root')).code ?? 'read' })`,
    );

    expect(told.uid).toBe(10_001);
    expect(told.map.trim().split(/\s+/)).toEqual(['0', String(FROM), '65536']);
    const made = statSync(path.join(job.workDir, 'made.csv'));
    expect([made.uid, made.gid]).toEqual([USER.uid, USER.gid]);
  });

  test('refuses a user outside its range: root of the host cannot be named at all', async () => {
    const executor = executorWith(asIn());
    for (const uid of [0, 10_001, FROM])
      expect(
        await executor.create(jobSpec(engine.root, image, ['-e', '0'], { user: { uid, gid: uid } })),
      ).toMatchObject({ code: 'executor.bad-spec' });
  });

  test('runs a job in the runtime that zone.yml names', async () => {
    const { exit, job } = await look(executorWith(asIn({ runtime: WITNESS })), `tell(1)`);

    expect(exit.code).toBe(0);
    const { HostConfig } = await docker.getContainer(`sallyport-${job.id}`).inspect();
    expect(HostConfig.Runtime).toBe(WITNESS);
    expect(readFileSync(seen, 'utf8')).toContain('create');
  });

  test('lets a job with a database reach its database through the relay, and nothing else', async () => {
    const database = await databaseBeside(engine);
    const { port } = database;
    const network = databaseNetwork({
      owner,
      stateDir: path.join(engine.root, 'state'),
      socketPath: engine.socketPath,
      isolation: asIn(),
      host: '127.0.0.1',
      port,
    });
    const id = 'b'.repeat(16);
    try {
      const { told } = await look<{ rows: string; other: string }>(
        executorWith(asIn()),
        `const rows = await new Promise((done) => { let all = ''; net.connect(${port}, '127.0.0.1').on('data', (d) => { all += d }).on('end', () => done(all)).on('error', (e) => done(e.code)) });
         tell({ rows, other: await connect('127.0.0.1', ${port} + 1) })`,
        { id, network: await network.open(id) },
      );
      expect(told).toEqual({ rows: 'rows', other: 'ECONNREFUSED' });
    } finally {
      await network.close(id);
      database.close();
    }
    expect(existsSync(path.join(engine.root, 'state', 'doors', id))).toBe(false);
  });
});
