/** A workspace that somebody made by a command, before anything ran in it or afterwards. */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';
import { record } from '../db/record.ts';
import { isoTime } from '../lib/clock.ts';
import type { JobsDeps } from './types.ts';
import { mayBeCalled } from './workspaces.ts';

export interface NewWorkspace {
  name: string;
  repository: number;
  branch: string;
  purpose: string;
  notify: 'none' | 'end' | 'failure';
  project: string;
  by: number;
  policy: string;
}

export interface WorkspaceAnswer {
  /** taken: by another branch · exists: this branch has one, by this name. */
  kind: 'made' | 'taken' | 'exists';
  name?: string;
}

interface Held {
  name: string;
  repository: number;
  branch: string;
  purpose: string | null;
}

/** One that a first run has made may be given its purpose later; done again by the same words it is made. */
export async function createWorkspace({ db, clock }: JobsDeps, wish: NewWorkspace): Promise<WorkspaceAnswer> {
  const { name, repository, branch, purpose, notify, by } = wish;
  if (!mayBeCalled(name)) return { kind: 'taken' };
  const now = clock.now();
  return db.transaction(async (tx): Promise<WorkspaceAnswer> => {
    const made = await rowsOf(
      tx,
      sql`
        insert into workspaces (name, repository_id, branch, purpose, notify, created_by, created_at)
        values (${name}, ${repository}, ${branch}, ${purpose}, ${notify}, ${by}, ${now}) on conflict do nothing
        returning name`,
    );
    if (made.length === 0) {
      const known = await rowsOf<Held>(
        tx,
        sql`
          select name, repository_id::float8 as repository, branch, purpose from workspaces
          where name = ${name} or (repository_id = ${repository} and branch = ${branch})
          order by (repository_id = ${repository} and branch = ${branch}) desc for update`,
      );
      const own = known.find((each) => each.repository === repository && each.branch === branch);
      if (!own) return { kind: 'taken' };
      if (own.name !== name) return { kind: 'exists', name: own.name };
      if (own.purpose !== null) return own.purpose === purpose ? { kind: 'made' } : { kind: 'exists', name };
      await tx.execute(sql`
        update workspaces set purpose = ${purpose}, notify = ${notify}, created_by = ${by} where name = ${name}`);
    }
    await record(tx, {
      time: isoTime(now),
      type: 'workspace',
      actor: `person:${by}`,
      subject: `workspace:${name}`,
      policy_commit: wish.policy,
      body: { event: 'created', project: wish.project, repository: { id: repository }, branch, purpose },
    });
    return { kind: 'made' };
  });
}

/** Who is told of its requests when `/run` does not say. */
export async function notifyOf(
  db: Db,
  repository: number,
  branch: string,
): Promise<NewWorkspace['notify'] | undefined> {
  const [row] = await rowsOf<{ notify: NewWorkspace['notify'] | null }>(
    db,
    sql`select notify from workspaces where repository_id = ${repository} and branch = ${branch}`,
  );
  return row?.notify ?? undefined;
}
