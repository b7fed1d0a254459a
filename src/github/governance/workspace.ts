/** `/workspace create`: a branch gets a workspace of a given name, and says what it is for. */
import {
  hasPermission,
  projectOfRepository,
  projectRefusals,
  type Project,
} from '../../governance/governance.ts';
import { createWorkspace, type WorkspaceAnswer } from '../../jobs/jobs.ts';
import { isRefusal, refusal, type Refusal } from '../../lib/refusal.ts';
import { code } from '../markdown.ts';
import type { Room } from '../room.ts';
import { standing, type Saying } from '../run-command.ts';
import { frozenRefusal } from '../../freezes/freezes.ts';
import type { WorkspaceCommand } from './workspace-command.ts';

/** Whether `/help` names it. */
export function workspacesOpenTo(room: Room, person: number, repository: number): boolean {
  const g = room.governance.current();
  const project = g && projectOfRepository(g, repository);
  return (
    !!g &&
    !!project &&
    hasPermission(g, 'workspace_create', { person, project: project.id }, room.clock.now())
  );
}

export async function makeWorkspace(
  room: Room,
  say: Saying,
  command: WorkspaceCommand,
): Promise<string | Refusal> {
  const found = await standing(room, say);
  if (isRefusal(found)) return found;
  const { governance: g, project } = found;
  const at = room.clock.now();
  if (!hasPermission(g, 'workspace_create', { person: say.actor.id, project: project.id }, at))
    return notAllowed(project.id);
  const against =
    projectRefusals(g, project, at)[0] ??
    (await frozenRefusal(room.db, { project: project.id, backend: '' })) ??
    archived(g.projects, command.name);
  if (against) return against;
  const { branch, name, purpose, notify } = command;
  if ((await say.client.branchHead(branch)) === undefined) return noBranch(branch);
  const made = await createWorkspace(room.jobs, {
    ...{ name, branch, purpose, notify, project: project.id, by: say.actor.id },
    repository: say.client.repo.id,
    policy: g.commit,
  });
  const no = refusalOf(made, command);
  return no ?? `workspace ${code(name)} is the one of ${code(branch)} from now on.`;
}

/** Nothing is ever called like what was archived. */
function archived(projects: readonly Project[], name: string): Refusal | undefined {
  return projects.some((project) => project.archived.includes(name)) ? taken(name) : undefined;
}

function refusalOf(
  { kind, ...known }: WorkspaceAnswer,
  { name, branch }: WorkspaceCommand,
): Refusal | undefined {
  if (kind === 'made') return undefined;
  if (kind === 'taken') return taken(name);
  return refusal(
    'workspace.exists',
    `Branch "${branch}" has workspace "${known.name ?? ''}" already, and keeps it.`,
    'Name and branch of a workspace never change. Make another branch for another workspace.',
  );
}

const taken = (name: string): Refusal =>
  refusal('workspace.taken', `There is a workspace "${name}" already.`, 'Choose another name.');
const noBranch = (branch: string): Refusal =>
  refusal('workspace.no-branch', `There is no branch "${branch}" here.`, 'Push it first.');
const notAllowed = (project: string): Refusal =>
  refusal(
    'workspace.not-allowed',
    `Only developers and leads of project ${project} make workspaces.`,
    'Ask one of them.',
  );
