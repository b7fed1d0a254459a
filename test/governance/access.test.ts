import { describe, expect, test } from '@jest/globals';
import {
  agentKeys,
  backendById,
  datasetsGranted,
  defaultBackends,
  dummyBackend,
  hasPermission,
  mayCancel,
  mayDummyRun,
  mayRun,
  PERMISSIONS,
  personById,
  projectById,
  projectOfRepository,
  rolesOf,
  runRefusals,
} from '../../src/governance/governance.ts';
import { days, isoDay } from '../../src/lib/clock.ts';
import { NUMBERS } from '../deployments/here.ts';
import { aGovernance, AT, edited, PEOPLE, PROJECT, REPOSITORY } from '../support/governance.ts';

const P = 'projects/ns-2026-014.yml';
const on = (day: string) => Date.parse(`${day}T12:00:00Z`);
const daysBefore = (n: number): string => isoDay(AT - days(n));
const question = { person: PEOPLE.lead, project: PROJECT, backend: 'attainment', at: AT };
type Edits = Parameters<typeof edited>[0];

function codes(edits: Edits, changes: Partial<typeof question> = {}): string[] {
  return runRefusals(aGovernance(edited(edits)), { ...question, ...changes }).map(({ code }) => code);
}

test('a lead with role, grant, training and agreement may run', () => {
  expect(mayRun(aGovernance(), question)).toBeUndefined();
  expect(mayRun(aGovernance(), { ...question, project: 'absence-study' })).toBeUndefined();
});

describe('running is refused when', () => {
  test.each<[string, Edits, Partial<typeof question>, string[]]>([
    ['the person is unknown', {}, { person: 1 }, ['run.person-unknown', 'run.not-a-member']],
    ['the project is unknown', {}, { project: 'x' }, ['run.project-unknown']],
    ['the backend is unknown', {}, { backend: 'x' }, ['run.backend-unknown']],
    [
      'everything is unknown',
      {},
      { person: 1, project: 'x', backend: 'x' },
      ['run.person-unknown', 'run.project-unknown', 'run.backend-unknown'],
    ],
    [
      'everything but the backend is unknown',
      {},
      { person: 1, project: 'x' },
      ['run.person-unknown', 'run.project-unknown'],
    ],
    [
      'the person is no member',
      {},
      { person: PEOPLE.stranger },
      ['run.not-a-member', 'run.backend-not-granted', 'run.training-missing', 'run.agreement-missing'],
    ],
    [
      'the role is another',
      {},
      { person: PEOPLE.collaborator },
      ['run.role-missing', 'run.backend-not-granted', 'run.training-missing', 'run.agreement-missing'],
    ],
    [
      'the membership has ended',
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
      'everything of the person has ended',
      {},
      { at: on('2027-09-01') },
      [
        'run.person-ended',
        'run.membership-ended',
        'run.project-ended',
        'run.backend-grant-ended',
        'run.agreement-expired',
      ],
    ],
    [
      'the training has expired',
      {},
      { at: on('2029-02-04') },
      expect.arrayContaining(['run.training-expired']) as unknown as string[],
    ],
    [
      'the project is not approved for the backend',
      { [P]: ['backends: [attainment]', 'backends: []'] },
      {},
      ['run.backend-not-in-project'],
    ],
    [
      'the backend is another of the deployment',
      {},
      { backend: 'rehearsal' },
      ['run.backend-not-in-project', 'run.backend-not-granted'],
    ],
    [
      'the backend is switched off',
      { 'backends.yml': ['alert_after', 'active: false\n  alert_after'] },
      {},
      ['run.backend-inactive'],
    ],
    [
      'the grant has not begun',
      { 'people.yml': ['attainment, until', 'attainment, from: 2026-10-02, until'] },
      {},
      ['run.backend-not-granted'],
    ],
    [
      'the grant has ended',
      { 'people.yml': ['attainment, until: 2027-08-31', 'attainment, until: 2026-09-30'] },
      {},
      ['run.backend-grant-ended'],
    ],
    ['a condition is open', { [P]: ['met_on: 2026-03-05', 'met_on: null'] }, {}, ['run.condition-open']],
    [
      'a condition is met later',
      { [P]: ['met_on: 2026-03-05', 'met_on: 2026-10-02'] },
      {},
      ['run.condition-open'],
    ],
    [
      'an open condition blocks something else',
      { [P]: ['met_on: 2026-03-05, blocks: [run]', 'met_on: null, blocks: [release]'] },
      {},
      [],
    ],
    [
      'the project is approved later',
      { [P]: ['on: 2026-03-01', 'on: 2026-10-02'] },
      {},
      ['run.project-not-yet'],
    ],
    [
      'the project is postponed',
      { [P]: ['status: ongoing', 'status: postponed'] },
      {},
      ['run.project-closed'],
    ],
    [
      'the project is completed',
      { [P]: ['status: ongoing', 'status: completed_linked'] },
      {},
      ['run.project-closed'],
    ],
    [
      'the project was completed long ago',
      {
        [P]: [
          'status: ongoing',
          `status: completed_awaiting\nstatus_since: ${daysBefore(NUMBERS.closingDays + 1)}`,
        ],
      },
      {},
      ['run.project-closed'],
    ],
    [
      'the project was completed as many days ago as it takes to close',
      {
        [P]: [
          'status: ongoing',
          `status: completed_awaiting\nstatus_since: ${daysBefore(NUMBERS.closingDays)}`,
        ],
      },
      {},
      [],
    ],
    ['the project is linked', { [P]: ['status: ongoing', 'status: ongoing_linked'] }, {}, []],
  ])('%s', (_case, edits, changes, expected) => {
    expect(codes(edits, changes)).toEqual(expected);
  });

  test('each refusal says what happened and what to do', () => {
    const g = aGovernance(edited({ [P]: ['backends: [attainment]', 'backends: []'] }));
    const sentences = [
      ...runRefusals(aGovernance(), { ...question, person: 1, project: 'x', backend: 'x' }),
      ...runRefusals(aGovernance(), { ...question, backend: 'rehearsal', at: on('2029-03-01') }),
      ...runRefusals(g, question),
    ].map(({ says, next }) => `${says} ${next}`);

    expect(sentences).toMatchInlineSnapshot(`
     [
       "GitHub user 1 is not registered here. Ask the governance team to add them to people.yml.",
       "There is no project "x". Ask the governance team which project this repository belongs to.",
       "There is no backend "x". Name one of the project's backends with --backend.",
       "Your registration ended on 2027-08-31. Ask the governance team to renew it in people.yml.",
       "Your membership of project "ns-2026-014" ended on 2027-02-28. Ask its lead to propose a new end date.",
       "Project "ns-2026-014" ended on 2027-02-28. Ask the governance team for an extension.",
       "Project "ns-2026-014" is not approved for backend "rehearsal". It may use "attainment".",
       "You are not granted backend "rehearsal". Ask the governance team to grant it in people.yml.",
       "Project "ns-2026-014" is not approved for backend "attainment". Ask the governance team to add it to the project.",
     ]
    `);
  });
});

test('dummy data asks for no training, agreement or open condition', () => {
  const g = aGovernance(
    edited({
      [P]: ['backends: [attainment]', 'backends: [attainment, rehearsal]'],
      'people.yml': [
        `id: ${PEOPLE.stranger}, login`,
        `id: ${PEOPLE.stranger}, backends: [{id: rehearsal, until: 2027-01-01}], login`,
      ],
    }),
  );
  const codesFor = runRefusals(g, { ...question, person: PEOPLE.stranger, backend: 'rehearsal' }).map(
    ({ code }) => code,
  );
  expect(codesFor).toEqual(['run.not-a-member']);
});

test('a push starts the dummy run when its author may run jobs of the project, granted or not', () => {
  const g = aGovernance(
    edited({ 'people.yml': ['backends: [{id: attainment, until: 2027-08-31}]', 'backends: []'] }),
  );
  const dummy = (changes: Partial<typeof question>) => mayDummyRun(g, { ...question, ...changes })?.code;

  expect(dummy({})).toBeUndefined();
  expect(dummy({ person: 1 })).toBe('run.person-unknown');
  expect(dummy({ project: 'x' })).toBe('run.project-unknown');
  expect(dummy({ person: PEOPLE.stranger })).toBe('run.not-a-member');
  expect(dummy({ at: on('2027-03-01') })).toBe('run.membership-ended');
});

describe('cancelling', () => {
  test.each([
    ['who asked, even a stranger by now', PEOPLE.stranger, PEOPLE.stranger, true],
    ['the lead', PEOPLE.lead, PEOPLE.stranger, true],
    ['governance', PEOPLE.governor, PEOPLE.stranger, true],
    ['a collaborator', PEOPLE.collaborator, PEOPLE.lead, false],
    ['an output checker', PEOPLE.checker, PEOPLE.lead, false],
    ['an unknown person', 1, PEOPLE.lead, false],
  ])('is open to: %s', (_who, person, requestedBy, may) => {
    const answer = mayCancel(aGovernance(), { person, project: PROJECT, requestedBy, at: AT });
    expect(answer?.code).toBe(may ? undefined : 'cancel.not-permitted');
  });

  test('staff may too', () => {
    const g = aGovernance(edited({ 'teams.yml': ['role: governance\n', 'role: platform_admin\n'] }));
    expect(
      mayCancel(g, { person: PEOPLE.governor, project: PROJECT, requestedBy: 1, at: AT }),
    ).toBeUndefined();
  });
});

describe('roles', () => {
  const roles = (person: number, project: string | undefined, at = AT, edits: Edits = {}) => [
    ...rolesOf(aGovernance(edited(edits)), person, project, at),
  ];

  test('come from the project, the teams and the co-pilot entry', () => {
    expect(roles(PEOPLE.lead, PROJECT)).toEqual(['lead', 'developer']);
    expect(roles(PEOPLE.copilot, PROJECT)).toEqual(['copilot']);
    expect(roles(PEOPLE.governor, undefined)).toEqual(['governance']);
    expect(roles(PEOPLE.lead, undefined)).toEqual([]);
    expect(roles(PEOPLE.lead, 'x')).toEqual([]);
  });

  test('end with the grant, the person and the co-pilot access', () => {
    expect(roles(PEOPLE.governor, undefined, on('2027-02-01'))).toEqual([]);
    expect(roles(PEOPLE.copilot, PROJECT, on('2027-03-01'))).toEqual([]);
    expect(roles(PEOPLE.governor, undefined, on('2027-09-01'))).toEqual([]);
    expect(roles(1, undefined)).toEqual([]);
  });

  test('limited to organisations or projects hold only there', () => {
    const scope = 'scope: {orgs: [riverside-university]}';
    expect(roles(PEOPLE.checker, PROJECT)).toEqual(['output_checker']);
    expect(roles(PEOPLE.checker, undefined)).toEqual([]);
    expect(
      roles(PEOPLE.checker, PROJECT, AT, { 'teams.yml': [scope, 'scope: {orgs: [elsewhere]}'] }),
    ).toEqual([]);
    expect(
      roles(PEOPLE.checker, PROJECT, AT, { 'teams.yml': [scope, `scope: {projects: [${PROJECT}]}`] }),
    ).toEqual(['output_checker']);
    expect(() => roles(PEOPLE.checker, PROJECT, AT, { 'teams.yml': [scope, 'scope: {}'] })).toThrow(
      'limited to an organisation or a project, or left out',
    );
  });

  test('every permission has a role, and the table is asked', () => {
    expect(Object.values(PERMISSIONS).every((holders) => holders.length > 0)).toBe(true);
    expect(
      hasPermission(
        aGovernance(),
        'unreleased_outputs_view',
        { person: PEOPLE.copilot, project: PROJECT },
        AT,
      ),
    ).toBe(true);
    expect(hasPermission(aGovernance(), 'job_run', { person: PEOPLE.copilot, project: PROJECT }, AT)).toBe(
      false,
    );
  });
});

describe('finding things', () => {
  const g = aGovernance();

  test('people, backends and projects by id, former id and repository', () => {
    expect(personById(g, PEOPLE.lead)?.login).toBe('rowan-example');
    expect(personById(g, 1)).toBeUndefined();
    expect(backendById(g, 'rehearsal')?.data).toBe('dummy');
    expect(projectById(g, 'absence-study')?.id).toBe(PROJECT);
    expect(projectOfRepository(g, REPOSITORY)?.id).toBe(PROJECT);
    expect(projectOfRepository(g, 1)).toBeUndefined();
  });

  test('the dummy backend is the first active one with dummy data', () => {
    expect(dummyBackend(g)?.id).toBe('rehearsal');
    expect(
      dummyBackend(aGovernance(edited({ 'backends.yml': ['data: dummy', 'data: dummy\n  active: false'] }))),
    ).toBeUndefined();
  });

  test('agent keys hold within their days, on active backends', () => {
    expect(agentKeys(g, 'attainment', AT)).toHaveLength(1);
    expect(agentKeys(g, 'rehearsal', AT)).toHaveLength(1);
    expect(agentKeys(g, 'rehearsal', on('2028-01-01'))).toEqual([]);
    expect(agentKeys(g, 'rehearsal', on('2025-12-31'))).toEqual([]);
    expect(agentKeys(g, 'x', AT)).toEqual([]);
    const off = aGovernance(edited({ 'backends.yml': ['alert_after', 'active: false\n  alert_after'] }));
    expect(agentKeys(off, 'attainment', AT)).toEqual([]);
  });

  test('the implied backends are granted, listed and active', () => {
    const ids = (person: number, at = AT, from = g) =>
      defaultBackends(from, person, PROJECT, at).map(({ id }) => id);
    expect(ids(PEOPLE.lead)).toEqual(['attainment']);
    expect(ids(PEOPLE.stranger)).toEqual([]);
    expect(ids(1)).toEqual([]);
    expect(ids(PEOPLE.lead, on('2027-09-01'))).toEqual([]);
    expect(
      ids(
        PEOPLE.lead,
        AT,
        aGovernance(edited({ 'backends.yml': ['alert_after', 'active: false\n  alert_after'] })),
      ),
    ).toEqual([]);
    expect(defaultBackends(g, PEOPLE.lead, 'x', AT)).toEqual([]);
  });

  test('datasets are granted to the project, between their days', () => {
    expect(datasetsGranted(g, PROJECT, 'attainment', AT)).toEqual(['results']);
    expect(datasetsGranted(g, PROJECT, 'attainment', on('2026-02-28'))).toEqual([]);
    expect(datasetsGranted(g, PROJECT, 'attainment', on('2027-03-01'))).toEqual([]);
    expect(datasetsGranted(g, 'x', 'attainment', AT)).toEqual([]);
    expect(datasetsGranted(g, PROJECT, 'x', AT)).toEqual([]);
  });
});
