/**
 * What happens in the intake repository: an answered form begins an application, a change has it looked at again, a
 * label of governance decides.
 */
import { randomBytes } from 'node:crypto';
import { eq, inArray } from 'drizzle-orm';
import { decideBy } from '../../applications/applications.ts';
import { queueOutbox } from '../../db/outbox.ts';
import { applications } from '../../db/schema/applications.ts';
import { proposals } from '../../db/schema/stewarding.ts';
import { hasPermission } from '../../governance/governance.ts';
import { isRefusal, type Refusal } from '../../lib/refusal.ts';
import { derivedId } from '../derived.ts';
import type { Delivery } from '../inbox.ts';
import { marker } from '../markdown.ts';
import type { IssuesEvent } from '../payloads.ts';
import { mayTakePart, type Actor } from '../people.ts';
import { findRepository } from '../reach.ts';
import type { RepoClient } from '../repo.ts';
import type { Room } from '../room.ts';
import { Show } from '../show.ts';
import { troubleOf } from '../trouble.ts';
import { intakeIssue, intakeRepository, kindOf, octokitFor, openIssues } from './intake.ts';
import { decisionOf, isDecision } from './labels.ts';
import { APPLICATION_TOPIC, applicationAt } from './show.ts';
import { enter, type Application } from './step.ts';
import * as words from './words.ts';

const OPEN = ['draft', 'submitted', 'in_review', 'returned', 'deferred'] as const;

/** Whether the event was about an application. */
export async function onIntakeIssue(
  room: Room,
  client: RepoClient,
  event: IssuesEvent,
  delivery: Delivery,
): Promise<boolean> {
  const { action, issue, sender, label } = event;
  if (client.repo.id !== intakeRepository(room.governance.current()) || issue.pull_request) return false;
  if (sender.login === client.bot) return true;
  const row = await applicationAt(room, client.repo.id, issue.number);
  if (!row) {
    const begun = action === 'opened' || action === 'edited' || action === 'reopened';
    return begun ? begin(room, client.repo.id, issue.number) : false;
  }
  if (action === 'labeled' && label && isDecision(label.name))
    await decide(room, client, row, { label: label.name, actor: sender, delivery });
  else await look(room, [row.id]);
  return true;
}

/** Comments are answers too; an edited or deleted one changes what was said. */
export async function onIntakeComment(room: Room, repository: number, issue: number): Promise<void> {
  if (repository !== intakeRepository(room.governance.current())) return;
  const row = await applicationAt(room, repository, issue);
  if (row) await look(room, [row.id]);
}

async function look(room: Room, ids: readonly string[]): Promise<void> {
  const news = ids.map((subject) => ({ topic: APPLICATION_TOPIC, subject }));
  await room.db.transaction((tx) => queueOutbox(tx, news, room.clock.now()));
}

/** Whatever an event said, the issue is read: it has to answer a form of ours, in a person's own name. */
async function begin(room: Room, repository: number, number: number): Promise<boolean> {
  const governance = room.governance.current();
  const known = governance && (await findRepository(room, repository));
  if (!known) return false;
  const issue = await intakeIssue(await octokitFor(room, known), known, number);
  const kind = issue?.author?.person && issue.open ? kindOf(governance, issue.body) : undefined;
  if (!issue?.author || !kind) return false;
  const { author } = issue;
  const id = derivedId('application', repository, issue.id);
  await room.db.transaction(async (tx) => {
    await tx
      .insert(applications)
      .values({
        ...{ id, kind, repositoryId: repository, issue: issue.number, issueId: issue.id },
        ...{ applicant: author.id, applicantLogin: author.login, people: [author.id] },
        salt: randomBytes(32).toString('hex'),
        openedAt: room.clock.now(),
      })
      .onConflictDoNothing();
    await queueOutbox(tx, [{ topic: APPLICATION_TOPIC, subject: id }], room.clock.now());
  });
  return true;
}

async function decide(
  room: Room,
  client: RepoClient,
  row: Application,
  { label, actor, delivery }: { label: string; actor: Actor; delivery: Delivery },
): Promise<void> {
  const decision = decisionOf(label);
  const show = new Show(room, client, false);
  await show.write('update', () => client.removeLabel(row.issue, label));
  if (!decision) return;
  const no = await refusalOf(room, client, row, decision, actor);
  if (no) {
    const mark = marker('decision', delivery.guid);
    const body = `${mark}\n${words.decisionRefused(actor.login, no)}`;
    await show.comment({ key: `decision:${delivery.guid}`, issue: row.issue, mark, body, final: true });
    return;
  }
  await room.db.transaction(async (tx) => {
    await enter(room, tx, row, decision, { decidedBy: actor.id });
    await queueOutbox(tx, [{ topic: APPLICATION_TOPIC, subject: row.id }], room.clock.now());
  });
}

async function refusalOf(
  room: Room,
  client: RepoClient,
  row: Application,
  decision: 'returned' | 'deferred' | 'rejected',
  actor: Actor,
): Promise<Refusal | undefined> {
  const governance = room.governance.current();
  const at = room.clock.now();
  const may =
    governance !== undefined &&
    (['policy_approve', 'application_manage'] as const).some((permission) =>
      hasPermission(governance, permission, { person: actor.id }, at),
    );
  const applicants = [row.applicant, ...row.people];
  const answer = decideBy(row, decision, { id: actor.id, mayDecide: may, applicants });
  return isRefusal(answer) ? answer : mayTakePart(client, actor);
}

/** What became of a pull request is looked at on the issue that asked for it. */
export async function afterProposal(room: Room, proposal: string): Promise<void> {
  const rows = await room.db
    .select({ id: applications.id })
    .from(applications)
    .innerJoin(proposals, eq(proposals.id, applications.proposal))
    .where(eq(applications.proposal, proposal));
  if (rows.length > 0)
    await look(
      room,
      rows.map(({ id }) => id),
    );
}

/** Everything open is looked at, and open issues that no event told of: governance moves, deliveries get lost. */
export async function lookAtApplications(room: Room, { issues = false } = {}): Promise<void> {
  const open = await room.db
    .select({ id: applications.id })
    .from(applications)
    .where(inArray(applications.state, [...OPEN]));
  await look(
    room,
    open.map(({ id }) => id),
  );
  const intake = intakeRepository(room.governance.current());
  if (!issues || intake === undefined) return;
  const known = await findRepository(room, intake);
  if (!known) return;
  try {
    for (const number of await openIssues(await octokitFor(room, known), known))
      if (!(await applicationAt(room, intake, number))) await begin(room, intake, number);
  } catch (error) {
    const { kind, reason } = troubleOf(error, room.clock.now());
    room.logger.warn(
      { code: 'applications.unreachable', kind, reason },
      'The intake repository could not be looked at',
    );
  }
}
