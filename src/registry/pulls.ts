/** Pull requests on the registry as the hub last saw them. */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';

export interface KeptPull {
  number: number;
  head: string;
  state: 'open' | 'merged' | 'closed';
  title: string;
  author: { id: number; login: string };
  versions: string[];
  faults: number;
  signers: number[];
  /** What its check last said. */
  said: string | null;
  unpublished?: string | null;
}

export async function keepPull(db: Db, pull: KeptPull, now: number): Promise<void> {
  await db.execute(sql`
    insert into codelist_pulls (number, head, state, title, author, author_login, versions, faults, signers, said, unpublished, updated_at)
    values (${pull.number}, ${pull.head}, ${pull.state}, ${pull.title.slice(0, 300)}, ${pull.author.id}::bigint,
      ${pull.author.login}, ${JSON.stringify(pull.versions)}::jsonb, ${pull.faults}, ${JSON.stringify(pull.signers)}::jsonb,
      ${pull.said}, ${pull.unpublished ?? null}, ${now}::bigint)
    on conflict (number) do update set head = excluded.head, state = excluded.state, title = excluded.title,
      versions = excluded.versions, faults = excluded.faults, signers = excluded.signers, said = excluded.said,
      unpublished = excluded.unpublished, updated_at = excluded.updated_at`);
}

export async function keptPull(db: Db, number: number): Promise<KeptPull | undefined> {
  const [row] = await rowsOf<Omit<KeptPull, 'author'> & { author: number; login: string }>(
    db,
    sql`
      select number, head, state, title, author::float8 as author, author_login as login, versions, faults, signers,
        said, unpublished
      from codelist_pulls where number = ${number}`,
  );
  return row && { ...row, author: { id: row.author, login: row.login } };
}

export async function openPullNumbers(db: Db): Promise<number[]> {
  const rows = await rowsOf<{ number: number }>(
    db,
    sql`select number from codelist_pulls where state = 'open' order by number limit 1000`,
  );
  return rows.map(({ number }) => number);
}

/** Who built what a pull request of the steward brings; undefined when nobody did on our pages. */
export async function builderOf(db: Db, pull: number): Promise<{ id: number; login: string } | undefined> {
  const [row] = await rowsOf<{ id: number; login: string }>(
    db,
    sql`select person::float8 as id, login from codelist_drafts where pull = ${pull}`,
  );
  return row;
}
