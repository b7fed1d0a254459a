/** Whether the database of a backend is being maintained. */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';

export interface Maintenance {
  backend: string;
  began: number;
  /** Planned or past; null until somebody ends it. */
  ended: number | null;
  /** As the operator wrote it, for the log; not shown elsewhere. */
  why: string;
}

/** Of one backend, at one moment. */
export async function maintenanceAt(db: Db, backend: string, at: number): Promise<Maintenance | undefined> {
  return (await maintenances(db, at)).find((each) => each.backend === backend && each.began <= at);
}

/** Those that are on or planned at this moment, soonest first. */
export async function maintenances(db: Db, at: number): Promise<Maintenance[]> {
  return rowsOf(
    db,
    sql`
      select backend, began::float8 as began, ended::float8 as ended, why from backend_maintenance
      where ended is null or ended > ${at}::bigint order by began`,
  );
}
