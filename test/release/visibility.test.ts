/** Who sees what: the whole table, and the leaks that the reference warns of. */
import { describe, expect, test } from '@jest/globals';
import {
  activity,
  decisionShown,
  decisions,
  maySee,
  PHASES,
  viewerOf,
  VISIBILITIES,
  visibleComments,
  visibleGrades,
  visibleResolutions,
  WATCHERS,
  type Role,
} from '../../src/release/release.ts';
import { AIRLOCK, aDraft, aRequest, onGitHub, P, PEOPLE, type Name, type Story } from './world.ts';

/** Who sees what another person said or did: by visibility, whether it is of this turn, and the phase now. */
const TABLE: Record<string, string> = {
  'public this author': '', // an author's draft: see below
  'public this independent': '',
  'public this consolidating': 'checker',
  'public this complete': 'author member checker auditor',
  'public earlier': 'author member checker auditor',
  'private this author': 'checker',
  'private this independent': '',
  'private this consolidating': 'checker',
  'private this complete': 'checker auditor',
  'private earlier': 'checker auditor',
  'checkers this': 'checker',
  'checkers this complete': 'checker auditor',
  'checkers earlier': 'checker auditor',
  open: 'author member checker auditor',
};

function expected(visibility: string, turn: 'this' | 'earlier', phase: string): string[] {
  const row =
    TABLE[visibility] ??
    TABLE[`${visibility} ${turn} ${phase}`] ??
    TABLE[`${visibility} ${turn}`] ??
    'no row';
  return row.split(' ').filter(Boolean);
}

describe('for every role, phase, turn, visibility and seal', () => {
  const cases = PHASES.flatMap((phase) =>
    (['this', 'earlier'] as const).flatMap((turn) =>
      VISIBILITIES.flatMap((visibility) =>
        WATCHERS.flatMap((as) => [true, false].map((sealed) => ({ phase, turn, visibility, as, sealed }))),
      ),
    ),
  );

  test.each(cases)(
    '$as, $phase, $turn turn, $visibility, sealed $sealed',
    ({ phase, turn, visibility, as, sealed }) => {
      const now = { phase, turn: 5, sealedTurns: sealed ? [3, 5] : [] };
      const item = { owner: 7, byAuthor: false, visibility, turn: turn === 'this' ? 5 : 3 };
      const hidden = sealed && (visibility === 'public' || visibility === 'private');
      const over = turn === 'earlier' || phase === 'complete';

      const others = hidden ? as === 'auditor' && over : expected(visibility, turn, phase).includes(as);
      expect(maySee(item, { id: 8, as }, now)).toBe(others);

      const own = as !== 'stranger' && (!hidden || (as === 'auditor' && over));
      expect(maySee(item, { id: 7, as }, now)).toBe(own);
    },
  );

  test.each([...WATCHERS])('an author’s draft is seen by co-authors and no other: %s', (as) => {
    const now = { phase: 'author', turn: 2, sealedTurns: [] } as const;
    const draft = { owner: 7, byAuthor: true, visibility: 'public', turn: 2 } as const;
    expect(maySee(draft, { id: 8, as }, now)).toBe(as === 'author');
  });
});

const see = (story: Story, who: Name) => viewerOf(P[who], story.now, story.facts);
const saw = (story: Story, who: Name) => activity(story.now, story.entries, see(story, who));

describe('what a person is to a request:', () => {
  const with_ = (...roles: Role[]) => ({ people: { ...PEOPLE, 50: { id: 50, roles, orgs: [] } } });
  const as = (story: Story, id: number) => viewerOf(id, story.now, story.facts).as;

  test.each<[string, Name, string]>([
    ['the author', 'author', 'author'],
    ['another member', 'member', 'member'],
    ['the co-pilot', 'copilot', 'member'],
    ['a collaborator sees no unreleased output', 'collaborator', 'stranger'],
    ['a checker', 'checkerC', 'checker'],
    ['an operator', 'operator1', 'member'],
    ['the data owner', 'owner', 'auditor'],
    ['somebody else', 'stranger', 'stranger'],
  ])('%s', (_case, who, expected) => {
    expect(see(aDraft(), who).as).toBe(expected);
  });

  test('a barred checker is looked at as a member', () => {
    const story = aRequest('consolidating').with({
      deeds: [{ known: true, deed: 'committed', person: P.checkerA }],
    });
    expect(see(story, 'checkerA').as).toBe('member');
    expect(see(story, 'checkerB').as).toBe('checker');
  });

  test('a publisher has no business with what is not released, whatever it is', () => {
    expect(as(aDraft().with(with_('publisher')), 50)).toBe('stranger');
    expect(as(aRequest('consolidating').with(with_('publisher')), 50)).toBe('stranger');
    expect(as(aDraft().with(with_('publisher', 'member')), 50)).toBe('member');
  });

  test('an auditor with a hand in the work is none', () => {
    expect(as(aDraft().with(with_('auditor', 'data-owner', 'member')), 50)).toBe('member');
    expect(as(aDraft().with(with_('auditor')), 50)).toBe('auditor');
    expect(
      as(aDraft().with({ ...with_('auditor'), deeds: [{ known: true, deed: 'ran-a-job', person: 50 }] }), 50),
    ).toBe('stranger');
  });

  test('a co-author is an author, an author who left is nobody', () => {
    const story = aDraft().does('author', 'name-co-author', { person: P.coAuthor });
    expect(see(story, 'coAuthor').as).toBe('author');
    story.with({ people: { ...PEOPLE, [P.author]: { id: P.author, roles: [], orgs: [] } } });
    expect(see(story, 'author').as).toBe('stranger');
  });
});

describe('leaks:', () => {
  test('while reviews are blind nobody sees what another checker does, nor who was first', () => {
    const story = aRequest('submitted').with({ hints: [{ id: 'w', check: 'C7', severity: 'warn' }] });
    const before = (['author', 'member', 'checkerB', 'checkerC'] as const).map((who) => saw(story, who));
    story
      .says('checkerA', 'tables', 'public')
      .says('checkerA', 'tables', 'private')
      .does('checkerA', 'resolve-hint', { hint: 'w', reason: 'x' });
    story.reviews('checkerA', 'changes');
    expect((['author', 'member', 'checkerB', 'checkerC'] as const).map((who) => saw(story, who))).toEqual(
      before,
    );
    for (const who of ['author', 'checkerB', 'owner'] as const) {
      expect(visibleComments(story.now, see(story, who))).toEqual([]);
      expect(visibleGrades(story.now, see(story, who))).toEqual([]);
      expect(visibleResolutions(story.now, see(story, who))).toEqual([]);
      expect(decisionShown(story.now, story.now.files[0]!, {}, see(story, who))).toBeUndefined();
    }
    expect(visibleGrades(story.now, see(story, 'checkerA'))).toHaveLength(2);
    expect(visibleResolutions(story.now, see(story, 'checkerA'))).toHaveLength(1);
  });

  test('the author’s edits void grades without a trace of them for the author', () => {
    const story = aRequest('submitted');
    for (const who of ['checkerA', 'checkerB'] as const) {
      story.grades(who, 'approve', 'a.csv').grades(who, 'changes', 'b.csv').says(who).signs(who);
    }
    story.does('checkerA', 'return', {}).adds('c.csv').explains();
    const types = saw(story, 'author').map(({ type }) => type);
    expect(types).toEqual(
      expect.arrayContaining(['REQUEST_RETURN', 'REQUEST_EDIT', 'REQUEST_FILE_ADD', 'REQUEST_REVIEW']),
    );
    for (const type of types)
      expect(type).not.toMatch(
        /_(APPROVE|REJECT|REQUEST_CHANGES|CARRY|UNDECIDED|RESET_REVIEW|CONFIRM|CLAIM)$/,
      );
    expect(saw(story, 'checkerC').map(({ type }) => type)).toContain('REQUEST_FILE_CARRY');
    expect(visibleGrades(story.now, see(story, 'author'))).toEqual([]);
  });

  test('an entry is shown without number, verdict, record or approvals', () => {
    const story = aRequest('released');
    for (const entry of saw(story, 'checkerA')) {
      expect(Object.keys(entry)).not.toEqual(expect.arrayContaining(['seq']));
      for (const key of ['seq', 'verdict', 'record', 'approvals', 'decisions', 'key', 'sha256'])
        expect(entry).not.toHaveProperty(key);
    }
    expect(saw(story, 'author').find(({ type }) => type === 'REQUEST_APPROVE')).toMatchObject({
      by: undefined,
      to: 'approved',
    });
    expect(saw(story, 'checkerB').find(({ type }) => type === 'REQUEST_CLAIM')).toMatchObject({
      by: undefined,
      of: P.checkerB,
    });
  });

  test('a disagreement is told the author as changes needed, when the turn is over', () => {
    const story = aRequest('reviewing').reviews('checkerB', 'changes');
    const shown = (who: Name) =>
      decisionShown(
        story.now,
        story.now.files[0]!,
        decisions(story.now, story.facts, story.policy),
        see(story, who),
      );
    expect([shown('author'), shown('member'), shown('checkerC'), shown('stranger')]).toEqual([
      undefined,
      undefined,
      'conflicted',
      undefined,
    ]);
    story.does('checkerA', 'return', {});
    expect([shown('author'), shown('member'), shown('checkerC'), shown('stranger')]).toEqual([
      'changes',
      'changes',
      'conflicted',
      undefined,
    ]);
    story.explains('tables', 'Explained anew.');
    expect(shown('author')).toBe('incomplete');
  });

  test('a supporting file has no decision of its own', () => {
    const story = aRequest('consolidating');
    expect(
      decisionShown(
        story.now,
        story.now.files[2]!,
        decisions(story.now, story.facts, story.policy),
        see(story, 'checkerA'),
      ),
    ).toBe('incomplete');
  });

  test('a broken-off turn is sealed for good, its own authors included, but for the auditor', () => {
    const story = aRequest('submitted')
      .says('checkerA', 'tables', 'public', 'c1')
      .says('checkerA', 'tables', 'private', 'c2');
    story.reviews('checkerA', 'changes').does('checkerB', 'return', { category: 'wrong-files' });
    for (const step of [
      () => story,
      () => story.does('author', 'submit', {}),
      () => story.reviews('checkerA', 'approve').reviews('checkerB', 'approve').uploads(),
    ]) {
      step();
      for (const who of ['author', 'member', 'checkerA', 'checkerB', 'checkerC'] as const) {
        expect(visibleComments(story.now, see(story, who))).toEqual([]);
        expect(
          saw(story, who).filter(({ turn, type }) => turn === 1 && !/EARLY_RETURN|CLAIM/.test(type)),
        ).toEqual([]);
      }
      expect(visibleComments(story.now, see(story, 'owner')).map(({ id }) => id)).toEqual(
        expect.arrayContaining(['c1', 'c2']),
      );
    }
    expect(saw(story, 'author').find(({ type }) => type === 'REQUEST_EARLY_RETURN')).toMatchObject({
      by: P.checkerB,
      category: 'wrong-files',
    });
  });

  test('a deleted or published comment is an entry that is seen like the comment', () => {
    const story = aRequest('consolidating')
      .says('checkerA', 'tables', 'private', 'c1')
      .does('checkerA', 'delete-comment', { id: 'c1' });
    story
      .says('checkerA', 'tables', 'private', 'c2')
      .does('checkerA', 'publish-comment', { id: 'c2' })
      .does('checkerA', 'return', {});
    const about = (who: Name, id: string) =>
      saw(story, who)
        .filter(({ comment }) => comment === id)
        .map(({ type }) => type)
        .reverse();
    expect(about('author', 'c1')).toEqual([]);
    expect(about('checkerB', 'c1')).toEqual(['REQUEST_COMMENT', 'REQUEST_COMMENT_DELETE']);
    expect(about('author', 'c2')).toEqual(['REQUEST_COMMENT_VISIBILITY_PUBLIC']);
    expect(visibleComments(story.now, see(story, 'author')).map(({ id }) => id)).toContain('c2');
  });

  test('the first of two signatures under a recall or a part is the checkers’ affair', () => {
    const story = aRequest('released').does('checkerA', 'revoke', { file: 1, category: 'disclosure' });
    expect(saw(story, 'author').map(({ type }) => type)).not.toContain('REQUEST_FILE_REVOKE');
    expect(saw(story, 'checkerB').map(({ type }) => type)).toContain('REQUEST_FILE_REVOKE');
    story.does('checkerB', 'revoke', { file: 1, category: 'disclosure' });
    expect(saw(story, 'author')[0]).toMatchObject({
      type: 'REQUEST_FILE_REVOKE',
      category: 'disclosure',
      path: 'a.csv',
    });
  });

  test('what a schedule did says so', () => {
    const story = aDraft()
      .does({ ...onGitHub('author'), automated: true } as never, 'submit', {})
      .does(AIRLOCK, 'assign', { checker: P.checkerA });
    expect(saw(story, 'member')[0]).toMatchObject({
      type: 'REQUEST_SUBMIT',
      by: P.author,
      automated: true,
      of: undefined,
    });
  });

  test('an author’s exceptions and answers are read by all once submitted, newest comments come first', () => {
    const story = aDraft()
      .with({ hints: [{ id: 'b', check: 'C5', severity: 'block' }] })
      .does('author', 'except-hint', { hint: 'b', reason: 'Public.' });
    story.says('author', 'tables', 'public', 'c1').says('author', 'tables', 'public', 'c2');
    expect(visibleResolutions(story.now, see(story, 'checkerA'))).toEqual([]);
    story.does('author', 'submit', {});
    expect(visibleResolutions(story.now, see(story, 'checkerA'))).toHaveLength(1);
    expect(visibleComments(story.now, see(story, 'checkerA')).map(({ id }) => id)).toEqual(['c2', 'c1']);
  });
});
