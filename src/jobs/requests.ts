/** Job requests as rows: written once, read as summaries. */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf, type Db } from '../db/database.ts';
import { canonicalJson } from '../lib/canonical.ts';
import { sha256 } from '../lib/hash.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Change } from './transaction.ts';
import type { Outcome, RequestFacts, RequestSummary, Reused } from './types.ts';

/** Reused actions kept with a request; a project of thousands need not repeat itself in every row. */
const REUSED_KEPT = 200;

/** Everything that makes it the same request; the rest (how to notify, where it came from) may differ in a repeat. */
export function digestOf(facts: RequestFacts): string {
  const { repository, branch, commit, backend, project, actions, force, purpose, requestedBy } = facts;
  return sha256(
    canonicalJson({
      repository: repository.id,
      branch,
      commit,
      backend,
      project,
      actions,
      force,
      purpose,
      by: requestedBy.id,
    }),
  );
}

export interface NewRequest {
  facts: RequestFacts;
  outcome: Outcome;
  workspace: string | null;
  refusal?: Refusal;
  reused: Reused[];
  jobs: readonly { id: string; action: string }[];
  policyCommit: string | null;
  /** Whoever asked, unless told otherwise. */
  actor?: 'operator';
}

export async function insertRequest(change: Change, request: NewRequest): Promise<void> {
  const { facts, outcome } = request;
  const row = {
    ...facts,
    ...request,
    digest: digestOf(facts),
    job_count: request.jobs.length,
    refusal: request.refusal && shown(request.refusal),
    reused: request.reused.slice(0, REUSED_KEPT),
    completed_at: outcome === 'accepted' ? null : change.now,
    ended_as: outcome === 'accepted' ? null : outcome,
  };
  await change.tx.execute(sql`
    insert into job_requests (
      id, repository_id, owner, name, branch, commit, backend, workspace, project, requested_by, requested_by_login,
      actions, force, codelists_ok, purpose, notify, origin, outcome, refusal, reused, job_count, digest,
      policy_commit, created_at, completed_at, ended_as)
    select
      ${facts.id}, ${facts.repository.id}, ${facts.repository.owner}, ${facts.repository.name}, branch, commit, backend,
      workspace, project, ${facts.requestedBy.id}, ${facts.requestedBy.login}, actions, force, "codelistsOk", purpose,
      notify, coalesce(origin, 'null'::jsonb), outcome, refusal, reused, job_count, digest, "policyCommit",
      ${change.now}, completed_at, ended_as
    from json_to_record(${asJson(row)}) as r (
      branch text, commit text, backend text, workspace text, project text, actions jsonb, force boolean,
      "codelistsOk" boolean, purpose text, notify text, origin jsonb, outcome text, refusal jsonb, reused jsonb,
      job_count int, digest text, "policyCommit" text, completed_at bigint, ended_as text)`);
  change.requests.add(facts.id);
  tellRequest(change, request);
}

function tellRequest(change: Change, { facts, outcome, workspace, refusal, jobs, actor }: NewRequest): void {
  const { repository, branch, commit, backend, project, force, purpose } = facts;
  change.tell({
    type: outcome === 'refused' ? 'refused' : 'request',
    actor: actor ?? `person:${facts.requestedBy.id}`,
    subject: `request:${facts.id}`,
    body: {
      event: 'submitted',
      outcome,
      repository,
      branch,
      commit,
      backend,
      workspace,
      project,
      force,
      purpose,
      actions: bounded(facts.actions),
      jobs: bounded(jobs.map(({ id, action }) => `${id} ${action}`)),
      refusal: refusal?.code ?? null,
    },
  });
}

/** A list as it is while it is short, else its length and digest: an entry of the ledger has a largest size. */
export function bounded(
  list: readonly string[],
): { count: number; list: string[] } | { count: number; sha256: string } {
  const text = canonicalJson(list);
  return text.length <= 20_000
    ? { count: list.length, list: [...list] }
    : { count: list.length, sha256: sha256(text) };
}

export function shown({
  code,
  says,
  next,
}: Pick<Refusal, 'code' | 'says' | 'next'>): Pick<Refusal, 'code' | 'says' | 'next'> {
  return { code, says, next };
}

/** Newest first. */
export async function selectRequests(
  db: Db,
  where: ReturnType<typeof sql>,
  limit: number,
): Promise<(RequestSummary & { digest: string })[]> {
  return rowsOf(
    db,
    sql`
      select
        id, json_build_object('id', repository_id, 'owner', owner, 'name', name) as repository, branch, commit, backend,
        workspace, project, json_build_object('id', requested_by, 'login', requested_by_login) as "requestedBy", actions,
        force, codelists_ok as "codelistsOk", purpose, notify, origin, outcome, refusal, reused, job_count as "jobCount",
        digest, policy_commit as "policyCommit", created_at::float8 as "createdAt", completed_at::float8 as "completedAt"
      from job_requests where ${where} order by seq desc limit ${limit}`,
  );
}
