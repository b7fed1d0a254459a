/** Nothing that the checks wait for lasts for ever: threads that die, scripts that go, folders that come late. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Wishes } from '../../agent/airlock/checks/queue.ts';
import type { FileJob } from '../../agent/airlock/checks/runner.ts';
import { threadedChecks } from '../../agent/airlock/checks/threaded.ts';
import { inlineReader } from '../../agent/airlock/manifests/read.ts';
import { threadedReader } from '../../agent/airlock/manifests/threaded.ts';
import { Workspaces } from '../../agent/airlock/manifests/workspaces.ts';
import { watchManifests, type Watch } from '../../agent/airlock/watch.ts';
import { DEFAULT_POLICY } from '../../src/disclosure/disclosure.ts';
import { createLogger } from '../../src/lib/logger.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-test-waits-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const quiet = createLogger('test', { level: 'silent' });

describe('a thread of the checks', () => {
  const script = (body: string): string => {
    const file = path.join(dir, 'worker.mjs');
    writeFileSync(file, `import { parentPort } from 'node:worker_threads';\n${body}`);
    return file;
  };
  const job: FileJob = {
    ...{ kind: 'file', place: '/nowhere', path: 'table.csv', sha256: '0'.repeat(64) },
    ...{ policy: DEFAULT_POLICY, facts: {} },
  };
  const REPORT = `{ report: { path: 'table.csv', kind: 'table', findings: [], columns: [] }, tables: [] }`;
  const GOOD = `parentPort.on('message', ({ id }) => parentPort.postMessage({ id, result: ${REPORT} }));`;
  const good = expect.objectContaining({ report: expect.objectContaining({ kind: 'table' }) });

  test('that died while nobody asked it anything is replaced: the next job does not wait for it', async () => {
    const gone = path.join(dir, 'gone');
    // Ends by itself a moment after its answer.
    const file = script(`
      import { writeFileSync } from 'node:fs';
      process.on('exit', () => writeFileSync(${JSON.stringify(gone)}, ''));
      parentPort.on('message', ({ id }) => {
        parentPort.postMessage({ id, result: ${REPORT} });
        setImmediate(() => process.exit(0));
      });`);
    const checks = threadedChecks({ script: file });
    for (let times = 0; times < 3; times += 1) {
      expect(await checks.file(job)).toEqual(good);
      while (!existsSync(gone)) await new Promise(setImmediate);
      rmSync(gone);
    }
    // And at once, while the last one may just be ending.
    expect(await checks.file(job)).toEqual(good);
    expect(await checks.file(job)).toEqual(good);
    await checks.close();
  });

  test.each([
    ['is not there', undefined],
    ['was written half', 'parentPort.on("message", ({ id'],
    ['ends at once', ''],
    ['throws at the first job', `parentPort.on('message', () => { throw new Error('no'); });`],
    [
      'answers nothing that it should',
      `parentPort.on('message', () => parentPort.postMessage({ id: 0 }));
      parentPort.on('message', ({ id }) => parentPort.postMessage({ id, failed: true }));`,
    ],
  ])('whose script %s leaves the file unfinished, and the next build is used', async (_what, body) => {
    const file = body === undefined ? path.join(dir, 'worker.mjs') : script(body);
    const checks = threadedChecks({ script: file });
    expect(await checks.file(job)).toMatchObject({
      unfinished: true,
      report: { findings: [{ check: 'F3' }] },
    });

    script(GOOD);

    expect(await checks.file(job)).toEqual(good);
    await checks.close();
  });

  test('that never answers is given its time and no more, and one that is asked what cannot be sent none', async () => {
    // By a clock of the test's own: the good ones begin and end within the same time, however busy the machine is.
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    const checks = threadedChecks({ script: script('for (;;);'), timeoutMs: 2_000 });
    const hangs = checks.file(job);
    await new Promise(setImmediate);
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(2_000);
    jest.useRealTimers();
    expect(await hangs).toMatchObject({ unfinished: true });
    script(GOOD);
    const unsendable = { ...job, facts: { population: (() => 1) as unknown as number } };
    expect(await checks.file(unsendable)).toMatchObject({ unfinished: true });
    expect(await checks.file(job)).toEqual(good);
    await checks.close();
  });

  test('that is closed at work breaks off: nothing is kept, and nothing asked later begins', async () => {
    const checks = threadedChecks({ script: script(`parentPort.on('message', () => undefined);`) });
    const [first, second] = [checks.file(job), checks.file(job)];
    await checks.close();

    expect(await first).toEqual({ report: undefined, tables: [] });
    expect(await second).toEqual({ report: undefined, tables: [] });
    expect(await checks.file(job)).toEqual({ report: undefined, tables: [] });
  });

  test('that reads a manifest is given its time too', async () => {
    const asked = { file: path.join(dir, 'manifest.json'), workspace: 'study-main', keys: [] };
    await expect(
      threadedReader(script('setInterval(() => undefined, 1000);'), 200).read(asked),
    ).rejects.toThrow('did not answer in time');
    await expect(threadedReader(path.join(dir, 'none.mjs')).read(asked)).rejects.toThrow();
    await expect(threadedReader(script('')).read(asked)).rejects.toThrow('ended without an answer');
  });
});

describe('wishes', () => {
  test('one that comes in the moment in which the last one ends is carried out', async () => {
    const done: string[] = [];
    const wishes = new Wishes(quiet);
    const wish = (name: string): void => {
      wishes.want(name, () => Promise.resolve(void done.push(name)));
    };
    wish('first');
    const settled = wishes.settled();
    // At every turn of the loop in which the last one may just be ending.
    for (let turn = 0; turn < 30; turn += 1) {
      for (let step = 0; step < turn % 6; step += 1) await Promise.resolve();
      wish(`wish ${turn}`);
      if (turn % 3 === 0) await new Promise(setImmediate);
    }
    await settled;
    await wishes.settled();

    expect(done).toHaveLength(31);
    expect(wishes.waiting).toBe(0);
  });

  test('one that fails does not keep the next one waiting', async () => {
    const wishes = new Wishes(quiet);
    let done = false;
    wishes.want('one', () => Promise.reject(new Error('no')));
    wishes.want('two', () => Promise.resolve(void (done = true)));
    await wishes.settled();

    expect([done, wishes.failed]).toEqual([true, 1]);
  });

  test('one that fails is tried again, later each time, until it can be carried out', async () => {
    const pauses: number[] = [];
    const wishes = new Wishes(quiet, (failures) => {
      pauses.push(failures);
      return 1;
    });
    let tries = 0;
    await new Promise<void>((resolve) =>
      wishes.want('request one', async () => {
        tries += 1;
        if (tries < 4) throw new Error('the database is away');
        resolve();
      }),
    );
    await wishes.settled();

    expect([tries, pauses, wishes.failed, wishes.waiting]).toEqual([4, [1, 2, 3], 3, 0]);
  });

  describe('that fails', () => {
    // By a clock of the test's own: a second try that a busy machine brings early would look like one too many.
    beforeEach(() => {
      jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    test('is not tried again when it closes', async () => {
      const wishes = new Wishes(quiet, () => 1000);
      let tries = 0;
      wishes.want('one', () => Promise.reject(new Error(`${(tries += 1)}`)));
      await wishes.settled();
      expect([wishes.waiting, jest.getTimerCount()]).toEqual([1, 1]);
      wishes.drop();
      jest.advanceTimersByTime(5000);
      await wishes.settled();

      expect([tries, wishes.waiting, jest.getTimerCount()]).toEqual([1, 0, 0]);
    });

    test('while it closes is not tried again either', async () => {
      const wishes = new Wishes(quiet, () => 1000);
      let tries = 0;
      wishes.want('one', () => {
        tries += 1;
        wishes.drop();
        return Promise.reject(new Error('the database is away'));
      });
      await wishes.settled();

      expect([tries, wishes.waiting, jest.getTimerCount()]).toEqual([1, 0, 0]);
    });

    test('is tried again after its pause where nothing closes', async () => {
      const wishes = new Wishes(quiet, () => 1000);
      let tries = 0;
      wishes.want('one', () => ((tries += 1) < 2 ? Promise.reject(new Error('away')) : Promise.resolve()));
      await wishes.settled();
      jest.advanceTimersByTime(999);
      await wishes.settled();
      expect([tries, wishes.waiting]).toEqual([1, 1]);
      jest.advanceTimersByTime(1);
      await wishes.settled();

      expect([tries, wishes.waiting]).toEqual([2, 0]);
    });
  });

  test('timers and sockets get their turn between two of them, however short they are', async () => {
    const wishes = new Wishes(quiet);
    let isOver = false;
    let rung = false;
    setTimeout(() => (rung = true), 0);
    // Answers of the embedded database come in the same turn.
    const endless = (): void =>
      wishes.want('workspace a', () => Promise.resolve(isOver ? undefined : endless()));
    endless();
    const rings = new Promise<void>((resolve) => setTimeout(resolve, 5)).then(() => (isOver = true));
    await rings;
    await wishes.settled();

    expect(rung).toBe(true);
  });

  test('what waits is dropped when it closes, and nothing is taken any more', async () => {
    const wishes = new Wishes(quiet);
    const done: string[] = [];
    wishes.want('one', () => Promise.resolve(void done.push('one')));
    wishes.drop();
    wishes.want('two', () => Promise.resolve(void done.push('two')));
    await wishes.settled();

    expect(done).toEqual([]);
  });
});

describe('news of workspaces', () => {
  let watching: Watch;
  let told: string[];
  let workspaces: Workspaces;
  beforeEach(() => {
    told = [];
    workspaces = new Workspaces({ agentState: dir, keys: () => [], reader: inlineReader(), logger: quiet });
  });
  afterEach(() => watching.close());
  const start = (): void => void (watching = watchManifests(workspaces, (name) => told.push(name)));
  const manifest = (name: string, text = '{}'): void => {
    const file = workspaces.manifestOf(name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };

  test('before there is any folder, one that comes later is found', () => {
    start();
    manifest('study-main');
    watching.follow();
    expect(told).toEqual(['study-main']);
    watching.follow();
    expect(told).toEqual(['study-main']);
  });

  test('a workspace whose folder came before its manifest is told of when that is there', () => {
    mkdirSync(path.join(workspaces.root, 'study-main', 'requests'), { recursive: true });
    start();
    watching.follow();
    expect(told).toEqual([]);
    manifest('study-main');
    watching.follow();
    expect(told).toEqual(['study-main']);
  });

  test('a folder that was made anew, and a change that nothing told of, are noticed', () => {
    manifest('study-main');
    start();
    rmSync(path.join(workspaces.root, 'study-main'), { recursive: true });
    watching.follow();
    manifest('study-main', '{"new": true}');
    watching.follow();
    const after = told.length;
    utimesSync(workspaces.manifestOf('study-main'), 1, 1);
    watching.follow();

    expect(told.length).toBeGreaterThan(after);
    expect(new Set(told)).toEqual(new Set(['study-main']));
  });

  test('after it is closed nobody is told anything', () => {
    start();
    watching.close();
    manifest('study-main');
    watching.follow();
    expect(told).toEqual([]);
  });
});
