/** Typed edits of governance: what each does to the files, and what it leaves as people wrote it. */
import { describe, expect, test } from '@jest/globals';
import {
  applyEdit,
  applyEditWhole,
  editSchema,
  whyNotPropose,
  type Edit,
  type EditedFile,
} from '../../src/governance/governance.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { aGovernance, edited, governanceFiles, PEOPLE, PROJECT, REPOSITORY } from '../support/governance.ts';

const FILE = `projects/${PROJECT}.yml`;
const DATES = { from: '2026-11-20', until: '2027-01-31' };
const MEMBER = {
  id: PEOPLE.stranger,
  roles: ['collaborator' as const],
  until: '2027-01-31',
  reason: 'writes: the "paper"',
  ref: 'GOV-7',
};
const PERSON = {
  id: 5550999,
  login: 'new-example',
  name: 'New Example',
  orgs: ['riverside-university'],
  training: { course: 'safe-researcher', passed: '2026-01-01', expires: '2029-01-01' },
  agreement: { ref: 'DAA-9', expires: '2029-01-01' },
  backends: [{ id: 'rehearsal', until: '2027-01-31' }],
  until: '2027-01-31',
};
const GRANT = {
  table: 'datasets' as const,
  name: 'exclusions',
  project: PROJECT,
  ...DATES,
  reason: 'Second outcome',
  ref: 'GOV-8',
};
const NEW: Extract<Edit, { kind: 'new-project' }>['project'] = {
  id: 'ns-2026-099',
  number: 'NS-2026-099',
  title: 'New: one',
  summary: 'First line\n\nand another',
  orgs: { lead: 'riverside-university', others: [] },
  type: ['research'],
  approval: {
    state: 'approved_with_conditions',
    on: '2026-11-20',
    application_hash: `sha256:${'a'.repeat(64)}`,
    conditions: [{ id: 'c1', text: 'Ethics letter', met_on: null, blocks: ['run'] }],
  },
  copilot: { id: PEOPLE.copilot, support_until: '2026-12-20', access_until: '2027-01-31' },
  until: '2027-01-31',
  backends: ['rehearsal'],
  members: [MEMBER],
};

function done(edit: Edit, files = governanceFiles()): EditedFile[] {
  const result = applyEditWhole(files, editSchema.parse(edit));
  if (isRefusal(result)) throw new Error(`${result.code}: ${result.says}`);
  return result;
}

function refused(edit: Edit, files = governanceFiles()): string {
  const result = applyEditWhole(files, edit);
  return isRefusal(result) ? result.code : 'was made';
}

/** The version after one edit, and after others before it. */
function after(...edits: Edit[]): Map<string, string> {
  return edits.reduce((files, edit) => {
    const now = new Map(files);
    for (const { path, text } of done(edit, files)) now.set(path, text);
    return now;
  }, governanceFiles());
}

const project = (files: ReadonlyMap<string, string>) =>
  aGovernance(files).projects.find(({ id }) => id === PROJECT)!;

/** Lines that are only in one of two texts. */
function lines(before: string, now: string): { gone: string[]; came: string[] } {
  const [old, fresh] = [before.split('\n'), now.split('\n')];
  return {
    gone: old.filter((line) => !fresh.includes(line)),
    came: fresh.filter((line) => !old.includes(line)),
  };
}

describe('what stands around it', () => {
  test('one line comes and every other stays, with its comments and its style', () => {
    const files = edited({ [FILE]: ['members:\n', '# Decided by the board.\nmembers:\n'] });
    const [file, ...others] = done({ kind: 'add-member', project: PROJECT, member: MEMBER }, files);
    expect(others).toEqual([]);
    expect(lines(files.get(FILE)!, file!.text)).toEqual({
      gone: [],
      came: [
        `  - {id: ${PEOPLE.stranger}, roles: [collaborator], until: 2027-01-31, reason: 'writes: the "paper"', ref: GOV-7}`,
      ],
    });
  });

  test.each([
    ['spaces in braces', /\{(\S)/g, '{ $1'],
    ['lists at the margin', /^ {2}- \{/gm, '- {'],
  ])('%s stay as they are', (_what, from, to) => {
    const text = governanceFiles().get(FILE)!.replace(from, to);
    const files = governanceFiles({ [FILE]: text });
    const [file] = done(
      { kind: 'end-member', project: PROJECT, person: PEOPLE.collaborator, until: '2026-11-20' },
      files,
    );
    const { gone, came } = lines(text, file!.text);
    expect(came.filter((line) => line.includes('2026-11-20'))).toHaveLength(1);
    expect(file!.text.includes('members:\n- ')).toBe(text.includes('members:\n- '));
    expect(gone.some((line) => line.includes(String(PEOPLE.collaborator)))).toBe(true);
  });

  test('a file with a style of its own does not pass for changed', () => {
    const files = edited({ [FILE]: ['status: ongoing', 'status:    "ongoing"'] });
    const edit: Edit = { kind: 'project-status', project: PROJECT, status: 'ongoing', since: '2026-11-20' };
    expect(refused(edit, files)).toBe('edit.nothing');
  });

  test.each([
    ['that is no YAML', '{'],
    ['of two documents', '--- {}\n--- {}\n'],
    ['that is empty', ''],
    ['that is one word', 'members'],
    ['that is a list', '[]'],
    ['nested beyond sense', '['.repeat(5000)],
  ])('a file %s is left alone', (_what, text) => {
    const result = applyEdit(() => text, {
      kind: 'add-repo',
      project: PROJECT,
      repo: 1,
      visibility: 'private',
    });
    expect(result).toMatchObject({ refused: true, code: 'edit.unreadable' });
  });

  test('a list that is none is left alone', () => {
    const edit: Edit = { kind: 'add-person', person: PERSON };
    expect(applyEdit(() => 'people: []\n', edit)).toMatchObject({ code: 'edit.unreadable' });
  });

  test('what would leave a fault is refused, with the fault', () => {
    const tooLong = { ...MEMBER, until: '2030-01-01' };
    const result = applyEditWhole(governanceFiles(), {
      kind: 'add-member',
      project: PROJECT,
      member: tooLong,
    });
    expect(result).toMatchObject({
      code: 'edit.invalid',
      says: expect.stringContaining(`${FILE}, line 2`) as unknown,
      next: expect.stringContaining('2027') as unknown,
    });
    const unknown = { ...MEMBER, id: 1 };
    expect(refused({ kind: 'add-member', project: PROJECT, member: unknown })).toBe('edit.invalid');
  });

  test('other files of the repository are no concern of it', () => {
    const files = new Map([...governanceFiles(), ['README.md', '{ not yaml']]);
    expect(done({ kind: 'add-member', project: PROJECT, member: MEMBER }, files)).toHaveLength(1);
  });

  test('a fault that only the text has is found without the rest', () => {
    const read = (): string => 'members: []\n? [a]\n: b\n';
    expect(applyEdit(read, { kind: 'add-member', project: PROJECT, member: MEMBER })).toMatchObject({
      code: 'edit.invalid',
    });
  });
});

describe('what an edit may say', () => {
  const member = (change: object): unknown => ({
    kind: 'add-member',
    project: PROJECT,
    member: { ...MEMBER, ...change },
  });
  test.each<[string, unknown]>([
    ['of a kind that is none', { kind: 'write-file', path: 'people.yml', text: '' }],
    ['with more than its kind has', { ...(member({}) as object), text: 'x' }],
    ['for a project outside its folder', { kind: 'add-member', project: '../people', member: MEMBER }],
    ['without an end', member({ until: undefined })],
    ['with a role that is none', member({ roles: ['owner'] })],
    ['with a reason of two lines', member({ reason: 'one\ntwo' })],
    ['with a reason that reads backwards', member({ reason: 'a\u202eb' })],
    [
      'that retires without a reason',
      { kind: 'project-status', project: PROJECT, status: 'retired', since: '2026-11-20' },
    ],
    ['with a login that is none', { kind: 'add-person', person: { ...PERSON, login: 'a b' } }],
    [
      'with a DOI that is none',
      {
        kind: 'add-paper',
        project: PROJECT,
        paper: {
          title: 'A',
          authors: ['B'],
          on: '2026-11-20',
          state: 'preprint',
          doi: 'javascript:x',
          repos: [],
        },
      },
    ],
  ])('not one %s', (_what, edit) => {
    expect(editSchema.safeParse(edit).success).toBe(false);
  });
});

describe('members', () => {
  test('who is a member already gets the role beside the others, and the new days', () => {
    const member = { ...MEMBER, id: PEOPLE.collaborator, roles: ['lead' as const], from: '2026-12-01' };
    const files = after({ kind: 'add-member', project: PROJECT, member });
    expect(project(files).members.find(({ id }) => id === PEOPLE.collaborator)).toEqual({
      ...{ id: PEOPLE.collaborator, roles: ['lead', 'collaborator'], from: '2026-12-01' },
      ...{ until: '2027-01-31', reason: MEMBER.reason, ref: 'GOV-7' },
    });
  });

  test('another end alone is a change', () => {
    const member = { ...MEMBER, id: PEOPLE.collaborator };
    const files = after({ kind: 'add-member', project: PROJECT, member });
    expect(project(files).members[1]).toMatchObject({ roles: ['collaborator'], until: '2027-01-31' });
  });

  test('another reason alone changes nothing', () => {
    const member = { ...MEMBER, id: PEOPLE.collaborator, until: '2027-02-28' };
    expect(refused({ kind: 'add-member', project: PROJECT, member })).toBe('edit.nothing');
  });

  test('who leaves stays written down, ended', () => {
    const edit: Edit = {
      kind: 'end-member',
      project: PROJECT,
      person: PEOPLE.collaborator,
      until: '2026-11-20',
    };
    const files = after(edit);
    expect(project(files).members[1]).toMatchObject({ id: PEOPLE.collaborator, until: '2026-11-20' });
    expect(refused(edit, files)).toBe('edit.nothing');
    expect(refused({ ...edit, until: '2026-12-01' }, files)).toBe('edit.nothing');
  });

  test('a membership that had not begun never was', () => {
    const add: Edit = { kind: 'add-member', project: PROJECT, member: { ...MEMBER, from: '2026-12-01' } };
    const end: Edit = { kind: 'end-member', project: PROJECT, person: MEMBER.id, until: '2026-11-20' };
    expect(project(after(add, end)).members.map(({ id }) => id)).toEqual([PEOPLE.lead, PEOPLE.collaborator]);
  });

  test('what is asked for in the name of who leaves ends with it, and nothing else', () => {
    const schedule = (id: string, author: number | string, until: string): string =>
      `  - {id: ${id}, backend: attainment, workspace: study-main, ${author === '' ? '' : `author: ${author}, `}cron: "30 6 * * 1", calendar: UTC, dirs: [tables], context: x, controls: {method: none, text: x}, until: ${until}, reason: r, ref: GOV-1}`;
    const schedules = [
      'schedules:',
      schedule('his', PEOPLE.lead, '2027-02-01'),
      schedule('over', PEOPLE.lead, '2026-10-01'),
      schedule('anybody', '', '2027-02-01'),
      '',
    ].join('\n');
    const files = edited({ [FILE]: ['papers: []\n', `papers: []\n${schedules}`] });
    const [file] = done(
      { kind: 'end-member', project: PROJECT, person: PEOPLE.lead, until: '2026-11-20' },
      files,
    );
    expect(project(new Map([...files, [FILE, file!.text]])).schedules.map(({ until }) => until)).toEqual([
      '2026-11-20',
      '2026-10-01',
      '2027-02-01',
    ]);
  });

  test('nobody else can be ended, and no other project', () => {
    const end: Edit = { kind: 'end-member', project: PROJECT, person: 1, until: '2026-11-20' };
    expect(refused(end)).toBe('edit.not-there');
    expect(refused({ ...end, project: 'ns-2026-000' })).toBe('edit.not-there');
  });
});

describe('the project', () => {
  test('a status with its day and its reason, which goes with it', () => {
    const on = (status: 'postponed' | 'completed_linked', reason?: string): Edit => ({
      ...{ kind: 'project-status', project: PROJECT, status, since: '2026-11-20' },
      ...(reason === undefined ? {} : { reason }),
    });
    const postponed = after(on('postponed', 'waiting for data'));
    expect(project(postponed)).toMatchObject({
      ...{ status: 'postponed', status_since: '2026-11-20', status_reason: 'waiting for data' },
    });
    const completed = after(on('postponed', 'waiting for data'), on('completed_linked'));
    expect(project(completed).status).toBe('completed_linked');
    expect(project(completed).status_reason).toBeUndefined();
  });

  test('repositories, their visibility and their extensions', () => {
    const extension = { on: '2026-11-20', until: '2027-01-20', reason: 'paper in review', ref: 'GOV-9' };
    const files = after(
      { kind: 'add-repo', project: PROJECT, repo: 70012, visibility: 'private' },
      { kind: 'repo-visibility', project: PROJECT, repo: REPOSITORY, visibility: 'public' },
      { kind: 'extend-repo', project: PROJECT, repo: 70012, extension },
    );
    expect(project(files).repos).toMatchObject([
      { id: REPOSITORY, visibility: 'public', extensions: [] },
      { id: 70012, visibility: 'private', extensions: [extension] },
    ]);
    expect(refused({ kind: 'add-repo', project: PROJECT, repo: 70012, visibility: 'public' }, files)).toBe(
      'edit.nothing',
    );
    expect(
      refused({ kind: 'repo-visibility', project: PROJECT, repo: REPOSITORY, visibility: 'public' }, files),
    ).toBe('edit.nothing');
    const earlier = { ...extension, until: '2027-01-01' };
    expect(refused({ kind: 'extend-repo', project: PROJECT, repo: 70012, extension: earlier }, files)).toBe(
      'edit.nothing',
    );
    expect(refused({ kind: 'extend-repo', project: PROJECT, repo: 9, extension })).toBe('edit.not-there');
    expect(refused({ kind: 'repo-visibility', project: PROJECT, repo: 9, visibility: 'public' })).toBe(
      'edit.not-there',
    );
  });

  test('the first repository and the first extension, where none was written', () => {
    const without = edited({
      [FILE]: [`repos: [{id: ${REPOSITORY}, visibility: private, extensions: []}]\n`, ''],
    });
    const [file] = done(
      { kind: 'add-repo', project: PROJECT, repo: REPOSITORY, visibility: 'private' },
      without,
    );
    expect(project(new Map([...without, [FILE, file!.text]])).repos).toHaveLength(1);
    const bare = edited({ [FILE]: [', extensions: []', ''] });
    const extension = { on: '2026-11-20', until: '2027-01-20', reason: 'r', ref: 'GOV-9' };
    const [extended] = done({ kind: 'extend-repo', project: PROJECT, repo: REPOSITORY, extension }, bare);
    expect(project(new Map([...bare, [FILE, extended!.text]])).repos[0]!.extensions).toEqual([extension]);
  });

  test('a workspace is archived once', () => {
    const edit: Edit = { kind: 'archive-workspace', project: PROJECT, workspace: 'study-main' };
    const files = after(edit);
    expect(project(files).archived).toEqual(['study-main']);
    expect(refused(edit, files)).toBe('edit.nothing');
  });

  test('a condition is met on the day that it is, and stays so', () => {
    const open = edited({ [FILE]: ['met_on: 2026-03-05', 'met_on: null'] });
    const edit: Edit = { kind: 'meet-condition', project: PROJECT, condition: 'c1', on: '2026-11-20' };
    const [file] = done(edit, open);
    expect(file!.text).toContain('met_on: 2026-11-20');
    expect(refused(edit)).toBe('edit.nothing');
    expect(refused({ ...edit, condition: 'c2' })).toBe('edit.not-there');
    expect(
      refused(edit, edited({ [FILE]: [/ {2}conditions: .*\n/.exec(governanceFiles().get(FILE)!)![0], ''] })),
    ).toBe('edit.not-there');
  });

  test('a paper, and the same one once it is published', () => {
    const paper = (change: object): Edit => ({
      kind: 'add-paper',
      project: PROJECT,
      paper: {
        ...{
          title: 'Absence',
          authors: ['Rowan Example'],
          on: '2026-11-20',
          state: 'preprint',
          repos: [REPOSITORY],
        },
        ...change,
      } as Extract<Edit, { kind: 'add-paper' }>['paper'],
    });
    const doi = '10.1234/absence';
    const files = after(
      paper({}),
      paper({ doi }),
      paper({ doi, title: 'Absence, at last', state: 'published' }),
      paper({ title: 'Another' }),
    );
    expect(project(files).papers.map(({ title, state }) => [title, state])).toEqual([
      ['Absence, at last', 'published'],
      ['Another', 'preprint'],
    ]);
  });
});

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

describe('who may have it proposed', () => {
  const g = aGovernance();
  const at = Date.parse('2026-11-20T12:00:00Z');
  const may = (edit: Edit, person: number): string | undefined => whyNotPropose(g, edit, person, at)?.code;
  const add: Edit = { kind: 'add-member', project: PROJECT, member: MEMBER };
  const end: Edit = {
    kind: 'end-member',
    project: PROJECT,
    person: PEOPLE.collaborator,
    until: '2026-11-20',
  };
  const status: Edit = {
    kind: 'project-status',
    project: PROJECT,
    status: 'ongoing_linked',
    since: '2026-11-20',
  };

  test('a lead asks for members and for the status of the project', () => {
    expect([add, end, status].map((edit) => may(edit, PEOPLE.lead))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('nobody else does, and nobody for themselves', () => {
    for (const edit of [add, status]) expect(may(edit, PEOPLE.collaborator)).toBe('edit.not-lead');
    expect(may(end, PEOPLE.stranger)).toBe('edit.not-lead');
    expect(may({ ...add, member: { ...MEMBER, id: PEOPLE.lead } }, PEOPLE.lead)).toBe('edit.to-oneself');
    expect(may({ ...add, project: 'ns-2026-000' }, PEOPLE.lead)).toBe('edit.not-there');
  });

  test('whoever leaves needs nobody', () => {
    expect(may(end, PEOPLE.collaborator)).toBeUndefined();
  });

  test('of the rest, people who approve it decide', () => {
    expect(may({ kind: 'add-grant', grant: GRANT }, PEOPLE.stranger)).toBeUndefined();
  });
});
