/**
 * Who reviewed what leaves: from the log, which forgets nobody who gave a place back, was returned early or
 * was overruled. Only what came before the decision counts: a batch that is sent again later, while a new
 * turn is under way, tells nothing about that turn.
 */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../../src/db/open.ts';

/** Numeric ids, rising. */
export async function reviewersOf(db: Db, request: string, batch: number): Promise<number[]> {
  const rows = await rowsOf<{ checker: number }>(
    db,
    sql`
      select distinct (entry::jsonb ->> 'checker')::float8 as checker from entries
      where request = ${request} and entry::jsonb ->> 'checker' is not null
        and type in ('REQUEST_REVIEW', 'REQUEST_EDIT', 'REQUEST_FILE_APPROVE', 'REQUEST_FILE_REQUEST_CHANGES',
          'REQUEST_FILE_REJECT', 'REQUEST_FILE_CONFIRM')
        and seq < (
          select min(seq) from entries
          where request = ${request} and type = 'REQUEST_FILE_RELEASE'
            and (entry::jsonb ->> 'batch')::int = ${batch}::int)
      order by checker`,
  );
  return rows.map(({ checker }) => checker);
}
