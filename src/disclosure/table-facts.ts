/** A table as plain data: what comparing it with other tables needs, and no more. */
import { Found } from './found.ts';
import { look } from './file.ts';
import { compiled, type DisclosurePolicy } from './policy.ts';
import { countAt, textAt, type Table } from './table.ts';
import type { Roles } from './roles.ts';
import { isModel } from './statistics.ts';
import type { FileFacts, TableFacts } from './types.ts';

/** Rows kept of one table: comparing is for tables that could be released. */
const MOST_ROWS = 5000;

/** The tables of one file. Never throws; a file that holds none has none. */
export function tablesOf(
  path: string,
  bytes: Uint8Array,
  policy: DisclosurePolicy,
  facts: FileFacts = {},
): TableFacts[] {
  const { tables } = look(new Found(0), path, bytes, facts, compiled(policy));
  return tables.map(({ table, roles }) => factsOf(path, table, roles, policy));
}

function factsOf(path: string, table: Table, roles: Roles, { base }: DisclosurePolicy): TableFacts {
  const seen = new Map<string, number>();
  const rows: TableFacts['rows'] = [];
  for (let row = 0; row < Math.min(table.rows, MOST_ROWS); row += 1) {
    const key = roles.keys.map(({ index }) => textAt(table, row, index)).join('\u001f');
    const times = seen.get(key) ?? 0;
    seen.set(key, times + 1);
    const cells = roles.counts.map(({ index }) => row * table.columns + index);
    rows.push({
      key: times === 0 ? key : `${key}\u001f#${times}`,
      values: cells.map((at) => {
        const value = countAt(table, at);
        return Number.isNaN(value) ? null : value;
      }),
      redacted: cells.map((at) => table.kind[at] === 1),
    });
  }
  const isRounded = (column: number): boolean => rows.every(({ values }) => !((values[column] ?? 0) % base));
  return {
    path,
    header: [...table.header],
    keys: roles.keys.map(({ name }) => name),
    counts: roles.counts.map(({ name }, column) => ({ name, rounded: isRounded(column) })),
    rows,
    model: isModel(table),
  };
}
