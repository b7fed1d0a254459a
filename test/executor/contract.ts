/** What every executor must do, said once. Each adapter's test file brings a harness and runs it. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Executor, JobExit, JobSpec } from '../../agent/executor/executor.ts';
import { randomIds } from '../../src/lib/ids.ts';
import type { Program } from './programs.ts';

export interface Harness {
  image: string;
  /** An image that is there, but not its program. */
  brokenImage: string;
  command(program: Program): string[];
  /** An executor as a newly started agent would make it, over the same engine and folders. */
  open(): Executor;
  /** Kills the job behind the executor's back. */
  killFromOutside(id: string): Promise<void>;
  close(): Promise<void>;
}

export const JOB_USER =
  process.getuid?.() === 0
    ? { uid: 65534, gid: 65534 }
    : { uid: process.getuid?.() ?? 1, gid: process.getgid?.() ?? 1 };

/** A folder that the job's user owns. */
export function workFolder(root: string): string {
  const folder = mkdtempSync(path.join(root, 'work-'));
  chmodSync(folder, 0o755);
  if (process.getuid?.() === 0) chownSync(folder, JOB_USER.uid, JOB_USER.gid);
  return folder;
}

export function jobSpec(
  root: string,
  image: string,
  command: string[],
  over: Partial<JobSpec> = {},
): JobSpec {
  return {
    id: randomIds.id(),
    labels: { task: 'task1', action: 'model' },
    image,
    command,
    workDir: workFolder(root),
    readOnlyFiles: [],
    environment: {},
    network: { kind: 'none' },
    user: JOB_USER,
    ...over,
    limits: {
      cpus: 1,
      memoryBytes: 256 * 1024 ** 2,
      pids: 64,
      diskBytes: 64 * 1024 ** 2,
      timeMs: 60_000,
      logBytes: 10 * 1024 ** 2,
      ...over.limits,
    },
  };
}

/** Resolves when the file is there: told by the system, not asked again and again. */
export async function appears(file: string): Promise<void> {
  const watcher = watch(path.dirname(file));
  try {
    await new Promise<void>((resolve) => {
      watcher.on('change', () => existsSync(file) && resolve());
      if (existsSync(file)) resolve();
    });
  } finally {
    watcher.close();
  }
}

const patient = (): AbortSignal => AbortSignal.timeout(100_000);

export function executorContract(make: () => Promise<Harness> | Harness): void {
  let harness: Harness;
  let executor: Executor;
  const root = mkdtempSync(path.join(tmpdir(), 'sallyport-executor-'));
  chmodSync(root, 0o755);

  beforeAll(async () => {
    harness = await make();
    executor = harness.open();
  });
  afterEach(async () => {
    for (const { id } of await executor.list()) await executor.remove(id);
  });
  afterAll(async () => {
    await harness.close();
    rmSync(root, { recursive: true, force: true });
  });

  const spec = (program: Program, over: Partial<JobSpec> = {}) =>
    jobSpec(root, harness.image, harness.command(program), over);
  const limits = (over: Partial<JobSpec['limits']>) => ({ limits: over as JobSpec['limits'] });

  async function started(program: Program, over: Partial<JobSpec> = {}): Promise<JobSpec> {
    const job = spec(program, over);
    expect(await executor.create(job)).toBeUndefined();
    expect(await executor.start(job.id)).toBeUndefined();
    return job;
  }
  async function run(
    program: Program,
    over: Partial<JobSpec> = {},
  ): Promise<{ job: JobSpec; exit: JobExit }> {
    const job = await started(program, over);
    return { job, exit: await executor.wait(job.id, patient()) };
  }

  test('the engine answers and knows which images it has', async () => {
    expect(await executor.healthy()).toBe(true);
    expect(await executor.findImage(harness.image)).toEqual(expect.any(String));
    expect(await executor.findImage('sallyport/nobody-has-this:v1')).toBeUndefined();
  });

  test('a job passes from absent over created and running to exited, and removed it is absent again', async () => {
    const job = spec('wait');
    expect(await executor.phase(job.id)).toBe('absent');
    await executor.create(job);
    expect(await executor.phase(job.id)).toBe('created');
    await executor.start(job.id);
    expect(await executor.phase(job.id)).toBe('running');
    await executor.stop(job.id);
    await executor.wait(job.id, patient());
    expect(await executor.phase(job.id)).toBe('exited');
    await executor.remove(job.id);
    expect(await executor.phase(job.id)).toBe('absent');
  });

  test('a program that ends well reports zero, its times and what ran', async () => {
    const before = Date.now();

    const { exit } = await run('succeed');

    expect(exit).toMatchObject({
      code: 0,
      outOfMemory: false,
      timedOut: false,
      diskFull: false,
      stopped: false,
    });
    expect(exit.interrupted).toBe(false);
    expect(exit.imageId).not.toBe('');
    expect(exit.startedAt).toBeGreaterThanOrEqual(before - 1000);
    expect(exit.finishedAt).toBeGreaterThanOrEqual(exit.startedAt);
  });

  test('a program that fails reports its own code', async () => {
    expect((await run('fail')).exit).toMatchObject({ code: 3, interrupted: false, stopped: false });
  });

  test('the log holds both streams with a time on each line', async () => {
    const { job } = await run('say');

    const lines = (await executor.log(job.id)).trimEnd().split('\n');

    expect(lines.map((line) => line.split(' ')[1]).sort()).toEqual(['one', 'two']);
    expect(lines.every((line) => !Number.isNaN(Date.parse(line.split(' ')[0] ?? '')))).toBe(true);
    expect(await executor.log(job.id, 1)).toBe(`${lines[1]}\n`);
  });

  test('a log above its limit keeps the end and says that the rest was dropped', async () => {
    const { job } = await run('chatter', limits({ logBytes: 100_000 }));

    const log = await executor.log(job.id);

    expect(log.split('\n')[0]).toBe(
      '[sallyport] Earlier output was dropped: only the last 100000 bytes of a log are kept.',
    );
    expect(log.trimEnd().split('\n').at(-1)).toContain('line 19999 ');
    expect(Buffer.byteLength(log)).toBeLessThan(101_000);
  });

  test('the environment is the one of the job, with HOME in the temporary folder', async () => {
    process.env['SALLYPORT_TEST_SECRET'] = 'of the agent';

    const { job } = await run('environment', { environment: { DATABASE_URL: 'a b=c' } });

    const seen = JSON.parse(readFileSync(path.join(job.workDir, 'environment.json'), 'utf8')) as Record<
      string,
      string
    >;
    expect(seen).toMatchObject({ DATABASE_URL: 'a b=c', HOME: '/tmp' });
    expect(seen).not.toHaveProperty('SALLYPORT_TEST_SECRET');
  });

  test('inputs lie where the job was told', async () => {
    const source = path.join(root, 'a.csv');
    writeFileSync(source, 'id,score\n', { mode: 0o444 });
    const job = spec('read', { readOnlyFiles: [{ path: 'inputs/a.csv', source }] });
    mkdirSync(path.join(job.workDir, 'inputs'));

    await executor.create(job);
    await executor.start(job.id);
    await executor.wait(job.id, patient());

    expect(await executor.log(job.id)).toContain('id,score');
  });

  test('stopping ends a job without asking it first, and it is neither failed nor interrupted', async () => {
    const job = await started('stay');
    await appears(path.join(job.workDir, 'ready'));

    await executor.stop(job.id);
    const exit = await executor.wait(job.id, patient());

    // Whoever asks has to wait for an answer: an engine does so for ten seconds.
    expect(existsSync(path.join(job.workDir, 'asked'))).toBe(false);
    expect(exit).toMatchObject({ stopped: true, interrupted: false, timedOut: false, outOfMemory: false });
  });

  test('the wall clock ends a job', async () => {
    const { exit } = await run('wait', limits({ timeMs: 700 }));

    expect(exit).toMatchObject({ timedOut: true, stopped: false, interrupted: false });
    expect(exit.finishedAt - exit.startedAt).toBeGreaterThanOrEqual(650);
  });

  test('a job that writes more than it may is ended', async () => {
    const { exit } = await run('fill', limits({ diskBytes: 1_000_000 }));

    expect(exit).toMatchObject({ diskFull: true, timedOut: false, interrupted: false });
  });

  test('a job that is killed, by itself or by somebody on the host, has failed and was not interrupted', async () => {
    const job = await started('wait');
    await appears(path.join(job.workDir, 'ready'));

    await harness.killFromOutside(job.id);

    expect(await executor.wait(job.id, patient())).toMatchObject({
      code: 137,
      interrupted: false,
      stopped: false,
    });
  });

  test('waiting for a job that has ended answers at once, as often as asked', async () => {
    const { job, exit } = await run('fail');

    expect(await executor.wait(job.id, patient())).toEqual(exit);
    expect(await executor.wait(job.id, patient())).toEqual(exit);
  });

  test('waiting can be given up, and the job goes on', async () => {
    const job = await started('finish');
    await appears(path.join(job.workDir, 'ready'));
    const impatient = new AbortController();
    const waiting = executor.wait(job.id, impatient.signal);
    impatient.abort(new Error('the agent goes down'));

    await expect(waiting).rejects.toThrow('the agent goes down');

    expect(await executor.phase(job.id)).toBe('running');
    writeFileSync(path.join(job.workDir, 'go'), '');
    expect(await executor.wait(job.id, patient())).toMatchObject({ code: 0 });
  });

  test('a new agent finds a running job with its labels and waits for it', async () => {
    const job = await started('finish');
    await appears(path.join(job.workDir, 'ready'));

    const later = harness.open();

    expect(await later.list()).toEqual([{ id: job.id, phase: 'running', labels: job.labels }]);
    writeFileSync(path.join(job.workDir, 'go'), '');
    expect(await later.wait(job.id, patient())).toMatchObject({ code: 0, interrupted: false });
  });

  test('a new agent keeps the wall clock of the old one', async () => {
    const job = await started('wait', limits({ timeMs: 1200 }));

    const exit = await harness.open().wait(job.id, patient());

    expect(exit).toMatchObject({ timedOut: true, stopped: false, interrupted: false });
    expect(exit.finishedAt - exit.startedAt).toBeGreaterThanOrEqual(1150);
  });

  test('a new agent knows why the old one ended a job', async () => {
    const job = await started('wait');
    await executor.stop(job.id);

    expect(await harness.open().wait(job.id, patient())).toMatchObject({ stopped: true, interrupted: false });
  });

  test('creating and starting twice runs a job once, also after it has ended', async () => {
    const job = await started('append');
    expect(await executor.create(job)).toBeUndefined();
    expect(await executor.start(job.id)).toBeUndefined();
    await executor.wait(job.id, patient());
    expect(await executor.start(job.id)).toBeUndefined();
    expect(await harness.open().start(job.id)).toBeUndefined();
    await executor.wait(job.id, patient());

    expect(readFileSync(path.join(job.workDir, 'runs.txt'), 'utf8')).toBe('run\n');
  });

  test('stopping and removing do not mind what is gone', async () => {
    const { job } = await run('succeed');
    await executor.stop(job.id);
    await executor.remove(job.id);
    await executor.remove(job.id);
    await executor.stop(job.id);

    expect(await executor.list()).toEqual([]);
    expect(await executor.log(job.id)).toBe('');
    expect(await executor.usage(job.id)).toBeUndefined();
  });

  test('removing a running job ends it', async () => {
    const job = await started('wait');
    await appears(path.join(job.workDir, 'ready'));

    await executor.remove(job.id);

    expect(await executor.phase(job.id)).toBe('absent');
  });

  test('usage is told of a running job only', async () => {
    const job = await started('wait');
    await appears(path.join(job.workDir, 'ready'));

    const usage = await executor.usage(job.id);

    expect(usage?.memoryBytes).toBeGreaterThan(0);
    expect(usage?.cpuPercent).toBeGreaterThanOrEqual(0);
    await executor.stop(job.id);
    await executor.wait(job.id, patient());
    expect(await executor.usage(job.id)).toBeUndefined();
  });

  test('parallel jobs do not mix', async () => {
    const [first, second, third] = await Promise.all([run('say'), run('fail'), run('succeed')]);

    expect([first.exit.code, second.exit.code, third.exit.code]).toEqual([0, 3, 0]);
    expect(await executor.log(second.job.id)).toBe('');
  });

  test('a missing image is refused and never fetched', async () => {
    const job = spec('succeed', { image: 'sallyport/nobody-has-this:v1' });

    expect(await executor.create(job)).toMatchObject({ refused: true, code: 'executor.image-missing' });
    expect(await executor.phase(job.id)).toBe('absent');
  });

  test('a program that is not there ends as in a shell, and the log says so', async () => {
    const { job, exit } = await run('succeed', { image: harness.brokenImage });

    expect(exit).toMatchObject({ code: 127, interrupted: false });
    expect(await executor.log(job.id)).toContain('/nowhere/program');
  });

  test('a job that was never created cannot be started', async () => {
    expect(await executor.start(randomIds.id())).toMatchObject({
      refused: true,
      code: 'executor.cannot-start',
    });
  });

  test.each<[string, (job: JobSpec) => JobSpec]>([
    ['root as its user', (job) => ({ ...job, user: { uid: 0, gid: 0 } })],
    ['root as its group', (job) => ({ ...job, user: { uid: 1000, gid: 0 } })],
    ['no time limit', (job) => ({ ...job, limits: { ...job.limits, timeMs: 0 } })],
    [
      'an input that climbs out',
      (job) => ({ ...job, readOnlyFiles: [{ path: '../passwd', source: '/etc/passwd' }] }),
    ],
    ['an id that is a path', (job) => ({ ...job, id: '../../../etc/pass' })],
  ])('a job with %s is refused', async (_what, broken) => {
    expect(await executor.create(broken(spec('succeed')))).toMatchObject({ code: 'executor.bad-spec' });
  });
}
