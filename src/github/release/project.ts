/**
 * The topic `review`: the release issue in the study repository and the review issue beside the others of its
 * deployment, each made to look as the shown copy says, and linked to the other.
 *
 * A draft has no issue: until it is submitted it is its author's business. One that a schedule made has its
 * release issue at once, which tells its author of it. A study without issues, or out of
 * our reach, has the review issue alone.
 */
import { rolesOf } from '../../governance/governance.ts';
import { FINAL } from '../../release/release.ts';
import { downloadersOf } from '../../outputs/outputs.ts';
import { findRepository, OutOfReach, showFor } from '../reach.ts';
import type { Room } from '../room.ts';
import type { Show } from '../show.ts';
import { marker } from '../markdown.ts';
import { releaseBody, releaseMark, releaseTitle, reviewBody, reviewMark, reviewTitle } from './bodies.ts';
import { authorKind, factsOf, reviewRepository, type RequestFacts } from './facts.ts';
import { labelsOf, REVIEW_LABELS, STUDY_LABELS } from './labels.ts';
import { forAuthor, forCheckers, reminder, reminderRound, type NoticeFacts } from './notices.ts';
import { publicationRows } from './publications.ts';
import { findReviewRepository } from './review-repository.ts';
import { ensureLabels, knownIssue, showIssue } from './show-issue.ts';
import { tell } from './tell.ts';

export const releaseKey = (request: string): string => `issue:release:${request}`;
export const reviewKey = (request: string): string => `issue:review:${request}`;

export async function showReview(room: Room, id: string, force: boolean): Promise<void> {
  const facts = await factsOf(room, id);
  // A draft is its author's business, but for one that they did not make themselves.
  if (!facts || (facts.request.submittedAt === null && !facts.request.automated)) return;
  const study = await studyShow(room, facts, force);
  const isDraft = facts.request.submittedAt === null;
  const review = isDraft ? undefined : await reviewShow(room, facts, force);
  let released = study && (await showRelease(study, facts, undefined));
  const reviewed = review && (await showReviewIssue(review, facts, link(study, released)));
  // Each is made before the other can be named in it.
  if (study && released && reviewed) released = await showRelease(study, facts, link(review, reviewed));
  const notices = await noticeFacts(room, facts);
  if (study && released) {
    await tell(study, {
      key: `release:${id}`,
      issue: released,
      steps: facts.steps,
      write: (fresh) => forAuthor(notices, fresh),
    });
  }
  if (review && reviewed) {
    await tell(review, {
      key: `review:${id}`,
      issue: reviewed,
      steps: facts.steps,
      write: (fresh) => forCheckers(notices, fresh),
    });
    await remind(review, facts, reviewed, notices.checkers);
  }
  if (!review && !isDraft)
    throw new OutOfReach(
      'no review repository that the App is installed on: see review_repos in deployment.yml',
    );
}

async function studyShow(room: Room, { request }: RequestFacts, force: boolean): Promise<Show | undefined> {
  const known = await knownIssue({ room }, releaseKey(request.id));
  const repository = known?.repository ?? request.repository;
  if (!repository) return undefined;
  await findRepository(room, repository);
  try {
    return await showFor(room, repository, force);
  } catch (error) {
    if (error instanceof OutOfReach) return undefined;
    throw error;
  }
}

/** An issue stays in the repository in which it was made, also when the deployment chooses another later. */
async function reviewShow(room: Room, facts: RequestFacts, force: boolean): Promise<Show | undefined> {
  const known = await knownIssue({ room }, reviewKey(facts.request.id));
  const named = known?.repository ?? reviewRepository(facts.governance, facts.project);
  const repository = await findReviewRepository(room, named);
  return repository && showFor(room, repository.id, force);
}

/** `owner/name#12`, which GitHub shows as a link. */
function link(show: Show | undefined, number: number | undefined): string | undefined {
  return show && number ? `${show.client.repo.owner}/${show.client.repo.name}#${number}` : undefined;
}

const CLOSED = new Set<string>(FINAL);
const isOver = (state: string): boolean => CLOSED.has(state);

async function showRelease(
  show: Show,
  facts: RequestFacts,
  review: string | undefined,
): Promise<number | undefined> {
  const { request } = facts;
  // Known from an earlier time, the link stands in the body from the start.
  const known = review ?? (await knownLink(show, reviewKey(request.id)));
  if ((await show.client.describe())?.hasIssues === false) return undefined;
  await ensureLabels(show, STUDY_LABELS);
  const publications = await publicationRows(show.room, request.id);
  const shown = await showIssue(show, {
    key: releaseKey(request.id),
    mark: releaseMark(request.id),
    title: releaseTitle(request.id),
    body: ({ replaces }) =>
      releaseBody({ ...facts, release: undefined, review: known, replaces }, publications),
    labels: labelsOf({ state: request.state, hints: request.hints, overdue: facts.overdue }),
    open: !isOver(request.state),
    reason: request.state === 'released' ? 'completed' : 'not_planned',
  });
  return shown === 'off' ? undefined : shown.number;
}

async function knownLink(show: Show, key: string): Promise<string | undefined> {
  const known = await knownIssue(show, key);
  const repo = known && (await findRepository(show.room, known.repository));
  return known && repo ? `${repo.owner}/${repo.name}#${known.number}` : undefined;
}

async function showReviewIssue(
  show: Show,
  facts: RequestFacts,
  release: string | undefined,
): Promise<number | undefined> {
  const { request } = facts;
  await ensureLabels(show, REVIEW_LABELS);
  const wanted = (unassigned: readonly number[]) => ({
    key: reviewKey(request.id),
    mark: reviewMark(request.id),
    title: reviewTitle(request.id),
    body: ({ replaces }: { replaces: number | undefined }) =>
      reviewBody({ ...facts, release, review: undefined, replaces }, unassigned),
    labels: labelsOf({
      state: request.state,
      hints: request.hints,
      overdue: facts.overdue,
      author: authorKind(facts),
    }),
    // A recall is work again, of one file as of all: somebody has to look into how it came out.
    open: !isOver(request.state) || isIncidentOpen(request),
    reason: request.state === 'released' ? ('completed' as const) : ('not_planned' as const),
    assignees: isOver(request.state) ? undefined : request.checkers,
  });
  const shown = await showIssue(show, wanted([]));
  if (shown === 'off') return undefined;
  if (shown.unassigned.length > 0) {
    show.room.logger.warn(
      { code: 'review.not-assignable', repository: show.client.repo.id, people: shown.unassigned },
      'Checkers cannot be assigned in the review repository: they need triage there',
    );
    await showIssue(show, { ...wanted(shown.unassigned), assignees: undefined });
  }
  return shown.number;
}

function isIncidentOpen({ incidents, batches }: RequestFacts['request']): boolean {
  return incidents
    ? incidents.some(({ closedAt }) => closedAt === null)
    : batches.some(({ recalled }) => recalled.length > 0);
}

async function noticeFacts(room: Room, facts: RequestFacts): Promise<NoticeFacts> {
  const { request, steps, governance, mentionable, needed, viewer } = facts;
  const logins = (people: readonly number[]) => people.flatMap((id) => mentionable(id) ?? []);
  const at = room.clock.now();
  const operators = (governance?.people ?? []).filter(
    ({ id }) => governance && rolesOf(governance, id, undefined, at).has('deployment_operator'),
  );
  const downloaders = new Map<number, string[]>();
  for (const { file } of steps) {
    if (file === undefined) continue;
    const batches = request.batches.filter(({ recalled }) => recalled.includes(file));
    const people = await Promise.all(
      batches.map(({ number }) => downloadersOf(room.db, `${request.id}-${number}`, file)),
    );
    downloaders.set(file, logins(people.flat()));
  }
  return {
    request: request.id,
    automated: request.automated === true,
    incidentOpen: request.incidents?.some(({ closedAt }) => closedAt === null) === true,
    needed,
    viewer,
    steps,
    author: mentionable(request.author),
    checkers: logins(request.checkers),
    operators: operators.map(({ login }) => login),
    downloaders,
  };
}

async function remind(
  show: Show,
  { request, waited, workingDays }: RequestFacts,
  issue: number,
  checkers: readonly string[],
): Promise<void> {
  const round = reminderRound(waited, workingDays);
  if (round === 0) return;
  const key = reminderKey(request.id, request.turn, round);
  const mark = marker('reminder', `${request.id}:${request.turn}:${round}`);
  const body = `${mark}\n${reminder(round, workingDays, checkers)}`;
  // Said once; whoever holds a place later is not told for yesterday.
  const said = await show.kept(key, 'comment');
  if (said?.githubId) return;
  await show.comment({ key, issue, mark, body, final: true });
}

export const reminderKey = (request: string, turn: number, round: number): string =>
  `reminder:${request}:${turn}:${round}`;

/** The topic `labels`: a review repository has its labels before the first request. The subject is its id. */
export async function showLabels(room: Room, repository: string, force: boolean): Promise<void> {
  const id = Number(repository);
  // Not installed there: /healthz says so, and installing it brings the labels.
  if (!(await findRepository(room, id))) return;
  await ensureLabels(await showFor(room, id, force), REVIEW_LABELS);
}
