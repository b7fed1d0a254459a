/** What a process has mapped is told by a text that the process itself makes as long as it likes. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { mappingsIn, type Left, type Mapped } from '../../agent/executor/mappings.ts';

const MIB = 1024 ** 2;
let root: string;
beforeAll(() => void (root = mkdtempSync(path.join(tmpdir(), 'sallyport-maps-'))));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function read(text: string, left: Left = { textBytes: 64 * MIB }): Promise<Mapped[]> {
  const file = path.join(root, 'maps');
  writeFileSync(file, text, 'latin1');
  const found = [];
  for await (const some of mappingsIn(file, left)) found.push(...some);
  return found;
}

test('mappings of deleted files are told from all others', async () => {
  const maps = [
    '00400000-00500000 r-xp 00000000 08:01 77 /usr/bin/program',
    '7f0000000000-7f0000100000 rw-s 00000000 08:01 1234                       /workspace/a b (deleted)',
    '7f0000200000-7f0000280000 rw-p 00100000 08:01 1234                       /workspace/a b (deleted)',
    '7f0000300000-7f0000380000 r--s 00100000 08:01 1234                       /workspace/a b (deleted)',
    '7f0000400000-7f0000500000 rw-p 00000000 00:00 0 [heap]',
    '',
  ].join('\n');

  const file = { dev: 0x801, ino: 1234 };
  expect(await read(maps)).toEqual([
    { ...file, bytes: MIB, range: '7f0000000000-7f0000100000', written: true },
    { ...file, bytes: MIB / 2, range: '7f0000200000-7f0000280000', written: false },
    { ...file, bytes: MIB / 2, range: '7f0000300000-7f0000380000', written: false },
  ]);
});

test('no path is too long to see what it belongs to, wherever the pieces end', async () => {
  const lines = Array.from({ length: 300 }, (_, n) => {
    const name = 'd'.repeat(n === 150 ? 3 * MIB : n * 7);
    return `7f0000000000-7f0000100000 r--s 00000000 08:01 ${n + 1}   /${name} (deleted)\n`;
  });

  expect((await read(lines.join(''))).map(({ ino }) => ino)).toEqual(lines.map((_, n) => n + 1));
});

test('nothing is read beyond what may be, of one endless line either', async () => {
  const left = { textBytes: MIB };
  const file = path.join(root, 'endless');
  writeFileSync(file, '');
  truncateSync(file, 1024 * MIB);
  let pieces = 0;
  for await (const some of mappingsIn(file, left)) pieces += some.length + 1;

  expect(left.textBytes).toBeLessThan(0);
  expect(left.textBytes).toBeGreaterThan(-MIB);
  expect(pieces).toBeLessThan(100);
});

test('a process that is gone has none', async () => {
  const found = [];
  for await (const some of mappingsIn('/proc/0/maps', { textBytes: MIB })) found.push(...some);
  expect(found).toEqual([]);
});
