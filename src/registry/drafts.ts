/**
 * What somebody builds on the hub's pages: decisions about codes of one system, kept one by one.
 *
 * Nothing is ever overwritten: two tabs add decisions to the same draft, and of every code the last word counts.
 * What the decisions come to is kept beside them, so that a page costs the same however long the list is.
 */
import { sql } from 'drizzle-orm';
import { isOwnPart, readLine } from '../codelists/codelists.ts';
import { rowsOf, type Db, type Tx } from '../db/database.ts';
import { personById } from '../governance/governance.ts';
import { isoDay } from '../lib/clock.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { codeOf, isSystem } from './systems.ts';
import { registryOf, type By, type RegistryDeps } from './types.ts';
import * as words from './words.ts';

const MOST_DECISIONS = 5000;
export const MEMBERS_PAGE = 200;

export interface NewDraft {
  owner: string;
  slug: string;
  version: string;
  name: string;
  description: string;
  source: string;
  system: string;
}

export interface Draft extends NewDraft {
  id: string;
  person: number;
  login: string;
  since: string | null;
  state: 'draft' | 'asked' | 'opened' | 'ended';
  round: number;
  pull: number | null;
  url: string | null;
  refused: string | null;
  createdAt: number;
  updatedAt: number;
}

export interface ShownDecision {
  id: number;
  code: string;
  term: string;
  what: 'include' | 'exclude';
  descendants: boolean;
  why: string;
  person: number;
  login: string;
  at: number;
  undoneAt: number | null;
}

const DRAFT = sql`
  id, person::float8 as person, login, owner, slug, version, name, description, source, system, since, state, round,
  pull, url, refused, created_at::float8 as "createdAt", updated_at::float8 as "updatedAt"`;

/** Organisations of the person, and the person. */
export function ownersFor(deps: RegistryDeps, by: By): string[] {
  const governance = deps.governance();
  const person = governance && personById(governance, by.id);
  if (!person || (person.until && person.until < isoDay(deps.clock.now()))) return [];
  return [...person.orgs, `user/${person.login.toLowerCase()}`];
}

export function mayBuild(deps: RegistryDeps, by: By): Refusal | undefined {
  if (registryOf(deps.governance()) === undefined) return words.noRegistry();
  return ownersFor(deps, by).length === 0 ? words.notAMember() : undefined;
}

/** `since`: a published version to begin with; its codes are included, one by one. */
export async function startDraft(
  deps: RegistryDeps,
  by: By,
  given: NewDraft,
  since?: string,
): Promise<string | Refusal> {
  const no = mayBuild(deps, by) ?? (await placeFault(deps, by, given));
  if (no) return no;
  const id = deps.ids.id();
  const now = deps.clock.now();
  await deps.db.transaction(async (tx) => {
    await tx.execute(sql`
      insert into codelist_drafts (id, person, login, owner, slug, version, name, description, source, system, since, state, created_at, updated_at)
      values (${id}, ${by.id}::bigint, ${by.login}, ${given.owner}, ${given.slug}, ${given.version}, ${given.name},
        ${given.description}, ${given.source}, ${given.system}, ${since ?? null}, 'draft', ${now}::bigint, ${now}::bigint)`);
    if (since !== undefined) await startWith(tx, { id, since, system: given.system });
  });
  return id;
}

async function placeFault(deps: RegistryDeps, by: By, given: NewDraft): Promise<Refusal | undefined> {
  if (!ownersFor(deps, by).includes(given.owner)) return words.notYourOwner(given.owner.slice(0, 100));
  if (!isOwnPart(given.slug))
    return words.noPlace(
      'The short name takes lower-case letters and digits, parted by single ".", "_" or "-".',
    );
  if (!isOwnPart(given.version))
    return words.noPlace(
      'The version takes lower-case letters and digits, parted by single ".", "_" or "-".',
    );
  if (given.name === '' || given.name.length > 200)
    return words.noPlace('The name takes 1 to 200 characters.');
  if (given.description.length > 5000 || given.source.length > 1000)
    return words.noPlace('Description or source is too long.');
  if (!(await isSystem(deps.db, given.system))) return words.unknownSystem();
  const id = `${given.owner}/${given.slug}/${given.version}`;
  if (!readLine(id)) return words.noPlace(`${id.slice(0, 200)} names no version.`);
  const held = await rowsOf(deps.db, sql`select 1 from codelist_versions where id = ${id}`);
  return held.length > 0 ? words.published(id) : undefined;
}

/** Member rows of decision 0: what the draft began with, which no decision of anybody's has to be taken back for. */
async function startWith(tx: Tx, { id, since, system }: { id: string; since: string; system: string }) {
  await tx.execute(sql`
    insert into codelist_members (draft, code, included, decision)
    select ${id}, e.code, true, 0 from codelist_entries as e
    join codelist_codes as c on c.system = ${system} and c.code = e.code where e.version = ${since}
    on conflict do nothing`);
}

export async function draftOf(deps: RegistryDeps, id: string, by: By): Promise<Draft | undefined> {
  const [row] = await rowsOf<Draft>(
    deps.db,
    sql`select ${DRAFT} from codelist_drafts where id = ${id} and person = ${by.id}::bigint`,
  );
  return row;
}

export async function draftsOf(db: Db, by: By): Promise<Draft[]> {
  return rowsOf(
    db,
    sql`select ${DRAFT} from codelist_drafts where person = ${by.id}::bigint order by updated_at desc limit 100`,
  );
}

export interface Deciding {
  draft: string;
  code: string;
  what: 'include' | 'exclude';
  descendants: boolean;
  why: string;
}

export async function decide(deps: RegistryDeps, by: By, said: Deciding): Promise<Refusal | undefined> {
  if (said.why.length > 1000) return words.noReason();
  const now = deps.clock.now();
  return deps.db.transaction(async (tx) => {
    const draft = await hold(tx, said.draft, by);
    if (isRefusal(draft)) return draft;
    if (!(await codeOf(tx, draft.system, said.code))) return words.unknownCode(said.code);
    const [count] = await rowsOf<{ n: number }>(
      tx,
      sql`select count(*)::int as n from codelist_decisions where draft = ${draft.id}`,
    );
    if (count && count.n >= MOST_DECISIONS) return words.tooManyDecisions();
    const [made] = await rowsOf<{ id: number }>(
      tx,
      sql`
        insert into codelist_decisions (draft, code, what, descendants, why, person, login, at)
        values (${draft.id}, ${said.code}, ${said.what}, ${said.descendants}, ${said.why}, ${by.id}::bigint, ${by.login}, ${now}::bigint)
        returning id::float8 as id`,
    );
    await apply(tx, draft, { ...said, id: made!.id });
    await touch(tx, draft.id, now);
    return undefined;
  });
}

/** Who took it back and when stands beside it; the rest is counted anew. */
export async function undo(
  deps: RegistryDeps,
  by: By,
  { draft: id, decision }: { draft: string; decision: number },
): Promise<Refusal | undefined> {
  const now = deps.clock.now();
  return deps.db.transaction(async (tx) => {
    const draft = await hold(tx, id, by);
    if (isRefusal(draft)) return draft;
    const done = await rowsOf(
      tx,
      sql`
        update codelist_decisions set undone_at = ${now}::bigint, undone_by = ${by.id}::bigint
        where draft = ${id} and id = ${decision}::bigint and undone_at is null returning 1`,
    );
    if (done.length === 0) return words.noDecision();
    await tx.execute(sql`delete from codelist_members where draft = ${id}`);
    if (draft.since) await startWith(tx, { ...draft, since: draft.since });
    const left = await rowsOf<Deciding & { id: number }>(
      tx,
      sql`
        select id::float8 as id, code, what, descendants from codelist_decisions
        where draft = ${id} and undone_at is null order by codelist_decisions.id`,
    );
    for (const each of left) await apply(tx, draft, each);
    await touch(tx, id, now);
    return undefined;
  });
}

/** Locked until the transaction ends: decisions of two tabs come one after the other. */
export async function hold(tx: Tx, id: string, by: By): Promise<Draft | Refusal> {
  const [draft] = await rowsOf<Draft>(
    tx,
    sql`select ${DRAFT} from codelist_drafts where id = ${id} and person = ${by.id}::bigint for update`,
  );
  if (!draft) return words.noDraft();
  return draft.state === 'ended' ? words.draftEnded() : draft;
}

async function apply(
  tx: Tx,
  { id, system }: Pick<Draft, 'id' | 'system'>,
  said: Pick<Deciding, 'code' | 'what' | 'descendants'> & { id: number },
): Promise<void> {
  const included = said.what === 'include';
  const touched = said.descendants
    ? sql`
        with recursive below (code) as (
          select ${said.code}::text
          union
          select e.child from codelist_edges as e join below on e.parent = below.code where e.system = ${system}
        ) select code from below`
    : sql`select ${said.code}::text as code`;
  await tx.execute(sql`
    insert into codelist_members (draft, code, included, decision)
    select ${id}, touched.code, ${included}, ${said.id}::bigint from (${touched}) as touched
    on conflict (draft, code) do update set included = excluded.included, decision = excluded.decision`);
}

async function touch(tx: Tx, id: string, now: number): Promise<void> {
  await tx.execute(sql`update codelist_drafts set updated_at = ${now}::bigint where id = ${id}`);
}

/** Newest first. */
export async function decisionsOf(db: Db, draft: Draft, most = 200): Promise<ShownDecision[]> {
  return rowsOf(
    db,
    sql`
      select d.id::float8 as id, d.code, coalesce(c.term, '') as term, d.what, d.descendants, d.why,
        d.person::float8 as person, d.login, d.at::float8 as at, d.undone_at::float8 as "undoneAt"
      from codelist_decisions as d left join codelist_codes as c on c.system = ${draft.system} and c.code = d.code
      where d.draft = ${draft.id} order by d.id desc limit ${most}`,
  );
}

/** Of these codes, which the draft includes and which it excludes. */
export async function membershipOf(
  db: Db,
  draft: string,
  codes: readonly string[],
): Promise<Map<string, boolean>> {
  const rows = await rowsOf<{ code: string; included: boolean }>(
    db,
    sql`
      select code, included from codelist_members
      where draft = ${draft} and code in (select json_array_elements_text(${JSON.stringify(codes)}::json))`,
  );
  return new Map(rows.map(({ code, included }) => [code, included]));
}

export interface Members {
  codes: { code: string; term: string }[];
  next: string | undefined;
}

export async function membersOf(db: Db, draft: Draft, after = '', most = MEMBERS_PAGE): Promise<Members> {
  const rows = await rowsOf<{ code: string; term: string }>(
    db,
    sql`
      select m.code, coalesce(c.term, '') as term
      from (
        select code from codelist_members where draft = ${draft.id} and included and code > ${after}
        order by code limit ${most + 1}
      ) as m left join codelist_codes as c on c.system = ${draft.system} and c.code = m.code order by m.code`,
  );
  const codes = rows.slice(0, most);
  return { codes, next: rows.length > most ? codes.at(-1)?.code : undefined };
}

/** Counted to a bound: of a list of a hundred thousand it is enough to know that there are many. */
export async function memberCount(db: Db, draft: string, most: number): Promise<number> {
  const [row] = await rowsOf<{ n: number }>(
    db,
    sql`
      select count(*)::int as n from (
        select 1 from codelist_members where draft = ${draft} and included limit ${most}) as counted`,
  );
  return row?.n ?? 0;
}
