/** What changed of rights last, as the log tells it: who came, who went, what was granted. */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';

export interface RightChange {
  /** Null until it is numbered. */
  place: number | null;
  time: string;
  event: string;
  what: string;
  project: string | null;
  person: { id: number; login: string | null } | null;
  name: string | null;
  until: string | null;
  reason: string | null;
}

/** Newest first. An index leads to them, however long the log is. */
export function rightChanges(db: Db, type: 'membership' | 'grant', limit: number): Promise<RightChange[]> {
  return rowsOf<RightChange>(
    db,
    sql`
      select seq::float8 as place, e ->> 'time' as time, b ->> 'event' as event, b ->> 'what' as what,
        b ->> 'project' as project, b -> 'person' as person, b ->> 'name' as name, b ->> 'until' as until, b ->> 'reason' as reason
      from (
        select seq, id, entry::jsonb as e, entry::jsonb -> 'body' as b from ledger_leaves
        where type in ('membership', 'grant') and type = ${type} order by id desc limit ${limit}
      ) as newest
      where b ? 'what' order by id desc`,
  );
}
