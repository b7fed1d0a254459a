/** Everything the zone says no to, and what it does when something it needs is away. */
import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { RunContext } from '../../agent/runner/context.ts';
import { FreshGovernance } from '../../agent/runner/governance.ts';
import type { Metadata } from '../../agent/runner/types.ts';
import { fixedClock, minutes, seconds } from '../../src/lib/clock.ts';
import { refusal } from '../../src/lib/refusal.ts';
import type { RunTask, Update } from '../../src/protocol/messages.ts';
import { aGovernance, edited, PEOPLE } from '../support/governance.ts';
import {
  aWorld,
  closeUpstream,
  goodScript,
  leftovers,
  OWNER,
  STUDY_FILES,
  type TestAgent,
  type World,
} from '../support/zone-world.ts';

let world: World;
let agent: TestAgent | undefined;
beforeEach(async () => {
  world = await aWorld();
});
afterEach(async () => {
  await agent?.stop();
  agent = undefined;
  await world.close();
});
afterAll(closeUpstream);

/** What the zone itself keeps of a run's end. */
function insideOf({ job, task }: Update): Metadata {
  const { metadata } = world.layout.run(job, task);
  return JSON.parse(readFileSync(metadata, 'utf8')) as Metadata;
}

/** All that may be told of a program on real data that did not end well. */
function asFailed({ task, job, at }: Update): Update {
  const seconds = expect.any(Number) as unknown as number;
  const told = { startedAt: seconds, finishedAt: seconds, outputsMissing: false, outputsWithheld: false };
  return { task, job, at, state: 'nonzero_exit', ...told };
}

async function endOf(task: RunTask, more: Parameters<World['agent']>[0] = {}): Promise<Update> {
  world.hub.give(task);
  agent = world.agent(more);
  const [end] = await world.hub.end(task.id);
  while (!agent.runner.idle) await new Promise(setImmediate);
  return end as Update;
}

describe('a task that the zone refuses', () => {
  test.each<[string, Partial<RunTask>, Partial<Update>]>([
    [
      'a repository of no project',
      { repository: { id: 1, owner: OWNER, name: 'study' } },
      { reason: 'repository-not-in-project' },
    ],
    [
      'a known number under a foreign organisation',
      { repository: { id: 70011, owner: 'elsewhere', name: 'study' } },
      { reason: 'repository-not-in-project' },
    ],
    ['a person without a role', { requestedBy: PEOPLE.collaborator }, { reason: 'person-not-permitted' }],
    ['a person nobody knows', { requestedBy: 1 }, { reason: 'person-not-permitted' }],
    ['a branch that is not there', { branch: 'gone' }, { reason: 'commit-not-on-branch' }],
    ['a commit that is not there', { commit: 'f'.repeat(40) }, { reason: 'commit-missing' }],
    ['an action that is not there', { action: 'modle' }, { reason: 'action-unknown' }],
  ])('%s', async (_what, more, expected) => {
    const end = await endOf(world.task('extract', more));

    expect(end).toMatchObject({ state: 'refused_by_zone', ...expected });
    expect(world.engine.started).toEqual([]);
    expect(leftovers(world)).toEqual([]);
  });

  test('a commit that only a pull request names', async () => {
    const bare = path.join(world.upstream.root, OWNER, 'study.git');
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', bare, ...args], { encoding: 'utf8' }).trim();
    const tree = git('rev-parse', 'main^{tree}');
    const foreign = git(
      '-c',
      'user.name=x',
      '-c',
      'user.email=x@example.org',
      'commit-tree',
      tree,
      '-p',
      'main',
      '-m',
      'x',
    );
    git('update-ref', 'refs/pull/1/head', foreign);

    const end = await endOf(world.task('extract', { commit: foreign }));

    expect(end).toMatchObject({ state: 'refused_by_zone', reason: 'commit-missing' });
  });

  test('a commit on another branch than the one named', async () => {
    const bare = path.join(world.upstream.root, OWNER, 'study.git');
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', bare, ...args], { encoding: 'utf8' }).trim();
    const tree = git('rev-parse', 'main^{tree}');
    const other = git(
      '-c',
      'user.name=x',
      '-c',
      'user.email=x@example.org',
      'commit-tree',
      tree,
      '-p',
      'main',
      '-m',
      'y',
    );
    git('update-ref', 'refs/heads/other', other);
    const first = world.task('extract', { commit: other, branch: 'other' });
    expect((await endOf(first)).state).toBe('succeeded');

    const second = world.task('extract', { commit: other, branch: 'main' });
    world.hub.give(second);
    const [end] = await world.hub.end(second.id);

    expect(end).toMatchObject({ state: 'refused_by_zone', reason: 'commit-not-on-branch' });
  });

  test.each<[string, Record<string, [string, string]>, string]>([
    [
      'a backend that the project may not use',
      { 'projects/ns-2026-014.yml': ['backends: [attainment]', 'backends: [rehearsal]'] },
      'backend-not-permitted',
    ],
    [
      'a person whose grant has ended',
      {
        'people.yml': [
          'backends: [{id: attainment, until: 2027-08-31}]',
          'backends: [{id: attainment, until: 2026-07-31}]',
        ],
      },
      'backend-not-permitted',
    ],
    [
      'an image that has been retired',
      {
        'images.yml': [
          "digest: 'sha256:" + '3'.repeat(64) + "'",
          "retire_on: 2026-08-01, digest: 'sha256:" + '3'.repeat(64) + "'",
        ],
      },
      'image-not-allowed',
    ],
    [
      'an image that is no database image',
      { 'images.yml': ['database: true', 'database: false'] },
      'image-not-allowed',
    ],
    [
      'a database image without a digest',
      { 'images.yml': [`digest: 'sha256:${'3'.repeat(64)}'`, `image_id: 'sha256:${'3'.repeat(64)}'`] },
      'image-not-by-digest',
    ],
  ])('%s', async (_what, edits, reason) => {
    world.governance = aGovernance(edited(edits));

    expect(await endOf(world.task('extract'))).toMatchObject({ state: 'refused_by_zone', reason });
    expect(world.engine.started).toEqual([]);
  });

  test('a project that was granted no dataset', async () => {
    world.governance = { ...aGovernance(), datasets: [] };

    expect(await endOf(world.task('extract'))).toMatchObject({
      state: 'refused_by_zone',
      reason: 'no-dataset-granted',
    });
  });

  test('a zone of dummy data does not stand for a backend of real data', async () => {
    world.governance = aGovernance(edited({ 'backends.yml': ['  data: dummy\n', ''] }));

    expect(await endOf(world.task('extract'), { data: 'dummy' })).toMatchObject({
      reason: 'backend-not-permitted',
    });
  });

  test('a project.yaml that is not valid', async () => {
    const other = await aWorld({ files: { ...STUDY_FILES, 'project.yaml': 'version: 9\n' } });
    await world.close();
    world = other;

    expect(await endOf(world.task('extract'))).toMatchObject({
      state: 'refused_by_zone',
      reason: 'project-invalid',
    });
  });

  test.each([
    ['nobody has', 'nothere:v1'],
    ['whose action.yaml names an image that is not allowed', 'wild:v1'],
    ['that reads the database', 'reads:v1'],
    ['that is not merged to main', 'unmerged:v1'],
  ])('a reusable action %s', async (_what, image) => {
    const other = await aWorld({
      files: {
        'project.yaml': `version: 5\nactions:\n  x:\n    run: ${image}\n    outputs: {highly_sensitive: {o: o.csv}}\n`,
      },
    });
    await world.close();
    world = other;
    const make = (name: string, run: string): string => {
      const bare = path.join(world.upstream.root, 'northshire-actions', `${name}.git`);
      if (!existsSync(bare))
        world.upstream.repository(`northshire-actions/${name}`, { 'action.yaml': `run: ${run}\n` });
      return bare;
    };
    const tag = (bare: string, to: string): void =>
      void execFileSync('git', ['-C', bare, 'tag', '-f', 'v1', to], { stdio: 'ignore' });
    tag(make('wild', 'wilderness:v1 x'), 'main');
    tag(make('reads', 'sqlrunner:v1 q.sql --output o.csv'), 'main');
    const bare = make('unmerged', 'python:v2 x.py');
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', bare, ...args], { encoding: 'utf8' }).trim();
    const orphan = git(
      '-c',
      'user.name=x',
      '-c',
      'user.email=x@example.org',
      'commit-tree',
      git('rev-parse', 'main^{tree}'),
      '-m',
      'z',
    );
    tag(bare, orphan);

    expect(await endOf(world.task('x'))).toMatchObject({
      state: 'refused_by_zone',
      reason: 'reusable-action-not-allowed',
    });
  });
});

describe('a job that cannot be prepared', () => {
  test('its image is not on this machine', async () => {
    world.images = [];
    expect(await endOf(world.task('extract'))).toMatchObject({
      state: 'prepare_failed',
      reason: 'image-missing',
    });
  });

  test('an action it needs has not run', async () => {
    expect(await endOf(world.task('model'))).toMatchObject({
      state: 'prepare_failed',
      reason: 'input-missing',
    });
  });

  test('the database says no', async () => {
    const end = await endOf(world.task('extract'), {
      patch: (context): RunContext => ({
        ...context,
        database: {
          open: async () => refusal('database.unavailable', 'No.'),
          close: async () => undefined,
          sweep: async () => undefined,
        },
      }),
    });
    expect(end).toMatchObject({ state: 'prepare_failed', reason: 'database-unavailable' });
  });

  test('its dummy data file is not in the repository', async () => {
    const { 'dummy/rows.csv': _gone, ...files } = STUDY_FILES;
    const other = await aWorld({ files });
    await world.close();
    world = other;

    expect(await endOf(world.task('extract'), { data: 'dummy' })).toMatchObject({
      state: 'prepare_failed',
      reason: 'dummy-data-missing',
    });
  });

  test('git does not answer', async () => {
    let asked = 0;
    world.upstream.intercept = (_request, response) => {
      asked += 1;
      response.writeHead(503).end();
      return true;
    };

    const end = await endOf(world.task('extract'));
    world.upstream.intercept = undefined;

    expect(end).toMatchObject({ state: 'prepare_failed', reason: 'git-unavailable' });
    expect(asked).toBe(5);
  });

  test('the disk is full', async () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const end = await endOf(world.task('extract'), {
      checkpoint: (point) => {
        if (point === 'export.file') throw full;
      },
    });

    expect(end).toMatchObject({ state: 'prepare_failed', reason: 'disk-full' });
    expect(leftovers(world)).toEqual([]);
  });

  test('the disk is full when outputs are taken: nothing half-written is valid, and the end says so', async () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const end = await endOf(world.task('extract'), {
      checkpoint: (point) => {
        if (point === 'take.file') throw full;
      },
    });

    expect(end).toEqual(asFailed(end));
    expect(insideOf(end)).toMatchObject({ state: 'job_error', reason: 'disk-full' });
    expect(world.manifest()).toMatchObject({ outputs: {}, runs: { extract: { state: 'job_error' } } });
  });

  test('a disk that is full even for the end of a run: it is told as soon as there is room', async () => {
    let room = 0;
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const end = await endOf(world.task('extract'), {
      checkpoint: (point) => {
        if (point === 'finalize.metadata:before' && (room += 1) < 12) throw full;
      },
    });

    expect(insideOf(end).state).toMatch(/job_error|succeeded/);
    expect(world.engine.started).toHaveLength(1);
  });

  test('a repository larger than a job may write', async () => {
    world.governance = aGovernance(edited({ 'backends.yml': ['disk: 10G', 'disk: 1M'] }));
    const other = await aWorld({
      files: { ...STUDY_FILES, big: 'x'.repeat(1_100_000) },
      governance: world.governance,
    });
    await world.close();
    world = other;

    expect(await endOf(world.task('extract'))).toMatchObject({
      state: 'prepare_failed',
      reason: 'disk-full',
    });
  });
});

describe('what is away for a while', () => {
  test('the hub: jobs go on, and every end is told when it is back', async () => {
    const extract = world.task('extract');
    world.hub.give(extract);
    agent = world.agent({
      script: (job) => {
        world.hub.away = true;
        return goodScript(job);
      },
    });
    while (!world.manifest()) await new Promise(setImmediate);
    expect(world.hub.ended.size).toBe(0);

    world.hub.away = false;
    world.hub.wake();

    expect((await world.hub.end(extract.id))[0]?.state).toBe('succeeded');
  });

  test('the hub while the agent is started again: the run is brought to its end all the same', async () => {
    const extract = world.task('extract');
    world.hub.give(extract);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    agent = world.agent({ script: (job) => held.then(() => goodScript(job)) });
    while (world.engine.started.length === 0) await new Promise(setImmediate);
    world.hub.away = true;
    await agent.stop();

    agent = world.agent();
    release();
    while (!world.manifest()) await new Promise(setImmediate);
    world.hub.away = false;
    world.hub.wake();

    expect((await world.hub.end(extract.id))[0]?.state).toBe('succeeded');
    expect(world.engine.started).toHaveLength(1);
  });

  test('the engine: the job is looked for again and taken up where it is', async () => {
    const extract = world.task('extract');
    world.hub.give(extract);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    agent = world.agent({ script: (job) => held.then(() => goodScript(job)) });
    while (world.engine.started.length === 0) await new Promise(setImmediate);

    world.engine.down = true;
    release();
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    world.engine.down = false;

    expect((await world.hub.end(extract.id))[0]?.state).toBe('succeeded');
    expect(world.engine.started).toHaveLength(1);
  });

  test('a container that is gone, or went with its engine, is interrupted and not the fault of the program', async () => {
    const extract = world.task('extract');
    world.hub.give(extract);
    agent = world.agent({ script: () => new Promise(() => undefined) });
    while (world.engine.started.length === 0) await new Promise(setImmediate);
    world.engine.restartUnder(extract.id);
    expect((await world.hub.end(extract.id))[0]?.state).toBe('interrupted');
    await agent.stop();

    const again = world.task('extract');
    world.hub.give(again);
    agent = world.agent({ script: () => new Promise(() => undefined) });
    while (world.engine.started.length < 2) await new Promise(setImmediate);
    await agent.stop();
    world.engine.jobs.delete(again.id);
    agent = world.agent();

    expect((await world.hub.end(again.id))[0]?.state).toBe('interrupted');
    expect(world.engine.started).toHaveLength(2);
  });

  test('a program that may not run any longer, or wrote too much, has its own end', async () => {
    expect(
      (await endOf(world.task('extract'), { script: () => ({ code: 137, timedOut: true }) })).state,
    ).toBe('timed_out');
    await agent?.stop();
    world.governance = aGovernance(edited({ 'images.yml': [', exit_codes: trusted', ''] }));
    const end = await endOf(world.task('extract'), { script: () => ({ code: 137, diskFull: true }) });
    expect(end).toEqual(asFailed(end));
    expect(insideOf(end)).toMatchObject({ state: 'job_error', reason: 'disk-full' });
  });

  test('a lock file that a killed git left does not stop the mirror', async () => {
    await endOf(world.task('extract'));
    await agent?.stop();
    const mirror = path.join(world.layout.mirrors, '70011.git', 'refs', 'heads');
    writeFileSync(path.join(mirror, 'main.lock'), '');
    world.commit = world.upstream.commit(`${OWNER}/study`, { 'query.sql': 'select 2' });

    const task = world.task('extract', { commit: world.commit });
    expect((await endOf(task)).state).toBe('succeeded');
  });
});

describe('governance', () => {
  const look = (codes: (string | undefined)[]) => {
    let at = 0;
    return {
      current: () => world.governance,
      refresh: jest.fn(async () => {
        const code = codes[Math.min(at++, codes.length - 1)];
        return code ? { changed: false, refused: refusal(code, 'No.') } : { changed: false };
      }),
    };
  };
  const limits = { freshMs: minutes(1), maxAgeMs: minutes(60) };
  const signal = new AbortController().signal;

  test('is looked at before a task when the last look is old, and not between', async () => {
    const clock = fixedClock('2026-08-03T09:00:00Z');
    const mirror = look([undefined]);
    const fresh = new FreshGovernance(mirror, limits, clock);

    await fresh.forTask(signal);
    clock.advance(seconds(30));
    await fresh.forTask(signal);
    expect(mirror.refresh).toHaveBeenCalledTimes(1);
    clock.advance(seconds(31));
    await fresh.forTask(signal);
    expect(mirror.refresh).toHaveBeenCalledTimes(2);
  });

  test('that cannot be reached serves for a while, then no job is started', async () => {
    const clock = fixedClock('2026-08-03T09:00:00Z');
    const fresh = new FreshGovernance(look([undefined, 'governance.unreachable']), limits, clock);

    expect(await fresh.forTask(signal)).toBe(world.governance);
    clock.advance(minutes(59));
    expect(await fresh.forTask(signal)).toBe(world.governance);
    clock.advance(minutes(2));
    expect(await fresh.forTask(signal)).toBeUndefined();
  });

  test('whose newest version is broken was still looked at: the last good one serves', async () => {
    const clock = fixedClock('2026-08-03T09:00:00Z');
    const fresh = new FreshGovernance(look(['governance.invalid']), limits, clock);

    expect(await fresh.forTask(signal)).toBe(world.governance);
  });

  test('is waited for when it is being looked at already', async () => {
    let answer: () => void = () => undefined;
    const mirror = {
      current: () => world.governance,
      refresh: () =>
        new Promise<{ changed: boolean }>((resolve) => (answer = () => resolve({ changed: false }))),
    };
    const fresh = new FreshGovernance(mirror, limits, fixedClock('2026-08-03T09:00:00Z'));
    void fresh.look();
    const given = fresh.forTask(signal);
    answer();

    expect(await given).toBe(world.governance);
  });

  test('that is not there is asked for again, and then the job fails with that reason', async () => {
    let asked = 0;
    world.governanceNow = () => {
      asked += 1;
      return undefined;
    };

    expect(await endOf(world.task('extract'))).toMatchObject({
      state: 'prepare_failed',
      reason: 'governance-unavailable',
    });
    expect(asked).toBe(5);
  });
});

test('the repository is laid out exactly: bytes, programs; links and attributes of git change nothing', async () => {
  const other = await aWorld({
    files: {
      ...STUDY_FILES,
      '.gitattributes': '* text eol=crlf export-ignore\nhidden export-ignore\n',
      hidden: 'here',
      'crlf.txt': 'a\nb\n',
    },
  });
  await world.close();
  world = other;
  let seen: string[] = [];
  await endOf(world.task('extract'), {
    script: (job) => {
      seen = ['hidden', 'crlf.txt'].map((file) => readFileSync(path.join(job.spec.workDir, file), 'utf8'));
      return goodScript(job);
    },
  });

  expect(seen).toEqual(['here', 'a\nb\n']);
});
