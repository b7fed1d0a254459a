/** One request or job with everything that is public of it. */
import { sql, type SQL } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';
import { requestView, type JobView, type RequestView } from '../jobs/jobs.ts';
import { entriesAbout } from './ledger-lines.ts';
import { oneRequest, STATE } from './list.ts';
import { queueOf, silentSince } from './queue.ts';
import type { Before, RecordDeps, RequestPage, ShownJob, ShownRequest } from './types.ts';

const ID = /^[a-z0-9]{16}$/;

export async function requestPage(deps: RecordDeps, id: string): Promise<RequestPage | undefined> {
  if (!ID.test(id)) return undefined;
  const shown = await oneRequest(deps.db, deps.governance(), id);
  const view = shown && (await requestView(deps, id));
  if (!shown || !view) return undefined;
  const needs = await needsOf(deps.db, id);
  return {
    ...shown,
    state: view.state,
    startedAt: view.startedAt,
    forced: view.force,
    policy: view.policyCommit,
    jobList: view.jobs.map((job) => shownJob(job, needs.get(job.id) ?? [])),
    links: await linksOf(deps, shown, view),
    before: shown.place && (await previous(deps.db, shown, view, sql`true`)),
    succeededBefore: shown.place && (await previous(deps.db, shown, view, sql`r.ended_as = 'succeeded'`)),
    queue: await queueOf(deps.db, view, shown.number),
    silentSince: await silentSince(deps, view),
    entries: await entriesAbout(deps.db, `request:${id}`),
  };
}

export interface JobPage {
  job: ShownJob;
  request: RequestPage;
}

export async function jobPage(deps: RecordDeps, id: string): Promise<JobPage | undefined> {
  if (!ID.test(id)) return undefined;
  const [row] = await rowsOf<{ request: string }>(deps.db, sql`select request from jobs where id = ${id}`);
  const request = row && (await requestPage(deps, row.request));
  const job = request?.jobList.find((each) => each.id === id);
  return (
    request && job && { job, request: { ...request, entries: await entriesAbout(deps.db, `job:${id}`) } }
  );
}

/** What is named here is public; everything else that a job has is left behind. */
function shownJob(job: JobView, needs: string[]): ShownJob {
  const { id, action, run, state, code, words, attempts, createdAt, startedAt, completedAt } = job;
  return { id, action, run, state, code, words, attempts, createdAt, startedAt, completedAt, needs };
}

async function needsOf(db: Db, request: string): Promise<Map<string, string[]>> {
  const rows = await rowsOf<{ job: string; needs: string }>(
    db,
    sql`
      select n.job, n.needs from jobs join job_needs as n on n.job = jobs.id
      join jobs as needed on needed.id = n.needs and needed.request = jobs.request
      where jobs.request = ${request} order by needed.seq`,
  );
  const found = new Map<string, string[]>();
  for (const { job, needs } of rows) found.set(job, [...(found.get(job) ?? []), needs]);
  return found;
}

/** On GitHub, whose own rights decide who sees what is there. */
async function linksOf(
  deps: RecordDeps,
  { place }: ShownRequest,
  view: RequestView,
): Promise<RequestPage['links']> {
  if (!place) return null;
  const base = `${deps.github}/${place.owner}/${place.repository}`;
  const [check] = await rowsOf<{ id: number | null }>(
    deps.db,
    sql`select github_id::float8 as id from github_objects where key = ${`check:${view.id}`}`,
  );
  const said = issueIn(view.origin);
  return {
    commit: `${base}/commit/${place.commit}`,
    issue: said === undefined ? null : `${base}/issues/${said}`,
    check: check?.id ? `${base}/runs/${check.id}` : null,
  };
}

/** Number of the issue or pull request in which it was asked for, if it was one. */
export function issueIn(origin: unknown): number | undefined {
  const place = fieldOf(origin, 'place');
  const number = fieldOf(place, 'kind') === 'issue' ? fieldOf(place, 'number') : undefined;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

async function previous(
  db: Db,
  shown: ShownRequest,
  view: RequestView,
  which: SQL,
): Promise<RequestPage['before']> {
  const [row] = await rowsOf<Before>(
    db,
    sql`
      select r.id, r.commit, ${STATE} as state, (r.completed_at - r.created_at)::float8 as took from job_requests as r
      where r.repository_id = ${view.repository.id} and r.branch = ${view.branch} and r.seq < ${shown.number}::bigint
        and r.purpose = ${shown.kind} and r.project is not null and ${which}
      order by r.seq desc limit 1`,
  );
  return row ?? null;
}
