/** How the backends are, for everybody: what they do, since when, and never why somebody paused one. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import { backendStatuses } from '../jobs/jobs.ts';
import type { RecordDeps } from './types.ts';

/** silent: no agent calls for longer than governance allows · paused: what waits is held · retired: not in use */
export type BackendState = 'working' | 'paused' | 'silent' | 'retired';

export interface ShownBackend {
  id: string;
  name: string;
  data: 'real' | 'dummy';
  state: BackendState;
  pausedAt: number | null;
  /** Null when no agent of it ever called. */
  lastContact: number | null;
  running: number;
  waiting: number;
}

export async function shownBackends(deps: RecordDeps, since: number): Promise<ShownBackend[]> {
  const names = new Map((deps.governance()?.backends ?? []).map(({ id, name }) => [id, name]));
  const statuses = await backendStatuses(deps, since);
  return statuses.map((each) => ({
    id: each.id,
    name: names.get(each.id) ?? each.id,
    data: each.data,
    state: stateOf(each),
    pausedAt: each.pausedAt,
    lastContact: each.lastSeenAt,
    running: each.running.length,
    waiting: each.waiting,
  }));
}

export function stateOf(of: { active: boolean; silent: boolean; pausedAt: number | null }): BackendState {
  if (!of.active) return 'retired';
  if (of.silent) return 'silent';
  return of.pausedAt === null ? 'working' : 'paused';
}

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
