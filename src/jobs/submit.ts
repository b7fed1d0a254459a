/**
 * Turns a `/run` into a request and its jobs.
 *
 * Everything is decided and written in one transaction, under the backend's lock; the same id again
 * changes nothing. A refusal and "nothing to do" are kept as requests too: the record shows who asked.
 */
import { sql } from 'drizzle-orm';
import { asJson, type Tx } from '../db/database.ts';
import { frozenRefusal } from '../freezes/freezes.ts';
import { isArchived } from '../governance/governance.ts';
import type { Backend, Governance } from '../governance/types.ts';
import { isRefusal, refusal, type Refusal } from '../lib/refusal.ts';
import { tellRequest } from '../lib/traces.ts';
import { neverStarts, plan, type Action, type PlannedJob, type Pool } from '../pipeline/pipeline.ts';
import { branch, id, name, repository, sha } from '../protocol/protocol.ts';
import { dispatch } from './dispatch.ts';
import { endJobs } from './ending.ts';
import { jobId } from './ids.ts';
import { latestJobs, supersede } from './latest.ts';
import { digestOf, insertRequest, selectRequests, shown } from './requests.ts';
import { changeJobs, type Change } from './transaction.ts';
import type { JobsDeps, RequestFacts, RequestInput, Submitted } from './types.ts';
import { poolOf, weigher } from './weights.ts';
import * as words from './words.ts';
import { dummyWorkspace, workspaceFor } from './workspaces.ts';

/** Idempotent by the request's id. Refuses `run.…`; a refusal is stored unless the input itself is malformed. */
export async function submitRequest(deps: JobsDeps, input: RequestInput): Promise<Submitted | Refusal> {
  const malformed = faultIn(input);
  if (malformed) return malformed;
  const start = deps.clock.now();
  const answer = await changeJobs(deps, input.backend, async (change) => {
    return (await repeated(change.tx, input)) ?? (await submit(change, input, deps.governance()));
  });
  const { id, backend } = input;
  const outcome = isRefusal(answer) ? 'refused' : answer.outcome;
  tellRequest(deps.traces, { id, backend, outcome, start, end: deps.clock.now() });
  if (!isRefusal(answer) && answer.jobs > 0) await dispatch(deps, input.backend);
  return answer;
}

/** Stores a request that was refused before it came here (permission, commit, project.yaml …). Gives the refusal back. */
export async function refuseRequest(deps: JobsDeps, facts: RequestFacts, no: Refusal): Promise<Refusal> {
  const malformed = faultIn(facts);
  if (malformed) return malformed;
  const answer = await changeJobs(deps, facts.backend, async (change) => {
    return (await repeated(change.tx, facts)) ?? (await refuse(change, facts, no, deps.governance()));
  });
  return isRefusal(answer) ? answer : no;
}

/** What could not be stored, or not be written into a task later. */
function faultIn(facts: RequestFacts): Refusal | undefined {
  const faults = [
    id.safeParse(facts.id).success || 'id',
    repository.safeParse(facts.repository).success || 'repository',
    branch.safeParse(facts.branch).success || 'branch',
    sha.safeParse(facts.commit).success || 'commit',
    (facts.backend.length <= 100 && !facts.backend.includes('\0')) || 'backend',
    (Number.isSafeInteger(facts.requestedBy.id) && facts.requestedBy.id > 0) || 'requestedBy',
    facts.actions.every((action) => action.length <= 1000 && !action.includes('\0')) || 'actions',
  ].filter((fault) => fault !== true);
  return faults.length > 0 ? words.requestInvalid(faults.join(', ')) : undefined;
}

async function repeated(tx: Tx, facts: RequestFacts): Promise<Submitted | Refusal | undefined> {
  const [known] = await selectRequests(tx, sql`id = ${facts.id}`, 1);
  if (!known) return undefined;
  if (known.digest !== digestOf(facts)) return words.otherContent(facts.id);
  if (known.refusal) return refusal(known.refusal.code, known.refusal.says, known.refusal.next);
  return {
    request: known.id,
    outcome: 'unchanged',
    jobs: known.jobCount,
    workspace: known.workspace ?? '',
    reused: known.reused,
  };
}

async function submit(
  change: Change,
  input: RequestInput,
  governance: Governance | undefined,
): Promise<Submitted | Refusal> {
  const backend = governance?.backends.find((each) => each.id === input.backend);
  const no = refusalOf(input, governance, backend);
  if (no || !backend) return refuse(change, input, no ?? words.unknownBackend(input.backend), governance);

  const { tx, now } = change;
  const stands = await frozenRefusal(tx, { project: input.project, backend: backend.id });
  if (stands) return refuse(change, input, stands, governance);
  const workspace =
    input.purpose === 'dummy'
      ? dummyWorkspace(input.repository, input.branch, input.id)
      : await workspaceFor(tx, input.repository, input.branch, now);
  if (input.purpose === 'run' && governance && isArchived(governance, workspace))
    return refuse(change, input, words.workspaceArchived(workspace), governance);
  const past = await latestJobs(tx, backend.id, workspace);
  const latest = new Map(past.map((job) => [job.action, job]));
  const planned = plan({ pipeline: input.pipeline, asked: input.actions, latest, force: input.force });
  if (isRefusal(planned)) return refuse(change, input, planned, governance);
  const byName = new Map(input.pipeline.actions.map((action) => [action.name, action]));
  const weigh = weigher(backend, workspace);
  const drafts = planned.jobs.map((each) => draft(input.id, each, byName, weigh));
  const unable = staleCodelists(input, drafts) ?? tooHeavy(drafts, backend);
  if (unable) return refuse(change, input, unable, governance);

  const jobs = drafts.map(({ id, action }) => ({ id, action: action.name }));
  const outcome = jobs.length > 0 ? 'accepted' : 'nothing_to_do';
  const policyCommit = governance?.commit ?? null;
  await insertRequest(change, {
    facts: input,
    outcome,
    workspace,
    reused: planned.reused,
    jobs,
    policyCommit,
  });
  const active = new Map(
    past
      .filter(({ state }) => state === 'pending' || state === 'running')
      .map(({ action, job }) => [action, job]),
  );
  await insertJobs(change, input, { workspace, data: backend.data }, drafts, active);
  return {
    request: input.id,
    outcome: jobs.length > 0 ? 'created' : 'nothing_to_do',
    jobs: jobs.length,
    workspace,
    reused: planned.reused,
  };
}

function refusalOf(
  input: RequestInput,
  governance: Governance | undefined,
  backend: Backend | undefined,
): Refusal | undefined {
  if (!governance) return words.noGovernance();
  if (!backend) return words.unknownBackend(input.backend);
  if (!backend.active) return words.backendInactive(backend.id);
  return undefined;
}

async function refuse(
  change: Change,
  facts: RequestFacts,
  no: Refusal,
  governance: Governance | undefined,
): Promise<Refusal> {
  await insertRequest(change, {
    facts,
    outcome: 'refused',
    workspace: null,
    refusal: no,
    reused: [],
    jobs: [],
    policyCommit: governance?.commit ?? null,
  });
  return { ...no, ...shown(no) };
}

interface Draft {
  id: string;
  action: Action;
  planned: PlannedJob;
  pool: Pool;
  weight: number;
}

function draft(
  request: string,
  planned: PlannedJob,
  byName: Map<string, Action>,
  weigh: (action: Action) => number,
): Draft {
  const action = byName.get(planned.action);
  // The name is written into every task: an action that no agent would take is a bug of the reader of project.yaml.
  if (!action || !name.safeParse(action.name).success)
    throw new TypeError(`not an action of the pipeline: ${planned.action}`);
  return { id: jobId(request, action.name), action, planned, pool: poolOf(action), weight: weigh(action) };
}

function staleCodelists(input: RequestInput, drafts: readonly Draft[]): Refusal | undefined {
  const readers = drafts.filter(({ action }) => action.isDatabase).map(({ action }) => action.name);
  if (input.codelistsOk || readers.length === 0) return undefined;
  return input.codelistsAgainst ?? words.staleCodelists(readers);
}

function tooHeavy(drafts: readonly Draft[], backend: Backend): Refusal | undefined {
  for (const { action, pool, weight } of drafts) {
    const no = neverStarts({ job: '', workspace: '', pool, weight, order: 0 }, backend.pools);
    if (no) return { ...no, says: words.ofAction(action.name, no.says) };
  }
  return undefined;
}

/** Two statements for any number of jobs. `active` are the jobs that already run or wait, by action. */
async function insertJobs(
  change: Change,
  input: RequestInput,
  place: { workspace: string; data: Backend['data'] },
  drafts: readonly Draft[],
  active: ReadonlyMap<string, string>,
): Promise<void> {
  if (drafts.length === 0) return;
  const { tx, now, backend } = change;
  const own = new Map(drafts.map(({ id, action }) => [action.name, id]));
  const needs: { job: string; needs: string }[] = [];
  const rows = drafts.map(({ id: job, action, planned, pool, weight }) => {
    const waits = new Set(planned.waitsFor.flatMap((need) => own.get(need) ?? active.get(need) ?? []));
    for (const need of waits) needs.push({ job, needs: need });
    const image = input.images?.[action.name] ?? null;
    return {
      job,
      action: action.name,
      run: action.run,
      image,
      pool,
      weight,
      why: planned.why,
      unmet: waits.size,
    };
  });
  await supersede(tx, backend, place.workspace, [...own.keys()]);
  await tx.execute(sql`
    insert into jobs (id, request, backend, data, workspace, action, run, image, pool, weight, why, latest, state, code, unmet,
      created_at, updated_at)
    select job, ${input.id}, ${backend}, ${place.data}, ${place.workspace}, action, run, image, pool, weight, why, true, 'pending', 'created', unmet,
      ${now}, ${now}
    from json_to_recordset(${asJson(rows)}) as row (job text, action text, run text, image text, pool text,
      weight float8, why text, unmet int)`);
  if (needs.length > 0) {
    await tx.execute(sql`
      insert into job_needs (job, needs)
      select job, needs from json_to_recordset(${asJson(needs)}) as row (job text, needs text)`);
  }
  const faulty = Object.entries(input.faults ?? {}).flatMap(([action, reason]) => {
    const job = own.get(action);
    return job ? [{ id: job, state: 'failed' as const, code: 'prepare_failed', reason }] : [];
  });
  await endJobs(change, faulty, 'hub');
}
