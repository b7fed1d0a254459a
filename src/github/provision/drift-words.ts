/** The issue that lists what on GitHub is not as governance says. Pure; ids and words from fixed lists alone. */
import type { Governance } from '../../governance/governance.ts';
import { isoDay } from '../../lib/clock.ts';
import type { Found } from '../../protocol/steward-rounds.ts';
import { code, codeCell, marker } from '../markdown.ts';

export const DRIFT_MARK = marker('drift', 'governance');
export const DRIFT_TITLE = 'Settings on GitHub that are not as governance says';

export interface OpenDrift {
  scope: string;
  /** What was found, or the code of why it could not be done. */
  found?: Found;
  code?: string;
  repository?: number;
  team?: string;
  person?: number;
  since: number;
}

const SAYS: Record<Found, readonly [found: string, governance: string]> = {
  'team-missing': ['the team is gone', 'governance has people in it'],
  'member-missing': ['somebody is not in the team', 'governance lists them'],
  'member-not-listed': ['somebody is in the team', 'governance does not list them'],
  'right-missing': ['the team has no right there', 'its people work in this repository'],
  'right-not-given': ['the team has a right there', 'governance does not give it, or gives another'],
  collaborator: ['somebody was given a right by hand', 'rights come from the project file'],
  'ruleset-differs': [
    'the ruleset of the default branch is gone or changed',
    'its history cannot be rewritten',
  ],
  'branch-unprotected': [
    'the default branch can be changed without a pull request',
    'it takes pull requests only; no App may set this',
  ],
  'open-to-everybody': ['the repository is open', 'it is private'],
  'form-differs': ['an issue form is gone or changed', 'the steward keeps it, from `forms/`'],
  'label-differs': ['a label of Sallyport is gone or changed', 'labels tell the state of things'],
};

/** Why it could not be kept, by the steward's code. What is missing here is in its log. */
const WHY: Record<string, string> = {
  'steward.project-taken': 'a repository of the name is there that the steward did not make',
  'steward.project-gone': 'the repository is gone, or out of reach',
  'steward.project-archived': 'the repository is archived',
  'steward.project-elsewhere': 'the project file names a repository that is no study',
  'steward.no-template': 'deployment.yml names no template',
  'steward.template-lost': 'the template is gone, or is none',
  'steward.team-twice': 'two teams have one name',
  'steward.team-name': 'GitHub gave the team another name',
  'steward.not-joined': 'GitHub does not take somebody into the team',
  'steward.no-rulesets': 'GitHub has no rulesets here in this plan',
  'steward.forms-gone': 'deployment.yml names a repository that is gone, or out of reach',
  'steward.forms-elsewhere': 'deployment.yml names this repository for another purpose, too',
  'steward.forms-archived': 'the repository is archived',
  'steward.forms-protected': 'its default branch does not take commits of the steward App',
  'steward.project-not-installed': 'the steward App is not installed there',
  'steward.project-out-of-reach': 'the steward App lacks a right',
  'steward.project-forbidden': 'GitHub does not let the steward App do it',
};

const MOST_ROWS = 200;

export function driftBody(
  open: readonly OpenDrift[],
  g: Governance,
  nameOf: (repository: number) => string | undefined,
): string {
  if (open.length === 0)
    return `${DRIFT_MARK}\nEverything that the steward looks after is as governance says. This issue is opened again when that changes.`;
  const rows = open
    .slice(0, MOST_ROWS)
    .map((one) => `| ${whereOf(one, nameOf)} | ${foundOf(one)} | ${saysOf(one)} | ${isoDay(one.since)} |`);
  return [
    DRIFT_MARK,
    `**${open.length} ${open.length === 1 ? 'thing is' : 'things are'} not as governance says.** The steward looks every hour, and at each merge.`,
    '',
    '| where | what was found | what governance says | since |',
    '| --- | --- | --- | --- |',
    ...rows,
    ...(open.length > MOST_ROWS ? ['', `… and ${open.length - MOST_ROWS} more.`] : []),
    '',
    [
      'Change it back there, or change governance by a pull request.',
      'What `policies.yml` puts back by itself (`drift`) is not listed:',
      `it is in the public record, ${g.deployment.base_url}/ledger. The log of the steward says more of every code.`,
    ].join(' '),
  ].join('\n');
}

function whereOf(
  { scope, repository, team }: OpenDrift,
  nameOf: (repository: number) => string | undefined,
): string {
  const name = repository === undefined ? undefined : nameOf(repository);
  const parts = [
    ...(repository === undefined
      ? []
      : [`repository ${name === undefined ? repository : `${codeCell(name)} (${repository})`}`]),
    ...(team === undefined ? [] : [`team ${codeCell(team)}`]),
  ];
  return parts.join(', ') || codeCell(scope);
}

function foundOf({ found, code: why, person }: OpenDrift): string {
  const who = person === undefined ? '' : `: GitHub user ${person}`;
  if (found !== undefined) return `${SAYS[found][0]}${who}`;
  const says = WHY[why ?? ''];
  return `${says === undefined ? 'it could not be kept' : says} (${code(why ?? '')})`;
}

const saysOf = ({ found }: OpenDrift): string =>
  found === undefined ? 'the steward keeps it' : SAYS[found][1];
