/** Repositories and by when they have to be public: names, days and states, also of those that are private still. */
import { sql, type SQL } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import type { Governance, Repository } from '../governance/types.ts';
import { isoDay } from '../lib/clock.ts';
import { repositoryNames } from './status.ts';
import type { RecordDeps } from './types.ts';

/** private: until its day · past: that is over · public · exempt: no research. */
export const REPOSITORY_STATES = ['past', 'private', 'public', 'exempt'] as const;
export type RepositoryState = (typeof REPOSITORY_STATES)[number];

export interface ShownRepository {
  id: number;
  /** `owner/name`; null when the App is not installed there any more. */
  name: string | null;
  project: string;
  state: RepositoryState;
  firstRun: string | null;
  due: string | null;
  publicSince: string | null;
  extensions: Repository['extensions'];
  /** Why it need not become public. */
  exempt: { reason: string; ref: string } | null;
  updatedAt: number;
}

export interface RepositoryPage {
  repositories: ShownRepository[];
  /** Where the next page begins. */
  next: string | undefined;
}

export const REPOSITORY_PAGE = 50;
const MOST_AT_ONCE = 10_000;

interface Row {
  repository: number;
  project: string;
  state: string;
  startedAt: number | null;
  due: string | null;
  publicSince: number | null;
  updatedAt: number;
}

/** By the day on which they are due, the earliest first; `after` is `<day>.<id>`. Undefined for a place that cannot be. */
export async function repositoryList(
  deps: RecordDeps,
  asked: { state?: RepositoryState | undefined; after?: string | undefined; limit?: number },
): Promise<RepositoryPage | undefined> {
  const limit = Math.min(asked.limit ?? REPOSITORY_PAGE, MOST_AT_ONCE);
  const place = asked.after === undefined ? undefined : /^(\d{4}-\d{2}-\d{2})\.(\d{1,15})$/.exec(asked.after);
  if (place === null) return undefined;
  const [, day = '', id = ''] = place ?? [];
  const after = place ? sql`and (coalesce(due, ${NEVER}), repository) > (${day}, ${Number(id)})` : sql``;
  const of = asked.state === undefined ? sql`true` : whereState(asked.state, today(deps));
  const rows = await rowsOf<Row>(
    deps.db,
    sql`${columns} where state <> 'open-ended' and ${of} ${after}
      order by coalesce(due, ${NEVER}), repository limit ${limit + 1}`,
  );
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    repositories: await shownOf(deps, rows.slice(0, limit)),
    next: last && `${last.due ?? NEVER}.${last.repository}`,
  };
}

/** What changed last, newest first. */
export async function repositoriesChanged(deps: RecordDeps, limit: number): Promise<ShownRepository[]> {
  const rows = await rowsOf<Row>(
    deps.db,
    sql`${columns} where state <> 'open-ended' order by updated_at desc, repository limit ${limit}`,
  );
  return shownOf(deps, rows);
}

export async function repositoryCounts(deps: RecordDeps): Promise<Record<RepositoryState, number>> {
  const rows = await rowsOf<{ state: string; past: boolean; count: number }>(
    deps.db,
    sql`
      select state, coalesce(due <= ${today(deps)}, false) as past, count(*)::int as count
      from repository_clocks where state <> 'open-ended' group by 1, 2`,
  );
  const counts = { past: 0, private: 0, public: 0, exempt: 0 };
  for (const { state, past, count } of rows) counts[stateOf(state, past)] += count;
  return counts;
}

/** After every day there is. */
const NEVER = '9999-12-31';

const columns = sql`
  select repository::float8 as repository, project, state, started_at::float8 as "startedAt", due,
    public_since::float8 as "publicSince", updated_at::float8 as "updatedAt"
  from repository_clocks`;

const today = ({ clock }: Pick<RecordDeps, 'clock'>): string => isoDay(clock.now());

/** One that waits for a decision about more time is past its day as well. */
function stateOf(state: string, past: boolean): RepositoryState {
  if (state === 'public' || state === 'exempt') return state;
  return past ? 'past' : 'private';
}

function whereState(state: RepositoryState, day: string): SQL {
  if (state === 'public' || state === 'exempt') return sql`state = ${state}`;
  const past = sql`coalesce(due <= ${day}, false)`;
  return sql`state not in ('public', 'exempt') and ${state === 'past' ? past : sql`not ${past}`}`;
}

async function shownOf(deps: RecordDeps, rows: readonly Row[]): Promise<ShownRepository[]> {
  const names = await repositoryNames(
    deps,
    rows.map(({ repository }) => repository),
  );
  const governed = repositoriesOf(deps.governance());
  const day = today(deps);
  return rows.map(({ repository: id, project, state, startedAt, due, publicSince, updatedAt }) => {
    const held = governed.get(id);
    const shown = stateOf(state, due !== null && due <= day);
    return {
      ...{ id, project, due, updatedAt, state: shown, name: names.get(id) ?? null },
      firstRun: startedAt === null ? null : isoDay(startedAt),
      publicSince: publicSince === null ? null : isoDay(publicSince),
      extensions: held?.extensions ?? [],
      exempt: shown === 'exempt' ? (held?.exempt ?? null) : null,
    };
  });
}

function repositoriesOf(g: Governance | undefined): Map<number, Repository> {
  return new Map((g?.projects ?? []).flatMap(({ repos }) => repos.map((repo) => [repo.id, repo] as const)));
}
