import { describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { processExecutor } from '../../agent/executor/process.ts';
import { startedIn, supervisorIn } from '../../agent/executor/process-state.ts';
import { appears, executorContract, jobSpec, type Harness } from './contract.ts';
import { PROGRAMS } from './programs.ts';

const COMMANDS = { node: [process.execPath], broken: ['/nowhere/program'] };

function processHarness(): Harness & { killSupervisor(id: string): void } {
  const stateDir = mkdtempSync(path.join(tmpdir(), 'sallyport-process-'));
  return {
    image: 'node:v20',
    brokenImage: 'broken',
    command: (program) => ['-e', PROGRAMS[program]],
    open: () => processExecutor({ stateDir, commands: COMMANDS, diskEveryMs: 100 }),
    async killFromOutside(id) {
      process.kill(startedIn(path.join(stateDir, 'jobs', id))?.pid ?? 0, 'SIGKILL');
    },
    killSupervisor(id) {
      process.kill(supervisorIn(path.join(stateDir, 'jobs', id))?.pid ?? 0, 'SIGKILL');
    },
    async close() {
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

describe('processes as executor', () => {
  executorContract(processHarness);

  test('an image without a program is refused, naming those that have one', async () => {
    const harness = processHarness();

    const no = await harness.open().create(jobSpec(tmpdir(), 'ghcr.io/org/stata:v1', []));

    expect(no).toMatchObject({
      code: 'executor.image-missing',
      says: 'Without containers there is no program for the image ghcr.io/org/stata:v1.',
      next: 'Use one of node, broken, or run with Docker.',
    });
    await harness.close();
  });

  test('a name with registry, tag or digest finds its program', async () => {
    const harness = processHarness();

    const names = [
      'node',
      'node:v1',
      'ghcr.io/org/node:v1',
      `ghcr.io/org/node@sha256:${'0'.repeat(64)}`,
      'xnode',
    ];
    const found = await Promise.all(names.map((name) => harness.open().findImage(name)));

    expect(found.map(Boolean)).toEqual([true, true, true, true, false]);
    await harness.close();
  });

  test('a job outlives an agent that is killed, and the next agent gets its end', async () => {
    const root = mkdtempSync(path.join(tmpdir(), 'sallyport-killed-'));
    const stateDir = path.join(root, 'state');
    const job = jobSpec(root, 'node', ['-e', PROGRAMS.finish]);
    const script = path.join(root, 'agent.mjs');
    await build({
      stdin: {
        contents: `import { processExecutor } from './agent/executor/process.ts';
          const executor = processExecutor({ stateDir: ${JSON.stringify(stateDir)}, commands: { node: [process.execPath] } });
          const job = ${JSON.stringify(job)};
          await executor.create(job); await executor.start(job.id);
          await executor.wait(job.id, new AbortController().signal);`,
        resolveDir: process.cwd(),
        loader: 'ts',
      },
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['pino'],
    });
    const agent = spawn(process.execPath, [script], { stdio: 'inherit' });
    await appears(path.join(job.workDir, 'ready'));
    agent.kill('SIGKILL');
    await once(agent, 'exit');

    const next = processExecutor({ stateDir, commands: COMMANDS });

    expect(await next.list()).toEqual([{ id: job.id, phase: 'running', labels: job.labels }]);
    const waiting = next.wait(job.id, AbortSignal.timeout(100_000));
    writeFileSync(path.join(job.workDir, 'go'), '');
    expect(await waiting).toMatchObject({ code: 0, interrupted: false });
    await next.remove(job.id);
    rmSync(root, { recursive: true, force: true });
  });

  test('a job whose supervisor was killed is interrupted and leaves nothing running', async () => {
    const harness = processHarness();
    const executor = harness.open();
    const root = mkdtempSync(path.join(tmpdir(), 'sallyport-lost-'));
    const job = jobSpec(root, 'node', ['-e', PROGRAMS.wait]);
    await executor.create(job);
    await executor.start(job.id);
    await appears(path.join(job.workDir, 'ready'));

    harness.killSupervisor(job.id);

    expect(await executor.wait(job.id, AbortSignal.timeout(100_000))).toMatchObject({
      interrupted: true,
      code: 137,
    });
    expect(await executor.usage(job.id)).toBeUndefined();
    await executor.remove(job.id);
    await harness.close();
    rmSync(root, { recursive: true, force: true });
  });
});
