/** Who works in the airlock of tests, by whose governance, and what they ask to be released. */
import type { Governance } from '../../src/governance/governance.ts';
import { NUMBERS } from '../deployments/here.ts';
import { aGovernance, governanceFiles, PEOPLE } from './governance.ts';

export const WHO = {
  author: PEOPLE.lead,
  coAuthor: 5550103,
  checkerA: PEOPLE.checker,
  checkerB: 5550112,
  checkerC: 5550113,
  operator1: 5550140,
  operator2: 5550141,
  governor: PEOPLE.governor,
  copilot: PEOPLE.copilot,
  stranger: PEOPLE.stranger,
} as const;
export type Name = keyof typeof WHO;

export const WORKSPACE = 'study-main';
export const COMMIT = 'a'.repeat(40);
/** A Monday. */
export const NOW = '2026-10-05T09:00:00Z';

export const CONTEXT = [
  'Mean absence by year group, asked for by the school board for its report on attendance.',
  'Population: pupils of the region',
  'Population size: 120000',
  'n: 118000',
  'Degrees of freedom: 117000',
].join('\n');
export const CONTROLS = {
  threshold: NUMBERS.threshold,
  base: NUMBERS.rounding,
  method: 'rounding',
  text: 'All counts are rounded.',
};

/** Rounded counts by group: nothing for the checks to block. */
export function aTable(seed = 1): string {
  const rows = [1, 2, 3, 4, 5, 6].map((year) => `year ${year},${(year * 35 + seed * 15) * 10}`);
  return `year_group,count\n${rows.join('\n')}\n`;
}

export function airlockGovernance(changes: Record<string, string | undefined> = {}): Governance {
  return aGovernance(airlockFiles(changes));
}

/** The same as files of the governance repository. */
export function airlockFiles(changes: Record<string, string | undefined> = {}): Map<string, string> {
  const files = governanceFiles();
  const person = (id: number, login: string): string =>
    `- {id: ${id}, login: ${login}, name: ${login}, orgs: [${login}-org], training: {course: safe, passed: 2026-02-03, expires: 2029-02-03}, until: 2027-08-31}\n`;
  const member = (id: number, login: string): string =>
    person(id, login).replace(
      'until: 2027-08-31}',
      'agreement: {ref: DAA-78, expires: 2027-08-31}, backends: [{id: attainment, until: 2027-08-31}], until: 2027-08-31}',
    );
  const people = files
    .get('people.yml')!
    .replace(/- \{id: 5550110.*\n/, person(WHO.checkerA, 'kim-example'))
    .replace(/- \{id: 5550120.*\n/, member(WHO.copilot, 'sam-example'));
  const more = [
    member(WHO.coAuthor, 'robin-example'),
    person(WHO.checkerB, 'jo-example'),
    person(WHO.checkerC, 'max-example'),
    person(WHO.operator1, 'op-one'),
    person(WHO.operator2, 'op-two'),
  ].join('');
  const checker = (id: number): string =>
    `    - {id: ${id}, until: 2027-01-31, reason: rota, ref: GOV-118}\n`;
  const operator = `- role: deployment_operator\n  team: sp-operators\n  members:\n${checker(WHO.operator1)}${checker(WHO.operator2)}`;
  const teams = files
    .get('teams.yml')!
    .replace(/    - \{id: 5550110.*\n/, [WHO.checkerA, WHO.checkerB, WHO.checkerC].map(checker).join(''));
  const project = files
    .get('projects/ns-2026-014.yml')!
    .replace(
      'papers: []',
      `  - {id: ${WHO.coAuthor}, roles: [developer], until: 2027-02-28, reason: analyst, ref: GOV-133}\npapers: []`,
    );
  return governanceFiles({
    'people.yml': people + more,
    'teams.yml': teams + operator,
    'projects/ns-2026-014.yml': project,
    ...changes,
  });
}

export function nameOf(id: number): Name {
  const found = Object.entries(WHO).find(([, each]) => each === id);
  if (!found) throw new Error(`nobody is ${id}`);
  return found[0] as Name;
}
