/**
 * A project whose repository the steward made: while governance does not name it, its number is proposed; once
 * it does, the repository has its labels and the project issue, pinned, with the co-pilot assigned while they help.
 */
import { eq } from 'drizzle-orm';
import { drift, provisions } from '../../db/schema/provisioning.ts';
import { githubObjects } from '../../db/schema/github.ts';
import { proposals } from '../../db/schema/stewarding.ts';
import type { Governance, Project } from '../../governance/governance.ts';
import { isoDay } from '../../lib/clock.ts';
import { queueOutbox } from '../../db/outbox.ts';
import { marker } from '../markdown.ts';
import { proposalIdOf, propose } from '../proposals/propose.ts';
import { showFor, findRepository } from '../reach.ts';
import { showIssue } from '../release/show-issue.ts';
import type { Room } from '../room.ts';
import type { Show } from '../show.ts';
import { assignedOn, remindersOn } from './copilot.ts';
import { whyNotProvisioned } from './facts.ts';
import { labelsThatDiffer, projectLabels } from './labels.ts';
import { pinOnce } from './pin.ts';
import {
  projectBody,
  projectMark,
  projectTitle,
  proposalTitle,
  proposalWhy,
  reminderText,
} from './project-words.ts';
import { DRIFT_TOPIC } from './topics.ts';

const projectIssueKey = (project: string): string => `issue:project:${project}`;

export async function showProject(room: Room, id: string, force: boolean): Promise<void> {
  const g = room.governance.current();
  const project = g?.projects.find((one) => one.id === id);
  const [made] = await room.db.select().from(provisions).where(eq(provisions.project, id));
  if (!g || !project || !made) return;
  if (project.repos.length === 0) return proposeNumber(room, g, project, made.repositoryId);
  // Governance may have named another since: then the steward's is nobody's.
  if (!project.repos.some((repo) => repo.id === made.repositoryId)) return;
  if (!(await findRepository(room, made.repositoryId))) return;
  const show = await showFor(room, made.repositoryId, force);
  await keepLabels(show, g);
  await keepIssue(show, g, project);
}

async function proposeNumber(room: Room, g: Governance, project: Project, repository: number): Promise<void> {
  const edit = {
    kind: 'add-repo' as const,
    project: project.id,
    repo: repository,
    visibility: 'private' as const,
  };
  const against = await whyNotProvisioned(room, g, edit);
  if (against) {
    room.logger.warn(
      { code: against.code, project: project.id, repository },
      'A repository that the steward made is not proposed for its project',
    );
    await room.db.update(provisions).set({ code: against.code }).where(eq(provisions.project, project.id));
    return;
  }
  const askedBy = await ourselves(room);
  const key = await proposalKey(room, `provision:${project.id}:${repository}`);
  await room.db.transaction(async (tx) => {
    const proposal = await propose(tx, room, {
      key,
      edit,
      askedBy,
      where: null,
      title: proposalTitle(project.id),
      why: proposalWhy(project.id, repository),
    });
    await tx.update(provisions).set({ proposal, code: null }).where(eq(provisions.project, project.id));
  });
}

/** What the steward could not propose may be possible tomorrow; what people closed stays closed. */
async function proposalKey(room: Room, key: string): Promise<string> {
  const [row] = await room.db
    .select({ state: proposals.state })
    .from(proposals)
    .where(eq(proposals.id, proposalIdOf(key)));
  return row?.state === 'refused' ? `${key}:${isoDay(room.clock.now())}` : key;
}

/** Nobody asked: the change is in the App's own name. */
export async function ourselves(room: Room): Promise<{ id: number; login: string }> {
  const app = await room.app.asApp();
  const [installation] = (await app.rest.apps.listInstallations({ per_page: 1 })).data;
  if (!installation) throw new Error('the App is installed nowhere');
  const octokit = await room.app.forInstallation(installation.id);
  const username = await room.app.botLogin();
  const { data } = await octokit.rest.users.getByUsername({ username });
  return { id: data.id, login: data.login };
}

async function keepIssue(show: Show, g: Governance, project: Project): Promise<void> {
  const { room, client } = show;
  const key = projectIssueKey(project.id);
  const day = isoDay(room.clock.now());
  const shown = (unassigned: readonly number[]) =>
    showIssue(show, {
      key,
      mark: projectMark(project.id),
      title: projectTitle(project),
      body: ({ replaces }) => projectBody({ g, project, day, unassigned, replaces }),
      labels: projectLabels(project),
      open: true,
      reason: 'completed',
      assignees: assignedOn(project, day),
    });
  let issue = await shown([]);
  if (issue !== 'off' && issue.unassigned.length > 0) issue = await shown(issue.unassigned);
  if (issue === 'off') {
    room.logger.warn(
      { code: 'project.no-issues', repository: client.repo.id },
      'The repository of a project has its issues switched off',
    );
    return;
  }
  await pinOnce(show, key, issue.number);
  const { remind_days } = g.policies.copilot;
  for (const reminder of remindersOn(project, day, remind_days)) {
    const said = `copilot:${project.id}:${reminder.what}:${reminder.person}:${reminder.until}`;
    const mark = marker('copilot', `${project.id}.${reminder.what}.${reminder.until}`);
    const [row] = await room.db.select().from(githubObjects).where(eq(githubObjects.key, said));
    if (row?.githubId) continue;
    const login = await client.loginOf(reminder.person);
    if (login === undefined) continue;
    const body = `${mark}\n${reminderText(reminder, login, project)}`;
    await show.comment({ key: said, issue: issue.number, mark, body, final: true });
  }
}

/** Made where there are none; changed ones are put back, or told, as policy says. */
async function keepLabels(show: Show, g: Governance): Promise<void> {
  const { room, client } = show;
  const repository = client.repo.id;
  const scope = `labels:${repository}`;
  const there = await client.wholeLabels();
  const differ = labelsThatDiffer(there);
  const first = !(await show.kept(scope, 'labels-kept'));
  const putBack = first || g.policies.drift.labels === 'put_back';
  if (first) await show.intend(scope, 'labels-kept');
  if (putBack) {
    const held = new Set(there.map(({ name }) => name.toLowerCase()));
    for (const label of differ)
      await show.write('update', () =>
        held.has(label.name.toLowerCase()) ? client.updateLabel(label) : client.createLabel(label),
      );
  }
  const isOpen = !putBack && differ.length > 0;
  const now = room.clock.now();
  await room.db.transaction(async (tx) => {
    const moved = isOpen
      ? await tx
          .insert(drift)
          .values({ key: scope, scope, finding: { found: 'label-differs', repository }, since: now })
          .onConflictDoNothing()
          .returning({ key: drift.key })
      : await tx.delete(drift).where(eq(drift.scope, scope)).returning({ key: drift.key });
    if (moved.length > 0) await queueOutbox(tx, [{ topic: DRIFT_TOPIC, subject: 'governance' }], now);
  });
}
