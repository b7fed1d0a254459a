/** What becomes public of a request, and what does not. */
import { expect, test } from '@jest/globals';
import { shownRequest } from '../../src/record/shown.ts';
import { issueIn } from '../../src/record/one.ts';
import { stateOf, uptimeIn } from '../../src/record/status.ts';
import { grantsOf, organisation, organisations, rightsOf } from '../../src/record/record.ts';
import { aGovernance, PEOPLE, PROJECT } from '../support/governance.ts';
import { aRow, aShownRequest } from './shown.ts';

const g = aGovernance();

test('what belongs to a project is public', () => {
  expect(shownRequest(aRow(), g)).toEqual(aShownRequest());
});

test('of a repository that belongs to no project nothing is named, nor what was typed', () => {
  const typed = { project: null, outcome: 'refused', state: 'refused', refusal: 'run.no-project' } as const;
  const row = aRow({
    ...typed,
    backend: 'SECRET-b',
    actions: ['SECRET-a'],
    branch: 'SECRET',
    name: 'SECRET',
  });
  const shown = shownRequest({ ...row, workspace: 'SECRET', owner: 'SECRET', person: 99 }, g);
  expect(JSON.stringify(shown)).not.toContain('SECRET');
  expect(shown).toMatchObject({ person: { id: 99, name: 'account 99' }, refusal: 'run.no-project' });
});

test('a backend that governance knows is named also where it refused', () => {
  const refused = aRow({ outcome: 'refused', state: 'refused', refusal: 'run.x' });
  expect(shownRequest(refused, g).backend).toBe('attainment');
  expect(shownRequest(refused, undefined).backend).toBeNull();
});

test('lists and names of any length are cut', () => {
  const actions = Array.from({ length: 80 }, () => 'x'.repeat(300));
  const shown = shownRequest(aRow({ actions }), g);
  expect([shown.actions.length, shown.actions[0]?.length]).toEqual([50, 100]);
});

test.each<[unknown, number | undefined]>([
  [{ kind: 'comment', place: { kind: 'issue', number: 12 } }, 12],
  [{ kind: 'comment', place: { kind: 'commit', number: 12 } }, undefined],
  [{ kind: 'push' }, undefined],
  [{ place: { kind: 'issue', number: '12/../x' } }, undefined],
  [null, undefined],
  ['issue', undefined],
])('what came from %j links to issue %s', (origin, issue) => {
  expect(issueIn(origin)).toBe(issue);
});

test.each([
  ['working', { active: true, silent: false, pausedAt: null }],
  ['paused', { active: true, silent: false, pausedAt: 1 }],
  ['silent', { active: true, silent: true, pausedAt: 1 }],
  ['retired', { active: false, silent: true, pausedAt: null }],
] as const)('a backend is %s', (state, of) => {
  expect(stateOf(of)).toBe(state);
});

test('a person holds what projects, teams and their own grants give', () => {
  const rights = (id: number) =>
    rightsOf(g, g.people.find((person) => person.id === id)!).map(({ what, until }) => `${what} ${until}`);
  expect(rights(PEOPLE.lead)).toEqual(['lead, developer 2027-02-28', 'may use attainment 2027-08-31']);
  expect(rights(PEOPLE.copilot)).toEqual(['copilot 2027-02-28']);
  expect(rights(PEOPLE.checker)).toEqual(['output_checker 2027-01-31']);
  expect(rights(PEOPLE.stranger)).toEqual([]);
});

test('organisations are those of projects and people', () => {
  expect(organisations(g)).toEqual(['riverside-university']);
  expect(organisation(g, 'riverside-university')?.projects.map(({ id }) => id)).toEqual([PROJECT]);
  expect(organisation(g, 'elsewhere')).toBeUndefined();
});

test('grants are listed for all or for one project', () => {
  expect(grantsOf(g).map(({ kind, name }) => `${kind} ${name}`)).toEqual(['dataset results']);
  const grant = { project: PROJECT, from: '2026-03-01', until: '2027-02-28', reason: 'x', ref: 'y' };
  const named = { name: 'everybody', stewardTeam: 's', ask: 'https://a.example', grants: [grant] };
  expect(
    grantsOf({ ...g, populations: [named], components: [{ ...named, name: 'linkage' }] }).map(
      ({ kind, name }) => `${kind} ${name}`,
    ),
  ).toEqual(['dataset results', 'population everybody', 'component linkage']);
  expect(grantsOf(g, PROJECT)).toEqual(grantsOf(g));
  expect(grantsOf(g, 'other')).toEqual([]);
});

test.each<[string, { began: number; ended: number | null }[], number]>([
  ['no silence', [], 1],
  ['one in the middle', [{ began: 120, ended: 130 }], 0.9],
  ['one that began before', [{ began: 0, ended: 150 }], 0.5],
  ['one that lasts', [{ began: 175, ended: null }], 0.75],
  [
    'several',
    [
      { began: 90, ended: 110 },
      { began: 150, ended: 160 },
    ],
    0.8,
  ],
  ['one that was over', [{ began: 10, ended: 20 }], 1],
  ['nothing but silence', [{ began: 0, ended: null }], 0],
])('the uptime of a backend with %s', (_case, silences, uptime) => {
  expect(uptimeIn(silences, 100, 200)).toBeCloseTo(uptime, 10);
});
