/** Which agents of a backend may be given tasks, and what they said of themselves. */
import type { KeyObject } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { rowsOf, type Db, type Tx } from '../db/database.ts';
import type { Backend, Governance } from '../governance/types.ts';
import { isoDay, seconds } from '../lib/clock.ts';
import { parsePublicKey } from '../lib/keys.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { unknownCaller, type Caller } from '../protocol/protocol.ts';
import { backendInactive } from './words.ts';

/** Of an agent from before there were leases: an open poll lasts two minutes, and it need not say more often that it is there. */
export const SILENT_AFTER_MS = seconds(150);
/** How long after its last word an agent counts as alive; it says one two or three times as often. */
export const LEASE_MS = seconds(8);

/** Keys of an agent that are valid on this day. An unknown backend and an unknown agent get the same answer. */
export function agentKeys(governance: Governance, caller: Caller, now: number): KeyObject[] | Refusal {
  const backend = governance.backends.find((each) => each.id === caller.backend);
  const held = backend ? validKeys(backend, now).filter((key) => key.id === caller.agent) : [];
  const keys = held.map(({ key }) => parsePublicKey(key)).filter((key): key is KeyObject => !isRefusal(key));
  if (!backend || keys.length === 0) return unknownCaller();
  return backend.active ? keys : backendInactive(backend.id);
}

/** Ids of agents that hold a valid key. */
export function agentsOf(backend: Backend, now: number): Set<string> {
  return new Set(validKeys(backend, now).map(({ id }) => id));
}

function validKeys(backend: Backend, now: number) {
  const today = isoDay(now);
  return backend.keys.agent.filter(
    ({ from, until }) => (!from || from <= today) && (!until || today <= until),
  );
}

/** Whether an agent may be given something new: it calls, its engine answers, and it is not being drained. */
export const mayTake = (now: number) =>
  sql`(agents.engine and not agents.draining and coalesce(agents.lease_until, agents.last_seen_at + ${SILENT_AFTER_MS}) > ${now})`;

/** Agents that may be given something new. */
export async function callingAgents(db: Db, backend: Backend, now: number): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`select id from agents where backend = ${backend.id} and ${mayTake(now)}`,
  );
  const known = agentsOf(backend, now);
  return rows.map(({ id }) => id).filter((id) => known.has(id));
}

export interface Seen {
  engine: boolean;
  version?: string;
  governance?: string;
  /** Of a poll; a heartbeat says nothing of it. */
  draining?: boolean;
  /** For how long it counts as alive now. */
  leaseMs?: number;
}

/** The version of its list of tasks. */
export async function agentSeen(db: Db | Tx, caller: Caller, said: Seen, now: number): Promise<number> {
  const { engine, version = null, governance = null, draining = null, leaseMs = SILENT_AFTER_MS } = said;
  const rows = await rowsOf<{ version: number }>(
    db,
    sql`
    insert into agents (backend, id, last_seen_at, engine, version, governance, lease_until, draining)
    values (${caller.backend}, ${caller.agent}, ${now}, ${engine}, ${version}, ${governance}, ${now + leaseMs}, coalesce(${draining}, false))
    on conflict (backend, id) do update set
      lease_until = excluded.lease_until, draining = coalesce(${draining}, agents.draining),
      last_seen_at = greatest(agents.last_seen_at, excluded.last_seen_at), engine = excluded.engine,
      version = coalesce(excluded.version, agents.version), governance = coalesce(excluded.governance, agents.governance)
    returning list_version::float8 as version`,
  );
  return rows[0]?.version ?? 0;
}

export async function isPaused(db: Db, backend: string): Promise<boolean> {
  const rows = await rowsOf(
    db,
    sql`select 1 from backend_state where backend = ${backend} and paused_at is not null`,
  );
  return rows.length > 0;
}

/** A token's id, kept in the database, so that a token used at one hub, or before a restart, is used. */
export async function useOnce(db: Db, jti: string, until: number): Promise<boolean> {
  const rows = await rowsOf(
    db,
    sql`insert into used_tokens (jti, expires_at) values (${jti}, ${until}) on conflict do nothing returning 1`,
  );
  return rows.length === 1;
}
