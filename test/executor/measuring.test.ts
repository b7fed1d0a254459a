import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { diskUsage, walk } from '../../agent/executor/disk.ts';
import { pauseAfter } from '../../agent/executor/watch.ts';
import { frames, lastBytes } from '../../agent/executor/log-text.ts';
import { requires } from '../support/require.ts';

describe('how much a job has written', () => {
  let root: string;
  const uid = process.getuid?.() ?? 0;
  const ample = { uid, limit: 1024 ** 3 };
  const kilobytes = async (folder: string, options = ample) =>
    Math.round((await diskUsage(folder, options)).bytes / 1000);

  beforeAll(() => {
    root = mkdtempSync(path.join(tmpdir(), 'sallyport-disk-'));
  });
  // Not rmSync: it cannot name the deepest folders either.
  afterAll(() => void spawnSync('rm', ['-rf', root]));

  function folder(name: string): string {
    const made = path.join(root, name);
    mkdirSync(made);
    return made;
  }

  test('is what its files take, at any depth', async () => {
    const top = folder('deep');
    mkdirSync(path.join(top, 'a/b/c'), { recursive: true });
    writeFileSync(path.join(top, 'one'), Buffer.alloc(100_000));
    writeFileSync(path.join(top, 'a/b/c/two'), Buffer.alloc(200_000));

    expect(await kilobytes(top)).toBeGreaterThanOrEqual(300);
    expect(await kilobytes(top)).toBeLessThan(330);
  });

  test('counts a file with two names once, and nothing behind a link', async () => {
    const top = folder('links');
    writeFileSync(path.join(top, 'one'), Buffer.alloc(100_000));
    linkSync(path.join(top, 'one'), path.join(top, 'again'));
    symlinkSync('/usr', path.join(top, 'everything'));
    symlinkSync(top, path.join(top, 'myself'));

    expect(await kilobytes(top)).toBeLessThan(110);
  });

  test('stops at the limit', async () => {
    const top = folder('over');
    for (let n = 0; n < 10; n++) writeFileSync(path.join(top, `f${n}`), Buffer.alloc(10_000));

    expect(await diskUsage(top, { uid, limit: 50_000 })).toMatchObject({ over: true });
    expect(await diskUsage(top, { uid, limit: 500_000 })).toMatchObject({ over: false });
  });

  test('counts names that are no text', async () => {
    const top = folder('bytes');
    const place = Buffer.concat([Buffer.from(`${top}/`), Buffer.from([0xff])]);
    mkdirSync(place);
    writeFileSync(Buffer.concat([place, Buffer.from('/'), Buffer.from([0xfe])]), Buffer.alloc(100_000));

    expect(await kilobytes(top)).toBeGreaterThanOrEqual(100);
  });

  test('a folder that is gone holds nothing', async () => {
    expect(await diskUsage(path.join(root, 'nowhere'), ample)).toEqual({ bytes: 0, over: false });
  });

  test.each([
    ['a link to elsewhere', (at: string, elsewhere: string) => symlinkSync(elsewhere, at)],
    ['a file', (at: string) => writeFileSync(at, '')],
    ['another folder', (at: string, elsewhere: string) => renameSync(elsewhere, at)],
  ])('a folder that the job replaces by %s while it is measured is gone', (what, put) => {
    const top = folder(`swapped ${what}`);
    const elsewhere = folder(`elsewhere ${what}`);
    writeFileSync(path.join(elsewhere, 'not of the job'), '');
    mkdirSync(path.join(top, 'sub'));
    const seen: string[] = [];
    for (const { file } of walk(top)) {
      seen.push(path.basename(String(file)));
      renameSync(path.join(top, 'sub'), path.join(root, `aside ${what}`));
      put(path.join(top, 'sub'), elsewhere);
    }

    expect(seen).toEqual(['sub']);
  });

  test('a link that the job puts above a folder leads nowhere', () => {
    const top = folder('above');
    const elsewhere = folder('above elsewhere');
    mkdirSync(path.join(top, 'a/b'), { recursive: true });
    mkdirSync(path.join(elsewhere, 'b'));
    writeFileSync(path.join(elsewhere, 'b/not of the job'), '');
    const seen: string[] = [];
    for (const { file } of walk(top)) {
      seen.push(path.basename(String(file)));
      if (!String(file).endsWith('/b')) continue;
      rmdirSync(path.join(top, 'a/b'));
      renameSync(path.join(top, 'a'), path.join(root, 'above aside'));
      symlinkSync(elsewhere, path.join(top, 'a'));
    }

    expect(seen).toEqual(['a', 'b']);
  });

  test('the pause after a slow measurement has an end', () => {
    expect(pauseAfter(200)).toBe(4000);
    expect(pauseAfter(600_000)).toBe(30_000);
  });

  test('a tree deeper than the system can name is over any limit', async () => {
    const top = folder('abyss');
    const home = process.cwd();
    try {
      process.chdir(top);
      for (let n = 0; n < 30; n++) {
        mkdirSync('d'.repeat(200));
        process.chdir('d'.repeat(200));
      }
    } finally {
      process.chdir(home);
    }

    expect(await diskUsage(top, ample)).toMatchObject({ over: true });
  });

  requires('root').test('leaves out what is not the job’s: inputs belong to the agent', async () => {
    const top = folder('inputs');
    writeFileSync(path.join(top, 'input'), Buffer.alloc(500_000));
    writeFileSync(path.join(top, 'own'), Buffer.alloc(100_000));
    chownSync(path.join(top, 'own'), 65534, 65534);

    expect(await kilobytes(top, { uid: 65534, limit: 1024 ** 3 })).toBeLessThan(110);
  });
});

describe('the log of a job', () => {
  const frame = (text: string): Buffer => {
    const header = Buffer.alloc(8);
    header[0] = 1;
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([header, Buffer.from(text)]);
  };
  async function* pieces(bytes: Buffer, size: number): AsyncIterable<Buffer> {
    for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
  }
  const text = Array.from({ length: 50 }, (_, n) => `line ${n} é\n`);
  const stream = Buffer.concat(text.map(frame));

  test.each([1, 3, 7, 8, 9, 4096])('is the same in pieces of %i bytes', async (size) => {
    expect(await lastBytes(frames(pieces(stream, size)), 10_000)).toBe(text.join(''));
  });

  test('is cut at a line, from the front', async () => {
    const log = await lastBytes(frames(pieces(stream, 64)), 60);

    expect(log).toMatchInlineSnapshot(`
      "[sallyport] Earlier output was dropped: only the last 60 bytes of a log are kept.
      line 45 é
      line 46 é
      line 47 é
      line 48 é
      line 49 é
      "
    `);
  });

  test('of exactly the limit is whole', async () => {
    const limit = Buffer.byteLength(text.join(''));

    expect(await lastBytes(frames(pieces(stream, 64)), limit)).toBe(text.join(''));
  });
});
