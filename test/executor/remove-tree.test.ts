import { describe, expect, jest, test } from '@jest/globals';
import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { removeTree } from '../../agent/executor/remove-tree.ts';
import { entriesOf } from '../../agent/store/entries.ts';

const aFolder = (): string => realpathSync(mkdtempSync(path.join(tmpdir(), 'sallyport-remove-')));

/** Counts the turns of the event loop that others get, where every look at the clock finds a slice gone by. */
async function turnsDuring(work: () => Promise<void>): Promise<number> {
  let now = 0;
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => (now += 10));
  let turns = -1;
  let next: NodeJS.Immediate | undefined;
  const count = (): void => {
    turns += 1;
    next = setImmediate(count);
  };
  try {
    count();
    await work();
    return turns;
  } finally {
    clearImmediate(next);
    clock.mockRestore();
  }
}

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

    await removeTree(top, {
      async unlink(file) {
        most = Math.max(most, (inHand += 1));
        await unlink(file);
        inHand -= 1;
        ended += 1;
      },
    });

    expect(existsSync(top)).toBe(false);
    expect(ended).toBe(700);
    expect(most).toBeLessThanOrEqual(64);
  });

  test('lets others work between the names of one folder', async () => {
    const top = aFolder();
    for (let n = 0; n < 200; n++) mkdirSync(path.join(top, `folder ${n}`));

    expect(await turnsDuring(() => removeTree(top))).toBeGreaterThanOrEqual(200);

    expect(existsSync(top)).toBe(false);
  });

  test('lets others work between folders that hold nothing but empty folders', async () => {
    const top = aFolder();
    for (let n = 0; n < 200; n++) mkdirSync(path.join(top, `folder ${n}/empty`), { recursive: true });

    expect(await turnsDuring(() => removeTree(top))).toBeGreaterThanOrEqual(400);

    expect(existsSync(top)).toBe(false);
  });

  test.each([50, 200])('reads a folder of %i full folders once, and each of them once', async (folders) => {
    const top = aFolder();
    for (let n = 0; n < folders; n++) mkdirSync(path.join(top, `folder ${n}/empty`), { recursive: true });
    const begun = new Map<string, number>();
    let names = 0;

    await removeTree(top, {
      *entries(folder) {
        const place = realpathSync(folder);
        begun.set(place, (begun.get(place) ?? 0) + 1);
        for (const entry of entriesOf(folder)) {
          names += 1;
          yield entry;
        }
      },
    });

    expect(existsSync(top)).toBe(false);
    expect(begun.get(top)).toBe(1);
    expect(begun.size).toBe(1 + folders);
    expect([...begun.values()].every((times) => times === 1)).toBe(true);
    expect(names).toBe(2 * folders);
  });

  test('reads again what a system skipped while names were removed', async () => {
    const top = aFolder();
    for (let n = 0; n < 20; n++) writeFileSync(path.join(top, `file ${n}`), '');

    await removeTree(top, {
      *entries(folder) {
        let nth = 0;
        for (const entry of entriesOf(folder)) if (nth++ % 2 === 0) yield entry;
      },
    });

    expect(existsSync(top)).toBe(false);
  });

  test('gives up on what is said to be empty and stays full', async () => {
    const top = aFolder();
    writeFileSync(path.join(top, 'file'), '');

    const removed = removeTree(top, {
      *entries() {
        // Nothing: a file system that lies.
      },
    });

    await expect(removed).rejects.toMatchObject({ code: 'ENOTEMPTY' });
    rmSync(top, { recursive: true });
  });

  test('holds a few descriptors open, however deep a tree goes, and none afterwards', async () => {
    const top = aFolder();
    const deep = path.join(top, ...Array.from({ length: 200 }, () => 'd'));
    mkdirSync(deep, { recursive: true });
    writeFileSync(path.join(deep, 'file'), '');
    const open = (): number => readdirSync('/proc/self/fd').length;
    const before = open();
    let most = 0;

    await removeTree(top, {
      *entries(folder) {
        most = Math.max(most, open());
        yield* entriesOf(folder);
      },
    });

    expect(existsSync(top)).toBe(false);
    expect(most - before).toBeLessThanOrEqual(2 * 32);
    expect(open()).toBe(before);
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

  test.each(['link', 'folder'])('lets a %s alone that was put where a folder was seen', async (what) => {
    const top = aFolder();
    const outside = aFolder();
    mkdirSync(path.join(outside, 'b'));
    writeFileSync(path.join(outside, 'b/file'), 'x');
    writeFileSync(path.join(outside, 'kept'), 'x');
    mkdirSync(path.join(top, 'a/b'), { recursive: true });
    writeFileSync(path.join(top, 'a/b/file'), '');
    const away = aFolder();

    await removeTree(top, {
      async unlink(file) {
        // While all of them are open.
        if (existsSync(path.join(top, 'a/b/file')) && !existsSync(path.join(away, 'a'))) {
          renameSync(path.join(top, 'a'), path.join(away, 'a'));
          if (what === 'link') symlinkSync(outside, path.join(top, 'a'));
          else mkdirSync(path.join(top, 'a'));
        }
        await unlink(file);
      },
    });

    expect(existsSync(top)).toBe(false);
    expect(readdirSync(path.join(away, 'a'))).toEqual([]);
    expect(existsSync(path.join(outside, 'b/file'))).toBe(true);
    expect(existsSync(path.join(outside, 'kept'))).toBe(true);
    for (const folder of [outside, away]) rmSync(folder, { recursive: true });
  });

  test('follows no link that was put where a folder was read, nor opens what it leads to', async () => {
    const top = aFolder();
    const outside = aFolder();
    writeFileSync(path.join(outside, 'kept'), 'x');
    chmodSync(outside, 0o500);
    mkdirSync(path.join(top, 'a/b'), { recursive: true });
    writeFileSync(path.join(top, 'file'), '');
    const swap = (): void => {
      if (!lstatSync(path.join(top, 'a')).isDirectory()) return;
      rmSync(path.join(top, 'a'), { recursive: true });
      symlinkSync(outside, path.join(top, 'a'));
    };

    await removeTree(top, {
      *entries(folder) {
        for (const entry of entriesOf(folder)) {
          if (entry.name.toString() === 'a') swap();
          yield entry;
        }
      },
    });

    expect(existsSync(top)).toBe(false);
    expect(statSync(outside).mode & 0o777).toBe(0o500);
    expect(existsSync(path.join(outside, 'kept'))).toBe(true);
    chmodSync(outside, 0o700);
    rmSync(outside, { recursive: true });
  });

  test('removes no file of another folder after it has failed', async () => {
    const top = aFolder();
    const other = aFolder();
    for (const name of ['bad', 'manifest.json']) writeFileSync(path.join(top, name), '');
    writeFileSync(path.join(other, 'manifest.json'), 'kept');
    let late: Promise<void> | undefined;

    const removed = removeTree(top, {
      unlink(file) {
        if (file.toString().endsWith('/bad'))
          return Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));
        // As one that waits for a free thread.
        return (late = after(50).then(() => unlink(file)));
      },
    });

    await expect(removed).rejects.toThrow('EIO');
    // It gets the number that the other one had.
    const fd = openSync(other, 'r');
    await late;
    closeSync(fd);
    expect(existsSync(path.join(other, 'manifest.json'))).toBe(true);
    expect(readdirSync(top)).toEqual(['bad']);
    for (const folder of [top, other]) rmSync(folder, { recursive: true });
  });

  test('says so when something cannot be removed', async () => {
    const top = aFolder();
    writeFileSync(path.join(top, 'file'), '');

    await expect(
      removeTree(top, { unlink: () => Promise.reject(Object.assign(new Error('no'), { code: 'EPERM' })) }),
    ).rejects.toThrow('no');
    await removeTree(path.join(top, 'file'));
    expect(existsSync(path.join(top, 'file'))).toBe(false);
    rmSync(top, { recursive: true });
  });

  test('does not mind what is not there', async () => {
    await expect(removeTree(path.join(tmpdir(), 'sallyport-never-made'))).resolves.toBeUndefined();
  });
});
