import { describe, expect, test } from '@jest/globals';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { removeTree } from '../../agent/executor/remove-tree.ts';

const aFolder = (): string => mkdtempSync(path.join(tmpdir(), 'sallyport-remove-'));

describe('removing what a job left', () => {
  test('goes deeper than the system can name', async () => {
    const top = aFolder();
    const home = process.cwd();
    process.chdir(top);
    try {
      for (let n = 0; n < 60; n++) {
        writeFileSync('file', 'x');
        mkdirSync('d'.repeat(200));
        process.chdir('d'.repeat(200));
      }
    } finally {
      process.chdir(home);
    }
    expect(() => rmSync(top, { recursive: true, force: true })).toThrow(/ENAMETOOLONG/);

    await removeTree(top);

    expect(existsSync(top)).toBe(false);
  });

  test('opens what was closed, and follows no link', async () => {
    const top = aFolder();
    const outside = aFolder();
    writeFileSync(path.join(outside, 'kept'), 'x');
    mkdirSync(path.join(top, 'closed/inner'), { recursive: true });
    symlinkSync(outside, path.join(top, 'closed/link'));
    chmodSync(path.join(top, 'closed'), 0o000);

    await removeTree(top);

    expect(existsSync(top)).toBe(false);
    expect(existsSync(path.join(outside, 'kept'))).toBe(true);
    rmSync(outside, { recursive: true });
  });

  test('does not mind what is not there', async () => {
    await expect(removeTree(path.join(tmpdir(), 'sallyport-never-made'))).resolves.toBeUndefined();
  });
});
