/** C1: is this one table, as wide everywhere as its heading, and named by its heading? */
import { INTEGER } from './cells.ts';
import type { Found } from './found.ts';
import type { Compiled } from './policy.ts';
import { isNumber, type Table, type TableSink } from './table.ts';
import * as words from './words.ts';

export function checkShape(found: Found, table: Table, sink: TableSink, { policy }: Compiled): void {
  const { limits } = policy;
  if (sink.headerFields > limits.columns)
    found.add('C1', {}, words.tooManyColumns(sink.headerFields, limits.columns));
  if (table.columns === 0) {
    found.add('C1', {}, words.emptyFile());
    return;
  }
  checkHeader(found, table);
  const first = sink.ragged[0];
  if (isSecondTable(sink, table)) found.add('C1', { row: sink.blankBefore[0]! + 1 }, words.severalTables());
  if (first)
    found.add('C1', { row: first.row + 1 }, words.ragged(first.fields, sink.headerFields, sink.raggedCount));
}

/** A blank line, then a row of names or of another width. */
function isSecondTable(sink: TableSink, table: Table): boolean {
  return sink.blankBefore.some((row) => {
    if (sink.ragged.some((ragged) => ragged.row === row || ragged.row === row + 1)) return true;
    if (row + 1 >= table.rows) return false;
    for (let column = 0; column < table.columns; column += 1) {
      if (isNumber(table, row * table.columns + column)) return false;
    }
    for (let column = 0; column < table.columns; column += 1) {
      if (isNumber(table, (row + 1) * table.columns + column)) return true;
    }
    return false;
  });
}

function checkHeader(found: Found, table: Table): void {
  const seen = new Set<string>();
  for (const [index, name] of table.header.entries()) {
    const place = { column: name === '' ? `column ${index + 1}` : name };
    if (name === '') found.add('C1', place, words.emptyHeading());
    else if (/^unnamed: ?\d+$/i.test(name)) found.add('C1', place, words.unnamedIndex());
    else if (seen.has(name)) found.add('C1', place, words.duplicateHeading(words.quoted(name).slice(1, -1)));
    seen.add(name);
  }
  if (isData(table)) found.add('C1', {}, words.noHeading());
}

const NUMBERED = /^-?\d+(\.\d+)?$/;

/** Numbers in the heading above columns of numbers, unless they are years or count up: 2019, 2020; 0, 1, 2. */
function isData(table: Table): boolean {
  if (table.rows === 0) return false;
  const numbers: number[] = [];
  for (const [column, name] of table.header.entries()) {
    if (NUMBERED.test(name) && table.kind[column] === INTEGER) numbers.push(Number(name));
  }
  if (numbers.length === 0) return false;
  const years = numbers.every((n) => Number.isInteger(n) && n >= 1900 && n <= 2100);
  const levels =
    numbers.length > 1 &&
    numbers.every((n, index) => Number.isInteger(n) && (index === 0 || n > numbers[index - 1]!) && n <= 120);
  return !years && !levels;
}
