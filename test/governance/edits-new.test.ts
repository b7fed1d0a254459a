/** Edits that bring something: a project with its people and grants, and alerts. */
import { describe, expect, test } from '@jest/globals';
import type { Edit } from '../../src/governance/governance.ts';
import { aGovernance, governanceFiles, PEOPLE, PROJECT } from '../support/governance.ts';
import { DATES, GRANT, MEMBER, NEW, PERSON, after, done, refused } from './edited.ts';

describe('a new project', () => {
  test('comes with the people and the grants that it needs, in one change', () => {
    const edit: Edit = {
      kind: 'new-project',
      project: { ...NEW, members: [MEMBER, { ...MEMBER, id: PERSON.id }] },
      people: [PERSON],
      grants: [{ ...GRANT, project: NEW.id }],
    };
    const files = done(edit);
    expect(files.map(({ path }) => path)).toEqual([
      `projects/${NEW.id}.yml`,
      'people.yml',
      'permissions/datasets.yml',
    ]);
    const now = aGovernance(
      new Map([...governanceFiles(), ...files.map(({ path, text }) => [path, text] as const)]),
    );
    expect(now.projects.find(({ id }) => id === NEW.id)).toMatchObject({
      ...{ status: 'ongoing', status_since: '2026-11-20', summary: NEW.summary, copilot: NEW.copilot },
    });
    expect(now.people.at(-1)).toMatchObject({ id: PERSON.id, agreement: PERSON.agreement });
    expect(now.datasets.flatMap(({ grants }) => grants).map((grant) => grant.project)).toContain(NEW.id);
    expect(files[0]!.text).toMatchInlineSnapshot(`
     "id: ns-2026-099
     number: NS-2026-099
     aliases: []
     title: 'New: one'
     summary: |-
       First line

       and another
     orgs: {lead: riverside-university, others: []}
     type: [research]
     approval:
       state: approved_with_conditions
       on: 2026-11-20
       application_hash: sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
       conditions:
         - {id: c1, text: Ethics letter, met_on: null, blocks: [run]}
     copilot: {id: 5550120, support_until: 2026-12-20, access_until: 2027-01-31}
     status: ongoing
     status_since: 2026-11-20
     until: 2027-01-31
     backends: [rehearsal]
     repos: []
     members:
       - {id: 5550130, roles: [collaborator], until: 2027-01-31, reason: 'writes: the "paper"', ref: GOV-7}
       - {id: 5550999, roles: [collaborator], until: 2027-01-31, reason: 'writes: the "paper"', ref: GOV-7}
     papers: []
     "
    `);
  });

  test('people who are registered and grants that stand are no obstacle', () => {
    const { copilot: _none, ...plain } = NEW;
    const edit: Edit = {
      kind: 'new-project',
      project: { ...plain, approval: { state: 'approved', on: '2026-11-20', conditions: [] } },
      people: [
        { ...PERSON, id: PEOPLE.stranger, orgs: [], backends: [], training: undefined, agreement: undefined },
      ],
      grants: [],
    };
    expect(done(edit).map(({ path }) => path)).toEqual([`projects/${NEW.id}.yml`]);
  });

  test('not one that is there, and none with a grant that cannot be given', () => {
    const edit: Edit = { kind: 'new-project', project: { ...NEW, id: PROJECT }, people: [], grants: [] };
    expect(refused(edit)).toBe('edit.already-there');
    const grants = [{ ...GRANT, project: NEW.id, name: 'nothing' }];
    expect(refused({ kind: 'new-project', project: NEW, people: [], grants })).toBe('edit.not-there');
  });
});

describe('people, grants and alerts', () => {
  test('who is registered gets what is new, and keeps what lasts longer', () => {
    const person = {
      ...PERSON,
      id: PEOPLE.lead,
      orgs: ['riverside-university', 'other'],
      until: '2026-12-31',
    };
    const files = after({ kind: 'add-person', person });
    expect(aGovernance(files).people[0]).toMatchObject({
      ...{
        login: 'rowan-example',
        name: 'Rowan Example',
        orgs: ['riverside-university', 'other'],
        until: '2027-08-31',
      },
      training: { expires: '2029-02-03' },
      agreement: { ref: 'DAA-9', expires: '2029-01-01' },
      backends: [
        { id: 'attainment', until: '2027-08-31' },
        { id: 'rehearsal', until: '2027-01-31' },
      ],
    });
    const longer = {
      ...person,
      until: '2028-08-31',
      backends: [
        { id: 'attainment', until: '2028-08-31' },
        { id: 'rehearsal', until: '2026-12-31' },
      ],
    };
    const more = done({ kind: 'add-person', person: longer }, files);
    expect(aGovernance(new Map([...files, ['people.yml', more[0]!.text]])).people[0]).toMatchObject({
      until: '2028-08-31',
      backends: longer.backends.map((each) => ({
        ...each,
        ...(each.id === 'rehearsal' && { until: '2027-01-31' }),
      })),
    });
  });

  test('a grant of what somebody grants, unless it stands', () => {
    const files = after({ kind: 'add-grant', grant: GRANT });
    expect(aGovernance(files).datasets.find(({ dataset }) => dataset === 'exclusions')!.grants).toEqual([
      { project: PROJECT, ...DATES, reason: GRANT.reason, ref: GRANT.ref },
    ]);
    expect(refused({ kind: 'add-grant', grant: GRANT }, files)).toBe('edit.nothing');
    const later = { ...GRANT, until: '2027-02-01' };
    expect(done({ kind: 'add-grant', grant: later }, files)).toHaveLength(1);
    const other = { ...GRANT, name: 'results', from: '2026-01-01' };
    expect(done({ kind: 'add-grant', grant: other })).toHaveLength(1);
    expect(refused({ kind: 'add-grant', grant: { ...GRANT, name: 'nothing' } })).toBe('edit.not-there');
    expect(refused({ kind: 'add-grant', grant: { ...GRANT, table: 'components' } })).toBe('edit.not-there');
  });

  test('an alert comes, ends, and is not there when it was never to be seen', () => {
    const alert = {
      ...{ id: 'down', level: 'warning' as const, title: 'Down', text: 'For **an hour**.' },
      ...{ scope: { backends: ['attainment'], projects: [] }, from: '2026-11-20', until: '2026-11-22' },
    };
    const add: Edit = { kind: 'add-alert', alert };
    const files = after(add);
    expect(aGovernance(files).alerts).toMatchObject([{ id: 'down', scope: alert.scope }]);
    expect(refused(add, files)).toBe('edit.already-there');
    const end: Edit = { kind: 'end-alert', alert: 'down', at: '2026-11-21T10:00Z' };
    expect(aGovernance(after(add, end)).alerts[0]!.until).toBe(Date.parse('2026-11-21T10:00Z'));
    expect(aGovernance(after(add, { ...end, at: '2026-11-19T10:00Z' })).alerts).toEqual([]);
    expect(refused(end)).toBe('edit.not-there');
  });
});
