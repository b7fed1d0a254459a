/** The first version of governance: one project, its people, its backends, valid by our own check. */
import { isoDay } from '../../lib/clock.ts';
import { IMAGE, peopleIn, type Named } from './governance-questions.ts';
import { listed } from './question.ts';
import type { Setting } from './role.ts';
import { lines, q } from './text.ts';

export function governanceFiles(setting: Setting, appId: number): Map<string, string> {
  const project = (setting.answers['project'] ?? '').toLowerCase();
  return new Map([
    ['README.md', README],
    ['CODEOWNERS', `*  @${setting.answers['organisation']}/governors\n`],
    ['deployment.yml', deployment(setting, appId)],
    ['backends.yml', backends(setting)],
    ['images.yml', images(setting)],
    ['people.yml', peopleFile(setting)],
    ['teams.yml', teams(setting)],
    ['policies.yml', POLICIES],
    [`projects/${project}.yml`, projectFile(setting, project)],
    ...(datasetsOf(setting).length > 0
      ? [['permissions/datasets.yml', datasets(setting, project)] as const]
      : []),
  ]);
}

const README = `# Governance

Who may do what here, where, and until when. A change is a pull request: the checks \`governance/valid\` and
\`governance/approvals\` say whether it holds and who has yet to approve it. Merged, it is in force within a minute.

| file | says |
|---|---|
| \`deployment.yml\` | names, addresses, organisations |
| \`backends.yml\` | where data is, and which keys speak for it |
| \`images.yml\` | what may run, by digest |
| \`people.yml\`, \`teams.yml\` | who, trained in what, in which role |
| \`policies.yml\` | numbers of the rules |
| \`projects/\` | what was approved, for whom |
| \`permissions/\` | which project may read which dataset |
`;

const POLICIES = `# How many approve what; what may be looked at; when work becomes public. Left out, a number has its standard.
approvals: {application: 2, permissions: 2, membership: 1, release: 2, publish: 1, withdraw: 2, unfreeze: 2}
outputs: {suppress_at_or_below: 7, round_to: 5, csv_rows: 5000, working_days: 5}
closing_days: 14
`;

function deployment({ answers }: Setting, appId: number): string {
  const [unit, plural, column] = listed(answers['subject']);
  const org = answers['organisation'] ?? '';
  return lines(
    '# The names of this deployment. Repositories are known by number.',
    `id: ${q(answers['deployment'])}`,
    `base_url: ${q(answers['hub_origin'])}`,
    `subject: {unit: ${q(unit)}, plural: ${q(plural)}, id_column: ${q(column)}}`,
    `contacts: {support: ${q(answers['support'])}, incidents: ${q(answers['incidents'])}}`,
    'github:',
    `  app_id: ${appId}`,
    `  org: {id: ${answers['organisation_id']}, login: ${q(org)}}`,
    `  repos: {governance: ${answers['governance_id']}}`,
    `  review_repos: {default: ${q(`${org}/reviews`)}} # made by the steward, private`,
    `  code_orgs: [${q(org)}] # where studies live: what the zone may read`,
    `project_number: '${(answers['project_number'] ?? '').replaceAll("'", "''")}'`,
  );
}

function backends({ cards }: Setting): string {
  const entries = cards.zones.map(({ backend, data, datasets: held, agent, airlock }) =>
    lines(
      `- id: ${q(backend)}`,
      `  name: ${q(backend)}`,
      `  data: ${data}`,
      '  alert_after: PT5M',
      held.length > 0 && `  datasets: ${q(held)}`,
      airlock && `  viewer: ${q(airlock.viewer)}`,
      '  keys:',
      `    agent: [{id: ${q(agent.id)}, key: ${q(agent.key)}}]`,
      airlock && `    viewer: [{id: ${q(airlock.id)}, key: ${q(airlock.key)}}]`,
    ),
  );
  return `# Where jobs run, and which keys speak for it: what a zone signs is believed by these lines.\n${entries.join('')}`;
}

function images({ answers }: Setting): string {
  const [, name, version, image, digest] = IMAGE.exec(answers['image'] ?? '') ?? [];
  const head = '# What may run, by digest. Without an entry here no action runs.\n';
  return name
    ? `${head}- {name: ${q(name)}, version: ${q(version)}, image: ${q(image)}, digest: ${q(digest)}}\n`
    : `${head}[]\n`;
}

interface Role {
  people: Named[];
  works: boolean;
}

function peopleFile({ answers, cards }: Setting): string {
  const roles: Role[] = [
    { people: peopleIn(answers['researchers']), works: true },
    { people: peopleIn(answers['checkers']), works: false },
    { people: peopleIn(answers['governors']), works: false },
  ];
  const until = answers['until'];
  const seen = new Set<number>();
  const entries = roles.flatMap(({ people, works }) =>
    people.flatMap(({ id, login }) => {
      if (seen.has(id)) return [];
      seen.add(id);
      const granted = cards.zones.map(({ backend }) => `{id: ${q(backend)}, until: ${until}}`).join(', ');
      return lines(
        `- id: ${id}`,
        `  login: ${q(login)}`,
        `  name: ${q(login)}`,
        `  orgs: [${q(answers['institution'])}]`,
        `  training: {course: ${q(answers['course'])}, passed: ${answers['trained_on']}, expires: ${until}}`,
        `  agreement: {ref: ${q(answers['agreement'])}, expires: ${until}}`,
        works && `  backends: [${granted}]`,
        `  until: ${until}`,
      );
    }),
  );
  return `# Everybody who does anything here. The number is the account on GitHub, the name is for reading.\n${entries.join('')}`;
}

function teams({ answers }: Setting): string {
  const team = (role: string, name: string, ids: readonly Named[]): string =>
    lines(
      `- role: ${role}`,
      `  team: ${name}`,
      '  members:',
      ...ids.map(({ id }) => `    - {id: ${id}, until: ${answers['until']}, reason: set up, ref: first}`),
    );
  return (
    '# Roles in the whole deployment. The steward keeps a team on GitHub for each.\n' +
    team('governance', 'governors', peopleIn(answers['governors'])) +
    team('output_checker', 'output-checkers', peopleIn(answers['checkers']))
  );
}

function projectFile({ answers, cards, now }: Setting, id: string): string {
  const { until } = answers;
  const study = answers['study_id'];
  const on = answers['begun_on'] ?? isoDay(now);
  return lines(
    `id: ${q(id)}`,
    `number: ${q(answers['project'])}`,
    `title: ${q(answers['project_title'])}`,
    `summary: ${q(answers['project_summary'])}`,
    `orgs: {lead: ${q(answers['institution'])}, others: []}`,
    'type: [research]',
    `approval: {state: approved, on: ${on}, conditions: []}`,
    'status: ongoing',
    `until: ${until}`,
    `backends: ${q(cards.zones.map(({ backend }) => backend))}`,
    study
      ? `repos: [{id: ${study}, visibility: private}]`
      : 'repos: [] # the steward makes it from the template',
    'members:',
    ...peopleIn(answers['researchers']).map(
      ({ id: person }, at) =>
        `  - {id: ${person}, roles: [${at === 0 ? 'lead, ' : ''}developer], until: ${until}, reason: applicant, ref: first}`,
    ),
  );
}

const datasetsOf = ({ cards }: Setting): string[] => [
  ...new Set(cards.zones.flatMap((zone) => zone.datasets)),
];

function datasets(setting: Setting, project: string): string {
  const { answers, now } = setting;
  const from = answers['begun_on'] ?? isoDay(now);
  const entries = datasetsOf(setting).map((dataset) =>
    lines(
      `${dataset}:`,
      '  steward_team: governors',
      `  ask: ${q(`${answers['hub_origin']}/permissions/${dataset}`)}`,
      '  grants:',
      `    - {project: ${q(project)}, from: ${from}, until: ${answers['until']}, reason: first project, ref: first}`,
    ),
  );
  return `# Which project may read which dataset, until when.\n${entries.join('')}`;
}
