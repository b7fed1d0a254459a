/** The plan: what merging a version does, told before it is merged. */
import { expect, test } from '@jest/globals';
import { endsWithin, planChange } from '../../src/governance/governance.ts';
import { NUMBERS } from '../deployments/here.ts';
import { aGovernance, edited, governanceFiles, PEOPLE } from '../support/governance.ts';
import { WHOLE } from './whole.ts';

const TODAY = '2026-10-01';
const P = 'projects/ns-2026-014.yml';

function planned(edits: Record<string, [string, string]>) {
  return planChange(aGovernance(), aGovernance(edited(edits)), TODAY);
}

test('a version that changes nothing plans nothing', () => {
  const { changes, counts } = planned({});
  expect(changes).toEqual([]);
  expect(Object.values(counts).every((count) => count === 0)).toBe(true);
});

test('people who join and leave, rights given and ended, are counted and told by what they are about', () => {
  const plan = planned({
    'people.yml': [`{id: ${PEOPLE.stranger}, login: lee-example`, '{id: 5550199, login: new-example'],
    'teams.yml': ['until: 2027-01-31, reason: rota', 'until: 2027-02-28, reason: rota'],
    [P]: [
      `  - {id: ${PEOPLE.collaborator}, roles: [collaborator], until: 2027-02-28, reason: writes up, ref: GOV-132}\n`,
      '',
    ],
    'permissions/datasets.yml': ['until: 2027-02-28', 'until: 2027-01-31'],
  });

  expect(plan.counts).toMatchObject({ joining: 1, leaving: 1, given: 1, ended: 2, loosening: 2 });
  expect(plan.changes.map(({ area, kind, loosens, text }) => [area, kind, loosens, text])).toEqual([
    ['people', 'gains', true, 'Lee Example (@new-example, 5550199) is registered, until 2027-08-31'],
    [
      'teams',
      'gains',
      true,
      'Kim Example (@kim-example, 5550110) is output checker for riverside-university, until 2027-02-28 instead of until 2027-01-31',
    ],
    [
      'data',
      'loses',
      false,
      'Project ns-2026-014 may read dataset results from 2026-03-01, until 2027-01-31 instead of until 2027-02-28',
    ],
    ['people', 'loses', false, 'Lee Example (@lee-example, 5550130) is registered, until 2027-08-31'],
    [
      'access',
      'loses',
      false,
      'Ash Example (@ash-example, 5550102) is collaborator of project ns-2026-014, until 2027-02-28',
    ],
  ]);
});

test('an image that goes, and one that gets a last day, are retired', () => {
  const line = `- {name: python, version: v2, image: northshire-images/python, digest: 'sha256:${'2'.repeat(64)}'}\n`;
  expect(planned({ 'images.yml': [line, ''] }).counts.imagesRetired).toBe(1);
  expect(
    planned({ 'images.yml': [line, line.replace('}\n', ', retire_on: 2027-01-01}\n')] }).counts.imagesRetired,
  ).toBe(1);
});

test('a policy that becomes looser is told from one that becomes stricter', () => {
  const looser = planned({ 'policies.yml': ['csv_rows: 5000', 'csv_rows: 9000'] });
  expect(looser.counts).toMatchObject({ policiesLoosened: 1, loosening: 1 });
  expect(looser.changes).toEqual([
    {
      area: 'policies',
      kind: 'changes',
      loosens: true,
      text: `Policies, outputs.csv_rows: 9000 instead of ${NUMBERS.csvRows}`,
    },
  ]);
  const stricter = planned({ 'policies.yml': ['csv_rows: 5000', 'csv_rows: 100'] });
  expect(stricter.counts).toMatchObject({ policiesLoosened: 0, loosening: 0 });
});

test('addresses of people stay in their file', () => {
  const { changes } = planned({ 'people.yml': ['rowan@example.edu', 'secret.name@example.org'] });
  expect(changes.map(({ text }) => text)).toEqual([
    'Person 5550101, commitEmails: ["(address)"] instead of ["(address)"]',
  ]);
});

test('the first version is all new, and what has no place of its own stands under notices', () => {
  const plan = planChange(undefined, aGovernance(governanceFiles(WHOLE)), TODAY);
  expect(plan.counts).toMatchObject({
    joining: 6,
    leaving: 0,
    policiesLoosened: 0,
    loosening: plan.changes.length,
  });
  expect(plan.changes.filter(({ area }) => area === 'notices').map(({ text }) => text)).toContain(
    'Form application exists',
  );
});

test('what ends within thirty days is told, the earliest first, and nothing that ended before', () => {
  const governance = aGovernance(governanceFiles(WHOLE));
  const ends = (today: string) =>
    endsWithin(governance, today, 30).map(({ what, text, until }) => `${until} ${what}: ${text}`);

  expect(ends('2026-10-01')).toEqual([]);
  expect(ends('2027-01-01')).toEqual([
    '2027-01-31 role: Kim Example (@kim-example) as output checker',
    '2027-01-31 role: Noor Example (@noor-example) as governance',
  ]);
  expect(ends('2027-01-30')).toEqual([
    '2027-01-31 role: Kim Example (@kim-example) as output checker',
    '2027-01-31 role: Noor Example (@noor-example) as governance',
    '2027-02-28 project: Project ns-2026-014',
    '2027-02-28 membership: Rowan Example (@rowan-example) as lead and developer of project ns-2026-014',
    '2027-02-28 membership: Ash Example (@ash-example) as collaborator of project ns-2026-014',
    '2027-02-28 copilot: Sam Example (@sam-example) as co-pilot of project ns-2026-014',
    '2027-02-28 permission: Dataset results for project ns-2026-014',
    '2027-02-28 permission: Population include_opted_out_pupils for project ns-2026-014',
  ]);
  expect(ends('2027-03-01')).toEqual([]);
  expect(ends('2027-08-31').filter((each) => each.includes('Rowan'))).toEqual([
    '2027-08-31 person: Registration of Rowan Example (@rowan-example)',
    '2027-08-31 agreement: Agreement DAA-77 of Rowan Example (@rowan-example)',
    '2027-08-31 backend: Backend attainment for Rowan Example (@rowan-example)',
  ]);
  expect(ends('2029-02-01').map((each) => each.split(':')[0])).toEqual(['2029-02-03 training']);
});

test('an earlier end stands first, wherever it is written', () => {
  const governance = aGovernance(edited({ [P]: ['access_until: 2027-02-28', 'access_until: 2027-02-20'] }));
  expect(endsWithin(governance, '2027-02-10', 18).map(({ until }) => until)).toEqual([
    '2027-02-20',
    ...Array<string>(4).fill('2027-02-28'),
  ]);
});

test('the end of somebody who is not registered is told by number', () => {
  const g = aGovernance();
  const without = { ...g, people: g.people.filter(({ id }) => id !== PEOPLE.copilot) };
  expect(endsWithin(without, '2027-02-28', 0).map(({ text }) => text)).toContain(
    `GitHub user ${PEOPLE.copilot} as co-pilot of project ns-2026-014`,
  );
  const alone = { ...g, projects: g.projects.map(({ copilot: _copilot, ...p }) => p) };
  expect(endsWithin(alone, '2027-02-28', 0).map(({ what }) => what)).not.toContain('copilot');
});
