/** "Did you mean": the nearest known name, when it is near enough to be a slip of the fingers. */

/** Looking is quadratic in names; a file with more mistakes than this gets its later ones unhinted. */
const MOST_LOOKS = 100;
/** The same where there are very many names to look at: a file may hold thousands, and somebody waits for the answer. */
const MOST_COMPARED = 50_000;

export class Suggester {
  private looks = 0;

  constructor(private readonly known: readonly string[]) {}

  nearest(name: string): string | undefined {
    this.looks += 1;
    const isTooMuch = this.looks > MOST_LOOKS || this.looks * this.known.length > MOST_COMPARED;
    return isTooMuch ? undefined : nearest(name, this.known);
  }
}

export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase().slice(0, 100);
  const farthest = wanted.length < 4 ? 1 : wanted.length < 8 ? 2 : 3;
  let best: string | undefined;
  let least = farthest + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - wanted.length) >= least) continue;
    const steps = distance(wanted, candidate.toLowerCase(), least);
    if (steps >= least) continue;
    least = steps;
    best = candidate;
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours; gives up at `limit`. */
function distance(a: string, b: string, limit: number): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let steps = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        steps = Math.min(steps, before[j - 2]! + 1);
      row.push(steps);
    }
    if (Math.min(...row) >= limit) return limit;
    before = last;
    last = row;
  }
  return last[b.length]!;
}
