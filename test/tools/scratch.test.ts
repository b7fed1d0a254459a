/** Where tests put what they make: in memory where there is room, and nothing of it stays. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Scratch {
  scratchFolder(options: { memory: string; needed: number; chosen?: string }): string | undefined;
  removeScratch(folder: string, patienceMs?: number): Promise<void>;
}
const { scratchFolder, removeScratch } = (await import(
  new URL('../../.tools/scratch.mjs', import.meta.url).href
)) as Scratch;

let memory: string;
beforeEach(() => void (memory = mkdtempSync(join(tmpdir(), 'sallyport-scratch-'))));
afterEach(() => rmSync(memory, { recursive: true, force: true }));
const asked = (more: { needed?: number; chosen?: string } = {}) =>
  scratchFolder({ memory, needed: 1, chosen: '', ...more });

test('a folder chosen by hand stays, and so does the disk where memory is short or is not there', () => {
  expect(asked({ chosen: '/var/tmp' })).toBeUndefined();
  expect(asked({ needed: 2 ** 60 })).toBeUndefined();
  expect(scratchFolder({ memory: join(memory, 'none'), needed: 1, chosen: '' })).toBeUndefined();
  expect(readdirSync(memory)).toEqual([]);
});

test('what a killed run left is removed, what belongs to one that runs or to somebody else stays', () => {
  const { pid: dead } = spawnSync(process.execPath, ['-e', '0']);
  for (const name of [`sallyport-${dead}`, `sallyport-${process.ppid}`, 'sallyport-store-x', 'theirs']) {
    mkdirSync(join(memory, name));
    writeFileSync(join(memory, name, 'file'), '');
  }
  const folder = asked();
  expect(folder).toBe(join(memory, `sallyport-${process.pid}`));
  const left = [`sallyport-${process.pid}`, `sallyport-${process.ppid}`, 'sallyport-store-x', 'theirs'];
  expect(readdirSync(memory).sort()).toEqual(left.sort());
});

test('afterwards nothing is left, and what a database server still removes itself is waited for', async () => {
  const folder = asked()!;
  const server = join(folder, 'sallyport-test-pg-1');
  mkdirSync(join(folder, 'deep', 'er'), { recursive: true });
  mkdirSync(server);
  await removeScratch(folder, 0);
  expect(readdirSync(folder)).toEqual(['sallyport-test-pg-1']);
  const removed = removeScratch(folder, 20_000);
  rmSync(server, { recursive: true });
  await removed;
  expect(existsSync(folder)).toBe(false);
});
