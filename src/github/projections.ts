/**
 * Topic and subject → what GitHub should show now.
 *
 * request: a job request's check, comment and closing mention · check: a check kept in `shown_checks` ·
 * comment: reactions and the reply to a comment that held commands · review, publication, browser, labels: see
 * release/ · order: an airlock has answered · plan: what a pull request on governance does ·
 * proposal: a change of governance that somebody asked for · unapproved: one merged without its approvals · application: what somebody applied for · completion: what is left of a project ·
 * breach: what to do about one that was reported.
 */
import { asc, eq } from 'drizzle-orm';
import { commands, shownChecks } from '../db/schema/commands.ts';
import { requestView } from '../jobs/jobs.ts';
import { runCheck } from './checks/run.ts';
import { CHECK_NAMES, runCheckName, type CheckContent } from './checks/content.ts';
import { code, marker, mention } from './markdown.ts';
import { Answer, Origin, Place } from './places.ts';
import { showBackend } from './backends/status-issue.ts';
import { showPlan } from './plans.ts';
import { showUnapproved } from './approvals/audit.ts';
import { afterProposal } from './applications/hand.ts';
import { showApplication } from './applications/show.ts';
import { showCompletion } from './completion/completion.ts';
import { showBreach } from './breaches/show.ts';
import { showDashboard } from './dashboard/show.ts';
import { showDrift } from './provision/drift-issue.ts';
import { showProject } from './provision/show-project.ts';
import { showProposal } from './proposals/show.ts';
import { replyText } from './reply.ts';
import { showBrowser } from './release/browsers.ts';
import { answerOrder } from './release/orders.ts';
import { showLabels, showReview } from './release/project.ts';
import { showPublication } from './release/publications.ts';
import { endedLine, hasEnded, type ShownRequest } from './request-view.ts';
import { showFor } from './reach.ts';
import { settle } from './settle.ts';
import type { Show } from './show.ts';
import type { Room } from './room.ts';
import { StatusComment } from './status-comment.ts';
import { showDue, showHeld } from './visibility/due-issue.ts';
import { showEnds } from './visibility/ends-issue.ts';

export const TOPICS = [
  'request',
  'check',
  'comment',
  'review',
  'order',
  'publication',
  'browser',
  'labels',
  'plan',
  'backend',
  'project',
  'drift',
  'due',
  'due-held',
  'ends',
  'proposal',
  'unapproved',
  'application',
  'completion',
  'breach',
  'dashboard',
] as const;
export type Topic = (typeof TOPICS)[number];

const PROJECTIONS: Record<Topic, (room: Room, subject: string, force: boolean) => Promise<void>> = {
  request: showRequest,
  check: showCheck,
  comment: showComment,
  review: showReview,
  order: showOrder,
  publication: showPublication,
  browser: showBrowser,
  labels: showLabels,
  plan: showPlan,
  backend: showBackend,
  project: showProject,
  drift: showDrift,
  due: showDue,
  'due-held': showHeld,
  ends: showEnds,
  proposal: async (room, id, force) => {
    await afterProposal(room, id);
    await showProposal(room, id, force);
  },
  unapproved: showUnapproved,
  application: showApplication,
  completion: showCompletion,
  breach: showBreach,
  dashboard: showDashboard,
};

export function isTopic(text: string): text is Topic {
  return (TOPICS as readonly string[]).includes(text);
}

export function project(room: Room, topic: Topic, subject: string, force: boolean): Promise<void> {
  return PROJECTIONS[topic](room, subject, force);
}

async function showRequest(room: Room, id: string, force: boolean): Promise<void> {
  const request = await requestView(room.jobs, id);
  if (!request || request.outcome === 'refused') return;
  const show = await showFor(room, request.repository.id, force);
  const { owner, name } = show.client.repo;
  const view: ShownRequest = { ...request, repositoryUrl: `${room.app.places.web}/${owner}/${name}` };
  // Whoever else makes requests through the jobs room has no place to answer in.
  const origin = Origin.safeParse(request.origin).data ?? { kind: 'push' as const };
  if (request.purpose === 'dummy') {
    await show.check({
      key: `check:${id}`,
      name: CHECK_NAMES.dummy,
      sha: request.commit,
      externalId: id,
      content: runCheck(view),
    });
    return;
  }
  if (request.outcome === 'accepted') {
    await show.check({
      key: `check:${id}`,
      name: runCheckName(id),
      sha: request.commit,
      externalId: id,
      content: runCheck(view),
    });
  }
  if (origin.kind === 'push') return;
  const { place } = origin;
  if (place.kind === 'issue') {
    const body = StatusComment.render(StatusComment.of(view));
    await show.comment({
      key: `comment:${id}`,
      issue: place.number,
      mark: StatusComment.marker(id),
      body,
      final: hasEnded(view),
    });
  }
  if (wantsMention(view)) await showMention(show, view, place);
}

function wantsMention(view: ShownRequest): boolean {
  if (!hasEnded(view) || view.outcome !== 'accepted' || view.notify === 'none') return false;
  return view.notify === 'end' || view.state === 'failed';
}

async function showMention(show: Show, view: ShownRequest, place: Place): Promise<void> {
  const mark = marker('ended', view.id);
  const body = `${mark}\n${mention(view.requestedBy.login)}, request ${code(view.id)} on ${code(view.backend)} ${endedLine(view)}.`;
  const key = `ended:${view.id}`;
  if (place.kind === 'issue') await show.comment({ key, issue: place.number, mark, body, final: true });
  else await show.commitComment({ key, sha: place.sha, mark, body });
}

async function showCheck(room: Room, id: string, force: boolean): Promise<void> {
  const [row] = await room.db.select().from(shownChecks).where(eq(shownChecks.id, id));
  if (!row) return;
  const show = await showFor(room, row.repositoryId, force);
  // Written by this room from its own type, and read by nobody else.
  const content = row.content as unknown as CheckContent;
  await show.check({ key: `check:${id}`, name: row.name, sha: row.sha, externalId: id, content });
}

async function showComment(room: Room, comment: string, force: boolean): Promise<void> {
  const rows = await room.db
    .select()
    .from(commands)
    .where(eq(commands.comment, comment))
    .orderBy(asc(commands.line));
  const [first] = rows;
  if (!first) return;
  const show = await showFor(room, first.repositoryId, force);
  const place = Place.parse(first.place);
  const decided = rows.every((row) => row.state !== 'seen');
  const answered = rows.flatMap((row) =>
    row.answer ? [{ text: row.text, answer: Answer.parse(row.answer) }] : [],
  );
  const body = decided ? replyText(comment, first.actorLogin, answered, place.kind !== 'issue') : undefined;
  if (place.kind !== 'issue') {
    if (body)
      await show.commitComment({
        key: `reply:${comment}`,
        sha: place.sha,
        mark: marker('reply', comment),
        body,
      });
    return;
  }
  const states = new Set(rows.map((row) => row.state));
  const wanted = decided
    ? (['rocket', 'confused'] as const).filter((each) => states.has(each === 'rocket' ? 'done' : 'refused'))
    : (['eyes'] as const);
  await show.reactions(place.comment === null ? { issue: place.number } : { comment: place.comment }, wanted);
  if (body)
    await show.comment({
      key: `reply:${comment}`,
      issue: place.number,
      mark: marker('reply', comment),
      body,
      final: true,
    });
}

/** Settles the command that gave the order; its comment is shown by its own news. */
async function showOrder(room: Room, id: string, force: boolean): Promise<void> {
  const answered = await answerOrder(room, id, force);
  if (answered) await settle(room, answered.command, answered.outcome);
}
