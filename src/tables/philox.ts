/**
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", 2011).
 *
 * A function of counter and key without a state: any cell of any row is drawn by itself, in any order, on any machine. 32-bit whole numbers only, so no
 * version of a program can round otherwise.
 */
const MULTIPLY_A = 0xd2511f53;
const MULTIPLY_B = 0xcd9e8d57;
const WEYL_A = 0x9e3779b9;
const WEYL_B = 0xbb67ae85;
const ROUNDS = 10;

/** Upper half of the product of two 32-bit numbers. */
function high(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carried = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (carried >>> 16)) >>> 0;
}

export type Words = [number, number, number, number];

/** Four words of 32 bits, written into `out`: called for every cell, it makes nothing anew. */
export function philox(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  key0: number,
  key1: number,
  out: Words,
): void {
  for (let round = 0; round < ROUNDS; round += 1) {
    const highA = high(MULTIPLY_A, c0);
    const lowA = Math.imul(MULTIPLY_A, c0);
    const highB = high(MULTIPLY_B, c2);
    const lowB = Math.imul(MULTIPLY_B, c2);
    const next0 = highB ^ c1 ^ key0;
    const next2 = highA ^ c3 ^ key1;
    c0 = next0 >>> 0;
    c1 = lowB >>> 0;
    c2 = next2 >>> 0;
    c3 = lowA >>> 0;
    key0 = (key0 + WEYL_A) >>> 0;
    key1 = (key1 + WEYL_B) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}
