/** `/project-status <status> [--reason "…"]`, read. */
import { PROJECT_STATUSES, type ProjectStatus } from '../../governance/governance.ts';
import { refusal, type Refusal } from '../../lib/refusal.ts';
import { readOptions } from './options.ts';

export interface ProjectStatusCommand {
  type: 'project-status';
  status: ProjectStatus;
  reason: string | undefined;
}

export const PROJECT_STATUS_USAGE = `/project-status ${PROJECT_STATUSES.join('|')} [--reason "why"]`;
export const PROJECT_STATUS_PURPOSE = 'say how the project stands: under way, postponed, retired, completed';

const MOST_REASON = 300;

export function readProjectStatus(args: string[]): ProjectStatusCommand | Refusal {
  const read = readOptions(args, ['reason']);
  const [word = '', ...more] = read?.words ?? [];
  // As people write it: completed-linked, Retired.
  const status = PROJECT_STATUSES.find((each) => each === word.toLowerCase().replaceAll('-', '_'));
  const reason = read?.values['reason'];
  if (!read || !status || more.length > 0 || (reason?.length ?? 0) > MOST_REASON) return malformed();
  if (reason === undefined && (status === 'postponed' || status === 'retired')) return noReason(status);
  return { type: 'project-status', status, reason };
}

const malformed = (): Refusal =>
  refusal('project-status.malformed', 'This is no status of a project.', `Write: ${PROJECT_STATUS_USAGE}`);
const noReason = (status: string): Refusal =>
  refusal(
    'project-status.no-reason',
    `A project is not ${status} without a reason: governance is told.`,
    `Write: /project-status ${status} --reason "why"`,
  );
