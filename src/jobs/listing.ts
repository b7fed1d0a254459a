/** Jobs as an operator looks at them: which there are, and all that is known of one. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Inspected, ListedJob, ListQuestion } from '../protocol/protocol.ts';
import type { JobsDeps } from './types.ts';
import { requestView } from './views.ts';
import { waitingCodes } from './waiting.ts';
import * as words from './words.ts';

/** Newest first; what a job waits for is derived now. */
export async function listJobs(deps: JobsDeps, ask: ListQuestion): Promise<ListedJob[]> {
  const { state = 'open', backend = null, workspace = null, limit = 50 } = ask;
  const states = { open: ['pending', 'running'], waiting: ['pending'], running: ['running'] } as const;
  const among = state === 'all' ? null : state === 'ended' ? ['succeeded', 'failed'] : states[state];
  const rows = await rowsOf<Omit<ListedJob, 'words'> & { unmet: number; project: string | null }>(
    deps.db,
    sql`
      select jobs.id as job, jobs.request, jobs.action, jobs.workspace, jobs.backend, jobs.state, jobs.code, jobs.pool,
        jobs.weight, jobs.unmet, jobs.attempts, job_requests.requested_by_login as login, job_requests.project,
        jobs.created_at::float8 as "createdAt", jobs.started_at::float8 as "startedAt",
        jobs.completed_at::float8 as "completedAt", tasks.agent,
        (jobs.cancel_requested_at is not null and jobs.completed_at is null) as stopping
      from jobs join job_requests on job_requests.id = jobs.request
      left join tasks on tasks.job = jobs.id and tasks.type = 'run' and tasks.state = 'active'
      where (${among === null}::boolean or jobs.state in (select json_array_elements_text(${JSON.stringify(among ?? [])}::json)))
        and (${backend}::text is null or jobs.backend = ${backend})
        and (${workspace}::text is null or jobs.workspace = ${workspace})
      order by jobs.seq desc limit ${limit}`,
  );
  const codes = new Map<string, Awaited<ReturnType<typeof waitingCodes>>>();
  const listed: ListedJob[] = [];
  for (const { unmet, project, ...row } of rows) {
    let code = row.code;
    if (row.state === 'pending') {
      const key = JSON.stringify([row.backend, project]);
      const known = codes.get(key) ?? (await waitingCodes(deps, { backend: row.backend, project }));
      codes.set(key, known);
      code = known({ ...row, unmet });
    }
    listed.push({ ...row, code, words: words.phrase(code) });
  }
  return listed;
}

/** By the id of a request or of one of its jobs. Refuses `operator.unknown-id`. */
export async function inspect(deps: JobsDeps, id: string): Promise<Inspected | Refusal> {
  const { db } = deps;
  const [job] = await rowsOf<{ request: string }>(db, sql`select request from jobs where id = ${id}`);
  const request = job?.request ?? id;
  const view = await requestView(deps, request);
  if (!view) return words.unknownTarget(id);
  const one = job ? id : null;
  const jobs = view.jobs.filter((each) => one === null || each.id === one);
  const ids = JSON.stringify(jobs.map((each) => each.id));
  const tasks = await rowsOf<Inspected['jobs'][number]['tasks'][number] & { job: string }>(
    db,
    sql`
      select job, id, type, agent, seq::float8 as seq, state, ended, created_at::float8 as "createdAt",
        nullif(last_at, 0)::float8 as "lastAt", done_at::float8 as "doneAt"
      from tasks where job in (select json_array_elements_text(${ids}::json)) order by created_at, seq`,
  );
  const needs = await rowsOf<{ job: string; needs: string; action: string; code: string }>(
    db,
    sql`
      select job_needs.job, job_needs.needs, jobs.action, jobs.code
      from job_needs join jobs on jobs.id = job_needs.needs
      where job_needs.job in (select json_array_elements_text(${ids}::json)) and jobs.state <> 'succeeded'
      order by jobs.seq`,
  );
  const subjects = JSON.stringify([`request:${request}`, ...jobs.map((each) => `job:${each.id}`)]);
  const entries = await rowsOf<{ seq: number | null; entry: string }>(
    db,
    sql`
      select seq::float8 as seq, entry from ledger_leaves
      where subject in (select json_array_elements_text(${subjects}::json)) order by id desc limit 200`,
  );
  const shown = await rowsOf<Inspected['github'][number]>(
    db,
    sql`
      select topic, state, attempts, not_before::float8 as "notBefore", last_error as "lastError",
        created_at::float8 as "createdAt", done_at::float8 as "doneAt"
      from outbox where topic = 'request' and subject = ${request} order by created_at desc limit 5`,
  );
  return {
    request,
    job: one,
    state: view.state,
    outcome: view.outcome,
    refusal: view.refusal?.code ?? null,
    repository: `${view.repository.owner}/${view.repository.name}`,
    branch: view.branch,
    commit: view.commit,
    backend: view.backend,
    workspace: view.workspace,
    project: view.project,
    login: view.requestedBy.login,
    createdAt: view.createdAt,
    completedAt: view.completedAt,
    jobs: jobs.map((each) => ({
      job: each.id,
      action: each.action,
      state: each.state,
      code: each.code,
      words: each.words,
      attempts: each.attempts,
      pool: each.pool,
      weight: each.weight,
      stopping: each.stopping,
      waitsFor: needs
        .filter(({ job: of }) => of === each.id)
        .map(({ needs: needed, action, code }) => ({ job: needed, action, code })),
      tasks: tasks.filter(({ job: of }) => of === each.id).map(({ job: _, ...task }) => task),
    })),
    timeline: entries.reverse().map(({ seq, entry }) => told(seq, entry)),
    github: shown,
  };
}

function told(seq: number | null, text: string): Inspected['timeline'][number] {
  const { time, actor, subject, body } = JSON.parse(text) as {
    time: string;
    actor: string;
    subject: string;
    body: Record<string, unknown>;
  };
  const said = (key: string): string | null => (typeof body[key] === 'string' ? body[key] : null);
  return {
    at: Date.parse(time),
    place: seq,
    actor,
    subject,
    event: said('event') ?? '',
    code: said('code') ?? said('refusal') ?? said('because'),
    agent: said('agent'),
    why: said('why'),
  };
}
