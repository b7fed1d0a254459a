import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { drawer, shuffled } from '../../src/tables/draw.ts';
import { readPattern } from '../../src/tables/pattern.ts';
import { philox, type Words } from '../../src/tables/philox.ts';

/** The known answers that the authors of Philox publish with it (Random123, kat_vectors). */
test.each([
  ['00000000 00000000 00000000 00000000', '00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
  ['ffffffff ffffffff ffffffff ffffffff', 'ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
  ['243f6a88 85a308d3 13198a2e 03707344', 'a4093822 299f31d0', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
])('Philox gives the published words for %s under %s', (counter, key, wanted) => {
  const [c0, c1, c2, c3, k0, k1] = `${counter} ${key}`.split(' ').map((word) => Number.parseInt(word, 16));
  const out: Words = [0, 0, 0, 0];
  philox(c0!, c1!, c2!, c3!, k0!, k1!, out);
  expect(out.map((word) => word.toString(16).padStart(8, '0')).join(' ')).toBe(wanted);
});

test('what is drawn depends on the row, the seed and the column, and spreads evenly', () => {
  const draw = drawer('1', 'pupils', 'age');
  expect(draw(7)).toEqual(drawer('1', 'pupils', 'age')(7));
  expect({ ...draw(7) }).not.toEqual(draw(7 + 2 ** 32));
  expect({ ...draw(7) }).not.toEqual(drawer('2', 'pupils', 'age')(7));
  const counts = new Array<number>(10).fill(0);
  for (let row = 0; row < 20_000; row += 1) counts[Math.floor(draw(row).value * 10)]! += 1;
  for (const found of counts) expect(Math.abs(found - 2000)).toBeLessThan(200);
});

test('a shuffled order has each number once, whatever its length, and another tweak has another order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), fc.string(), (size, seed) => {
      const order = shuffled(size, seed);
      const found = Array.from({ length: size }, (_, at) => order(at, 0));
      expect(new Set(found).size).toBe(size);
      expect(Math.max(...found)).toBe(size - 1);
    }),
    { numRuns: 40 },
  );
  const order = shuffled(1000, 'x');
  const of = (tweak: number): number[] => Array.from({ length: 20 }, (_, at) => order(at, tweak));
  expect(of(1)).not.toEqual(of(2));
  expect(of(0)).not.toEqual([...of(0)].sort((a, b) => a - b));
  expect(shuffled(2 ** 52, 'x')(2 ** 51, 0)).toBeLessThan(2 ** 52);
});

test('a pattern counts its texts through', () => {
  const pattern = readPattern('S[0-9]{4}')!;
  expect([pattern.size, pattern.at(0), pattern.at(42), pattern.at(9999)]).toEqual([
    10_000,
    'S0000',
    'S0042',
    'S9999',
  ]);
  expect(readPattern('[A-C_]\\[x')?.at(3)).toBe('_[x');
  expect(readPattern('[ab]{2}')?.size).toBe(4);
});

test.each([
  '',
  'a+',
  '(a|b)',
  '[z-a]',
  '[a-Z]',
  '[^a]',
  '.',
  '[0-9]{70}',
  '[0-9]{16}',
  '\\d',
  '[',
  'a{0}',
  '^a$',
])('the pattern %p is none of ours', (written) => {
  expect(readPattern(written)).toBeUndefined();
});
