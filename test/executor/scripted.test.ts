import { describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EngineLost } from '../../agent/executor/executor.ts';
import { scriptedEngine, scriptedExecutor, type Script } from '../support/scripted-executor.ts';
import { executorContract, jobSpec, type Harness } from './contract.ts';
import type { Program } from './programs.ts';

const untilEnded: Script = async ({ spec, ended }) => {
  writeFileSync(path.join(spec.workDir, 'ready'), '');
  await once(ended, 'abort');
  return 0;
};

/** The contract's programs, acted in this process. */
const ACTS: Record<Program, Script> = {
  succeed: () => 0,
  fail: () => 3,
  say: ({ say }) => {
    say('one');
    say('two');
    return 0;
  },
  chatter: ({ say }) => {
    for (let n = 0; n < 20_000; n++) say(`line ${n} ${'x'.repeat(80)}`);
    return 0;
  },
  environment: ({ spec }) => {
    writeFileSync(
      path.join(spec.workDir, 'environment.json'),
      JSON.stringify({ HOME: '/tmp', ...spec.environment }),
    );
    return 0;
  },
  read: ({ spec, say }) => {
    say(readFileSync(spec.readOnlyFiles[0]?.source ?? '', 'utf8').trim());
    return 0;
  },
  append: ({ spec }) => {
    appendFileSync(path.join(spec.workDir, 'runs.txt'), 'run\n');
    return 0;
  },
  stay: untilEnded,
  wait: untilEnded,
  finish: async ({ spec }) => {
    const watcher = watch(spec.workDir);
    writeFileSync(path.join(spec.workDir, 'ready'), '');
    while (!existsSync(path.join(spec.workDir, 'go'))) await once(watcher, 'change');
    watcher.close();
    return 0;
  },
  fill: () => ({ code: 137, diskFull: true }),
};

const script: Script = (job) => {
  if (job.spec.image === 'broken:v1') {
    job.say('/nowhere/program: not found');
    return 127;
  }
  return ACTS[job.spec.command[0] as Program](job);
};

function scriptedHarness(): Harness {
  const engine = scriptedEngine();
  return {
    image: 'node:v1',
    brokenImage: 'broken:v1',
    command: (program) => [program],
    open: () => scriptedExecutor({ engine, images: ['node:v1', 'broken:v1'], script }),
    killFromOutside: async (id) => engine.kill(id),
    close: async () => undefined,
  };
}

describe('the scripted executor', () => {
  executorContract(scriptedHarness);

  test('an engine that is down answers nothing, and its jobs go on', async () => {
    const engine = scriptedEngine();
    const executor = scriptedExecutor({ engine, images: ['node:v1'], script });
    const job = jobSpec(tmpdir(), 'node:v1', ['fail']);
    await executor.create(job);
    await executor.start(job.id);

    engine.down = true;
    expect(await executor.healthy()).toBe(false);
    await expect(executor.phase(job.id)).rejects.toThrow(EngineLost);

    engine.down = false;
    expect(await executor.wait(job.id, AbortSignal.timeout(100_000))).toMatchObject({ code: 3 });
  });
});
