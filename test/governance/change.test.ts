import { expect, test } from '@jest/globals';
import { describeChange } from '../../src/governance/governance.ts';
import { NUMBERS } from '../deployments/here.ts';
import { aGovernance, edited, governanceFiles, KEYS, PEOPLE } from '../support/governance.ts';

const P = 'projects/ns-2026-014.yml';

function change(edits: Parameters<typeof edited>[0]): string[] {
  return describeChange(aGovernance(), aGovernance(edited(edits))).map(
    ({ kind, text }) => `${kind}: ${text}`,
  );
}

test('nothing changes when nothing changed', () => {
  expect(change({})).toEqual([]);
});

test.each<[string, Parameters<typeof edited>[0], string[]]>([
  [
    'a shorter grant is a loss',
    { 'people.yml': ['attainment, until: 2027-08-31', 'attainment, until: 2027-01-31'] },
    [
      'loses: Rowan Example (@rowan-example, 5550101) may use backend attainment, until 2027-01-31 instead of until 2027-08-31',
    ],
  ],
  [
    'a role handed over is a gain and a loss',
    { [P]: ['roles: [collaborator]', 'roles: [developer]'] },
    [
      'gains: Ash Example (@ash-example, 5550102) is developer of project ns-2026-014, until 2027-02-28',
      'loses: Ash Example (@ash-example, 5550102) is collaborator of project ns-2026-014, until 2027-02-28',
    ],
  ],
  [
    'a key that gets an end loses, a new holder gains',
    {
      'backends.yml': [
        `agent: '${KEYS.agent.publicText}'`,
        `agent: [{id: a1, key: '${KEYS.agent.publicText}', from: 2026-02-01}]`,
      ],
    },
    [
      `gains: Key ${KEYS.agent.publicText} speaks as agent a1 of backend attainment from 2026-02-01`,
      `loses: Key ${KEYS.agent.publicText} speaks as agent attainment of backend attainment`,
    ],
  ],
  [
    'a key without end any more gains',
    { 'backends.yml': [', until: 2027-12-31}', '}'] },
    [
      `gains: Key ${KEYS.rehearsal.publicText} speaks as agent rehearsal-1 of backend rehearsal from 2026-01-01, without end instead of until 2027-12-31`,
    ],
  ],
  [
    'a limit is named by itself',
    { 'backends.yml': ['memory: 4G', 'memory: 8G'] },
    [`changes: Backend attainment, limits.memoryBytes: 8589934592 instead of ${NUMBERS.limits.memoryBytes}`],
  ],
  [
    'an image that changes under its name',
    { 'images.yml': ['sha256:2222', 'sha256:5222'] },
    [`changes: Image python:v2, digest: "sha256:5${'2'.repeat(63)}" instead of "sha256:${'2'.repeat(64)}"`],
  ],
  [
    'a scope that goes makes a wider role',
    { 'teams.yml': [', scope: {orgs: [riverside-university]}', ''] },
    [
      'gains: Kim Example (@kim-example, 5550110) is output checker, until 2027-01-31',
      'loses: Kim Example (@kim-example, 5550110) is output checker for riverside-university, until 2027-01-31',
    ],
  ],
  [
    'a setting that comes or goes',
    {
      'deployment.yml': [
        'contacts: {support: help@example.edu, incidents',
        'contacts: {publications: p@example.edu, incidents',
      ],
    },
    [
      'changes: Deployment, contacts.publications: "p@example.edu"',
      'changes: Deployment, contacts.support: no longer "help@example.edu"',
    ],
  ],
  [
    'a status and a condition',
    { [P]: ['status: ongoing', 'status: postponed'] },
    ['changes: Project ns-2026-014, status: "postponed" instead of "ongoing"'],
  ],
  [
    'an open condition',
    { [P]: ['met_on: 2026-03-05', 'met_on: null'] },
    ['changes: Project ns-2026-014, openConditions: ["c1"] instead of []'],
  ],
  [
    'a co-pilot who leaves',
    {
      [P]: [`copilot: {id: ${PEOPLE.copilot}, support_until: 2026-04-01, access_until: 2027-02-28}\n`, ''],
    },
    ['loses: Sam Example (@sam-example, 5550120) is co-pilot of project ns-2026-014, until 2027-02-28'],
  ],
  [
    'days of a checker',
    {
      'teams.yml': [
        'reason: rota',
        'reason: rota, working_days: [monday], away: [{from: 2026-10-01, until: 2026-10-02}]',
      ],
    },
    [
      'changes: Kim Example (@kim-example, 5550110) as output checker, workingDays: [1]',
      'changes: Kim Example (@kim-example, 5550110) as output checker, away: [{"from":"2026-10-01","until":"2026-10-02"}]',
    ],
  ],
  [
    'a conflict',
    { [P]: ['papers: []', `papers: []\nconflicts: [${PEOPLE.checker}]`] },
    ['gains: Kim Example (@kim-example, 5550110) may not check project ns-2026-014'],
  ],
  [
    'an archived workspace',
    { [P]: ['papers: []', 'papers: []\narchived: [study-main]'] },
    ['gains: Workspace study-main of project ns-2026-014 is archived'],
  ],
  [
    'by when a repository becomes public, and what of it may',
    {
      [P]: [
        'visibility: private, extensions: []',
        `visibility: public, extensions: [{on: 2026-10-01, until: 2027-09-01, reason: Still at work, ref: GOV-7}], exempt: {reason: A tool, ref: GOV-8}, cleared: [{object: ${'a'.repeat(40)}, reason: Made up, ref: GOV-9}]`,
      ],
    },
    [
      'gains: Repository 70011 may stay private (Still at work; GOV-7), until 2027-09-01',
      'changes: Repository 70011, visibility: "public" instead of "private"',
      'changes: Repository 70011, exempt.reason: "A tool"',
      'changes: Repository 70011, exempt.ref: "GOV-8"',
      `changes: Repository 70011, cleared: ["${'a'.repeat(40)}"]`,
    ],
  ],
  [
    'a scope by project',
    { 'teams.yml': ['scope: {orgs: [riverside-university]}', 'scope: {projects: [ns-2026-014]}'] },
    [
      'gains: Kim Example (@kim-example, 5550110) is output checker for ns-2026-014, until 2027-01-31',
      'loses: Kim Example (@kim-example, 5550110) is output checker for riverside-university, until 2027-01-31',
    ],
  ],
])('%s', (_case, edits, expected) => {
  expect(change(edits)).toEqual(expected);
});

test('the first version is all gains', () => {
  const first = describeChange(undefined, aGovernance());

  expect(new Set(first.map(({ kind }) => kind))).toEqual(new Set(['gains']));
  expect(first.map(({ text }) => text)).toContain(
    'Project ns-2026-014 may read dataset results from 2026-03-01, until 2027-02-28',
  );
});

test('a project that goes is one loss for each right, without its settings', () => {
  const files = governanceFiles({ [P]: undefined, 'permissions/datasets.yml': undefined });
  const lines = describeChange(aGovernance(), aGovernance(files));

  expect(lines.every(({ kind }) => kind === 'loses')).toBe(true);
  expect(lines.map(({ text }) => text)).toContain('Project ns-2026-014 exists, until 2027-02-28');
});

test('someone who is not registered is named by number', () => {
  const g = aGovernance();
  const without = { ...g, people: g.people.filter(({ id }) => id !== PEOPLE.copilot) };
  expect(describeChange(undefined, without).map(({ text }) => text)).toContain(
    `GitHub user ${PEOPLE.copilot} is co-pilot of project ns-2026-014, until 2027-02-28`,
  );
});
