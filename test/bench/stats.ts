/**
 * Statistics of paired runs: machines here are noisy, so A and B are timed in turn and each pair gives
 * one ratio. Quoted is the median of the pairs' ratios with its quartiles.
 */

export interface Spread {
  q1: number;
  median: number;
  q3: number;
}

/** Linear interpolation between the closest ranks; `share` from 0 to 1. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError('no values');
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low]! + (sorted[high]! - sorted[low]!) * (at - low);
}

export function spread(values: readonly number[]): Spread {
  return { q1: quantile(values, 0.25), median: quantile(values, 0.5), q3: quantile(values, 0.75) };
}

/** Runs A B, B A, A B … and returns each pair's times in milliseconds; warm-ups are not counted. */
export async function pairs(
  count: number,
  warmups: number,
  a: () => Promise<number>,
  b: () => Promise<number>,
): Promise<{ a: number[]; b: number[]; ratios: number[] }> {
  const out = { a: [] as number[], b: [] as number[], ratios: [] as number[] };
  for (let pair = -warmups; pair < count; pair += 1) {
    const aFirst = pair % 2 === 0;
    const first = await (aFirst ? a() : b());
    const second = await (aFirst ? b() : a());
    if (pair < 0) continue;
    const [timeA, timeB] = aFirst ? [first, second] : [second, first];
    out.a.push(timeA);
    out.b.push(timeB);
    out.ratios.push(timeA / timeB);
  }
  return out;
}

/** Milliseconds that `work` took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
