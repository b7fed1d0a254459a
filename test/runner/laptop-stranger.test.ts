import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { countingIds } from '../../src/lib/ids.ts';
import { laptopStudy, model } from '../support/laptop.ts';
import { type Script } from '../support/scripted-executor.ts';

const { at, write, read, run } = laptopStudy();

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
    ['upwards', (): string => path.relative(at.dir, path.join(outside, 'rows.csv'))],
    ['into what is kept for itself', (): string => 'metadata/rows.csv'],
    ['to an absolute place', (): string => path.join(outside, 'rows.csv')],
  ])('by a manifest that leads %s', async (_where, file) => {
    await run(['run_all']);
    manifestWith(file());
    await expect(run(['model'], model, { ids: countingIds(10) })).rejects.toThrow(/run\.bad-manifest/);
    untouched();
  });

  test.each(['output', 'metadata'])('by a folder %s that is a link', async (folder) => {
    symlinkSync(outside, path.join(at.dir, folder));
    await expect(run(['run_all'])).rejects.toThrow(/is a symbolic link.*run\.link/);
    untouched();
  });

  test('by a link in the place of an input, or of the folder of one', async () => {
    await run(['run_all']);
    rmSync(path.join(at.dir, 'output'), { recursive: true });
    symlinkSync(outside, path.join(at.dir, 'output'));
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
    mkdirSync(path.join(at.dir, 'output'));
    symlinkSync(path.join(outside, 'rows.csv'), path.join(at.dir, 'output/rows.csv'));
    expect(await run(['run_all'])).toBe(true);
    expect(lstatSync(path.join(at.dir, 'output/rows.csv')).isSymbolicLink()).toBe(false);
    untouched();
  });

  test('by a link in the place of the lock', async () => {
    mkdirSync(path.join(at.dir, 'metadata'));
    symlinkSync(path.join(outside, 'rows.csv'), path.join(at.dir, `metadata/.lock.${process.pid}`));
    expect(await run(['run_all'])).toBe(true);
    untouched();
  });
});
