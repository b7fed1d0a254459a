/** Finds tables in plain text: with pipes, with commas or tabs, or set in columns of spaces. */

export interface PrintedTable {
  /** Of its heading, from 1. */
  line: number;
  header: string[];
  rows: string[][];
}

const LONGEST_LINE = 10_000;
const MOST_TABLES = 50;
const RULE = /^(?:[\s|+:=─━┼│├┤-]+|\s*\\(?:hline|toprule|midrule|bottomrule)\s*)$/;

/** Between a tibble's heading and its rows stand the types of its columns. */
const TYPES = /^\s*(?:<(?:chr|int|dbl|fct|lgl|date|dttm|ord|num|i64)>\s*)+$/;
/** pandas prints the name of the index alone, on the line below the heading. */
const NAME_ALONE = /^\s*[A-Za-z_][\w.]*\s*$/;

type Split = (line: string) => string[];
const SPLITS: readonly Split[] = [
  (line) =>
    /[|│]/.test(line)
      ? line
          .trim()
          .replace(/^[|│]|[|│]$/g, '')
          .split(/[|│]/)
          .map(trim)
      : [],
  (line) => line.split('\t').map(trim),
  (line) =>
    line.includes('&')
      ? line
          .replace(/\\\\.*$/, '')
          .split('&')
          .map(trim)
      : [],
  (line) => (/,\S|, /.test(line) ? line.split(',').map(trim) : []),
  (line) => (line.includes(';') ? line.split(';').map(trim) : []),
  (line) =>
    unbarred(line, '  ')
      .split(/\s{2,}/)
      .map(trim),
  (line) => unbarred(line, ' ').split(/\s+/).map(trim),
];
/** Where bars stand between all cells nothing else does. */
const BARS = 0;

/** Stata and psql draw one bar beside columns that are set with spaces. */
const unbarred = (line: string, gap: string): string => line.replace(/[|│]/g, gap).trim();

/** From here on a sentence can look like a row: two rows below the heading must agree. */
const PROSE = 3;

const trim = (text: string): string => text.trim().replace(/^"(.*)"$/, '$1');
const NUMERIC = /^[-+]?[\d,]*\.?\d+%?$/;

export function printedTables(lines: readonly string[], mostRows: number): PrintedTable[] {
  const found: PrintedTable[] = [];
  let at = 0;
  while (at < lines.length && found.length < MOST_TABLES) {
    const block = blockFrom(lines, at);
    if (block.length === 0) {
      at += 1;
      continue;
    }
    const table = block.length >= 2 ? tableFrom(lines, block, mostRows) : undefined;
    if (table) found.push(table);
    at = block.at(-1)! + 1;
  }
  return found;
}

/** Numbers of the lines up to the next blank one; rules and marks between rows are left out. */
function blockFrom(lines: readonly string[], from: number): number[] {
  const block: number[] = [];
  for (let at = from; at < lines.length; at += 1) {
    const line = lines[at]!;
    if (line.trim() === '' || line.length > LONGEST_LINE) break;
    const below = block.length === 1 && NAME_ALONE.test(line);
    if (!RULE.test(line) && !TYPES.test(line) && !below) block.push(at);
    else if (block.length === 0 && at === from) return [];
  }
  return block;
}

/** Of all ways to cut the lines the one that makes the largest table: columns of spaces are ambiguous. */
function tableFrom(
  lines: readonly string[],
  block: readonly number[],
  mostRows: number,
): PrintedTable | undefined {
  let best: PrintedTable | undefined;
  for (const [index, split] of SPLITS.entries()) {
    const cells = block.slice(0, mostRows + 2).map((at) => split(lines[at]!));
    const start = startOf(cells, index >= PROSE);
    if (start === undefined) continue;
    const header = cells[start]!;
    const width = cells[start + 1]!.length;
    const after = cells.slice(start + 1);
    const end = after.findIndex((row) => row.length !== width);
    const rows = end < 0 ? after : after.slice(0, end);
    if (best && rows.length * width <= best.rows.length * best.header.length) continue;
    // R and pandas print the number of the row without a heading.
    const full = header.length === width ? header : ['id', ...header];
    best = { line: block[start]! + 1, header: full, rows };
    if (index === BARS && width > 2 && rows.length === after.length) return best;
  }
  return best;
}

/** The first row that names columns of the rows below, in which numbers stand. */
function startOf(cells: readonly string[][], isLoose: boolean): number | undefined {
  for (let at = 0; at + 1 < cells.length; at += 1) {
    const width = cells[at + 1]!.length;
    const names = cells[at]!;
    if (width < 2 || (names.length !== width && names.length !== width - 1) || names.length < 1) continue;
    if (names.some((name) => NUMERIC.test(name)) || names.every((name) => name === '')) continue;
    if (names.some((name) => name.length > 40)) continue;
    const numbers = cells[at + 1]!.filter((cell) => NUMERIC.test(cell)).length;
    const steady = at + 2 >= cells.length ? !isLoose : cells[at + 2]!.length === width;
    if (numbers > 0 && steady) return at;
  }
  return undefined;
}
