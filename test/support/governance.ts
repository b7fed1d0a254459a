/**
 * A small, valid governance repository for tests, and the world it speaks of.
 *
 * Two backends: `attainment` with real data, `rehearsal` with dummy data. One project with a lead, a
 * collaborator and a co-pilot; an output checker, a governance member and a person without any role.
 */
import { newKeyPair } from '../../src/lib/keys.ts';
import { readGovernance, type Governance } from '../../src/governance/governance.ts';

export const PEOPLE = {
  lead: 5550101,
  collaborator: 5550102,
  checker: 5550110,
  governor: 5550111,
  copilot: 5550120,
  stranger: 5550130,
};
export const PROJECT = 'ns-2026-014';
export const REPOSITORY = 70011;
export const AT = Date.parse('2026-10-01T12:00:00Z');
export const COMMIT = 'c'.repeat(40);

export const KEYS = { agent: newKeyPair(), viewer: newKeyPair(), rehearsal: newKeyPair() };

/** Files by path; give other texts, or undefined to leave one out. */
export function governanceFiles(changes: Record<string, string | undefined> = {}): Map<string, string> {
  const files: Record<string, string | undefined> = { ...FILES, ...changes };
  return new Map(Object.entries(files).flatMap(([path, text]) => (text === undefined ? [] : [[path, text]])));
}

/** The example after one edit per file: `edited({'people.yml': ['2027-08-31', '2027-09-30']})`. Fails when the text is not there. */
export function edited(edits: Record<string, [from: string, to: string]>): Map<string, string> {
  const files = governanceFiles();
  for (const [path, [from, to]] of Object.entries(edits)) {
    const text = files.get(path);
    if (!text?.includes(from)) throw new Error(`${path} of the example does not hold: ${from}`);
    files.set(path, text.replace(from, to));
  }
  return files;
}

/** The example as Governance; throws with every finding when it is not valid. */
export function aGovernance(
  files: ReadonlyMap<string, string> = governanceFiles(),
  commit = COMMIT,
): Governance {
  const { governance, findings } = readGovernance(files, commit);
  if (!governance)
    throw new Error(findings.map((f) => `${f.path}:${f.line}:${f.column} ${f.message}`).join('\n'));
  return governance;
}

const FILES = {
  'deployment.yml': `id: northshire-schools
base_url: https://research.example.edu
subject: {unit: pupil, plural: pupils, id_column: pupil_id}
contacts: {support: help@example.edu, incidents: incidents@example.edu}
github:
  app_id: 4711
  org: {id: 80001, login: northshire-research}
  repos: {governance: 9001}
  review_repos: {default: 9005}
  code_orgs: [northshire-research]
  action_orgs: [northshire-actions]
project_number: '^NS-20[0-9]{2}-[0-9]{3}$'
`,
  'backends.yml': `- id: attainment
  name: Pupil attainment warehouse
  alert_after: PT5M
  maintenance_reporting: true
  datasets: [results, absence, exclusions]
  keys:
    agent: '${KEYS.agent.publicText}'
    viewer: '${KEYS.viewer.publicText}'
  pools: {general: 4, database: 2}
  limits: {cpus: 2, memory: 4G, pids: 512, disk: 10G, time: PT24H, log: 20M}
  weights:
    default: [{match: 'big_.*', weight: 2}]
    workspaces: {study-main: [{match: 'big_model', weight: 1.5}]}
- id: rehearsal
  name: Rehearsal with dummy data
  data: dummy
  keys: {agent: [{id: rehearsal-1, key: '${KEYS.rehearsal.publicText}', from: 2026-01-01, until: 2027-12-31}]}
`,
  'images.yml': `- {name: python, version: v1, image: northshire-images/python, digest: 'sha256:${'1'.repeat(64)}', retire_on: 2026-09-30}
- {name: python, version: v2, image: northshire-images/python, digest: 'sha256:${'2'.repeat(64)}'}
- {name: sqlrunner, version: v1, image: northshire-images/sqlrunner, digest: 'sha256:${'3'.repeat(64)}', database: true, exit_codes: trusted}
- {name: local, version: v1, image: local/node, image_id: 'sha256:${'4'.repeat(64)}'}
`,
  'people.yml': `- id: ${PEOPLE.lead}
  login: rowan-example
  name: Rowan Example
  orgs: [riverside-university]
  training: {course: safe-researcher, passed: 2026-02-03, expires: 2029-02-03}
  agreement: {ref: DAA-77, expires: 2027-08-31}
  backends: [{id: attainment, until: 2027-08-31}]
  commit_emails: [rowan@example.edu]
  until: 2027-08-31
- {id: ${PEOPLE.collaborator}, login: ash-example, name: Ash Example, until: 2027-08-31}
- {id: ${PEOPLE.checker}, login: kim-example, name: Kim Example, until: 2027-08-31}
- {id: ${PEOPLE.governor}, login: noor-example, name: Noor Example, until: 2027-08-31}
- {id: ${PEOPLE.copilot}, login: sam-example, name: Sam Example, until: 2027-08-31}
- {id: ${PEOPLE.stranger}, login: lee-example, name: Lee Example, until: 2027-08-31}
`,
  'teams.yml': `- role: output_checker
  team: sp-output-checkers
  members:
    - {id: ${PEOPLE.checker}, scope: {orgs: [riverside-university]}, until: 2027-01-31, reason: rota, ref: GOV-118}
- role: governance
  team: sp-governance
  members:
    - {id: ${PEOPLE.governor}, until: 2027-01-31, reason: board, ref: GOV-1}
`,
  'policies.yml': `approvals: {application: 2, permissions: 2}
outputs: {max_file: 16777216, csv_rows: 5000}
closing_days: 14
`,
  'projects/ns-2026-014.yml': `id: ns-2026-014
number: NS-2026-014
aliases: [absence-study]
title: Absence and exam results
summary: What absence does to results.
orgs: {lead: riverside-university, others: []}
type: [research]
approval:
  state: approved_with_conditions
  on: 2026-03-01
  conditions: [{id: c1, text: Ethics letter, met_on: 2026-03-05, blocks: [run]}]
copilot: {id: ${PEOPLE.copilot}, support_until: 2026-04-01, access_until: 2027-02-28}
status: ongoing
until: 2027-02-28
backends: [attainment]
repos: [{id: ${REPOSITORY}, visibility: private, extensions: []}]
members:
  - {id: ${PEOPLE.lead}, roles: [lead, developer], until: 2027-02-28, reason: applicant, ref: GOV-131}
  - {id: ${PEOPLE.collaborator}, roles: [collaborator], until: 2027-02-28, reason: writes up, ref: GOV-132}
papers: []
`,
  'permissions/datasets.yml': `results:
  steward_team: sp-data-stewards
  ask: https://research.example.edu/permissions/results
  grants:
    - {project: ns-2026-014, from: 2026-03-01, until: 2027-02-28, reason: Main outcome, ref: GOV-131}
exclusions:
  steward_team: sp-data-stewards
  ask: https://research.example.edu/permissions/exclusions
`,
};
