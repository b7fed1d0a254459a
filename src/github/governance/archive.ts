/** `/archive`: a lead or developer asks governance to close a workspace, or all of the project's; what they hold stays readable. */
import { inArray } from 'drizzle-orm';
import { workspaces } from '../../db/schema/jobs.ts';
import {
  hasPermission,
  isArchived,
  projectOfRepository,
  type Governance,
} from '../../governance/governance.ts';
import { isRefusal, refusal, type Refusal } from '../../lib/refusal.ts';
import { codeList } from '../markdown.ts';
import { propose } from '../proposals/propose.ts';
import type { Room } from '../room.ts';
import { standing, type Saying } from '../run-command.ts';
import type { ArchiveCommand } from './archive-command.ts';

/** Whether `/help` names it. */
export function archiveOpenTo(room: Room, person: number, repository: number): boolean {
  const g = room.governance.current();
  const project = g && projectOfRepository(g, repository);
  if (!g || !project) return false;
  return hasPermission(g, 'workspace_archive', { person, project: project.id }, room.clock.now());
}

export async function archive(room: Room, say: Saying, command: ArchiveCommand): Promise<string | Refusal> {
  const found = await standing(room, say);
  if (isRefusal(found)) return found;
  const { governance: g, project } = found;
  const repository = say.client.repo.id;
  if (!archiveOpenTo(room, say.actor.id, repository)) return no.notAllowed(project.id);
  // Whose workspace it is is looked up: a name of another repository is none of this one.
  const of = command.all ? project.repos.map(({ id }) => id) : [repository];
  const rows = await room.db.select().from(workspaces).where(inArray(workspaces.repositoryId, of));
  const open = rows.map(({ name }) => name).filter((name) => !isArchived(g, name));
  const names = chosen(g, command, open.sort());
  if (isRefusal(names)) return names;
  const what = names.length === 1 ? `workspace ${names[0]}` : `${names.length} workspaces`;
  const { place } = say;
  await room.db.transaction((tx) =>
    propose(tx, room, {
      key: `archive:${say.key}`,
      edit: { kind: 'archive-workspace', project: project.id, workspace: names },
      askedBy: { id: say.actor.id, login: say.actor.login },
      where: place.kind === 'issue' ? { repository, number: place.number } : null,
      title: `Archive ${what} of ${project.id}`,
      why: 'Nothing more is run, asked for or released there; what is there stays readable.',
    }),
  );
  const them = names.length === 1 ? `workspace ${codeList(names)}` : `workspaces ${codeList(names)}`;
  return `governance is asked to archive ${them}. Until that is merged, all works as before.`;
}

function chosen(g: Governance, command: ArchiveCommand, open: string[]): string[] | Refusal {
  if (command.all) return open.length === 0 ? no.none() : open;
  const name = command.workspace ?? (open.length === 1 ? open[0] : undefined);
  if (name === undefined) return open.length === 0 ? no.none() : no.which(open);
  if (isArchived(g, name)) return no.already(name);
  return open.includes(name) ? [name] : no.unknown(name, open);
}

const list = (names: readonly string[]): string => names.slice(0, 20).join(', ');
const no = {
  notAllowed: (project: string) =>
    refusal(
      'archive.not-allowed',
      `Only developers and leads of project ${project} archive workspaces.`,
      'Ask one of them.',
    ),
  none: () =>
    refusal('archive.none', 'There is no workspace that is not archived.', 'There is nothing to do.'),
  which: (open: readonly string[]) =>
    refusal(
      'archive.which',
      'This repository has several workspaces.',
      `Name one: ${list(open)}; or all of the project with --all.`,
    ),
  already: (name: string) =>
    refusal('archive.already', `Workspace "${name}" is archived already.`, 'There is nothing to do.'),
  unknown: (name: string, open: readonly string[]) =>
    refusal(
      'archive.unknown',
      `This repository has no workspace "${name}".`,
      open.length > 0 ? `It has ${list(open)}.` : 'It has none.',
    ),
};
