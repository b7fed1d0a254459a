/** Why an edit is not made. */
import { refusal } from '../../lib/refusal.ts';
import type { GovernanceFinding } from '../types.ts';

export const no = {
  notThere: (what: string) =>
    refusal('edit.not-there', `Governance has no ${what}.`, 'Look at the merged governance repository.'),
  alreadyThere: (what: string) => refusal('edit.already-there', `Governance has ${what} already.`),
  /** What is asked for holds as things are. */
  nothing: () => refusal('edit.nothing', 'Governance says so already: nothing would change.'),
  toOneself: () =>
    refusal('edit.to-oneself', 'Nobody asks for rights of their own.', 'Ask another lead of the project.'),
  notSupport: () =>
    refusal(
      'edit.not-support',
      'Alerts are asked for by the support and governance teams.',
      'Tell them what everybody should know; teams.yml names them.',
    ),
  notLead: (project: string) =>
    refusal(
      'edit.not-lead',
      `Only a lead of project "${project}" may propose this.`,
      'Ask one of its leads.',
    ),
  notDeveloper: (project: string) =>
    refusal(
      'edit.not-developer',
      `Only a lead or developer of project "${project}" may propose this.`,
      'Ask one of them.',
    ),
  unreadable: (path: string) =>
    refusal('edit.unreadable', `${path} cannot be read as plain YAML.`, 'Mend it by a pull request first.'),
  invalid: ({ path, line, message, hint }: GovernanceFinding) =>
    refusal(
      'edit.invalid',
      `The change would leave a fault in ${path}, line ${line}: ${message.replace(/\.$/, '')}.`,
      hint ?? '',
    ),
};
