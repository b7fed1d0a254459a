/** Whether the database of a backend is being maintained. */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';
import type { MAINTAINED_BY } from '../db/schema/zone.ts';

export interface Maintenance {
  backend: string;
  began: number;
  /** Planned or past; null until somebody ends it. */
  ended: number | null;
  /** As the operator wrote it, for the log; not shown elsewhere. */
  why: string;
  saidBy: (typeof MAINTAINED_BY)[number];
}

/** Of one backend, at one moment. */
export async function maintenanceAt(db: Db, backend: string, at: number): Promise<Maintenance | undefined> {
  const [first] = await maintenancesOn(db, backend, at);
  return first;
}

/** An operator's and one that the database told of may be on at once. */
export async function maintenancesOn(db: Db, backend: string, at: number): Promise<Maintenance[]> {
  return (await maintenances(db, at)).filter((each) => each.backend === backend && each.began <= at);
}

/** Those that are on or planned at this moment: an operator's that is on, what the database says, and what is planned, soonest first. */
export async function maintenances(db: Db, at: number): Promise<Maintenance[]> {
  return rowsOf(
    db,
    sql`
      select backend, began::float8 as began, ended::float8 as ended, why, said_by as "saidBy"
      from backend_maintenance where ended is null or ended > ${at}::bigint
      order by began > ${at}::bigint, said_by = 'database', began`,
  );
}
