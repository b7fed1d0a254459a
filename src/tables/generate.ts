/**
 * Rows that nobody lived: of every table exactly as many as were asked for, by schema and seed alone.
 *
 * Each cell is drawn by its own place, so row 17 is the same whether twenty rows or a million are made, on every machine; and what a reference points to is
 * computed, not looked up, so nothing is held in memory.
 */
import { refusal, type Refusal } from '../lib/refusal.ts';
import { domainOf, type Domain } from './domain.ts';
import { drawer, shuffled } from './draw.ts';
import {
  askedFor,
  readReference,
  rowsFor,
  tablesOf,
  uniqueSets,
  columnOf,
  type Place,
  type Tables,
} from './relations.ts';
import type { Column, DatasetTables } from './schema.ts';
import { words } from './words.ts';

/** A value as it is written where it goes; null is none. */
type Cell = (row: number) => string | null;

export interface Asked {
  /** Of a table that says nothing else; of the only table that is named, exactly. */
  rows: number;
  seed: string;
  /** Absent: all of them. */
  tables?: readonly string[];
}

export interface MadeTable {
  name: string;
  columns: string[];
  rows: number;
  /** The cells of one row, 0 ≤ row < rows. The list is used again for the next. */
  row(at: number): (string | null)[];
}

/** More than any laptop has use for, and still exact numbers. */
export const MOST_ROWS = 100_000_000;

/** Of datasets without faults. `encode`: how a value is written where it goes. */
export function generate(
  datasets: readonly DatasetTables[],
  { rows, seed, tables: named }: Asked,
  encode: (text: string) => string = (text) => text,
): MadeTable[] | Refusal {
  const tables = tablesOf(datasets);
  const unknown = named?.find((name) => !tables.has(name));
  if (unknown !== undefined) return refusal('dummy.no-table', ...words.noTable(unknown, [...tables.keys()]));
  const names = named ? [...new Set(named)] : [...tables.keys()];
  const only = names.length === 1 ? tables.get(names[0]!)! : undefined;
  const asked = named && only ? askedFor(only, rows) : rows;
  const made: MadeTable[] = [];
  for (const name of names) {
    const table = tables.get(name)!;
    const count = named && only ? rows : rowsFor(table, asked);
    const no = tooFew(tables, name, count);
    if (no) return no;
    const columns = Object.keys(table.columns);
    const cells = columns.map((column) => cellOf({ tables, seed, encode }, { table: name, column }));
    const line = new Array<string | null>(columns.length).fill(null);
    made.push({
      name,
      columns,
      rows: count,
      row(at) {
        for (let n = 0; n < cells.length; n += 1) line[n] = cells[n]!(at);
        return line;
      },
    });
  }
  return made;
}

/** More rows than there are values that differ. Where a reference is among them, the schema's own faults say so. */
function tooFew(tables: Tables, name: string, count: number): Refusal | undefined {
  const table = tables.get(name)!;
  for (const set of uniqueSets(table)) {
    const columns = set.map((column) => table.columns[column]!);
    if (columns.some((column) => column.references !== undefined)) continue;
    const size = columns.reduce((all, column) => all * sizeOf(column), 1);
    if (size < count) return refusal('dummy.too-few-values', ...words.tooFew(name, set, size, count));
  }
  return undefined;
}

const asWritten = (text: string): string => text;
export const sizeOf = (column: Column): number => domainOf(column, asWritten).size;

interface Making {
  tables: Tables;
  seed: string;
  encode: (text: string) => string;
}

function cellOf(making: Making, place: Place): Cell {
  const table = making.tables.get(place.table)!;
  const column = columnOf(table, place.column)!;
  const set = uniqueSets(table).find((each) => each.includes(place.column));
  if (set) return uniqueCell(making, place, set);
  const draw = drawer(making.seed, place.table, place.column);
  const empty = column.null_share;
  if (column.references === undefined) {
    const domain = domainOf(column, making.encode);
    return (row) => {
      const drawn = draw(row);
      return drawn.empty < empty ? null : domain.at(domain.pick(drawn.value));
    };
  }
  const target = readReference(column.references);
  const value = cellOf(making, target);
  const parent = making.tables.get(target.table)!;
  return (row) => {
    const drawn = draw(row);
    if (drawn.empty < empty) return null;
    // Of the rows that are there whenever this one is: the last few, so that each has about as many that refer to it.
    const last = rowsFor(parent, askedFor(table, row + 1)) - 1;
    return value(last - Math.floor(drawn.value * Math.min(NEAR, last + 1)));
  };
}

const NEAR = 64;

/** A set without a reference counts through all its values in a mixed order; with one, through those of each row that it refers to. */
function uniqueCell(making: Making, { table: name, column: wanted }: Place, set: readonly string[]): Cell {
  const table = making.tables.get(name)!;
  const parts = set.map((column) => ({ column, of: table.columns[column]! }));
  const own = parts.filter(({ of }) => of.references === undefined);
  const key = parts.find(({ of }) => of.references !== undefined);
  const domains = own.map(({ of }) => domainOf(of, making.encode));
  const size = domains.reduce((all, domain) => all * domain.size, 1);
  const order = shuffled(size, making.seed, name, ...set);
  const at = own.findIndex(({ column }) => column === wanted);
  const part = (index: number): string => partOf(domains, at, index);
  if (!key) return (row) => part(order(row, 0));
  const target = readReference(key.of.references!);
  const [mine, theirs] = [table.rows_per_thousand, making.tables.get(target.table)!.rows_per_thousand];
  const parentOf = (row: number): number => Math.floor((row * theirs) / mine);
  if (wanted === key.column) {
    const value = cellOf(making, target);
    return (row) => value(parentOf(row));
  }
  return (row) => {
    const parent = parentOf(row);
    return part(order(row - Math.ceil((parent * mine) / theirs), parent + 1));
  };
}

/** The part of one column in a number that stands for all of them. */
function partOf(domains: readonly Domain[], at: number, index: number): string {
  let left = index;
  for (let n = 0; n < at; n += 1) left = Math.floor(left / domains[n]!.size);
  return domains[at]!.at(left % domains[at]!.size);
}
