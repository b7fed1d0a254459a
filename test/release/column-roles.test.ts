/** What authors say of columns: kept with the bytes, part of what is graded, answered by the checkers. */
import { describe, expect, test } from '@jest/globals';
import { keyOf } from '../../src/release/release.ts';
import { AIRLOCK, aDraft, aRequest, onGitHub, P, type Story } from './world.ts';

const SAID = { path: 'a.csv', column: 'n', as: 'other', reason: 'It is a year.' } as const;
const fileA = (story: Story) => story.now.files.find(({ path }) => path === 'a.csv')!;
const rolesOf = (story: Story) =>
  fileA(story).roles?.map(({ column, as, by, reason }) => [column, as, by, reason]);

describe('what is said of a column', () => {
  test('stands with who said it and why, the last word holds, and it is in the log', () => {
    const story = aDraft().does('author', 'set-role', SAID);
    expect(rolesOf(story)).toEqual([['n', 'other', P.author, 'It is a year.']]);

    story
      .does('author', 'name-co-author', { person: P.coAuthor })
      .does('coAuthor', 'set-role', { ...SAID, as: 'count', reason: 'No, it counts.' })
      .does('coAuthor', 'set-role', { ...SAID, column: 'm' });
    expect(rolesOf(story)).toEqual([
      ['n', 'count', P.coAuthor, 'No, it counts.'],
      ['m', 'other', P.coAuthor, 'It is a year.'],
    ]);
    expect(story.entries.filter(({ type }) => type === 'ROLE_OVERRIDE')).toMatchObject([
      { path: 'a.csv', column: 'n', as: 'other', owner: P.author, visibility: 'public' },
      { column: 'n', as: 'count', person: P.coAuthor, reason: 'No, it counts.' },
      { column: 'm', sha256: fileA(story).sha256 },
    ]);
    story
      .does('author', 'clear-role', { path: 'a.csv', column: 'n' })
      .does('author', 'clear-role', { path: 'a.csv', column: 'm' });
    expect(story.agrees().now.files.map((file) => 'roles' in file)).toEqual([false, false, false]);
  });

  test('stays with its bytes: not with others, but through another group and type', () => {
    const story = aDraft().does('author', 'set-role', SAID);
    story.does('author', 'move-file', { path: 'a.csv', group: 'other' });
    story.does('author', 'retype-file', { path: 'a.csv', as: 'supporting' });
    expect(rolesOf(story)).toHaveLength(1);

    story.writes('a.csv', 'new').does('author', 'update-file', story.copyOf('a.csv'));
    expect(rolesOf(story)).toBeUndefined();
  });

  test('is part of what a grade is bound to, in whatever order it was said', () => {
    const bare = keyOf(aDraft().now, fileA(aDraft()));
    const one = aDraft()
      .does('author', 'set-role', SAID)
      .does('author', 'set-role', { ...SAID, column: 'm' });
    const two = aDraft()
      .does('author', 'set-role', { ...SAID, column: 'm' })
      .does('author', 'set-role', SAID);
    const key = keyOf(one.now, fileA(one));
    expect(key.explained).not.toBe(bare.explained);
    expect(keyOf(two.now, fileA(two))).toEqual(key);

    const b = (story: Story) => keyOf(story.now, story.now.files.find(({ path }) => path === 'b.csv')!);
    expect(b(one).explained).toBe(b(aDraft()).explained);
    expect(b(one).siblings).not.toBe(b(aDraft()).siblings);
  });

  test('reopens what was decided about the file', () => {
    const story = aRequest('submitted');
    for (const who of ['checkerA', 'checkerB'] as const) {
      story.grades(who, 'approve', 'a.csv').grades(who, 'changes', 'b.csv').says(who).signs(who);
    }
    story.does('checkerA', 'return', {}).does('author', 'set-role', SAID);
    expect(story.now.grades.filter(({ path }) => path === 'a.csv').map(({ grade }) => grade)).toEqual([
      'undecided',
      'undecided',
    ]);
  });
});

test('a warning that the author caused with a reason waits for the checkers alone', () => {
  const caused = { id: 'h1', check: 'F4', severity: 'warn', path: 'a.csv' } as const;
  expect(
    aDraft()
      .with({ hints: [caused] })
      .code('author', 'submit', {}),
  ).toBe('release.open-hints');

  const story = aDraft().with({ hints: [{ ...caused, byAuthor: true }] });
  story.does('author', 'submit', {}).does(AIRLOCK, 'assign', { checker: P.checkerA });
  story.opens('checkerA').grades('checkerA', 'approve');
  expect(story.code(onGitHub('checkerA'), 'sign', { verdict: 'submit' })).toBe('release.open-hints');
  story.does('checkerA', 'resolve-hint', { hint: 'h1', reason: 'It is a year.' });
  expect(story.signs('checkerA').state).toBe('reviewing');
});
