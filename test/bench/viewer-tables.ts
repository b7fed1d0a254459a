/** What the viewer's figures are taken on: 200 small tables, and a wide one. */
import { aTable } from '../support/airlock.ts';

export const MANY = 200;

/** Other bytes for each `round`. */
export function manyTables(round = 0): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: MANY }, (_, at) => [
      `output/table${String(at).padStart(3, '0')}.csv`,
      aTable(at + MANY * round),
    ]),
  );
}

/** 5,000 rows of 200 columns, 5.6 MB as the one that was measured with the original. */
export function wideTable(): string {
  const head = Array.from({ length: 200 }, (_, column) => `measure_${column}`).join(',');
  const rows = Array.from({ length: 5000 }, (_, row) =>
    Array.from({ length: 200 }, (_each, column) => (((row * 7919 + column * 104_729) % 9973) / 100) * 5)
      .map((value) => value.toFixed(1))
      .join(','),
  );
  return `${head}\n${rows.join('\n')}\n`;
}
