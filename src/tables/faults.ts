/** What a schema says that cannot be: each fault at its place, so that a review shows it on its line. */
import { domainOf, scaled } from './domain.ts';
import { readPattern } from './pattern.ts';
import {
  columnOf,
  kindOf,
  mostPerParent,
  readReference,
  tablesOf,
  uniqueSets,
  type Tables,
} from './relations.ts';
import type { Column, DatasetTables, Table } from './schema.ts';
import { words } from './words.ts';

export interface TableFault {
  dataset: string;
  /** Below the file's top. */
  path: string[];
  /** A key of the mapping there, when it is the key that is wrong. */
  key?: string;
  message: string;
}

/** Addresses of the pages that are no dataset's. */
export const RESERVED: readonly string[] = ['governance', 'ledger', 'project', 'tables'];

/** Over all datasets at once: one may refer to another. */
export function tableFaults(datasets: readonly DatasetTables[]): TableFault[] {
  const tables = tablesOf(datasets);
  const seen = new Map<string, string>();
  return datasets.flatMap(({ dataset, tables: own }) => {
    const found: Omit<TableFault, 'dataset'>[] = [];
    if (RESERVED.includes(dataset)) found.push({ path: [], message: words.reserved(dataset) });
    for (const [name, table] of Object.entries(own)) {
      const other = seen.get(name.toLowerCase());
      if (other !== undefined)
        found.push({ path: ['tables'], key: name, message: words.tableTwice(name, other) });
      seen.set(name.toLowerCase(), dataset);
      const at = ['tables', name];
      for (const [column, of] of Object.entries(table.columns)) {
        const place = [...at, 'columns', column];
        for (const fault of columnFaults(of, tables))
          found.push({ ...fault, path: [...place, ...fault.path] });
        if (of.references !== undefined && !kindOf(tables, { table: name, column }))
          found.push({ path: [...place, 'references'], message: words.noKind(of.references) });
      }
      for (const fault of setFaults(table, tables)) found.push({ ...fault, path: [...at, ...fault.path] });
    }
    return found.map((fault) => ({ dataset, ...fault }));
  });
}

type Fault = Omit<TableFault, 'dataset'>;

/** What each kind of column may say. */
const SAYS: Record<string, readonly (keyof Column)[]> = {
  integer: ['min', 'max', 'categories'],
  decimal: ['min', 'max', 'digits'],
  text: ['categories', 'pattern'],
  boolean: ['true_share'],
  date: ['from', 'until'],
  timestamp: ['from', 'until'],
  references: [],
};
const VALUES: readonly (keyof Column)[] = [
  'categories',
  'pattern',
  'min',
  'max',
  'digits',
  'from',
  'until',
  'true_share',
];

function columnFaults(column: Column, tables: Tables): Fault[] {
  const { type, references } = column;
  if ((type === undefined) === (references === undefined))
    return [{ path: [], message: words.typeOrReference }];
  const kind = type ?? 'references';
  const found: Fault[] = VALUES.filter((key) => column[key] !== undefined && !SAYS[kind]!.includes(key)).map(
    (key) => ({ path: [], key, message: words.notOfKind(key, kind) }),
  );
  if (column.unique && column.null_share > 0)
    found.push({ path: ['null_share'], message: words.uniqueEmpty });
  const values = references === undefined ? valueFault(column) : referenceFault(references, tables);
  return values ? [...found, values] : found;
}

function referenceFault(references: string, tables: Tables): Fault | undefined {
  const { table, column } = readReference(references);
  const target = columnOf(tables.get(table), column);
  if (!target) return { path: ['references'], message: words.noTarget(references) };
  return target.unique ? undefined : { path: ['references'], message: words.targetNotUnique(references) };
}

function valueFault(column: Column): Fault | undefined {
  const { type, categories, pattern, min, max, from, until, digits = 0 } = column;
  switch (type) {
    case 'text':
      if ((categories === undefined) === (pattern === undefined))
        return { path: [], message: words.textNeeds };
      return pattern !== undefined && !readPattern(pattern)
        ? { path: ['pattern'], message: words.pattern }
        : undefined;
    case 'integer':
      if (categories) {
        const odd = Object.keys(categories).find((value) => !/^(0|-?[1-9]\d{0,11})$/.test(value));
        return odd === undefined ? undefined : { path: ['categories'], message: words.notWhole(odd) };
      }
      if (min === undefined || max === undefined) return { path: [], message: words.integerNeeds };
      if (!Number.isInteger(min)) return { path: ['min'], message: words.notWhole(String(min)) };
      if (!Number.isInteger(max)) return { path: ['max'], message: words.notWhole(String(max)) };
      return min > max ? { path: ['max'], message: words.belowMin } : undefined;
    case 'decimal':
      if (min === undefined || max === undefined) return { path: [], message: words.decimalNeeds };
      if (Math.max(Math.abs(min), Math.abs(max)) * 10 ** digits > 1e15)
        return { path: ['digits'], message: words.tooFine };
      return scaled(min, digits) > scaled(max, digits)
        ? { path: ['max'], message: words.belowMin }
        : undefined;
    case 'date':
    case 'timestamp':
      if (from === undefined || until === undefined) return { path: [], message: words.daysNeeded };
      return from > until ? { path: ['until'], message: words.beforeFrom } : undefined;
    default:
      return undefined;
  }
}

function setFaults(table: Table, tables: Tables): Fault[] {
  const found: Fault[] = [];
  const taken = new Set(
    Object.entries(table.columns).flatMap(([name, { unique }]) => (unique ? [name] : [])),
  );
  table.unique.forEach((set, index) => {
    const path = ['unique', String(index)];
    for (const name of set) {
      const column = columnOf(table, name);
      if (!column) found.push({ path, message: words.noColumn(name) });
      else if (taken.has(name)) found.push({ path, message: words.uniqueTwice(name) });
      else if (column.null_share > 0) found.push({ path, message: words.uniqueEmpty });
      taken.add(name);
    }
  });
  // What has a fault already cannot be counted.
  if (
    found.length > 0 ||
    Object.values(table.columns).some((column) => columnFaults(column, tables).length > 0)
  )
    return found;
  for (const set of uniqueSets(table)) {
    const columns = set.map((name) => table.columns[name]!);
    const keys = columns.filter(({ references }) => references !== undefined);
    const path = set.length === 1 ? ['columns', set[0]!, 'unique'] : ['unique'];
    if (keys.length > 1) found.push({ path, message: words.twoReferences });
    if (keys.length !== 1) continue;
    const parent = tables.get(readReference(keys[0]!.references!).table)!;
    const size = columns
      .filter(({ references }) => references === undefined)
      .reduce((all, column) => all * domainOf(column, String).size, 1);
    const most = mostPerParent(table, parent);
    if (most > size) found.push({ path, message: words.tooManyPerRow(most, size) });
  }
  return found;
}
