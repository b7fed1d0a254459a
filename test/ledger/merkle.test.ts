import { expect, test } from '@jest/globals';
import { fc } from '../support/properties.ts';
import {
  EMPTY_ROOT,
  hashLeaf,
  hex,
  proveConsistency,
  proveInclusion,
  verifyConsistency,
  verifyInclusion,
} from '../../src/ledger/ledger.ts';
import {
  consistencyRanges,
  foldSubtrees,
  hashNode,
  inclusionRanges,
  rootOfHashes,
  subtrees,
  type Hash,
} from '../../src/ledger/merkle.ts';
import { MemoryLog, numbers } from '../support/log.ts';

/** Straight from the definition in RFC 6962, 2.1: slow, and hard to get wrong. */
function definition(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return EMPTY_ROOT;
  if (leaves.length === 1) return leaves[0]!;
  const middle = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  return hashNode(definition(leaves.slice(0, middle)), definition(leaves.slice(middle)));
}

const base64 = (hash: Hash): string => Buffer.from(hash).toString('base64');
const leavesTo = (n: number): Hash[] => numbers(0, n).map(hashLeaf);

// The eight leaves of the certificate transparency reference tests, and their roots (transparency-dev/merkle).
const CT_LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const CT_ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

test('the roots are those of the certificate transparency reference tests', () => {
  const leaves = CT_LEAVES.map((leaf) => hashLeaf(Buffer.from(leaf, 'hex')));

  expect(CT_ROOTS.map((_, n) => hex(rootOfHashes(leaves.slice(0, n))))).toEqual(CT_ROOTS);
});

test('proofs are those of the certificate transparency reference tests', () => {
  // leaf 0 of 8: leaf 1, then the nodes over 2–3 and 4–7.
  const proof = [
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ].map((hash) => Buffer.from(hash, 'hex'));
  const root = (n: number) => ({ size: n, root: Buffer.from(CT_ROOTS[n]!, 'hex') });

  expect(verifyInclusion(hashLeaf(''), 0, root(8), proof)).toBe(true);
  expect(verifyInclusion(hashLeaf(''), 1, root(8), proof)).toBe(false);
  // 6 of 8: node over 4–5, node over 6–7, node over 0–3.
  const grown = [
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ].map((hash) => Buffer.from(hash, 'hex'));
  expect(verifyConsistency(root(6), root(8), grown)).toBe(true);
  expect(verifyConsistency(root(5), root(8), grown)).toBe(false);
});

test('proofs are cut as in the example of RFC 6962, 2.1.3', () => {
  const [a, b, c, d, e, f] = ['0-1', '1-2', '2-3', '3-4', '4-5', '5-6'];
  const [g, h, i, j, k, l] = ['0-2', '2-4', '4-6', '6-7', '0-4', '4-7'];
  const path = (index: number) => inclusionRanges(index, 7).map(({ from, to }) => `${from}-${to}`);
  const growth = (old: number) => consistencyRanges(old, 7).map(({ from, to }) => `${from}-${to}`);

  expect([path(0), path(3), path(4), path(6)]).toEqual([
    [b, h, l],
    [c, g, l],
    [f, j, k],
    [i, k],
  ]);
  expect([growth(3), growth(4), growth(6), growth(7)]).toEqual([[c, d, g, l], [l], [i, j, k], []]);
  expect([a, e]).toEqual(['0-1', '4-5']);
});

test('roots and a proof are those of our own vectors', async () => {
  expect([0, 3, 256, 7].map((n) => base64(rootOfHashes(leavesTo(n))))).toEqual([
    '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
    'cl1SMNto9VdHDcNfHYhlgTrNfrsHrRUndBQd7LrnEyc=',
    'goUV0DPBnYyQHzfsy4rtkZZncDSG+NL/8c9wQDIcXbE=',
    'o+I7Msy2v5bQktFl2KpUbgmCnejwOw6JV1gdHha5K98=',
  ]);
  const log = new MemoryLog().append(...numbers(0, 7));
  expect((await proveInclusion(3, 7, log.tiles)).map(base64)).toEqual([
    '+mHj3sNDlYn0eEyJO/Mh0AhPBMVyx68raOPzNgo1tIY=',
    'ywCYnZSlacCmeK4EK2Pc1GJduWRAUX83put5duok7Us=',
    'lz8IOVfHNZ+xlDrPnmaJvKbKXqcZfYCKrTwUSYaJ7+A=',
  ]);
});

test('up to 600 entries every root is the one that RFC 6962 defines, whether from leaves, tiles or subtrees', async () => {
  const log = new MemoryLog().append(...numbers(0, 600));
  const leaves = leavesTo(600);

  for (let n = 0; n <= 600; n += 1) {
    const expected = hex(definition(leaves.slice(0, n)));
    const folded = subtrees({ from: 0, to: n }).map(({ level, index }) =>
      rootOfHashes(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)),
    );
    expect([
      hex(rootOfHashes(leaves.slice(0, n))),
      hex(await log.root(n)),
      hex(foldSubtrees(folded)),
    ]).toEqual([expected, expected, expected]);
  }
});

test('every tree of up to 600 entries continues each shorter one, and proves each of its entries', async () => {
  const log = new MemoryLog().append(...numbers(0, 600));
  const roots = await Promise.all(
    numbers(0, 601).map(async (n) => ({ size: Number(n), root: await log.root(Number(n)) })),
  );
  const leaves = leavesTo(600);

  // All sizes up to 40, and those around the edges of tiles: what lies between is the same cut again.
  const sizes = [...Array(41).keys(), 127, 128, 129, 255, 256, 257, 258, 300, 511, 512, 513, 599, 600];
  for (const n of sizes) {
    for (const m of sizes.filter((m) => m <= n)) {
      const proof = await proveConsistency(m, n, log.tiles);
      expect(verifyConsistency(roots[m]!, roots[n]!, proof)).toBe(true);
      if (m === n || m === 0) continue;
      expect(verifyConsistency({ size: m, root: roots[m - 1]!.root }, roots[n]!, proof)).toBe(false);
      expect(verifyConsistency(roots[m]!, { size: n, root: roots[n - 1]!.root }, proof)).toBe(false);
      expect(verifyConsistency(roots[m]!, roots[n]!, [...proof, EMPTY_ROOT])).toBe(false);
      expect(verifyConsistency(roots[m]!, roots[n]!, proof.slice(1))).toBe(false);
    }
    for (const index of sizes.filter((index) => index < n)) {
      const proof = await proveInclusion(index, n, log.tiles);
      expect(verifyInclusion(leaves[index]!, index, roots[n]!, proof)).toBe(true);
      expect(verifyInclusion(hashLeaf('another'), index, roots[n]!, proof)).toBe(false);
      expect(verifyInclusion(leaves[index]!, index, roots[n]!, [...proof, EMPTY_ROOT])).toBe(false);
      if (proof.length > 0)
        expect(verifyInclusion(leaves[index]!, index, roots[n]!, proof.slice(1))).toBe(false);
    }
  }
}, 120_000);

test('a proof with any byte changed proves nothing', async () => {
  const log = new MemoryLog().append(...numbers(0, 300));
  const all = { size: 300, root: await log.root() };
  await fc.assert(
    fc.asyncProperty(
      fc.nat(299),
      fc.nat(),
      fc.nat(31),
      fc.integer({ min: 1, max: 255 }),
      async (index, which, at, by) => {
        const inclusion = (await proveInclusion(index, 300, log.tiles)).map((hash) => Buffer.from(hash));
        inclusion[which % inclusion.length]![at]! ^= by;
        expect(verifyInclusion(hashLeaf(String(index)), index, all, inclusion)).toBe(false);
        const old = { size: index + 1, root: await log.root(index + 1) };
        const growth = (await proveConsistency(old.size, 300, log.tiles)).map((hash) => Buffer.from(hash));
        if (growth.length === 0) return;
        growth[which % growth.length]![at]! ^= by;
        expect(verifyConsistency(old, all, growth)).toBe(false);
      },
    ),
    { numRuns: 200 },
  );
});

test('a log that was rewritten is no continuation, whichever entry was changed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 290 }), fc.nat(), async (size, which) => {
      const changed = which % size;
      const honest = new MemoryLog().append(...numbers(0, size));
      const forged = new MemoryLog().append(
        ...numbers(0, 300).map((entry, at) => (at === changed ? 'other' : entry)),
      );
      const old = { size, root: await honest.root() };
      const now = { size: 300, root: await forged.root() };
      expect(verifyConsistency(old, now, await proveConsistency(size, 300, forged.tiles))).toBe(false);
    }),
    { numRuns: 60 },
  );
});

test('what is beyond the log cannot be proved', async () => {
  const log = new MemoryLog().append(...numbers(0, 3));
  const tree = { size: 3, root: await log.root() };

  await expect(proveInclusion(3, 3, log.tiles)).rejects.toThrow('a log of 3 entries has no entry 3');
  await expect(proveConsistency(4, 3, log.tiles)).rejects.toThrow('a log of 3 entries never had 4');
  expect(verifyInclusion(hashLeaf('3'), 3, tree, [])).toBe(false);
  expect(verifyConsistency({ ...tree, size: 4 }, tree, [])).toBe(false);
  expect(verifyConsistency({ size: 0, root: hashLeaf('') }, tree, [])).toBe(false);
  expect(verifyConsistency({ size: 1, root: hashLeaf('0') }, tree, [])).toBe(false);
  expect(verifyConsistency({ size: 3, root: EMPTY_ROOT }, tree, [])).toBe(false);
});
