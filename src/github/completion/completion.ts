/**
 * The topic `completion`: the checklist of a project that is completed, in its first repository. It follows from
 * governance in force and from what is there; only what a lead ticked is kept.
 */
import { inArray, sql } from 'drizzle-orm';
import { rowsOf } from '../../db/database.ts';
import { queueOutbox } from '../../db/outbox.ts';
import { workspaces } from '../../db/schema/jobs.ts';
import {
  closesOn,
  completionItems,
  isArchived,
  isCompleted,
  projectById,
  rolesOf,
  tickedIn,
  type CompletionFacts,
  type Governance,
  type Project,
} from '../../governance/governance.ts';
import { releasesOfProject } from '../../outputs/outputs.ts';
import { publicFiles } from '../../publication/publication.ts';
import { findRepository, OutOfReach, showFor } from '../reach.ts';
import { knownIssue, showIssue } from '../release/show-issue.ts';
import { repoClient } from '../repo.ts';
import { keepSetting, settingOf, type Room } from '../room.ts';
import * as words from './words.ts';

const COMPLETION_TOPIC = 'completion';
const completionKey = (project: string): string => `issue:completion:${project}`;
const ticksKey = (project: string): string => `completion:${project}`;

export async function showCompletion(room: Room, id: string, force: boolean): Promise<void> {
  const g = room.governance.current();
  const project = g && projectById(g, id);
  const known = await knownIssue({ room }, completionKey(id));
  if (!project || (!isCompleted(project) && !known)) return;
  const at = known?.repository ?? project.repos[0]?.id;
  // Told of by its id alone, the repository is asked for.
  const repository = at === undefined ? undefined : await findRepository(room, at);
  if (!repository) throw new OutOfReach('the project has no repository that the App is installed on');
  const ticked = new Set((await settingOf<string[]>(room.db, ticksKey(id))) ?? []);
  const items = completionItems(g, project, await factsOf(room, g, project), ticked, room.clock.now());
  const show = await showFor(room, repository.id, force);
  const issue = await showIssue(show, {
    key: completionKey(id),
    mark: words.markOf(id),
    title: words.titleOf(id),
    body: ({ replaces }) =>
      words.bodyOf({
        ...{ project: id, status: project.status, since: project.status_since },
        ...{ closes: closesOn(g, project), items, replaces },
      }),
    labels: [],
    open: isCompleted(project) && items.some(({ done }) => !done),
    reason: isCompleted(project) ? 'completed' : 'not_planned',
  });
  if (issue === 'off') throw new OutOfReach('the repository has no issues');
}

async function factsOf(room: Room, g: Governance, project: Project): Promise<CompletionFacts> {
  const ids = project.repos.map(({ id }) => id);
  const rows =
    ids.length === 0
      ? []
      : await room.db.select().from(workspaces).where(inArray(workspaces.repositoryId, ids));
  const repositories = [];
  for (const id of ids) repositories.push(await repositoryFacts(room, id));
  let unpublished = 0;
  for (const release of await releasesOfProject(room.db, project.id)) {
    const out = await publicFiles(room.publications, release.id);
    unpublished += release.files.filter(
      (file) => file.recalled === null && !out.includes(file.number),
    ).length;
  }
  return {
    workspaces: rows
      .filter(({ name }) => !isArchived(g, name))
      .map(({ name, purpose }) => ({ name, purpose: purpose !== null })),
    repositories,
    unpublished,
  };
}

async function repositoryFacts(room: Room, id: number): Promise<CompletionFacts['repositories'][number]> {
  const known = await findRepository(room, id);
  if (!known) return undefined;
  const client = await repoClient(room.app, known);
  const seen = await client.describe();
  if (!seen) return undefined;
  const head = await client.branchHead(seen.defaultBranch);
  const files = head === undefined ? undefined : await client.folder('', head);
  return { id, called: known.name, public: !seen.private, names: (files ?? []).map(({ name }) => name) };
}

/** A lead ticked or unticked a box; what anybody else did is put back. */
export async function heardTicks(room: Room, project: string, by: number, body: string): Promise<void> {
  const g = room.governance.current();
  if (!g || !rolesOf(g, by, project, room.clock.now()).has('lead')) return;
  await keepSetting(room.db, ticksKey(project), [...tickedIn(body)].sort(), room.clock.now());
}

/** Projects that are completed, and those whose checklist stands though they no longer are. */
export async function lookAtCompletions(room: Room): Promise<void> {
  const projects = room.governance.current()?.projects.filter(isCompleted) ?? [];
  const kept = await rowsOf<{ key: string }>(
    room.db,
    sql`select key from github_objects where key like 'issue:completion:%'`,
  );
  const subjects = new Set([
    ...projects.map(({ id }) => id),
    ...kept.map(({ key }) => key.slice(completionKey('').length)),
  ]);
  if (subjects.size === 0) return;
  const news = [...subjects].map((subject) => ({ topic: COMPLETION_TOPIC, subject }));
  await room.db.transaction((tx) => queueOutbox(tx, news, room.clock.now()));
}
