import { describe, expect, test } from '@jest/globals';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { EngineLost } from '../../agent/executor/executor.ts';
import { faultRefusal } from '../../agent/laptop.ts';
import { laptopStudy, model } from '../support/laptop.ts';

const { at, write, read, run } = laptopStudy();

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
    'a file where a folder must be',
    { code: 'ENOTDIR', path: '/home/me/study/output/a.csv' },
    'run.in-the-way output/a.csv is not what a run needs there: a file stands where a folder must be, or a folder where a file must be.',
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

describe('what cannot begin is refused with what to do', () => {
  test.each([
    ['an unknown action', () => run(['modle']), /"modle" is not an action.*Did you mean "model".*extract/s],
    [
      'no project.yaml',
      () => (rmSync(path.join(at.dir, 'project.yaml')), run(['model'])),
      /no project\.yaml/,
    ],
    [
      'a project.yaml that is a folder',
      () => {
        rmSync(path.join(at.dir, 'project.yaml'));
        mkdirSync(path.join(at.dir, 'project.yaml'));
        return run(['model']);
      },
      /project\.yaml in .* is no file/,
    ],
    [
      'a broken manifest',
      () => (write({ 'metadata/manifest.json': '{' }), run(['model'])),
      /manifest\.json.*cannot be used.*Delete it/s,
    ],
    ['a broken project.yaml', () => (write({ 'project.yaml': 'version: 9\n' }), run(['model'])), /not valid/],
    [
      'a missing image',
      () => run(['run_all'], model, { registry: 'registry.example.org/images' }),
      /python:v2.*sallyport pull registry\.example\.org\/images\/python:v2/s,
    ],
  ])('%s', async (_what, begin, expected) => {
    await expect((async () => begin())()).rejects.toThrow(expected);
    expect(at.engine.started).toEqual([]);
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
    while (at.engine.started.length === 0) await new Promise(setImmediate);

    await expect(run(['run_all'])).rejects.toThrow(/Another "sallyport run"/);
    release();
    expect(await first).toBe(true);
  });

  test('a database action without a dummy data file', async () => {
    write({ 'project.yaml': read('project.yaml').replace(/ {4}dummy_data_file.*\n/, '') });
    expect(await run(['extract'])).toBe(false);
    expect(at.lines.join('\n')).toContain('give it a dummy_data_file');
  });
});
