import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EngineLost } from '../../agent/executor/executor.ts';
import { LEVEL_RAISED, REFUSED_FILE } from '../../agent/runner/words.ts';
import {
  faultRefusal,
  laptopExecutor,
  laptopFreshness,
  linesOf,
  runOnLaptop,
  type LaptopOptions,
} from '../../agent/laptop.ts';
import { freshnessText, readProject } from '../../src/pipeline/pipeline.ts';
import { countingIds } from '../../src/lib/ids.ts';
import { requires } from '../support/require.ts';
import {
  scriptedEngine,
  scriptedExecutor,
  type Script,
  type ScriptedEngine,
} from '../support/scripted-executor.ts';

let dir: string;
let engine: ScriptedEngine;
let lines: string[];
let stopping: AbortController;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-laptop-'));
  engine = scriptedEngine();
  lines = [];
  stopping = new AbortController();
  write({
    'project.yaml': `version: 5
actions:
  extract:
    run: sqlrunner:v1 --output output/rows.csv q.sql
    dummy_data_file: dummy.csv
    outputs: {highly_sensitive: {rows: output/rows.csv}}
  model:
    run: python:v2 a.py
    needs: [extract]
    outputs: {moderately_sensitive: {table: 'output/*.table.csv'}}
`,
    'dummy.csv': 'a\n1\n',
    'a.py': 'code',
  });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function write(files: Record<string, string>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
    writeFileSync(path.join(dir, file), text);
  }
}

const model: Script = ({ spec, say }) => {
  say('reading');
  const rows = readFileSync(path.join(spec.workDir, 'output/rows.csv'), 'utf8');
  writeFileSync(path.join(spec.workDir, 'output/one.table.csv'), `rows\n${rows.length}\n`);
  return 0;
};

function run(actions: string[], script: Script = model, more: Partial<LaptopOptions> = {}): Promise<boolean> {
  const images = ['ghcr.io/opensafely-core/python:v2', 'local:v1'];
  return runOnLaptop({
    dir,
    actions,
    force: false,
    refresh: false,
    continueOnError: false,
    concurrency: 2,
    limits: { cpus: 1, memoryBytes: 2 ** 30, pids: 100, diskBytes: 2 ** 30, timeMs: 60_000, logBytes: 1e6 },
    engine: async () => scriptedExecutor({ engine, images, script }),
    ids: countingIds(),
    tail: 0,
    debug: false,
    show: (event) =>
      lines.push(
        ...linesOf(event).map(({ text }) => text.replace(/\d+\.\d s/, 'N s').replace(/(\S) +/g, '$1 ')),
      ),
    signal: stopping.signal,
    ...more,
  });
}

const read = (file: string): string => readFileSync(path.join(dir, file), 'utf8');

test('a pipeline runs on the working tree and its outputs land at their declared places', async () => {
  expect(await run(['run_all'])).toBe(true);

  expect(lines).toEqual([
    'extract: copying dummy.csv (database actions use dummy data here)',
    'extract: done in N s, 1 output',
    'model: running ghcr.io/opensafely-core/python:v2',
    'model: done in N s, 1 output',
    '',
    'action result time cpu mean cpu peak memory peak',
    'extract done N s – – –',
    'model done N s – – –',
  ]);
  expect(read('output/rows.csv')).toBe('a\n1\n');
  expect(read('output/one.table.csv')).toBe('rows\n4\n');
  expect(read('metadata/model.log')).toContain('=============JOB SUMMARY=============');
  expect(JSON.parse(read('metadata/manifest.json'))).toMatchObject({
    outputs: { 'output/one.table.csv': { action: 'model', level: 'moderately_sensitive', row_count: 1 } },
  });
  expect(readdirSync(path.join(dir, 'metadata')).sort()).toEqual([
    'extract.log',
    'freshness.json',
    'manifest.json',
    'model.log',
  ]);
  expect([...engine.jobs.keys()]).toEqual([]);
});

test('what has run is not run again, unless asked for by name or forced', async () => {
  await run(['run_all']);
  lines = [];

  await run(['run_all'], model, { ids: countingIds(10) });
  expect(lines).toEqual([
    'extract: fresh',
    'model: fresh',
    'Nothing to do: every action asked for has run already. Use -f to run dependencies again.',
  ]);
  lines = [];
  await run(['model'], model, { ids: countingIds(20) });
  expect(lines[0]).toBe('extract: fresh');
  expect(engine.started).toHaveLength(2);
  await run(['model'], model, { force: true, ids: countingIds(30) });
  expect(lines).toContain('extract: copying dummy.csv (database actions use dummy data here)');
});

test('an action whose outputs were deleted counts as not run', async () => {
  await run(['run_all']);
  rmSync(path.join(dir, 'output/rows.csv'));
  lines = [];

  await run(['model'], model, { ids: countingIds(10) });

  expect(lines[0]).toContain('extract: copying');
});

test('outputs of other actions are not copied in, .git and metadata neither; links are left out and named', async () => {
  await run(['run_all']);
  write({ '.git/config': 'x' });
  symlinkSync('/etc/passwd', path.join(dir, 'people.txt'));
  let seen: string[] = [];

  await run(
    ['model'],
    (job) => {
      seen = readdirSync(job.spec.workDir, { recursive: true, encoding: 'utf8' }).sort();
      return model(job);
    },
    { ids: countingIds(10) },
  );

  expect(seen).toEqual(['a.py', 'dummy.csv', 'output', 'output/rows.csv', 'project.yaml']);
  expect(lines).toContain('note: people.txt was left out of the workspace: it is a symbolic link');
});

test('a failing action shows the end of its log, keeps earlier outputs and starts nothing after it', async () => {
  await run(['run_all']);
  write({
    'project.yaml': `${read('project.yaml')}  last:\n    run: python:v2 b.py\n    needs: [model]\n    outputs: {highly_sensitive: {x: x.csv}}\n`,
  });
  lines = [];

  const ok = await run(
    ['model', 'last'],
    ({ say, spec }) => {
      for (let line = 1; line <= 40; line += 1) say(`line ${line}`);
      writeFileSync(path.join(spec.workDir, 'output/one.table.csv'), 'half');
      return 1;
    },
    { ids: countingIds(10) },
  );

  expect(ok).toBe(false);
  expect(lines).toContain('model: the last 32 lines of its log:');
  expect(lines).toContain('  line 9');
  expect(lines).not.toContain('  line 8');
  expect(lines).toContain('model: The program ended with an error.');
  expect(lines.some((line) => line.startsWith('last:'))).toBe(false);
  expect(read('output/one.table.csv')).toBe('rows\n4\n');
});

test('unmatched patterns, stray files and withheld files are named', async () => {
  const stray: Script = ({ spec }) => {
    writeFileSync(path.join(spec.workDir, 'output/one.tabel.csv'), '');
    return 0;
  };
  expect(await run(['run_all'], stray)).toBe(false);
  expect(lines).toContain('model: no file for output/*.table.csv');
  expect(lines).toContain('model: made, but not declared: output/one.tabel.csv');

  const wide: Script = ({ spec }) => {
    writeFileSync(path.join(spec.workDir, 'output/one.table.csv'), 'patient_id\n1\n');
    return 0;
  };
  expect(await run(['model'], wide, { ids: countingIds(10) })).toBe(true);
  expect(lines.find((line) => line.includes('would be withheld'))).toContain('"patient_id"');
});

test('a file that the zone would not take is not taken here, in the same words', async () => {
  const linking: Script = ({ spec }) => {
    symlinkSync('/etc/passwd', path.join(spec.workDir, 'output/people.table.csv'));
    writeFileSync(path.join(spec.workDir, 'output/one.table.csv'), 'x\n');
    linkSync(path.join(spec.workDir, 'a.py'), path.join(spec.workDir, 'output/two.table.csv'));
    return 0;
  };
  expect(await run(['run_all'], linking)).toBe(true);
  expect(lines).toContain(`model: output/people.table.csv was not taken: ${REFUSED_FILE.link}`);
  expect(lines).toContain(`model: output/two.table.csv was not taken: ${REFUSED_FILE['many-names']}`);
  expect(readdirSync(path.join(dir, 'output')).sort()).toEqual(['one.table.csv', 'rows.csv']);

  const same: Script = ({ spec }) => {
    copyFileSync(path.join(spec.workDir, 'output/rows.csv'), path.join(spec.workDir, 'output/one.table.csv'));
    return 0;
  };
  await run(['model'], same, { ids: countingIds(10) });
  expect(lines).toContain(`model: output/one.table.csv would be withheld from review: ${LEVEL_RAISED}`);
});

test('files that a rerun does not make any more are deleted', async () => {
  await run(['run_all']);
  const other: Script = ({ spec }) => {
    writeFileSync(path.join(spec.workDir, 'output/two.table.csv'), 'x\n');
    return 0;
  };
  await run(['model'], other, { ids: countingIds(10) });

  expect(existsSync(path.join(dir, 'output/one.table.csv'))).toBe(false);
  expect(existsSync(path.join(dir, 'output/two.table.csv'))).toBe(true);
});

describe('what is fresh', () => {
  const states = async (): Promise<Record<string, string>> => {
    const { pipeline } = readProject(read('project.yaml'));
    const found = await laptopFreshness(dir, pipeline!);
    return Object.fromEntries([...found].map(([action, one]) => [action, freshnessText(one)]));
  };
  const refresh = (script = model, from = 10): Promise<boolean> => {
    lines = [];
    return run(['run_all'], script, { refresh: true, ids: countingIds(from) });
  };

  test('is said of each action, and what is out of date runs again on --refresh, nothing else', async () => {
    expect(await states()).toEqual({ extract: 'never run', model: 'never run' });
    await run(['run_all']);
    expect(await states()).toEqual({ extract: 'fresh', model: 'fresh' });

    write({ 'a.py': 'better code', 'README.md': 'about it' });
    expect(await states()).toEqual({ extract: 'fresh', model: 'out of date because a.py changed' });
    lines = [];
    await run(['run_all'], model, { ids: countingIds(10) });
    expect(lines).toContain(
      'model: has run already, but is out of date because a.py changed; add --refresh to run it again',
    );

    expect(await refresh(model, 20)).toBe(true);
    expect(lines.slice(0, 3)).toEqual([
      'extract: fresh',
      'model: running ghcr.io/opensafely-core/python:v2, out of date because a.py changed',
      'model: done in N s, 1 output',
    ]);
    await refresh(model, 30);
    expect(lines.at(-1)).toBe('Nothing to do: everything asked for is fresh.');
  });

  test('an action whose needs came out the same is not run after them', async () => {
    await run(['run_all']);
    write({ 'project.yaml': read('project.yaml').replace('q.sql', 'other.sql') });
    expect(await states()).toEqual({
      extract: 'out of date because its command changed',
      model: 'out of date because of extract',
    });

    expect(await refresh()).toBe(true);

    expect(lines).toContain('model: fresh; what it reads came out the same');
    expect(engine.started).toHaveLength(1);
    expect(await states()).toEqual({ extract: 'fresh', model: 'fresh' });
    write({ 'dummy.csv': 'a\n1\n2\n' });
    expect(await refresh(model, 30)).toBe(true);
    expect(read('output/one.table.csv')).toBe('rows\n6\n');
  });

  test('another image, another config, an output edited or deleted, a failure since', async () => {
    await run(['run_all']);
    const yaml = read('project.yaml');
    write({ 'project.yaml': yaml.replace('python:v2 a.py', 'python:v3 a.py\n    config: {n: 1}') });
    expect((await states())['model']).toBe(
      'out of date because its image changed from python:v2 to python:v3; its config changed',
    );
    write({ 'project.yaml': yaml, 'output/one.table.csv': 'by hand' });
    expect((await states())['model']).toBe(
      'out of date because output/one.table.csv was changed by something else',
    );
    rmSync(path.join(dir, 'output/one.table.csv'));
    expect((await states())['model']).toBe('out of date because output/one.table.csv is gone');

    expect(await run(['run_all'], () => 1, { ids: countingIds(10) })).toBe(false);
    write({ 'output/one.table.csv': 'rows\n4\n' });
    expect(JSON.parse(read('metadata/manifest.json'))).toMatchObject({
      runs: {
        model: {
          state: 'nonzero_exit',
          log: { path: 'metadata/model.log', content_hash: expect.any(String) },
        },
      },
    });
    expect((await states())['model']).toBe('out of date because its last run failed');
    lines = [];
    await run(['run_all'], model, { ids: countingIds(20) });
    expect(lines).toContain('model: done in N s, 1 output');
  });

  test('an action that has only ever failed', async () => {
    expect(await run(['model'], () => 1)).toBe(false);
    rmSync(path.join(dir, 'output'), { recursive: true });
    expect(await states()).toMatchObject({ model: 'out of date because its last run failed; of extract' });
  });

  test('an image that was built anew under its name', async () => {
    await run(['run_all']);
    const executor = scriptedExecutor({
      engine,
      images: ['ghcr.io/opensafely-core/python:v2'],
      script: model,
    });
    const rebuilt = { ...executor, findImage: async () => 'sha256:new' };
    lines = [];
    await run(['run_all'], model, { engine: async () => rebuilt, ids: countingIds(10) });
    expect(lines[1]).toMatch(
      /^model: has run already, but is out of date because its image changed from .* to sha256:new;/,
    );
  });

  test('a file that is edited while it is copied leaves a result of which nothing is known', async () => {
    const later = new Date(Date.now() + 60_000);
    const ids = countingIds();
    // Drawn just before the copying begins.
    const editing = { id: () => (utimesSync(path.join(dir, 'a.py'), later, later), ids.id()) };
    await run(['run_all'], model, { ids: editing });
    expect((await states())['extract']).toBe('out of date because it is not known what it was made from');
  });

  test('an input that was changed by hand is read as it is; what it was made from is then not known', async () => {
    await run(['run_all']);
    write({ 'output/rows.csv': 'by hand\n' });
    await run(['model'], model, { ids: countingIds(10) });
    write({ 'output/rows.csv': 'a\n1\n' });
    expect(await states()).toEqual({
      extract: 'fresh',
      model: 'out of date because it is not known what it was made from',
    });
  });

  test.each([
    ['broken', '{"version"'],
    ['of another make', '{"version":2}'],
    ['of another shape', '{"version":1,"shared":{},"actions":{"model":{"job":1}},"large":{}}'],
    ['a list', '[]'],
  ])('what is remembered is %s: nothing is known, and nothing breaks', async (_what, text) => {
    await run(['run_all']);
    write({ 'metadata/freshness.json': text });
    expect((await states())['model']).toMatch(/it is not known what it was made from/);
    expect(await refresh()).toBe(true);
    expect((await states())['model']).toBe('fresh');
  });

  test('large files are read once, and again when they look different', async () => {
    write({ 'large.bin': 'x'.repeat(300_000) });
    await run(['run_all']);
    expect(JSON.parse(read('metadata/freshness.json'))).toMatchObject({ large: { 'large.bin': {} } });
    expect(await states()).toEqual({ extract: 'fresh', model: 'fresh' });
    write({ 'large.bin': 'y'.repeat(300_000) });
    expect((await states())['extract']).toBe('out of date because large.bin changed');
  });
});

describe('a study of a stranger cannot reach out of its folder', () => {
  let outside: string;
  beforeEach(() => {
    outside = mkdtempSync(path.join(tmpdir(), 'sallyport-outside-'));
    writeFileSync(path.join(outside, 'rows.csv'), 'private');
  });
  afterEach(() => rmSync(outside, { recursive: true, force: true }));
  const untouched = (): void => {
    expect(readdirSync(outside)).toEqual(['rows.csv']);
    expect(readFileSync(path.join(outside, 'rows.csv'), 'utf8')).toBe('private');
  };
  /** As it was made, with its outputs elsewhere. */
  const manifestWith = (file: string): void =>
    write({ 'metadata/manifest.json': read('metadata/manifest.json').replaceAll('output/rows.csv', file) });

  test.each([
    ['upwards', (): string => path.relative(dir, path.join(outside, 'rows.csv'))],
    ['into what is kept for itself', (): string => 'metadata/rows.csv'],
    ['to an absolute place', (): string => path.join(outside, 'rows.csv')],
  ])('by a manifest that leads %s', async (_where, file) => {
    await run(['run_all']);
    manifestWith(file());
    await expect(run(['model'], model, { ids: countingIds(10) })).rejects.toThrow(/run\.bad-manifest/);
    untouched();
  });

  test.each(['output', 'metadata'])('by a folder %s that is a link', async (folder) => {
    symlinkSync(outside, path.join(dir, folder));
    await expect(run(['run_all'])).rejects.toThrow(/is a symbolic link.*run\.link/);
    untouched();
  });

  test('by a link in the place of an input, or of the folder of one', async () => {
    await run(['run_all']);
    rmSync(path.join(dir, 'output'), { recursive: true });
    symlinkSync(outside, path.join(dir, 'output'));
    write({ 'project.yaml': read('project.yaml').replace('output/*.table.csv', 'results/*.table.csv') });
    let seen = '';
    const reading: Script = ({ spec }) => {
      seen = readFileSync(path.join(spec.workDir, 'output/rows.csv'), 'utf8');
      return 0;
    };
    await expect(run(['model'], reading, { ids: countingIds(10) })).rejects.toThrow(/run\.link/);
    expect(seen).toBe('');
    untouched();
  });

  test('by a link where an output goes: it is replaced', async () => {
    mkdirSync(path.join(dir, 'output'));
    symlinkSync(path.join(outside, 'rows.csv'), path.join(dir, 'output/rows.csv'));
    expect(await run(['run_all'])).toBe(true);
    expect(lstatSync(path.join(dir, 'output/rows.csv')).isSymbolicLink()).toBe(false);
    untouched();
  });

  test('by a link in the place of the lock', async () => {
    mkdirSync(path.join(dir, 'metadata'));
    symlinkSync(path.join(outside, 'rows.csv'), path.join(dir, `metadata/.lock.${process.pid}`));
    expect(await run(['run_all'])).toBe(true);
    untouched();
  });
});

test('to continue on error, only what needs the failed action is left out, and named once', async () => {
  write({
    'project.yaml': `${read('project.yaml')}  after:\n    run: python:v2 b.py\n    needs: [model]\n    outputs: {highly_sensitive: {x: x.csv}}\n  beside:\n    run: python:v2 c.py\n    outputs: {highly_sensitive: {y: y.csv}}\n`,
  });
  const script: Script = ({ spec }) => {
    if (spec.command[0] === 'a.py') return 1;
    writeFileSync(path.join(spec.workDir, 'y.csv'), '');
    return 0;
  };

  expect(await run(['run_all'], script, { continueOnError: true, concurrency: 1 })).toBe(false);

  expect(lines).toContain('beside: done in N s, 1 output');
  expect(lines).toContain('not run, because an action they need failed: after');
  expect(lines.filter((line) => line.startsWith('after'))).toEqual([]);
  expect(lines.at(-2)).toBe('model failed N s – – –');
});

test('a licence goes to the image that wants one, and to no other', async () => {
  const outputs = (file: string): string => `    outputs: {highly_sensitive: {x: ${file}}}`;
  write({
    'project.yaml': `version: 5\nactions:\n  a:\n    run: stata-mp:v1 a.do\n${outputs('a.csv')}\n  b:\n    run: python:v2 b.py\n${outputs('b.csv')}\n`,
  });
  const seen: Record<string, unknown> = {};
  const script: Script = ({ spec }) => {
    seen[spec.labels['action'] ?? ''] = spec.environment['STATA_LICENSE'];
    return 1;
  };
  const images = ['stata-mp:v1', 'python:v2'];
  const more = { engine: async () => scriptedExecutor({ engine, images, script }), continueOnError: true };

  await run(['run_all'], script, { ...more, licence: 'serial' });
  expect(seen).toEqual({ a: 'serial', b: undefined });
  await run(['run_all'], script, { ...more, ids: countingIds(10) });
  expect(seen).toEqual({ a: undefined, b: undefined });
});

test('a program that ran out of memory is told how to get more', async () => {
  await run(['run_all'], () => ({ code: 137, outOfMemory: true }));
  expect(lines).toEqual(
    expect.arrayContaining([
      'model: it wrote nothing to its log',
      'model: give it more with --memory, like --memory 8G',
      'model: The job ran out of memory (limit 1024.0 MiB).',
    ]),
  );
});

test('what a program writes cannot act on the terminal', async () => {
  await run(['run_all'], ({ say }) => {
    say('\u001b]0;title\u0007\u001b[2J\u001b[31mred\u001b[0m\u202e\tend');
    say('10 %\r100 %\r');
    return 1;
  });
  expect(lines).toContain('  red end');
  expect(lines).toContain('  100 %');
  expect(lines.join('')).not.toMatch(/\p{Cc}|\u202e/u);
});

test.each<[string, object, string | undefined]>([
  [
    'a full disk',
    { code: 'ENOSPC', path: '/home/me/study/a' },
    'run.disk-full There is no space left on the disk.',
  ],
  ['a full quota', { code: 'EDQUOT' }, 'run.disk-full There is no space left on the disk.'],
  [
    'a file of the study',
    { code: 'EACCES', path: '/home/me/study/a/b' },
    'run.not-permitted You may not read or change a/b.',
  ],
  [
    'a file elsewhere',
    { code: 'EPERM', path: '/var/x' },
    'run.not-permitted You may not read or change /var/x.',
  ],
  [
    'a file without a name',
    { code: 'EPERM' },
    'run.not-permitted You may not read or change a file of this study.',
  ],
  [
    'a disk that is only read',
    { code: 'EROFS', path: '/home/me/study' },
    'run.read-only The disk of /home/me/study can only be read.',
  ],
  [
    'an engine that is gone',
    new EngineLost('waiting'),
    'run.engine-lost The container engine stopped answering.',
  ],
  [
    'an engine that says no',
    { statusCode: 500, json: { message: 'invalid log\u001b driver' } },
    'run.engine-refused The container engine refused: invalid log\\u001b driver.',
  ],
  ['a mistake of the program', new TypeError('x'), undefined],
])('what of the machine ends a run is a sentence: %s', (_what, error, expected) => {
  const no = faultRefusal(error, '/home/me/study');
  expect(no && `${no.code} ${no.says}`).toBe(expected);
  expect(no?.next).not.toBe('');
});

test('to debug, every step is said and the folder of what failed stays until the next run', async () => {
  await run(['run_all'], () => 1, { debug: true });
  const left = lines.find((line) => line.startsWith('model: its folder was left at'));
  const folder = /metadata\/\.runs\/\w+/.exec(left ?? '')?.[0] ?? '';
  expect(readdirSync(path.join(dir, folder, 'work'))).toContain('a.py');
  expect(lines.find((line) => line.startsWith('debug: model'))).toMatch(/needs extract/);
  expect(engine.jobs.size).toBe(1);
  await run(['run_all'], model, { ids: countingIds(10) });
  expect([existsSync(path.join(dir, 'metadata/.runs')), engine.jobs.size]).toEqual([false, 0]);
});

describe('what cannot begin is refused with what to do', () => {
  test.each([
    ['an unknown action', () => run(['modle']), /"modle" is not an action.*Did you mean "model".*extract/s],
    ['no project.yaml', () => (rmSync(path.join(dir, 'project.yaml')), run(['model'])), /no project\.yaml/],
    [
      'a broken manifest',
      () => (write({ 'metadata/manifest.json': '{' }), run(['model'])),
      /manifest\.json.*cannot be used.*Delete it/s,
    ],
    ['a broken project.yaml', () => (write({ 'project.yaml': 'version: 9\n' }), run(['model'])), /not valid/],
    [
      'a missing image',
      () => run(['run_all'], model, { registry: 'registry.example.org/images' }),
      /python:v2.*docker pull registry\.example\.org\/images\/python:v2/s,
    ],
  ])('%s', async (_what, begin, expected) => {
    await expect((async () => begin())()).rejects.toThrow(expected);
    expect(engine.started).toEqual([]);
  });

  test('an unknown action is named before an engine is looked for', async () => {
    const engineless = { engine: () => Promise.reject(new Error('no engine')) };
    await expect(run(['modle'], model, engineless)).rejects.toThrow(/"modle" is not an action/);
  });

  test('a second run on the same study', async () => {
    let release: () => void = () => undefined;
    const first = run(['run_all'], async (job) => {
      await new Promise<void>((resolve) => (release = resolve));
      return model(job);
    });
    while (engine.started.length === 0) await new Promise(setImmediate);

    await expect(run(['run_all'])).rejects.toThrow(/Another "sallyport run"/);
    release();
    expect(await first).toBe(true);
  });

  test('a database action without a dummy data file', async () => {
    write({ 'project.yaml': read('project.yaml').replace(/ {4}dummy_data_file.*\n/, '') });
    expect(await run(['extract'])).toBe(false);
    expect(lines.join('\n')).toContain('give it a dummy_data_file');
  });
});

test('stopping ends the containers and keeps nothing of the run', async () => {
  const waiting = run(
    ['run_all'],
    (job) => new Promise((resolve) => job.ended.addEventListener('abort', () => resolve(0))),
  );
  while (engine.started.length === 0) await new Promise(setImmediate);

  stopping.abort();

  await expect(waiting).rejects.toThrow();
  expect([...engine.jobs.keys()]).toEqual([]);
  expect(existsSync(path.join(dir, 'output/one.table.csv'))).toBe(false);
  expect(existsSync(path.join(dir, 'metadata/.runs'))).toBe(false);
});

test('leftovers of an aborted run are taken away first', async () => {
  const executor = scriptedExecutor({
    engine,
    images: ['local:v1'],
    script: () => new Promise(() => undefined),
  });
  const limits = {
    cpus: 1,
    memoryBytes: 2 ** 30,
    pids: 100,
    diskBytes: 2 ** 30,
    timeMs: 60_000,
    logBytes: 1e6,
  };
  await executor.create({
    id: 'leftover00000001',
    labels: {},
    image: 'local:v1',
    command: [],
    workDir: dir,
    readOnlyFiles: [],
    environment: {},
    network: { kind: 'none' },
    limits,
    user: { uid: 1, gid: 1 },
  });

  await run(['run_all']);

  expect([...engine.jobs.keys()]).toEqual([]);
});

requires('docker').describe('with Docker', () => {
  test('a program runs without network, as nobody, on a copy of the tree; its file belongs to whose the study is', async () => {
    const { default: Docker } = await import('dockerode');
    const { buildNodeImage } = await import('../../agent/images/node-image.ts');
    const { image } = await buildNodeImage({ name: 'test-node', files: [], entry: ['node'] });
    await new Docker().getImage(image).tag({ repo: 'sallyport-test/node', tag: 'v1' });
    write({
      'project.yaml': `version: 5
actions:
  look:
    run: node:v1 look.mjs
    outputs: {highly_sensitive: {seen: seen.json}}
`,
      'look.mjs': `import { writeFileSync, readdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
writeFileSync('seen.json', JSON.stringify({ uid: process.getuid(), nets: Object.keys(networkInterfaces()), files: readdirSync('.') }));
console.log('looked');`,
    });
    process.env['XDG_STATE_HOME'] = path.join(dir, 'metadata/.state');

    const ok = await run(['look'], model, {
      engine: () => laptopExecutor('docker', dir),
      registry: 'sallyport-test',
      ids: (await import('../../src/lib/ids.ts')).randomIds,
    });

    expect([ok, lines]).toEqual([
      true,
      expect.arrayContaining(['look: running sallyport-test/node:v1', 'look: done in N s, 1 output']),
    ]);
    const seen = JSON.parse(read('seen.json')) as { uid: number; nets: string[]; files: string[] };
    expect(seen.uid).not.toBe(0);
    expect(seen.nets.filter((name) => name !== 'lo')).toEqual([]);
    expect(seen.files).toContain('look.mjs');
    expect(statSync(path.join(dir, 'seen.json')).uid).toBe(statSync(dir).uid);
    expect(read('metadata/look.log')).toContain('looked');
  });
});
