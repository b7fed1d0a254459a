import { expect, test } from '@jest/globals';
import { fc } from '../support/properties.ts';
import {
  edgeOf,
  encodeBundle,
  growTiles,
  hashLeaf,
  levelsOf,
  parseTilePath,
  readBundle,
  readTile,
  tilePath,
  tilesAt,
} from '../../src/ledger/ledger.ts';
import { MemoryLog, numbers } from '../support/log.ts';

test.each([
  [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
  [{ level: 0, index: 1, width: 5 }, 'tile/0/001.p/5'],
  [{ level: 3, index: 1_234_067, width: 256 }, 'tile/3/x001/x234/067'],
  [{ level: 63, index: 123_456_078, width: 2 }, 'tile/63/x123/x456/078.p/2'],
  [{ level: 'entries' as const, index: 57_500, width: 256 }, 'tile/entries/x057/500'],
])('%j is at %s', (tile, path) => {
  expect(tilePath(tile)).toBe(path);
  expect(parseTilePath(path)).toEqual(tile);
});

test.each([
  'tile/0/0',
  'tile/0/0000',
  'tile/0/x000/001',
  'tile/0/001/002',
  'tile/00/001',
  'tile/64/001',
  'tile/-1/001',
  'tile/0/001.p/0',
  'tile/0/001.p/05',
  'tile/0/001.p/256',
  'tile/0/001.p/',
  'tile/data/001',
  'tile/entries/x123/x456',
  'tile/0/001?x',
  'tile/0/../0/001',
  '/tile/0/001',
  'checkpoint',
  '',
])('%j is no path of a tile', (path) => {
  expect(parseTilePath(path)).toBeUndefined();
});

test('every tile has one path, and every path one tile', () => {
  const tile = fc.record({
    level: fc.oneof(fc.nat(63), fc.constant('entries' as const)),
    index: fc.oneof(fc.nat(2000), fc.maxSafeNat()),
    width: fc.integer({ min: 1, max: 256 }),
  });
  fc.assert(fc.property(tile, (one) => expect(parseTilePath(tilePath(one))).toEqual(one)));
  fc.assert(
    fc.property(fc.string(), (text) => {
      const read = parseTilePath(text);
      expect(read === undefined || tilePath(read) === text).toBe(true);
    }),
  );
});

test('a tree of 70,000 has the tiles that the format gives as its example', () => {
  const count = (level: number) => [...tilesAt(level, 70_000)];

  expect(levelsOf(70_000)).toEqual([0, 1, 2]);
  expect(count(0).filter(({ width }) => width === 256)).toHaveLength(273);
  expect(count(1).filter(({ width }) => width === 256)).toHaveLength(1);
  expect(edgeOf(70_000).map(tilePath)).toEqual(['tile/0/273.p/112', 'tile/1/001.p/17', 'tile/2/000.p/1']);
  expect(edgeOf(256).map(tilePath)).toEqual(['tile/1/000.p/1']);
  expect([levelsOf(0), edgeOf(0)]).toEqual([[], []]);
});

test('however a log is cut into batches, its tiles are the same', async () => {
  const whole = await new MemoryLog().append(...numbers(0, 1500)).files();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 6 }), async (batches) => {
      const log = new MemoryLog();
      for (const batch of batches) log.append(...numbers(log.size, Math.min(1500, log.size + batch)));
      log.append(...numbers(log.size, 1500));
      expect(await log.files()).toEqual(whole);
    }),
    { numRuns: 20 },
  );
});

test('level by level, a full tile goes up as one hash', () => {
  // 255 full tiles below and 255 leaves: the next leaf fills a tile on two levels at once.
  const size = 65_535;
  const same = (width: number) => Buffer.alloc(width * 32, 9);
  const written = growTiles(
    size,
    new Map([
      [0, same(255)],
      [1, same(255)],
    ]),
    [hashLeaf('x'), hashLeaf('y')],
  );

  expect(written.map(({ level, index, bytes }) => [level, index, bytes.length / 32])).toEqual([
    [0, 255, 256],
    [0, 256, 1],
    [1, 0, 256],
    [2, 0, 1],
  ]);
});

test('an edge that is not there is a bug, and nothing is built on it', () => {
  expect(() => growTiles(3, new Map(), [hashLeaf('x')])).toThrow('the edge of the tree lacks level 0');
});

test('a tile or bundle that is cut short or too long says so', () => {
  const tile = { level: 0, index: 1, width: 2 };
  const bundle = { level: 'entries', index: 1, width: 2 } as const;
  const whole = encodeBundle(['abc', 'ä']);
  const says = (answer: unknown) => (answer as { says?: string }).says;

  expect(readTile(tile, Buffer.alloc(64))).toHaveLength(2);
  expect(says(readTile(tile, Buffer.alloc(63)))).toBe(
    'tile/0/001.p/2 is cut short: 63 bytes, where 64 bytes belong.',
  );
  expect(says(readTile(tile, Buffer.alloc(96)))).toBe(
    'tile/0/001.p/2 holds 96 bytes, and has room for 64 bytes.',
  );
  expect([...whole]).toEqual([0, 3, 97, 98, 99, 0, 2, 0xc3, 0xa4]);
  expect((readBundle(bundle, whole) as Uint8Array[]).map((entry) => Buffer.from(entry).toString())).toEqual([
    'abc',
    'ä',
  ]);
  expect(says(readBundle(bundle, whole.subarray(0, 8)))).toContain('is cut short: 8 bytes, where 9');
  expect(says(readBundle(bundle, whole.subarray(0, 6)))).toContain('is cut short: 6 bytes, where 7');
  expect(says(readBundle(bundle, whole.subarray(0, 1)))).toContain('is cut short: 1 byte, where 2');
  expect(says(readBundle(bundle, whole.subarray(0, 5)))).toBe(
    'tile/entries/001.p/2 holds 1 entries, where 2 belong.',
  );
});

test('bundles come back as they were written', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 256 }), (entries) => {
      const read = readBundle({ level: 'entries', index: 0, width: entries.length }, encodeBundle(entries));
      expect((read as Uint8Array[]).map((entry) => Buffer.from(entry))).toEqual(
        entries.map((entry) => Buffer.from(entry)),
      );
    }),
  );
});
