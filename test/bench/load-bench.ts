/**
 * A hub under load, on PostgreSQL with fsync: deliveries in a burst, requests by the thousand, agents that wait.
 * Each function gives the milliseconds of what it measures; the machine's other load counts, so say which it was.
 */
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { Agent, request } from 'undici';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import type { OpenDatabase } from '../../src/db/open.ts';
import { claimDelivery, finishDelivery } from '../../src/github/inbox.ts';
import { receiveWebhook } from '../../src/github/webhook-route.ts';
import { agentSeen, dispatch, submitRequest } from '../../src/jobs/jobs.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { aBackend, AGENT_KEY, aGovernance, anAction, aRequest, aWorld } from '../support/jobs.ts';
import { listen, serveZone } from '../support/zone.ts';
import { emptyTables } from './jobs-bench.ts';

const logger = createLogger('bench', { level: 'silent' });
const SECRET = 'a-webhook-secret-of-the-bench';
/** As many as GitHub opens to one address, and more. */
const SENDERS = 50;
const WORKERS = 4;
const WORKSPACES = 200;

export interface Burst {
  /** Of each answer. */
  answers: number[];
  acceptMs: number;
  drainMs: number;
}

/** So many deliveries of 25 KB of 50 repositories, sent at once; then taken out by as many workers as a hub has, one after another per repository. */
export async function burstOfDeliveries(database: OpenDatabase, n = 1000): Promise<Burst> {
  await emptyTables(database);
  const { db } = database;
  const door = { db, clock: systemClock, logger, secrets: [SECRET], stored: () => undefined };
  const server = createServer((incoming, response) => void receiveWebhook(door, incoming, response));
  const origin = await listen(server);
  const dispatcher = new Agent({ connections: SENDERS });
  try {
    const answers: number[] = [];
    const started = performance.now();
    let next = 0;
    const send = async (): Promise<void> => {
      for (let at = next++; at < n; at = next++) {
        const text = JSON.stringify({ comment: 'x'.repeat(24_900), repository: { id: 1 + (at % 50) } });
        const began = performance.now();
        const answer = await request(`${origin}/webhooks`, {
          method: 'POST',
          dispatcher,
          headers: {
            'x-github-event': 'issue_comment',
            'x-github-delivery': `burst-${String(at).padStart(8, '0')}`,
            'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(text).digest('hex')}`,
          },
          body: text,
        });
        await answer.body.dump();
        if (answer.statusCode !== 202) throw new Error(`answered ${answer.statusCode}`);
        answers.push(performance.now() - began);
      }
    };
    await Promise.all(Array.from({ length: SENDERS }, send));
    const accepted = performance.now();
    let done = 0;
    const work = async (): Promise<void> => {
      while (done < n) {
        const delivery = await claimDelivery(db, systemClock);
        if (!delivery) continue;
        const state = await finishDelivery(db, delivery, { kind: 'done' }, systemClock.now());
        if (state === 'done') done += 1;
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, work));
    return { answers, acceptMs: accepted - started, drainMs: performance.now() - accepted };
  } finally {
    await dispatcher.close();
    await new Promise((resolve) => server.close(resolve));
  }
}

export interface Queued {
  /** Of each request until it is durable. */
  accepts: number[];
  totalMs: number;
  /** Of each decision while they wait. */
  decisions: number[];
  drainMs: number;
  /** Of each hundred that were given out and ended. */
  rounds: number[];
}

/** So many requests of one job each, over 200 workspaces; then decisions; then all of them given out and ended. */
export async function queueOfRequests(database: OpenDatabase, n: number): Promise<Queued> {
  await emptyTables(database);
  const slots = 100;
  const world = aWorld(database, aGovernance([aBackend({ pools: { general: slots, database: 1 } })]));
  const perWorkspace = Math.ceil(n / WORKSPACES);
  const accepts: number[] = [];
  const started = performance.now();
  for (let at = 0; at < n; at += 1) {
    const action = anAction(`a${Math.floor(at / WORKSPACES) % perWorkspace}`);
    const input = aRequest({
      branch: `b${at % WORKSPACES}`,
      pipeline: { version: 4, populationSize: null, actions: [action] },
    });
    const began = performance.now();
    const answer = await submitRequest(world.deps, input);
    accepts.push(performance.now() - began);
    if (isRefusal(answer) || answer.jobs !== 1) throw new Error('not submitted');
  }
  const totalMs = performance.now() - started;
  await database.db.execute(sql`analyze`);
  const caller = { backend: 'schools', agent: 'agent-1' };
  await agentSeen(database.db, caller, { engine: true }, world.clock.now());
  const decisions: number[] = [];
  const agent = world.agent();
  const drain = performance.now();
  const rounds: number[] = [];
  for (let done = 0; done < n; ) {
    const began = performance.now();
    const given = await dispatch(world.deps, 'schools');
    if (given > 0) decisions.push(performance.now() - began);
    const runs = await agent.runs();
    await agent.reports(runs.map((run) => ({ task: run, state: 'succeeded' as const })));
    done += runs.length;
    rounds.push(performance.now() - began);
    if (runs.length === 0) throw new Error(`stopped at ${done} of ${n}`);
  }
  return { accepts, totalMs, decisions, drainMs: performance.now() - drain, rounds };
}

export interface Polls {
  /** From the request until each of them was answered with its task. */
  answers: number[];
  /** Bytes of resident memory that the open polls take. */
  memory: number;
}

/** So many agents of as many backends wait at one hub; each is given one job, all at once. */
export async function openPolls(database: OpenDatabase, n = 200): Promise<Polls> {
  await emptyTables(database);
  const ids = Array.from({ length: n }, (_, at) => `backend-${at}`);
  const keys = { agent: [{ id: 'agent-1', key: AGENT_KEY.publicText }], viewer: [] };
  const world = aWorld(database, aGovernance(ids.map((id) => aBackend({ id, keys }))));
  const server = await serveZone(world);
  try {
    const clients = ids.map((backend) =>
      server.client({ backend, dispatcher: new Agent({ connections: 1 }) }),
    );
    const versions: number[] = [];
    for (const client of clients) {
      const first = await client.poll({ seen: 0, waitMs: 0, engine: true });
      if (isRefusal(first)) throw new Error(first.code);
      versions.push(first.version);
    }
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    const began = new Map<string, number>();
    const answered = clients.map(async (client, at) => {
      const answer = await client.poll({ seen: versions[at]!, waitMs: 100_000, engine: true });
      if (isRefusal(answer) || answer.tasks.length !== 1) throw new Error('not answered with its task');
      return performance.now() - began.get(ids[at]!)!;
    });
    await reached(database, ids.length);
    const memory = process.memoryUsage().rss - before;
    const action = anAction('a');
    for (const backend of ids) {
      began.set(backend, performance.now());
      const answer = await submitRequest(
        world.deps,
        aRequest({
          backend,
          branch: backend,
          pipeline: { version: 4, populationSize: null, actions: [action] },
        }),
      );
      if (isRefusal(answer)) throw new Error(answer.code);
    }
    return { answers: await Promise.all(answered), memory };
  } finally {
    await server.close();
  }
}

/** Every poll has been heard: its token is spent. */
async function reached(database: OpenDatabase, n: number): Promise<void> {
  for (;;) {
    const [row] = await rowsOf<{ n: number }>(database.db, sql`select count(*)::int as n from used_tokens`);
    if (row!.n >= 2 * n) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const rowsPerEntry = async (
  database: OpenDatabase,
): Promise<{ table: string; bytes: number; rows: number }[]> => {
  await database.db.execute(sql`vacuum analyze`);
  return rowsOf(
    database.db,
    sql`
      select relname as table, pg_total_relation_size(oid)::float8 as bytes, greatest(reltuples, 0)::float8 as rows
      from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and reltuples > 500
      order by 2 desc`,
  );
};
