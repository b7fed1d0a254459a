/**
 * The few patterns a text column may have: plain characters, sets like `[A-F0-9]`, and `{4}` behind either. Nothing that repeats without an end, so each has a
 * known number of texts, and they can be counted through.
 */
export interface Pattern {
  /** How many different texts there are. */
  size: number;
  /** The text at a place, 0 ≤ place < size. */
  at(place: number): string;
}

/** Beyond it a place is no exact number any more. */
export const MOST_TEXTS = 2 ** 52;
const MOST_CHARACTERS = 64;
const PART = /^(?:\[([^\]\\^]{1,60})\]|\\([\][{}\\-])|([^\][{}\\*+?|().^$]))(?:\{([1-9]\d?)\})?/u;

/** Undefined when it is none of ours, or has too many texts. */
export function readPattern(written: string): Pattern | undefined {
  const places: string[][] = [];
  let size = 1;
  let rest = written;
  while (rest !== '') {
    const part = PART.exec(rest);
    if (!part) return undefined;
    const [all, set, escaped, plain, times] = part;
    const characters = set === undefined ? [(escaped ?? plain)!] : charactersOf(set);
    if (!characters) return undefined;
    for (let n = 0; n < Number(times ?? 1); n += 1) {
      places.push(characters);
      size *= characters.length;
    }
    rest = rest.slice(all.length);
  }
  if (places.length === 0 || places.length > MOST_CHARACTERS || size > MOST_TEXTS) return undefined;
  return {
    size,
    at(place) {
      let text = '';
      let left = place;
      for (let n = places.length - 1; n >= 0; n -= 1) {
        const characters = places[n]!;
        text = characters[left % characters.length]! + text;
        left = Math.floor(left / characters.length);
      }
      return text;
    },
  };
}

/** `A-F0-9_`: ranges of one kind and single characters, each once. */
function charactersOf(set: string): string[] | undefined {
  const found = new Set<string>();
  for (const [, from, to, single] of set.matchAll(/(.)-(.)|(.)/gsu)) {
    if (single !== undefined) {
      found.add(single);
      continue;
    }
    const kinds = [/^[a-z]{2}$/, /^[A-Z]{2}$/, /^\d{2}$/];
    if (!kinds.some((kind) => kind.test(from! + to!)) || from! > to!) return undefined;
    for (let code = from!.charCodeAt(0); code <= to!.charCodeAt(0); code += 1)
      found.add(String.fromCharCode(code));
  }
  return [...found];
}
