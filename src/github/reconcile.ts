/**
 * Writes everything on GitHub again from state, and looks at the heads that no event told of.
 *
 * Nothing is made twice: each thing is found by its own key, and what is right already is written over
 * with the same content.
 */
import { desc, eq, isNull, like, ne, sql } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import { queueOutbox, type News } from '../db/outbox.ts';
import { applications } from '../db/schema/applications.ts';
import { breaches } from '../db/schema/breaches.ts';
import { commands, shownChecks } from '../db/schema/commands.ts';
import { githubObjects, pushes, repositories } from '../db/schema/github.ts';
import { jobRequests } from '../db/schema/jobs.ts';
import { airlockOrders, newBrowsers, shownRequests } from '../db/schema/outputs.ts';
import { provisions } from '../db/schema/provisioning.ts';
import { publications } from '../db/schema/publications.ts';
import { planNumbers } from './plans.ts';
import { reviewRepositories } from './release/review-repository.ts';
import { checkHead, recordPush } from './push.ts';
import { repoClient } from './repo.ts';
import { isRegistry } from './codelists/pulls.ts';
import { knownRepository, type Room } from './room.ts';
import { troubleOf } from './trouble.ts';
import { everyClock } from './visibility/clocks.ts';

/** Queues every subject with `force`; the sender does the rest at the pace GitHub allows. */
export async function queueEverything(room: Room): Promise<number> {
  const requests = await room.db
    .select({ id: jobRequests.id })
    .from(jobRequests)
    .where(ne(jobRequests.outcome, 'refused'))
    .orderBy(desc(jobRequests.seq));
  const checks = await room.db
    .select({ id: shownChecks.id })
    .from(shownChecks)
    .orderBy(desc(shownChecks.updatedAt));
  const reviews = await room.db.select({ id: shownRequests.id }).from(shownRequests);
  const asked = await room.db.select({ id: publications.id }).from(publications);
  const orders = await room.db
    .select({ id: airlockOrders.id })
    .from(airlockOrders)
    .where(ne(airlockOrders.state, 'waiting'));
  const told = await room.db.select({ id: newBrowsers.id }).from(newBrowsers);
  const reviewRepos = await reviewRepositories(room);
  const comments = await room.db.selectDistinct({ id: commands.comment }).from(commands);
  const plans = await planNumbers(room);
  const made = await room.db.select({ id: provisions.project }).from(provisions);
  const applied = await room.db.select({ id: applications.id }).from(applications);
  const reported = await room.db.select({ id: breaches.id }).from(breaches);
  const boards = await room.db
    .select({ id: githubObjects.repositoryId })
    .from(githubObjects)
    .where(like(githubObjects.key, 'issue:dashboard:%'));
  const news: News[] = [
    ...requests.map(({ id }) => ({ topic: 'request', subject: id, payload: { force: true } })),
    ...checks.map(({ id }) => ({ topic: 'check', subject: id, payload: { force: true } })),
    ...reviewRepos.map(({ id }) => ({ topic: 'labels', subject: String(id), payload: { force: true } })),
    ...reviews.map(({ id }) => ({ topic: 'review', subject: id, payload: { force: true } })),
    ...asked.map(({ id }) => ({ topic: 'publication', subject: id, payload: { force: true } })),
    ...orders.map(({ id }) => ({ topic: 'order', subject: id, payload: { force: true } })),
    ...told.map(({ id }) => ({ topic: 'browser', subject: id, payload: { force: true } })),
    ...plans.map((number) => ({ topic: 'plan', subject: String(number), payload: { force: true } })),
    ...made.map(({ id }) => ({ topic: 'project', subject: id, payload: { force: true } })),
    { topic: 'drift', subject: 'governance', payload: { force: true } },
    ...applied.map(({ id }) => ({ topic: 'application', subject: id, payload: { force: true } })),
    ...reported.map(({ id }) => ({ topic: 'breach', subject: id, payload: { force: true } })),
    ...boards.map(({ id }) => ({ topic: 'dashboard', subject: String(id), payload: { force: true } })),
    ...(await everyClock(room.db)).map((each) => ({ ...each, payload: { force: true } })),
    ...comments.map(({ id }) => ({ topic: 'comment', subject: id, payload: { force: true } })),
  ];
  for (let at = 0; at < news.length; at += 500) {
    await room.db.transaction((tx) => queueOutbox(tx, news.slice(at, at + 500), room.clock.now()));
  }
  return news.length;
}

/** Heads of branches we know, and of default branches: checked when no event told us of them. */
export async function checkMissedHeads(room: Room): Promise<void> {
  const known = await room.db
    .select({ id: repositories.id, defaultBranch: repositories.defaultBranch })
    .from(repositories)
    .where(isNull(repositories.removedAt));
  for (const { id, defaultBranch } of known) {
    if (id === room.governance.repositoryId || isRegistry(room, id)) continue;
    const rows = await room.db
      .selectDistinct({ branch: pushes.branch })
      .from(pushes)
      .where(eq(pushes.repositoryId, id));
    const branches = new Set([...rows.map((row) => row.branch), ...(defaultBranch ? [defaultBranch] : [])]);
    try {
      for (const branch of branches) await checkMissedHead(room, id, branch);
    } catch (error) {
      const { kind, reason } = troubleOf(error, room.clock.now());
      room.logger.warn(
        { code: 'reconcile.unreachable', repository: id, kind, reason },
        'A repository could not be reconciled',
      );
    }
  }
}

/** Nobody is known to have pushed it, so no dummy run is started. */
const NOBODY = { id: 0, login: 'nobody' };

async function checkMissedHead(room: Room, repository: number, branch: string): Promise<void> {
  const repo = await knownRepository(room.db, repository);
  if (!repo || repo.suspended) return;
  const client = await repoClient(room.app, repo);
  const sha = await client.branchHead(branch);
  if (!sha) return;
  const seen = await rowsOf(
    room.db,
    sql`select 1 from pushes where repository_id = ${repository}::bigint and branch = ${branch} and sha = ${sha}`,
  );
  if (seen.length > 0) return;
  const head = { branch, sha, by: NOBODY };
  // When it was pushed nobody told us. The last push to any branch is never too early, and now would be too late:
  // a command written after the push would be taken for one written before it.
  const at = (await client.describe())?.pushedAt ?? room.clock.now();
  await recordPush(room, repository, head, null, at);
  await checkHead(room, client, head, ['project', 'codelists', 'access']);
}
