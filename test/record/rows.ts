/** Requests in the database by the thousand, without the runs behind them. */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../../src/db/database.ts';
import { noteRights } from '../../src/db/rights.ts';

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

/** So many releases, a minute apart, of two files each; every second is published, every tenth recalled in part. */
export async function putReleases(db: Db, count: number): Promise<void> {
  const begin = Date.parse('2027-03-01T00:00:00Z');
  await db.execute(sql`
    insert into workspaces (name, repository_id, branch, created_at) values ('study-main', 70011, 'main', ${begin}::bigint)
    on conflict do nothing`);
  for (let from = 1; from <= count; from += TOGETHER) {
    const to = Math.min(count, from + TOGETHER - 1);
    const each = sql`(
      select n::bigint as n, lpad(to_hex(n), 16, '0') as id, 'p' || n % 5 as project, ${begin}::bigint + n * 60000::bigint as at
      from generate_series(${from}::int, ${to}::int) as n) as made`;
    await db.execute(sql`
      insert into shown_requests (id, backend, airlock, version, workspace, project, repository_id, state, created_at, shown, updated_at)
      select id, 'attainment', 'a', 1, 'study-main', project, 70011, 'released', at, '{}', at from ${each}`);
    await db.execute(sql`
      insert into releases (id, request, batch, backend, airlock, workspace, project, repository_id, author, statements, declared_at, released_at)
      select id || '-1', id, 1, 'attainment', 'a', 'study-main', project, 70011, 101, '[]', at, at from ${each}`);
    await db.execute(sql`
      insert into released_files (release, number, path, size, sha256, approvals, held_at, recalled_at)
      select id || '-1', file, 'file-' || file, 1, 'x', '[]', at, case when n % 10 = 0 and file = 1 then at end
      from ${each} cross join generate_series(1, 2) as file`);
    await db.execute(sql`
      insert into publications (id, project, workspace, backend, repository_id, set_key, state, requested_by, requested_at, ended_at, why)
      select id, project, 'study-main', 'attainment', 70011, id, case when n % 8 = 0 then 'withdrawn' else 'published' end, 101, at,
        case when n % 8 = 0 then at + 1 end, case when n % 8 = 0 then 'superseded' end
      from ${each} where n % 2 = 0`);
    await db.execute(sql`
      insert into publication_editions (publication, number, tag, state, files, url, next_at, created_at, published_at, gone_at)
      select id, 1, 'outputs-' || id || '.1', case when n % 8 = 0 then 'gone' else 'published' end, '[]',
        'https://github.example/x/y/releases/tag/outputs-' || id, at, at, at, case when n % 8 = 0 then at + 1 end
      from ${each} where n % 2 = 0`);
  }
}

/** The rights of so many people, each given once and changed often: leaves that nobody has numbered yet. */
export async function putRights(db: Db, people: number, changes: number): Promise<void> {
  const leaves = await rowsOf<{ id: number }>(
    db,
    sql`
    insert into ledger_leaves (type, subject, entry, hash)
    select 'membership', subject, entry, encode(sha256('\\x00'::bytea || convert_to(entry, 'UTF8')), 'hex')
    from (
      select 'person:' || p as subject, '{"actor":"hub","body":{"event":"' || case when c = 1 then 'given' else 'changed' end ||
        '","from":null,"name":"output_checker","person":{"id":' || p || ',"login":"x"},"project":null,"reason":"r","ref":"R","repository":null,"scope":null,"until":"2027-12-31","what":"team"},"policy_commit":null,"subject":"person:' ||
        p || '","time":"2027-02-01T09:00:00.000Z","type":"membership"}' as entry
      from generate_series(1, ${people}::int) as p cross join generate_series(1, ${changes}::int) as c
    ) as made returning id::float8 as id`,
  );
  const ids = leaves.map(({ id }) => id);
  await db.transaction((tx) => noteRights(tx, ids));
}
