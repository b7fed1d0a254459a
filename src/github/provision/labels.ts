/** Labels of the project issue, and the look whether a repository's labels of ours are as we make them. */
import type { Project } from '../../governance/governance.ts';
import type { Label } from '../issues.ts';
import { STUDY_LABELS } from '../release/labels.ts';

const STATUS: Record<Project['status'], readonly [color: string, description: string]> = {
  ongoing: ['1a7f37', 'The project is under way'],
  postponed: ['bf8700', 'The project is postponed'],
  retired: ['6e7781', 'The project was retired'],
  ongoing_linked: ['1a7f37', 'The project is under way, linked with another'],
  completed_linked: ['8250df', 'The project is completed, linked with another'],
  completed_awaiting: ['8250df', 'The project is completed and waits for its outputs'],
};

const nameOf = (status: Project['status']): string => `project: ${status.replaceAll('_', ' ')}`;
const WAITS: Label = {
  name: 'project: conditions open',
  color: 'b60205',
  description: 'A condition of the approval is not met yet',
};

const PROJECT_LABELS: readonly Label[] = [
  ...Object.entries(STATUS).map(([status, [color, description]]) => ({
    name: nameOf(status as Project['status']),
    color,
    description,
  })),
  WAITS,
];

/** All that Sallyport puts on issues of a study. */
const KEPT_LABELS: readonly Label[] = [...STUDY_LABELS, ...PROJECT_LABELS];

export function projectLabels({ status, approval }: Project): string[] {
  const waits = approval.conditions.some(({ met_on }) => met_on === null);
  return [nameOf(status), ...(waits ? [WAITS.name] : [])];
}

/** Ours that are missing, or look otherwise. */
export function labelsThatDiffer(there: readonly Label[]): Label[] {
  const held = new Map(there.map((one) => [one.name.toLowerCase(), one]));
  return KEPT_LABELS.filter((label) => {
    const one = held.get(label.name.toLowerCase());
    return one?.color.toLowerCase() !== label.color || one.description !== label.description;
  });
}
