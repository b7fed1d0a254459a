/** Rows of clocks: read and written, with what the ledger is told of a change. */
import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { rowsOf, type Db, type Tx } from '../../db/database.ts';
import { repositoryClocks } from '../../db/schema/visibility.ts';
import type { LedgerEntry } from '../../ledger/ledger.ts';
import { isoTime } from '../../lib/clock.ts';
import { foundFile } from '../../protocol/visibility-task.ts';
import type { Room } from '../room.ts';

export type Clock = typeof repositoryClocks.$inferSelect;

/** What stood against it when the steward looked. */
export const Held = z.strictObject({
  on: z.iso.date(),
  /** What governance said then: with another version it is worth another look. */
  policy: z.string().nullable(),
  count: z.int().min(0),
  files: z.array(foundFile),
  /** Instead of files: why the steward would not. */
  refusal: z.strictObject({ code: z.string(), says: z.string(), next: z.string() }).nullable(),
});
export type Held = z.infer<typeof Held>;

export async function clockOf(db: Db | Tx, repository: number): Promise<Clock | undefined> {
  const [row] = await db.select().from(repositoryClocks).where(eq(repositoryClocks.repository, repository));
  return row;
}

export const heldOf = ({ blocked }: Pick<Clock, 'blocked'>): Held | undefined => Held.safeParse(blocked).data;

/** The first job of the repository that was started on real data; undefined while there is none. */
export async function firstRealJob(
  db: Db,
  repository: number,
): Promise<{ job: string; startedAt: number } | undefined> {
  const [row] = await rowsOf<{ job: string; startedAt: number }>(
    db,
    sql`
      select jobs.id as job, jobs.started_at::float8 as "startedAt"
      from job_requests join jobs on jobs.request = job_requests.id
      where job_requests.repository_id = ${repository} and job_requests.purpose = 'run'
        and jobs.data = 'real' and jobs.started_at is not null
      order by jobs.started_at, jobs.id limit 1`,
  );
  return row;
}

/** Whether a publication waits for the repository to be public, as the steward has answered. */
export async function isAwaited(db: Db | Tx, repository: number): Promise<boolean> {
  const rows = await rowsOf(
    db,
    sql`
      select 1 from publication_editions join publications on publications.id = publication_editions.publication
      where publications.repository_id = ${repository} and publication_editions.state = 'wanted'
        and publication_editions.code = 'steward.private-repository' limit 1`,
  );
  return rows.length > 0;
}

export function leaf(
  room: Pick<Room, 'clock' | 'governance'>,
  repository: number,
  body: LedgerEntry['body'],
  actor = 'hub',
): LedgerEntry {
  return {
    time: isoTime(room.clock.now()),
    type: 'visibility',
    actor,
    subject: `repository:${repository}`,
    policy_commit: room.governance.current()?.commit ?? null,
    body,
  };
}
