/** Answers → the issue form before them, and the change of governance after them. */
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import {
  formWords,
  grantAsked,
  issueForm,
  newProject,
  PERMISSION_FORM,
  rawAnswers,
  type Asking,
} from '../../src/applications/applications.ts';
import { readForm } from '../../src/sandbox/pages/issue-form.ts';
import { applyEditWhole, isGovernancePath } from '../../src/governance/governance.ts';
import { aGovernance, edited, governanceFiles } from '../support/governance.ts';
import {
  aForm,
  aGovernanceWithForm,
  ANSWERS,
  bodyOf,
  formOf,
  FORM_YAML,
  GOVERNED,
  PEOPLE_KNOWN,
} from './forms.ts';

const g = aGovernanceWithForm();
const TITLE = { name: 'Apply', description: 'Apply for a project', intro: 'Welcome.' };
const SEAL = `sha256:${'5'.repeat(64)}`;
const asking = (changes: Record<string, string> = {}, form = aForm()): Asking => ({
  applicant: { id: 5550130, login: 'lee-example' },
  raw: rawAnswers(form, [bodyOf({ ...ANSWERS, ...changes })]),
  people: PEOPLE_KNOWN,
  seal: SEAL,
  ref: 'application abc',
  promised: ['NS-2026-015'],
  today: '2026-11-20',
});
const project = (changes: Record<string, string> = {}) => newProject(g, aForm(), asking(changes));

test('the issue form asks what has no condition, in a way that GitHub takes', () => {
  const text = issueForm(aForm(), { ...TITLE, title: 'Application: ' });
  const read = readForm('application.yml', text);
  if ('faults' in read) throw new Error(read.faults.join('; '));
  expect(read.body.map((one) => (one.type === 'markdown' ? one.attributes.value : one.id))).toEqual([
    'Welcome.',
    '## The project\n\nWhat it is about.',
    'title',
    'summary',
    'org',
    'project_type',
    'warehouse',
    'tables',
    'last_day',
    'commercial',
    '## People',
    'email',
    'phone',
    'researchers',
  ]);
  expect(text).toContain('description: A day like 2027-02-28.');
  expect(text).toContain('`roles` (Roles: lead, developer, collaborator; may be left empty)');
  expect(issueForm(PERMISSION_FORM, TITLE)).not.toContain('title: App');
});

test('the form that the docs hold is the one that is made', () => {
  const written = readFileSync(new URL('../../docs/forms/permission.yml', import.meta.url), 'utf8');
  expect(written.replace(/^#.*\n/, '')).toBe(issueForm(PERMISSION_FORM, formWords.permission));
});

test('an option that GitHub reserves is ticked instead of chosen', () => {
  const form = formOf(`- {id: a, title: A, fields: [{id: one, kind: choice, options: [None, Some]}]}\n`);
  const read = readForm('a.yml', issueForm(form, TITLE));
  expect(read).toMatchObject({ body: [{}, {}, { type: 'checkboxes' }] });
});

test('answers become a project that governance takes, and nothing private stands in it', () => {
  const made = project();
  if (Array.isArray(made)) throw new Error(JSON.stringify(made));
  expect(made).toMatchInlineSnapshot(`
   {
     "grants": [
       {
         "from": "2026-11-20",
         "name": "results",
         "project": "ns-2026-016",
         "reason": "applied for",
         "ref": "application abc",
         "table": "datasets",
         "until": "2027-06-30",
       },
     ],
     "kind": "new-project",
     "people": [
       {
         "backends": [],
         "id": 5550190,
         "login": "New-Example",
         "name": "New Example",
         "orgs": [
           "hill-council",
         ],
         "until": "2027-06-30",
       },
     ],
     "project": {
       "approval": {
         "application_hash": "sha256:5555555555555555555555555555555555555555555555555555555555555555",
         "conditions": [],
         "on": "2026-11-20",
         "state": "approved",
       },
       "backends": [
         "attainment",
       ],
       "id": "ns-2026-016",
       "members": [
         {
           "id": 5550101,
           "reason": "applicant",
           "ref": "application abc",
           "roles": [
             "lead",
             "developer",
           ],
           "until": "2027-06-30",
         },
         {
           "id": 5550190,
           "reason": "applicant",
           "ref": "application abc",
           "roles": [
             "collaborator",
           ],
           "until": "2027-06-30",
         },
       ],
       "number": "NS-2026-016",
       "orgs": {
         "lead": "riverside-university",
         "others": [],
       },
       "summary": "Does lunch matter?

   ### Background

   It may.",
       "title": "Lunch and learning",
       "type": [
         "research",
       ],
       "until": "2027-06-30",
     },
   }
  `);
  const files = applyEditWhole(new Map([...GOVERNED].filter(([path]) => isGovernancePath(path))), made);
  expect(files).not.toMatchObject({ refused: true });
  const said = JSON.stringify(made);
  for (const secret of ['secret.mail', 'Commercial']) expect(said).not.toContain(secret);
});

test('who asks for nobody leads alone; the promised number stays', () => {
  const form = formOf(
    FORM_YAML.replace('      becomes: members\n', '').replaceAll(/, becomes: (login|name|org|roles)/g, ''),
  );
  const made = newProject(g, form, { ...asking({}, form), number: 'NS-2026-020' });
  expect(made).toMatchObject({
    project: { number: 'NS-2026-020', members: [{ id: 5550130, roles: ['lead', 'developer'] }] },
    people: [],
  });
});

test('a form that asks no roles makes the first a lead, and somebody unknown is of the leading organisation', () => {
  const form = formOf(
    FORM_YAML.replace(', becomes: roles', '')
      .replace(', becomes: org}', '}')
      .replace(', becomes: until', '')
      .replace(', becomes: type', ''),
  );
  const bare = aGovernance(governanceFiles());
  const made = newProject(bare, form, {
    ...asking({ Datasets: '', Organisation: 'riverside-university' }, form),
  });
  expect(made).toMatchObject({
    project: {
      orgs: { lead: 'riverside-university' },
      until: '2027-11-20',
      members: [
        { roles: ['lead', 'developer'], until: '2027-08-31' },
        { roles: ['developer'], until: '2027-11-20' },
      ],
    },
    people: [{ id: 5550190, orgs: ['riverside-university'], name: 'New Example' }],
  });
});

test('what governance does not know, or the form does not ask, is said instead of guessed', () => {
  const says = (changes: Record<string, string>) => {
    const made = project(changes);
    return Array.isArray(made) ? made.map(({ heading, says: text }) => `${heading}: ${text}`) : [];
  };
  expect(says({ Organisation: 'Moon base' })).toEqual([
    'Organisation: There is no organisation "Moon base" here. There is "Riverside University", "Hill Council".',
  ]);
  expect(says({ 'Last day': '2026-01-01' })).toEqual(['Last day: The last day, 2026-01-01, has passed.']);
  expect(says({ 'Last day': 'x' })).toEqual(['Last day: Write a day like 2027-02-28.']);
  expect(says({ Researchers: 'login: rowan-example\nroles: developer' })).toEqual([
    'Researchers: One of the people has to be a lead.',
  ]);
  expect(
    says({ Researchers: 'login: rowan-example\nroles: lead\n\nlogin: rowan-example\nroles: copilot' }),
  ).toEqual(['Researchers: rowan-example is named twice.']);
  expect(says({ Researchers: 'login: nobody' })).toEqual([
    'Researchers: No question of the form becomes the project\'s members: governance adds "becomes: members" to the form.',
  ]);
  const empty = formOf('- {id: a, title: A, fields: [{id: x, kind: text}]}\n');
  const other = aGovernance(edited({ 'deployment.yml': ["'^NS-20[0-9]{2}-[0-9]{3}$'", "'.*'"] }));
  const made = newProject(other, empty, asking({}, empty));
  expect(Array.isArray(made) && made.map(({ heading }) => heading)).toEqual([
    'title',
    'summary',
    'lead_org',
    'project_number',
  ]);
});

test('what was not answered at all is missing, not empty', () => {
  const made = newProject(g, aForm(), { ...asking(), raw: new Map() });
  expect(Array.isArray(made) && made.map(({ heading }) => heading)).toEqual([
    'Title',
    'Lay summary',
    'Organisation',
    'Researchers',
  ]);
  expect(grantAsked(g, { applicant: LEAD, raw: new Map(), ref: 'r', today: '2026-11-20' })).toHaveLength(4);
});

test('datasets that exist nowhere are told without a list when nothing is granted here', () => {
  const form = formOf(FORM_YAML.replace('options: [results, exclusions]', 'options: [moon]'));
  const none = aGovernance(governanceFiles({ 'permissions/datasets.yml': undefined }));
  const made = newProject(none, form, asking({ Datasets: '- [x] moon' }, form));
  expect(made).toEqual([{ heading: 'Datasets', says: 'There is no dataset "moon" here.' }]);
});

const GRANT: Record<string, string> = {
  Project: 'ns-2026-014',
  'Permission to use': 'dataset',
  'Name of the dataset, population or component': 'exclusions',
  Reason: 'A second\noutcome',
  Reference: '',
  'First day': '',
  'Last day': '2027-06-30',
};
const LEAD = 5550101;
const grant = (changes: Record<string, string> = {}, applicant = LEAD, of = g) =>
  grantAsked(of, {
    applicant,
    raw: rawAnswers(PERMISSION_FORM, [bodyOf({ ...GRANT, ...changes })]),
    ref: 'request xyz',
    today: '2026-11-20',
  });

test('a request becomes a grant, no longer than the project lasts', () => {
  expect(grant()).toEqual({
    steward: 'sp-data-stewards',
    edit: {
      kind: 'add-grant',
      grant: {
        table: 'datasets',
        name: 'exclusions',
        project: 'ns-2026-014',
        from: '2026-11-20',
        until: '2027-02-28',
        reason: 'A second outcome',
        ref: 'request xyz',
      },
    },
  });
  expect(grant({ Reference: 'GOV-9', 'First day': '2026-12-01', 'Last day': '2027-01-31' })).toMatchObject({
    edit: { grant: { ref: 'GOV-9', from: '2026-12-01', until: '2027-01-31' } },
  });
});

test('populations and components are asked for alike', () => {
  const entry = 'x:\n  steward_team: sp-board\n  ask: https://research.example.edu/x\n';
  const more = aGovernance(
    new Map([
      ...edited({
        'deployment.yml': [
          'project_number',
          'population_permissions: [x]\ncomponent_permissions: [x]\nproject_number',
        ],
      }),
      ['permissions/populations.yml', entry],
      ['permissions/components.yml', entry],
    ]),
  );
  const name = 'Name of the dataset, population or component';
  for (const kind of ['population', 'component'])
    expect(grant({ 'Permission to use': kind, [name]: 'x' }, LEAD, more)).toMatchObject({
      steward: 'sp-board',
      edit: { grant: { table: `${kind}s`, name: 'x' } },
    });
});

test.each<[string, Record<string, string>, RegExp]>([
  [
    'a name that nobody grants',
    { 'Name of the dataset, population or component': 'moon' },
    /Nobody grants "moon"/,
  ],
  [
    'a population where there is none',
    { 'Permission to use': 'population' },
    /Nobody grants "exclusions" here\.$/,
  ],
  ['neither of the three', { 'Permission to use': 'wish' }, /Choose of "dataset"/],
  ['a last day that has passed', { 'Last day': '2026-11-19' }, /has passed/],
  ['no last day that can be read', { 'Last day': 'never', Project: 'none' }, /no member/],
  ['a first day after the last', { 'First day': '2027-03-01' }, /after it has ended/],
])('is not asked for: %s', (_says, changes, expected) => {
  const made = grant(changes);
  expect(Array.isArray(made) && made.map(({ says }) => says).join(' ')).toMatch(expected);
});

test('who is no member of a project, or no longer, hears the same as of a project that is not there', () => {
  const says = (made: ReturnType<typeof grant>) => (Array.isArray(made) ? made[0]?.says : undefined);
  expect(says(grant({}, 5550130))).toBe('You are no member of project "ns-2026-014".');
  expect(says(grant({ Project: 'ns-2026-099' }))).toBe('You are no member of project "ns-2026-099".');
});

test('five years are the most', () => {
  const long = aGovernance(
    edited({ 'projects/ns-2026-014.yml': ['until: 2027-02-28\nbackends', 'until: 2099-02-28\nbackends'] }),
  );
  expect(grant({ 'Last day': '2050-01-01' }, LEAD, long)).toEqual([
    { heading: 'Last day', says: 'A right is given for at most five years.' },
  ]);
});
