/**
 * Running a job again because an operator wants it.
 *
 *   running      its container is stopped, and the same job waits for another turn
 *   waiting      refused, unless it is held back for a while: then it may start now
 *   failed       a new request for this action alone, with the facts of the old one: what has ended never changes
 *   succeeded, cancelled by a person, or followed by a newer job: refused
 *
 * The zone derives the new run afresh, and rights are looked at again, by the person who asked the first time.
 */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import { frozenRefusal } from '../freezes/freezes.ts';
import { isArchived } from '../governance/governance.ts';
import type { Ids } from '../lib/ids.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { dispatch } from './dispatch.ts';
import { jobId } from './ids.ts';
import { supersede } from './latest.ts';
import { insertRequest, selectRequests } from './requests.ts';
import { resetJobs } from './stopping.ts';
import { changeJobs, type Change } from './transaction.ts';
import type { JobsDeps, JobState } from './types.ts';
import * as words from './words.ts';

export interface Requeued {
  /** The job that is run: the same one, or a new one. */
  job: string;
  request: string;
  action: string;
  /** `stopping`: it waits again once its container has gone · `waiting` · `new`: a request of its own. */
  outcome: 'stopping' | 'waiting' | 'new';
}

interface Row {
  id: string;
  request: string;
  backend: string;
  workspace: string;
  action: string;
  state: JobState;
  code: string;
  latest: boolean;
  held: boolean;
  stopping: boolean;
}

/** Refuses `operator.unknown-job` and `requeue.…`. */
export async function requeueJob(
  deps: JobsDeps,
  ask: { job: string; why: string; ids: Ids },
): Promise<Requeued | Refusal> {
  const [found] = await rowsOf<{ backend: string }>(
    deps.db,
    sql`select backend from jobs where id = ${ask.job}`,
  );
  if (!found) return words.unknownJob(ask.job);
  const answer = await changeJobs(deps, found.backend, async (change) => {
    const [job] = await rowsOf<Row>(
      change.tx,
      sql`
        select id, request, backend, workspace, action, state, code, latest, not_before > ${change.now}::bigint as held,
          cancel_requested_at is not null as stopping
        from jobs where id = ${ask.job}`,
    );
    if (!job) return words.unknownJob(ask.job);
    return requeue(change, deps, job, ask);
  });
  if (!isRefusal(answer)) await dispatch(deps, found.backend);
  return answer;
}

async function requeue(
  change: Change,
  deps: JobsDeps,
  job: Row,
  { why, ids }: { why: string; ids: Ids },
): Promise<Requeued | Refusal> {
  const { id, request, action } = job;
  if (job.state === 'running') {
    if (job.stopping) return words.isStopping(id);
    const which = sql`jobs.id = ${id}`;
    const { waiting } = await resetJobs(change, deps, {
      which,
      code: 'waiting_on_new_task',
      by: 'operator',
      why,
    });
    return { job: id, request, action, outcome: waiting.length > 0 ? 'waiting' : 'stopping' };
  }
  if (job.state === 'pending') {
    if (!job.held) return words.waitsAlready(id);
    await change.tx.execute(sql`update jobs set not_before = ${change.now}::bigint where id = ${id}`);
    change.tell({
      type: 'job',
      actor: 'operator',
      subject: `job:${id}`,
      body: { event: 'hastened', request, why },
    });
    return { job: id, request, action, outcome: 'waiting' };
  }
  if (job.state === 'succeeded') return words.hasSucceeded(id, action);
  if (job.code === 'cancelled_by_user') return words.wasCancelled(id);
  if (!job.latest) return words.wasFollowed(id, action);
  return again(change, deps, job, { why, ids });
}

async function again(
  change: Change,
  deps: JobsDeps,
  job: Row,
  { why, ids }: { why: string; ids: Ids },
): Promise<Requeued | Refusal> {
  const { tx, now, backend } = change;
  const [old] = await selectRequests(tx, sql`id = ${job.request}`, 1);
  const governance = deps.governance();
  if (!old || !governance) return words.noGovernance();
  if (isArchived(governance, job.workspace)) return words.workspaceArchived(job.workspace);
  const frozen = await frozenRefusal(tx, { project: old.project, backend });
  if (frozen) return frozen;
  const unmet = await rowsOf<{ action: string }>(
    tx,
    sql`
      select needed.action from job_needs join jobs as needed on needed.id = job_needs.needs
      where job_needs.job = ${job.id} and not exists (
        select 1 from jobs as newer where newer.backend = needed.backend and newer.workspace = needed.workspace
          and newer.action = needed.action and newer.latest and newer.state = 'succeeded')`,
  );
  if (unmet.length > 0)
    return words.needsFirst(
      job.id,
      unmet.map(({ action }) => action),
    );
  const request = ids.id();
  const fresh = jobId(request, job.action);
  await insertRequest(change, {
    facts: { ...old, id: request, actions: [job.action], force: false },
    outcome: 'accepted',
    workspace: job.workspace,
    reused: [],
    jobs: [{ id: fresh, action: job.action }],
    policyCommit: governance.commit,
    actor: 'operator',
  });
  await supersede(tx, backend, job.workspace, [job.action]);
  await tx.execute(sql`
    insert into jobs (id, request, backend, data, workspace, action, run, image, pool, weight, why, latest, state, code,
      unmet, created_at, updated_at)
    select ${fresh}, ${request}, backend, data, workspace, action, run, image, pool, weight, why, true, 'pending',
      'created', 0, ${now}, ${now}
    from jobs where id = ${job.id}`);
  change.tell({
    type: 'job',
    actor: 'operator',
    subject: `job:${fresh}`,
    body: { event: 'asked-again', request, of: job.id, why },
  });
  return { job: fresh, request, action: job.action, outcome: 'new' };
}
