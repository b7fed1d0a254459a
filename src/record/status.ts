/** How the backends are, for everybody: what they do, since when, and never why somebody paused one. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import {
  backendChanges,
  backendStatuses,
  databaseStates,
  maintenances,
  type DatabaseState,
  type Maintenance,
  type BackendChange,
  silencesSince,
  type Silence,
} from '../jobs/jobs.ts';
import { freezesOn } from '../freezes/freezes.ts';
import { freezeOver } from '../governance/governance.ts';
import { days } from '../lib/clock.ts';
import type { RecordDeps } from './types.ts';

/** silent: no agent calls for longer than governance allows · paused: what waits is held · maintained: what asks its database is held · retired: not in use */
export type BackendState = 'working' | 'paused' | 'maintained' | 'silent' | 'retired';

export interface ShownBackend {
  id: string;
  name: string;
  data: 'real' | 'dummy';
  state: BackendState;
  pausedAt: number | null;
  /** Of its database: the one that is on, else the next that is planned. `until` is null where nobody said. */
  maintenance: { from: number; until: number | null; saidBy: Maintenance['saidBy'] } | null;
  /** What it says itself, and since when; null where nobody asks it. */
  database: Pick<DatabaseState, 'word' | 'since'> | null;
  /** Null when no agent of it ever called. */
  lastContact: number | null;
  running: number;
  waiting: number;
  /** Part of the last UPTIME_DAYS in which it was not silent, as far as the hub saw: 0 to 1. */
  uptime: number;
}

export const UPTIME_DAYS = 30;

export async function shownBackends(deps: RecordDeps, since: number): Promise<ShownBackend[]> {
  const names = new Map((deps.governance()?.backends ?? []).map(({ id, name }) => [id, name]));
  const on = await freezesOn(deps.db);
  const statuses = (await backendStatuses(deps, since)).map((each) => ({
    ...each,
    // By governance or by the operator: what waits is held either way.
    pausedAt: freezeOver(on, { project: null, backend: each.id })?.at ?? each.pausedAt,
  }));
  const now = deps.clock.now();
  const maintained = await maintenances(deps.db, now);
  const databases = await databaseStates(deps.db, now);
  const from = now - days(UPTIME_DAYS);
  const silences = await silencesSince(deps.db, from);
  return statuses.map((each) => {
    const next = maintained.find(({ backend }) => backend === each.id);
    const database = databases.find(({ backend }) => backend === each.id);
    return {
      id: each.id,
      name: names.get(each.id) ?? each.id,
      data: each.data,
      state: stateOf({ ...each, maintained: next !== undefined && next.began <= now }),
      pausedAt: each.pausedAt,
      maintenance: next ? { from: next.began, until: next.ended, saidBy: next.saidBy } : null,
      database: database ? { word: database.word, since: database.since } : null,
      lastContact: each.lastSeenAt,
      running: each.running.length,
      waiting: each.waiting,
      uptime: uptimeIn(
        silences.filter(({ backend }) => backend === each.id),
        from,
        now,
      ),
    };
  });
}

export function stateOf(of: {
  active: boolean;
  silent: boolean;
  pausedAt: number | null;
  maintained?: boolean;
}): BackendState {
  if (!of.active) return 'retired';
  if (of.silent) return 'silent';
  if (of.pausedAt !== null) return 'paused';
  return of.maintained ? 'maintained' : 'working';
}

/** Silences do not overlap: of a backend one at a time is written down. */
export function uptimeIn(
  silences: readonly Pick<Silence, 'began' | 'ended'>[],
  from: number,
  now: number,
): number {
  const silent = silences.reduce(
    (sum, { began, ended }) => sum + Math.max(0, Math.min(ended ?? now, now) - Math.max(began, from)),
    0,
  );
  return 1 - Math.min(1, silent / (now - from));
}

/** Newest first, of all that governance names. */
export const backendChangesShown = ({ db, governance, clock }: RecordDeps): Promise<BackendChange[]> =>
  backendChanges(
    db,
    (governance()?.backends ?? []).map(({ id }) => id),
    { now: clock.now() },
  );

/** Names of repositories by their ids, as GitHub last told them. */
export async function repositoryNames(
  { db }: Pick<RecordDeps, 'db'>,
  ids: readonly number[],
): Promise<Map<number, string>> {
  const rows = await rowsOf<{ id: number; name: string }>(
    db,
    sql`
      select id::float8 as id, owner || '/' || name as name from repositories
      where id in (select value::bigint from json_array_elements_text(${JSON.stringify(ids)}::json))`,
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}
