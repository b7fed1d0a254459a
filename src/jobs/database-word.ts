/**
 * What agents say of their database, and what follows. A zone asks its own database whether it is being maintained, and
 * tells a word of four (docs/decisions/0040-what-a-database-says.md).
 *
 *   maintenance   database jobs wait, those that run are put back into the queue
 *   available     they go on
 *   unreachable   nothing changes: a database that is maintained is often away, too
 *   not-asked     as if nobody had ever said a word
 *
 * While an operator's maintenance is on, no word ends it; when it is over by itself the last word counts, without a gap.
 * An operator who ends maintenance ends what the database says, too, until it says something else.
 */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db, type Tx } from '../db/database.ts';
import type { Caller, DatabaseWord } from '../protocol/protocol.ts';
import { dispatch } from './dispatch.ts';
import { hold, showWaiting } from './held.ts';
import { maintenancesOn } from './maintained.ts';
import { changeJobs, type Change } from './transaction.ts';
import type { JobsDeps } from './types.ts';

const WHY = 'The database tells that it is being maintained.';

/** Repeating a word costs one look. */
export async function takeDatabaseWord(deps: JobsDeps, caller: Caller, word: DatabaseWord): Promise<void> {
  const { backend, agent } = caller;
  const changed = sql`backend = ${backend} and id = ${agent} and database is distinct from ${word}`;
  if ((await rowsOf(deps.db, sql`select 1 from agents where ${changed}`)).length === 0) return;
  await changeJobs(deps, backend, async (change) => {
    const said = await rowsOf(
      change.tx,
      sql`
        update agents set database = ${word}, database_since = ${change.now}, database_maintained = case
          when ${word} = 'unreachable' then database_maintained else ${word} = 'maintenance' end
        where ${changed} returning 1`,
    );
    if (said.length > 0) await follow(change, deps);
  });
  await dispatch(deps, backend);
}

/** Derives afresh what follows from the words: an agent that spoke may be gone. */
export async function followDatabases(deps: JobsDeps): Promise<void> {
  const backends = await rowsOf<{ backend: string }>(
    deps.db,
    sql`
      select distinct backend from agents where database_maintained
      union select backend from backend_maintenance where said_by = 'database' and ended is null`,
  );
  for (const { backend } of backends)
    if (await changeJobs(deps, backend, (change) => follow(change, deps))) await dispatch(deps, backend);
}

/** Whether it changed something. */
async function follow(change: Change, deps: JobsDeps): Promise<boolean> {
  const { tx, now, backend } = change;
  const on = await maintenancesOn(tx, backend, now);
  const says = await saysMaintained(tx, backend, now);
  if (says === on.some(({ saidBy }) => saidBy === 'database')) return false;
  if (!says) {
    await endSaidByDatabase(change);
    tell(change, 'database-available');
    await showWaiting(change);
    return true;
  }
  await tx.execute(sql`
    insert into backend_maintenance (backend, began, ended, why, said_by)
    values (${backend}, ${now}::bigint, null, ${WHY}, 'database')`);
  tell(change, 'database-maintained');
  await hold(change, deps, { by: 'hub', why: WHY });
  return true;
}

/** Of those that are there; where none is, what was said last. */
async function saysMaintained(tx: Tx, backend: string, now: number): Promise<boolean> {
  const [row] = await rowsOf<{ says: boolean }>(
    tx,
    sql`
      select coalesce(bool_or(database_maintained) filter (where lease_until > ${now}::bigint),
        bool_or(database_maintained), false) as says
      from agents where backend = ${backend}`,
  );
  return row?.says ?? false;
}

function tell(change: Change, event: 'database-maintained' | 'database-available'): void {
  change.tell({ type: 'policy', actor: 'hub', subject: `backend:${change.backend}`, body: { event } });
}

/** The maintenance that the database told of. */
async function endSaidByDatabase({ tx, backend, now }: Change): Promise<boolean> {
  const ended = await rowsOf(
    tx,
    sql`
      update backend_maintenance set ended = greatest(began, ${now}::bigint)
      where backend = ${backend} and said_by = 'database' and ended is null returning 1`,
  );
  return ended.length > 0;
}

/** An operator knows better: what was said counts no more until an agent says something else. Whether it counted. */
export async function overrule(change: Change): Promise<boolean> {
  await change.tx.execute(
    sql`update agents set database_maintained = false where backend = ${change.backend} and database_maintained`,
  );
  return endSaidByDatabase(change);
}

export interface DatabaseState {
  backend: string;
  word: Exclude<DatabaseWord, 'not-asked'>;
  since: number;
}

/** The worst word of each backend's agents that are there, or were last; backends that do not ask are left out. */
export function databaseStates(db: Db, now: number): Promise<DatabaseState[]> {
  return rowsOf(
    db,
    sql`
      select distinct on (backend) backend, database as word, database_since::float8 as since
      from agents where database <> 'not-asked'
      order by backend, coalesce(lease_until, 0) <= ${now}::bigint,
        array_position(array['maintenance', 'unreachable', 'available'], database), database_since`,
  );
}
