/** Typed edits of governance: what they leave as people wrote it, what they may say, and who may ask for them. */
import { describe, expect, test } from '@jest/globals';
import {
  applyEdit,
  applyEditWhole,
  editSchema,
  whyNotPropose,
  type Edit,
} from '../../src/governance/governance.ts';
import { aGovernance, edited, governanceFiles, PEOPLE, PROJECT } from '../support/governance.ts';
import { FILE, GRANT, MEMBER, PERSON, done, lines, refused } from './edited.ts';

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

  test('a lead or developer asks for a workspace to be archived', () => {
    const archive: Edit = { kind: 'archive-workspace', project: PROJECT, workspace: 'study-main' };
    expect(may(archive, PEOPLE.lead)).toBeUndefined();
    expect(may(archive, PEOPLE.collaborator)).toBe('edit.not-developer');
    expect(may({ ...archive, project: 'ns-2026-000' }, PEOPLE.lead)).toBe('edit.not-developer');
  });

  test('of the rest, people who approve it decide', () => {
    expect(may({ kind: 'add-grant', grant: GRANT }, PEOPLE.stranger)).toBeUndefined();
  });
});
