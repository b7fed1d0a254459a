/**
 * The deployment's governance repository, written for this run: its keys, image digests and dates.
 *
 * Rights end a year from today, so that the demo works on any day and shows that nothing is for ever.
 */
import { days, isoDay } from '../../lib/clock.ts';
import type { DemoImage } from './images.ts';
import { PEOPLE, type DemoPerson } from './people.ts';
import { GRANTED, TABLE_NAMES } from './database/tables.ts';
import { TABLE_FILES } from './governance-tables.ts';

export const ORG = { id: 50001, login: 'westmere-research' };
export const GOVERNANCE_REPO = { id: 31001, name: 'governance' };
/** Where requests for release are reviewed: the steward makes it, private and closed to researchers. */
export const REVIEW_REPO = `${ORG.login}/reviews`;
export const STUDY_REPO = { id: 31011, name: 'absence-and-results' };
export const PROJECT = 'wm-2026-014';
export const REAL_BACKEND = 'county';
export const DUMMY_BACKEND = 'dummy';
export { GRANTED };
/** A dataset is one table here. */
export const TABLES_BY_DATASET = Object.fromEntries(TABLE_NAMES.map((table) => [table, [`public.${table}`]]));

export interface DemoAgent {
  id: string;
  key: string;
}

export interface GovernanceOptions {
  at: number;
  appId: number;
  /** Where the deployment's pages are. */
  baseUrl: string;
  /** The two agents: names unique on this machine, so that two demos do not meet, and public keys. */
  agents: { zone: DemoAgent; dummy: DemoAgent; beside?: readonly DemoAgent[] };
  /** Beside the data, with the address at which its viewer is opened. */
  airlock?: DemoAgent & { viewer: string };
  images: readonly Pick<DemoImage, 'name' | 'image' | 'digest'>[];
}

export function governanceFiles(options: GovernanceOptions): Map<string, string> {
  const start = isoDay(options.at - days(90));
  const end = isoDay(options.at + days(365));
  return new Map([
    ['README.md', README],
    ['CODEOWNERS', CODEOWNERS],
    ['deployment.yml', deployment(options)],
    ['backends.yml', backends(options)],
    ['images.yml', options.images.map(image).join('')],
    ['people.yml', PEOPLE.map((one) => personEntry(one, start, end)).join('')],
    ['teams.yml', teams(end)],
    ['policies.yml', POLICIES],
    [`projects/${PROJECT}.yml`, project(start, end)],
    ['permissions/datasets.yml', datasets(options.baseUrl, start, end)],
    ...TABLE_FILES,
  ]);
}

const README = `# Governance of Westmere Schools Research

What this deployment is, who may do what, and until when. A change is a pull request; merged, it is in force within seconds.
The check \`governance/valid\` names every fault on its line. Everybody is known by their numeric GitHub id.

| file | says |
|---|---|
| \`deployment.yml\` | names, addresses, organisations |
| \`backends.yml\` | where data is, which keys may speak for it, limits |
| \`images.yml\` | what may run, by digest |
| \`people.yml\`, \`teams.yml\` | who, with which training, in which role |
| \`projects/\` | what was approved, for whom |
| \`permissions/datasets.yml\` | which project may read which dataset |
| \`schemas/\` | what everybody may know of the tables; dummy data is made from it |
`;

const CODEOWNERS = `*                @westmere-research/wm-governance
/permissions/    @westmere-research/wm-governance @westmere-research/wm-data-stewards
/images.yml      @westmere-research/wm-tech
`;

const deployment = ({ appId, baseUrl }: GovernanceOptions): string => `id: westmere-schools
base_url: ${baseUrl}
subject: {unit: pupil, plural: pupils, id_column: pupil_id}
contacts: {support: help@example.org, incidents: incidents@example.org, publications: publish@example.org}
github:
  app_id: ${appId}
  org: {id: ${ORG.id}, login: ${ORG.login}}
  repos: {governance: ${GOVERNANCE_REPO.id}}
  review_repos: {default: ${REVIEW_REPO}}
  code_orgs: [${ORG.login}]
project_number: '^WM-20[0-9]{2}-[0-9]{3}$'
`;

const backends = ({
  agents,
  airlock,
}: GovernanceOptions): string => `# The county's warehouse. Its agent stands next to the data.
- id: ${REAL_BACKEND}
  name: Westmere pupil warehouse
  data: real
  alert_after: PT5M
  datasets: [${TABLE_NAMES.join(', ')}]
${airlock ? `  viewer: ${airlock.viewer}\n` : ''}  keys:
    agent: [${[agents.zone, ...(agents.beside ?? [])].map(({ id, key }) => `{id: ${id}, key: '${key}'}`).join(', ')}]
${airlock ? `    viewer: [{id: ${airlock.id}, key: '${airlock.key}'}]\n` : ''}  pools: {general: 4, database: 2}
  limits: {cpus: 2, memory: 1G, pids: 256, disk: 100M, time: PT30M, log: 5M}

# Runs every push on dummy data, outside the secure zone.
- id: ${DUMMY_BACKEND}
  name: Dummy data
  data: dummy
  alert_after: PT5M
  keys: {agent: [{id: ${agents.dummy.id}, key: '${agents.dummy.key}'}]}
  pools: {general: 4, database: 2}
  limits: {cpus: 1, memory: 512M, pids: 256, disk: 500M, time: PT5M, log: 1M}
`;

function image({ name, image, digest }: GovernanceOptions['images'][number]): string {
  const database = name === 'sqlrunner';
  return `- {name: ${name}, version: v1, image: ${image}, digest: '${digest}', database: ${database}, retire_on: null}\n`;
}

function personEntry(one: DemoPerson, start: string, end: string): string {
  const works = one.project.length > 0 || one.global.includes('deployment_operator');
  const backends = works
    ? `[{id: ${REAL_BACKEND}, until: ${end}}, {id: ${DUMMY_BACKEND}, until: ${end}}]`
    : '[]';
  return `- id: ${one.id}
  login: ${one.login}
  name: ${one.name}
  orgs: [${one.org}]
  training: {course: safe-researcher, passed: ${start}, expires: ${end}}
  agreement: {ref: DAA-${one.id % 1000}, expires: ${end}}
  backends: ${backends}
  commit_emails: [${one.login}@example.org]
  until: ${end}
`;
}

function teams(end: string): string {
  const roles = [...new Set(PEOPLE.flatMap((one) => one.global))];
  return roles
    .map((role) => {
      const members = PEOPLE.filter((one) => one.global.includes(role)).map(
        (one) => `    - {id: ${one.id}, until: ${end}, reason: appointed, ref: GOV-118}\n`,
      );
      return `- role: ${role}\n  team: wm-${role.replaceAll('_', '-')}\n  members:\n${members.join('')}`;
    })
    .join('');
}

const POLICIES = `approvals: {application: 2, permissions: 2, membership: 1, release: 2, publish: 1, withdraw: 2, unfreeze: 2}
visibility: {months: 12, extension_months: 12, remind: [P60D, P30D, P7D, P0D]}
outputs: {max_file: 16777216, types: [csv, jpeg, png, svg, txt, json], csv_rows: 5000, suppress_at_or_below: 7, round_to: 5, working_days: 5}
closing_days: 14
`;

function project(start: string, end: string): string {
  const copilot = PEOPLE.find((one) => one.project.includes('copilot'));
  const members = PEOPLE.filter((one) => one.project.length > 0 && one !== copilot).map(
    (one) =>
      `  - {id: ${one.id}, roles: [${one.project.join(', ')}], until: ${end}, reason: applicant, ref: GOV-131}\n`,
  );
  return `id: ${PROJECT}
number: ${PROJECT.toUpperCase()}
aliases: []
title: Absence and results at school
summary: Do pupils who miss more school get lower results, and how much of it is deprivation?
orgs: {lead: fairfield-university, others: [westmere-county]}
type: [research]
approval: {state: approved, on: ${start}, conditions: []}
copilot: {id: ${copilot?.id}, support_until: ${end}, access_until: ${end}}
status: ongoing
until: ${end}
backends: [${REAL_BACKEND}, ${DUMMY_BACKEND}]
repos: [{id: ${STUDY_REPO.id}, visibility: public}]
members:
${members.join('')}papers: []
`;
}

function datasets(baseUrl: string, start: string, end: string): string {
  return TABLE_NAMES.map((table) => {
    const grants = GRANTED.includes(table)
      ? `  grants:\n    - {project: ${PROJECT}, from: ${start}, until: ${end}, reason: Main analysis, ref: GOV-131}\n`
      : '  grants: []\n';
    return `${table}:\n  steward_team: wm-data-stewards\n  ask: ${baseUrl}/permissions/${table}\n${grants}`;
  }).join('\n');
}
