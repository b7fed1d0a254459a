/** Which times of a schedule were seen to, and what became of each: a time is written once, with its deed. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../../src/db/open.ts';
import type { Schedule } from '../../../src/governance/governance.ts';
import type { Db } from '../core.ts';

export type Outcome = 'begun' | 'made' | 'draft' | 'submitted' | 'skipped' | 'refused';

export interface Time {
  schedule: string;
  due: number;
  clock: string;
  outcome: Outcome;
  code: string | null;
  request: string | null;
  seq: number | null;
  at: number;
}

export const clockOf = ({ cron, calendar }: Schedule): string => `${cron} ${calendar}`;

const COLUMNS = sql`schedule, due::float8 as due, clock, outcome, code, request, seq, at::float8 as at`;

export async function latest(db: Db): Promise<Map<string, Time>> {
  const rows = await rowsOf<Time>(
    db,
    sql`select distinct on (schedule) ${COLUMNS} from schedule_times order by schedule, due desc`,
  );
  return new Map(rows.map((row) => [row.schedule, row]));
}

/** Requests that are to be submitted when the checks have looked at them. */
export async function unsubmitted(db: Db): Promise<Time[]> {
  return rowsOf<Time>(db, sql`select ${COLUMNS} from schedule_times where outcome = 'made' order by due`);
}

/** Fails on a time that is written already, and with it whatever it is written with. */
export async function write(db: Db, time: Time): Promise<void> {
  await db.execute(sql`
    insert into schedule_times (schedule, due, clock, outcome, code, request, seq, at)
    values (${time.schedule}, ${time.due}::bigint, ${time.clock}, ${time.outcome}, ${time.code}, ${time.request},
      ${time.seq}::int, ${time.at}::bigint)`);
}

/** What became of a time for which no request was made. Another look at the same time may have written it. */
export async function note(db: Db, time: Time): Promise<void> {
  await db.execute(sql`
    insert into schedule_times (schedule, due, clock, outcome, code, request, seq, at)
    values (${time.schedule}, ${time.due}::bigint, ${time.clock}, ${time.outcome}, ${time.code}, null, null,
      ${time.at}::bigint)
    on conflict do nothing`);
}

/** Somebody else has made it: their request stands, and this one was undone. */
export function isTaken(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code, constraint } = at as { code?: string; constraint?: string };
    if (code === '23505' && (constraint ?? at.message).includes('schedule_times')) return true;
  }
  return false;
}

export async function settle(
  db: Db,
  { schedule, due }: Pick<Time, 'schedule' | 'due'>,
  outcome: Outcome,
  code: string | null,
): Promise<void> {
  await db.execute(sql`
    update schedule_times set outcome = ${outcome}, code = ${code}
    where schedule = ${schedule} and due = ${due}::bigint`);
}
