/** Checkers at work: grades, signatures, places, disagreements, talk. */
import { describe, expect, test } from '@jest/globals';
import { AIRLOCK, aDraft, aRequest, aSession, AT, aView, inViewer, onGitHub, P } from './world.ts';

const barred = (who: number) => ({ deeds: [{ known: true, deed: 'committed', person: who } as const] });

describe('checkers', () => {
  test('may change a grade after signing, which then counts only once signed again', () => {
    const story = aRequest('reviewing').reviews('checkerB', 'changes');
    story.grades('checkerB', 'approve');
    expect(story.code('checkerA', 'queue-release', {})).toBe('release.not-all-approved');
    story.signs('checkerB');
    expect(story.agrees().state).toBe('approved');
  });

  test('may take a signed approval back before the second review, and nothing leaves', () => {
    const story = aRequest('reviewing').grades('checkerA', 'changes', 'a.csv').reviews('checkerB', 'approve');
    expect(story.state).toBe('consolidating');
    expect(story.code('checkerB', 'queue-release', {})).toBe('release.not-all-approved');
  });

  test('grade a group in bulk, clear one, reset all', () => {
    const story = aRequest('submitted')
      .grades('checkerA', 'approve', 'a.csv')
      .does('checkerA', 'grade-group', { group: 'tables' });
    expect(story.gradesOf('checkerA')).toEqual(['a.csv approve', 'b.csv changes']);
    expect(story.does('checkerA', 'clear-grade', { path: 'a.csv' }).gradesOf('checkerA')).toEqual([
      'b.csv changes',
    ]);
    expect(story.does('checkerA', 'reset-grades', {}).agrees().gradesOf('checkerA')).toEqual([]);
  });

  test('name file numbers on GitHub, which grades those and does not sign', () => {
    const story = aRequest('submitted').does(onGitHub('checkerA'), 'sign', {
      verdict: 'approve',
      files: [2],
    });
    expect(story.gradesOf('checkerA')).toEqual(['b.csv approve']);
    expect(story.state).toBe('submitted');
    story.says('checkerA').signs('checkerA', 'changes');
    expect(story.gradesOf('checkerA')).toEqual(['b.csv approve signed', 'a.csv changes signed']);
  });

  test('sign verdicts once both reviews are in, where reviews are strictly blind', () => {
    const story = aRequest('reviewing', { blind: 'strict' })
      .reviews('checkerB', 'changes')
      .grades('checkerB', 'approve');
    story.signs('checkerB', 'approve');
    expect(story.state).toBe('approved');
  });

  test('whose signature is refused have graded nothing by it', () => {
    const story = aRequest('submitted');
    expect(story.code(onGitHub('checkerA'), 'sign', { verdict: 'reject' })).toBe('release.comment-missing');
    expect(story.gradesOf('checkerA')).toEqual([]);
  });

  test('work with a passkey where the zone trusts nobody else, and labels only submit', () => {
    const story = aDraft({ trust: 'zone' }).does('author', 'submit', {});
    for (const who of ['checkerA', 'checkerB'] as const) {
      const session = aSession(P[who], { strength: 'passkey' });
      story.does(who, 'claim', {}).with({
        views: [
          ...story.facts.views,
          ...story.now.files.map(({ sha256 }) => aView(P[who], sha256, { session })),
        ],
      });
      for (const path of ['a.csv', 'b.csv'])
        story.does(inViewer(who, session), 'grade', { path, grade: 'approve' });
      story.signs(who);
    }
    expect(story.state).toBe('approved');
  });

  test('who turn out not to be independent no longer count, and give way', () => {
    const story = aRequest('reviewing').with(barred(P.checkerA)).reviews('checkerB', 'approve');
    expect(story.state).toBe('reviewing');

    story.does(AIRLOCK, 'assign', { checker: P.checkerC });
    expect(story.now.seats.map(({ checker }) => checker)).toEqual([P.checkerB, P.checkerC]);

    story.reviews('checkerC', 'approve');
    expect(story.agrees().state).toBe('approved');
    expect(story.now.batches[0]?.files[0]?.approvals.map(({ checker }) => checker)).toEqual([
      P.checkerB,
      P.checkerC,
    ]);
  });

  test('may sign again when the other review came to count only afterwards', () => {
    const story = aRequest('reviewing')
      .with(barred(P.checkerA))
      .reviews('checkerB', 'approve')
      .with({ deeds: [] });
    expect(story.state).toBe('reviewing');
    story.signs('checkerB');
    expect(story.state).toBe('approved');
  });

  test('who do not start are replaced, who are barred lose their place and what they gave', () => {
    const story = aRequest('submitted').does(AIRLOCK, 'unassign', { checker: P.checkerB });
    expect(story.entries.at(-1)).toMatchObject({ type: 'REQUEST_UNCLAIM', why: 'idle' });
    const gone = aRequest('reviewing')
      .with(barred(P.checkerA))
      .does(AIRLOCK, 'unassign', { checker: P.checkerA });
    expect(gone.entries.at(-1)).toMatchObject({ type: 'REQUEST_UNCLAIM', why: 'barred' });
    expect([gone.now.grades, gone.now.reviews]).toEqual([[], []]);
  });

  test('stay for the next turn, with an earlier review kept as history', () => {
    const story = aRequest('returned').does('checkerA', 'unclaim', {});
    expect(story.now.reviews.map(({ checker, turn }) => [checker, turn])).toEqual([
      [P.checkerA, 1],
      [P.checkerB, 1],
    ]);
    expect(story.now.grades.every(({ checker }) => checker === P.checkerB)).toBe(true);
  });
});

describe('a disagreement', () => {
  const disagreed = () => aRequest('reviewing').reviews('checkerB', 'changes');

  test('is settled by a third who approves and says why', () => {
    const story = disagreed()
      .does('checkerC', 'claim', {})
      .does('checkerC', 'arbitrate', { reason: 'The counts are rounded.' });
    story.reviews('checkerC', 'approve');
    expect(story.agrees().state).toBe('approved');
    expect(story.now.batches[0]?.files[0]?.approvals.map(({ checker }) => checker)).toEqual([
      P.checkerA,
      P.checkerC,
    ]);
  });

  test('stands while the third says nothing, or said it in an earlier turn', () => {
    const story = disagreed().does('checkerC', 'claim', {}).reviews('checkerC', 'approve');
    expect(story.state).toBe('consolidating');
    expect(story.code('checkerC', 'queue-release', {})).toBe('release.not-all-approved');
    story.does('checkerC', 'arbitrate', { reason: 'The counts are rounded.' });
    expect(story.code('checkerC', 'queue-release', {})).toBe('it happened');
  });

  test('goes back to the author as one', () => {
    const story = disagreed().does('checkerA', 'return', {});
    expect(story.decided('a.csv')).toBe('conflicted');
  });

  test('ends in rejection, with a reason said here or publicly before', () => {
    expect(
      disagreed().does('checkerC', 'close-request', { category: 'unsafe', reason: 'Too small.' }).agrees()
        .state,
    ).toBe('rejected');
    expect(disagreed().does(onGitHub('checkerB'), 'close-request', { category: 'unsafe' }).state).toBe(
      'rejected',
    );
  });
});

test('an early return keeps nothing of the turn but for auditors', () => {
  const story = aRequest('reviewing').with({ hints: [{ id: 'w', check: 'C7', severity: 'warn' }] });
  story
    .does('checkerB', 'resolve-hint', { hint: 'w', reason: 'Fine.' })
    .grades('checkerB', 'changes', 'a.csv');
  const from = story.entries.length;
  story.does('checkerC', 'return', { category: 'incomplete-context' });
  expect(story.types(from)).toEqual([
    'REQUEST_FILE_UNDECIDED',
    'REQUEST_FILE_UNDECIDED',
    'REQUEST_FILE_RESET_REVIEW',
    'REQUEST_EARLY_RETURN',
  ]);
  expect(story.entries.slice(from).every(({ by }) => by.kind === 'person' && by.id === P.checkerC)).toBe(
    true,
  );
  expect(story.agrees().gradesOf('checkerA')).toEqual(['a.csv undecided', 'b.csv undecided']);
  expect(story.gradesOf('checkerB')).toEqual([]);
  expect(story.now).toMatchObject({ sealedTurns: [1], resolutions: [], turn: 2, returnedEarly: true });
  expect(story.decided('a.csv')).toBeUndefined();
});

test('comments are said, made public and deleted by their authors', () => {
  const story = aRequest('submitted').does('checkerA', 'comment', {
    id: 'c1',
    group: 'tables',
    text: 'Row 3.',
    visibility: 'private',
    anchor: '1:row=3',
  });
  expect(story.now.comments[0]).toMatchObject({ id: 'c1', visibility: 'private', anchor: '1:row=3' });
  story.says('checkerA', 'tables', 'private', 'c2').does('checkerA', 'publish-comment', { id: 'c1' });
  expect(story.now.comments.map(({ visibility }) => visibility)).toEqual(['public', 'private']);
  story.does('checkerA', 'delete-comment', { id: 'c2' });
  expect(story.agrees().now.comments.map(({ id }) => id)).toEqual(['c1']);
  expect(JSON.stringify(story.entries)).not.toContain('Row 3.');
  expect(AT).toBeLessThan(story.facts.at);
});
