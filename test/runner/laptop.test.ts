import { expect, jest, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  linkSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { readTree } from '../../agent/runner/laptop-tree.ts';
import { LEVEL_RAISED, REFUSED_FILE } from '../../agent/runner/words.ts';
import { laptopExecutor } from '../../agent/laptop.ts';
import { readProject } from '../../src/pipeline/pipeline.ts';
import { countingIds } from '../../src/lib/ids.ts';
import { laptopStudy, model } from '../support/laptop.ts';
import { requires } from '../support/require.ts';
import { scriptedExecutor, type Script } from '../support/scripted-executor.ts';

const { at, write, read, run } = laptopStudy();

test('a pipeline runs on the working tree and its outputs land at their declared places', async () => {
  expect(await run(['run_all'])).toBe(true);

  expect(at.lines).toEqual([
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
  expect(readdirSync(path.join(at.dir, 'metadata')).sort()).toEqual([
    'extract.log',
    'freshness.json',
    'manifest.json',
    'model.log',
  ]);
  expect([...at.engine.jobs.keys()]).toEqual([]);
});

test('what has run is not run again, unless asked for by name or forced', async () => {
  await run(['run_all']);
  at.lines = [];

  await run(['run_all'], model, { ids: countingIds(10) });
  expect(at.lines).toEqual([
    'extract: fresh',
    'model: fresh',
    'Nothing to do: every action asked for has run already. Use -f to run dependencies again.',
  ]);
  at.lines = [];
  await run(['model'], model, { ids: countingIds(20) });
  expect(at.lines[0]).toBe('extract: fresh');
  expect(at.engine.started).toHaveLength(2);
  await run(['model'], model, { force: true, ids: countingIds(30) });
  expect(at.lines).toContain('extract: copying dummy.csv (database actions use dummy data here)');
});

test('an action whose outputs were deleted counts as not run', async () => {
  await run(['run_all']);
  rmSync(path.join(at.dir, 'output/rows.csv'));
  at.lines = [];

  await run(['model'], model, { ids: countingIds(10) });

  expect(at.lines[0]).toContain('extract: copying');
});

test('outputs of other actions are not copied in, .git and metadata neither; links are left out and named', async () => {
  await run(['run_all']);
  write({ '.git/config': 'x' });
  symlinkSync('/etc/passwd', path.join(at.dir, 'people.txt'));
  execFileSync('mkfifo', [path.join(at.dir, 'pipe')]);
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
  expect(at.lines).toContain('note: people.txt was left out of the workspace: it is a symbolic link');
  expect(at.lines).toContain(
    'note: pipe was left out of the workspace: it is no file, but a pipe, a socket or a device',
  );
});

test('a study of very many files is told where most of them lie', async () => {
  const { pipeline } = readProject(read('project.yaml'));
  write({ 'renv/library/a.R': '', 'renv/library/b.R': '', 'renv/c.R': '', 'renv/d.R': '' });
  expect((await readTree(at.dir, pipeline!, 7)).notes).toEqual([]);
  expect((await readTree(at.dir, pipeline!, 6)).notes).toEqual([
    "every action gets a copy of the study's 7 files, 4 of them in renv; runs are quicker when what no action reads lies elsewhere",
  ]);
});

test('a failing action shows the end of its log, keeps earlier outputs and starts nothing after it', async () => {
  await run(['run_all']);
  write({
    'project.yaml': `${read('project.yaml')}  last:\n    run: python:v2 b.py\n    needs: [model]\n    outputs: {highly_sensitive: {x: x.csv}}\n`,
  });
  at.lines = [];

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
  expect(at.lines).toContain('model: the last 32 lines of its log:');
  expect(at.lines).toContain('  line 9');
  expect(at.lines).not.toContain('  line 8');
  expect(at.lines).toContain('model: The program ended with an error.');
  expect(at.lines.some((line) => line.startsWith('last:'))).toBe(false);
  expect(at.lines).toContain(
    'not run, because an action failed: last; --continue-on-error runs what does not need it',
  );
  expect(read('output/one.table.csv')).toBe('rows\n4\n');
});

test('unmatched patterns, stray files and withheld files are named', async () => {
  const stray: Script = ({ spec }) => {
    writeFileSync(path.join(spec.workDir, 'output/one.tabel.csv'), '');
    return 0;
  };
  expect(await run(['run_all'], stray)).toBe(false);
  expect(at.lines).toContain('model: no file for output/*.table.csv');
  expect(at.lines).toContain('model: made, but not declared: output/one.tabel.csv');

  const wide: Script = ({ spec }) => {
    writeFileSync(path.join(spec.workDir, 'output/one.table.csv'), 'patient_id\n1\n');
    return 0;
  };
  expect(await run(['model'], wide, { ids: countingIds(10) })).toBe(true);
  expect(at.lines.find((line) => line.includes('would be withheld'))).toContain('"patient_id"');
});

test('a file that the zone would not take is not taken here, in the same words', async () => {
  const linking: Script = ({ spec }) => {
    symlinkSync('/etc/passwd', path.join(spec.workDir, 'output/people.table.csv'));
    writeFileSync(path.join(spec.workDir, 'output/one.table.csv'), 'x\n');
    linkSync(path.join(spec.workDir, 'a.py'), path.join(spec.workDir, 'output/two.table.csv'));
    return 0;
  };
  expect(await run(['run_all'], linking)).toBe(true);
  expect(at.lines).toContain(`model: output/people.table.csv was not taken: ${REFUSED_FILE.link}`);
  expect(at.lines).toContain(`model: output/two.table.csv was not taken: ${REFUSED_FILE['many-names']}`);
  expect(readdirSync(path.join(at.dir, 'output')).sort()).toEqual(['one.table.csv', 'rows.csv']);

  const same: Script = ({ spec }) => {
    copyFileSync(path.join(spec.workDir, 'output/rows.csv'), path.join(spec.workDir, 'output/one.table.csv'));
    return 0;
  };
  await run(['model'], same, { ids: countingIds(10) });
  expect(at.lines).toContain(`model: output/one.table.csv would be withheld from review: ${LEVEL_RAISED}`);
});

test('files that a rerun does not make any more are deleted', async () => {
  await run(['run_all']);
  const other: Script = ({ spec }) => {
    writeFileSync(path.join(spec.workDir, 'output/two.table.csv'), 'x\n');
    return 0;
  };
  await run(['model'], other, { ids: countingIds(10) });

  expect(existsSync(path.join(at.dir, 'output/one.table.csv'))).toBe(false);
  expect(existsSync(path.join(at.dir, 'output/two.table.csv'))).toBe(true);
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

  expect(at.lines).toContain('beside: done in N s, 1 output');
  expect(at.lines).toContain('not run, because an action they need failed: after');
  expect(at.lines.filter((line) => line.startsWith('after'))).toEqual([]);
  expect(at.lines.at(-2)).toBe('model failed N s – – –');
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
  const more = {
    engine: async () => scriptedExecutor({ engine: at.engine, images, script }),
    continueOnError: true,
  };

  await run(['run_all'], script, { ...more, licence: () => 'serial' });
  expect(seen).toEqual({ a: 'serial', b: undefined });
  await expect(run(['run_all'], script, { ...more, ids: countingIds(10) })).rejects.toMatchObject({
    refusal: { code: 'run.no-licence', says: 'a wants a Stata licence, and none was given.' },
  });
  // Nobody is asked for one that nothing wants.
  const never = { ...more, ids: countingIds(20), licence: () => expect(true).toBe(false) as never };
  await run(['b'], script, never);
  expect(seen).toEqual({ a: 'serial', b: undefined });
});

test('a program that ran out of memory is told how to get more', async () => {
  await run(['run_all'], () => ({ code: 137, outOfMemory: true }));
  expect(at.lines).toEqual(
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
  expect(at.lines).toContain('  red end');
  expect(at.lines).toContain('  100 %');
  expect(at.lines.join('')).not.toMatch(/\p{Cc}|\u202e/u);
});

test('to debug, every step is said and the folder of what failed stays until the next run', async () => {
  await run(['run_all'], () => 1, { debug: true });
  const left = at.lines.find((line) => line.startsWith('model: its folder was left at'));
  const folder = /metadata\/\.runs\/\w+/.exec(left ?? '')?.[0] ?? '';
  expect(readdirSync(path.join(at.dir, folder, 'work'))).toContain('a.py');
  expect(at.lines.find((line) => line.startsWith('debug: model'))).toMatch(/needs extract/);
  expect(at.engine.jobs.size).toBe(1);
  await run(['run_all'], model, { ids: countingIds(10) });
  expect([existsSync(path.join(at.dir, 'metadata/.runs')), at.engine.jobs.size]).toEqual([false, 0]);
});

test('stopping ends the containers and keeps nothing of the run', async () => {
  const waiting = run(
    ['run_all'],
    (job) => new Promise((resolve) => job.ended.addEventListener('abort', () => resolve(0))),
  );
  while (at.engine.started.length === 0) await new Promise(setImmediate);

  at.stopping.abort();

  await expect(waiting).rejects.toThrow();
  expect([...at.engine.jobs.keys()]).toEqual([]);
  expect(existsSync(path.join(at.dir, 'output/one.table.csv'))).toBe(false);
  expect(existsSync(path.join(at.dir, 'metadata/.runs'))).toBe(false);
});

test('stopping is heard while a large study is copied: no program begins', async () => {
  let now = 0;
  const watch = jest.spyOn(performance, 'now').mockImplementation(() => (now += 1000));
  const ids = countingIds();
  // Drawn just before the copying begins; whoever is asked next is the rest of the program.
  const stoppingThen = { id: () => (setImmediate(() => at.stopping.abort()), ids.id()) };
  try {
    await expect(run(['run_all'], model, { ids: stoppingThen })).rejects.toThrow(/aborted/);
  } finally {
    watch.mockRestore();
  }
  expect(existsSync(path.join(at.dir, 'output'))).toBe(false);
  expect(existsSync(path.join(at.dir, 'metadata/.runs'))).toBe(false);
});

test('leftovers of an aborted run are taken away first', async () => {
  const executor = scriptedExecutor({
    engine: at.engine,
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
    workDir: at.dir,
    readOnlyFiles: [],
    environment: {},
    network: { kind: 'none' },
    limits,
    user: { uid: 1, gid: 1 },
  });

  await run(['run_all']);

  expect([...at.engine.jobs.keys()]).toEqual([]);
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
    process.env['XDG_STATE_HOME'] = path.join(at.dir, 'metadata/.state');

    const ok = await run(['look'], model, {
      engine: () => laptopExecutor('docker', at.dir),
      registry: 'sallyport-test',
      ids: (await import('../../src/lib/ids.ts')).randomIds,
    });

    expect([ok, at.lines]).toEqual([
      true,
      expect.arrayContaining(['look: running sallyport-test/node:v1', 'look: done in N s, 1 output']),
    ]);
    const seen = JSON.parse(read('seen.json')) as { uid: number; nets: string[]; files: string[] };
    expect(seen.uid).not.toBe(0);
    expect(seen.nets.filter((name) => name !== 'lo')).toEqual([]);
    expect(seen.files).toContain('look.mjs');
    expect(statSync(path.join(at.dir, 'seen.json')).uid).toBe(statSync(at.dir).uid);
    expect(read('metadata/look.log')).toContain('looked');
  });
});
