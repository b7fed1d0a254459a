/**
 * A PostgreSQL in this program's memory, with invented rows and nothing else: no file of the machine, no network.
 *
 * Before the query begins its user gives up all powers, as a job's role next to the data has none: a study that came from somebody else may neither load code
 * nor read or write files.
 */
import type * as pglite from '@electric-sql/pglite';
import { refusal, Refused } from '../../../src/lib/refusal.ts';
import {
  createSql,
  csvPieces,
  schemasIn,
  sqlName,
  tableInSql,
  type DatasetTables,
  type MadeTable,
} from '../../../src/tables/tables.ts';
import { csvLine } from '../sqlrunner/csv.ts';
import { nothingReturned, severalResults } from '../sqlrunner/exits.ts';

export interface Answer {
  /** `type`: PostgreSQL's number of it. */
  columns: { name: string; type: number }[];
  /** As PostgreSQL prints them. */
  rows: (string | null)[][];
}

/** The file that the query makes. */
export const answerCsv = ({ columns, rows }: Answer): string =>
  [columns.map(({ name }) => name), ...rows].map(csvLine).join('');

const POWERLESS = `update pg_authid set rolsuper = false, rolcreaterole = false, rolcreatedb = false,
  rolreplication = false, rolbypassrls = false where rolname = 'postgres'`;

/** `made`: encoded as CSV. Throws what the database says, or Ended, as sqlrunner does. */
export async function queryOn(
  datasets: readonly DatasetTables[],
  made: readonly MadeTable[],
  sql: string,
): Promise<Answer> {
  const { PGlite, types } = await engine();
  const db = await PGlite.create();
  try {
    for (const schema of schemasIn(made.map(({ name }) => name)))
      await db.exec(`create schema ${sqlName(schema)}`);
    for (const table of made) {
      await db.exec(createSql(datasets, table.name));
      const blob = new Blob([...csvPieces(table)]);
      await db.query(`copy ${tableInSql(table.name)} from '/dev/blob' with (format csv, header)`, [], {
        blob,
      });
    }
    await db.exec('analyze');
    await db.exec(POWERLESS);
    const asPrinted = Object.fromEntries(Object.values(types).map((type) => [type, (text: string) => text]));
    const results = await db.exec(sql, { rowMode: 'array', parsers: asPrinted });
    const [only, ...more] = results.filter(({ fields }) => fields.length > 0);
    if (!only) throw nothingReturned();
    if (more.length > 0) throw severalResults();
    return {
      columns: only.fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID })),
      rows: only.rows as unknown as (string | null)[][],
    };
  } finally {
    await db.close();
  }
}

async function engine(): Promise<typeof pglite> {
  try {
    return await import('@electric-sql/pglite');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    const next = 'Install the whole program: npm install --global sallyport.';
    throw new Refused(refusal('dummy.no-engine', 'This file of the program has no PostgreSQL in it.', next), {
      cause: error,
    });
  }
}
