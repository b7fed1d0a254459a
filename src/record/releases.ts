/** Releases and publications as everybody may see them: that they happened, where, when, and what became of them. */
import { sql, type SQL } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';

export const LIST_PAGE = 50;

export interface ShownRelease {
  id: string;
  project: string;
  workspace: string;
  backend: string;
  releasedAt: number;
  /** How much of it was recalled since is not told by a number. */
  recalled: 'nothing' | 'part' | 'all';
  /** When that was last. */
  recalledAt: number | null;
}

export interface ShownPublication {
  id: string;
  project: string;
  workspace: string;
  backend: string;
  publishedAt: number;
  /** The newest edition on GitHub; null where it was taken away. */
  url: string | null;
  tag: string;
  /** Set when it is not public any more. */
  withdrawnAt: number | null;
  why: string | null;
}

export interface Page<T> {
  items: T[];
  /** Where older ones begin: `before` of the next page. */
  next: string | undefined;
}

interface Ask {
  /** Of one workspace. */
  workspace?: string;
  before?: string | undefined;
  limit?: number;
}

/** Newest first. A page begins after the release with this time and id, so that nothing new moves it. */
export async function releasesShown(db: Db, ask: Ask = {}): Promise<Page<ShownRelease>> {
  const limit = ask.limit ?? LIST_PAGE;
  const rows = await rowsOf<ShownRelease>(
    db,
    sql`
      select r.id, r.project, r.workspace, r.backend, r.released_at::float8 as "releasedAt",
        case when f.gone = 0 then 'nothing' when f.gone = f.files then 'all' else 'part' end as recalled,
        f.last::float8 as "recalledAt"
      from releases as r
      cross join lateral (
        select count(*) as files, count(recalled_at) as gone, max(recalled_at) as last from released_files where release = r.id
      ) as f
      where r.released_at is not null and ${of('r', ask)} and ${behind('r.released_at', 'r.id', ask.before)}
      order by r.released_at desc, r.id desc limit ${limit + 1}`,
  );
  return pageOf(rows, limit, ({ releasedAt, id }) => `${releasedAt}.${id}`);
}

/** What is or was public, newest first. */
export async function publicationsShown(db: Db, ask: Ask = {}): Promise<Page<ShownPublication>> {
  const limit = ask.limit ?? LIST_PAGE;
  const rows = await rowsOf<ShownPublication & { requestedAt: number }>(
    db,
    sql`
      select p.id, p.project, p.workspace, p.backend, p.requested_at::float8 as "requestedAt",
        e.published_at::float8 as "publishedAt", case when e.state = 'published' then e.url end as url, e.tag,
        case when p.state = 'withdrawn' then p.ended_at end::float8 as "withdrawnAt",
        case when p.state = 'withdrawn' then p.why end as why
      from publications as p
      cross join lateral (
        select tag, url, state, published_at from publication_editions
        where publication = p.id and published_at is not null order by number desc limit 1
      ) as e
      where p.state in ('published', 'withdrawn') and ${of('p', ask)} and ${behind('p.requested_at', 'p.id', ask.before)}
      order by p.requested_at desc, p.id desc limit ${limit + 1}`,
  );
  const { items, next } = pageOf(rows, limit, ({ requestedAt, id }) => `${requestedAt}.${id}`);
  return { items: items.map(({ requestedAt: _, ...shown }) => shown), next };
}

const of = (table: string, { workspace }: Ask): SQL =>
  workspace === undefined ? sql`true` : sql`${sql.raw(table)}.workspace = ${workspace}`;

/** `<time>.<id>` of the last one that was shown; whatever else is written there begins at the newest. */
function behind(time: string, id: string, before: string | undefined): SQL {
  const found = /^(\d{1,15})\.([a-z0-9-]{1,40})$/.exec(before ?? '');
  return found
    ? sql`(${sql.raw(time)}, ${sql.raw(id)}) < (${Number(found[1])}::bigint, ${found[2]})`
    : sql`true`;
}

function pageOf<T>(rows: readonly T[], limit: number, place: (row: T) => string): Page<T> {
  const items = rows.slice(0, limit);
  return { items, next: rows.length > limit ? place(items.at(-1)!) : undefined };
}
