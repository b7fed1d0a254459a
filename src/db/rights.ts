/**
 * The rights that the log tells of, laid out by when each held: what makes the rights of a day cheap to find. Derived from
 * `ledger_leaves`, written with them, and only ever read beside them.
 */
import { sql, type SQL } from 'drizzle-orm';
import { asJson, type Tx } from './database.ts';

/** After these leaves were written: each right said there takes the place of what was said of the same one before. */
export async function noteRights(tx: Tx, leaves: readonly number[]): Promise<void> {
  if (leaves.length === 0) return;
  const these = sql`id in (select value::bigint from json_array_elements_text(${asJson(leaves)}))`;
  await tx.execute(sql`
    with said as (${saidIn(these)}), first as (
      select key, min(said_at) as at from said group by key
    ), over as (
      update rights_said set replaced_at = greatest(rights_said.said_at, first.at)
      from first where rights_said.key = first.key and rights_said.replaced_at is null
    )
    insert into rights_said (leaf, key, said_at, replaced_at, held, what, project, person, name, first_day, last_day)
    select * from said`);
}

/** One right as long as it is written in the same way: what, whose and from when, whatever its end or its reason. */
const saidIn = (which: SQL): SQL => sql`
  select id, key, said_at, case when lead(said_at) over later is not null then greatest(said_at, lead(said_at) over later) end as replaced_at,
    b ->> 'event' <> 'ended', b ->> 'what', b ->> 'project', (b -> 'person' ->> 'id')::bigint, b ->> 'name', b ->> 'from', b ->> 'until'
  from (
    select id, b, (extract(epoch from (e ->> 'time')::timestamptz) * 1000)::bigint as said_at,
      md5(jsonb_build_array(b -> 'what', b -> 'project', b -> 'person' -> 'id', b -> 'name', b -> 'repository', b -> 'scope', b -> 'from')::text) as key
    from (select id, e, e -> 'body' as b from (
      select id, entry::jsonb as e from ledger_leaves where type in ('membership', 'grant') and ${which}
    ) as read) as entries
    where b ? 'what'
  ) as rights window later as (partition by key order by id)`;
