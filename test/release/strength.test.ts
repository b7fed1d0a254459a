/** A zone that begins to ask for passkeys, whatever was done before: nothing else counts at any later step. */
import { describe, expect, test } from '@jest/globals';
import { isToGiveAgain, ungraded, unread, validReviews, whyNotSent } from '../../src/release/release.ts';
import {
  AIRLOCK,
  aDraft,
  aHash,
  aRequest,
  aSession,
  aView,
  inViewer,
  onGitHub,
  P,
  type Story,
} from './world.ts';

const BOTH = ['checkerA', 'checkerB'] as const;
const key = (who: (typeof BOTH)[number] | 'checkerC') => inViewer(who, { strength: 'passkey' });
const PATHS = ['a.csv', 'b.csv'];

/** With their passkey, to the end of every file. */
function gives(story: Story, who: (typeof BOTH)[number]): Story {
  story.opensBy(who, 'passkey');
  for (const path of PATHS) story.does(key(who), 'grade', { path, grade: 'approve' });
  return story;
}

/** Both have signed; a person is still to say that it leaves. */
const discussed = () =>
  aRequest('reviewing', { confirm: true }).reviews('checkerB', 'approve').trusts('zone');

describe('when a zone begins to ask for passkeys', () => {
  test('grades given without one wait to be given again, and no signature covers them', () => {
    const story = aRequest('submitted').grades('checkerA', 'approve').trusts('zone');
    expect(story.code(onGitHub('checkerA'), 'sign', { verdict: 'submit' })).toBe('release.not-opened');

    story.opensBy('checkerA', 'passkey');
    expect(story.code(onGitHub('checkerA'), 'sign', { verdict: 'submit' })).toBe('release.ungraded');
    expect(story.now.grades.every((each) => isToGiveAgain(each, story.policy))).toBe(true);
    expect(story.code('checkerA', 'confirm-grade', { group: 'tables' })).toBe('release.passkey-needed');

    story.does(key('checkerA'), 'confirm-grade', { group: 'tables' });
    expect(story.now.grades.some((each) => isToGiveAgain(each, story.policy))).toBe(false);
    expect(story.signs('checkerA').state).toBe('reviewing');
  });

  test('what was not an approval is given again as what it was', () => {
    const story = aRequest('submitted')
      .grades('checkerA', 'reject', 'a.csv')
      .grades('checkerA', 'changes', 'b.csv')
      .trusts('zone')
      .opensBy('checkerA', 'passkey')
      .does(key('checkerA'), 'confirm-grade', { path: 'a.csv' })
      .does(key('checkerA'), 'confirm-grade', { path: 'b.csv' });
    expect(story.gradesOf('checkerA')).toEqual(['a.csv reject', 'b.csv changes']);
    expect(ungraded(story.now, P.checkerA, story.policy)).toEqual([]);
  });

  test('a grade given with one rests on a look without one: it does not count either', () => {
    const story = aRequest('submitted');
    for (const path of PATHS) story.does(key('checkerA'), 'grade', { path, grade: 'approve' });
    expect(ungraded(story.now, P.checkerA, story.policy)).toEqual([]);
    story.trusts('zone');
    expect(ungraded(story.now, P.checkerA, story.policy).map(({ path }) => path)).toEqual(PATHS);
  });

  test('nor does a review whose supporting files were looked at without one', () => {
    const story = aRequest('submitted').trusts('hub');
    const session = aSession(P.checkerA, { strength: 'passkey' });
    story.with({
      views: [
        ...PATHS.map((path) => aView(P.checkerA, aHash(path), { session })),
        aView(P.checkerA, aHash('notes.txt')),
      ],
    });
    for (const path of PATHS) story.does(key('checkerA'), 'grade', { path, grade: 'approve' });
    story.signs('checkerA').trusts('zone');
    expect(story.now.reviews).toMatchObject([{ checker: P.checkerA, strength: 'github', work: 'code' }]);
    expect(validReviews(story.now, story.facts, story.policy)).toEqual([]);
    expect(unread(P.checkerA, story.now, story.facts, story.policy)).toEqual([3]);
  });

  test('a review signed before is not the first of two: the other checker’s is', () => {
    const story = aRequest('reviewing').trusts('zone');
    expect(gives(story, 'checkerB').signs('checkerB').state).toBe('reviewing');
    expect(story.code(onGitHub('checkerA'), 'sign', { verdict: 'submit' })).toBe('release.not-opened');
    expect(gives(story, 'checkerA').signs('checkerA').state).toBe('approved');
  });

  test('nothing that is discussed is queued on what was said before', () => {
    const story = discussed();
    expect(story.code(key('checkerA'), 'queue-release', {})).toBe('release.not-all-approved');
    for (const who of BOTH) gives(story, who).signs(who);
    expect(story.code('checkerA', 'queue-release', {})).toBe('release.passkey-needed');
    story.does(key('checkerA'), 'queue-release', {});
    expect(story.now.batches[0]?.files[0]?.approvals.map(({ strength }) => strength)).toEqual([
      'passkey',
      'passkey',
    ]);
  });

  test('what was queued before does not start; halted and checked again it leaves', () => {
    const story = aRequest('approved').trusts('zone');
    const hashes = Object.fromEntries(PATHS.map((path) => [path, aHash(path)]));
    expect(story.code(AIRLOCK, 'start-upload', { batch: 1, hashes })).toBe('release.approvals-lapsed');
    story.does('checkerA', 'halt', { batch: 1 });
    for (const who of BOTH) gives(story, who).signs(who);
    story.does(key('checkerB'), 'queue-release', {});
    expect(story.uploads(2).state).toBe('released');
  });

  test('of a batch under way no further file is handed out, and only what was handed out is confirmed', () => {
    const story = aRequest('releasing');
    const why = (path: string) =>
      whyNotSent(story.now, { batch: 1, path }, story.facts, story.policy)?.code ?? 'it is sent';
    const arrives = (path: string, handedOut?: boolean) =>
      story.code(AIRLOCK, 'confirm-upload', {
        batch: 1,
        path,
        sha256: aHash(path),
        ...(handedOut && { handedOut }),
      });
    expect(PATHS.map(why)).toEqual(['it is sent', 'it is sent']);

    story.trusts('zone');
    expect(PATHS.map(why)).toEqual(['release.approvals-lapsed', 'release.approvals-lapsed']);
    expect(arrives('b.csv')).toBe('release.approvals-lapsed');
    // a.csv left before: that it did is written down, so that it can be recalled.
    expect(arrives('a.csv', true)).toBe('it happened');
    expect(story.now.batches[0]?.files.map(({ uploaded }) => uploaded)).toEqual([true, false]);
  });

  test('a part proposed without one is not confirmed', () => {
    const story = aRequest('submitted');
    for (const who of BOTH) {
      story.opensBy(who, 'passkey');
      story.does(key(who), 'grade', { path: 'a.csv', grade: 'approve' });
      story.does(key(who), 'grade', { path: 'b.csv', grade: 'changes' });
      story.says(who).signs(who);
    }
    const agrees = () => story.code(key('checkerB'), 'confirm-part', {});
    story.does('checkerA', 'propose-part', { paths: ['a.csv'] }).trusts('zone');
    expect(agrees()).toBe('release.part-none');
    expect(story.code('checkerA', 'propose-part', { paths: ['a.csv'] })).toBe('release.passkey-needed');
    story.does(key('checkerA'), 'propose-part', { paths: ['a.csv'] });
    expect(agrees()).toBe('it happened');
  });

  test('an arbiter settles nothing with what they said without one', () => {
    const story = aRequest('submitted', { confirm: true });
    for (const [who, grade] of [
      ['checkerA', 'approve'],
      ['checkerB', 'changes'],
      ['checkerC', 'approve'],
    ] as const) {
      if (who === 'checkerC') story.does(who, 'claim', {});
      story.opensBy(who, 'passkey');
      for (const path of PATHS) story.does(key(who), 'grade', { path, grade });
      story.says(who).signs(who);
    }
    story.does('checkerC', 'arbitrate', { reason: 'It is rounded.' }).trusts('zone');
    const queues = () => story.code(key('checkerA'), 'queue-release', {});
    expect(queues()).toBe('release.not-all-approved');
    story.does(key('checkerC'), 'arbitrate', { reason: 'It is rounded.' });
    expect(queues()).toBe('it happened');
  });

  test('a checker answers warnings with theirs, an author as before', () => {
    const hints = [{ id: 'h', check: 'C7', severity: 'warn' as const }];
    const draft = aDraft({ trust: 'zone' }).with({ hints });
    const answers = { hint: 'h', reason: 'Seen.' };
    draft.does('author', 'resolve-hint', answers).does('author', 'submit', {}).trusts('hub');
    draft.does('checkerA', 'claim', {}).does('checkerA', 'resolve-hint', answers).trusts('zone');
    expect(draft.code('checkerA', 'resolve-hint', answers)).toBe('release.passkey-needed');
    gives(draft, 'checkerA');
    expect(draft.code(onGitHub('checkerA'), 'sign', { verdict: 'submit' })).toBe('release.open-hints');
    draft.does(key('checkerA'), 'resolve-hint', answers);
    expect(draft.signs('checkerA').state).toBe('reviewing');
  });

  test('a zone that trusts its hub again counts everything again', () => {
    expect(discussed().trusts('hub').code('checkerA', 'queue-release', {})).toBe('it happened');
  });
});

test('bytes are handed out only while their batch is under way', () => {
  const why = (story: Story, batch: number, path: string) =>
    whyNotSent(story.now, { batch, path }, story.facts, story.policy)?.code;
  expect(why(aRequest('approved'), 1, 'a.csv')).toBe('release.batch-state');
  expect(why(aRequest('releasing'), 2, 'a.csv')).toBe('release.unknown-batch');
  expect(why(aRequest('releasing'), 1, 'z.csv')).toBe('release.unknown-file');
  expect(why(aRequest('releasing').with({ frozen: true }), 1, 'a.csv')).toBe('release.frozen');
  const stopped = aRequest('releasing');
  for (const who of ['operator1', 'operator2'] as const)
    stopped.does(who, 'close-by-operators', { to: 'withdrawn', reason: 'Stuck.' });
  expect(why(stopped, 1, 'a.csv')).toBe('release.batch-state');
});

test('where the code is asked for it signs on GitHub; in the viewer nobody types it', () => {
  const asked = () =>
    aRequest('submitted', { signingCode: 'required' })
      .grades('checkerA', 'approve')
      .with({ signingCode: 'abc' });
  expect(asked().code(onGitHub('checkerA'), 'sign', { verdict: 'submit', code: 'abc' })).toBe('it happened');
  expect(asked().code('checkerA', 'sign', { verdict: 'submit' })).toBe('it happened');
});
