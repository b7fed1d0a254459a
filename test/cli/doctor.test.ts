/** Of each thing that is missing or wrong: what is said, and the one command that mends it. */
import { expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { LAPTOP_CHECKS, type LaptopFacts } from '../../src/cli/doctor-laptop.ts';
import { diagnose, doctor } from '../../src/cli/doctor-work.ts';
import { checkPath } from '../../src/cli/check-path.ts';
import { program } from '../../src/cli/program.ts';
import { shownCommands } from '../../src/cli/commands.ts';
import { splitWords } from '../../src/pipeline/pipeline.ts';
import { refusal } from '../../src/lib/refusal.ts';

const GIB = 1024 ** 3;
const ENGINE = {
  kind: 'docker' as const,
  where: '/var/run/docker.sock',
  version: '27.1.0',
  platform: 'linux/amd64',
  cpus: 4,
  memoryBytes: 16 * GIB,
  rootless: false,
  limits: { memory: true, pids: true },
  now: Date.parse('2027-03-01T09:00:00Z'),
  root: '/var/lib/docker',
};
const DISK = { freeBytes: 100 * GIB, totalBytes: 200 * GIB };

/** A machine on which nothing is missing, but for what is given. */
function facts(more: Partial<LaptopFacts> = {}): LaptopFacts {
  return {
    system: 'linux',
    node: '20.20.0',
    cpus: 4,
    memoryBytes: 16 * GIB,
    freeMemoryBytes: 8 * GIB,
    disk: DISK,
    git: 'git version 2.39.5',
    engine: ENGINE,
    engineDisk: DISK,
    study: study(RIGHT),
    now: ENGINE.now,
    autocrlf: undefined,
    attributes: false,
    shell: { name: 'bash', completed: true },
    ...more,
  };
}

const RIGHT =
  'version: 5\nactions:\n  a:\n    run: python:v2 a.py\n    outputs: {highly_sensitive: {d: o.csv}}\n';

function study(text: string, images: NonNullable<LaptopFacts['study']>['images'] = []): LaptopFacts['study'] {
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-doctor-'));
  try {
    writeFileSync(path.join(dir, 'project.yaml'), text);
    return { dir, checked: checkPath(dir), images };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function told(of: LaptopFacts): Promise<string[]> {
  const found = await diagnose(LAPTOP_CHECKS, of);
  return found
    .filter(({ state }) => state !== 'ok')
    .map(({ id, state, says, mend }) => `${id} ${state}: ${says}${mend === undefined ? '' : ` → ${mend}`}`);
}

test('a machine on which nothing is missing has nothing to mend', async () => {
  expect(await told(facts())).toEqual([]);
});

const missingImage = { image: 'python:v2', pull: 'registry.example/python:v2' };

test.each<[string, Partial<LaptopFacts>, string[]]>([
  [
    'an old Node',
    { node: '20.18.3' },
    ['node missing: This is Node 20.18.3; 20.19 or newer is needed. → nvm install --lts'],
  ],
  [
    'an older Node',
    { node: '18.20.0' },
    [expect.stringContaining('This is Node 18.20.0') as unknown as string],
  ],
  [
    'no git',
    { git: undefined },
    [
      'git missing: git is not installed, or not on the PATH. → sudo apt-get install git',
      'line-endings skipped: git is not there',
    ],
  ],
  [
    'a socket that is for others',
    {
      engine: refusal(
        'run.no-docker',
        'You may not use the container engine.',
        'sudo usermod -aG docker $USER',
      ),
      engineDisk: undefined,
    },
    [
      'engine missing: You may not use the container engine. → sudo usermod -aG docker $USER',
      'engine.memory skipped: the engine does not answer',
      'engine.limits skipped: the engine does not answer',
      'engine.disk skipped: nobody here can say',
      'clock skipped: there is no second clock to compare it with',
      'images skipped: the engine does not answer',
    ],
  ],
  [
    'a small virtual machine',
    { engine: { ...ENGINE, memoryBytes: 2 * GIB } },
    [
      'engine.memory warning: Containers have 2.0 GiB in all, and an action may take 4.0 GiB. → sallyport run run_all --concurrency 1 --memory 1G',
    ],
  ],
  [
    'rootless without control groups',
    { engine: { ...ENGINE, rootless: true, limits: { memory: false, pids: false } } },
    [
      'engine.limits warning: This engine cannot hold an action to its memory and number of processes. → Let the system give its cgroup controllers to you (systemd: Delegate=cpu memory pids for user@.service)',
    ],
  ],
  [
    'a full disk, and one that is nearly full',
    { disk: { ...DISK, freeBytes: GIB / 2 }, engineDisk: { ...DISK, freeBytes: 5 * GIB } },
    [
      'disk missing: The disk of the study is full: 512 MiB free of 200 GiB. → sallyport clean --images',
      'engine.disk warning: The disk of the engine is nearly full: 5.0 GiB free of 200 GiB. → sallyport clean --images',
    ],
  ],
  [
    'a clock that slept',
    { now: ENGINE.now + 7 * 60_000 },
    [
      "clock warning: The engine's clock differs by 7 min: files would be newer or older than they are. → Start the engine anew: its machine has slept",
    ],
  ],
  [
    'no study',
    { study: undefined },
    ['project', 'codelists', 'images'].map((id) => `${id} skipped: there is no project.yaml in this folder`),
  ],
  [
    'errors in project.yaml',
    { study: study('version: 5\nactions:\n  a: {}\n') },
    [
      expect.stringMatching(
        /^project missing: project\.yaml, line 3: .* → sallyport check$/,
      ) as unknown as string,
    ],
  ],
  [
    'an image that is not here',
    { study: study(RIGHT, [missingImage]) },
    ['images missing: Not on this machine: python:v2. → sallyport images pull'],
  ],
  [
    'line endings of Windows',
    { autocrlf: 'true' },
    [
      'line-endings warning: git turns line endings into those of Windows (core.autocrlf), which programs in containers trip over. → git config core.autocrlf input && git checkout-index --force --all',
    ],
  ],
  ['line endings that the study itself says', { autocrlf: 'true', attributes: true }, []],
  [
    'no completion',
    { shell: { name: 'fish', completed: false } },
    [
      'completion warning: Tab completes nothing of sallyport in fish. → mkdir -p ~/.config/fish/completions && sallyport completion fish > ~/.config/fish/completions/sallyport.fish',
    ],
  ],
  ['a shell that has none', { shell: undefined }, ['completion skipped: for bash, zsh and fish']],
])('%s', async (_what, more, expected) => {
  expect(await told(facts(more))).toEqual(expected);
});

test('every command of ours that mends something is one that there is', async () => {
  const wrong = facts({
    engine: { ...ENGINE, memoryBytes: GIB },
    disk: { freeBytes: 0, totalBytes: GIB },
    shell: { name: 'zsh', completed: false },
    study: study('version: 5\n'),
  });
  const mends = (await diagnose(LAPTOP_CHECKS, wrong)).flatMap(({ mend }) =>
    (mend ?? '').split('&&').map((each) => each.trim().replace(/ > .*$/, '')),
  );
  const ours = mends.filter((each) => each.startsWith('sallyport '));
  expect(ours.length).toBeGreaterThanOrEqual(4);
  for (const line of ours) {
    const root = program();
    let ran = false;
    for (const { command } of shownCommands(root)) command.action(() => void (ran = true));
    await root.parseAsync((splitWords(line) as string[]).slice(1), { from: 'user' });
    expect([line, ran]).toEqual([line, true]);
  }
});

test('a check that fails itself does not keep the others from being asked', async () => {
  const found = await diagnose(
    [
      { id: 'bad', title: 'bad', ask: () => Promise.reject(new Error(`cannot open ${homedir()}/x`)) },
      { id: 'good', title: 'good', ask: () => ({ state: 'ok', says: 'well' }) },
    ],
    undefined,
  );

  expect(found).toEqual([
    { id: 'bad', title: 'bad', state: 'warning', says: 'could not be looked at: cannot open ~/x' },
    { id: 'good', title: 'good', state: 'ok', says: 'well' },
  ]);
});

test('the table ends with 1 when something that is needed is missing, and a program reads the same', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-doctor-'));
  const { DOCKER_HOST: before } = process.env;
  process.env['DOCKER_HOST'] = `unix://${dir}/none.sock`;
  writeFileSync(path.join(dir, 'project.yaml'), RIGHT);
  try {
    let said = '';
    const shown = { out: { write: (text: string) => (said += text) }, color: false };
    expect(await doctor('laptop', { projectDir: dir, json: false }, shown)).toBe(1);
    expect(said).toMatch(/^✓ Node {14}20|^✓ Node/m);
    expect(said).toMatch(
      /^✗ container engine {2}The container engine does not answer .*\n {20}→ Start it: /m,
    );
    expect(said).toMatch(/^1 of what is needed is missing\.$/m);

    said = '';
    expect(await doctor('laptop', { projectDir: dir, json: true }, shown)).toBe(1);
    expect(JSON.parse(said)).toMatchObject({
      role: 'laptop',
      ok: false,
      checks: expect.arrayContaining([
        expect.objectContaining({ id: 'engine', state: 'missing' }),
        expect.objectContaining({ id: 'project', state: 'ok', says: 'right, 1 action' }),
      ]) as unknown,
    });
    await expect(doctor('laptop', { projectDir: `${dir}/x`, json: false }, shown)).rejects.toMatchObject({
      refusal: { code: 'doctor.no-folder' },
    });
  } finally {
    if (before === undefined) delete process.env['DOCKER_HOST'];
    else process.env['DOCKER_HOST'] = before;
    rmSync(dir, { recursive: true });
  }
});
