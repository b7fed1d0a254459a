/** What every part of the room works with. Made once by the hub. */
import { eq, sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';
import { repositories } from '../db/schema/github.ts';
import type { Governance, GovernanceMirror, MirrorRefresh, Proposal } from '../governance/governance.ts';
import type { JobsDeps } from '../jobs/jobs.ts';
import type { PublicationDeps } from '../publication/types.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Traces } from '../lib/traces.ts';
import type { App } from './app.ts';
import type { WriteLimits } from './budget.ts';
import type { Line } from './line.ts';
import type { RepositoryPayload } from './payloads.ts';
import type { RepoRef } from './repo.ts';

export interface Room {
  app: App;
  db: Db;
  clock: Clock;
  logger: Logger;
  governance: {
    repositoryId: number;
    current(): Governance | undefined;
    refresh(): Promise<MirrorRefresh>;
    propose(commit: string): Promise<Proposal>;
    versions: Pick<GovernanceMirror, 'dir' | 'facts' | 'isAhead'>;
  };
  /** Of the jobs room and of the outputs room. */
  jobs: JobsDeps;
  publications: PublicationDeps;
  limits: WriteLimits;
  line: Line;
  /** Only where hub.yml names a collector. */
  traces?: Traces | undefined;
}

export interface KnownRepository extends RepoRef {
  defaultBranch: string | null;
  suspended: boolean;
  removedAt: number | null;
}

/** Names change, ids do not: whatever a payload says about a repository is taken as the newest. */
export async function rememberRepository(
  db: Db,
  repo: RepositoryPayload,
  installation: number,
  now: number,
): Promise<RepoRef> {
  const seen = {
    owner: repo.owner.login,
    name: repo.name,
    installationId: installation,
    private: repo.private,
    defaultBranch: repo.default_branch,
    suspended: false,
    removedAt: null,
    updatedAt: now,
  };
  await db
    .insert(repositories)
    .values({ id: repo.id, ...seen })
    .onConflictDoUpdate({ target: repositories.id, set: seen });
  return { id: repo.id, owner: seen.owner, name: seen.name, installation };
}

export async function knownRepository(db: Db, id: number): Promise<KnownRepository | undefined> {
  const [row] = await db.select().from(repositories).where(eq(repositories.id, id));
  return (
    row && {
      id: row.id,
      owner: row.owner,
      name: row.name,
      installation: row.installationId,
      defaultBranch: row.defaultBranch,
      suspended: row.suspended,
      removedAt: row.removedAt,
    }
  );
}

/** Everybody who has pushed to this branch, as far as we were told. */
export async function pushersOf(db: Db, repository: number, branch: string): Promise<number[]> {
  const rows = await rowsOf<{ id: number }>(
    db,
    sql`
      select distinct pusher_id::float8 as id from pushes
      where repository_id = ${repository}::bigint and branch = ${branch} and pusher_id is not null`,
  );
  return rows.map(({ id }) => id);
}

/** A fact the room keeps over restarts. */
export async function settingOf<T>(db: Db, key: string): Promise<T | undefined> {
  const [row] = await rowsOf<{ value: T }>(db, sql`select value from settings where key = ${key}`);
  return row?.value;
}

export async function keepSetting(db: Db, key: string, value: unknown, now: number): Promise<void> {
  await db.execute(sql`
    insert into settings (key, value, updated_at) values (${key}, ${JSON.stringify(value)}::jsonb, ${now}::bigint)
    on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`);
}

/** Permissions that an installation has not consented to, as last seen. */
export async function consentMissing(db: Db, installation: number): Promise<string[]> {
  return (await settingOf<string[]>(db, `consent:${installation}`)) ?? [];
}

export function rememberConsent(db: Db, installation: number, missing: string[], now: number): Promise<void> {
  return keepSetting(db, `consent:${installation}`, missing, now);
}

export async function allMissingConsent(db: Db): Promise<{ installation: number; missing: string[] }[]> {
  const rows = await rowsOf<{ key: string; value: string[] }>(
    db,
    sql`select key, value from settings where key like 'consent:%' and value <> '[]'::jsonb order by key`,
  );
  return rows.map(({ key, value }) => ({
    installation: Number(key.slice('consent:'.length)),
    missing: value,
  }));
}
