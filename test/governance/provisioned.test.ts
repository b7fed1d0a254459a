/** Which change of governance needs nobody, and every way of passing something else off as it. */
import { expect, test } from '@jest/globals';
import {
  addsOnlyTheNumber,
  provisionedRefusal,
  type Edit,
  type Governance,
  type MadeRepository,
  type Provisioned,
} from '../../src/governance/governance.ts';
import { aGovernance, AT, edited, PEOPLE, PROJECT, REPOSITORY } from '../support/governance.ts';

const MADE = 88001;
const ORG_ID = 80001;
const OWNER = 5550199;

const empty = (template = true): Governance => {
  const files = edited({
    [`projects/${PROJECT}.yml`]: ['repos: [{id: 70011, visibility: private, extensions: []}]', 'repos: []'],
    ...(template && {
      'deployment.yml': ['repos: {governance: 9001', 'repos: {template: 9004, governance: 9001'],
    }),
  });
  return aGovernance(files);
};
const edit: Edit = { kind: 'add-repo', project: PROJECT, repo: MADE, visibility: 'private' };
const seen: MadeRepository = {
  id: MADE,
  name: PROJECT,
  owner: ORG_ID,
  private: true,
  visibility: 'private',
  archived: false,
  template: 9004,
  people: [
    { id: PEOPLE.lead, role: 'write', direct: false },
    { id: PEOPLE.collaborator, role: 'read', direct: false },
    { id: OWNER, role: 'admin', direct: true },
  ],
  owners: [OWNER],
};
const told = { project: PROJECT, repository: MADE };

const asked = (
  changes: {
    edit?: Edit;
    g?: Governance;
    told?: Provisioned['told'];
    seen?: Partial<MadeRepository> | null;
  } = {},
): string | undefined =>
  provisionedRefusal(
    changes.g ?? empty(),
    changes.edit ?? edit,
    {
      told: 'told' in changes ? changes.told : told,
      seen: changes.seen === null ? undefined : { ...seen, ...changes.seen },
    },
    AT,
  )?.code;

test('the number of a repository that the steward made for a merged project needs nobody', () => {
  expect(asked()).toBeUndefined();
  // GitHub does not always say what it was made from, and what is not "internal" has no word for it on old servers.
  expect(asked({ seen: { template: undefined, visibility: undefined } })).toBeUndefined();
  expect(asked({ seen: { people: [] } })).toBeUndefined();
});

test.each<[string, Parameters<typeof asked>[0], string]>([
  [
    'another kind of change',
    { edit: { kind: 'end-member', project: PROJECT, person: 1 } as unknown as Edit },
    'more',
  ],
  ['a public repository', { edit: { ...edit, visibility: 'public' } as Edit }, 'more'],
  ['a project that is not merged', { edit: { ...edit, project: 'ns-2026-999' } as Edit }, 'listed'],
  ['a project with a repository', { g: aGovernance() }, 'listed'],
  ['what the steward has not told', { told: undefined }, 'untold'],
  ['what it told of another project', { told: { project: 'other', repository: MADE } }, 'untold'],
  ['another repository than it told', { told: { project: PROJECT, repository: MADE + 1 } }, 'untold'],
  ['one that is gone', { seen: null }, 'gone'],
  ['one that has another number now', { seen: { id: MADE + 1 } }, 'gone'],
  ['one that was transferred', { seen: { owner: 1 } }, 'gone'],
  ['one that is archived', { seen: { archived: true } }, 'gone'],
  ['one that was renamed', { seen: { name: 'other' } }, 'other'],
  ['one that was made from something else', { seen: { template: 1 } }, 'other'],
  ['one of a deployment without a template', { g: empty(false) }, 'other'],
  ['one that everybody can read', { seen: { private: false } }, 'open'],
  ['one that the enterprise can read', { seen: { visibility: 'internal' } }, 'open'],
  [
    'one with somebody let in by hand',
    { seen: { people: [{ id: 1, role: 'read', direct: true }] } },
    'strangers',
  ],
  [
    'one where a member was let in by hand',
    { seen: { people: [{ id: PEOPLE.lead, role: 'write', direct: true }] } },
    'strangers',
  ],
  [
    'one where a stranger writes',
    { seen: { people: [{ id: 1, role: 'write', direct: false }] } },
    'strangers',
  ],
  [
    'one where a collaborator writes',
    { seen: { people: [{ id: PEOPLE.collaborator, role: 'write', direct: false }] } },
    'strangers',
  ],
  [
    'one where the lead may do everything',
    { seen: { people: [{ id: PEOPLE.lead, role: 'admin', direct: false }] } },
    'strangers',
  ],
])('%s is for people to decide', (_what, changes, code) => {
  expect(asked(changes)).toBe(`governance.provision-${code}`);
});

test('a pull request that holds more than that number is none of this', () => {
  const before = empty();
  const file = `projects/${PROJECT}.yml`;
  const repos = (text: string): Governance => {
    const files = edited({
      [file]: ['repos: [{id: 70011, visibility: private, extensions: []}]', `repos: ${text}`],
      'deployment.yml': ['repos: {governance: 9001', 'repos: {template: 9004, governance: 9001'],
    });
    return aGovernance(files, 'd'.repeat(40));
  };
  const one = `{id: ${MADE}, visibility: private, extensions: []}`;
  expect(addsOnlyTheNumber(before, repos(`[${one}]`), edit)).toBe(true);
  expect(addsOnlyTheNumber(before, repos(`[{id: ${MADE}, visibility: private}]`), edit)).toBe(true);
  const more = [
    repos('[]'),
    repos(`[${one}, {id: 88002, visibility: private, extensions: []}]`),
    repos(`[{id: 88002, visibility: private, extensions: []}]`),
    repos(`[{id: ${MADE}, visibility: public, extensions: []}]`),
    repos(`[{id: ${MADE}, visibility: private, extensions: [], exempt: {reason: r, ref: GOV-1}}]`),
  ];
  for (const after of more) expect(addsOnlyTheNumber(before, after, edit)).toBe(false);
  const whole = repos(`[${one}]`);
  const aside: Governance[] = [
    { ...whole, people: whole.people.map((person) => ({ ...person, until: '2099-01-01' })) },
    { ...whole, policies: { ...whole.policies, closing_days: 99 } },
    { ...whole, projects: whole.projects.map((project) => ({ ...project, title: 'Another' })) },
    { ...whole, projects: [] },
  ];
  for (const after of aside) expect(addsOnlyTheNumber(before, after, edit)).toBe(false);
  const other = { ...before.projects[0]!, id: 'other' };
  const beside = (g: Governance, title: string): Governance => ({
    ...g,
    projects: [...g.projects, { ...other, title }],
  });
  expect(addsOnlyTheNumber(beside(before, 'T'), beside(whole, 'T'), edit)).toBe(true);
  expect(addsOnlyTheNumber(beside(before, 'T'), beside(whole, 'U'), edit)).toBe(false);
  expect(addsOnlyTheNumber(before, whole, { ...edit, kind: 'end-member' } as unknown as Edit)).toBe(false);
});

test('a repository that governance names elsewhere is never taken for it', () => {
  const as = (repository: number): string | undefined =>
    asked({
      edit: { ...edit, repo: repository } as Edit,
      told: { project: PROJECT, repository },
      seen: { id: repository },
    });
  expect([as(9001), as(9004), as(9005)]).toEqual(Array(3).fill('governance.provision-elsewhere'));
  const files = edited({});
  files.set(
    'projects/ns-2026-015.yml',
    files
      .get(`projects/${PROJECT}.yml`)!
      .replace(`id: ${PROJECT}`, 'id: ns-2026-015')
      .replace('NS-2026-014', 'NS-2026-015')
      .replace(/repos: .*\n/, 'repos: []\n')
      .replace(/aliases: .*\n/, ''),
  );
  const both = aGovernance(files);
  const theirs: Edit = { kind: 'add-repo', project: 'ns-2026-015', repo: REPOSITORY, visibility: 'private' };
  expect(
    asked({
      g: both,
      edit: theirs,
      told: { project: 'ns-2026-015', repository: REPOSITORY },
      seen: { id: REPOSITORY },
    }),
  ).toBe('governance.provision-elsewhere');
});
