/** Small parts: what is told to the hub and when, logs, metrics, the manifest's history. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stepsWith } from '../../agent/runner/checkpoint.ts';
import { lastLines, logTail, plainLines } from '../../agent/runner/job-log.ts';
import { layout, type Layout } from '../../agent/runner/layout.ts';
import { digestOf, readManifest, withRun, type SuccessfulRun } from '../../agent/store/manifest.ts';
import { digestIfSigned } from '../../agent/store/verified-manifest.ts';
import { withSample } from '../../agent/runner/metrics.ts';
import { outcomeOf } from '../../agent/runner/outcome.ts';
import { backOff, HubSaidNo } from '../../src/protocol/back-off.ts';
import { HubUnreachable } from '../../src/protocol/hub-call.ts';
import { Reporter, type UpdateAnswers } from '../../agent/runner/reporter.ts';
import { noteEnd, switchTo } from '../../agent/runner/workspace.ts';
import { Store } from '../../agent/store/store.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { refusal } from '../../src/lib/refusal.ts';
import { createLogger } from '../../src/lib/logger.ts';
import type { Update } from '../../src/protocol/messages.ts';

const logger = createLogger('test', { level: 'silent' });
const update = (task: string, state: Update['state']): Update => ({
  task,
  job: 'job0000000000001',
  at: 1,
  state,
});

describe('the reporter', () => {
  async function reported(say: (reporter: Reporter) => void, fail = 0): Promise<string[][]> {
    const sent: string[][] = [];
    let failures = fail;
    const stop = new AbortController();
    const hub = {
      async updates(updates: readonly Update[]): Promise<UpdateAnswers> {
        if (failures-- > 0) throw new Error('away');
        sent.push(updates.map(({ task, state }) => `${task} ${state}`));
        return updates.map(() => 'taken');
      },
    };
    const reporter = new Reporter(hub, logger, async () => undefined);
    say(reporter);
    const running = reporter.run(stop.signal);
    while (reporter.backlog > 0) await new Promise(setImmediate);
    stop.abort();
    await running;
    return sent;
  }

  test('sends only the latest word on a task', async () => {
    const sent = await reported((reporter) => {
      for (const state of ['preparing', 'executing', 'finalizing'] as const) reporter.say(update('a', state));
      reporter.say(update('b', 'preparing'));
    });
    expect(sent).toEqual([['a finalizing', 'b preparing']]);
  });

  test('never lets a stage take the place of an end', async () => {
    const sent = await reported((reporter) => {
      reporter.say(update('a', 'succeeded'));
      reporter.say(update('a', 'executing'));
    });
    expect(sent).toEqual([['a succeeded']]);
  });

  test('sends again until the hub has taken it', async () => {
    expect(await reported((reporter) => reporter.say(update('a', 'succeeded')), 5)).toEqual([
      ['a succeeded'],
    ]);
  });

  test('asks a hub that is away at least every two seconds, and leaves one that says no alone for longer', () => {
    const pauses = (error: unknown) => [0, 1, 4, 5, 20].map((failures) => backOff(error, failures));
    expect(pauses(new Error('away'))).toEqual([100, 200, 1600, 2000, 2000]);
    const no = new HubSaidNo('the poll', refusal('protocol.unknown-caller', 'No.', ''));
    expect(pauses(no)).toEqual([500, 1000, 8000, 16_000, 30_000]);
  });

  test('a word that the hub cannot take keeps no other one back', async () => {
    const taken: string[] = [];
    const stop = new AbortController();
    const hub = {
      updates: (batch: readonly Update[]): Promise<UpdateAnswers> => {
        if (batch.some(({ task }) => task === 'bad'))
          return Promise.reject(new HubUnreachable(4, { status: 500 }));
        taken.push(...batch.map(({ task }) => task));
        return Promise.resolve(batch.map(() => 'taken'));
      },
    };
    let pauses = 0;
    const reporter = new Reporter(hub, logger, () => {
      pauses += 1;
      if (pauses === 1) reporter.say(update('later', 'succeeded'));
      else stop.abort();
      return Promise.resolve();
    });
    for (const task of ['bad', 'a', 'b', 'c', 'd']) reporter.say(update(task, 'succeeded'));
    await reporter.run(stop.signal);
    expect(taken).toEqual(['a', 'b', 'c', 'd', 'later']);
    expect(reporter.backlog).toBe(1);
  });

  test('a hub that takes nothing is not asked for each word', async () => {
    let asked = 0;
    const stop = new AbortController();
    const hub = {
      updates: (): Promise<UpdateAnswers> => {
        asked += 1;
        return Promise.reject(new HubUnreachable(4, { status: 500 }));
      },
    };
    const reporter = new Reporter(hub, logger, () => {
      stop.abort();
      return Promise.resolve();
    });
    for (let n = 0; n < 50; n += 1) reporter.say(update(String(n), 'succeeded'));
    await reporter.run(stop.signal);
    expect([asked, reporter.backlog]).toEqual([4, 50]);
  });

  test('sends at most 100 at a time', async () => {
    const sent = await reported((reporter) => {
      for (let n = 0; n < 250; n += 1) reporter.say(update(String(n), 'succeeded'));
    });
    expect(sent.map((batch) => batch.length)).toEqual([100, 100, 50]);
  });
});

describe('logs', () => {
  test('the end that may leave has 50 lines, no timestamps, no control or bidirectional characters', () => {
    const log = Array.from(
      { length: 60 },
      (_, n) => `2026-08-03T09:00:00.000000000Z line ${n}\u001b[31m\u202e\r`,
    ).join('\n');

    const tail = logTail(`${log}\n`);

    expect(tail.split('\n')).toHaveLength(50);
    expect(tail.split('\n')[0]).toBe('line 10[31m');
  });

  test('the end that may leave is bounded', () => {
    expect(logTail('x'.repeat(100_000)).length).toBe(20_000);
  });

  test('the end that may leave is cut between characters', () => {
    const tail = logTail(`x${'\u{1f600}'.repeat(20_000)}y`);
    expect(tail).toBe(`${'\u{1f600}'.repeat(9_999)}y`);
  });

  test.each([
    ['', 3, ''],
    ['a\nb\nc\n', 2, 'b\nc'],
    ['a\nb\nc', 3, 'a\nb\nc'],
    ['\na\nb', 2, 'a\nb'],
    ['\na\nb', 3, '\na\nb'],
  ])('the last lines of %j', (text, count, expected) => {
    expect(lastLines(text, count)).toBe(expected);
  });

  test('only a timestamp at the start of a line goes', () => {
    expect(plainLines('2026-08-03T09:00:00Z at 2026-08-03T09:00:00Z x')).toBe('at 2026-08-03T09:00:00Z x');
  });
});

test('metrics: means are weighted by time, peaks stay', () => {
  const first = withSample({}, { cpuPercent: 100, memoryBytes: 2 * 1024 * 1024 }, 10_000);
  const second = withSample(first, { cpuPercent: 0, memoryBytes: 1024 * 1024 }, 30_000);

  expect(second).toMatchObject({
    cpu_sample: 0,
    cpu_cumsum: 1000,
    cpu_mean: 25,
    cpu_peak: 100,
    mem_mb_mean: 1.25,
    mem_mb_peak: 2,
  });
});

test.each([
  [{ code: 137, outOfMemory: true }, 'nonzero_exit', /ran out of memory \(limit 1\.0 MiB\)/],
  [{ code: 137 }, 'nonzero_exit', /was killed/],
  [{ code: 1 }, 'nonzero_exit', /ended with an error/],
  [{ code: 0, timedOut: true }, 'timed_out', /too long/],
  [{ code: 0, interrupted: true }, 'interrupted', /interrupted/],
])('%j ends as %s', (exit, state, message) => {
  const whole = {
    ...{ outOfMemory: false, timedOut: false, diskFull: false, stopped: false, interrupted: false },
    ...{ startedAt: 0, finishedAt: 1 },
    ...exit,
  };
  const outcome = outcomeOf(
    whole,
    { unmatched: [], hints: [] },
    { withheld: false, database: true, limits: { memoryBytes: 1024 ** 2 } },
  );

  expect(outcome.state).toBe(state);
  expect(outcome.message).toMatch(message);
});

test('a database exit code has a hint, for people beside the data', () => {
  const exit = {
    code: 3,
    outOfMemory: false,
    timedOut: false,
    diskFull: false,
    stopped: false,
    interrupted: false,
    startedAt: 0,
    finishedAt: 1,
  };
  const facts = { withheld: false, limits: { memoryBytes: 1 } };
  expect(outcomeOf(exit, { unmatched: [], hints: [] }, { ...facts, database: true }).hint).toMatch(
    /passing database error/,
  );
  expect(outcomeOf(exit, { unmatched: [], hints: [] }, { ...facts, database: false }).hint).toBe('');
});

describe('the workspace', () => {
  let dir: string;
  let places: Layout;
  let store: Store;
  const key = newKeyPair();
  beforeEach(() => {
    dir = mkdtempSync(path.join(tmpdir(), 'sallyport-switch-'));
    places = layout(dir);
    store = new Store(places.store, { sync: false });
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  async function put(text: string): Promise<string> {
    writeFileSync(path.join(dir, 'file'), text);
    return (await store.take(dir, 'file', { mayLink: false })).hash;
  }

  async function aRun(
    task: string,
    files: Record<string, string>,
    more: Partial<SuccessfulRun> = {},
  ): Promise<SuccessfulRun> {
    const outputs = [];
    for (const [file, text] of Object.entries(files)) {
      outputs.push({
        path: file,
        level: 'moderately_sensitive' as const,
        hash: await put(text),
        size: text.length,
        at: 1,
        excluded: false,
      });
    }
    return {
      task,
      job: `job-${task}`,
      request: 'r',
      workspace: 'w',
      action: 'a',
      user: 1,
      repo: 'https://github.com/o/n',
      commit: 'c',
      image: 'python:v2',
      imageId: null,
      inputs: [],
      outputs,
      actions: ['a', 'b'],
      completedAt: 1,
      ...more,
    };
  }
  const context = () => ({ layout: places, store, key, at: stepsWith(() => undefined) });
  const history = (): string[] => readFileSync(places.workspace('w').history, 'utf8').trim().split('\n');

  test('a switch that is repeated changes nothing', async () => {
    const run = await aRun('t1', { 'a.csv': 'x' });
    await switchTo(run, context());
    const before = readFileSync(places.workspace('w').manifest, 'utf8');
    await switchTo(run, context());

    expect(readFileSync(places.workspace('w').manifest, 'utf8')).toBe(before);
    expect(history()).toHaveLength(1);
  });

  test('each manifest names the one before and is signed; a changed one does not hold', async () => {
    await switchTo(await aRun('t1', { 'a.csv': 'x' }), context());
    await switchTo(await aRun('t2', { 'a.csv': 'y' }), context());
    const manifest = readManifest(places.workspace('w').manifest);

    expect(manifest).toMatchObject({
      sequence: 2,
      previous: (JSON.parse(history()[0] ?? '') as { manifest: string }).manifest,
    });
    expect(manifest && digestIfSigned(manifest, [key.publicKey])).toBe(digestOf(manifest!));
    expect(manifest && digestIfSigned({ ...manifest, repo: 'other' }, [key.publicKey])).toBeUndefined();
  });

  test('a line of history that was cut in half does not swallow the next', async () => {
    await switchTo(await aRun('t1', { 'a.csv': 'x' }), context());
    appendFileSync(places.workspace('w').history, '{"sequence":2,"task":"t2');
    await switchTo(await aRun('t2', { 'a.csv': 'y' }), context());

    expect(history()).toHaveLength(3);
    expect(JSON.parse(history()[2] ?? '')).toMatchObject({ sequence: 2, task: 't2' });
  });

  test('two actions that end at once both stand in the manifest', async () => {
    const runs = [await aRun('t1', { 'a.csv': 'x' }), await aRun('t2', { 'b.csv': 'y' }, { action: 'b' })];
    await Promise.all(runs.map((run) => switchTo(run, context())));

    expect(Object.keys(readManifest(places.workspace('w').manifest)?.outputs ?? {}).sort()).toEqual([
      'a.csv',
      'b.csv',
    ]);
  });

  test('a file may become a folder and a folder a file', async () => {
    await switchTo(await aRun('t1', { 'x.csv': 'file' }), context());
    await switchTo(await aRun('t2', { 'x.csv/deep.csv': 'folder' }), context());
    expect(readFileSync(path.join(places.workspace('w').high, 'x.csv/deep.csv'), 'utf8')).toBe('folder');
    await switchTo(await aRun('t3', { 'x.csv': 'file' }), context());
    expect(readFileSync(path.join(places.workspace('w').medium, 'x.csv'), 'utf8')).toBe('file');
  });

  test('an explanation never takes the place of a declared output', async () => {
    const run = await aRun('t1', { 'a.csv': 'x', 'a.csv.txt': 'mine' });
    run.outputs
      .filter((output) => output.path === 'a.csv')
      .forEach((output) => Object.assign(output, { excluded: true, message: 'Too wide.' }));
    await switchTo(run, context());

    const { medium } = places.workspace('w');
    expect(readFileSync(path.join(medium, 'a.csv.txt'), 'utf8')).toBe('mine');
    expect(existsSync(path.join(medium, 'a.csv'))).toBe(false);
    expect(readManifest(places.workspace('w').manifest)?.outputs['a.csv']).toMatchObject({
      excluded: true,
      message: 'Too wide.',
    });
  });

  test('outputs of an action that left project.yaml are marked, and unmarked when it is back', async () => {
    const first = withRun(undefined, await aRun('t1', { 'a.csv': 'x' }));
    const gone = withRun(first, await aRun('t2', { 'b.csv': 'y' }, { action: 'b', actions: ['b'] }));
    const back = withRun(gone, await aRun('t3', { 'b.csv': 'y' }, { action: 'b' }));

    expect(gone.outputs['a.csv']).toMatchObject({ out_of_date_action: true });
    expect(back.outputs['a.csv']).not.toHaveProperty('out_of_date_action');
    expect(sha256('x')).toBe(back.outputs['a.csv']?.content_hash);
  });

  test('a run that failed changes its log and how it ended, and no output; said again, nothing', async () => {
    const log = (text: string) => ({ path: 'metadata/a.log', content_hash: sha256(text), size: text.length });
    await switchTo(await aRun('t1', { 'a.csv': 'x' }, { log: log('good') }), context());
    const good = readManifest(places.workspace('w').manifest)!;
    const { outputs: _outputs, ...run } = await aRun('t2', {}, { log: log('bad') });
    const failed = { ...run, state: 'nonzero_exit' } as const;
    await noteEnd(failed, context());
    const after = readManifest(places.workspace('w').manifest)!;
    await noteEnd(failed, context());

    expect(good.runs).toEqual({ a: expect.objectContaining({ state: 'succeeded', log: log('good') }) });
    expect(after).toMatchObject({
      outputs: good.outputs,
      jobs: good.jobs,
      sequence: 2,
      previous: digestOf(good),
    });
    expect(after.runs).toEqual({
      a: expect.objectContaining({ task_id: 't2', job_id: 'job-t2', state: 'nonzero_exit', log: log('bad') }),
    });
    expect(digestIfSigned(after, [key.publicKey])).toBe(digestOf(after));
    expect(readManifest(places.workspace('w').manifest)).toEqual(after);
    expect(history().map((line) => JSON.parse(line) as object)).toMatchObject([
      { sequence: 1, task: 't1' },
      { sequence: 2, ended: 't2', state: 'nonzero_exit', manifest: digestOf(after) },
    ]);
  });

  test('a first run that was refused before there was a log makes no workspace', async () => {
    const { outputs: _outputs, ...run } = await aRun('t1', {});
    await noteEnd({ ...run, state: 'refused_by_zone' }, context());

    expect(readManifest(places.workspace('w').manifest)).toBeUndefined();
  });

  test('runs of an action that left project.yaml are marked as its outputs are', async () => {
    const first = withRun(undefined, await aRun('t1', { 'a.csv': 'x' }));
    const gone = withRun(first, await aRun('t2', { 'b.csv': 'y' }, { action: 'b', actions: ['b'] }));
    const back = withRun(gone, await aRun('t3', { 'b.csv': 'y' }, { action: 'b' }));

    expect(gone.runs?.['a']).toMatchObject({ out_of_date_action: true });
    expect(back.runs?.['a']).not.toHaveProperty('out_of_date_action');
  });

  test.each(['../w', 'w/../x', '', '.hidden', 'a b'])('the name %j builds no path', (name) => {
    expect(() => places.workspace(name)).toThrow(TypeError);
    expect(() => places.run(name, 'task000000000001')).toThrow(TypeError);
  });
});
