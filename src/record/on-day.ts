/**
 * Who could do what on a day: the rights that the log says were given by then, not ended, and within their days.
 *
 * Nothing else is asked: whoever has the log can find the same. An index leads to the entries of rights alone.
 */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';
import type { Refusal } from '../lib/refusal.ts';
import * as words from './words.ts';

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
/** Days that are kept, and that are looked for at a time: each reads all entries of rights. */
const KEPT = 8;
const AT_ONCE = 2;

interface Found {
  kept: Map<string, Promise<RightOnDay[]>>;
  running: number;
}
const found = new WeakMap<object, Found>();

/** `day` like 2026-03-01, in UTC: as things stood at its end. Refuses `record.busy`. */
export async function rightsOn(db: Db, day: string): Promise<RightOnDay[] | Refusal> {
  const all = found.get(db) ?? { kept: new Map<string, Promise<RightOnDay[]>>(), running: 0 };
  found.set(db, all);
  // Until a further right is recorded, a day is what it was.
  const [newest] = await rowsOf<{ id: number }>(
    db,
    sql`
      select coalesce(max(id), 0)::float8 as id from ledger_leaves where type in ('membership', 'grant')`,
  );
  const key = `${day} ${newest?.id}`;
  const held = all.kept.get(key);
  if (held) return held;
  if (all.running >= AT_ONCE) return words.tooManyExports();
  all.running += 1;
  const asked = read(db, day).finally(() => (all.running -= 1));
  all.kept.set(key, asked);
  asked.catch(() => all.kept.delete(key));
  for (const oldest of [...all.kept.keys()].slice(0, -KEPT)) all.kept.delete(oldest);
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
