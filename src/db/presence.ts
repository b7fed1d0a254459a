/** Which hubs work on a database: each holds locks for as long as it lives, which the server lets go when it dies. */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from './database.ts';

/** Shared by every process that has moved in. */
export const PRESENCE_LOCK = 7_305_003;
/** Shared by those that note which tasks an agent may have read; taken before the other. */
export const MARKS_LOCK = 7_305_006;

const held = (lock: number) =>
  sql`locktype = 'advisory' and classid = 0 and objid = ${sql.raw(String(lock))} and objsubid = 1 and granted
    and database = (select oid from pg_database where datname = current_database())`;

/** False while a hub of the version before that is at work beside this one. */
export async function everyHubMarks(db: Db): Promise<boolean> {
  const rows = await rowsOf(
    db,
    sql`
      select 1 from (select pid from pg_locks where ${held(PRESENCE_LOCK)}) as hub
      where hub.pid not in (select pid from pg_locks where ${held(MARKS_LOCK)}) limit 1`,
  );
  return rows.length === 0;
}

/** How many hubs, of whatever version, have moved in. */
export async function hubsAtWork(db: Db): Promise<number> {
  const [row] = await rowsOf<{ n: number }>(
    db,
    sql`select count(distinct pid)::int as n from pg_locks where ${held(PRESENCE_LOCK)}`,
  );
  return row?.n ?? 0;
}
