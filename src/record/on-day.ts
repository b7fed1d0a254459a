/**
 * Who could do what on a day: the rights that the log says were given by then, not ended, and within their days.
 *
 * Nothing else is asked: whoever has the log can find the same. An index leads to what held at the end of the day, so a
 * page costs the same however long the log is.
 */
import { sql, type SQL } from 'drizzle-orm';
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

export interface DayAsked {
  /** Like 2026-03-01, in UTC: as things stood at its end. */
  day: string;
  /** Of people, of projects, or of one person by the numeric GitHub id. */
  of: 'people' | 'projects' | number;
  /** So many are left out before the first. */
  after: number;
  limit: number;
}

export interface RightsOnDay {
  rights: RightOnDay[];
  /** `after` of those that follow; undefined when there are none. */
  next: number | undefined;
}

const DAY_MS = 86_400_000;
/** Whole lists for programs; so many are read at a time. */
export const RIGHTS_COPIED = 20_000;
const AT_ONCE = 2;
const copying = new WeakMap<object, number>();

/** Refuses `record.busy`. */
export async function rightsOn(db: Db, ask: DayAsked): Promise<RightsOnDay | Refusal> {
  if (ask.limit < RIGHTS_COPIED) return read(db, ask);
  const running = copying.get(db) ?? 0;
  if (running >= AT_ONCE) return words.tooManyExports();
  copying.set(db, running + 1);
  try {
    return await read(db, ask);
  } finally {
    copying.set(db, (copying.get(db) ?? 1) - 1);
  }
}

async function read(db: Db, { day, of, after, limit }: DayAsked): Promise<RightsOnDay> {
  const end = Date.parse(`${day}T00:00:00Z`) + DAY_MS;
  const order = sql`project nulls first, person, what, name, leaf`;
  // What is not shown is not read from its entry.
  const rows = await rowsOf<RightOnDay>(
    db,
    sql`
      with page as (
        select leaf, project, person, what, name from rights_said
        where held and int8range(said_at, replaced_at) @> ${end - 1}::bigint and ${whose(of)}
          and (first_day is null or first_day <= ${day}) and (last_day is null or last_day >= ${day})
        order by ${order} limit ${limit + 1} offset ${after}
      )
      select what, project, b -> 'person' as person, name, (b -> 'repository' ->> 'id')::float8 as repository,
        b ->> 'from' as "from", b ->> 'until' as until, b ->> 'reason' as reason, b ->> 'ref' as ref, seq::float8 as place
      from (
        select page.*, seq, entry::jsonb -> 'body' as b from page join ledger_leaves on ledger_leaves.id = page.leaf
      ) as shown
      order by ${order}`,
  );
  return { rights: rows.slice(0, limit), next: rows.length > limit ? after + limit : undefined };
}

function whose(of: DayAsked['of']): SQL {
  if (of === 'people') return sql`person is not null`;
  return of === 'projects' ? sql`person is null` : sql`person = ${of}::bigint`;
}
