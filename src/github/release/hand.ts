/**
 * What people do by hand to issues (the event `issues`): a verdict label is a signature; a filled-in form is a
 * command; everything else that was changed on an issue of ours is put back.
 */
import { queueOutbox } from '../../db/outbox.ts';
import { heardTicks } from '../completion/completion.ts';
import { hear } from '../conversation.ts';
import { onDashboard } from '../dashboard/hand.ts';
import type { Delivery } from '../inbox.ts';
import { instantOf, type IssuesEvent } from '../payloads.ts';
import type { RepoClient } from '../repo.ts';
import type { Room } from '../room.ts';
import { formIn } from './forms.ts';
import { isVerdict } from './labels.ts';
import { takeTicks } from '../visibility/sign-off.ts';
import { takeVerdict } from './verdicts.ts';
import { newsOf, ourIssue } from './where.ts';

export async function onIssues(
  room: Room,
  client: RepoClient,
  event: IssuesEvent,
  delivery: Delivery,
): Promise<void> {
  const { action, issue, sender, label } = event;
  if (issue.pull_request || sender.login === client.bot) return;
  const ours = await ourIssue(room.db, client.repo.id, issue.number, issue.id);
  if (!ours) return action === 'opened' ? onOpened(room, client, event) : undefined;
  if (action === 'labeled' && label && isVerdict(label.name)) {
    const { id, login, type } = sender;
    return takeVerdict(room, client, ours, { label: label.name, actor: { id, login, type }, delivery });
  }
  if (ours.kind === 'completion' && action === 'edited')
    await heardTicks(room, ours.subject, sender.id, issue.body ?? '');
  if (ours.kind === 'dashboard') return onDashboard(room, client, event, delivery);
  if (ours.kind === 'due' && action === 'edited' && sender.type === 'User')
    await takeTicks(room, Number(ours.subject), { id: sender.id, login: sender.login }, issue.body ?? '');
  const news = newsOf(ours);
  if (news) await room.db.transaction((tx) => queueOutbox(tx, [news], room.clock.now()));
}

/** By a person, as a form makes it. Issues that were transferred here are no new ones. */
async function onOpened(
  room: Room,
  client: RepoClient,
  { issue, sender, ...event }: IssuesEvent,
): Promise<void> {
  if (issue.user?.id !== sender.id || sender.type !== 'User' || 'changes' in event) return;
  const line = formIn(issue.body ?? '');
  if (!line) return;
  await hear(room, {
    comment: `${client.repo.id}:form:${issue.id}`,
    client,
    place: { kind: 'issue', number: issue.number, pull: false, comment: null },
    actor: { id: sender.id, login: sender.login },
    saidAt: instantOf(issue.created_at) ?? room.clock.now(),
    lines: [line],
  });
}
