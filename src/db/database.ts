/**
 * The types every query takes.
 *
 * `Db` is the database or a transaction; `Tx` only a transaction. Inside `db.transaction` use the
 * `tx` it hands over and never the outer `db`: on PGlite, which has one connection, that waits for ever.
 */
import { sql, type SQL } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';

export type Db = PgDatabase<PgQueryResultHKT, Record<string, never>>;
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0];

/** Rows of a hand-written statement. Cast int8 in the statement: the two drivers read it differently. */
export async function rowsOf<T>(db: Db, statement: SQL): Promise<T[]> {
  const answer = (await db.execute(statement)) as unknown as { rows: T[] };
  return answer.rows;
}

/** A list as one parameter, for `json_to_recordset` and the like: any number of rows, one statement. */
export function asJson(value: unknown): SQL {
  return sql`${JSON.stringify(value)}::json`;
}

/** `= any(…)` over texts, as one parameter. */
export function textArray(values: readonly string[]): SQL {
  return sql`array(select json_array_elements_text(${JSON.stringify(values)}::json))`;
}
