/** Edits of a project that is there: its members, its status, its repositories and papers. */
import { describe, expect, test } from '@jest/globals';
import type { Edit } from '../../src/governance/governance.ts';
import { edited, governanceFiles, PEOPLE, PROJECT, REPOSITORY } from '../support/governance.ts';
import { FILE, MEMBER, after, done, project, refused } from './edited.ts';

describe('members', () => {
  test('who is a member already gets the role beside the others, and the new days', () => {
    const member = { ...MEMBER, id: PEOPLE.collaborator, roles: ['lead' as const], from: '2026-12-01' };
    const files = after({ kind: 'add-member', project: PROJECT, member });
    expect(project(files).members.find(({ id }) => id === PEOPLE.collaborator)).toEqual({
      ...{ id: PEOPLE.collaborator, roles: ['lead', 'collaborator'], from: '2026-12-01' },
      ...{ until: '2027-01-31', reason: MEMBER.reason, ref: 'GOV-7' },
    });
  });

  test('who had left comes back as what is said now, and not as what they were', () => {
    const ended = '2026-11-01';
    const left: Edit = { kind: 'end-member', project: PROJECT, person: PEOPLE.lead, until: ended };
    const member = { ...MEMBER, id: PEOPLE.lead, from: '2026-11-20' };
    const files = after(left, { kind: 'add-member', project: PROJECT, member });
    expect(project(files).members[0]).toMatchObject({ roles: ['collaborator'], from: '2026-11-20' });
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
    const all: Edit = { ...edit, workspace: ['study-b', 'study-main', 'study-a', 'study-b'] };
    expect(project(after(edit, all)).archived).toEqual(['study-main', 'study-b', 'study-a']);
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
