/** What is read of requests and jobs: for checks, comments, pages and commands. */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';
import type { Refusal } from '../lib/refusal.ts';
import { selectRequests } from './requests.ts';
import type { JobsDeps, JobView, Purpose, RequestState, RequestSummary, RequestView } from './types.ts';
import { waitingCodes, type Waiting } from './waiting.ts';
import * as words from './words.ts';

type JobRow = Omit<JobView, 'words'> & Pick<Waiting, 'unmet'>;

export async function requestView(deps: JobsDeps, id: string): Promise<RequestView | undefined> {
  const [request] = await selectRequests(deps.db, sql`id = ${id}`, 1);
  if (!request) return undefined;
  const rows = await jobRows(deps.db, id);
  const waits = rows.some(({ state }) => state === 'pending') ? await waitingCodes(deps, request) : undefined;
  const jobs = rows.map(({ unmet, ...row }) => {
    const code = row.state === 'pending' && waits ? waits({ ...row, unmet }) : row.code;
    return { ...row, code, words: words.phrase(code, row.reason) };
  });
  const started = jobs.flatMap(({ startedAt }) => startedAt ?? []);
  return {
    ...request,
    state: stateOf(request, jobs),
    startedAt: started.length > 0 ? started.reduce((a, b) => Math.min(a, b)) : null,
    jobs,
  };
}

/** Newest first. `open` leaves out those whose jobs have all ended, `openAt` those that had ended by then. */
export async function requestsFor(
  db: Db,
  ask: {
    repository: number;
    branch?: string;
    commit?: string;
    purpose?: Purpose;
    open?: boolean;
    openAt?: number;
    limit?: number;
  },
): Promise<RequestSummary[]> {
  const { branch = null, commit = null, purpose = null, openAt = null } = ask;
  return selectRequests(
    db,
    sql`repository_id = ${ask.repository}
      and (${branch}::text is null or branch = ${branch})
      and (${commit}::text is null or commit = ${commit})
      and (${purpose}::text is null or purpose = ${purpose})
      and (not ${ask.open ?? false} or completed_at is null)
      and (${openAt}::bigint is null or completed_at is null or completed_at >= ${openAt}::bigint)`,
    ask.limit ?? 50,
  );
}

/** By its id or the beginning of it, in this repository only. Refuses `run.unknown-request`, `run.ambiguous-request`. */
export async function findRequest(
  db: Db,
  ask: { repository: number; text: string },
): Promise<RequestSummary | Refusal> {
  if (!/^[a-z0-9]{1,16}$/.test(ask.text)) return words.unknownRequest(ask.text);
  const found = await selectRequests(
    db,
    sql`repository_id = ${ask.repository} and starts_with(id, ${ask.text})`,
    2,
  );
  if (found.length > 1) return words.ambiguousRequest(ask.text);
  return found[0] ?? words.unknownRequest(ask.text);
}

/** What "Re-run failed" asks for: actions whose job failed, was cancelled, or was not run because of that. */
export async function failedActions(db: Db, request: string): Promise<string[]> {
  const rows = await rowsOf<{ action: string }>(
    db,
    sql`select action from jobs where request = ${request} and state = 'failed' order by seq`,
  );
  return rows.map(({ action }) => action);
}

/** Every request that is not complete: what a reconciliation shows again. */
export async function openRequests(db: Db, limit = 1000): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`select id from job_requests where completed_at is null order by seq limit ${limit}`,
  );
  return rows.map(({ id }) => id);
}

async function jobRows(db: Db, request: string): Promise<JobRow[]> {
  return rowsOf(
    db,
    sql`
      select id, action, run, image, pool, weight, why, state, code, reason, attempts, unmet,
        created_at::float8 as "createdAt", started_at::float8 as "startedAt", completed_at::float8 as "completedAt",
        outputs_missing as "outputsMissing", outputs_withheld as "outputsWithheld", exit_code as "exitCode",
        log_tail as "logTail", reuse, cancelled_by::float8 as "cancelledBy",
        (cancel_requested_at is not null and completed_at is null) as stopping
      from jobs where request = ${request} order by seq`,
  );
}

/** The request as one word: what has happened to it as a whole. */
function stateOf(request: RequestSummary, jobs: readonly JobView[]): RequestState {
  if (request.outcome !== 'accepted') return request.outcome;
  if (jobs.some(({ state }) => state === 'running')) return 'running';
  if (jobs.some(({ state }) => state === 'pending'))
    return jobs.some(({ completedAt }) => completedAt) ? 'running' : 'pending';
  const failed = jobs.filter(({ state }) => state === 'failed');
  if (failed.length === 0) return 'succeeded';
  const ownFaults = failed.filter(({ code }) => code !== 'dependency_failed');
  return ownFaults.every(({ code }) => code === 'cancelled_by_user') ? 'cancelled' : 'failed';
}
