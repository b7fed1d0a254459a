/** How the backends are: who calls, what runs, what waits. For operators and for monitoring. */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';
import type { Backend } from '../governance/types.ts';
import type { BackendStatus } from '../protocol/protocol.ts';
import { agentsOf } from './agents.ts';
import { maintenances } from './maintained.ts';
import type { JobsDeps } from './types.ts';

type Running = BackendStatus['running'][number];
type Agent = BackendStatus['agents'][number];

/** In the order of backends.yml. `since`: when this hub began to listen; nobody could call before. */
export async function backendStatuses(deps: JobsDeps, since: number): Promise<BackendStatus[]> {
  const { db, clock } = deps;
  const now = clock.now();
  const backends = deps.governance()?.backends ?? [];
  const agents = await agentsThatCalled(db);
  const paused = await rowsOf<{ backend: string; at: number; why: string | null }>(
    db,
    sql`select backend, paused_at::float8 as at, paused_why as why from backend_state where paused_at is not null`,
  );
  const running = await rowsOf<Running & { backend: string }>(
    db,
    sql`
      select backend, id as job, action, workspace, code, started_at::float8 as "startedAt",
        cancel_requested_at is not null as stopping
      from jobs where state = 'running' order by seq`,
  );
  const waiting = await rowsOf<{ backend: string; n: number }>(
    db,
    sql`select backend, count(*)::int as n from jobs where state = 'pending' group by backend`,
  );
  const planned = await maintenances(db, now);
  return backends.map((backend) => {
    const next = planned.find((row) => row.backend === backend.id);
    const pause = paused.find((row) => row.backend === backend.id);
    const own = listedAgents(backend, agents, now);
    const lastSeenAt = lastSeen(own);
    return {
      id: backend.id,
      data: backend.data,
      active: backend.active,
      lastSeenAt,
      silent: isSilent(backend, lastSeenAt, since, now),
      agents: own,
      pausedAt: pause?.at ?? null,
      pausedWhy: pause?.why ?? null,
      maintenance: next ? { from: next.began, until: next.ended, why: next.why } : null,
      running: running.filter((row) => row.backend === backend.id).map(({ backend: _, ...job }) => job),
      waiting: waiting.find((row) => row.backend === backend.id)?.n ?? 0,
    };
  });
}

/** Backends in use of which no agent has called for longer than governance's `alert_after`. */
export async function silentBackends(deps: JobsDeps, since: number): Promise<string[]> {
  const now = deps.clock.now();
  const agents = await agentsThatCalled(deps.db);
  return (deps.governance()?.backends ?? [])
    .filter((backend) => isSilent(backend, lastSeen(listedAgents(backend, agents, now)), since, now))
    .map(({ id }) => id);
}

/** Gives what looks at the backends and says in the log which fell silent or came back. */
export function silenceWatch(deps: JobsDeps, since: number): () => Promise<void> {
  let known: string[] = [];
  return async () => {
    const silent = await silentBackends(deps, since);
    for (const backend of silent.filter((id) => !known.includes(id)))
      deps.logger.error({ code: 'backend.silent', backend }, 'No agent of a backend calls');
    for (const backend of known.filter((id) => !silent.includes(id)))
      deps.logger.info(
        { code: 'backend.back', backend },
        'An agent of a backend that was silent calls again',
      );
    known = silent;
  };
}

export interface BehindAgent {
  backend: string;
  agent: string;
  /** The version of governance that it works by, which is not the one in force. */
  governance: string;
}

/** Agents in use that work by another version of governance than the hub: what the registry says is not what they go by. */
export async function behindAgents(deps: JobsDeps): Promise<BehindAgent[]> {
  const current = deps.governance();
  const agents = await agentsThatCalled(deps.db);
  const now = deps.clock.now();
  return (current?.backends ?? [])
    .filter(({ active }) => active)
    .flatMap((backend) =>
      listedAgents(backend, agents, now).flatMap(({ id, governance }) =>
        governance === null || governance === current?.commit
          ? []
          : [{ backend: backend.id, agent: id, governance }],
      ),
    );
}

/** Gives what says in the log which agents stayed behind for longer than `alert_after`, and which caught up. */
export function driftWatch(deps: JobsDeps): () => Promise<void> {
  const since = new Map<string, { at: number; told: boolean }>();
  return async () => {
    const now = deps.clock.now();
    const behind = await behindAgents(deps);
    const key = ({ backend, agent }: BehindAgent): string => `${backend}/${agent}`;
    for (const one of behind) {
      const seen = since.get(key(one)) ?? { at: now, told: false };
      since.set(key(one), seen);
      const patience = deps.governance()?.backends.find(({ id }) => id === one.backend)?.alertAfterMs ?? 0;
      if (seen.told || now - seen.at <= patience) continue;
      seen.told = true;
      deps.logger.error(
        { code: 'backend.behind', ...one },
        'An agent works by another version of governance',
      );
    }
    const names = new Set(behind.map(key));
    for (const [agent, { told }] of since) {
      if (names.has(agent)) continue;
      since.delete(agent);
      if (told)
        deps.logger.info(
          { code: 'backend.caught-up', agent },
          'An agent works by the governance in force again',
        );
    }
  };
}

function isSilent(backend: Backend, lastSeenAt: number | null, since: number, now: number): boolean {
  return backend.active && now - (lastSeenAt ?? since) > backend.alertAfterMs;
}

async function agentsThatCalled(db: Db): Promise<(Agent & { backend: string })[]> {
  return rowsOf(
    db,
    sql`select backend, id, last_seen_at::float8 as "lastSeenAt", engine, version, governance from agents order by id`,
  );
}

/** Only those that hold a key: one that was taken out of governance does not speak for its backend. */
function listedAgents(
  backend: Backend,
  agents: readonly (Agent & { backend: string })[],
  now: number,
): Agent[] {
  const listed = agentsOf(backend, now);
  return agents
    .filter((agent) => agent.backend === backend.id && listed.has(agent.id))
    .map(({ backend: _, ...agent }) => agent);
}

function lastSeen(agents: readonly Agent[]): number | null {
  return agents.reduce<number | null>((last, { lastSeenAt }) => Math.max(last ?? 0, lastSeenAt ?? 0), null);
}
