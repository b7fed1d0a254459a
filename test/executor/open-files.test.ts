/** Files that a job deleted and holds open take room on the disk that no look through its folder meets. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  chmodSync,
  closeSync,
  linkSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Running } from '../../agent/executor/container.ts';
import type { Executor } from '../../agent/executor/executor.ts';
import { namelessUsage, type Nameless } from '../../agent/executor/open-files.ts';
import { processExecutor } from '../../agent/executor/process.ts';
import { watch } from '../../agent/executor/watch.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { requires } from '../support/require.ts';
import { JOB_USER, jobSpec, workFolder } from './contract.ts';
import { dockerHarness, type DockerHarness } from './docker-harness.ts';
import { whileHiding } from './hiding.ts';

const MIB = 1024 ** 2;
/** 64 MB, in files that are each below the limit of 32 MB for one file. Nobody ends a process left to itself: it goes when its folder does. */
const HIDE = `const fs = require('fs');
  for (let n = 0; n < 4; n++) {
    const fd = fs.openSync('hidden' + n, 'w'); fs.unlinkSync('hidden' + n);
    for (let m = 0; m < 16; m++) fs.writeSync(fd, Buffer.alloc(${MIB}, 1));
  }
  const home = process.cwd();
  setInterval(() => fs.existsSync(home) || process.exit(), 200)`;
const PROGRAMS = [
  ['the program itself', HIDE],
  [
    'a process that it left to itself',
    `const words = ['-e', ${JSON.stringify(HIDE)}];
     require('child_process').spawn(process.execPath, words, { detached: true, stdio: 'ignore' }).unref();
     setInterval(() => {}, 1e6)`,
  ],
] as const;

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'sallyport-hidden-'));
  chmodSync(root, 0o755);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function endOf(executor: Executor, image: string, program: string) {
  const spec = jobSpec(root, image, ['-e', program]);
  const job = { ...spec, limits: { ...spec.limits, diskBytes: 32 * MIB, timeMs: 20_000 } };
  expect(await executor.create(job)).toBeUndefined();
  expect(await executor.start(job.id)).toBeUndefined();
  try {
    return await executor.wait(job.id, AbortSignal.timeout(60_000));
  } finally {
    await executor.remove(job.id);
  }
}

requires('docker', 'root').describe('in a container', () => {
  let harness: DockerHarness;
  beforeAll(async () => void (harness = await dockerHarness()));
  afterAll(() => harness.close());

  test.each(PROGRAMS)(
    'a job whose deleted files are held open by %s is ended by its limit',
    async (_who, program) => {
      expect(await endOf(harness.open(), harness.image, program)).toMatchObject({
        diskFull: true,
        timedOut: false,
      });
    },
  );
});

test.each(PROGRAMS)('without a container too, where %s holds them', async (_who, program) => {
  const stateDir = mkdtempSync(path.join(root, 'state-'));
  const executor = processExecutor({
    stateDir,
    clock: systemClock,
    diskEveryMs: 100,
    commands: { node: [process.execPath] },
  });

  expect(await endOf(executor, 'node', program)).toMatchObject({ diskFull: true, timedOut: false });
});

test('each of them counts once, and only what has no name', async () => {
  const file = path.join(root, 'own');
  const fds = [openSync(file, 'w'), openSync(file, 'r')];
  writeSync(fds[0]!, Buffer.alloc(MIB, 1));
  const options = { uid: statSync(file).uid, limit: 1024 * MIB };
  const before = await namelessUsage(process.pid, root, options);
  unlinkSync(file);

  const after = await namelessUsage(process.pid, root, options);
  const others = await namelessUsage(process.pid, root, { ...options, uid: 54_321 });
  for (const fd of fds) closeSync(fd);

  expect(after.bytes - before.bytes).toBeGreaterThanOrEqual(MIB);
  expect(after.bytes - before.bytes).toBeLessThan(2 * MIB);
  expect(others.bytes).toBe(0);
});

test('a process that cannot be seen is said to be unseen', async () => {
  expect(await namelessUsage(2 ** 30, root, { uid: 0, limit: 1 })).toEqual({
    bytes: 0,
    over: false,
    unseen: true,
  });
});

/** Mapped by a path of so many folders, which are deleted as well. */
const LONG = (folders: number, mappings: number): string => `
  my $name = 'd' x 200;
  for (1 .. ${folders}) { mkdir $name; chdir $name }
  my $file = written('f');
  map_of($file, 4096, $_ % 2 ? 1 : 3, 1) for 1 .. ${mappings};
  for (1 .. ${folders}) { chdir '..'; rmdir $name }
  rest();`;
const ample = () => ({ uid: statSync(root).uid, limit: 1024 * MIB });

test('mappings that take long to write out hold up nobody, and are over any limit when they take too long', async () => {
  await whileHiding(LONG(19, 1000), { cwd: root }, async (pid) => {
    let turns = 0;
    const turning = setInterval(() => (turns += 1), 0);
    const { bytes, over } = await namelessUsage(pid, root, ample());
    clearInterval(turning);
    expect(turns).toBeGreaterThan(50);
    expect(over).toBe(false);
    expect(bytes).toBeGreaterThanOrEqual(MIB);
    expect(bytes).toBeLessThan(2 * MIB);

    const options = { ...ample(), most: { textBytes: MIB } };
    expect(await namelessUsage(pid, root, options)).toMatchObject({ over: true, unseen: false });
  });
});

test('more than can be looked at is over any limit', async () => {
  const most = { entries: 10 };
  expect(await namelessUsage(process.pid, root, { ...ample(), most })).toMatchObject({ over: true });
});

test.each([
  [
    'the first of which has ended',
    `use threads; my $file = written('f'); async { alone(); rest() }; leave();`,
  ],
  [
    'one of which has files of its own',
    `use threads; async { part(); our $file = written('f'); rest() }; sleep 60`,
  ],
  [
    'the first of which has ended, and nothing but a mapping is left',
    `use threads; my $file = written('f'); map_of($file, ${MIB}, 3, 1); close $file; async { alone(); rest() }; leave();`,
  ],
])('what several threads hold counts once: those %s', async (_which, program) => {
  await whileHiding(program, { cwd: root }, async (pid) => {
    const { bytes, unseen } = await namelessUsage(pid, root, ample());
    expect(unseen).toBe(false);
    expect(bytes).toBeGreaterThanOrEqual(MIB);
    expect(bytes).toBeLessThan(2 * MIB);
  });
});

/** Of root's rights, seeing into the job's processes alone: it is the same user. */
async function withoutRights<T>(uid: number, look: () => Promise<T>): Promise<T> {
  process.seteuid?.(uid);
  try {
    return await look();
  } finally {
    process.seteuid?.(0);
  }
}

requires('root').describe.each([
  ['with the right to ask whose a mapped file is', (look: () => Promise<Nameless>) => look()],
  ['without it', (look: () => Promise<Nameless>) => withoutRights(JOB_USER.uid, look)],
])('of files that are only mapped, %s,', (_right, asked) => {
  const usage = (program: string, cwd: string) =>
    whileHiding(program, { cwd, uid: JOB_USER.uid }, (pid) =>
      asked(() => namelessUsage(pid, root, { uid: JOB_USER.uid, limit: 1024 * MIB })),
    );

  test('those of the agent do not count, whatever the job does to their names', async () => {
    const folder = workFolder(root);
    writeFileSync(path.join(folder, '..', 'object'), Buffer.alloc(MIB, 1), { mode: 0o444 });
    linkSync(path.join(folder, '..', 'object'), path.join(folder, 'input'));

    const opened = `open(my $file, '<', 'input') or die; map_of($file, ${MIB}, 1, $_) for 1, 2; close $file;`;
    expect(await usage(`${opened} unlink 'input' or die; rest()`, folder)).toEqual({
      bytes: 0,
      over: false,
      unseen: false,
    });
  });

  test('one whose path no program could say is over any limit: the system would hold all of it at once', async () => {
    expect(await usage(LONG(100, 1), workFolder(root))).toMatchObject({ over: true, unseen: false });
  });

  test('the job’s count once, however often they are mapped', async () => {
    const mapped = `my $file = written('f'); map_of($file, ${MIB}, $_ % 2 ? 1 : 3, 1) for 1 .. 10; close $file;`;
    const { bytes } = await usage(`${mapped} fork(); rest()`, workFolder(root));

    expect(bytes).toBeGreaterThanOrEqual(MIB);
    expect(bytes).toBeLessThan(2 * MIB);
  });
});

test('a job ends when hardly anything is left on the disk of its folder, whoever took it', async () => {
  const ended = new Promise((resolve) => {
    const watching = watch({
      clock: systemClock,
      diskEveryMs: 1,
      keepFreeBytes: 2 ** 60,
      end: async (_id, why) => resolve(why),
    });
    const limits = { timeMs: 20_000, diskBytes: 1e9 };
    watching.over('job', { startedAt: Date.now(), limits, workDir: root, uid: 1 } as Running);
  });

  expect(await ended).toBe('disk');
});
