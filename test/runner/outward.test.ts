/** What a program on real data can tell by how it ends: as few endings as can be, and times in whole seconds. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { JobExit } from '../../agent/executor/executor.ts';
import type { Metadata } from '../../agent/runner/types.ts';
import type { RunTask, Update } from '../../src/protocol/messages.ts';
import { aGovernance, edited } from '../support/governance.ts';
import type { Script } from '../support/scripted-executor.ts';
import {
  aWorld,
  closeUpstream,
  goodScript,
  leftovers,
  type AgentSettings,
  type TestAgent,
  type World,
} from '../support/zone-world.ts';

/** Exit codes stay in the zone, as they do unless governance says otherwise. */
const HIDDEN = aGovernance(edited({ 'images.yml': [', exit_codes: trusted', ''] }));

let world: World;
let agent: TestAgent | undefined;
beforeEach(async () => {
  world = await aWorld({ governance: HIDDEN });
});
afterEach(async () => {
  await agent?.stop();
  agent = undefined;
  await world.close();
});
afterAll(closeUpstream);

async function endOf(task: RunTask, more: AgentSettings = {}): Promise<Update> {
  await agent?.stop();
  world.hub.give(task);
  agent = world.agent(more);
  const [end] = await world.hub.end(task.id);
  while (!agent.runner.idle) await new Promise(setImmediate);
  return end as Update;
}

const inside = ({ job, task }: Update): Metadata =>
  JSON.parse(readFileSync(world.layout.run(job, task).metadata, 'utf8')) as Metadata;
const withoutIds = ({ task: _task, job: _job, ...told }: Update) => told;

/** A tree deeper than the longest path, as a program can make with `mkdir` and `cd`. */
const digs: Script = ({ spec }) => {
  const before = process.cwd();
  process.chdir(spec.workDir);
  try {
    for (let depth = 0; depth < 30; depth += 1) {
      mkdirSync('x'.repeat(200));
      process.chdir('x'.repeat(200));
    }
  } finally {
    process.chdir(before);
  }
  return 0;
};
const exits = (exit: number | Partial<JobExit>, write = ''): Script => {
  return async (job) => {
    if (write !== '') {
      mkdirSync(path.join(job.spec.workDir, 'output'));
      writeFileSync(path.join(job.spec.workDir, 'output', write), 'learner_id\n1\n');
    }
    return exit;
  };
};

const FAILURES: Record<string, Script> = {
  'an error': exits(1),
  'an error, and outputs': exits(9, 'rows.csv'),
  'a signal to itself': exits(137),
  'another signal to itself': exits(143),
  'one file too large': exits({ code: 153, diskFull: true }),
  'a full disk': exits({ code: 137, diskFull: true }),
  'no memory': exits({ code: 137, outOfMemory: true }),
  'a tree too deep to walk': digs,
};

test('whatever goes wrong in a program that has started looks the same from outside', async () => {
  const told = [];
  const reasons = new Set<string>();
  for (const script of Object.values(FAILURES)) {
    const end = await endOf(world.task('extract'), { script });
    told.push(withoutIds(end));
    reasons.add(inside(end).status_message);
    expect(leftovers(world)).toEqual([]);
  }

  expect(new Set(told.map((one) => JSON.stringify(one))).size).toBe(1);
  expect(told[0]).toMatchObject({ state: 'nonzero_exit', outputsMissing: false, outputsWithheld: false });
  expect(reasons.size).toBeGreaterThanOrEqual(5);
});

test('on dummy data the reason is told', async () => {
  const end = await endOf(world.task('extract'), { data: 'dummy' });
  expect(end.state).toBe('succeeded');

  const full = await endOf(world.task('model'), {
    data: 'dummy',
    script: exits({ code: 153, diskFull: true }),
  });

  expect(full).toMatchObject({ state: 'job_error', reason: 'disk-full', exitCode: 153 });
});

test('six endings can be chosen, and no more', async () => {
  const both = await endOf(world.task('extract'));
  expect(both.state).toBe('succeeded');
  const table = (text: string, more: Partial<JobExit> = {}): Script => {
    return async (job) => {
      await goodScript(job);
      writeFileSync(path.join(job.spec.workDir, 'output', 'table.csv'), text);
      return { code: 0, ...more };
    };
  };
  const BAD = 'learner_id\n1\n';
  const missing = (text: string): Script => {
    return ({ spec }) => {
      writeFileSync(path.join(spec.workDir, 'output', 'table.csv'), text);
      return 0;
    };
  };
  const scripts = [
    ...[table('a\n1\n'), table(BAD), missing('a\n1\n'), missing(BAD)],
    ...[table('a\n1\n', { code: 4 }), table(BAD, { code: 4 })],
    ...[table('a\n1\n', { code: 137, timedOut: true }), table(BAD, { code: 137, timedOut: true })],
    ...Object.values(FAILURES),
  ];
  const told = new Set<string>();
  for (const script of scripts) {
    const { state, reason, outputsMissing, outputsWithheld, exitCode } = await endOf(world.task('model'), {
      script,
    });
    told.add(JSON.stringify([state, outputsWithheld, outputsMissing, reason ?? '', exitCode ?? '']));
  }

  expect([...told].sort()).toEqual([
    '["nonzero_exit",false,false,"",""]',
    '["succeeded",false,false,"",""]',
    '["succeeded",true,false,"",""]',
    '["timed_out",false,false,"",""]',
    '["unmatched_patterns",false,true,"",""]',
    '["unmatched_patterns",true,true,"",""]',
  ]);
});

test.each(['real', 'dummy'] as const)(
  'what an image says of itself is kept with the run, and on %s data nothing of it crosses',
  async (data) => {
    const imageLabels = {
      action_version: 'said-1',
      action_revision: 'said-2',
      action_created: 'said-3',
      base_revision: 'said-4',
      base_created: 'said-5',
    };

    await endOf(world.task('extract'), { data });
    for (const code of [1, 0]) {
      const end = await endOf(world.task('model'), {
        data,
        script: async (job) => {
          await goodScript(job);
          return { code, imageLabels };
        },
      });

      expect(inside(end)).toMatchObject({ ...imageLabels, exit_code: String(code) });
      expect(JSON.stringify(inside(end).outward)).not.toContain('said-');
    }
    expect(world.hub.updatesSeen.length).toBeGreaterThanOrEqual(2);
    expect(JSON.stringify(world.hub.updatesSeen)).not.toMatch(/said-|action_|base_/);
  },
);

test('times cross in whole seconds', async () => {
  world.clock.advance(123);
  await endOf(world.task('extract'), {
    script: async (job) => {
      world.clock.advance(4567);
      return goodScript(job);
    },
  });

  const times = world.hub.updatesSeen.flatMap(({ at, startedAt, finishedAt }) => [at, startedAt, finishedAt]);
  expect(times.filter((time) => time !== undefined && time % 1000 !== 0)).toEqual([]);
  expect(inside(world.hub.updatesSeen.at(-1) as Update).completed_at % 1000).toBe(690);
});

describe('a passing error of the database', () => {
  /** Ends so often with a code, then well. */
  function passing(code: number, times: number): { script: Script; tries: () => number } {
    let tries = 0;
    const script: Script = (job) => {
      tries += 1;
      return tries <= times ? code : goodScript(job);
    };
    return { script, tries: () => tries };
  }

  test.each([
    [3, 1],
    [4, 2],
  ])(
    'exit code %i, %i times, is tried again in the zone, and nothing is seen of it but time',
    async (code, times) => {
      const { script, tries } = passing(code, times);
      const task = world.task('extract');
      const begun = Math.floor(world.clock.now() / 1000) * 1000;
      const pauses: number[] = [];
      const end = await endOf(task, {
        script,
        pause: (ms) => {
          pauses.push(ms);
          world.clock.advance(ms);
        },
      });

      expect(end).toMatchObject({ state: 'succeeded', startedAt: begun });
      expect(tries()).toBe(times + 1);
      expect(pauses).toEqual([20_000, 120_000].slice(0, times));
      const seen = world.hub.updatesSeen.map(({ state }) => state).filter((state) => state !== 'succeeded');
      expect(seen).toEqual([...new Set(seen)]);
      expect(leftovers(world)).toEqual([]);
      const log = readFileSync(world.layout.run(task.job, task.id, 'extract').log, 'utf8');
      expect(log).toContain('try 1 ended with a passing error of the database');
    },
  );

  test('ends the job the third time', async () => {
    const { script, tries } = passing(3, 5);
    const end = await endOf(world.task('extract'), { script });

    expect(end).toMatchObject({ state: 'nonzero_exit', outputsMissing: false });
    expect(end.exitCode).toBeUndefined();
    expect(tries()).toBe(3);
    expect(inside(end)).toMatchObject({
      exit_code: '3',
      hint: expect.stringMatching(/passing database error/),
    });
  });

  test('is the hub’s to try again where the exit code is trusted', async () => {
    world.governance = aGovernance();
    const { script, tries } = passing(3, 5);

    expect(await endOf(world.task('extract'), { script })).toMatchObject({
      state: 'nonzero_exit',
      exitCode: 3,
    });
    expect(tries()).toBe(1);
  });

  test('means nothing in an action without a database', async () => {
    await endOf(world.task('extract'));
    const { script, tries } = passing(3, 5);

    expect((await endOf(world.task('model'), { script })).state).toBe('nonzero_exit');
    expect(tries()).toBe(1);
  });

  test('is not waited for once the job is cancelled', async () => {
    const { script, tries } = passing(3, 5);
    const task = world.task('extract');
    const end = await endOf(task, {
      script,
      pause: async (_ms, signal) => {
        world.hub.give({ type: 'cancel', id: 'cancel0000000001', job: task.job, task: task.id });
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    });

    expect(end.state).toBe('cancelled_by_user');
    expect(tries()).toBe(1);
    expect(leftovers(world)).toEqual([]);
  });
});
