import { describe, expect, test } from '@jest/globals';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { unlink } from 'node:fs/promises';
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

  test('has a few names in hand at a time, of files and of folders', async () => {
    const top = aFolder();
    for (let n = 0; n < 500; n++) writeFileSync(path.join(top, `file ${n}`), '');
    for (let n = 0; n < 200; n++) mkdirSync(path.join(top, `folder ${n}/inner`), { recursive: true });
    for (let n = 0; n < 200; n++) writeFileSync(path.join(top, `folder ${n}/file`), '');
    let inHand = 0;
    let most = 0;
    let ended = 0;

    await removeTree(top, async (file) => {
      most = Math.max(most, (inHand += 1));
      await unlink(file);
      inHand -= 1;
      ended += 1;
    });

    expect(existsSync(top)).toBe(false);
    expect(ended).toBe(700);
    expect(most).toBeLessThanOrEqual(64);
  });

  test('lets others work between a few names, of empty folders too', async () => {
    const top = aFolder();
    for (let n = 0; n < 1000; n++) mkdirSync(path.join(top, `folder ${n}`));
    let seen = 1000;
    const look = setImmediate(() => (seen = readdirSync(top).length));

    await removeTree(top);

    clearImmediate(look);
    expect(seen).toBeGreaterThan(0);
    expect(seen).toBeLessThan(1000);
  });

  test('removes names that are no text', async () => {
    const top = aFolder();
    const place = (name: number): Buffer => Buffer.concat([Buffer.from(`${top}/`), Buffer.from([name])]);
    mkdirSync(place(0xff));
    writeFileSync(Buffer.concat([place(0xff), Buffer.from('/file')]), '');
    writeFileSync(place(0xfe), '');

    await removeTree(top);

    expect(existsSync(top)).toBe(false);
  });

  test('lets a folder alone that was put where another was seen', async () => {
    const top = aFolder();
    const outside = aFolder();
    writeFileSync(path.join(outside, 'kept'), 'x');
    mkdirSync(path.join(top, 'a/b'), { recursive: true });
    writeFileSync(path.join(top, 'a/b/file'), '');
    writeFileSync(path.join(top, 'first'), '');

    const swapped = removeTree(top, async (file) => {
      if (file.toString().endsWith('/first')) {
        rmSync(path.join(top, 'a'), { recursive: true });
        symlinkSync(outside, path.join(top, 'a'));
      }
      await unlink(file);
    });

    await expect(swapped).resolves.toBeUndefined();
    expect(existsSync(top)).toBe(false);
    expect(existsSync(path.join(outside, 'kept'))).toBe(true);
    rmSync(outside, { recursive: true });
  });

  test('says so when something cannot be removed', async () => {
    const top = aFolder();
    writeFileSync(path.join(top, 'file'), '');

    await expect(
      removeTree(top, () => Promise.reject(Object.assign(new Error('no'), { code: 'EPERM' }))),
    ).rejects.toThrow('no');
    await removeTree(path.join(top, 'file'));
    expect(existsSync(path.join(top, 'file'))).toBe(false);
    rmSync(top, { recursive: true });
  });

  test('does not mind what is not there', async () => {
    await expect(removeTree(path.join(tmpdir(), 'sallyport-never-made'))).resolves.toBeUndefined();
  });
});
