/** Governance, across its files: what one says of another must be there. */
import { describe, expect, test } from '@jest/globals';
import { edited, governanceFiles, KEYS, PEOPLE } from '../support/governance.ts';
import { told } from './told.ts';

describe('across the files:', () => {
  const P = 'projects/ns-2026-014.yml';
  test.each<[string, string, string, string]>([
    [
      'people.yml',
      '{id: attainment, until',
      '{id: attainmnt, until',
      '«attainmnt» There is no backend "attainmnt". Add it to backends.yml, or correct the name. (governance.unknown-reference)',
    ],
    [
      'people.yml',
      `id: ${PEOPLE.collaborator}`,
      `id: ${PEOPLE.lead}`,
      `«5550101» The person "${PEOPLE.lead}" is given twice. (governance.duplicate-id)`,
    ],
    [
      'people.yml',
      'ash-example',
      'Rowan-Example',
      '«Rowan-Example» The login "Rowan-Example" stands under two ids, 5550101 and 5550102. A person has one numeric id: remove one entry, or correct its login. (governance.duplicate-id)',
    ],
    [
      'people.yml',
      'attainment, until: 2027-08-31',
      'attainment, until: 2027-09-01',
      '«2027-09-01» This holds until 2027-09-01, later than the person (2027-08-31). Write 2027-08-31 or an earlier day. (governance.until-too-late)',
    ],
    [
      'people.yml',
      'expires: 2029-02-03',
      'expires: 2027-08-01',
      "«2027-08-31» This holds until 2027-08-31, later than the person's training (2027-08-01). Write 2027-08-01 or an earlier day. (governance.until-too-late)",
    ],
    [
      'people.yml',
      'DAA-77, expires: 2027-08-31',
      'DAA-77, expires: 2027-08-01',
      "«2027-08-31» This holds until 2027-08-31, later than the person's agreement (2027-08-01). Write 2027-08-01 or an earlier day. (governance.until-too-late)",
    ],
    [
      'people.yml',
      '{id: attainment, until',
      '{id: attainment, from: 2027-08-31, until',
      '«2027-08-31» "from" (2027-08-31) must be before "until" (2027-08-31). (governance.from-after-until)',
    ],
    [
      'people.yml',
      '  training: {course: safe-researcher, passed: 2026-02-03, expires: 2029-02-03}\n',
      '',
      '«{id:» warning: Without training on record this person cannot use "attainment", which holds real data. (governance.no-training)',
    ],
    [
      'teams.yml',
      `id: ${PEOPLE.checker}`,
      'id: 1',
      '«1» There is no person "1". Add it to people.yml, or correct the name. (governance.unknown-reference)',
    ],
    [
      'teams.yml',
      'scope: {orgs: [riverside-university]}',
      'scope: {projects: [other]}',
      '«other» There is no project "other". Add it to projects/, or correct the name. (governance.unknown-reference)',
    ],
    [
      'teams.yml',
      'until: 2027-01-31, reason: rota',
      'until: 2028-01-31, reason: rota',
      '«2028-01-31» This holds until 2028-01-31, later than the person (2027-08-31). Write 2027-08-31 or an earlier day. (governance.until-too-late)',
    ],
    [
      'teams.yml',
      'role: governance\n  team: sp-governance',
      'role: output_checker\n  team: sp-output-checkers',
      '«sp-output-checkers» The team "sp-output-checkers as output_checker" is given twice. (governance.duplicate-id)',
    ],
    [
      P,
      'backends: [attainment]',
      'backends: [attainment, none]',
      '«none» There is no backend "none". Add it to backends.yml, or correct the name. (governance.unknown-reference)',
    ],
    [
      P,
      `copilot: {id: ${PEOPLE.copilot}`,
      'copilot: {id: 2',
      '«2» There is no person "2". Add it to people.yml, or correct the name. (governance.unknown-reference)',
    ],
    [
      P,
      'support_until: 2026-04-01',
      'support_until: 2027-03-01',
      '«2027-03-01» This holds until 2027-03-01, later than the access (2027-02-28). Write 2027-02-28 or an earlier day. (governance.until-too-late)',
    ],
    [
      P,
      'access_until: 2027-02-28',
      'access_until: 2027-03-28',
      '«2027-03-28» This holds until 2027-03-28, later than the project (2027-02-28). Write 2027-02-28 or an earlier day. (governance.until-too-late)',
    ],
    [
      P,
      'until: 2027-02-28, reason: applicant',
      'until: 2027-03-28, reason: applicant',
      '«2027-03-28» This holds until 2027-03-28, later than the project (2027-02-28). Write 2027-02-28 or an earlier day. (governance.until-too-late)',
    ],
    [
      P,
      `id: ${PEOPLE.collaborator}, roles`,
      `id: ${PEOPLE.lead}, roles`,
      `«5550101» The member "${PEOPLE.lead}" is given twice. (governance.duplicate-id)`,
    ],
    [P, 'roles: [collaborator]', 'roles: []', '«[» "roles" must be at least one role. (governance.value)'],
    [
      P,
      'id: ns-2026-014',
      'id: ns-2026-015',
      '«ns-2026-015» The project\'s id is "ns-2026-015", so the file must be projects/ns-2026-015.yml. (governance.project-file)',
    ],
    [
      P,
      'number: NS-2026-014',
      'number: NS-26-14',
      '«NS-26-14» The number "NS-26-14" does not match ^NS-20[0-9]{2}-[0-9]{3}$. (governance.project-number)',
    ],
    [
      'permissions/datasets.yml',
      'project: ns-2026-014',
      'project: ns-1',
      '«ns-1» There is no project "ns-1". Add it to projects/, or correct the name. (governance.unknown-reference)',
    ],
    [
      'permissions/datasets.yml',
      'until: 2027-02-28',
      'until: 2027-03-28',
      '«2027-03-28» This holds until 2027-03-28, later than the project (2027-02-28). Write 2027-02-28 or an earlier day. (governance.until-too-late)',
    ],
    [
      'permissions/datasets.yml',
      'results:',
      'resits:',
      '«resits:» No backend has a dataset "resits". (governance.unknown-reference)',
    ],
    [
      'backends.yml',
      'id: rehearsal\n',
      'id: attainment\n',
      '«attainment» The backend "attainment" is given twice. (governance.duplicate-id)',
    ],
    [
      'backends.yml',
      `viewer: '${KEYS.viewer.publicText}'`,
      `viewer: '${KEYS.agent.publicText}'`,
      "«'ed25519:…» This key is used twice; every agent and viewer has its own. (governance.key-reused)",
    ],
    [
      'backends.yml',
      `    viewer: '${KEYS.viewer.publicText}'\n`,
      '',
      '«agent:» warning: This backend holds real data and has no viewer key: no output can be looked at or released. (governance.no-viewer-key)',
    ],
    [
      'backends.yml',
      `  keys: {agent: [{id: rehearsal-1, key: '${KEYS.rehearsal.publicText}', from: 2026-01-01, until: 2027-12-31}]}\n`,
      '',
      '«id:» warning: This backend is active and has no agent key: nothing can run on it. (governance.no-agent-key)',
    ],
    [
      'backends.yml',
      'from: 2026-01-01',
      'from: 2028-01-01',
      '«2028-01-01» "from" (2028-01-01) must be before "until" (2027-12-31). (governance.from-after-until)',
    ],
    [
      'backends.yml',
      'weight: 2}',
      'weight: 3}',
      '«3» A weight of 3 never fits the smaller pool, which has 2 slots: such a job would wait for ever. (governance.weight-too-heavy)',
    ],
    [
      'backends.yml',
      'weight: 1.5',
      'weight: 2.5',
      '«2.5» A weight of 2.5 never fits the smaller pool, which has 2 slots: such a job would wait for ever. (governance.weight-too-heavy)',
    ],
    [
      'images.yml',
      'version: v2',
      'version: v1',
      '«v1» The image "python:v1" is given twice. (governance.duplicate-id)',
    ],
  ])('%s: %s', (path, from, to, sentence) => {
    expect(told(edited({ [path]: [from, to] }))).toContain(`${path} ${sentence}`);
  });

  test('a key without end, and a pool without slots, are fine', () => {
    expect(told(edited({ 'backends.yml': [', from: 2026-01-01, until: 2027-12-31', ''] }))).toEqual([]);
    expect(told(edited({ 'backends.yml': ['database: 2', 'database: 0'] }))).toEqual([]);
  });

  test('a repository belongs to one project, a number to one', () => {
    const files = governanceFiles();
    files.set('projects/second.yml', files.get(P)!.replace('id: ns-2026-014', 'id: second'));

    expect(told(files)).toEqual([
      'projects/second.yml «NS-2026-014» The project number "NS-2026-014" is given twice. (governance.duplicate-id)',
      'projects/second.yml «70011» Repository 70011 already belongs to project "ns-2026-014". (governance.duplicate-id)',
    ]);
  });

  test.each([
    ['2028-01-01', '2027-10-01', 'later than the person (2027-08-31)'],
    ['2027-08-01', '2027-10-01', 'later than the person (2027-08-31)'],
    ['2029-02-03', '2027-05-01', "later than the person's agreement (2027-05-01)"],
  ])('of several limits the earliest is named: training %s, agreement %s', (training, agreement, words) => {
    const people = governanceFiles().get('people.yml')!;
    const changed = people
      .replace('expires: 2029-02-03', `expires: ${training === '2027-08-01' ? '2027-12-01' : training}`)
      .replace('DAA-77, expires: 2027-08-31', `DAA-77, expires: ${agreement}`)
      .replace('attainment, until: 2027-08-31', 'attainment, until: 2028-12-31');
    expect(told(governanceFiles({ 'people.yml': changed })).join('\n')).toContain(words);
  });

  test('a project without a co-pilot is complete', () => {
    const line = /copilot: .*\n/.exec(governanceFiles().get(P)!)![0];
    expect(told(edited({ [P]: [line, ''] }))).toEqual([]);
  });

  test('a fault in an entry does not make those who refer to it wrong', () => {
    expect(
      told(edited({ 'backends.yml': ['name: Pupil', 'nam: Pupil'] })).map((line) => line.split(' ')[0]),
    ).toEqual(['backends.yml', 'backends.yml']);
    expect(told(governanceFiles({ 'people.yml': '- [\n' })).map((line) => line.split(' ')[0])).toEqual([
      'people.yml',
    ]);
    expect(told(governanceFiles({ [P]: 'id: [\n' })).every((line) => line.startsWith(P))).toBe(true);
    expect(
      told(governanceFiles({ 'deployment.yml': 'id: 1\n' })).every((line) =>
        line.startsWith('deployment.yml'),
      ),
    ).toBe(true);
  });
});
