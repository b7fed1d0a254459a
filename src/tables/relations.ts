/** Which column holds which key, and which columns together never come twice. */
import type { Column, DatasetTables, Table } from './schema.ts';

export interface Place {
  table: string;
  column: string;
}

/** `schema.table.column`, or `table.column`. */
export function readReference(written: string): Place {
  const cut = written.lastIndexOf('.');
  return { table: written.slice(0, cut), column: written.slice(cut + 1) };
}

export type Tables = ReadonlyMap<string, Table>;

export function tablesOf(datasets: readonly DatasetTables[]): Tables {
  return new Map(datasets.flatMap(({ tables }) => Object.entries(tables)));
}

/** Sets of columns whose values never come twice: of one column, or of several. */
export function uniqueSets(table: Table): string[][] {
  const single = Object.entries(table.columns).flatMap(([name, column]) => (column.unique ? [[name]] : []));
  return [...single, ...table.unique];
}

export const columnOf = (table: Table | undefined, name: string): Column | undefined =>
  table && Object.hasOwn(table.columns, name) ? table.columns[name] : undefined;

/** The column that says what kind of values these are; undefined where references lead nowhere or in a ring. */
export function kindOf(tables: Tables, place: Place): Column | undefined {
  let at = place;
  for (let step = 0; step <= MOST_STEPS; step += 1) {
    const column = columnOf(tables.get(at.table), at.column);
    if (column?.references === undefined) return column;
    at = readReference(column.references);
  }
  return undefined;
}

/** Keys that are references themselves, one behind the other. */
export const MOST_STEPS = 20;

/** Rows of a table when so many are asked for: never none. */
export const rowsFor = ({ rows_per_thousand: rate }: Table, asked: number): number =>
  Math.ceil((asked * rate) / 1000);

/** The least number to ask for that makes a table have so many rows. */
export const askedFor = ({ rows_per_thousand: rate }: Table, rows: number): number =>
  Math.floor(((rows - 1) * 1000) / rate) + 1;

/** The most rows that refer to one row, where each has its share of them. */
export const mostPerParent = (child: Table, parent: Table): number =>
  Math.ceil(child.rows_per_thousand / parent.rows_per_thousand);
