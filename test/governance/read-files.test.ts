/** Governance: the files that may be left out, with what each refuses. */
import { describe, expect, test } from '@jest/globals';
import { describeChange } from '../../src/governance/governance.ts';
import { aGovernance, governanceFiles } from '../support/governance.ts';
import { told } from './told.ts';
import { WHOLE } from './whole.ts';

/** The whole repository after one edit. */
function changed(path: string, from: string, to: string): Map<string, string> {
  const files = governanceFiles(WHOLE);
  const text = files.get(path);
  if (!text?.includes(from)) throw new Error(`${path} does not hold: ${from}`);
  return files.set(path, text.replace(from, to));
}

test('every file of the repository is read, and what it says is there', () => {
  const governance = aGovernance(governanceFiles(WHOLE));

  expect(governance.orgs).toEqual([
    {
      id: 'riverside-university',
      name: 'Riverside University',
      logo: 'https://riverside.example.edu/logo.svg',
      membersLabel: 'Riverside people',
    },
    { id: 'hilltop-college', name: 'Hilltop College' },
  ]);
  expect(governance.alerts.map(({ from, until }) => [new Date(from), new Date(until)])).toEqual([
    [new Date('2026-12-01T18:00Z'), new Date('2026-12-03T00:00Z')],
    [new Date('2026-01-01T00:00Z'), new Date('2026-12-31T12:00Z')],
  ]);
  expect(governance.populations.map(({ name, grants }) => [name, grants.length])).toEqual([
    ['include_opted_out_pupils', 1],
  ]);
  expect(governance.components.map(({ name, grants }) => [name, grants.length])).toEqual([
    ['event_level_data', 0],
  ]);
  expect(governance.forms.map(({ id, pages }) => [id, pages.map((page) => page.id)])).toEqual([
    ['application', ['project', 'sponsor']],
  ]);
  const [project, sponsor] = governance.forms[0]?.pages ?? [];
  expect(project?.fields[1]).toMatchObject({ label: 'Kind of project', required: true, private: false });
  expect(project?.fields[3]).toMatchObject({
    label: 'company',
    showIf: { join: 'all', of: [{ field: 'commercial', is: true }] },
  });
  expect(sponsor?.showIf).toEqual({
    join: 'any',
    of: [
      { field: 'project_type', is: 'service_evaluation' },
      { field: 'project_type', is: 'audit' },
    ],
  });
  expect(sponsor?.fields[1]?.showIf).toEqual({
    join: 'all',
    of: [
      { field: 'commercial', is: false },
      { field: 'title', is: 'x' },
    ],
  });
});

test('what the further files say is told as a change', () => {
  const before = aGovernance();
  const after = aGovernance(governanceFiles(WHOLE));

  const told = describeChange(before, after).map(({ kind, text }) => `${kind}: ${text}`);
  expect(told).toContain(
    'gains: Project ns-2026-014 may use population include_opted_out_pupils from 2026-03-01, until 2027-02-28',
  );
  expect(told).toContain('gains: Team sp-data-stewards grants component event_level_data');
  expect(told).toContain('gains: Organisation hilltop-college is known');
  expect(told).toContain('gains: Alert maintenance (warning) is shown: The warehouse is closed for a day');
  expect(told).toContain('gains: Form application exists');

  const asked = aGovernance(
    changed('forms/application.yml', 'kind: yes_no}', 'kind: yes_no, required: true}'),
  );
  expect(describeChange(after, asked)).toEqual([
    { kind: 'changes', text: 'Form application, project.commercial.required: true instead of false' },
  ]);
});

describe('across the files:', () => {
  test.each<[string, string, string, string]>([
    [
      'people.yml',
      'orgs: [riverside-university]',
      'orgs: [riverside]',
      '«riverside» There is no organisation "riverside". Add it to orgs.yml, or correct the name. (governance.unknown-reference)',
    ],
    [
      'teams.yml',
      'orgs: [riverside-university]',
      'orgs: [riverside]',
      '«riverside» There is no organisation "riverside". Add it to orgs.yml, or correct the name. (governance.unknown-reference)',
    ],
    [
      'projects/ns-2026-014.yml',
      'lead: riverside-university, others: []',
      'lead: riverside, others: [hilltop]',
      '«riverside» There is no organisation "riverside". Add it to orgs.yml, or correct the name. (governance.unknown-reference)',
    ],
    [
      'projects/ns-2026-014.yml',
      'others: []',
      'others: [hilltop]',
      '«hilltop» There is no organisation "hilltop". Add it to orgs.yml, or correct the name. (governance.unknown-reference)',
    ],
    [
      'orgs.yml',
      'hilltop-college',
      'riverside-university',
      '«riverside-university» The organisation "riverside-university" is given twice. (governance.duplicate-id)',
    ],
    [
      'alerts.yml',
      'backends: [attainment]',
      'backends: [attainmnt]',
      '«attainmnt» There is no backend "attainmnt". Add it to backends.yml, or correct the name. (governance.unknown-reference)',
    ],
    [
      'alerts.yml',
      'projects: [ns-2026-014]',
      'projects: [other]',
      '«other» There is no project "other". Add it to projects/, or correct the name. (governance.unknown-reference)',
    ],
    [
      'alerts.yml',
      'id: welcome',
      'id: maintenance',
      '«maintenance» The alert "maintenance" is given twice. (governance.duplicate-id)',
    ],
    [
      'alerts.yml',
      'until: 2026-12-02',
      'until: 2026-11-30',
      '«2026-11-30» "until" must be later than "from". (governance.value)',
    ],
    [
      'alerts.yml',
      'from: 2026-12-01T18:00Z',
      'from: tomorrow',
      '«tomorrow» "from" must be a day like 2027-02-28, or a time like 2027-02-28T18:00Z. (governance.value)',
    ],
    [
      'permissions/populations.yml',
      'include_opted_out_pupils:',
      'everybody:',
      '«everybody:» There is no population permission "everybody". Add it to deployment.yml, or correct the name. (governance.unknown-reference)',
    ],
    [
      'permissions/components.yml',
      'event_level_data:',
      'events:',
      '«events:» There is no component permission "events". Add it to deployment.yml, or correct the name. (governance.unknown-reference)',
    ],
    [
      'permissions/populations.yml',
      'until: 2027-02-28',
      'until: 2027-03-28',
      '«2027-03-28» This holds until 2027-03-28, later than the project (2027-02-28). Write 2027-02-28 or an earlier day. (governance.until-too-late)',
    ],
  ])('%s: %s → %s', (path, from, to, sentence) => {
    expect(told(changed(path, from, to))).toContain(`${path} ${sentence}`);
  });

  test('without orgs.yml organisations are names and nothing more', () => {
    const files = governanceFiles({ ...WHOLE, 'orgs.yml': undefined });
    expect(told(files)).toEqual([]);
  });

  test('permissions are not judged by a deployment.yml that cannot be read', () => {
    const files = governanceFiles({ ...WHOLE, 'deployment.yml': 'id: *x\n' });
    expect(told(files).filter((each) => each.startsWith('permissions/'))).toEqual([]);
  });
});

describe('a form:', () => {
  test.each<[string, string, string]>([
    [
      'id: sponsor\n',
      'id: project\n',
      '«project» The page "project" is given twice. (governance.duplicate-id)',
    ],
    ['id: sponsor_name', 'id: title', '«title» The field "title" is given twice. (governance.duplicate-id)'],
    [
      'any: [{project_type: service_evaluation}',
      'any: [{project_kind: service_evaluation}',
      '«{any:» The form does not ask "project_kind" before this. (governance.unknown-reference)',
    ],
    [
      'project_type: service_evaluation}, ',
      'project_type: evaluation}, ',
      '«{any:» Nobody can answer "project_type" with "evaluation". (governance.form-answer)',
    ],
    [
      'show_if: {commercial: true}',
      "show_if: {commercial: 'yes'}",
      '«{commercial:» Nobody can answer "commercial" with "yes". (governance.form-answer)',
    ],
    [
      'show_if: {commercial: true}',
      'show_if: {sponsor_name: x}',
      '«{sponsor_name:» The form does not ask "sponsor_name" before this. (governance.unknown-reference)',
    ],
    [
      'options: [research, service_evaluation, audit], ',
      '',
      '«choice» A choice needs its options. (governance.form-options)',
    ],
    [
      'kind: yes_no}\n    - {id: company',
      'kind: yes_no, options: [maybe]}\n    - {id: company',
      '«yes_no» A field of kind "yes_no" has no options. (governance.form-options)',
    ],
    [
      'kind: group',
      'kind: text',
      '«text» A field of kind "text" has no fields of its own. (governance.form-group)',
    ],
    [
      'kind: text, required: true, max: 200',
      'kind: group, required: true, max: 200',
      '«group» A group needs fields of its own. (governance.form-group)',
    ],
    [
      'kind: text, required: true, max: 200',
      'kind: text, required: true, max: 200, private: true, becomes: title',
      '«title» What becomes title of a project is public, and this answer is private. (governance.form-private)',
    ],
    [
      'kind: text, required: true, max: 200',
      'kind: text, required: true, max: 200, becomes: login',
      '«login» "login" does not fit here: login, name, org and roles are asked in a group that becomes "members"; all else outside of groups. (governance.form-becomes)',
    ],
    [
      '{id: company, kind: text',
      '{id: further, kind: text, becomes: title}\n    - {id: company, becomes: title, kind: text',
      '«title» The use "title" is given twice. (governance.duplicate-id)',
    ],
    [
      'show_if: {commercial: true}',
      'show_if: {}',
      '«{» "show_if" must be a field with its answer, or any or all of a list of them. (governance.value)',
    ],
    [
      '{id: zone_access, kind: yes_no}',
      '{id: zone_access, kind: yes}',
      '«yes» "kind" must be one of "text", "paragraph", "email", "phone", "address", "date", "number", "yes_no", "choice", "choices", "login". (governance.value)',
    ],
  ])('%s → %s', (from, to, sentence) => {
    expect(told(changed('forms/application.yml', from, to))).toContain(`forms/application.yml ${sentence}`);
  });

  test('of which a page cannot be read is not judged as a whole', () => {
    const files = changed(
      'forms/application.yml',
      '- id: project\n  title: The project',
      '- id: project\n  titel: x',
    );
    expect(told(files).map((each) => each.split(' ')[0])).toEqual(Array(2).fill('forms/application.yml'));
  });

  test('that is no list, or no YAML, is one finding', () => {
    expect(told(governanceFiles({ 'forms/a.yml': 'pages: []\n' }))).toEqual([
      'forms/a.yml «pages:» forms/a.yml must be a list. (governance.value)',
    ]);
    expect(told(governanceFiles({ 'forms/a.yml': '[\n' }))).toHaveLength(1);
  });
});
