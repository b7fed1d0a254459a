/** What is left behind goes, and nothing else does. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { laptopExecutor, laptopOwner } from '../../agent/laptop.ts';
import { lockFolder } from '../../agent/lock.ts';
import { identity } from '../../src/lib/process-identity.ts';
import { clean } from '../../src/cli/clean-work.ts';
import { isRefusal, refusal } from '../../src/lib/refusal.ts';
import { docker, testImage } from '../executor/docker-harness.ts';
import { requires } from '../support/require.ts';

let top: string;
let study: string;
const before = { ...process.env };
beforeEach(() => {
  top = realpathSync(mkdtempSync(path.join(tmpdir(), 'sallyport-clean-')));
  study = path.join(top, 'study');
  process.env['XDG_STATE_HOME'] = path.join(top, 'state');
  put({
    'project.yaml':
      'version: 5\nactions:\n  model:\n    run: python:v2 a.py\n    outputs: {highly_sensitive: {d: output/d.csv}}\n',
    'output/d.csv': 'a result',
    'metadata/model.log': 'its log',
    'metadata/gone.log': 'of an action that is no more',
    'metadata/manifest.json': '{}',
    'metadata/manifest.json.abcdefghijklmno1.new': 'half',
    'metadata/.runs/0000000000000001/work/big.bin': 'x'.repeat(3 * 1024 ** 2),
  });
});
afterEach(() => {
  process.env = { ...before };
  rmSync(top, { recursive: true, force: true });
});

function put(files: Record<string, string>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(study, file)), { recursive: true });
    writeFileSync(path.join(study, file), text);
  }
}

async function run(flags: Partial<Parameters<typeof clean>[0]> = {}): Promise<[number, string[]]> {
  let said = '';
  const options = { projectDir: study, images: false, dryRun: false, verbose: true, ...flags };
  const code = await clean(options, { write: (text: string) => (said += text) });
  return [code, said.trimEnd().split('\n')];
}

const withoutEngine = (): void => void (process.env['DOCKER_HOST'] = `unix://${top}/none.sock`);
const NO_ENGINE = expect.stringMatching(
  /^note: no containers were looked for\. The container engine does not answer/,
);

test('folders of runs, half-written files and logs of actions that are no more go; outputs and what is remembered stay', async () => {
  withoutEngine();

  expect(await run({ dryRun: true })).toEqual([
    0,
    [
      'would remove work folder metadata/.runs/0000000000000001 (3.0 MiB)',
      'would remove old log metadata/gone.log (28 B)',
      'would remove half-written file metadata/manifest.json.abcdefghijklmno1.new (4 B)',
      NO_ENGINE,
      'Would remove 1 work folder, 1 old log and 1 half-written file: 3.0 MiB.',
    ],
  ]);
  expect(existsSync(path.join(study, 'metadata/gone.log'))).toBe(true);

  expect(await run({ verbose: false })).toEqual([
    0,
    [NO_ENGINE, 'Removed 1 work folder, 1 old log and 1 half-written file: 3.0 MiB.'],
  ]);
  expect(readdirSync(path.join(study, 'metadata')).sort()).toEqual(['manifest.json', 'model.log']);
  expect(existsSync(path.join(study, 'output/d.csv'))).toBe(true);
  expect((await run())[1].at(-1)).toBe('Nothing was left.');
});

test('while a run is going on here, nothing is taken from it', async () => {
  withoutEngine();
  const lock = lockFolder(path.join(study, 'metadata'), () => refusal('test.held', 'Held.'));
  if (isRefusal(lock)) throw new Error(lock.says);

  await expect(run()).rejects.toMatchObject({ refusal: { code: 'clean.running' } });
  expect(existsSync(path.join(study, 'metadata/.runs/0000000000000001'))).toBe(true);
  lock.release();
});

test('without a project.yaml that can be read no log is known to be old', async () => {
  withoutEngine();
  put({ 'project.yaml': 'version: [' });

  await run();

  expect(readdirSync(path.join(study, 'metadata')).sort()).toEqual([
    'gone.log',
    'manifest.json',
    'model.log',
  ]);
});

test('a study from a stranger leads nowhere else by links', async () => {
  withoutEngine();
  const victim = path.join(top, 'victim');
  mkdirSync(path.join(victim, 'folder'), { recursive: true });
  writeFileSync(path.join(victim, 'x.log'), 'mine');
  rmSync(path.join(study, 'metadata/.runs'), { recursive: true });
  symlinkSync(victim, path.join(study, 'metadata/.runs'));
  symlinkSync(path.join(victim, 'x.log'), path.join(study, 'metadata/x.log'));
  await run();
  rmSync(path.join(study, 'metadata'), { recursive: true });
  symlinkSync(victim, path.join(study, 'metadata'));

  await expect(run()).rejects.toMatchObject({ refusal: { code: 'run.link' } });
  expect(readdirSync(victim).sort()).toEqual(['folder', 'x.log']);
});

test('a job that a killed run left as a process is ended and forgotten', async () => {
  withoutEngine();
  const executor = await laptopExecutor('process', study);
  const workDir = path.join(top, 'work');
  mkdirSync(workDir);
  const limits = { cpus: 1, memoryBytes: 1e9, pids: 10, diskBytes: 1e9, timeMs: 1e6, logBytes: 1e6 };
  await executor.create({
    id: '0000000000000002',
    labels: { action: 'model' },
    image: 'node:v1',
    command: ['-e', 'setInterval(() => {}, 1000)'],
    workDir,
    readOnlyFiles: [],
    environment: {},
    network: { kind: 'none' },
    limits,
    user: { uid: 65_534, gid: 65_534 },
  });
  await executor.start('0000000000000002');
  expect(await executor.phase('0000000000000002')).toBe('running');

  expect((await run())[1]).toContainEqual(expect.stringMatching(/^removed job model, running \(/));
  expect(await executor.phase('0000000000000002')).toBe('absent');
});

test('with --images those go whose name a newer one has, but none that is used, or that came from elsewhere', async () => {
  const image = (id: string, from: string): object => ({
    Id: id,
    RepoDigests: [`${from}@sha256:1`],
    Size: 5 * 1024 ** 2,
  });
  const answers: Record<string, unknown> = {
    '/_ping': 'OK',
    '/containers/json': [{ Id: 'c', Names: ['/c'], Labels: {}, State: 'exited', ImageID: 'used' }],
    '/networks': [],
    '/images/json': [
      image('old', 'images.example/r'),
      image('used', 'images.example/r'),
      image('theirs', 'elsewhere.example/r'),
      { Id: 'nameless', RepoDigests: null, Size: 1 },
    ],
  };
  const removed: string[] = [];
  const engine = createServer((request, answer) => {
    const at = (request.url ?? '').replace(/\?.*$/, '');
    if (request.method === 'DELETE') removed.push(at);
    answer.setHeader('content-type', 'application/json');
    answer.end(JSON.stringify(answers[at] ?? []));
  });
  await new Promise<void>((resolve) => engine.listen(0, '127.0.0.1', resolve));
  try {
    process.env['DOCKER_HOST'] = `tcp://127.0.0.1:${(engine.address() as AddressInfo).port}`;
    process.env['SALLYPORT_IMAGES'] = 'images.example';

    await run();
    expect(removed).toEqual([]);
    const [, said] = await run({ images: true });

    expect(removed).toEqual(['/images/old']);
    expect(said).toEqual([
      'removed superseded image images.example/r@sha256:1 (5.0 MiB)',
      'Removed 1 superseded image: 5.0 MiB.',
    ]);
  } finally {
    engine.close();
  }
});

requires('docker').describe('in the engine', () => {
  let image: string;
  const owners = new Set<string>();
  beforeEach(async () => {
    ({ image } = await testImage());
  });
  afterEach(() => {
    for (const owner of owners) {
      const left = docker('ps', '-aq', '--filter', `label=sallyport.owner=${owner}`);
      if (left) docker('rm', '-f', '-v', ...left.split('\n'));
    }
    owners.clear();
  });

  function left(how: 'create' | 'run', dir: string, labels: Record<string, string>): string {
    const { owner } = laptopOwner(dir);
    owners.add(owner);
    const all = { 'sallyport.owner': owner, ...labels };
    const given = Object.entries(all).flatMap(([name, value]) => ['--label', `${name}=${value}`]);
    const words = how === 'run' ? ['run', '--detach', '--network', 'none'] : ['create', '--network', 'none'];
    const id = docker(...words, ...given, image, '-e', 'setInterval(() => {}, 1000)');
    return docker('inspect', '--format', '{{.Name}}', id).slice(1);
  }

  test('containers and networks of this study go, running jobs of it too; open sessions and other studies stay', async () => {
    const other = path.join(top, 'other');
    mkdirSync(other);
    const work = (of: string): string => path.join(of, 'metadata/.runs/0000000000000001/work');
    const job = left('run', study, { 'sallyport.kind': 'job', 'sallyport.work-dir': work(study) });
    const ended = left('create', study, { 'sallyport.kind': 'exec', 'sallyport.study': study });
    const deserted = left('run', study, { 'sallyport.kind': 'exec', 'sallyport.process': '999999999 1' });
    const open = left('run', study, {
      'sallyport.kind': 'launch',
      'sallyport.process': identity(process.pid),
    });
    const gone = left('create', path.join(top, 'gone'), { 'sallyport.study': path.join(top, 'gone') });
    const others = left('run', other, { 'sallyport.kind': 'job', 'sallyport.work-dir': work(other) });
    const network = `sallyport-clean-${path.basename(top)}`;
    docker(
      'network',
      'create',
      '--internal',
      '--label',
      `sallyport.owner=${laptopOwner(study).owner}`,
      network,
    );

    const [code, said] = await run();

    expect(code).toBe(0);
    for (const name of [job, ended, deserted, gone])
      expect(said).toContainEqual(expect.stringMatching(new RegExp(`^removed container ${name}(?: \\(|$)`)));
    expect(said).toContainEqual(`removed network ${network}`);
    expect(said).toContainEqual(`left: ${open} is running; to end it: "sallyport launch stop ${open}"`);
    const names = docker('ps', '--all', '--format', '{{.Names}}').split('\n');
    expect(names).toEqual(expect.arrayContaining([open, others]));
    for (const name of [job, ended, deserted, gone]) expect(names).not.toContain(name);
    expect(said.at(-1)).toMatch(/^Removed 4 containers, 1 network, 1 work folder, /);
  });
});
