/**
 * Who could do what on a day: the rights that the log says were given by then, not ended, and within their days.
 *
 * Nothing else is asked: whoever has the log can find the same. An index leads to the entries of rights alone, and what was
 * found of a day that is over is kept.
 */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';

export interface RightOnDay {
  what: string;
  project: string | null;
  person: { id: number; login: string | null } | null;
  name: string | null;
  repository: number | null;
  from: string | null;
  until: string | null;
  reason: string | null;
  ref: string | null;
  /** The entry that says so. */
  place: number | null;
}

/** More is nothing that a page can show. */
const MOST = 20_000;
const DAY_MS = 86_400_000;
const KEPT = 4;
const found = new WeakMap<object, Map<string, Promise<RightOnDay[]>>>();

/** `day` like 2026-03-01, in UTC: as things stood at its end. */
export function rightsOn(db: Db, day: string, now: number): Promise<RightOnDay[]> {
  const isOver = Date.parse(`${day}T00:00:00Z`) + DAY_MS <= now;
  if (!isOver) return read(db, day);
  const kept = found.get(db) ?? new Map<string, Promise<RightOnDay[]>>();
  found.set(db, kept);
  const held = kept.get(day);
  if (held) return held;
  const asked = read(db, day);
  kept.set(day, asked);
  asked.catch(() => kept.delete(day));
  for (const oldest of [...kept.keys()].slice(0, -KEPT)) kept.delete(oldest);
  return asked;
}

async function read(db: Db, day: string): Promise<RightOnDay[]> {
  const end = new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString();
  return rowsOf<RightOnDay>(
    db,
    sql`
      with said as (
        select id, seq, entry::jsonb as e from ledger_leaves where type in ('membership', 'grant')
      ), last as (
        select distinct on (b -> 'what', b -> 'project', b -> 'person' -> 'id', b -> 'name', b -> 'repository', b -> 'scope', b -> 'from')
          id, seq, b
        from (select id, seq, e -> 'body' as b from said where e ->> 'time' < ${end} and e -> 'body' ? 'what') as by_then
        order by b -> 'what', b -> 'project', b -> 'person' -> 'id', b -> 'name', b -> 'repository', b -> 'scope', b -> 'from', id desc
      )
      select b ->> 'what' as what, b ->> 'project' as project, b -> 'person' as person, b ->> 'name' as name,
        (b -> 'repository' ->> 'id')::float8 as repository, b ->> 'from' as "from", b ->> 'until' as until,
        b ->> 'reason' as reason, b ->> 'ref' as ref, seq::float8 as place
      from last
      where b ->> 'event' <> 'ended'
        and (b ->> 'from' is null or b ->> 'from' <= ${day}) and (b ->> 'until' is null or b ->> 'until' >= ${day})
      order by b ->> 'project' nulls first, b -> 'person' -> 'id', b ->> 'what', b ->> 'name' limit ${MOST}`,
  );
}
