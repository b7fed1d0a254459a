/**
 * Maintenance of a backend's database as an operator sets it, now or at a planned time: its database jobs wait, and those
 * that run are put back into the queue. Nothing has to happen when it begins or ends: whoever starts or shows a job looks
 * at the clock. What the operator says goes before what the database says (database-word.ts).
 */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';
import { isoTime } from '../lib/clock.ts';
import type { Refusal } from '../lib/refusal.ts';
import { dispatch } from './dispatch.ts';
import { overrule } from './database-word.ts';
import { hold, showWaiting } from './held.ts';
import { maintenanceAt, maintenancesOn, type Maintenance } from './maintained.ts';
import { changeJobs, type Change } from './transaction.ts';
import type { JobsDeps } from './types.ts';
import * as words from './words.ts';

export interface MaintenanceOrder {
  backend: string;
  on: boolean;
  /** In ms; now when left out. */
  from?: number;
  /** Until somebody ends it when left out. */
  until?: number;
  why: string;
}

/** Refuses `maintenance.span`, `maintenance.planned` (another one is on or planned) and `maintenance.off`. */
export async function setMaintenance(
  deps: JobsDeps,
  order: MaintenanceOrder,
): Promise<{ from: number; until: number | null } | Refusal> {
  const { backend } = order;
  const answer = await changeJobs(deps, backend, async (change) => {
    const [known] = await notOver(change.tx, backend, change.now);
    if (!order.on) return off(change, known, order.why);
    if (known) return words.otherMaintenance(backend, isoTime(known.began));
    return begin(change, deps, order);
  });
  await dispatch(deps, backend);
  return answer;
}

async function begin(change: Change, deps: JobsDeps, order: MaintenanceOrder) {
  const { tx, now, backend } = change;
  const { from = now, until = null, why } = order;
  if (from < now || (until !== null && until <= from)) return words.maintenanceSpan();
  await tx.execute(sql`
    insert into backend_maintenance (backend, began, ended, why)
    values (${backend}, ${from}::bigint, ${until}::bigint, ${why})`);
  tellPolicy(change, {
    event: 'maintenance',
    from: isoTime(from),
    until: until === null ? null : isoTime(until),
    why,
  });
  if (from <= now) await hold(change, deps, { by: 'operator', why });
  return { from, until };
}

/** What is on ends, whoever said so; where nothing is on, what is planned. */
async function off(change: Change, known: Known | undefined, why: string) {
  const { backend, now } = change;
  const isPlanned = known !== undefined && known.began > now;
  const [on] = await maintenancesOn(change.tx, backend, now);
  const overruled = await overrule(change);
  if (known && !(isPlanned && overruled)) return end(change, known, why);
  if (!overruled || !on) return words.noMaintenance(backend);
  tellPolicy(change, { event: 'maintenance-ended', why });
  await showWaiting(change);
  return { from: on.began, until: now };
}

type Known = Maintenance & { id: number };

/** One that has not begun yet never was. */
async function end(change: Change, { id, began }: Known, why: string) {
  const { tx, now } = change;
  if (began > now) await tx.execute(sql`delete from backend_maintenance where id = ${id}`);
  else await tx.execute(sql`update backend_maintenance set ended = ${now}::bigint where id = ${id}`);
  tellPolicy(change, { event: 'maintenance-ended', why });
  await showWaiting(change);
  return { from: began, until: Math.max(now, began) };
}

function tellPolicy(change: Change, body: Record<string, string | null>): void {
  change.tell({ type: 'policy', actor: 'operator', subject: `backend:${change.backend}`, body });
}

/** Stops what a maintenance that has begun by itself found running. Any number of hubs may do it, as often as they like. */
export async function stopForMaintenance(deps: JobsDeps): Promise<void> {
  const now = deps.clock.now();
  const backends = await rowsOf<{ backend: string }>(
    deps.db,
    sql`
      select distinct m.backend from backend_maintenance as m
      join jobs on jobs.backend = m.backend and jobs.state = 'running' and jobs.pool = 'database'
        and jobs.cancel_requested_at is null
      where m.began <= ${now}::bigint and (m.ended is null or m.ended > ${now}::bigint)`,
  );
  for (const { backend } of backends)
    await changeJobs(deps, backend, async (change) => {
      const on = await maintenanceAt(change.tx, backend, change.now);
      if (on) await hold(change, deps, { by: on.saidBy === 'operator' ? 'operator' : 'hub', why: on.why });
    });
}

/** An operator's that are on or planned, soonest first. */
async function notOver(db: Db, backend: string, now: number): Promise<Known[]> {
  return rowsOf(
    db,
    sql`
      select id::float8 as id, backend, began::float8 as began, ended::float8 as ended, why, said_by as "saidBy"
      from backend_maintenance
      where backend = ${backend} and said_by = 'operator' and (ended is null or ended > ${now}::bigint) order by began`,
  );
}
