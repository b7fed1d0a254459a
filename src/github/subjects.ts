/** Which repository a subject of the outbox concerns. */
import { eq, inArray } from 'drizzle-orm';
import type { Db } from '../db/database.ts';
import { applications } from '../db/schema/applications.ts';
import { breaches } from '../db/schema/breaches.ts';
import { commands, shownChecks } from '../db/schema/commands.ts';
import { githubObjects } from '../db/schema/github.ts';
import { jobRequests } from '../db/schema/jobs.ts';
import { provisions } from '../db/schema/provisioning.ts';
import { proposals } from '../db/schema/stewarding.ts';

export async function repositoryOfNews(db: Db, topic: string, subject: string): Promise<number | undefined> {
  if (topic === 'request') {
    const [row] = await db
      .select({ id: jobRequests.repositoryId })
      .from(jobRequests)
      .where(eq(jobRequests.id, subject));
    return row?.id;
  }
  if (topic === 'check') {
    const [row] = await db
      .select({ id: shownChecks.repositoryId })
      .from(shownChecks)
      .where(eq(shownChecks.id, subject));
    return row?.id;
  }
  if (topic === 'backend') {
    const [row] = await db
      .select({ id: githubObjects.repositoryId })
      .from(githubObjects)
      .where(eq(githubObjects.key, `issue:status:${subject}`));
    return row?.id;
  }
  if (topic === 'completion') {
    const [row] = await db
      .select({ id: githubObjects.repositoryId })
      .from(githubObjects)
      .where(eq(githubObjects.key, `issue:completion:${subject}`));
    return row?.id;
  }
  if (topic === 'application') {
    const [row] = await db
      .select({ id: applications.repositoryId })
      .from(applications)
      .where(eq(applications.id, subject));
    return row?.id;
  }
  if (topic === 'breach') {
    const [row] = await db
      .select({ id: breaches.repositoryId })
      .from(breaches)
      .where(eq(breaches.id, subject));
    return row?.id;
  }
  if (topic === 'proposal') {
    const [row] = await db
      .select({ id: proposals.repositoryId })
      .from(proposals)
      .where(eq(proposals.id, subject));
    return row?.id ?? undefined;
  }
  if (topic === 'project') {
    const [row] = await db
      .select({ id: provisions.repositoryId })
      .from(provisions)
      .where(eq(provisions.project, subject));
    return row?.id;
  }
  if (topic === 'drift') return undefined;
  if (topic === 'dashboard') return Number(subject);
  if (topic === 'labels' || topic === 'due') return Number(subject);
  // Governance's own repository: no news of a study waits there.
  if (topic === 'due-held' || topic === 'ends') return undefined;
  if (topic === 'review' || topic === 'order' || topic === 'publication' || topic === 'browser') {
    // The issue that was being written, or what the order came from.
    const keys = {
      review: [`issue:review:${subject}`, `issue:release:${subject}`],
      order: [`order:${subject}`],
      publication: [`issue:publication:${subject}`],
      browser: [`browser:${subject}`],
    }[topic];
    const [made] = await db
      .select({ id: githubObjects.repositoryId })
      .from(githubObjects)
      .where(inArray(githubObjects.key, keys))
      .limit(1);
    return made?.id;
  }
  const [row] = await db
    .select({ id: commands.repositoryId })
    .from(commands)
    .where(eq(commands.comment, subject))
    .limit(1);
  return row?.id;
}
