/**
 * G1: judging a governance repository of 2,000 projects and 5,000 people, and planning a change of it.
 *
 * Time of this process, not of the clock: other programs on the machine do not count.
 */
import { planChange, readGovernance, type Governance, type Memory } from '../../src/governance/governance.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { figure, type Figure, type Measure } from './figure.ts';
import { spread } from './stats.ts';

const PROJECTS = 2000;
const PEOPLE = 5000;
const MEMBERS = 5;
const ROUNDS = 5;
const UNTIL = '2027-08-31';
const TODAY = '2026-11-20';

export const g1: Measure = {
  id: 'G1',
  run: () => Promise.resolve(measure()),
};

function measure(): Figure[] {
  const files = repository();
  const characters = [...files.values()].reduce((sum, text) => sum + text.length, 0);
  const before = judged(files);
  const changed = new Map(files).set('policies.yml', 'outputs: {csv_rows: 9000}\n');
  changed.set('projects/p-1999.yml', project(1999).replace('backends: [warehouse]', 'backends: []'));
  const after = judged(changed);
  const reading = Array.from({ length: ROUNDS }, () => seconds(() => judged(files)));
  const planning = Array.from({ length: ROUNDS }, () => seconds(() => planChange(before, after, TODAY)));
  const memory: Memory = new Map();
  judged(files, memory);
  const next = Array.from({ length: ROUNDS }, (_, n) =>
    seconds(() => judged(n % 2 ? files : changed, memory)),
  );
  const read = spread(reading);
  const again = spread(next);
  const plan = spread(planning);
  return [
    figure({
      id: 'G1',
      title: `validation of ${PROJECTS} projects and ${PEOPLE} people`,
      unit: ' s',
      must: { is: '<=', than: 2 },
      stretch: { is: '<=', than: 1 },
      value: read.median,
      detail: `${files.size} files, ${(characters / 1e6).toFixed(1)} MB; processor time, quartiles ${read.q1.toFixed(2)}–${read.q3.toFixed(2)} s, ${ROUNDS} rounds`,
    }),
    figure({
      id: 'G1-next',
      title: 'validation of the next version of it',
      unit: ' s',
      must: { is: '<=', than: 1 },
      stretch: { is: '<=', than: 0.3 },
      value: again.median,
      detail: `two files changed; quartiles ${again.q1.toFixed(2)}–${again.q3.toFixed(2)} s`,
    }),
    figure({
      id: 'G1-plan',
      title: 'planning a change of it',
      unit: ' s',
      must: { is: '<=', than: 2 },
      stretch: { is: '<=', than: 1 },
      value: plan.median,
      detail: `one project without its backend, one rule looser; quartiles ${plan.q1.toFixed(2)}–${plan.q3.toFixed(2)} s`,
    }),
  ];
}

function seconds(work: () => unknown): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

function judged(files: ReadonlyMap<string, string>, memory?: Memory): Governance {
  const { governance, findings } = readGovernance(files, 'c'.repeat(40), undefined, memory);
  if (!governance) throw new Error(`the repository of the bench is not valid: ${findings[0]?.message}`);
  return governance;
}

function repository(): Map<string, string> {
  const files = new Map<string, string>([
    [
      'deployment.yml',
      `id: bench
base_url: https://bench.example.org
subject: {unit: unit, plural: units, id_column: id}
github:
  app_id: 1
  org: {id: 2, login: bench}
  repos: {governance: 3}
  review_repos: {default: 4}
  code_orgs: [bench]
project_number: '^P-[0-9]+$'
`,
    ],
    [
      'backends.yml',
      `- id: warehouse
  name: Warehouse
  datasets: [a, b, c]
  keys: {agent: '${newKeyPair().publicText}', viewer: '${newKeyPair().publicText}'}
`,
    ],
    [
      'images.yml',
      `- {name: python, version: v2, image: bench/python, digest: 'sha256:${'1'.repeat(64)}'}\n`,
    ],
    ['policies.yml', 'outputs: {csv_rows: 5000}\n'],
    ['orgs.yml', times(50, (n) => `- {id: org-${n}, name: Organisation ${n}}\n`)],
    [
      'people.yml',
      times(
        PEOPLE,
        (n) => `- id: ${person(n)}
  login: person-${n}
  name: Person ${n}
  orgs: [org-${n % 50}]
  training: {course: safe-researcher, passed: 2026-02-03, expires: 2029-02-03}
  agreement: {ref: DAA-${n}, expires: ${UNTIL}}
  backends: [{id: warehouse, until: ${UNTIL}}]
  commit_emails: [person-${n}@example.org]
  until: ${UNTIL}
`,
      ),
    ],
    [
      'teams.yml',
      `- role: output_checker
  team: checkers
  members:
${times(50, (n) => `    - {id: ${person(n)}, until: ${UNTIL}, reason: rota, ref: G-${n}}\n`)}`,
    ],
    [
      'permissions/datasets.yml',
      ['a', 'b', 'c']
        .map(
          (dataset) => `${dataset}:
  steward_team: stewards
  ask: https://bench.example.org/${dataset}
  grants:
${times(PROJECTS, (n) => `    - {project: p-${n}, from: 2026-03-01, until: ${UNTIL}, reason: Main outcome, ref: G-${n}}\n`)}`,
        )
        .join(''),
    ],
  ]);
  for (let n = 0; n < PROJECTS; n += 1) files.set(`projects/p-${n}.yml`, project(n));
  return files;
}

function project(n: number): string {
  return `id: p-${n}
number: P-${n}
title: Project ${n}
summary: What one thing does to another, told so that everybody understands it.
orgs: {lead: org-${n % 50}, others: [org-${(n + 1) % 50}]}
type: [research]
approval: {state: approved, on: 2026-03-01}
copilot: {id: ${person(n)}, support_until: 2026-04-01, access_until: ${UNTIL}}
status: ongoing
until: ${UNTIL}
backends: [warehouse]
repos: [{id: ${70_000 + n}, visibility: private}]
members:
${times(MEMBERS, (m) => `  - {id: ${person((n * MEMBERS + m) % PEOPLE)}, roles: [developer], until: ${UNTIL}, reason: applicant, ref: G-${n}}\n`)}`;
}

const person = (n: number): number => 5_000_000 + n;

function times(count: number, text: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => text(n)).join('');
}
