/**
 * Whether a job may still begin. Asked when it is handed to an agent, and again with every answer that hands it
 * over: days may lie between `/run` and its turn. The zone asks the same of its own governance.
 */
import { sql } from 'drizzle-orm';
import { rowsOf, textArray, type Tx } from '../db/database.ts';
import {
  datasetsGranted,
  isArchived,
  mayDummyRun,
  mayRun,
  projectOfRepository,
} from '../governance/governance.ts';
import type { Backend, Governance } from '../governance/types.ts';
import type { Pool } from '../pipeline/pipeline.ts';
import type { EndOfJob } from './ending.ts';
import type { Purpose } from './types.ts';

export interface StartFacts {
  job: string;
  repository: number;
  workspace: string;
  requestedBy: number;
  purpose: Purpose;
  pool: Pool;
}

/** The code of the first refusal; undefined: it may begin. */
export function accessEnded(
  g: Governance,
  backend: Backend,
  { repository, workspace, requestedBy: person, purpose, pool }: StartFacts,
  at: number,
): string | undefined {
  const project = projectOfRepository(g, repository)?.id;
  if (project === undefined) return 'run.project-unknown';
  if (purpose === 'run' && isArchived(g, workspace)) return 'run.workspace-archived';
  const no =
    purpose === 'dummy'
      ? mayDummyRun(g, { person, project, at })
      : mayRun(g, { person, project, backend: backend.id, at });
  if (no) return no.code;
  const reads = pool === 'database' && backend.data === 'real';
  return reads && datasetsGranted(g, project, backend.id, at).length === 0 ? 'run.no-dataset' : undefined;
}

/** Those of the jobs that may begin no more, as they end. */
export function endsByRights(
  g: Governance,
  backend: Backend,
  jobs: readonly StartFacts[],
  at: number,
): EndOfJob[] {
  return jobs.flatMap((facts) => {
    const reason = accessEnded(g, backend, facts, at);
    return reason ? [{ id: facts.job, state: 'failed' as const, code: 'access_ended', reason }] : [];
  });
}

export async function startFacts(tx: Tx, jobs: readonly string[]): Promise<StartFacts[]> {
  if (jobs.length === 0) return [];
  return rowsOf(
    tx,
    sql`
      select jobs.id as job, job_requests.repository_id::float8 as repository, jobs.workspace, jobs.pool,
        job_requests.requested_by::float8 as "requestedBy", job_requests.purpose
      from jobs join job_requests on job_requests.id = jobs.request where jobs.id = any(${textArray(jobs)})`,
  );
}
