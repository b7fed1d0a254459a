import { afterAll, beforeAll, expect } from '@jest/globals';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';
import { dockerExecutor } from '../../agent/executor/docker.ts';
import { EngineLost } from '../../agent/executor/executor.ts';
import { buildNodeImage } from '../../agent/images/node-image.ts';
import { requires } from '../support/require.ts';
import { appears, jobSpec } from './contract.ts';
import { PROGRAMS } from './programs.ts';

/** An engine of its own, so that no other test loses its containers. */
const haveProgram = ['/usr/sbin/dockerd', '/usr/bin/containerd'].every((file) => existsSync(file));
const { describe, test } = requires('docker', 'root');

const name = 'when the engine is started anew';

(haveProgram ? describe : describe.skip)(haveProgram ? name : `${name} [skipped: no dockerd program]`, () => {
  const root = mkdtempSync(path.join(tmpdir(), 'sallyport-engine-'));
  const socketPath = path.join(root, 'docker.sock');
  const engine = new Docker({ socketPath });
  let runtime: ChildProcess;
  let daemon: ChildProcess;
  let image: string;

  /** Resolves when its log says these words; read to its end, because a daemon whose log nobody takes dies of it. */
  function launch(program: string, words: string[], ready: string): Promise<ChildProcess> {
    const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    return new Promise((resolve, reject) => {
      let said = '';
      child.stderr.on('data', (chunk) => {
        said += String(chunk);
        if (said.includes(ready)) resolve(child);
      });
      child.once('exit', () => reject(new Error(said)));
    });
  }
  async function up(): Promise<void> {
    const place = ['--data-root', `${root}/data`, '--exec-root', `${root}/exec`, '--pidfile', `${root}/pid`];
    const alone = ['--bridge=none', '--iptables=false', '--ip-forward=false', '-H', `unix://${socketPath}`];
    const words = [...place, ...alone, '--containerd', `${root}/containerd.sock`];
    daemon = await launch('/usr/sbin/dockerd', words, 'API listen on');
  }
  async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
  async function down(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await end(daemon, signal);
    rmSync(`${root}/pid`, { force: true });
  }

  beforeAll(async () => {
    chmodSync(root, 0o755);
    const own = ['--root', `${root}/c`, '--state', `${root}/cs`, '--address', `${root}/containerd.sock`];
    runtime = await launch('/usr/bin/containerd', own, 'containerd successfully booted');
    await up();
    ({ image } = await buildNodeImage({ name: 'test-restart', files: [], entry: ['node'], docker: engine }));
  });
  afterAll(async () => {
    const left = await engine.listContainers({ all: true });
    for (const { Id } of left) await engine.getContainer(Id).remove({ force: true });
    await down('SIGTERM');
    await end(runtime, 'SIGTERM');
    spawnSync('umount', [`${root}/data`]);
    rmSync(root, { recursive: true, force: true });
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'by %s, the wait breaks off and the job is found interrupted',
    async (signal) => {
      const executor = dockerExecutor({ owner: 'restart', stateDir: path.join(root, 'state'), socketPath });
      const job = jobSpec(root, image, ['-e', PROGRAMS.wait]);
      await executor.create(job);
      await executor.start(job.id);
      await appears(path.join(job.workDir, 'ready'));
      const waiting = executor.wait(job.id, AbortSignal.timeout(100_000)).then(
        (exit) => exit,
        (error: unknown) => error,
      );

      await down(signal);
      const first = await waiting;
      expect(await executor.healthy()).toBe(false);
      await expect(executor.list()).rejects.toThrow(EngineLost);
      await up();

      // A graceful stop may still say that the job was killed before the engine goes.
      if (!(first instanceof EngineLost)) expect(first).toMatchObject({ interrupted: true });
      expect(await executor.healthy()).toBe(true);
      expect(await executor.wait(job.id, AbortSignal.timeout(100_000))).toMatchObject({
        interrupted: true,
        stopped: false,
        outOfMemory: false,
      });
      await executor.remove(job.id);
    },
  );
});
