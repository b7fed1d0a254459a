/** What is published: lists, their versions and codes. A page costs the same however many there are. */
import { sql, type SQL } from 'drizzle-orm';
import type { Coded } from '../codelists/codelists.ts';
import { rowsOf, type Db } from '../db/database.ts';
import { prefixes } from './systems.ts';
import type { ShownList, ShownVersion, UnderReview } from './types.ts';

export const LISTS_PAGE = 50;
const ENTRIES_PAGE = 200;

export interface ListFilter {
  words?: string | undefined;
  system?: string | undefined;
  owner?: string | undefined;
}

export interface Lists {
  lists: ShownList[];
  /** Where older ones begin, `<time>.<id>`. */
  next: string | undefined;
}

/** Latest first. */
export async function browse(
  db: Db,
  filter: ListFilter,
  { before, limit = LISTS_PAGE }: { before?: string | undefined; limit?: number } = {},
): Promise<Lists> {
  const query = filter.words ? prefixes(filter.words) : undefined;
  const [, at, id] = /^(\d{1,15})\.(.+)$/.exec(before ?? '') ?? [];
  const all: SQL[] = [
    ...(filter.system ? [sql`l.system = ${filter.system}`] : []),
    ...(filter.owner ? [sql`l.owner = ${filter.owner}`] : []),
    ...(query
      ? [
          sql`to_tsvector('simple', l.name || ' ' || l.description || ' ' || replace(l.id, '/', ' ')) @@ to_tsquery('simple', ${query})`,
        ]
      : []),
    ...(at && id ? [sql`(l.updated_at, l.id) < (${Number(at)}::bigint, ${id})`] : []),
  ];
  const rows = await rowsOf<ShownList>(
    db,
    sql`
      with near as (
        select * from codelist_lists as l where ${all.length > 0 ? sql.join(all, sql` and `) : sql`true`}
        order by l.updated_at desc, l.id desc limit ${limit + 1}
      )
      select near.id, near.owner, near.name, near.description, near.system, near.source, near.newest,
        near.updated_at::float8 as "updatedAt", v.codes, v.number as versions
      from near join codelist_versions as v on v.id = near.newest
      order by near.updated_at desc, near.id desc`,
  );
  const lists = rows.slice(0, limit);
  const last = lists.at(-1);
  return { lists, next: rows.length > limit && last ? `${last.updatedAt}.${last.id}` : undefined };
}

export async function listOf(db: Db, id: string): Promise<ShownList | undefined> {
  const [row] = await rowsOf<ShownList>(
    db,
    sql`
      select l.id, l.owner, l.name, l.description, l.system, l.source, l.newest,
        l.updated_at::float8 as "updatedAt", v.codes, v.number as versions
      from codelist_lists as l join codelist_versions as v on v.id = l.newest where l.id = ${id}`,
  );
  return row;
}

/** What there is to filter by. */
export async function ownersAndSystems(db: Db): Promise<{ owners: string[]; systems: string[] }> {
  const rows = await rowsOf<{ kind: string; name: string }>(
    db,
    sql`
      (select distinct 'owner' as kind, owner as name from codelist_lists order by 2 limit 500)
      union all (select distinct 'system', system from codelist_lists order by 2 limit 500)`,
  );
  const of = (kind: string) => rows.filter((row) => row.kind === kind).map(({ name }) => name);
  return { owners: of('owner'), systems: of('system') };
}

const VERSION = sql`
  v.id, v.list, v.version, v.number, v.codes, v.sha1, v.sha256, v.pull, v.head, v.commit, v.author::float8 as author,
  v.signers, v.published_at::float8 as "publishedAt", v.tagged_at::float8 as "taggedAt",
  v.tag_refused as "tagRefused", l.newest = v.id as newest`;

/** Newest first. */
export async function versionsOf(db: Db, list: string): Promise<ShownVersion[]> {
  return rowsOf(
    db,
    sql`
      select ${VERSION} from codelist_versions as v join codelist_lists as l on l.id = v.list
      where v.list = ${list} order by v.number desc limit 500`,
  );
}

export async function versionOf(db: Db, id: string): Promise<ShownVersion | undefined> {
  const [row] = await rowsOf<ShownVersion>(
    db,
    sql`select ${VERSION} from codelist_versions as v join codelist_lists as l on l.id = v.list where v.id = ${id}`,
  );
  return row;
}

/** Published a short while ago, newest first: for feeds. */
export async function latestVersions(db: Db, limit = 50): Promise<(ShownVersion & { name: string })[]> {
  return rowsOf(
    db,
    sql`
      select ${VERSION}, l.name from codelist_versions as v join codelist_lists as l on l.id = v.list
      order by v.published_at desc, v.id limit ${limit}`,
  );
}

/** The CSV of a published version. */
export async function contentOf(
  db: Db,
  id: string,
): Promise<{ content: string; sha256: string; publishedAt: number } | undefined> {
  const [row] = await rowsOf<{ content: string; sha256: string; publishedAt: number }>(
    db,
    sql`select content, sha256, published_at::float8 as "publishedAt" from codelist_versions where id = ${id}`,
  );
  return row;
}

export async function historyOf(db: Db, id: string): Promise<unknown> {
  const [row] = await rowsOf<{ history: unknown }>(
    db,
    sql`select history from codelist_versions where id = ${id}`,
  );
  return row?.history ?? undefined;
}

export interface Entries {
  entries: { n: number; code: string; term: string }[];
  next: number | undefined;
}

export async function entriesOf(db: Db, version: string, after = 0): Promise<Entries> {
  const rows = await rowsOf<Entries['entries'][number]>(
    db,
    sql`
      select n, code, term from codelist_entries where version = ${version} and n > ${after}
      order by n limit ${ENTRIES_PAGE + 1}`,
  );
  const entries = rows.slice(0, ENTRIES_PAGE);
  return { entries, next: rows.length > ENTRIES_PAGE ? entries.at(-1)?.n : undefined };
}

/** Every code of a version: for comparing. */
export async function codesOf(db: Db, version: string): Promise<Coded[]> {
  return rowsOf(
    db,
    sql`select code, term, n + 1 as line from codelist_entries where version = ${version} order by n`,
  );
}

/** Of the entries on a page, those that stand highest in their system come with what is below them in the list. */
export async function treeOf(
  db: Db,
  of: { version: string; system: string },
  parent: string | undefined,
  after = '',
): Promise<{ codes: { code: string; term: string; below: number }[]; more: boolean }> {
  const inList = sql`exists (select 1 from codelist_entries as i where i.version = ${of.version} and i.code = e.child)`;
  const rows = await rowsOf<{ code: string; term: string; below: number }>(
    db,
    parent === undefined
      ? sql`
          select x.code, x.term,
            (select count(*)::int from codelist_edges as e where e.system = ${of.system} and e.parent = x.code and ${inList}) as below
          from codelist_entries as x
          where x.version = ${of.version} and x.code > ${after} and not exists (
            select 1 from codelist_edges as up join codelist_entries as i on i.version = ${of.version} and i.code = up.parent
            where up.system = ${of.system} and up.child = x.code)
          order by x.code limit ${ENTRIES_PAGE + 1}`
      : sql`
          select x.code, x.term,
            (select count(*)::int from codelist_edges as e where e.system = ${of.system} and e.parent = x.code and ${inList}) as below
          from codelist_edges as top join codelist_entries as x on x.version = ${of.version} and x.code = top.child
          where top.system = ${of.system} and top.parent = ${parent} and top.child > ${after}
          order by x.code limit ${ENTRIES_PAGE + 1}`,
  );
  return { codes: rows.slice(0, ENTRIES_PAGE), more: rows.length > ENTRIES_PAGE };
}

/** Every hash that stands for each of these published versions. */
export async function acceptedOf(
  db: Db,
  ids: readonly string[],
): Promise<Map<string, { accepted: Set<string>; newest: string }>> {
  const rows = await rowsOf<{ id: string; hash: string; newest: string }>(
    db,
    sql`
      select v.id, h.hash, l.newest from json_array_elements_text(${JSON.stringify(ids)}::json) as asked (id)
      join codelist_versions as v on v.id = asked.id
      join codelist_lists as l on l.id = v.list
      join codelist_hashes as h on h.version = v.id`,
  );
  const found = new Map<string, { accepted: Set<string>; newest: string }>();
  for (const { id, hash, newest } of rows) {
    const held = found.get(id) ?? { accepted: new Set(), newest };
    found.set(id, { accepted: held.accepted.add(hash), newest });
  }
  return found;
}

export async function openPulls(db: Db): Promise<UnderReview[]> {
  return rowsOf(
    db,
    sql`
      select number, title, versions, faults, signers, updated_at::float8 as "updatedAt" from codelist_pulls
      where state = 'open' and jsonb_array_length(versions) > 0 order by number desc limit 100`,
  );
}

/** Which of these lines an open pull request brings. */
export async function underReview(db: Db, ids: readonly string[]): Promise<Set<string>> {
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`
      select distinct id from codelist_pulls, jsonb_array_elements_text(versions) as brought (id)
      where state = 'open' and id in (select json_array_elements_text(${JSON.stringify(ids)}::json))`,
  );
  return new Set(rows.map(({ id }) => id));
}

/** Of a version short enough to be drawn whole: who stands directly below whom. */
export async function edgesIn(
  db: Db,
  of: { version: string; system: string },
): Promise<{ parent: string; child: string }[]> {
  return rowsOf(
    db,
    sql`
      select e.parent, e.child from codelist_entries as c
      join codelist_edges as e on e.system = ${of.system} and e.child = c.code
      join codelist_entries as p on p.version = ${of.version} and p.code = e.parent
      where c.version = ${of.version} order by e.parent, e.child`,
  );
}
