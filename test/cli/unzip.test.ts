/** What a stranger's archive could try, and what a person expects of a second try. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { unzip } from '../../src/cli/unzip-work.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-unzip-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const at = (file: string): string => path.join(dir, file);
function put(file: string, bytes: Buffer | string): void {
  mkdirSync(path.dirname(at(file)), { recursive: true });
  writeFileSync(at(file), bytes);
}
const OLD = new Date('2020-01-01T00:00:00Z');

async function run(
  paths: string[],
  flags: { verbose?: boolean; maxSize?: number } = {},
  spare = 0,
): Promise<[number, string]> {
  let said = '';
  const options = { verbose: true, maxSize: 2 ** 30, ...flags };
  const out = { write: (text: string) => (said += text) };
  const code = await unzip(paths.map(at), options, out, undefined, spare);
  return [code, said.replaceAll(`${dir}/`, '')];
}

test('every .gz file of a folder and those below gets its content beside it, and stays', async () => {
  put('a.csv.gz', gzipSync('a\n1\n'));
  put('deep/er/b.txt.gz', Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]));
  put('empty.gz', gzipSync(''));
  put('plain.csv', 'x');
  put('.gz', 'no name is left of this one');

  expect(await run(['.'])).toEqual([
    0,
    'unpacked a.csv.gz (4 B)\nunpacked deep/er/b.txt.gz (8 B)\nunpacked empty.gz (0 B)\n3 files unpacked (12 B).\n',
  ]);
  expect(readFileSync(at('a.csv'), 'utf8')).toBe('a\n1\n');
  expect(readFileSync(at('deep/er/b.txt'), 'utf8')).toBe('one\ntwo\n');
  expect(readFileSync(at('empty'), 'utf8')).toBe('');
  expect(readdirSync(dir).sort()).toEqual([
    '.gz',
    'a.csv',
    'a.csv.gz',
    'deep',
    'empty',
    'empty.gz',
    'plain.csv',
  ]);
});

test('what is there and newer is left; what is older is replaced', async () => {
  put('newer.csv.gz', gzipSync('from the archive'));
  put('newer.csv', 'edited by hand');
  utimesSync(at('newer.csv.gz'), OLD, OLD);
  put('older.csv', 'of an earlier archive');
  utimesSync(at('older.csv'), OLD, OLD);
  put('older.csv.gz', gzipSync('from the archive'));

  expect(await run(['.'])).toEqual([
    0,
    [
      'skipped newer.csv.gz: what it holds is there, and newer',
      'unpacked older.csv.gz (16 B)',
      '1 file unpacked (16 B), 1 skipped, unpacked already.\n',
    ].join('\n'),
  ]);
  expect(readFileSync(at('newer.csv'), 'utf8')).toBe('edited by hand');
  expect(readFileSync(at('older.csv'), 'utf8')).toBe('from the archive');
  expect(await run(['.'], { verbose: false })).toEqual([
    0,
    '0 files unpacked (0 B), 2 skipped, unpacked already.\n',
  ]);
});

test('a small file that unpacks to very much is stopped, leaves nothing, and does not stop the others', async () => {
  put('bomb.gz', gzipSync(Buffer.alloc(20 * 1024 ** 2)));
  put('good.gz', gzipSync('good'));

  const [code, said] = await run(['.'], { maxSize: 1024 ** 2 });

  expect(code).toBe(1);
  expect(said).toMatch(/^bomb\.gz unpacks to more than 1\.0 MiB\. If it may, .*\(unzip\.too-large\)$/m);
  expect(said).toMatch(/1 file unpacked \(4 B\), 1 failed\.\n$/);
  expect(readdirSync(dir).sort()).toEqual(['bomb.gz', 'good', 'good.gz']);
});

test('a disk is not filled to the brim', async () => {
  put('much.gz', gzipSync(Buffer.alloc(80 * 1024 ** 2)));

  expect(await run(['.'], {}, Number.MAX_SAFE_INTEGER)).toEqual([
    1,
    expect.stringMatching(/^There is no room .* \(unzip\.no-room\)\n0 files unpacked \(0 B\), 1 failed\.\n$/),
  ]);
  expect(readdirSync(dir)).toEqual(['much.gz']);
});

test('an older result survives an archive that breaks off, and one that is none', async () => {
  put('cut.csv.gz', gzipSync('x'.repeat(10_000)));
  truncateSync(at('cut.csv.gz'), 30);
  put('cut.csv', 'as it was');
  utimesSync(at('cut.csv'), OLD, OLD);
  put('text.gz', 'no archive at all');

  const [code, said] = await run(['.']);

  expect(code).toBe(1);
  expect(said).toMatch(
    /cut\.csv\.gz is broken, or no gzip file \(Z_BUF_ERROR\)\. Fetch it again\. \(unzip\.broken\)/,
  );
  expect(said).toMatch(/text\.gz is broken, or no gzip file \(Z_DATA_ERROR\)/);
  expect(readFileSync(at('cut.csv'), 'utf8')).toBe('as it was');
  expect(readdirSync(dir).sort()).toEqual(['cut.csv', 'cut.csv.gz', 'text.gz']);
});

test('no link is followed: not to read, not to write, not into a folder', async () => {
  put('outside/victim.csv', 'mine');
  put('outside/secret.csv.gz', gzipSync('secret'));
  put('study/victim.csv.gz', gzipSync('theirs'));
  symlinkSync(at('outside/victim.csv'), at('study/victim.csv'));
  symlinkSync(at('outside/secret.csv.gz'), at('study/linked.csv.gz'));
  symlinkSync(at('outside'), at('study/folder'));
  put('study/taken.csv.gz', gzipSync('x'));
  mkdirSync(at('study/taken.csv'));

  expect(await run(['study'])).toEqual([
    1,
    [
      'study/taken.csv is no file. Move it away, then unzip again. (unzip.in-the-way)',
      'study/victim.csv is a link. Move it away, then unzip again. (unzip.in-the-way)',
      '0 files unpacked (0 B), 2 failed.\n',
    ].join('\n'),
  ]);
  expect(readFileSync(at('outside/victim.csv'), 'utf8')).toBe('mine');
  expect(existsSync(at('outside/secret.csv'))).toBe(false);
  expect(existsSync(at('study/linked.csv'))).toBe(false);
});

test('a folder that the person names may be a link: data often lies elsewhere', async () => {
  put('elsewhere/a.gz', gzipSync('a'));
  symlinkSync(at('elsewhere'), at('data'));

  expect((await run(['data']))[0]).toBe(0);
  expect(readFileSync(at('elsewhere/a'), 'utf8')).toBe('a');
});

test('what is not there, and what is no .gz, is said', async () => {
  put('plain.csv', 'x');

  expect(await run(['nowhere', 'plain.csv'])).toEqual([
    1,
    [
      'There is no nowhere. Check the path, and who may read it. (unzip.unreadable)',
      'plain.csv is neither a folder nor a file called ….gz. Name a .gz file, or a folder. (unzip.not-gz)',
      '0 files unpacked (0 B), 2 failed.\n',
    ].join('\n'),
  ]);
  mkdirSync(at('none'));
  expect(await run(['none'])).toEqual([0, 'There is no .gz file there.\n']);
});

test('a name acts on no terminal, and a terminal sees how far it is', async () => {
  put('a\u001b[2Jb.gz', gzipSync('x'));
  let said = '';
  const out = { write: (text: string) => (said += text), isTTY: true };

  await unzip([dir], { verbose: true, maxSize: 100 }, out, undefined, 0);

  expect(said).toContain('1 of 1: a\\u001b[2Jb.gz 1 B');
  expect(said).not.toContain('a\u001b');
});
