/** Which issue forms governance wants in the repositories where people apply and where breaches are told. Pure, but for the text of our own form. */
import { formWords, issueForm, PERMISSION_FORM } from '../applications/applications.ts';
import type { Governance } from '../governance/governance.ts';
import { ownText } from './own-files.ts';

/** By their names in `github.repos`. */
export const FORM_PLACES = ['intake', 'incidents'] as const;
export type FormPlace = (typeof FORM_PLACES)[number];

const FOLDER = '.github/ISSUE_TEMPLATE';
const head = (from: string): string =>
  `# Made by the steward from ${from}. Change it there: what is written here by hand is put back, or told, as policies.yml says.\n`;

/** Text by path. Other files beside them are nobody's business here. */
export function wantedForms(g: Governance, place: FormPlace): Map<string, string> {
  if (place === 'incidents')
    return new Map([[`${FOLDER}/breach.yml`, `${head('its own form')}${ownText('forms/breach.yml')}`]]);
  const application = g.forms.find(({ id }) => id === 'application');
  const all = new Map<string, string>();
  if (application)
    all.set(
      `${FOLDER}/application.yml`,
      `${head('forms/application.yml of the governance repository')}${issueForm(application, formWords.application)}`,
    );
  all.set(
    `${FOLDER}/permission.yml`,
    `${head('its own form')}${issueForm(PERMISSION_FORM, formWords.permission)}`,
  );
  return all;
}
