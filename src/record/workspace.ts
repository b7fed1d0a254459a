/** A workspace, which is a branch of a repository, under a name that stays. Only what belongs to a project is public. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import { projectById } from '../governance/governance.ts';
import { publicationsShown, releasesShown, type ShownPublication, type ShownRelease } from './releases.ts';
import { listRequests } from './list.ts';
import type { RecordDeps, ShownRequest } from './types.ts';

export interface WorkspacePage {
  name: string;
  project: string;
  place: { owner: string; repository: string; branch: string };
  createdAt: number;
  /** What somebody said it is for; null for one that its first run has made. */
  purpose: string | null;
  archived: boolean;
  /** When a job of it first ran on real data. */
  firstRunAt: number | null;
  requests: ShownRequest[];
  releases: ShownRelease[];
  publications: ShownPublication[];
}

const NEWEST = 20;

/** Undefined for one that does not exist, or of which nothing is public. */
export async function workspacePage(deps: RecordDeps, name: string): Promise<WorkspacePage | undefined> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,149}$/.test(name)) return undefined;
  const { db } = deps;
  const [row] = await rowsOf<{
    owner: string;
    repository: string;
    branch: string;
    createdAt: number;
    purpose: string | null;
    repositoryId: number;
    project: string | null;
  }>(
    db,
    sql`
      select coalesce(r.owner, '') as owner, coalesce(r.name, '') as repository, w.branch, w.purpose,
        w.created_at::float8 as "createdAt", w.repository_id::float8 as "repositoryId",
        (select project from job_requests where workspace = w.name order by seq desc limit 1) as project
      from workspaces as w left join repositories as r on r.id = w.repository_id where w.name = ${name}`,
  );
  if (!row) return undefined;
  const g = deps.governance();
  const owning = g?.projects.find(({ repos }) => repos.some(({ id }) => id === row.repositoryId));
  const project = owning?.id ?? row.project;
  if (project === null) return undefined;
  const { owner, repository, branch, createdAt, purpose } = row;
  const { requests } = await listRequests(db, g, { filter: { workspace: name }, limit: NEWEST });
  return {
    ...{ name, project, createdAt, purpose, requests },
    place: { owner, repository, branch },
    archived: (g && projectById(g, project)?.archived.includes(name)) === true,
    firstRunAt: await firstRun(deps, name),
    releases: (await releasesShown(db, { workspace: name, limit: NEWEST })).items,
    publications: (await publicationsShown(db, { workspace: name, limit: NEWEST })).items,
  };
}

async function firstRun({ db }: RecordDeps, workspace: string): Promise<number | null> {
  const [row] = await rowsOf<{ at: number | null }>(
    db,
    sql`
      select min(started)::float8 as at from (
        select (select min(started_at) from jobs where jobs.request = r.id) as started
        from job_requests as r
        where r.workspace = ${workspace} and r.purpose = 'run' and r.outcome = 'accepted'
        order by r.seq limit 20
      ) as first`,
  );
  return row?.at ?? null;
}
