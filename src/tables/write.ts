/** Rows as CSV and as SQL, in pieces: a million rows never stand in memory. */
import type { MadeTable } from './generate.ts';
import { kindOf, tablesOf } from './relations.ts';
import type { DatasetTables } from './schema.ts';

/** A field as in RFC 4180; an empty text is `""`, so that nothing at all can mean null. */
export const csvField = (text: string): string =>
  text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

export const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
export const sqlName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Characters of one piece, about. */
const PIECE = 64 * 1024;

/** Of a table whose values were encoded by `csvField`. */
export function* csvPieces(table: MadeTable): Generator<string> {
  let text = `${table.columns.map(csvField).join(',')}\n`;
  for (let at = 0; at < table.rows; at += 1) {
    const cells = table.row(at);
    for (let n = 0; n < cells.length; n += 1) text += (n === 0 ? '' : ',') + (cells[n] ?? '');
    text += '\n';
    if (text.length > PIECE) {
      yield text;
      text = '';
    }
  }
  yield text;
}

const ROWS_PER_INSERT = 500;

/** Of a table whose values were encoded by `sqlText`. */
export function* insertPieces(table: MadeTable): Generator<string> {
  const head = `insert into ${tableInSql(table.name)} (${table.columns.map(sqlName).join(', ')}) values\n`;
  for (let from = 0; from < table.rows; from += ROWS_PER_INSERT) {
    const lines: string[] = [];
    for (let at = from; at < Math.min(from + ROWS_PER_INSERT, table.rows); at += 1)
      lines.push(
        `(${table
          .row(at)
          .map((cell) => cell ?? 'null')
          .join(', ')})`,
      );
    yield `${head}${lines.join(',\n')};\n`;
  }
}

export const tableInSql = (name: string): string => name.split('.').map(sqlName).join('.');

const IN_SQL = {
  decimal: 'numeric',
  text: 'text',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
} as const;
const INT4 = 2 ** 31;

/** `create table` in PostgreSQL's words. Of datasets without faults. */
export function createSql(datasets: readonly DatasetTables[], name: string): string {
  const tables = tablesOf(datasets);
  const columns = Object.keys(tables.get(name)!.columns).map((column) => {
    const { type, min = 0, max = 0, categories } = kindOf(tables, { table: name, column })!;
    const most = Math.max(-min, max, ...Object.keys(categories ?? {}).map(Number));
    const kind =
      type === 'integer' || type === undefined ? (most < INT4 ? 'integer' : 'bigint') : IN_SQL[type];
    return `  ${sqlName(column)} ${kind}`;
  });
  return `create table ${tableInSql(name)} (\n${columns.join(',\n')}\n);\n`;
}

/** The schemas of PostgreSQL in which tables stand, beside the usual one. */
export function schemasIn(names: readonly string[]): string[] {
  const found = names.flatMap((name) => (name.includes('.') ? [name.slice(0, name.indexOf('.'))] : []));
  return [...new Set(found)].filter((name) => name !== 'public');
}
