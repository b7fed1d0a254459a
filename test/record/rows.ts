/** Requests in the database by the thousand, without the runs behind them. */
import { sql } from 'drizzle-orm';
import type { Db } from '../../src/db/database.ts';

/** No statement takes longer than a minute, however busy the machine. */
const TOGETHER = 50_000;

/**
 * So many, one a minute from 2027-03-01 on: four projects (every fifth has none), seven people, two backends,
 * six states; every third is of dummy data.
 */
export async function putRequests(db: Db, count: number): Promise<void> {
  for (let from = 1; from <= count; from += TOGETHER)
    await putSome(db, from, Math.min(count, from + TOGETHER - 1));
}

async function putSome(db: Db, from: number, to: number): Promise<void> {
  await db.execute(sql`
    insert into job_requests (id, repository_id, owner, name, branch, commit, backend, workspace, project, requested_by,
      requested_by_login, actions, force, codelists_ok, purpose, notify, origin, outcome, refusal, reused, job_count,
      digest, created_at, completed_at, ended_as)
    select lpad(to_hex(n), 16, '0'), 70011, 'northshire-research', 'study', 'main', encode(sha256(n::text::bytea), 'hex')::varchar(40),
      case n % 2 when 0 then 'attainment' else 'rehearsal' end, 'study-main',
      case n % 5 when 0 then null else 'p' || n % 5 end, 100 + n % 7, 'x', '["model"]', false, true,
      case n % 3 when 0 then 'dummy' else 'run' end, 'end', 'null',
      case when state in ('refused', 'nothing_to_do') then state else 'accepted' end,
      case state when 'refused' then '{"code":"run.no","says":"No.","next":""}'::jsonb end, '[]', 1, 'd',
      extract(epoch from timestamp '2027-03-01')::bigint * 1000 + n * 60000::bigint,
      case state when 'open' then null else extract(epoch from timestamp '2027-03-01')::bigint * 1000 + n * 60000::bigint + 5000 end,
      nullif(state, 'open')
    from (
      select n::bigint as n, (array['open', 'succeeded', 'failed', 'cancelled', 'refused', 'nothing_to_do'])[1 + (n / 3) % 6] as state
      from generate_series(${from}::int, ${to}::int) as n
    ) as made order by n`);
}
