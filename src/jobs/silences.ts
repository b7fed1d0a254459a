/** When backends were silent: written down when it is noticed, so that their uptime can be told later. */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf, type Db } from '../db/database.ts';
import { backendStatuses } from './backends.ts';
import type { JobsDeps } from './types.ts';

/** `since`: when this hub began to listen. Any number of hubs may do it at once. */
export async function noteSilences(deps: JobsDeps, since: number): Promise<void> {
  const now = deps.clock.now();
  const rows = (await backendStatuses(deps, since)).map(({ id, silent, lastSeenAt }) => ({
    backend: id,
    silent,
    began: lastSeenAt ?? since,
    // Heard again at its last call; one that is not in use any more owes nothing.
    ended: Math.min(now, lastSeenAt ?? now),
  }));
  const said = sql`json_to_recordset(${asJson(rows)}) as said (backend text, silent boolean, began bigint, ended bigint)`;
  await deps.db.execute(sql`
    insert into backend_silences (backend, began) select backend, began from ${said} where silent
    on conflict (backend) where ended is null do nothing`);
  await deps.db.execute(sql`
    update backend_silences as held set ended = greatest(said.ended, held.began) from ${said}
    where held.backend = said.backend and held.ended is null and not said.silent`);
}

export interface Silence {
  backend: string;
  began: number;
  /** Null while it lasts. */
  ended: number | null;
}

/** Those that lasted into the time after `from`, oldest first. */
export function silencesSince(db: Db, from: number): Promise<Silence[]> {
  return rowsOf(
    db,
    sql`
      select backend, began::float8 as began, ended::float8 as ended from backend_silences
      where ended is null or ended > ${from}::bigint order by began`,
  );
}
