/**
 * Systems of codes: taken in from the registry, searched, walked.
 *
 * However large a system is, a page costs the same: words lead to codes by an index, the hierarchy is walked
 * one step at a time, and of many hits the first are shown.
 */
import { sql } from 'drizzle-orm';
import { readSystem, type SystemCode } from '../codelists/codelists.ts';
import { asJson, rowsOf, textArray, type Db, type Tx } from '../db/database.ts';
import { sha256 } from '../lib/hash.ts';
import type { ShownCode, ShownSystem } from './types.ts';

/** Rows of one statement. */
const CHUNK = 10_000;
export const CODES_PAGE = 100;
/** Hits that are looked at; of more a person must say more. */
const MOST_HITS = 1000;

export type Taken = 'unchanged' | 'taken' | 'faulty';

/** A system with a fault is left as it was. */
export async function takeSystem(
  db: Db,
  { id, bytes, commit, now }: { id: string; bytes: Uint8Array; commit: string; now: number },
): Promise<Taken> {
  const digest = sha256(bytes);
  const [held] = await rowsOf<{ sha256: string }>(
    db,
    sql`select sha256 from codelist_systems where id = ${id}`,
  );
  if (held?.sha256 === digest) return 'unchanged';
  const { codes, findings } = readSystem(bytes);
  if (findings.some(({ severity }) => severity === 'error')) return 'faulty';
  await db.transaction(async (tx) => {
    // Two hubs that hear of the same push take turns.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`codelist-system:${id}`}))`);
    await tx.execute(sql`delete from codelist_edges where system = ${id}`);
    await tx.execute(sql`delete from codelist_codes where system = ${id}`);
    await fill(tx, id, codes);
    await tx.execute(sql`
      insert into codelist_systems (id, sha256, commit, codes, taken_at)
      values (${id}, ${digest}, ${commit}, ${codes.length}, ${now}::bigint)
      on conflict (id) do update set sha256 = excluded.sha256, commit = excluded.commit, codes = excluded.codes,
        taken_at = excluded.taken_at`);
  });
  return 'taken';
}

async function fill(tx: Tx, system: string, codes: readonly SystemCode[]): Promise<void> {
  const below = new Map<string, number>();
  for (const { parents } of codes) for (const each of parents) below.set(each, (below.get(each) ?? 0) + 1);
  for (let at = 0; at < codes.length; at += CHUNK) {
    const part = codes.slice(at, at + CHUNK);
    const rows = part.map(({ code, term, parents }) => ({
      ...{ code, term, below: below.get(code) ?? 0, above: parents.length },
    }));
    await tx.execute(sql`
      insert into codelist_codes (system, code, term, below, above)
      select ${system}, code, term, below, above
      from json_to_recordset(${asJson(rows)}) as row (code text, term text, below int, above int)`);
    const edges = part.flatMap(({ code, parents }) => parents.map((parent) => ({ parent, child: code })));
    await tx.execute(sql`
      insert into codelist_edges (system, parent, child)
      select ${system}, parent, child
      from json_to_recordset(${asJson(edges)}) as row (parent text, child text)`);
  }
}

export async function systemsOf(db: Db): Promise<ShownSystem[]> {
  return rowsOf(
    db,
    sql`select id, codes, commit, taken_at::float8 as "takenAt" from codelist_systems order by id`,
  );
}

export async function isSystem(db: Db, id: string): Promise<boolean> {
  return (await rowsOf(db, sql`select 1 from codelist_systems where id = ${id}`)).length > 0;
}

/** Of these codes those that the system has, with their terms. */
export async function knownCodes(
  db: Db,
  system: string,
  codes: readonly string[],
): Promise<Map<string, string>> {
  const rows = await rowsOf<{ code: string; term: string }>(
    db,
    sql`select code, term from codelist_codes where system = ${system} and code = any(${textArray(codes)})`,
  );
  return new Map(rows.map(({ code, term }) => [code, term]));
}

export interface Hits {
  codes: ShownCode[];
  /** There are more than are shown. */
  more: boolean;
}

/** Codes with all of these words in their terms, beginnings of words too; a code by itself comes first. */
export async function searchCodes(db: Db, system: string, asked: string): Promise<Hits> {
  const text = asked.trim().slice(0, 200);
  const query = prefixes(text);
  if (query === undefined) return { codes: [], more: false };
  const rows = await rowsOf<ShownCode>(
    db,
    sql`
      with hits as (
        (select code, term, below, 0 as rank from codelist_codes where system = ${system} and code = ${text})
        union all
        (select code, term, below, 1 as rank from codelist_codes
         where system = ${system} and to_tsvector('simple', term) @@ to_tsquery('simple', ${query}) and code <> ${text}
         limit ${MOST_HITS})
      )
      select code, term, below from hits order by rank, length(term), term, code limit ${CODES_PAGE + 1}`,
  );
  return { codes: rows.slice(0, CODES_PAGE), more: rows.length > CODES_PAGE };
}

/** `asth:* & child:*`: nothing of what was typed is an operator. */
export function prefixes(text: string): string | undefined {
  const found = text.toLowerCase().match(/[\p{L}\p{N}]+/gu);
  return found
    ?.slice(0, 10)
    .map((word) => `${word}:*`)
    .join(' & ');
}

/** Directly below a code, or with no parent; `after` is the last one that was shown. */
export async function childrenOf(
  db: Db,
  system: string,
  parent: string | undefined,
  after = '',
): Promise<Hits> {
  const rows = await rowsOf<ShownCode>(
    db,
    parent === undefined
      ? sql`
          select code, term, below from codelist_codes
          where system = ${system} and above = 0 and code > ${after} order by code limit ${CODES_PAGE + 1}`
      : sql`
          select c.code, c.term, c.below from codelist_edges as e
          join codelist_codes as c on c.system = e.system and c.code = e.child
          where e.system = ${system} and e.parent = ${parent} and e.child > ${after}
          order by e.child limit ${CODES_PAGE + 1}`,
  );
  return { codes: rows.slice(0, CODES_PAGE), more: rows.length > CODES_PAGE };
}

export async function codeOf(db: Db, system: string, code: string): Promise<ShownCode | undefined> {
  const [row] = await rowsOf<ShownCode>(
    db,
    sql`select code, term, below from codelist_codes where system = ${system} and code = ${code}`,
  );
  return row;
}

/** One way up, the nearest first: a code may have several, and a page shows one. */
export async function wayUp(db: Db, system: string, code: string): Promise<ShownCode[]> {
  return rowsOf(
    db,
    sql`
      with recursive up (code, depth) as (
        select ${code}::text, 0
        union all
        select (select min(parent) from codelist_edges as e where e.system = ${system} and e.child = up.code), depth + 1
        from up where depth < 30 and up.code is not null
      )
      select c.code, c.term, c.below from up join codelist_codes as c on c.system = ${system} and c.code = up.code
      where up.depth > 0 order by up.depth`,
  );
}
