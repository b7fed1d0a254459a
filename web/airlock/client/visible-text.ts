/**
 * Characters a person cannot see are named, so that nothing is hidden in a file and no text turns the
 * reading direction of what follows it.
 */

/** Controls, formats (bidirectional marks, zero widths, tags), fillers, selectors, odd spaces, private use. */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u2800\u3164\uffa0\ufe00-\ufe0f\u{e0100}-\u{e01ef}]|(?! )\p{Zs}/u;
const UNSEEN_ALL = new RegExp(UNSEEN.source, 'gu');

const NAMES: Readonly<Record<string, string>> = {
  '\u0000': 'NUL',
  '\t': 'TAB',
  '\n': 'LF',
  '\r': 'CR',
  '\u001b': 'ESC',
  '\u00a0': 'NBSP',
  '\u00ad': 'SHY',
  '\u200b': 'ZWSP',
  '\u200c': 'ZWNJ',
  '\u200d': 'ZWJ',
  '\u200e': 'LRM',
  '\u200f': 'RLM',
  '\u202a': 'LRE',
  '\u202b': 'RLE',
  '\u202c': 'PDF',
  '\u202d': 'LRO',
  '\u202e': 'RLO',
  '\u2066': 'LRI',
  '\u2067': 'RLI',
  '\u2068': 'FSI',
  '\u2069': 'PDI',
  '\ufeff': 'BOM',
};

export interface TextPart {
  text: string;
  /** Set for one unseen character: what it is called. */
  mark?: string;
}

export function nameOf(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return NAMES[character] ?? `U+${code}`;
}

export function hasUnseen(text: string): boolean {
  return UNSEEN.test(text);
}

/** `keep`: characters left as they are, such as the tab of plain text. */
export function partsOf(text: string, keep = ''): TextPart[] {
  if (!hasUnseen(text)) return [{ text }];
  const parts: TextPart[] = [];
  let from = 0;
  for (const { 0: found, index } of text.matchAll(UNSEEN_ALL)) {
    if (keep.includes(found)) continue;
    if (index > from) parts.push({ text: text.slice(from, index) });
    parts.push({ text: found, mark: nameOf(found) });
    from = index + found.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}

/** A spreadsheet would run it: harmless here, and worth knowing before it is released. */
export function isFormula(text: string): boolean {
  return /^[\t\r ]*[=@]|^[\t\r]|^[+-](?![\d.,]*(?:[eE][+-]?\d+)?%?$)/.test(text) && !/^-+$/.test(text);
}
