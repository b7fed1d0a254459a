/** `/project-status`: a lead says how the project stands. It is so when the pull request is merged, which stopping takes nobody's approval for. */
import { rolesOf, type Project } from '../../governance/governance.ts';
import { isoDay } from '../../lib/clock.ts';
import { isRefusal, refusal, type Refusal } from '../../lib/refusal.ts';
import { code, prose } from '../markdown.ts';
import { mayTakePart } from '../people.ts';
import { propose } from '../proposals/propose.ts';
import type { Room } from '../room.ts';
import { standing, type Saying } from '../run-command.ts';
import type { ProjectStatusCommand } from './project-status-command.ts';

/** Whether `/help` names it. */
export function statusOpenTo(room: Room, person: number, project: Project | undefined): boolean {
  const g = room.governance.current();
  return (
    g !== undefined && project !== undefined && rolesOf(g, person, project.id, room.clock.now()).has('lead')
  );
}

export async function askForStatus(
  room: Room,
  say: Saying,
  { status, reason }: ProjectStatusCommand,
): Promise<string | Refusal> {
  const found = await standing(room, say, mayTakePart);
  if (isRefusal(found)) return found;
  const { project } = found;
  if (!statusOpenTo(room, say.actor.id, project)) return notLead(project.id);
  if (project.status === status) return already(status);
  const { place } = say;
  const said = reason === undefined ? '' : ` The reason that was given: ${prose(reason)}`;
  await room.db.transaction((tx) =>
    propose(tx, room, {
      key: `project-status:${say.key}`,
      edit: {
        kind: 'project-status',
        project: project.id,
        status,
        since: isoDay(room.clock.now()),
        ...(reason === undefined ? {} : { reason }),
      },
      askedBy: { id: say.actor.id, login: say.actor.login },
      where: place.kind === 'issue' ? { repository: say.client.repo.id, number: place.number } : null,
      title: `Project ${project.id} is ${status}`,
      why: `It is ${code(project.status)} now, and ${code(status)} when this is merged.${said}`,
    }),
  );
  return `governance is told that ${code(project.id)} is ${code(status)} instead of ${code(project.status)}. It is so when that is merged.`;
}

const notLead = (project: string): Refusal =>
  refusal(
    'project-status.not-lead',
    `Only a lead of project ${project} may say how it stands.`,
    'Ask one of its leads.',
  );
const already = (status: string): Refusal =>
  refusal('project-status.already', `The project is ${status} already.`, 'There is nothing to do.');
