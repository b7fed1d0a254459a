/**
 * Output patterns: `*` stands for any run of characters but `/`, leading dots included; everything else
 * for itself, letter case too.
 */

/** Whether a collected file belongs to a pattern. Linear: each literal piece is looked for once, leftmost. */
export function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const parts = path.split('/');
  return wanted.length === parts.length && wanted.every((part, index) => partMatches(part, parts[index]!));
}

/** Whether some path matches both patterns. Linear in their length. */
export function patternsOverlap(a: string, b: string): boolean {
  if (a === b) return true;
  const left = a.split('/');
  const right = b.split('/');
  return left.length === right.length && left.every((part, index) => partsOverlap(part, right[index]!));
}

function partMatches(pattern: string, name: string): boolean {
  const pieces = pattern.split('*');
  const first = pieces[0]!;
  if (pieces.length === 1) return pattern === name;
  const last = pieces.at(-1)!;
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last))
    return false;
  const end = name.length - last.length;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

function partsOverlap(a: string, b: string): boolean {
  if (!a.includes('*')) return partMatches(b, a);
  if (!b.includes('*')) return partMatches(a, b);
  // Both have a wildcard: what lies between the ends can hold the middles of both, one after the other.
  return ends(a.slice(0, a.indexOf('*')), b.slice(0, b.indexOf('*'))) && ends(tail(a), tail(b));
}

const ends = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a);

/** The literal end, reversed, so that `ends` compares it from the end. */
function tail(pattern: string): string {
  return reversed(pattern.slice(pattern.lastIndexOf('*') + 1));
}

/** By code unit: `*` may stand for half a surrogate pair, and both sides are cut alike. */
export function reversed(text: string): string {
  return text.split('').reverse().join('');
}
