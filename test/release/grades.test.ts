/** What a change by the author does to grades given before. */
import { describe, expect, test } from '@jest/globals';
import { keyOf, ungraded, type Grade } from '../../src/release/release.ts';
import { decisionOf } from '../../src/release/decisions.ts';
import { aDraft, aRequest, P, type Story } from './world.ts';

describe('a change by the author voids grades:', () => {
  const approved = () => {
    const told = aRequest('submitted');
    for (const who of ['checkerA', 'checkerB'] as const) {
      told.grades(who, 'approve', 'a.csv').grades(who, 'changes', 'b.csv').says(who).signs(who);
    }
    return told.does('checkerB', 'return', {});
  };
  const said = (story: Story, path: string) =>
    story.does('author', 'set-role', { path, column: 'n', as: 'other', reason: 'It is a year.' });
  const A = (story: Story) => story.gradesOf('checkerA');

  test.each<[string, (story: Story) => Story, string[]]>([
    ['nothing yet', (story) => story, ['a.csv approve signed', 'b.csv changes signed']],
    [
      'other bytes',
      (story) => story.writes('a.csv', 'x').does('author', 'update-file', story.copyOf('a.csv')),
      ['b.csv changes signed'],
    ],
    [
      'another group',
      (story) => story.does('author', 'move-file', { path: 'a.csv', group: 'other' }),
      ['b.csv changes signed'],
    ],
    [
      'another type',
      (story) => story.does('author', 'retype-file', { path: 'a.csv', as: 'supporting' }),
      ['b.csv changes signed'],
    ],
    [
      'withdrawn',
      (story) => story.does('author', 'withdraw-file', { path: 'a.csv' }),
      ['b.csv changes signed'],
    ],
    [
      'another explanation',
      (story) => story.explains('tables', 'Boys only, n = 2100.'),
      ['a.csv undecided', 'b.csv changes signed'],
    ],
    [
      'something said of its columns',
      (story) => said(story, 'a.csv'),
      ['a.csv undecided', 'b.csv changes signed'],
    ],
    [
      'something said of a file beside it',
      (story) => said(story, 'b.csv'),
      ['a.csv approve carried', 'b.csv changes signed'],
    ],
    [
      'what was said taken back',
      (story) => said(story, 'b.csv').does('author', 'clear-role', { path: 'b.csv', column: 'n' }),
      ['a.csv approve carried', 'b.csv changes signed'],
    ],
    [
      'a new file beside it',
      (story) => story.adds('c.csv'),
      ['a.csv approve carried', 'b.csv changes signed'],
    ],
    [
      'two new files beside it',
      (story) => story.adds('c.csv').adds('d.csv'),
      ['a.csv approve carried', 'b.csv changes signed'],
    ],
    [
      'a file beside it gone',
      (story) => story.does('author', 'withdraw-file', { path: 'b.csv' }),
      ['a.csv approve carried'],
    ],
    [
      'a new file elsewhere',
      (story) => story.adds('c.csv', 'other'),
      ['a.csv approve signed', 'b.csv changes signed'],
    ],
    [
      'a file moved beside it',
      (story) => story.does('author', 'move-file', { path: 'notes.txt', group: 'tables' }),
      ['a.csv approve carried', 'b.csv changes signed'],
    ],
    [
      'submitted again',
      (story) => story.says('author').does('author', 'submit', {}),
      ['a.csv approve carried', 'b.csv undecided'],
    ],
    [
      'carried, then submitted',
      (story) => story.adds('c.csv').says('author').does('author', 'submit', {}),
      ['a.csv approve carried', 'b.csv undecided'],
    ],
    [
      'undecided, then submitted',
      (story) => story.explains().says('author').does('author', 'submit', {}),
      ['a.csv undecided', 'b.csv undecided'],
    ],
  ])('%s', (_change, told, expected) => {
    expect(A(told(approved()).agrees())).toEqual(expected);
  });

  test('a grade bound to another turn does not count, even if nothing had marked it', () => {
    const story = aRequest('submitted').grades('checkerA', 'approve');
    expect(ungraded(story.now, P.checkerA, story.policy)).toEqual([]);
    expect(ungraded({ ...story.now, turn: 3 }, P.checkerA, story.policy).map(({ path }) => path)).toEqual([
      'a.csv',
      'b.csv',
    ]);
  });

  test('the order in which files were added means nothing', () => {
    const keyed = (...order: string[]) => {
      const story = aDraft();
      for (const path of order) story.adds(path);
      return keyOf(story.now, story.now.files[0]!);
    };
    expect(keyed('z.csv', 'c.csv', 'd.csv')).toEqual(keyed('d.csv', 'c.csv', 'z.csv'));
    expect(keyed('z.csv')).not.toEqual(keyed('c.csv'));
  });

  test('each voided grade is an entry of its owner, and the author is not told', () => {
    const story = approved();
    const from = story.entries.length;
    story.explains();
    expect(story.entries.slice(from).map(({ type, owner, visibility }) => [type, owner, visibility])).toEqual(
      [
        ['REQUEST_EDIT', P.author, 'public'],
        ['REQUEST_FILE_UNDECIDED', P.checkerA, 'private'],
        ['REQUEST_FILE_UNDECIDED', P.checkerB, 'private'],
      ],
    );
  });
});

describe('signed grades add up to', () => {
  test.each<[string, Grade[], boolean, string]>([
    ['nothing without a review', [], false, 'incomplete'],
    ['nothing with one', ['approve'], false, 'incomplete'],
    ['approval by two', ['approve', 'approve'], false, 'approve'],
    ['changes by two', ['changes', 'changes'], false, 'changes'],
    ['rejection by two', ['reject', 'reject'], false, 'reject'],
    ['a conflict of changes and rejection', ['changes', 'reject'], false, 'conflicted'],
    ['a conflict of two', ['approve', 'reject'], true, 'conflicted'],
    ['a conflict while a dissent stands', ['approve', 'changes', 'approve'], false, 'conflicted'],
    ['approval where the third said why', ['approve', 'changes', 'approve'], true, 'approve'],
    ['a conflict where two dissent', ['approve', 'changes', 'reject'], true, 'conflicted'],
    ['nothing while one of three is undecided', ['approve', 'undecided', 'approve'], true, 'incomplete'],
    ['nothing while both are undecided', ['undecided', 'undecided'], false, 'incomplete'],
    ['approval by three', ['approve', 'approve', 'approve'], false, 'approve'],
  ])('%s', (_case, grades, arbitrated, expected) => {
    expect(decisionOf(grades, arbitrated)).toBe(expected);
  });
});
