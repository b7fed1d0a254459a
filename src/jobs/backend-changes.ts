/** How the backends are, from what is written down alone, and when that changed: for whoever follows them without asking. */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';
import { frozenAt } from '../freezes/freezes.ts';
import { maintenanceAt } from './maintained.ts';
import type { JobsDeps } from './types.ts';

export type BackendWord = 'working' | 'paused' | 'maintained' | 'silent' | 'retired';

export interface BackendNow {
  id: string;
  name: string;
  word: BackendWord;
  /** Null while nothing was ever written down of it. */
  since: number | null;
}

export interface BackendChange {
  backend: string;
  word: Exclude<BackendWord, 'retired'>;
  at: number;
}

const MOST = 50;

/** In the order of backends.yml. A silence counts more than a pause: what is silent does nothing at all. */
export async function backendsNow(deps: JobsDeps): Promise<BackendNow[]> {
  const { db } = deps;
  const backends = deps.governance()?.backends ?? [];
  const silent = await rowsOf<{ backend: string; began: number }>(
    db,
    sql`select backend, began::float8 as began from backend_silences where ended is null`,
  );
  const paused = await rowsOf<{ backend: string; at: number }>(
    db,
    sql`select backend, paused_at::float8 as at from backend_state where paused_at is not null`,
  );
  return Promise.all(
    backends.map(async ({ id, name, active }): Promise<BackendNow> => {
      const of = { id, name };
      if (!active) return { ...of, word: 'retired', since: null };
      const silence = silent.find(({ backend }) => backend === id);
      if (silence) return { ...of, word: 'silent', since: silence.began };
      const pause = paused.find(({ backend }) => backend === id)?.at;
      const frozen = (await frozenAt(db, { project: null, backend: id }))?.at;
      const held = [pause, frozen].filter((at) => at !== undefined);
      if (held.length > 0) return { ...of, word: 'paused', since: Math.min(...held) };
      const maintained = await maintenanceAt(db, id, deps.clock.now());
      if (maintained) return { ...of, word: 'maintained', since: maintained.began };
      const [last] = await backendChanges(db, [id], { limit: 1, now: deps.clock.now() });
      return { ...of, word: 'working', since: last?.at ?? null };
    }),
  );
}

/** Newest first: silences from the table of uptime, maintenance from its own, pauses of operators from the log. Never why. */
export function backendChanges(
  db: Db,
  backends: readonly string[],
  { limit = MOST, now }: { limit?: number; now: number },
): Promise<BackendChange[]> {
  const ids = JSON.stringify(backends);
  return rowsOf<BackendChange>(
    db,
    sql`
      with named as (select id from json_array_elements_text(${ids}::json) as each (id))
      select backend, word, at from (
        select backend, 'silent' as word, began::float8 as at from backend_silences where backend in (select id from named)
        union all
        select backend, 'working', ended::float8 from backend_silences
        where ended is not null and backend in (select id from named)
        union all
        select backend, 'maintained', began::float8 from backend_maintenance as held
        where backend in (select id from named) and began <= ${now}::bigint and (ended is null or ended > began)
          and not ${maintainedAnywayAt('began')}
        union all
        select backend, 'working', ended::float8 from backend_maintenance as held
        where backend in (select id from named) and ended <= ${now}::bigint and ended > began
          and not ${maintainedAnywayAt('ended')}
        union all
        select substr(subject, 9), case entry::jsonb -> 'body' ->> 'event' when 'paused' then 'paused' else 'working' end,
          extract(epoch from (entry::jsonb ->> 'time')::timestamptz)::float8 * 1000
        from ledger_leaves where subject in (select 'backend:' || id from named) and type = 'policy'
          and entry::jsonb -> 'body' ->> 'event' in ('paused', 'unpaused')
      ) as changes order by at desc limit ${limit}`,
  );
}

/** Where an operator and the database say the same one after the other, it is one maintenance. */
function maintainedAnywayAt(moment: 'began' | 'ended') {
  const at = sql.raw(`held.${moment}`);
  return sql`exists (
    select 1 from backend_maintenance as other
    where other.backend = held.backend and other.id <> held.id and other.began < ${at}
      and (other.ended is null or other.ended > ${at}))`;
}
