/** What chance gives to one cell, and an order of numbers in which none comes twice; both by seed, table and column alone. */
import { sha256 } from '../lib/hash.ts';
import { philox, type Words } from './philox.ts';

const WORD = 2 ** 32;

/** Two numbers, 0 ≤ x < 1, of 53 bits each. */
export interface Drawn {
  value: number;
  empty: number;
}

/** The result is overwritten by the next call. */
export function drawer(...names: readonly string[]): (row: number) => Drawn {
  const [key0, key1] = keyOf(names);
  const words: Words = [0, 0, 0, 0];
  const drawn: Drawn = { value: 0, empty: 0 };
  return (row) => {
    philox(row >>> 0, Math.floor(row / WORD), 0, 0, key0, key1, words);
    drawn.value = fraction(words[0], words[1]);
    drawn.empty = fraction(words[2], words[3]);
    return drawn;
  };
}

const fraction = (a: number, b: number): number => ((a >>> 5) * 2 ** 26 + (b >>> 6)) / 2 ** 53;

function keyOf(names: readonly string[]): [number, number] {
  const digest = sha256(JSON.stringify(names));
  return [Number.parseInt(digest.slice(0, 8), 16), Number.parseInt(digest.slice(8, 16), 16)];
}

const MIXING_ROUNDS = 6;

/**
 * Each of `size` numbers at exactly one place, in an order that looks like none: a Feistel network over the next even number of bits, walked until
 * it falls inside. `tweak`: another order, for another number.
 */
export function shuffled(size: number, ...names: readonly string[]): (at: number, tweak: number) => number {
  const [key0, key1] = keyOf(names);
  let half = 1;
  while (4 ** half < size) half += 1;
  const width = 2 ** half;
  return (at, tweak) => {
    let found = at;
    do {
      let left = Math.floor(found / width);
      let right = found % width;
      for (let round = 0; round < MIXING_ROUNDS; round += 1) {
        const mixed = mix(right ^ key0, (key1 + Math.imul(round + 1, 0x9e3779b9)) ^ mix(tweak, round));
        [left, right] = [right, (left ^ mixed) & (width - 1)];
      }
      found = left * width + right;
    } while (found >= size);
    return found;
  };
}

/** The last step of MurmurHash3: every bit of the input moves half of the bits. */
function mix(value: number, salt: number): number {
  let h = (value ^ salt) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
