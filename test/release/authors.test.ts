/** Authors at work, and what comes back to them. */
import { describe, expect, test } from '@jest/globals';
import { aDraft, aRequest, onGitHub, P, PEOPLE } from './world.ts';

describe('what comes back to its author', () => {
  test('is corrected, and only what changed is looked at afresh', () => {
    const story = aRequest('submitted');
    for (const who of ['checkerA', 'checkerB'] as const) {
      story.grades(who, 'approve', 'a.csv').grades(who, 'changes', 'b.csv').says(who).signs(who);
    }
    story.does('checkerB', 'return', {});
    expect([story.decided('a.csv'), story.decided('b.csv')]).toEqual(['approve', 'changes']);

    story
      .writes('b.csv', 'rounded')
      .does('author', 'update-file', { ...story.copyOf('b.csv'), path: 'b.csv' });
    story.says('author').does('author', 'submit', {});
    expect(story.gradesOf('checkerA')).toEqual(['a.csv approve carried']);
    expect(story.code(onGitHub('checkerA'), 'sign', { verdict: 'submit' })).toBe('release.not-opened');

    story.opens('checkerA', 'checkerB');
    expect(story.code(onGitHub('checkerA'), 'sign', { verdict: 'submit' })).toBe('release.ungraded');
    for (const who of ['checkerA', 'checkerB'] as const) {
      story.does(who, 'confirm-grade', { path: 'a.csv' }).grades(who, 'approve', 'b.csv').signs(who);
    }
    expect(story.agrees().state).toBe('approved');
  });

  test('has a group confirmed in one click when nothing in it changed', () => {
    const story = aDraft().adds('c.csv', 'other').explains('other').does('author', 'submit', {});
    for (const who of ['checkerA', 'checkerB'] as const) {
      story.does(who, 'claim', {}).opens(who).grades(who, 'approve', 'a.csv', 'b.csv');
      story.grades(who, 'changes', 'c.csv').says(who, 'other').signs(who);
    }
    story.does('checkerA', 'return', {}).says('author', 'other').does('author', 'submit', {});
    expect(story.gradesOf('checkerA')).toEqual([
      'a.csv approve carried',
      'b.csv approve carried',
      'c.csv undecided',
    ]);

    story.does('checkerA', 'confirm-grade', { group: 'tables' });

    expect(story.gradesOf('checkerA')).toEqual(['c.csv undecided', 'a.csv approve', 'b.csv approve']);
  });

  test('needs no answer for what was approved and left alone, and none at all after an early return', () => {
    const early = aRequest('reviewing').does('checkerB', 'return', { category: 'author-asked' });
    expect(early.ask('author', 'submit', {})).toBeUndefined();
    expect(early.now.returnedEarly).toBe(false);
  });

  test('asks for an answer about a withdrawn file that was not approved, not about one that was', () => {
    const mixed = (withdrawn: string) => {
      const story = aDraft().adds('c.csv', 'other').explains('other').does('author', 'submit', {});
      for (const who of ['checkerA', 'checkerB'] as const) {
        story.does(who, 'claim', {}).opens(who).grades(who, 'approve', 'a.csv', 'b.csv');
        story
          .grades(who, withdrawn === 'c.csv' ? 'changes' : 'approve', 'c.csv')
          .grades(who, 'changes', 'b.csv');
        story.says(who).says(who, 'other').signs(who);
      }
      story
        .does('checkerA', 'return', {})
        .does('author', 'withdraw-file', { path: withdrawn })
        .says('author');
      return story.code('author', 'submit', {});
    };
    expect(mixed('c.csv')).toBe('release.unanswered');
    expect(mixed('a.csv')).toBe('it happened');
  });

  test('is not asked about a file that came and went in one go', () => {
    const story = aRequest('returned').adds('d.csv', 'new').says('author');
    story.does('author', 'withdraw-file', { path: 'd.csv' });
    expect(story.code('author', 'submit', {})).toBe('it happened');
    expect(story.now.files.find(({ path }) => path === 'd.csv')).toMatchObject({
      withdrawn: true,
      number: 4,
    });
  });

  test('takes a withdrawn file back under its old number', () => {
    const story = aRequest('returned')
      .does('author', 'withdraw-file', { path: 'a.csv' })
      .adds('a.csv', 'elsewhere');
    expect(story.now.files.find(({ path }) => path === 'a.csv')).toMatchObject({
      number: 1,
      withdrawn: false,
      group: 'elsewhere',
    });
    expect(story.agrees().decided('a.csv')).toBeUndefined();
  });
});

describe('authors', () => {
  test('share the work with a co-author, who may take over', () => {
    const story = aDraft().does('author', 'name-co-author', { person: P.coAuthor });
    story.adds('c.csv', 'tables', 'output', 'coAuthor').does('coAuthor', 'take-over', {});
    expect(story.agrees().now).toMatchObject({
      author: P.coAuthor,
      coAuthors: [],
      authors: [P.author, P.coAuthor],
    });
    expect(story.code('author', 'submit', {})).toBe('release.not-author');
  });

  test('who leave are followed by the lead', () => {
    const story = aDraft().with({ people: { ...PEOPLE, [P.author]: { id: P.author, roles: [], orgs: [] } } });
    expect(story.does('lead', 'take-over', {}).now.author).toBe(P.lead);
  });

  test('may be a schedule that works in their name', () => {
    const scheduled = { kind: 'person', id: P.author, automated: true } as const;
    const story = aDraft().does(scheduled, 'explain', { group: 'tables', context: 'x', controls: null });
    expect(story.entries.at(-1)?.by).toEqual(scheduled);
  });

  test('answer for each other to warnings, and give exceptions to what blocks', () => {
    const story = aDraft()
      .does('author', 'name-co-author', { person: P.coAuthor })
      .with({
        hints: [
          { id: 'w', check: 'C7', severity: 'warn', path: 'a.csv' },
          { id: 'b', check: 'C5', severity: 'block', path: 'b.csv' },
          { id: 'i', check: 'C20', severity: 'inform', path: 'b.csv' },
          { id: 'other', check: 'C5', severity: 'block', path: 'notes.txt' },
        ],
      });
    story.does('coAuthor', 'resolve-hint', { hint: 'w', reason: 'By design.' });
    story
      .does('author', 'except-hint', { hint: 'b', reason: 'A first word.' })
      .does('author', 'except-hint', { hint: 'b', reason: 'Public figure.' });
    expect(story.now.exceptions).toHaveLength(1);
    story
      .does('author', 'submit', {})
      .does('checkerA', 'claim', {})
      .opens('checkerA')
      .grades('checkerA', 'approve');
    expect(story.code(onGitHub('checkerA'), 'sign', { verdict: 'submit' })).toBe('release.open-hints');
    story.does('checkerA', 'resolve-hint', { hint: 'w', reason: 'Seen.' }).signs('checkerA');
    expect(story.agrees().now.resolutions.map(({ by, as }) => [by, as])).toEqual([
      [P.coAuthor, 'author'],
      [P.checkerA, 'checker'],
    ]);
  });

  test('see a draft file gone for good when they withdraw it', () => {
    const story = aDraft().does('author', 'withdraw-file', { path: 'a.csv' });
    expect(story.agrees().now.files.map(({ path }) => path)).toEqual(['b.csv', 'notes.txt']);
  });
});
