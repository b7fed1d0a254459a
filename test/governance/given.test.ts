/** What the public log is told of access: one right each, by numeric id and login, and how two versions differ. */
import { expect, test } from '@jest/globals';
import { allGiven, givenChanges, type Governance } from '../../src/governance/governance.ts';
import { aGovernance, edited, governanceFiles, PEOPLE, PROJECT } from '../support/governance.ts';
import { WHOLE } from './whole.ts';

const P = `projects/${PROJECT}.yml`;

function changes(before: Governance, after: Governance) {
  return givenChanges(allGiven(before), allGiven(after));
}

/** The first version, in which everything is new. */
const all = (g: Governance) => [...allGiven(g).values()];

test('the first version gives all that it holds, and the same version again nothing', () => {
  const g = aGovernance(new Map([...governanceFiles(), ...Object.entries(WHOLE)]));
  const first = givenChanges(new Map(), allGiven(g));
  expect(first.every(({ event, wasUntil }) => event === 'given' && wasUntil === null)).toBe(true);
  expect(new Set(first.map(({ given }) => given.what))).toEqual(
    new Set([
      'person',
      'backend',
      'team',
      'project',
      'project-backend',
      'repository',
      'member',
      'copilot',
      'dataset',
      'population',
    ]),
  );
  expect(first.find(({ given }) => given.what === 'population')?.given).toMatchObject({
    project: PROJECT,
    name: 'include_opted_out_pupils',
    from: '2026-03-01',
    until: '2027-02-28',
    reason: 'Approved',
    ref: 'GOV-140',
  });
  expect(changes(g, g)).toEqual([]);
});

test('a member who goes, a later end and another reason are told, each as what it is', () => {
  const line = `  - {id: ${PEOPLE.collaborator}, roles: [collaborator], until: 2027-02-28, reason: writes up, ref: GOV-132}\n`;
  const after = aGovernance(
    edited({
      [P]: [line, ''],
      'teams.yml': ['until: 2027-01-31, reason: rota', 'until: 2027-02-28, reason: rota'],
      'people.yml': [`{id: ${PEOPLE.stranger}, login: lee-example`, '{id: 5550199, login: new-example'],
    }),
  );
  const found = changes(aGovernance(), after);
  expect(found.map(({ event, given, wasUntil }) => [event, given.what, given.person, wasUntil])).toEqual([
    ['ended', 'person', { id: PEOPLE.stranger, login: 'lee-example' }, '2027-08-31'],
    ['ended', 'member', { id: PEOPLE.collaborator, login: 'ash-example' }, '2027-02-28'],
    ['given', 'person', { id: 5550199, login: 'new-example' }, null],
    ['changed', 'team', { id: 5550110, login: 'kim-example' }, '2027-01-31'],
  ]);
  expect(found[1]?.given).toMatchObject({ name: 'collaborator', reason: 'writes up', ref: 'GOV-132' });
  for (const [from, to] of [
    ['reason: writes up', 'reason: writes it up'],
    ['ref: GOV-132', 'ref: GOV-133'],
  ] as const) {
    const other = changes(aGovernance(), aGovernance(edited({ [P]: [from, to] })));
    expect(other.map(({ event, wasUntil }) => [event, wasUntil])).toEqual([['changed', '2027-02-28']]);
  }
});

test('another first day is another right', () => {
  const after = aGovernance(edited({ 'permissions/datasets.yml': ['from: 2026-03-01', 'from: 2026-04-01'] }));
  expect(changes(aGovernance(), after).map(({ event, given }) => [event, given.from])).toEqual([
    ['ended', '2026-03-01'],
    ['given', '2026-04-01'],
  ]);
});

test('another login, name, training or address of somebody is no change of a right', () => {
  const moved: Governance = {
    ...aGovernance(),
    people: aGovernance().people.map((p) => ({
      ...p,
      login: `${p.login}-x`,
      name: 'Somebody Else',
      training: undefined,
      commitEmails: [],
    })),
  };
  expect(changes(aGovernance(), moved)).toEqual([]);
});

test('of two entries about one right the longer one counts, in either order', () => {
  const g = aGovernance();
  const [person] = g.people;
  const twice = (...ends: string[]): Governance => ({
    ...g,
    people: [{ ...person!, backends: ends.map((until) => ({ id: 'attainment', until })) }],
  });
  for (const ends of [
    ['2027-01-01', '2027-02-01'],
    ['2027-02-01', '2027-01-01'],
  ])
    expect(all(twice(...ends)).filter(({ what }) => what === 'backend')).toMatchObject([
      { until: '2027-02-01' },
    ]);
});

test('a right of somebody who is not registered names the id alone, and a scope what it is for', () => {
  const g = aGovernance();
  const [team] = g.teams;
  const [member] = team!.members;
  const scoped = (scope: { orgs?: string[]; projects?: string[] }): Governance => ({
    ...g,
    people: [],
    teams: [{ ...team!, members: [{ ...member!, scope }] }],
  });
  const said = (scope: { orgs?: string[]; projects?: string[] }) =>
    all(scoped(scope)).find(({ what }) => what === 'team');
  expect(said({ orgs: ['a'] })).toMatchObject({
    person: { id: member!.id, login: null },
    scope: { orgs: ['a'], projects: [] },
  });
  expect(said({ projects: ['p'] })?.scope).toEqual({ orgs: [], projects: ['p'] });
});

test('projects without a repository, data or co-pilot, and rights without an end, are told too', () => {
  const g = aGovernance();
  const bare: Governance = {
    ...g,
    datasets: [],
    projects: g.projects.map((p) => ({ ...p, repos: [], copilot: undefined })),
  };
  expect(all(bare).some(({ what }) => what === 'copilot' || what === 'repository')).toBe(false);
  const here = { ...g.projects[0]!, backends: ['attainment', 'attainment'] };
  expect(all({ ...g, projects: [here] }).filter(({ what }) => what === 'project-backend')).toMatchObject([
    { project: PROJECT, name: 'attainment', from: null, until: null },
  ]);
});

test('nothing private comes with a reason: no address, no hidden characters', () => {
  const g = aGovernance();
  const [project] = g.projects;
  const [member] = project!.members;
  const hostile = {
    ...member!,
    reason: 'ask rowan@example.edu \u0000\u202Ebefore\ud800',
    ref: 'kim@example.edu',
  };
  const told = JSON.stringify(all({ ...g, projects: [{ ...project!, members: [hostile] }] }));
  expect(told).toContain('ask (address) \uFFFD\uFFFDbefore\uFFFD');
  expect(told).not.toContain('kim@');
  const everything = JSON.stringify(all(g));
  expect(everything).not.toContain('@');
  for (const { name, agreement } of g.people) {
    expect(everything).not.toContain(name);
    if (agreement) expect(everything).not.toContain(agreement.ref);
  }
});
