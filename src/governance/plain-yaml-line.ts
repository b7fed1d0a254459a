/** What stands on one line of plain YAML: keys, words, numbers, quoted texts, lists and mappings in brackets. */

export interface Cursor {
  readonly text: string;
  at: number;
}

/** Well within what is read with places. */
export const MAX_KEYS = 4000;
const MAX_KEY = 100;
const KEY = 1;
const START = 2;
/** Which ASCII characters a key is made of, and with which a word begins. */
const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  return (/[\w.-]/.test(char) ? KEY : 0) + (/[\w/(]/.test(char) ? START : 0);
});
const SPACE = 0x20;
const HASH = 0x23;
const COLON = 0x3a;
const NEWLINE = 0x0a;

/** `key:` with what must follow a key; then the cursor is behind the colon, else where it was. */
export function keyAt(cursor: Cursor): string | undefined {
  const { text, at } = cursor;
  let end = at;
  while (KINDS[text.charCodeAt(end)]! & KEY) end += 1;
  if (text[end] !== ':' || !endsWord(text.charCodeAt(end + 1)) || end - at > MAX_KEY) return undefined;
  const key = text.slice(at, end);
  // What begins otherwise may be a number or a mark; these three are no words, and one is no key of ours.
  if (!/^[A-Za-z_]/.test(key) || /^(?:null|true|false|__proto__)$/i.test(key)) return undefined;
  cursor.at = end + 1;
  return key;
}

function endsWord(code: number): boolean {
  return code === SPACE || code === NEWLINE || Number.isNaN(code);
}

export function skipSpaces(cursor: Cursor): void {
  while (cursor.text.charCodeAt(cursor.at) === SPACE) cursor.at += 1;
}

/** One value that ends on its line; undefined when that is not certain. `inside`: within brackets. */
export function flowValue(cursor: Cursor, deeper: number, inside: boolean): unknown {
  if (deeper < 0) return undefined;
  const first = cursor.text[cursor.at];
  if (first === '{') return flowMapping(cursor, deeper - 1);
  if (first === '[') return flowList(cursor, deeper - 1);
  if (first === "'" || first === '"') return quoted(cursor, first);
  return plain(cursor, inside);
}

function flowMapping(cursor: Cursor, deeper: number): unknown {
  const map: Record<string, unknown> = {};
  let keys = 0;
  const whole = inBrackets(cursor, '}', () => {
    const key = keyAt(cursor);
    if (key === undefined || Object.hasOwn(map, key) || keys === MAX_KEYS) return false;
    skipSpaces(cursor);
    const value = flowValue(cursor, deeper, true);
    map[key] = value;
    keys += 1;
    return value !== undefined;
  });
  return whole ? map : undefined;
}

function flowList(cursor: Cursor, deeper: number): unknown {
  const entries: unknown[] = [];
  const whole = inBrackets(cursor, ']', () => {
    const value = flowValue(cursor, deeper, true);
    entries.push(value);
    return value !== undefined;
  });
  return whole ? entries : undefined;
}

/** From the opening bracket to behind the closing one; each item is read by `item`. */
function inBrackets(cursor: Cursor, closing: '}' | ']', item: () => boolean): boolean {
  cursor.at += 1;
  skipSpaces(cursor);
  if (cursor.text[cursor.at] === closing) {
    cursor.at += 1;
    return true;
  }
  while (item()) {
    skipSpaces(cursor);
    const next = cursor.text[cursor.at];
    cursor.at += 1;
    if (next === closing) return true;
    if (next !== ',') return false;
    skipSpaces(cursor);
  }
  return false;
}

/** Without anything that stands for something else. */
function quoted(cursor: Cursor, quote: "'" | '"'): string | undefined {
  const { text, at } = cursor;
  const end = text.indexOf(quote, at + 1);
  if (end < 0 || text[end + 1] === quote) return undefined;
  const inner = text.slice(at + 1, end);
  if (inner.includes('\n') || (quote === '"' && inner.includes('\\'))) return undefined;
  cursor.at = end + 1;
  return inner;
}

function plain(cursor: Cursor, inside: boolean): unknown {
  const { text, at } = cursor;
  const first = text.charCodeAt(at);
  if (!(first > 127 || KINDS[first]! & START)) return undefined;
  let end = at + 1;
  for (; end < text.length; end += 1) {
    const code = text.charCodeAt(end);
    if (code === NEWLINE || (code === HASH && text.charCodeAt(end - 1) === SPACE)) break;
    if (code === COLON && (endsWord(text.charCodeAt(end + 1)) || (inside && isFlow(text[end + 1]!))))
      return undefined;
    if (inside && isFlow(text[end]!)) break;
  }
  cursor.at = end;
  return meaning(text.slice(at, end).trimEnd());
}

function isFlow(char: string): boolean {
  return char === ',' || char === '}' || char === ']' || char === '{' || char === '[';
}

/** Of a word without quotes: what could be a number in another form, or a word in another case, is not certain. */
function meaning(word: string): string | number | boolean | null | undefined {
  if (/^[1-9][0-9]{0,14}$|^0$/.test(word)) return Number(word);
  if (/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(word)) return word;
  if (/^[0-9]/.test(word)) return /[^\w.+-]|[G-NP-WYZg-np-wyz]/.test(word) ? word : undefined;
  if (word.length > 5) return word;
  if (word === 'true') return true;
  if (word === 'false') return false;
  return /^(?:null|true|false)$/i.test(word) ? undefined : word;
}
