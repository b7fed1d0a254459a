/**
 * What became of each hint: heeded, when the file was changed or taken out after it was shown; dismissed,
 * when the file was let out with the hint answered. Together they are the precision of a check.
 */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf, type Tx } from '../../../src/db/open.ts';
import type { Db } from '../core.ts';
import type { PrecisionRow } from '../page-data.ts';
import type { KeptHint } from './hints.ts';

/** Only blocking hints and warnings are answered, so only these have a fate. */
export async function fates(tx: Tx, request: string, hints: readonly KeptHint[], at: number): Promise<void> {
  const rows = hints
    .filter(({ severity }) => severity !== 'inform')
    .map(({ id, check, path }) => ({ hint: id, check_id: check, path: path ?? null }));
  await tx.execute(sql`
    with row as (
      select distinct on (hint) * from json_to_recordset(${asJson(rows)}) as row (hint text, check_id text, path text)),
    gone as (
      update hint_fates set fate = 'heeded', at = ${at}::bigint
      where request = ${request} and fate = 'open' and hint not in (select hint from row))
    insert into hint_fates (request, hint, check_id, path, fate, at)
    select ${request}, hint, check_id, path, 'open', ${at}::bigint from row
    on conflict (request, hint) do update set fate = 'open' where hint_fates.fate = 'heeded'`);
}

/** Files that leave take their hints' fate with them. */
export async function dismissed(
  tx: Tx,
  request: string,
  paths: readonly string[],
  at: number,
): Promise<void> {
  await tx.execute(sql`
    update hint_fates set fate = 'dismissed', at = ${at}::bigint
    where request = ${request} and fate = 'open' and (path is null or path in (
      select jsonb_array_elements_text(${JSON.stringify(paths)}::jsonb)))`);
}

export async function precision(db: Db): Promise<PrecisionRow[]> {
  return rowsOf<PrecisionRow>(
    db,
    sql`
      select check_id as check, count(*)::int as shown,
        (count(*) filter (where fate = 'heeded'))::int as heeded,
        (count(*) filter (where fate = 'dismissed'))::int as dismissed
      from hint_fates group by check_id order by check_id`,
  );
}
