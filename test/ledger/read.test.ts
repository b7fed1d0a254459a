/** Entries of a log that somebody else serves, proved to go on where one had stopped. */
import { expect, test } from '@jest/globals';
import {
  openCheckpoint,
  provenGrowth,
  readEntries,
  verifyConsistency,
  type LogSource,
  type OpenCheckpoint,
} from '../../src/ledger/ledger.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { aSigner, MemoryLog, numbers, sourceOf } from '../support/log.ts';

const trusted = { current: [aSigner()] };
const json = (from: number, to: number): string[] => numbers(from, to).map((n) => `{"n":${n}}`);
const aLog = (size: number) => new MemoryLog().append(...json(0, size));

async function opened(log: MemoryLog, size = log.size): Promise<OpenCheckpoint> {
  const found = openCheckpoint(Buffer.from(await log.checkpoint(size)), trusted);
  if (isRefusal(found)) throw new Error(found.code);
  return found;
}
const most = { most: 10_000, bytes: 1_000_000 };

test.each([
  [0, 1],
  [0, 700],
  [1, 2],
  [255, 256],
  [256, 257],
  [300, 700],
  [511, 513],
  [700, 700],
])('the entries from %i up to %i are read and proved', async (from, to) => {
  const log = aLog(to);
  const tree = await opened(log);
  const read = await readEntries(sourceOf(await log.files()), from, { tree, ...most });
  if (isRefusal(read)) throw new Error(read.code);
  expect(read.entries.map((entry) => Buffer.from(entry).toString())).toEqual(json(from, to));
  expect(read.next).toBe(to);
});

test('a long way is gone in steps', async () => {
  const log = aLog(1000);
  const tree = await opened(log);
  const source = sourceOf(await log.files());
  const found: string[] = [];
  const ends: number[] = [];
  for (let from = 0; from < 1000; from = ends.at(-1)!) {
    const read = await readEntries(source, from, { tree, most: 300, bytes: 2000 });
    if (isRefusal(read)) throw new Error(read.code);
    found.push(...read.entries.map((entry) => Buffer.from(entry).toString()));
    ends.push(read.next);
  }
  expect(found).toEqual(json(0, 1000));
  expect(ends).toEqual([256, 512, 768, 1000]);
});

test.each<[string, string, (bytes: Buffer) => Uint8Array | undefined, string]>([
  ['an entry that was changed', 'tile/entries/001', (b) => b.fill('0', 8, 9), 'ledger.wrong-entry'],
  ['a bundle that is cut short', 'tile/entries/001', (b) => b.subarray(0, 50), 'ledger.truncated'],
  ['a bundle that is not there', 'tile/entries/001', () => undefined, 'ledger.missing'],
  ['a tile that is cut short', 'tile/0/000', (b) => b.subarray(0, 100), 'ledger.truncated'],
  ['a tile that was changed', 'tile/0/000', (b) => b.fill(7, 0, 1), 'ledger.wrong-entry'],
])('%s is not taken', async (_what, path, change, code) => {
  const log = aLog(700);
  const files = await log.files();
  const after = change(Buffer.from(files.get(path)!));
  if (after) files.set(path, after);
  else files.delete(path);
  expect(await readEntries(sourceOf(files), 200, { tree: await opened(log), ...most })).toMatchObject({
    code,
  });
});

test('what can be read in two ways is not taken, though it is in the tree', async () => {
  const log = new MemoryLog().append('{"n":0}', '{ "n":1}');
  const tree = await opened(log);
  expect(await readEntries(sourceOf(await log.files()), 0, { tree, ...most })).toMatchObject({
    code: 'ledger.not-canonical',
  });
});

test('behind the end of the log there is nothing', async () => {
  const log = aLog(10);
  expect(
    await readEntries(sourceOf(await log.files()), 11, { tree: await opened(log), ...most }),
  ).toMatchObject({
    code: 'ledger.no-entry',
  });
});

test('a source that fails is no refusal', async () => {
  const log = aLog(10);
  const broken: LogSource = () => Promise.reject(new Error('no network'));
  const [tree, since] = [await opened(log), await opened(log, 5)];
  await expect(readEntries(broken, 5, { tree, ...most })).rejects.toThrow('no network');
  await expect(provenGrowth(broken, since, tree)).rejects.toThrow('no network');
});

test('growth is proved by hashes that anybody can check, and a fork or a shorter log is none', async () => {
  const log = aLog(700);
  const [since, now] = [await opened(log, 300), await opened(log)];
  const source = sourceOf(await log.files());
  const proof = await provenGrowth(source, since, now);
  if (isRefusal(proof)) throw new Error(proof.code);
  expect(verifyConsistency(since, now, proof)).toBe(true);
  expect(await provenGrowth(source, now, since)).toMatchObject({ code: 'ledger.shorter' });
  const forged = await opened(new MemoryLog().append(...json(1, 301)));
  expect(await provenGrowth(source, forged, now)).toMatchObject({ code: 'ledger.fork' });
});
