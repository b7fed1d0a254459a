/**
 * One transaction that changes jobs: the new state, its ledger leaves and its outbox rows, or nothing.
 *
 * Whoever changes jobs of a backend holds that backend's lock, so that submitting, cancelling, reporting
 * and starting never interleave, in one hub or several; other backends are not held up. No call that
 * leaves the database belongs in here.
 */
import { sql } from 'drizzle-orm';
import { rowsOf, textArray, type Tx } from '../db/database.ts';
import { queueOutbox } from '../db/outbox.ts';
import { record } from '../db/record.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import { isoTime } from '../lib/clock.ts';
import type { JobsDeps } from './types.ts';

/** Channel on which hubs tell each other that an agent's task list changed. */
export const TASKS_CHANNEL = 'sallyport_tasks';

/** Channel on which whoever shows requests hears that one changed; the payload is its id. */
export const REQUESTS_CHANNEL = 'sallyport_requests';

/** What has to be written beside the state, gathered while the state is written. */
export class Change {
  readonly tx: Tx;
  readonly backend: string;
  readonly now: number;
  readonly entries: LedgerEntry[] = [];
  /** Requests whose picture on GitHub changed. */
  readonly requests = new Set<string>();
  /** Requests of which a job ended: perhaps the last. */
  readonly ended = new Set<string>();
  /** Agents whose task list changed. */
  readonly agents = new Set<string>();
  /** Codes of the jobs that ended, and how long those that started had waited, in milliseconds: counted when it is committed. */
  readonly codes: string[] = [];
  readonly waits: number[] = [];
  readonly #policy: string | null;

  constructor(tx: Tx, backend: string, now: number, policy: string | null) {
    this.tx = tx;
    this.backend = backend;
    this.now = now;
    this.#policy = policy;
  }

  tell(entry: Pick<LedgerEntry, 'type' | 'actor' | 'subject' | 'body'>): void {
    this.entries.push({ ...entry, time: isoTime(this.now), policy_commit: this.#policy });
  }
}

export const agentKey = (backend: string, agent: string): string => `${backend}/${agent}`;

export async function changeJobs<T>(
  deps: JobsDeps,
  backend: string,
  work: (change: Change) => Promise<T>,
): Promise<T> {
  const policy = deps.governance()?.commit ?? null;
  const { answer, done } = await deps.db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(7305, hashtext(${backend}))`);
    const change = new Change(tx, backend, deps.clock.now(), policy);
    const result = await work(change);
    await finish(change);
    return { answer: result, done: change };
  });
  for (const waited of done.waits) deps.counts?.started(backend, waited);
  for (const code of done.codes) deps.counts?.ended(backend, code);
  for (const agent of done.agents) deps.signals.wake(agentKey(backend, agent));
  return answer;
}

async function finish({ tx, backend, now, entries, requests, ended, agents }: Change): Promise<void> {
  await record(tx, ...entries);
  await completeRequests(tx, [...ended], now);
  await queueOutbox(
    tx,
    [...requests].map((request) => ({ topic: 'request', subject: request })),
    now,
    [...requests].map((request) => ({ channel: REQUESTS_CHANNEL, payload: request })),
  );
  if (agents.size === 0) return;
  await tx.execute(sql`
    update agents set list_version = list_version + 1
    where backend = ${backend} and id = any(${textArray([...agents])})`);
  for (const agent of agents)
    await tx.execute(sql`select pg_notify(${TASKS_CHANNEL}, ${agentKey(backend, agent)})`);
}

/** Marks requests of which no job is left. */
export async function completeRequests(tx: Tx, requests: string[], now: number): Promise<string[]> {
  if (requests.length === 0) return [];
  const done = await rowsOf<{ id: string }>(
    tx,
    sql`
      update job_requests set completed_at = ${now}, ended_as = (
        select case
          when not coalesce(bool_or(state = 'failed'), false) then 'succeeded'
          when coalesce(bool_and(code = 'cancelled_by_user') filter (where state = 'failed' and code <> 'dependency_failed'), true) then 'cancelled'
          else 'failed' end
        from jobs where jobs.request = job_requests.id)
      where id = any(${textArray(requests)}) and completed_at is null
        and not exists (select 1 from jobs where jobs.request = job_requests.id and jobs.state in ('pending', 'running'))
      returning id`,
  );
  return done.map(({ id }) => id);
}

/** Lets open polls of this process hear what other hubs did. Returns how to stop. */
export async function hearOtherHubs(
  database: { listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>> },
  deps: Pick<JobsDeps, 'signals'>,
): Promise<() => Promise<void>> {
  // No payload: the connection was lost and came back.
  return database.listen(TASKS_CHANNEL, (agent) =>
    agent ? deps.signals.wake(agent) : deps.signals.wakeAll(),
  );
}
