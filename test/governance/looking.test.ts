/** Looking at unreleased outputs ends with whatever ends first. */
import { describe, expect, test } from '@jest/globals';
import {
  endedEverywhere,
  endedLook,
  lookRefusals,
  type Governance,
} from '../../src/governance/governance.ts';
import { aGovernance, AT, edited, PEOPLE, PROJECT } from '../support/governance.ts';

const P = 'projects/ns-2026-014.yml';
const on = (day: string) => Date.parse(`${day}T12:00:00Z`);
type Texts = Parameters<typeof edited>[0];
/** As texts where the whole stays valid; else of what was read, since nothing may outlast what it hangs on. */
type Edits = Texts | ((g: Governance) => void);
const lead = (g: Governance) => g.people.find(({ id }) => id === PEOPLE.lead)!;
function governed(edits: Edits): Governance {
  if (typeof edits !== 'function') return aGovernance(edited(edits));
  const governance = structuredClone(aGovernance());
  edits(governance);
  return governance;
}
const question = {
  person: PEOPLE.lead,
  project: PROJECT,
  backend: 'attainment',
  data: 'real' as 'real' | 'dummy',
  at: AT,
};

function codes(edits: Edits, changes: Partial<typeof question> = {}): string[] {
  return lookRefusals(governed(edits), { ...question, ...changes }).map(({ code }) => code);
}

const COPILOT: Texts = {
  'people.yml': [
    'login: sam-example, name: Sam Example, until',
    'login: sam-example, name: Sam Example, training: {course: s, passed: 2026-02-03, expires: 2029-02-03}, agreement: {ref: D, expires: 2027-08-31}, backends: [{id: attainment, until: 2027-08-31}], until',
  ],
};

describe('looking as one of the project', () => {
  test.each<[string, Edits, Partial<typeof question>, string[]]>([
    ['everything in date', {}, {}, []],
    ['the last day of the project', {}, { at: on('2027-02-28') }, []],
    ['a co-pilot with everything in date', COPILOT, { person: PEOPLE.copilot }, []],
    ['the person ended', (g) => void (lead(g).until = '2026-09-30'), {}, ['run.person-ended']],
    [
      'the membership ended',
      { [P]: ['until: 2027-02-28, reason: applicant', 'until: 2026-09-30, reason: applicant'] },
      {},
      ['run.membership-ended'],
    ],
    [
      'the membership has not begun',
      {
        [P]: [
          'until: 2027-02-28, reason: applicant',
          'from: 2026-10-02, until: 2027-02-28, reason: applicant',
        ],
      },
      {},
      ['run.not-a-member'],
    ],
    [
      "the co-pilot's access ended",
      { ...COPILOT, [P]: ['access_until: 2027-02-28', 'access_until: 2026-09-30'] },
      { person: PEOPLE.copilot },
      ['run.membership-ended'],
    ],
    [
      'the training ended',
      (g) => void (lead(g).training!.expires = '2026-09-30'),
      {},
      ['run.training-expired'],
    ],
    [
      'the agreement ended',
      (g) => void (lead(g).agreement!.expires = '2026-09-30'),
      {},
      ['run.agreement-expired'],
    ],
    [
      'the grant of the backend ended',
      { 'people.yml': ['{id: attainment, until: 2027-08-31}', '{id: attainment, until: 2026-09-30}'] },
      {},
      ['run.backend-grant-ended'],
    ],
    [
      'the project lost the backend',
      { [P]: ['backends: [attainment]', 'backends: [rehearsal]'] },
      {},
      ['run.backend-not-in-project'],
    ],
    ['a condition is open', { [P]: ['met_on: 2026-03-05', 'met_on: null'] }, {}, ['run.condition-open']],
    ['the project ended', {}, { at: on('2027-03-01') }, ['run.membership-ended', 'run.project-ended']],
    ['the project was retired', { [P]: ['status: ongoing', 'status: retired'] }, {}, ['run.project-closed']],
    [
      'a collaborator',
      {},
      { person: PEOPLE.collaborator },
      ['run.not-a-member', 'run.backend-not-granted', 'run.training-missing', 'run.agreement-missing'],
    ],
    ['nobody known', {}, { person: 1 }, ['run.person-unknown']],
    ['no such project', {}, { project: 'x' }, ['run.project-unknown']],
    ['no such backend', {}, { backend: 'x' }, ['run.backend-unknown']],
    [
      'dummy data, without a grant of it',
      { [P]: ['backends: [attainment]', 'backends: [attainment, rehearsal]'] },
      { backend: 'rehearsal', data: 'dummy' },
      [],
    ],
    [
      'dummy data by governance alone',
      { [P]: ['backends: [attainment]', 'backends: [attainment, rehearsal]'] },
      { backend: 'rehearsal' },
      ['run.backend-not-granted'],
    ],
    [
      'dummy data by zone.yml alone',
      (g) => void (lead(g).training!.expires = '2026-09-30'),
      { data: 'dummy' },
      ['run.training-expired'],
    ],
  ])('%s', (_name, edits, changes, expected) => {
    expect(codes(edits, changes)).toEqual(expected);
  });
});

test('something ended only for whom a place in the project is written down', () => {
  const ended = (person: number, project = PROJECT) =>
    endedLook(aGovernance(), { ...question, person, project, at: on('2027-03-01') })?.code;
  expect(
    [PEOPLE.lead, PEOPLE.copilot, PEOPLE.collaborator, PEOPLE.stranger].map((who) => ended(who)),
  ).toEqual(['run.membership-ended', 'run.membership-ended', undefined, undefined]);
  expect(ended(PEOPLE.lead, 'x')).toBeUndefined();
});

describe('why nothing is left to see', () => {
  const trained = (expires: string): Edits => ({
    'people.yml': [
      'login: kim-example, name: Kim Example,',
      `login: kim-example, name: Kim Example, training: {course: s, passed: 2026-02-03, expires: ${expires}},`,
    ],
  });
  test.each<[string, Edits, number, string, string | undefined]>([
    ['a member', {}, PEOPLE.lead, '2027-03-01', 'run.membership-ended'],
    ['a person', {}, PEOPLE.stranger, '2027-09-01', 'run.person-ended'],
    ['somebody unknown', {}, 1, '2026-10-01', undefined],
    ['somebody without any place', {}, PEOPLE.stranger, '2026-10-01', undefined],
    ['a checker whose place ended', trained('2029-02-03'), PEOPLE.checker, '2027-02-01', 'role.ended'],
    ['a checker without training', {}, PEOPLE.checker, '2026-10-01', 'run.training-missing'],
    [
      'a checker whose training ended',
      trained('2026-09-30'),
      PEOPLE.checker,
      '2026-10-01',
      'run.training-expired',
    ],
    ['a checker for whom nothing ended', trained('2029-02-03'), PEOPLE.checker, '2026-10-01', undefined],
  ])('%s', (_name, edits, person, day, expected) => {
    const { backend, data } = question;
    const why = endedEverywhere(governed(edits), { person, backend, data, at: on(day) });
    expect(why?.code).toBe(expected);
  });
});
