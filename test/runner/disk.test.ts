/** Which level a disk is at, and what in a folder takes how much. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bytesBelow, diskFacts, diskUsage, DiskWatch, levelOf, type DiskLevel } from '../../agent/disk.ts';
import { isWithinZone, zoneDisk, zoneWatch } from '../../agent/zone-watch.ts';
import { createLogger } from '../../src/lib/logger.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-disk-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const MIB = 1024 ** 2;
const DISK = zoneDisk.parse({ amber_free_bytes: 1000, red_free_bytes: 100, budget_bytes: 10 * MIB });

test.each<[string, number, number, DiskLevel, DiskLevel]>([
  ['much is left', 5000, 0, 'ok', 'ok'],
  ['less than the first line is left', 999, 0, 'ok', 'amber'],
  ['less than the last line is left', 99, 0, 'ok', 'red'],
  ['it is just above amber again', 1050, 0, 'amber', 'amber'],
  ['it is well above amber again', 1101, 0, 'amber', 'ok'],
  ['it is just above red again', 105, 0, 'red', 'red'],
  ['it is well above red again', 111, 0, 'red', 'amber'],
  ['nothing is left', 0, 0, 'amber', 'red'],
  ['nine tenths of the budget are used', 5000, 9 * MIB, 'ok', 'amber'],
  ['all of the budget is used', 5000, 10 * MIB, 'ok', 'red'],
  ['the budget is just kept again', 5000, 9.9 * MIB, 'red', 'red'],
  ['the budget is well kept again', 5000, 7 * MIB, 'red', 'ok'],
])('when %s', (_case, freeBytes, usedBytes, before, after) => {
  expect(levelOf({ freeBytes, usedBytes, totalBytes: 1e9 }, DISK, before)).toBe(after);
});

test.each<[string, number, number, DiskLevel, DiskLevel]>([
  ['many files can be made', 60_000, 1_000_000, 'ok', 'ok'],
  ['a twentieth of them is left', 49_999, 1_000_000, 'ok', 'amber'],
  ['a hundredth of them is left', 9999, 1_000_000, 'ok', 'red'],
  ['none is left', 0, 1_000_000, 'ok', 'red'],
  ['it is just above red again', 10_500, 1_000_000, 'red', 'red'],
  ['a hundredth is still a great many', 900_000, 90_000_000, 'ok', 'ok'],
])('when %s', (_case, freeFiles, totalFiles, before, after) => {
  expect(levelOf({ freeBytes: 5000, totalBytes: 1e9, freeFiles, totalFiles }, DISK, before)).toBe(after);
});

test('that files and not bytes ran out is said', async () => {
  const said: string[] = [];
  const logger = createLogger('agent', {
    level: 'info',
    to: { write: (line) => void said.push((JSON.parse(line) as { msg: string }).msg) },
  });
  const free = [40_000, 0];
  const watch = new DiskWatch(dir, DISK, logger, async () => ({
    freeBytes: 5000,
    totalBytes: 1e9,
    freeFiles: free.shift()!,
    totalFiles: 1_000_000,
  }));
  await watch.look();
  await watch.look();

  expect(said).toEqual([
    'The disk is running out of files that can be made (inodes)',
    'The disk can hold hardly any more files (inodes): no new work is taken',
  ]);
});

test('the log says once when the level changes, and a look that fails changes nothing', async () => {
  const lines: { level: number; code: string; msg: string }[] = [];
  const logger = createLogger('agent', {
    level: 'info',
    to: { write: (line) => void lines.push(JSON.parse(line) as (typeof lines)[number]) },
  });
  const free = [5000, 999, 999, undefined, 99, 5000];
  const watch = new DiskWatch(
    dir,
    zoneDisk.parse({ amber_free_bytes: 1000, red_free_bytes: 100 }),
    logger,
    async () => {
      const freeBytes = free.shift();
      if (freeBytes === undefined) throw new Error('EIO');
      return { freeBytes, totalBytes: 10_000 };
    },
  );
  let changes = 0;
  const forget = watch.onChange(() => (changes += 1));
  const levels: DiskLevel[] = [];
  while (free.length > 0) levels.push(await watch.look());
  forget();

  expect(levels).toEqual(['ok', 'amber', 'amber', 'amber', 'red', 'ok']);
  expect(changes).toBe(3);
  expect(lines.map(({ level, code, msg }) => `${level} ${code} ${msg}`)).toEqual([
    '40 disk.amber The disk is filling up',
    '40 disk.unknown How full the disk is could not be found out',
    '50 disk.red The disk is nearly full: no new work is taken',
    '30 disk.ok There is room on the disk again',
  ]);
});

test('usage tells the parts of a state folder, shares a linked file once, and follows no link', async () => {
  for (const part of ['store', 'workspaces', 'jobs', 'mirrors']) mkdirSync(path.join(dir, part));
  writeFileSync(path.join(dir, 'store', 'a'), Buffer.alloc(MIB, 1));
  linkSync(path.join(dir, 'store', 'a'), path.join(dir, 'workspaces', 'a'));
  writeFileSync(path.join(dir, 'jobs', 'b'), Buffer.alloc(MIB / 2, 1));
  symlinkSync('/usr', path.join(dir, 'mirrors', 'usr'));

  const usage = await diskUsage(dir);

  expect(usage.map(({ part }) => part).slice(0, 2)).toEqual(['store', 'jobs']);
  const of = (part: string): number => usage.find((each) => each.part === part)?.bytes ?? -1;
  expect(of('store')).toBeGreaterThanOrEqual(MIB);
  expect(of('workspaces')).toBeLessThan(MIB / 4);
  expect(of('mirrors')).toBeLessThan(MIB / 4);
  expect(await diskUsage(path.join(dir, 'nowhere'))).toEqual([]);
  expect(await bytesBelow(path.join(dir, 'nowhere'))).toBe(0);
});

test('the file system is asked, and the folder too where there is a budget', async () => {
  writeFileSync(path.join(dir, 'a'), Buffer.alloc(MIB, 1));
  const bytesAlone = await diskFacts(dir, false);
  expect(bytesAlone).toMatchObject({
    freeBytes: expect.any(Number) as unknown as number,
    totalBytes: expect.any(Number) as unknown as number,
  });
  expect(bytesAlone.usedBytes).toBeUndefined();
  expect((await diskFacts(dir, true)).usedBytes).toBeGreaterThanOrEqual(MIB);
});

test.each([
  ['127.0.0.1', true],
  ['localhost', true],
  ['::1', true],
  ['[::1]', true],
  ['10.1.2.3', true],
  ['172.16.0.1', true],
  ['172.32.0.1', false],
  ['192.168.7.7', true],
  ['fd00::1', true],
  ['2001:db8::1', false],
  ['8.8.8.8', false],
  ['0.0.0.0', false],
  ['::', false],
  ['metrics.example', false],
  ['10.1.2.3.evil.example', false],
  ['', false],
])('in a zone %s is one of its own addresses: %s', (host, own) => {
  expect(isWithinZone(host)).toBe(own);
});

test('what is watched in a zone listens in the zone alone, and lines of a disk are in order', () => {
  const secured = { token_file: 't', tls: { cert_file: 'c', key_file: 'k' } };
  const at = (host: string) => zoneWatch.safeParse({ listen: { host, port: 9464 }, ...secured });
  expect(at('10.0.0.5').success).toBe(true);
  expect(at('0.0.0.0').error?.issues.map(({ path: where }) => where.join('.'))).toEqual(['listen.host']);
  expect(zoneDisk.safeParse({ amber_free_bytes: 1, red_free_bytes: 2 }).success).toBe(false);
  expect(zoneDisk.safeParse({ red_free_bytes: -1 }).success).toBe(false);
});
