/** The topic `application`: reads what stands in the issue, moves the application on, and makes the issue say so. */
import { and, eq } from 'drizzle-orm';
import { isDecided, type ApplicationState } from '../../applications/applications.ts';
import { applications } from '../../db/schema/applications.ts';
import { projectById, type Governance } from '../../governance/governance.ts';
import { minutes } from '../../lib/clock.ts';
import type { Octokit } from '../app.ts';
import { Later } from '../outbox.ts';
import { findRepository, showFor } from '../reach.ts';
import { ensureLabels } from '../release/show-issue.ts';
import { knownRepository, type KnownRepository, type Room } from '../room.ts';
import type { Show } from '../show.ts';
import { formOf, intakeIssue, octokitFor, readTexts, textsOf, type IntakeIssue } from './intake.ts';
import { APPLICATION_LABELS, decisionOf, isApplicationLabel, stateLabel } from './labels.ts';
import {
  advance,
  askedFor,
  enter,
  isWhole,
  proposalOf,
  sealNow,
  type Application,
  type Seen,
} from './step.ts';
import * as words from './words.ts';

export const APPLICATION_TOPIC = 'application';

export async function showApplication(room: Room, id: string, force: boolean): Promise<void> {
  const [row] = await room.db.select().from(applications).where(eq(applications.id, id));
  if (!row) return;
  const governance = room.governance.current();
  if (!governance) throw new Later(minutes(1));
  const show = await showFor(room, row.repositoryId, force);
  const repository = await knownRepository(room.db, row.repositoryId);
  if (!repository) return;
  const octokit = await octokitFor(room, repository);
  const issue = await intakeIssue(octokit, repository, row.issue);
  if (issue?.id !== row.issueId) return lost(room, row);
  const form = formOf(governance, row.kind);
  if (!form) return;
  const texts = await textsOf(octokit, repository, issue, row.applicant);
  const seen: Seen = {
    governance,
    reading: await readTexts(octokit, form, texts),
    texts,
    closedByApplicant: !issue.open && issue.closedBy === row.applicant,
    closedAs: (pull) => closedAs(room, octokit, pull),
  };
  const now = await advance(room, row, seen);
  await ensureLabels(show, APPLICATION_LABELS);
  await tell(room, show, now, seen);
  await correct(show, octokit, repository, issue, now.state);
}

/** The issue was deleted or transferred: nobody can answer or be answered. */
async function lost(room: Room, row: Application): Promise<void> {
  if (isDecided(row.state)) return;
  await room.db.transaction((tx) => enter(room, tx, row, 'withdrawn', {}));
}

/** Closed without a word it is put off; a label says that it is rejected. */
async function closedAs(room: Room, octokit: Octokit, pull: number): Promise<'deferred' | 'rejected'> {
  const governance = await findRepository(room, room.governance.repositoryId);
  const found = governance && (await intakeIssue(octokit, governance, pull));
  return found?.labels.some((label) => decisionOf(label) === 'rejected') ? 'rejected' : 'deferred';
}

async function tell(room: Room, show: Show, application: Application, seen: Seen): Promise<void> {
  const { governance, reading, texts } = seen;
  const asked = isWhole(reading) ? await askedFor(room.db, application, seen, room.clock.now()) : [];
  const proposal = await proposalOf(room.db, application);
  const page = pageOf(governance, application);
  const body = words.kept({
    application,
    reading,
    unfit: Array.isArray(asked) ? asked : [],
    changed: isApproved(application.state) && sealNow(application, texts) !== application.seal,
    ...(!Array.isArray(asked) && asked.steward !== undefined && { steward: asked.steward }),
    ...(proposal?.state === 'refused' && { refused: proposal.says ?? proposal.code ?? '' }),
    ...(page !== undefined && { page }),
  });
  await show.comment({
    key: `application:${application.id}`,
    issue: application.issue,
    mark: words.markOf(application.id),
    body,
    final: true,
  });
}

const isApproved = (state: ApplicationState): boolean =>
  state === 'approved' || state === 'approved_with_conditions';

function pageOf(g: Governance, { state, project }: Application): string | undefined {
  if (!isApproved(state) || project === null || !projectById(g, project)) return undefined;
  return `${g.deployment.base_url}/projects/${project}`;
}

const CLOSED: Partial<Record<ApplicationState, 'completed' | 'not_planned'>> = {
  approved: 'completed',
  approved_with_conditions: 'completed',
  rejected: 'not_planned',
  withdrawn: 'not_planned',
};

/** Labels and whether the issue is open follow from the state; other labels are other people's. */
async function correct(
  show: Show,
  octokit: Octokit,
  { owner, name }: KnownRepository,
  issue: IntakeIssue,
  state: ApplicationState,
): Promise<void> {
  const wanted = [...issue.labels.filter((label) => !isApplicationLabel(label)), stateLabel(state)];
  const reason = CLOSED[state];
  const same = wanted.length === issue.labels.length && wanted.every((label) => issue.labels.includes(label));
  const change = {
    ...(!same && { labels: wanted }),
    ...(issue.open !== (reason === undefined) && {
      state: reason === undefined ? ('open' as const) : ('closed' as const),
      ...(reason !== undefined && { state_reason: reason }),
    }),
  };
  if (Object.keys(change).length === 0) return;
  await show.write('update', () =>
    octokit.rest.issues.update({ owner, repo: name, issue_number: issue.number, ...change }),
  );
}

/** Our application of this issue. */
export async function applicationAt(
  room: Room,
  repository: number,
  issue: number,
): Promise<Application | undefined> {
  const [row] = await room.db
    .select()
    .from(applications)
    .where(and(eq(applications.repositoryId, repository), eq(applications.issue, issue)));
  return row;
}
