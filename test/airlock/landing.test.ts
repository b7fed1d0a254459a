/** Copies on their way into the store: all of a batch lie there under their hashes, or nothing half-made is left. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Copies } from '../../agent/airlock/copies.ts';
import { allOf, hashOf, Landing } from '../../agent/airlock/landing.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { randomIds } from '../../src/lib/ids.ts';

let dir: string;
let copies: Copies;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-test-landing-'));
  copies = new Copies(dir, randomIds);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const incoming = () => readdirSync(path.join(dir, 'copies/incoming'));
const landing = () =>
  new Landing({
    path: (hash) => copies.path(hash),
    incoming: () => path.join(dir, 'copies/incoming', randomIds.id()),
  });

test('a batch lies under its hashes, readable by its owner alone; the same bytes twice are one copy', async () => {
  const texts = ['one', 'two', 'one', 'x'.repeat(300_000)];
  const batch = landing();
  await allOf(texts, (text) => batch.add(sha256(text), Buffer.from(text)));
  for (const text of texts) expect(copies.has(sha256(text))).toBe(false);
  await batch.land();

  for (const text of texts) {
    const place = copies.path(sha256(text));
    expect(readFileSync(place, 'utf8')).toBe(text);
    expect(statSync(place).mode & 0o777).toBe(0o400);
  }
  expect(incoming()).toEqual([]);
});

test('what does not hash to its name is never named, nor is anything that came with it', async () => {
  const batch = landing();
  await batch.add(sha256('good'), Buffer.from('good'));
  await batch.add(sha256('as it was'), Buffer.from('other bytes'));
  await expect(batch.land()).rejects.toThrow('does not hash');
  await batch.abandon();

  expect([copies.has(sha256('good')), copies.has(sha256('as it was'))]).toEqual([false, false]);
  expect(incoming()).toEqual([]);
  await expect(copies.put(sha256('a'), Buffer.from('b'))).rejects.toThrow('does not hash');
  expect(incoming()).toEqual([]);
});

test('bytes that are there already stay as they are', async () => {
  await copies.put(sha256('one'), Buffer.from('one'));
  const before = statSync(copies.path(sha256('one'))).ino;
  await copies.put(sha256('one'), Buffer.from('one'));
  expect(statSync(copies.path(sha256('one'))).ino).toBe(before);
});

test('a power cut loses no name: neither of a copy, nor of the folder that was made for it', async () => {
  const probe = await open(dir, 'r');
  const handle = Object.getPrototypeOf(probe) as FileHandle;
  await probe.close();
  const { sync } = handle;
  const synced = new Set<number>();
  const spy = jest.spyOn(handle, 'sync').mockImplementation(async function (this: FileHandle) {
    synced.add((await this.stat()).ino);
    return sync.call(this);
  });
  try {
    await copies.put(sha256('one'), Buffer.from('one'));
  } finally {
    spy.mockRestore();
  }
  const place = copies.path(sha256('one'));
  for (const each of [place, path.dirname(place), path.join(dir, 'copies')])
    expect(synced.has(statSync(each).ino)).toBe(true);
});

test('many bytes hash in a thread to what they hash to here', async () => {
  for (const length of [0, 1, 262_143, 262_144, 1_000_000]) {
    const bytes = Buffer.alloc(length, 7);
    expect(await hashOf(bytes)).toBe(sha256(bytes));
  }
});

test('after a failure nobody is left working', async () => {
  const seen: number[] = [];
  const work = async (item: number): Promise<number> => {
    await new Promise(setImmediate);
    if (item === 0) throw new Error('the first');
    seen.push(item);
    return item;
  };
  await expect(
    allOf(
      Array.from({ length: 40 }, (_, n) => n),
      work,
    ),
  ).rejects.toThrow('the first');
  const ended = seen.length;
  await new Promise(setImmediate);

  expect(seen).toHaveLength(ended);
});
