/** Manifests: whose word they are, what is read from them, and that a big one keeps nobody waiting. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { packed } from '../../agent/airlock/manifests/packed.ts';
import { inlineReader, readHere, type ManifestReader } from '../../agent/airlock/manifests/read.ts';
import { threadedReader } from '../../agent/airlock/manifests/threaded.ts';
import { WorkspaceIndex } from '../../agent/airlock/workspace-index.ts';
import { digestOf, signManifest, storedForm, type Manifest } from '../../agent/store/manifest.ts';
import { verified } from '../../agent/store/verified-manifest.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { AirlockWorld, aTable, WHO, WORKSPACE } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase, type TestDatabase } from '../support/database.ts';
import { KEYS } from '../support/governance.ts';

const HASH = 'a'.repeat(64);

function aManifest(outputs: Record<string, Partial<Manifest['outputs'][string]>>): Manifest {
  const model = {
    level: 'moderately_sensitive',
    job_id: 'job1',
    job_request: 'req1',
    action: 'tables',
    user: 1,
    repo: 'https://github.com/north/study',
    commit: 'c'.repeat(40),
    size: 10,
    timestamp: 5,
    content_hash: HASH,
    excluded: false,
    message: null,
    row_count: null,
    col_count: null,
  } as const;
  return {
    workspace: WORKSPACE,
    repo: model.repo,
    repository: 7,
    branch: 'main',
    sequence: 3,
    previous: null,
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, more]) => [name, { ...model, ...more }])),
    jobs: {
      job1: {
        task_id: 'task1',
        action: 'tables',
        commit: model.commit,
        image: 'python:v2',
        image_id: null,
        inputs: [{ path: 'high/all.csv', content_hash: HASH, job_id: 'job0' }],
        completed_at: 9,
      },
    },
  };
}

describe('what an agent has signed', () => {
  const manifest = aManifest({ 'output/a.csv': {}, 'output/ü “x”.csv': {} });
  const signed = signManifest(manifest, KEYS.agent);
  const keys = [newKeyPair().publicKey, KEYS.agent.publicKey];
  const forms = [
    ['as it is stored', storedForm(signed)],
    ['as it was stored before', `${JSON.stringify(signed, null, 1)}\n`],
    ['on one line, in another order', JSON.stringify(signed)],
  ] as const;

  test.each(forms)('holds %s, by the same digest', (_form, text) => {
    const held = verified(Buffer.from(text), keys);

    expect(held).toMatchObject({ manifest, digest: digestOf(manifest) });
    expect(held?.key).toBe(KEYS.agent.publicKey);
  });

  test.each(forms)('holds no more when one character differs, %s', (_form, text) => {
    expect(verified(Buffer.from(text.replace('output/a.csv', 'output/b.csv')), keys)).toBeUndefined();
    expect(
      verified(
        Buffer.from(text.replace('"sequence":3', '"sequence":4').replace('"sequence": 3', '"sequence": 4')),
        keys,
      ),
    ).toBeUndefined();
  });

  test.each(forms)('is nothing without its key, %s', (_form, text) => {
    expect(verified(Buffer.from(text), [newKeyPair().publicKey])).toBeUndefined();
    expect(verified(Buffer.from(text), [])).toBeUndefined();
  });

  test('an output whose name looks like a signature is an output', () => {
    const odd = aManifest({ ',"signature":{"key":"","value":"AA"},"workspace":"x"}': {} });

    expect(verified(Buffer.from(storedForm(signManifest(odd, KEYS.agent))), keys)?.manifest).toEqual(odd);
  });

  test('what follows the signed bytes, or is no manifest, is refused', () => {
    const text = storedForm(signed);

    for (const wrong of [`${text}{}`, `{"x":1}${text}`, '', 'null', '[]', '{"outputs":{}}', text.slice(1)]) {
      expect(verified(Buffer.from(wrong), keys)).toBeUndefined();
    }
  });
});

describe('an index', () => {
  const index = new WorkspaceIndex(
    packed(
      aManifest({
        'top.csv': { size: 1 },
        'output/b.csv': { size: 2, out_of_date_action: true },
        'output/a.csv': { size: 3, excluded: true, message: 'too long' },
        'output-2/deep/er/c.csv': { size: 4 },
        'output/gone.csv': { out_of_date_output: true },
        __proto__x: { size: 5 },
        'high/all.csv': { level: 'highly_sensitive', action: 'extract' },
      }),
      { digest: 'd', key: 'k' },
    ),
    { medium: '/m', changedAt: 1 },
  );
  const names = (dir: string) => index.folder(dir)?.files.map(({ path: each }) => each);

  test('has each file in its folder, by path, and counts what lies beneath', () => {
    expect(names('')).toEqual(['__proto__x', 'top.csv']);
    expect(names('output')).toEqual(['output/a.csv', 'output/b.csv']);
    expect(index.folder('output')?.live.map(({ size }) => size)).toEqual([3]);
    expect(index.folder('')?.folders).toEqual([
      { name: 'output', files: 2, live: 1 },
      { name: 'output-2', files: 1, live: 1 },
    ]);
    expect(index.folder('output-2')).toMatchObject({
      folders: [{ name: 'deep', files: 1, live: 1 }],
      files: [],
    });
    expect(names('output-2/deep/er')).toEqual(['output-2/deep/er/c.csv']);
    expect(index.files()).toHaveLength(5);
  });

  test('finds what is listed by its path, and nothing else', () => {
    expect(index.file('output/a.csv')).toMatchObject({
      sha256: HASH,
      size: 3,
      at: 5,
      excluded: true,
      stale: false,
    });
    expect(index.file('output/b.csv')).toMatchObject({ excluded: false, stale: true });
    for (const none of ['output/gone.csv', 'high/all.csv', 'output', 'output/', '', '__proto__', 'zzz']) {
      expect(index.file(none)).toBeUndefined();
    }
    for (const none of ['outpu', 'high', 'output/x', '__proto__']) expect(index.hasFolder(none)).toBe(false);
  });

  test('tells of an output its job and what that job read, of any level', () => {
    expect(index.entry('high/all.csv')?.action).toBe('extract');
    expect(index.ran('tables')).toBe(true);
    expect(index.ran('extract')).toBe(false);
    expect(index.around('top.csv')).toMatchObject({
      outputs: { 'top.csv': { size: 1 }, 'high/all.csv': { action: 'extract' } },
      jobs: { job1: { image: 'python:v2' } },
    });
    expect(Object.keys(index.around('nothing').outputs)).toEqual([]);
  });
});

/** Time of the processor that this thread has had: other than the clock's it does not grow while the machine does other things. */
function ownMs(): number {
  const told = readFileSync(`/proc/self/task/${process.pid}/stat`, 'utf8');
  const [user, system] = told
    .slice(told.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}

test('a thread reads 100,000 outputs without holding up anybody', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-test-manifests-'));
  const script = path.join(dir, 'worker.mjs');
  const at = (place: string): string => fileURLToPath(new URL(`../../${place}`, import.meta.url));
  const args = ['--bundle', '--platform=node', '--format=esm', '--log-level=error', `--outfile=${script}`];
  expect(
    spawnSync(at('node_modules/.bin/esbuild'), [at('agent/airlock/manifests/worker.ts'), ...args]).status,
  ).toBe(0);
  const reader = threadedReader(script);
  const file = path.join(dir, 'manifest.json');
  const names = Array.from({ length: 100_000 }, (_each, n) => `big/file${n}.csv`);
  const manifest = aManifest(Object.fromEntries(names.map((name) => [name, {}])));
  writeFileSync(file, storedForm(signManifest(manifest, KEYS.agent)));
  const job = { file, workspace: WORKSPACE, keys: [KEYS.agent.publicKey] };

  const begun = { own: ownMs(), all: process.cpuUsage() };
  const held = await reader.read(job);
  await new Promise(setImmediate);
  const read = ownMs();
  const { user, system } = process.cpuUsage(begun.all);
  const reading = (user + system) / 1000;
  const index = new WorkspaceIndex(held!, { medium: dir, changedAt: 0 });
  const found = index.folder('big')!.files.length;
  const indexing = ownMs() - read;
  writeFileSync(path.join(dir, 'broken.json'), '{"outputs":');
  const broken = await reader.read({ ...job, file: path.join(dir, 'broken.json') });
  const unfinished = reader.read(job).then(
    () => 'read',
    () => 'ended',
  );
  await reader.close();

  expect(found).toBe(100_000);
  expect(broken).toBeUndefined();
  expect(await unfinished).toBe('ended');
  // Read here, this thread's work would be all of it; so would indexing that parses once more.
  expect(read - begun.own).toBeLessThan(reading / 2);
  expect(indexing).toBeLessThan(reading / 2);
  rmSync(dir, { recursive: true });
});

const BIG = Array.from({ length: 4000 }, (_each, at) => `big/file${String(at).padStart(6, '0')}.csv`);
const QUERY = { dir: '', sort: 'name', order: 'up', search: '', from: 0, count: 50, stale: false } as const;

/** Reads nothing until it is told to. */
function heldReader(): ManifestReader & { go(): void } {
  const inner = inlineReader();
  let open: () => void = () => undefined;
  let gate = new Promise<void>((resolve) => (open = resolve));
  const go = (): void => {
    open();
    gate = new Promise((resolve) => (open = resolve));
  };
  return {
    async read(job) {
      await gate;
      return inner.read(job);
    },
    close: () => Promise.resolve(go()),
    go,
  };
}

onOneDatabase((open) => {
  let world: AirlockWorld;
  let database: TestDatabase;
  afterEach(() => world.close());

  async function until(done: () => Promise<boolean>): Promise<void> {
    while (!(await done())) await new Promise(setImmediate);
  }
  async function listing(who: keyof typeof WHO = 'author', workspace = WORKSPACE) {
    return world.room.listing(WHO[who], workspace, QUERY);
  }

  test('while a big manifest is read for the first time everybody is told so, of every workspace alike', async () => {
    database = await open();
    const manifests = heldReader();
    world = await AirlockWorld.open(database, { parts: { manifests } });
    await world.room.close();
    world.listed(BIG);

    await world.start();
    const told = [await listing(), await listing('stranger'), await listing('author', 'no-such-workspace')];

    expect(told.map((each) => (isRefusal(each) ? each.code : 'listed'))).toEqual(
      Array.from({ length: 3 }, () => 'airlock.reading'),
    );
    expect(world.room.reading()).toBe(true);
    expect(await world.room.workspaces(WHO.author)).toEqual([]);

    manifests.go();
    await until(async () => !isRefusal(await listing()));
    expect(world.room.reading()).toBe(false);
    expect(await listing('stranger')).toMatchObject({ code: 'airlock.unknown-workspace' });
  });

  test('until what a job made is read, what was there before it is served, and says so', async () => {
    database = await open();
    const manifests = heldReader();
    world = await AirlockWorld.open(database, { parts: { manifests } });
    await world.room.settled();

    world.listed(BIG);
    const during = await listing();
    world.job({ 'output/table.csv': aTable(9) });
    world.listed(BIG);
    const stale = await world.room.addFiles({
      by: world.inViewer('author'),
      workspace: WORKSPACE,
      group: 'g',
      as: 'output',
      paths: ['output/table.csv'],
    });

    expect(during).toMatchObject({ behind: true, total: 1 });
    expect(stale).toMatchObject({ refused: [{ refusal: { code: 'airlock.newer-outputs' } }] });

    manifests.go();
    await until(async () => {
      manifests.go();
      const now = await listing();
      return !isRefusal(now) && !now.behind;
    });
    expect(await listing()).toMatchObject({ behind: false, total: 2 });
  });

  test('a workspace signed by a key that governance has dropped is gone at once', async () => {
    database = await open();
    let keys = [KEYS.agent.publicKey];
    world = await AirlockWorld.open(database, { parts: { agentKeys: () => keys } });
    expect(isRefusal(await listing())).toBe(false);

    keys = [newKeyPair().publicKey];
    world.governance = { ...world.governance, commit: 'f'.repeat(40) };
    await world.room.tend();

    expect(await listing()).toMatchObject({ code: 'airlock.unknown-workspace' });
  });

  test('closing waits for the check under way and not for those of a whole workspace', async () => {
    database = await open();
    let checked = 0;
    const inner = (await import('../../agent/airlock/checks/run.ts')).inlineChecks();
    const many = Object.fromEntries(BIG.slice(0, 300).map((name, at) => [name, aTable(at)]));
    world = await AirlockWorld.open(database, {
      files: many,
      parts: {
        checks: {
          ...inner,
          file(job) {
            checked += 1;
            return inner.file(job);
          },
        },
      },
    });
    await until(() => Promise.resolve(checked > 0));

    await world.room.close();

    expect(checked).toBeLessThan(20);
  });

  test('a manifest of another workspace is none of this one', async () => {
    database = await open();
    world = await AirlockWorld.open(database);
    const file = path.join(world.medium, 'metadata', 'manifest.json');
    const keys = [KEYS.agent.publicKey];

    expect(readHere({ file, workspace: WORKSPACE, keys })?.listed).toBe(1);
    expect(readHere({ file, workspace: 'other', keys })).toBeUndefined();
  });
}, AIRLOCK_MIGRATIONS);
