/**
 * The YAML that nearly every governance file is written in, read without a tree: mappings, lists, words,
 * whole numbers and quoted texts, each on its line, and comments. To make a tree with the place of every
 * comma takes ten times as long as all else of the first reading.
 *
 * It never says that something is wrong. At anything else (a key given twice, an anchor, a tag, a text over
 * several lines, a number in another form, a tab) it knows nothing, and the file is read with its places.
 * cursor: how far the text is read · indent: column of the line's first word, -1 after the last line.
 */
import { flowValue, keyAt, MAX_KEYS, skipSpaces, type Cursor } from './plain-yaml-line.ts';

/** Printable, and white space to nobody: what the parser and JavaScript take for a space need not be the same. */
const UNSURE = /[^\n\u0020-\u007e\u00a1-\u167f\u2010-\u2027\u3041-\ud7ff]/;
/** Well within what is read with places. */
const MAX_DEPTH = 20;

interface Lines extends Cursor {
  indent: number;
}

/** The value, exactly as the tree of places would give it; undefined where this is not certain. */
export function readPlainYaml(written: string): { value: unknown } | undefined {
  // Nothing read here goes over a line end, so that it is the same in every form.
  const text = written.replaceAll('\r\n', '\n');
  if (UNSURE.test(text)) return undefined;
  const lines: Lines = { text, at: 0, indent: 0 };
  nextLine(lines);
  if (lines.indent !== 0) return undefined;
  const value = block(lines, 0);
  return value === undefined || lines.indent >= 0 ? undefined : { value };
}

/** From the start of a line to the first word of this or a later one, over empty lines and comments. */
function nextLine(lines: Lines): void {
  for (;;) {
    const start = lines.at;
    skipSpaces(lines);
    const first = lines.text[lines.at];
    lines.indent = first === undefined ? -1 : lines.at - start;
    if (first !== '\n' && first !== '#') return;
    leaveLine(lines);
  }
}

function leaveLine(lines: Lines): void {
  const end = lines.text.indexOf('\n', lines.at);
  lines.at = end < 0 ? lines.text.length : end + 1;
}

function block(lines: Lines, depth: number): unknown {
  if (depth > MAX_DEPTH) return undefined;
  return isEntry(lines) ? list(lines, depth) : mapping(lines, depth);
}

function isEntry({ text, at }: Lines): boolean {
  return text[at] === '-' && text[at + 1] === ' ';
}

function mapping(lines: Lines, depth: number): unknown {
  const { indent } = lines;
  const map: Record<string, unknown> = {};
  for (let keys = 0; lines.indent === indent; keys += 1) {
    const key = keyAt(lines);
    if (key === undefined || Object.hasOwn(map, key) || keys === MAX_KEYS) return undefined;
    const value = valueAfterKey(lines, indent, depth);
    if (value === undefined) return undefined;
    map[key] = value;
  }
  return lines.indent < indent ? map : undefined;
}

function valueAfterKey(lines: Lines, indent: number, depth: number): unknown {
  if (!endsLine(lines)) return valueOnLine(lines, depth);
  if (lines.indent > indent) return block(lines, depth + 1);
  // A list may stand as far to the left as the key it belongs to.
  return lines.indent === indent && isEntry(lines) ? list(lines, depth + 1) : null;
}

function list(lines: Lines, depth: number): unknown {
  const { indent } = lines;
  const entries: unknown[] = [];
  while (lines.indent === indent && isEntry(lines)) {
    lines.at += 2;
    const value = entry(lines, depth);
    if (value === undefined) return undefined;
    entries.push(value);
  }
  return lines.indent <= indent ? entries : undefined;
}

function entry(lines: Lines, depth: number): unknown {
  const start = lines.at;
  if (keyAt(lines) === undefined) return valueOnLine(lines, depth);
  lines.at = start;
  lines.indent += 2;
  return depth < MAX_DEPTH ? mapping(lines, depth + 1) : undefined;
}

function valueOnLine(lines: Lines, depth: number): unknown {
  const value = flowValue(lines, MAX_DEPTH - depth, false);
  return value !== undefined && endsLine(lines) ? value : undefined;
}

/** Whether nothing more than a comment stands on the line; then the next one is gone to. */
function endsLine(lines: Lines): boolean {
  skipSpaces(lines);
  const { text, at } = lines;
  const comment = text[at] === '#' && text[at - 1] === ' ';
  if (!comment && text[at] !== '\n' && text[at] !== undefined) return false;
  leaveLine(lines);
  nextLine(lines);
  return true;
}
