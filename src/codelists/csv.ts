/**
 * CSV as people and hostile people write it: every fault on its line. RFC 4180 with LF or CRLF.
 *
 * Nothing here throws, and nothing is read twice: 20 MB take a second.
 */
import type { Finding } from './types.ts';
import * as words from './words.ts';

export interface Row {
  line: number;
  cells: string[];
}

export interface Sheet {
  header: string[];
  rows: Row[];
  findings: Finding[];
}

export const MAX_BYTES = 20 * 1024 * 1024;
/** A list of everything is none. */
export const MAX_ROWS = 500_000;
const MOST_FINDINGS = 200;
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u0085\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const FORMULA = /^[=@\t\r]|^[+-](?!\d+(\.\d+)?$)(?!$)/;

/** A sheet without rows where the file as a whole cannot be read. */
export function readSheet(bytes: Uint8Array): Sheet {
  const found = new Found();
  const nothing = (): Sheet => ({ header: [], rows: [], findings: found.all });
  if (bytes.length > MAX_BYTES) {
    found.error('codelists.too-large', 1, 1, words.tooLarge(bytes.length, MAX_BYTES));
    return nothing();
  }
  const text = decode(bytes, found);
  if (text === undefined) return nothing();
  const rows = split(text, found);
  const [first, ...rest] = rows;
  if (!first || first.cells.every((cell) => cell.trim() === '')) {
    found.error('codelists.empty', 1, 1, words.empty());
    return nothing();
  }
  const header = first.cells.map((cell) => cell.trim());
  checkHeader(header, found);
  if (rest.length > MAX_ROWS) found.error('codelists.too-many-rows', 1, 1, words.tooManyRows(MAX_ROWS));
  const kept = rest.slice(0, MAX_ROWS);
  for (const row of kept) checkRow(row, header, found);
  return { header, rows: kept, findings: found.all };
}

/** Gathers findings up to a number that a person can read. */
export class Found {
  readonly all: Finding[] = [];

  error(code: string, line: number, column: number, says: words.Says): void {
    this.#add('error', code, line, column, says);
  }

  warning(code: string, line: number, column: number, says: words.Says): void {
    this.#add('warning', code, line, column, says);
  }

  #add(severity: Finding['severity'], code: string, line: number, column: number, says: words.Says): void {
    if (this.all.length < MOST_FINDINGS) this.all.push({ code, severity, line, column, ...says });
  }
}

function decode(bytes: Uint8Array, found: Found): string | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    found.error('codelists.encoding', lineOfFault(bytes), 1, words.notUtf8());
    return undefined;
  }
  if (!text.startsWith('\uFEFF')) return text;
  found.error('codelists.bom', 1, 1, words.bom());
  return text.slice(1);
}

/** The first line that is no UTF-8. */
function lineOfFault(bytes: Uint8Array): number {
  let line = 1;
  let from = 0;
  for (let at = 0; at <= bytes.length; at += 1) {
    if (at < bytes.length && bytes[at] !== 0x0a) continue;
    if (!isUtf8(bytes.subarray(from, at))) return line;
    line += 1;
    from = at + 1;
  }
  /* istanbul ignore next -- a sequence of UTF-8 holds no line end, so that some line is at fault */
  return 1;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Rows with the line on which each begins; blank lines are left out. */
function split(text: string, found: Found): Row[] {
  const rows: Row[] = [];
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const row: Row = { line, cells: [] };
    let more = true;
    while (more) {
      const cell = text[at] === '"' ? quoted(text, at, line, found) : bare(text, at, line, found);
      row.cells.push(cell.text);
      line += cell.lines;
      at = cell.end;
      more = text[at] === ',';
      at += more ? 1 : 0;
    }
    if (text.startsWith('\r\n', at)) at += 1;
    at += 1;
    line += 1;
    if (row.cells.length > 1 || row.cells[0] !== '') rows.push(row);
    if (rows.length > MAX_ROWS + 1) break;
  }
  return rows;
}

interface Cell {
  text: string;
  /** Where the comma, the line end or the end of the text is. */
  end: number;
  lines: number;
}

function bare(text: string, from: number, line: number, found: Found): Cell {
  let end = from;
  while (end < text.length && !isEnd(text, end)) end += 1;
  const cell = text.slice(from, end);
  if (cell.includes('"')) found.error('codelists.quote', line, 1, words.strayQuote());
  return { text: cell, end, lines: 0 };
}

function quoted(text: string, from: number, line: number, found: Found): Cell {
  let at = from + 1;
  let value = '';
  for (;;) {
    const close = text.indexOf('"', at);
    if (close < 0) {
      found.error('codelists.quote', line, 1, words.openQuote());
      return { text: value + text.slice(at), end: text.length, lines: 0 };
    }
    value += text.slice(at, close);
    at = close + 1;
    if (text[at] !== '"') break;
    value += '"';
    at += 1;
  }
  if (at < text.length && !isEnd(text, at)) {
    found.error('codelists.quote', line, 1, words.strayQuote());
    while (at < text.length && !isEnd(text, at)) at += 1;
  }
  return { text: value, end: at, lines: value.split('\n').length - 1 };
}

const isEnd = (text: string, at: number): boolean =>
  text[at] === ',' || text[at] === '\n' || (text[at] === '\r' && text[at + 1] === '\n');

function checkHeader(header: readonly string[], found: Found): void {
  const seen = new Set<string>();
  for (const name of header) {
    if (name === '') found.error('codelists.header', 1, 1, words.namelessColumn());
    else if (CONTROL.test(name) || /[\r\n]/.test(name))
      found.error('codelists.control', 1, 1, words.control());
    else if (seen.has(name)) found.error('codelists.header', 1, 1, words.columnTwice(name));
    seen.add(name);
  }
}

function checkRow(row: Row, header: readonly string[], found: Found): void {
  if (row.cells.length !== header.length)
    found.error('codelists.ragged', row.line, 1, words.ragged(row.cells.length, header.length));
  for (const cell of row.cells) {
    if (CONTROL.test(cell) || cell.includes('\n') || cell.includes('\r'))
      found.error('codelists.control', row.line, 1, words.control());
    else if (FORMULA.test(cell)) found.error('codelists.formula', row.line, 1, words.formula(cell));
  }
}
