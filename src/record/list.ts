/**
 * Pages of requests, newest first.
 *
 * However long the record is, a page costs the same: it begins at a number, an index leads to the requests of one
 * field of the filter, and at most SCANNED of them are looked at for the others. A page on which few were
 * found says where to go on.
 */
import { sql, type SQL } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';
import type { RequestState } from '../jobs/jobs.ts';
import { shownRequest, type RequestRow } from './shown.ts';
import type { Filter, Governed, ShownRequest } from './types.ts';

export const PAGE = 50;
/** Rows of the index that one page may look at: some 10 ms. */
export const SCANNED = 5000;
const DAY_MS = 86_400_000;
/** Requests made at the same moment may have been numbered in another order than their times. */
const SLACK = 100;

export interface ListPage {
  requests: ShownRequest[];
  /** Where older ones begin; undefined when there are none. */
  next: number | undefined;
}

export async function listRequests(
  db: Db,
  governance: Governed,
  ask: { filter: Filter; before?: number; limit?: number },
): Promise<ListPage> {
  const limit = ask.limit ?? PAGE;
  const { lead, rest } = conditions(ask.filter, governance);
  const bounds = await boundsOf(db, ask.filter, ask.before);
  const most = rest.length === 0 ? limit + 1 : SCANNED + limit;
  const rows = await rowsOf<RequestRow & { scanned: number; last: number }>(
    db,
    sql`
      with near as (
        select seq, id, backend, project, workspace, requested_by, ended_as, purpose, created_at,
          outcome${WORDY.some((field) => ask.filter[field] !== undefined) ? sql`, owner, name, branch, actions` : sql``}
        from job_requests
        where ${all([lead, ...bounds])} order by seq desc limit ${most}
      ), found as (
        select seq from near as r where ${all(rest)} order by seq desc limit ${limit + 1}
      ), ends as (select count(*)::int as scanned, min(seq)::float8 as last from near)
      select ${COLUMNS}, scanned, last from ends left join (found join job_requests as r using (seq)) on true
      order by r.seq desc`,
  );
  const found = rows.filter(({ id }) => id !== null);
  const shown = found.slice(0, limit).map((row) => shownRequest(row, governance));
  const [{ scanned, last } = { scanned: 0, last: 0 }] = rows;
  const cut = scanned === most;
  const next = found.length > limit ? shown.at(-1)?.number : cut ? last : undefined;
  return { requests: shown, next };
}

/** Undefined for one that does not exist. */
export async function oneRequest(
  db: Db,
  governance: Governed,
  id: string,
): Promise<ShownRequest | undefined> {
  const [row] = await rowsOf<RequestRow>(
    db,
    sql`select ${COLUMNS} from job_requests as r where r.id = ${id}`,
  );
  return row && shownRequest(row, governance);
}

/** By the beginning of its id, or of its commit's sha; newest first. */
export async function requestsNamed(
  db: Db,
  governance: Governed,
  by: 'id' | 'commit',
  text: string,
  limit: number,
): Promise<ShownRequest[]> {
  const column = sql.raw(`r.${by}`);
  const last = `${text.slice(0, -1)}${String.fromCharCode(text.charCodeAt(text.length - 1) + 1)}`;
  // Of other people's repositories nothing is found by their commits.
  const rows = await rowsOf<RequestRow>(
    db,
    sql`
      select ${COLUMNS} from job_requests as r
      where ${column} ~>=~ ${text} and ${column} ~<~ ${last}
        and (${by}::text = 'id' or r.project is not null)
      order by ${column} using ~<~, r.seq desc limit ${limit}`,
  );
  return rows.map((row) => shownRequest(row, governance));
}

/** Open ones are told apart by their jobs: there are never many. */
export const STATE = sql.raw(`
  coalesce(r.ended_as, case when exists (
    select 1 from jobs where jobs.request = r.id and (jobs.state = 'running' or jobs.completed_at is not null)
  ) then 'running' else 'pending' end)`);

const COLUMNS = sql`
  r.id, r.seq::float8 as number, r.owner, r.name, r.branch, r.commit, r.backend, r.workspace, r.project,
  r.requested_by::float8 as person, r.actions, r.purpose, r.outcome, r.refusal->>'code' as refusal,
  r.job_count as jobs, ${STATE} as state, r.created_at::float8 as "createdAt", r.completed_at::float8 as "completedAt"`;

/** The condition that an index answers, and those that are looked at row by row. */
function conditions(filter: Filter, governance: Governed): { lead: SQL; rest: SQL[] } {
  const { project, workspace, person, backend, state, kind, from, until, org, action, text } = filter;
  const indexed: SQL[] = [];
  if (person !== undefined) indexed.push(sql`requested_by = ${person}::bigint`);
  if (workspace !== undefined) indexed.push(sql`workspace = ${workspace} and project is not null`);
  if (project !== undefined) indexed.push(sql`project = ${project}`);
  if (state !== undefined) indexed.push(isOpen(state) ? sql`ended_as is null` : sql`ended_as = ${state}`);
  if (backend !== undefined) {
    // What somebody typed who was refused is no backend, unless governance knows it.
    const isKnown = governance?.backends.some(({ id }) => id === backend) === true;
    indexed.push(isKnown ? sql`backend = ${backend}` : sql`backend = ${backend} and outcome <> 'refused'`);
  }
  const [lead = sql`true`, ...rest] = indexed;
  if (state !== undefined && isOpen(state)) rest.push(sql`${STATE} = ${state}`);
  if (kind !== undefined) rest.push(sql`purpose = ${kind}`);
  if (org !== undefined)
    rest.push(
      sql`project in (select value from json_array_elements_text(${JSON.stringify(org.projects)}::json))`,
    );
  if (action !== undefined)
    rest.push(sql`project is not null and actions @> ${JSON.stringify([action])}::jsonb`);
  if (text !== undefined) rest.push(sql`position(lower(${text}) in ${WORDS}) > 0`);
  if (from !== undefined) rest.push(sql`created_at >= ${startOf(from)}::bigint`);
  if (until !== undefined) rest.push(sql`created_at < ${startOf(until) + DAY_MS}::bigint`);
  return { lead, rest };
}

/** These look at more than an index has. */
const WORDY = ['action', 'text'] as const;
/** The same that a single request is asked for (filter.ts). */
const WORDS = sql`lower(case when project is null then id else concat_ws(E'\\n', id, project, workspace, owner || '/' || name, branch,
  (select string_agg(action, E'\\n') from jsonb_array_elements_text(actions) as action)) end)`;

/** From which number to which: days are turned into numbers first, so that no other day is looked at. */
async function boundsOf(db: Db, { from, until }: Filter, before: number | undefined): Promise<SQL[]> {
  const bounds: SQL[] = [];
  if (before !== undefined) bounds.push(sql`seq < ${before}::bigint`);
  if (from !== undefined) {
    const first = await edge(db, sql`created_at >= ${startOf(from)}::bigint order by created_at, seq`);
    bounds.push(first === undefined ? sql`false` : sql`seq >= ${first - SLACK}::bigint`);
  }
  if (until !== undefined) {
    const last = await edge(
      db,
      sql`created_at < ${startOf(until) + DAY_MS}::bigint order by created_at desc`,
    );
    bounds.push(last === undefined ? sql`false` : sql`seq <= ${last + SLACK}::bigint`);
  }
  return bounds;
}

async function edge(db: Db, where: SQL): Promise<number | undefined> {
  const [row] = await rowsOf<{ seq: number }>(
    db,
    sql`select seq::float8 as seq from job_requests where ${where} limit 1`,
  );
  return row?.seq;
}

const startOf = (day: string): number => Date.parse(`${day}T00:00:00Z`);
const isOpen = (state: RequestState): boolean => state === 'pending' || state === 'running';
const all = (conditions: readonly SQL[]): SQL =>
  conditions.length === 0 ? sql`true` : sql.join([...conditions], sql` and `);
