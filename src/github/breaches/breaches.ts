/**
 * Breaches: issues that people open in the private repository for incidents. Opening one starts the clock and has the
 * App say at once what to do; nothing of its text is kept or repeated.
 */
import { and, eq, inArray, isNull } from 'drizzle-orm';
import { queueOutbox } from '../../db/outbox.ts';
import { record } from '../../db/record.ts';
import { breaches } from '../../db/schema/breaches.ts';
import { breachDue, type Governance } from '../../governance/governance.ts';
import { isoTime } from '../../lib/clock.ts';
import { octokitFor, openIssues, intakeIssue } from '../applications/intake.ts';
import { derivedId } from '../derived.ts';
import type { IssuesEvent } from '../payloads.ts';
import { findRepository } from '../reach.ts';
import type { RepoClient } from '../repo.ts';
import type { Room } from '../room.ts';
import { troubleOf } from '../trouble.ts';

export const BREACH_TOPIC = 'breach';
export type Breach = typeof breaches.$inferSelect;

const incidentsRepository = (g: Governance | undefined): number | undefined =>
  g?.deployment.github.repos['incidents'];

/** Whether the event was about a breach. */
export async function onBreachIssue(room: Room, client: RepoClient, event: IssuesEvent): Promise<boolean> {
  const { issue, sender } = event;
  if (client.repo.id !== incidentsRepository(room.governance.current()) || issue.pull_request) return false;
  if (sender.login !== client.bot) await look(room, client.repo.id, issue.number);
  return true;
}

/** Whatever the event said, the issue is read: one that a person opened is a breach, however it is filled in. */
async function look(room: Room, repository: number, number: number): Promise<void> {
  const [known] = await room.db
    .select({ id: breaches.id })
    .from(breaches)
    .where(and(eq(breaches.repositoryId, repository), eq(breaches.issue, number)));
  if (known) return show(room, [known.id]);
  const repo = await findRepository(room, repository);
  const issue = repo && (await intakeIssue(await octokitFor(room, repo), repo, number));
  if (!issue?.author?.person || !issue.open) return;
  const { author } = issue;
  const governance = room.governance.current();
  const now = room.clock.now();
  const id = derivedId('breach', repository, issue.id);
  await room.db.transaction(async (tx) => {
    const made = await tx
      .insert(breaches)
      .values({
        ...{ id, repositoryId: repository, issue: number, issueId: issue.id },
        ...{ openedBy: author.id, openedAt: now, dueAt: breachDue(governance, now) },
      })
      .onConflictDoNothing()
      .returning({ id: breaches.id });
    if (made.length > 0) await record(tx, leafOf(room, id, 'hub', 'incident-opened', now));
    await queueOutbox(tx, [{ topic: BREACH_TOPIC, subject: id }], now);
  });
}

async function show(room: Room, ids: readonly string[]): Promise<void> {
  const news = ids.map((subject) => ({ topic: BREACH_TOPIC, subject }));
  await room.db.transaction((tx) => queueOutbox(tx, news, room.clock.now()));
}

/** Public: that there was one, and that it was closed. No text, no repository, nobody who was not already public. */
export function leafOf(
  room: Room,
  id: string,
  actor: string,
  event: 'incident-opened' | 'incident-closed' | 'incident-reopened',
  now: number,
) {
  return {
    time: isoTime(now),
    type: 'alert' as const,
    actor,
    subject: `incident:${id}`,
    policy_commit: room.governance.current()?.commit ?? null,
    body: { event },
  };
}

/** Every open breach, and open issues that no event told of. Harmless when repeated. */
export async function lookAtBreaches(room: Room): Promise<number> {
  const open = await room.db.select({ id: breaches.id }).from(breaches).where(isNull(breaches.closedAt));
  await show(
    room,
    open.map(({ id }) => id),
  );
  const repository = incidentsRepository(room.governance.current());
  const repo = repository === undefined ? undefined : await findRepository(room, repository);
  if (!repo) return open.length;
  try {
    const numbers = await openIssues(await octokitFor(room, repo), repo);
    const known = await room.db
      .select({ issue: breaches.issue })
      .from(breaches)
      .where(and(eq(breaches.repositoryId, repo.id), inArray(breaches.issue, [0, ...numbers])));
    for (const number of numbers)
      if (!known.some(({ issue }) => issue === number)) await look(room, repo.id, number);
  } catch (error) {
    const { kind, reason } = troubleOf(error, room.clock.now());
    room.logger.error(
      { code: 'breaches.unreachable', kind, reason },
      'The incidents repository cannot be read',
    );
  }
  return open.length;
}
