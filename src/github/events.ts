/**
 * Event by event: what a delivery means. The payload is a hint and a claim; whatever matters is read
 * from GitHub again.
 */
import type { z } from 'zod';
import { isRefusal } from '../lib/refusal.ts';
import { isRegistry, lookAtRegistry, lookAtRegistryPull, registryMoved } from './codelists/pulls.ts';
import { commandsIn, type CommandLine } from './commands.ts';
import { hear } from './conversation.ts';
import { checkGovernance, refreshGovernance } from './governance-events.ts';
import type { Delivery, Handled } from './inbox.ts';
import { installationChanged, repositoriesRemoved } from './installations.ts';
import {
  CheckRunEvent,
  CheckSuiteEvent,
  CommitCommentEvent,
  InstallationEvent,
  InstallationRepositoriesEvent,
  instantOf,
  IssueCommentEvent,
  IssuesEvent,
  PullRequestEvent,
  PullRequestReviewEvent,
  PushEvent,
  type RepositoryPayload,
} from './payloads.ts';
import { checkApprovals, checkApprovalsAgain, notePusher } from './approvals/check.ts';
import { auditMerges } from './approvals/audit.ts';
import { closePlan, planAgain, planPull } from './plans.ts';
import { followProposals, pullClosed } from './proposals/follow.ts';
import { checkHead, recordPush, type PushCheck } from './push.ts';
import { CHECK_NAMES } from './checks/content.ts';
import { lookAtApplications, onIntakeComment, onIntakeIssue } from './applications/hand.ts';
import { onBreachIssue } from './breaches/breaches.ts';
import { lookAtCompletions } from './completion/completion.ts';
import { followOnboarding } from './onboarding/onboarding.ts';
import { pressButton } from './buttons.ts';
import { onIssues } from './release/hand.ts';
import { repoClient, type RepoClient } from './repo.ts';
import { rememberRepository, type Room } from './room.ts';
import * as words from './words.ts';

type Handler = (room: Room, payload: unknown, delivery: Delivery) => Promise<void>;

/** What is thrown when a payload has not the form GitHub documents. */
export class Malformed extends Error {
  override name = 'Malformed';
}

const HANDLERS: Record<string, Handler> = {
  push: on(PushEvent, onPush),
  pull_request: on(PullRequestEvent, onPullRequest),
  pull_request_review: on(PullRequestReviewEvent, onReview),
  issues: on(IssuesEvent, async (room, event, delivery) => {
    const client = await clientFor(room, event);
    if (await onBreachIssue(room, client, event)) return;
    if (!(await onIntakeIssue(room, client, event, delivery))) await onIssues(room, client, event, delivery);
  }),
  issue_comment: on(IssueCommentEvent, onIssueComment),
  commit_comment: on(CommitCommentEvent, onCommitComment),
  check_run: on(CheckRunEvent, onCheckRun),
  check_suite: on(CheckSuiteEvent, onCheckSuite),
  installation: on(InstallationEvent, installationChanged),
  installation_repositories: on(InstallationRepositoriesEvent, repositoriesRemoved),
};

/** Events that are not ours are done by doing nothing. */
export async function handle(room: Room, delivery: Delivery): Promise<Handled> {
  const handler = HANDLERS[delivery.event];
  if (!handler) return { kind: 'done' };
  let payload: unknown;
  try {
    payload = JSON.parse(delivery.payload);
  } catch {
    return { kind: 'park', reason: 'payload.malformed: not JSON' };
  }
  try {
    await handler(room, payload, delivery);
  } catch (error) {
    if (error instanceof Malformed) return { kind: 'park', reason: `payload.malformed: ${error.message}` };
    throw error;
  }
  return { kind: 'done' };
}

function on<Schema extends z.ZodType>(
  schema: Schema,
  handler: (room: Room, event: z.infer<Schema>, delivery: Delivery) => Promise<void>,
): Handler {
  return async (room, payload, delivery) => {
    const read = schema.safeParse(payload);
    if (!read.success)
      throw new Malformed(
        read.error.issues
          .map((issue) => `${issue.path.join('.')}: ${issue.code}`)
          .slice(0, 5)
          .join(', '),
      );
    await handler(room, read.data, delivery);
  };
}

async function clientFor(
  room: Room,
  event: { repository: RepositoryPayload; installation: { id: number } },
): Promise<RepoClient> {
  const repo = await rememberRepository(room.db, event.repository, event.installation.id, room.clock.now());
  return repoClient(room.app, repo);
}

async function onPush(room: Room, event: PushEvent): Promise<void> {
  const branch = /^refs\/heads\/(.+)$/.exec(event.ref)?.[1];
  const client = await clientFor(room, event);
  if (!branch || event.deleted) return;
  if (event.repository.id === room.governance.repositoryId) {
    if (branch !== event.repository.default_branch) return;
    await refreshGovernance(room);
    await lookAtApplications(room);
    await lookAtCompletions(room);
    await checkGovernance(room, client, event.after);
    await planAgain(room, client);
    await checkApprovalsAgain(room, client.repo);
    await auditMerges(room);
    return followProposals(room, { moved: true });
  }
  const head = { branch, sha: event.after, by: { id: event.sender.id, login: event.sender.login } };
  const at = instantOf(event.repository.pushed_at) ?? room.clock.now();
  await recordPush(room, event.repository.id, head, event.before, at);
  if (isRegistry(room, event.repository.id))
    return branch === event.repository.default_branch ? registryMoved(room) : undefined;
  await checkHead(room, client, head);
}

async function onPullRequest(room: Room, event: PullRequestEvent): Promise<void> {
  const { number } = event.pull_request;
  const governed = event.repository.id === room.governance.repositoryId;
  if (governed && event.action === 'closed') {
    await closePlan(room, number);
    return pullClosed(room, number, event.pull_request.merged === true);
  }
  if (isRegistry(room, event.repository.id)) {
    await clientFor(room, event);
    return lookAtRegistryPull(room, number);
  }
  if (event.action === 'closed') return followOnboarding(room, event.repository.id, number);
  if (!['opened', 'synchronize', 'reopened'].includes(event.action)) return;
  const { head } = event.pull_request;
  // A fork's code is never looked at: whoever may push to it is nobody's member.
  if (head.repo?.id !== event.repository.id && !(governed && isForProposals(room, head.repo?.id))) return;
  const client = await clientFor(room, event);
  if (governed) {
    await checkGovernance(room, client, head.sha);
    const { base } = event.pull_request;
    if (base.ref !== event.repository.default_branch) return;
    await planPull(room, number, head.sha);
    await notePusher(room, number, event.sender.id);
    return checkApprovals(room, client.repo, number);
  }
  await checkHead(room, client, {
    branch: head.ref,
    sha: head.sha,
    by: { id: event.sender.id, login: event.sender.login },
  });
}

/** The fork that the steward writes proposals to: what comes from it is data to be read, like any governance. */
function isForProposals(room: Room, repository: number | undefined): boolean {
  const fork = room.governance.current()?.deployment.github.repos['proposals'];
  return repository !== undefined && repository === fork;
}

/** Given, edited or dismissed: all of them are counted again. */
async function onReview(room: Room, event: PullRequestReviewEvent): Promise<void> {
  const { number, base } = event.pull_request;
  const client = await clientFor(room, event);
  if (isRegistry(room, event.repository.id)) return lookAtRegistryPull(room, number);
  if (event.repository.id !== room.governance.repositoryId) return;
  if (base.ref === event.repository.default_branch) await checkApprovals(room, client.repo, number);
}

async function onIssueComment(room: Room, event: IssueCommentEvent): Promise<void> {
  const { comment, issue, sender } = event;
  await onIntakeComment(room, event.repository.id, issue.number);
  if (event.action !== 'created' || !isPerson(comment.user, sender)) return;
  const lines = commandsIn(comment.body ?? '');
  if (lines.length === 0) return;
  const pull = Boolean(issue.pull_request);
  const what = pull ? 'pull request' : 'issue';
  const barred = issue.locked ? words.locked(what) : issue.state !== 'open' ? words.closed(what) : undefined;
  await hear(room, {
    comment: `${event.repository.id}:issue:${comment.id}`,
    client: await clientFor(room, event),
    place: { kind: 'issue', number: issue.number, pull, comment: comment.id },
    actor: { id: sender.id, login: sender.login },
    saidAt: instantOf(comment.created_at) ?? room.clock.now(),
    lines,
    ...(barred && { barred }),
  });
}

async function onCommitComment(room: Room, event: CommitCommentEvent): Promise<void> {
  const { comment, sender } = event;
  if (event.action !== 'created' || !isPerson(comment.user, sender)) return;
  const lines: CommandLine[] = commandsIn(comment.body);
  if (lines.length === 0) return;
  await hear(room, {
    comment: `${event.repository.id}:commit:${comment.id}`,
    client: await clientFor(room, event),
    place: { kind: 'commit', sha: comment.commit_id, comment: comment.id },
    actor: { id: sender.id, login: sender.login },
    saidAt: instantOf(comment.created_at) ?? room.clock.now(),
    lines,
  });
}

/** The writer is the sender, and neither a bot nor ourselves. */
function isPerson(
  author: { id: number; type: string } | null,
  sender: { id: number; type: string },
): boolean {
  return author !== null && author.id === sender.id && author.type === 'User' && sender.type === 'User';
}

async function onCheckRun(room: Room, event: CheckRunEvent, delivery: Delivery): Promise<void> {
  const { check_run: run, sender } = event;
  // Other Apps' checks are announced too.
  if (run.app?.id !== room.app.appId || sender.type !== 'User') return;
  const client = await clientFor(room, event);
  const { name } = run;
  const actor = { id: sender.id, login: sender.login };
  if (event.action === 'requested_action' && event.requested_action) {
    return pressButton(room, client, { identifier: event.requested_action.identifier, delivery, actor, run });
  }
  if (event.action !== 'rerequested') return;
  if (name === CHECK_NAMES.approvals) return checkApprovalsAgain(room, client.repo);
  if (name === CHECK_NAMES.governance) return checkGovernance(room, client, run.head_sha, delivery.guid);
  const pushCheck = pushCheckNamed(name);
  if (!pushCheck) return pressButton(room, client, { identifier: 'rerun_failed', delivery, actor, run });
  await recheck(
    room,
    client,
    { sha: run.head_sha, branch: run.check_suite?.head_branch ?? null, actor, guid: delivery.guid },
    [pushCheck],
  );
}

async function onCheckSuite(room: Room, event: CheckSuiteEvent, delivery: Delivery): Promise<void> {
  const { check_suite: suite, sender } = event;
  if (event.action !== 'rerequested' || suite.app?.id !== room.app.appId || sender.type !== 'User') return;
  const client = await clientFor(room, event);
  if (event.repository.id === room.governance.repositoryId)
    return checkGovernance(room, client, suite.head_sha, delivery.guid);
  const actor = { id: sender.id, login: sender.login };
  await recheck(room, client, { sha: suite.head_sha, branch: suite.head_branch, actor, guid: delivery.guid });
}

async function recheck(
  room: Room,
  client: RepoClient,
  asked: { sha: string; branch: string | null; actor: { id: number; login: string }; guid: string },
  checks?: readonly PushCheck[],
): Promise<void> {
  if (isRegistry(room, client.repo.id)) return lookAtRegistry(room);
  const branch = asked.branch ?? (await client.describe())?.defaultBranch;
  if (!branch || isRefusal(branch)) return;
  await checkHead(room, client, { branch, sha: asked.sha, by: asked.actor }, checks, asked.guid);
}

function pushCheckNamed(name: string): PushCheck | undefined {
  return (['project', 'codelists', 'access', 'dummy'] as const).find((each) => CHECK_NAMES[each] === name);
}
