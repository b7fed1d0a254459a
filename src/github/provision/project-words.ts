/** The project issue, and what is said to its co-pilot. Pure: made anew from governance each time. */
import { ROLE_NAMES, type Day, type Governance, type Project } from '../../governance/governance.ts';
import { code, codeCell, marker, mention, prose } from '../markdown.ts';
import { supportEnds, type Reminder } from './copilot.ts';

export const projectMark = (project: string): string => marker('project', project);
export const projectTitle = ({ number }: Project): string => `Project ${number}: how it stands`;

const STATUS: Record<Project['status'], string> = {
  ongoing: 'is under way',
  postponed: 'is postponed: nothing runs and nothing is released',
  retired: 'was retired: nothing runs and nothing is released',
  ongoing_linked: 'is under way, linked with another',
  completed_linked: 'is completed, linked with another',
  completed_awaiting: 'is completed and waits for its outputs',
};

export interface IssueWords {
  g: Governance;
  project: Project;
  day: Day;
  /** Whom GitHub did not let be assigned. */
  unassigned: readonly number[];
  replaces: number | undefined;
}

export function projectBody(words: IssueWords): string {
  const { project, replaces } = words;
  const since = project.status_since === undefined ? '' : ` since ${project.status_since}`;
  return [
    projectMark(project.id),
    `**${prose(project.title)}** ${STATUS[project.status]}${since}.`,
    `> ${prose(project.summary)}`,
    facts(words),
    conditions(project),
    people(words),
    copilot(words),
    begin(words),
    [
      'This issue is kept up to date from the governance repository. What is written into it by hand is put back; comments stay.',
      ...(replaces === undefined ? [] : [`It takes the place of #${replaces}, which is gone.`]),
    ].join(' '),
  ].join('\n\n');
}

function facts({ g, project, day }: IssueWords): string {
  const { deployment } = g;
  const backends = g.backends.filter(({ id }) => project.backends.includes(id));
  const orgs = [project.orgs.lead, ...project.orgs.others].map(
    (id) => g.orgs.find((one) => one.id === id)?.name ?? id,
  );
  const rows: [string, string][] = [
    ['number', codeCell(project.number)],
    ['approved', `${project.approval.on}${project.approval.state === 'approved' ? '' : ', with conditions'}`],
    ['runs until', `${project.until}${project.until < day ? ' – **over**' : ''}`],
    ['organisations', orgs.map(codeCell).join(', ')],
    [
      'may run on',
      backends.map(({ id, name, data }) => `${codeCell(id)} (${cell(name)}, ${data} data)`).join(', ') ||
        'no backend yet',
    ],
    ['public page', `${deployment.base_url}/projects/${project.id}`],
  ];
  return table(['what', 'says'], rows);
}

function conditions({ approval }: Project): string {
  const open = approval.conditions.filter(({ met_on }) => met_on === null);
  if (open.length === 0)
    return approval.conditions.length > 0
      ? '### Conditions\n\nAll conditions of the approval are met.'
      : '### Conditions\n\nThe approval has no conditions.';
  const lines = open.map(({ id, text, blocks }) => {
    const holds = blocks.length > 0 ? ` – until then no ${blocks.map(prose).join(', no ')}` : '';
    return `- [ ] ${code(id)} ${prose(text)}${holds}`;
  });
  return ['### Conditions', '', 'Open, and ticked by governance when they are met:', '', ...lines].join('\n');
}

function people({ g, project, day }: IssueWords): string {
  const rows = project.members
    .filter(({ until }) => until >= day)
    .map((member): [string, string, string] => [
      named(g, member.id),
      member.roles.map((role) => ROLE_NAMES[role]).join(', '),
      `${member.from !== undefined && member.from > day ? `from ${member.from} ` : ''}until ${member.until}`,
    ]);
  if (rows.length === 0) return '### People\n\nNobody has a place in this project.';
  return `### People\n\n${table(['who', 'as', 'when'], rows)}`;
}

function copilot({ g, project, day, unassigned }: IssueWords): string {
  const held = project.copilot;
  if (!held) return '### Co-pilot\n\nThis project has no co-pilot.';
  const who = named(g, held.id);
  const helps = supportEnds(held);
  if (held.access_until < day)
    return `### Co-pilot\n\n${who} was co-pilot; support ended on ${helps}, access on ${held.access_until}.`;
  const help =
    helps < day ? `support ended on ${helps}` : `helps this project until ${helps}; ask here, with a mention`;
  const sees = `may see unreleased outputs until ${held.access_until}`;
  const note = unassigned.includes(held.id)
    ? '\n\nGitHub does not let them be assigned here: they have to join the organisation first.'
    : '';
  return `### Co-pilot\n\n${who}: ${help}; ${sees}. A co-pilot advises; reviewing code is not implied.${note}`;
}

function begin({ g, project }: IssueWords): string {
  const { base_url, contacts } = g.deployment;
  const docs = contacts['documentation'];
  const support = contacts['support'];
  return [
    '### How to begin',
    '',
    '1. Clone this repository and read its `README.md`; write your analysis in `project.yaml`, against dummy data.',
    '2. Push. The checks on the commit say what is wrong, on the line, and run it on dummy data.',
    '3. When they are green, write `/run` and the name of an action in a comment on an issue or pull request here; `/help` lists what else there is.',
    '4. Look at what came out in the viewer, inside the secure zone, and ask there, or with `/release`, for what may leave it.',
    '',
    [
      `What this project may use: ${base_url}/permissions.`,
      `What it ran: ${base_url}/log?project=${project.id}.`,
      ...(docs?.startsWith('https://') ? [`Documentation: ${prose(docs)}.`] : []),
      ...(support === undefined ? [] : [`Help: ${code(support)}.`]),
      'Members come and go by `/member`, from a lead.',
    ].join(' '),
  ].join('\n');
}

export function reminderText({ what, until }: Reminder, login: string, project: Project): string {
  const who = mention(login);
  return what === 'support'
    ? `${who} your support of project ${code(project.id)} ends on ${until}. Hand over what is open; governance can prolong it in the project file.`
    : `${who} your access to unreleased outputs of project ${code(project.id)} ends on ${until}. From the day after, the viewer shows you nothing of it.`;
}

/** For the pull request that writes the number. */
export const proposalTitle = (project: string): string => `Write the repository of ${project} into its file`;
export const proposalWhy = (project: string, repository: number): string =>
  [
    `Project ${code(project)} was merged without a repository. The steward made one from the template, private, named like the project: number ${repository}.`,
    '',
    'This change does nothing but write that number into the project file: `project.yaml` of the repository is checked, and runs are taken, from then on.',
  ].join('\n');

const named = (g: Governance, id: number): string => {
  const person = g.people.find((one) => one.id === id);
  return person ? `${cell(person.name)} (${codeCell(person.login)})` : `GitHub user ${id}`;
};

const cell = (text: string): string => prose(text);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
