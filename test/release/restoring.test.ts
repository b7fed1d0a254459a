/** A request whose record went back to an earlier state: nothing of before lets anything out. */
import { describe, expect, test } from '@jest/globals';
import { STATES, whyNotSent, type State } from '../../src/release/release.ts';
import { AIRLOCK, aHash, aRequest, P, type Story } from './world.ts';
import { partReleased, proposed } from './refused/scenes.ts';

const EPOCH = 500_000;
const hashes = { 'a.csv': aHash('a.csv'), 'b.csv': aHash('b.csv') };

/** As after any return: the author answers, both look again, and sign. */
function again(story: Story): Story {
  story.says('author').does('author', 'submit', {});
  for (const who of ['checkerA', 'checkerB'] as const) story.reviews(who, 'approve');
  return story;
}

test.each<[State, State]>(
  STATES.map((state) => [
    state,
    ['submitted', 'reviewing', 'consolidating', 'approved'].includes(state) ? 'returned' : state,
  ]),
)('%s is %s after a restore, and says so to everybody', (state, after) => {
  const story = aRequest(state).restored(EPOCH);
  expect([story.state, story.now.epoch]).toEqual([after, EPOCH]);
  expect(story.entries.at(-1)).toMatchObject({ type: 'REQUEST_RESTORE', visibility: 'open', by: AIRLOCK });
  story.agrees();
});

describe('what was said before a restore', () => {
  test('is sealed where it was blind, and counts for nothing', () => {
    const story = aRequest('reviewing').restored(EPOCH);
    expect(story.now).toMatchObject({ sealedTurns: [1], turn: 2, grades: [], returnedEarly: true });
    story.does('author', 'submit', {});
    expect(story.code('checkerA', 'sign', { verdict: 'submit' })).toBe('release.not-opened');
  });

  test('let something be queued: it does not leave, and leaves only when all of it was done again', () => {
    const story = aRequest('approved').restored(EPOCH);
    expect(story.now.batches.map(({ state }) => state)).toEqual(['halted']);
    expect(story.code(AIRLOCK, 'start-upload', { batch: 1, hashes })).toBe('release.batch-state');
    story.says('author').does('author', 'submit', {});
    // Approved by both before: shown to them, and to be confirmed with open eyes.
    expect(story.gradesOf('checkerA')).toEqual(['a.csv approve carried', 'b.csv approve carried']);
    expect(story.code('checkerA', 'confirm-grade', { group: 'tables' })).toBe('release.not-opened');
    for (const who of ['checkerA', 'checkerB'] as const) story.reviews(who, 'approve');
    const number = EPOCH + 1;
    expect(story.now.batches.map((batch) => batch.number)).toEqual([1, number]);
    expect(story.uploads(number).state).toBe('released');
  });

  test('had begun to leave: nothing further does, and what arrived is written down', () => {
    const story = aRequest('releasing');
    story
      .does(AIRLOCK, 'confirm-upload', { batch: 1, path: 'a.csv', sha256: aHash('a.csv') })
      .restored(EPOCH);
    const why = whyNotSent(story.now, { batch: 1, path: 'b.csv' }, story.facts, story.policy);
    expect(why?.code).toBe('release.approvals-lapsed');
    story.does(AIRLOCK, 'confirm-upload', { batch: 1, path: 'b.csv', sha256: aHash('b.csv') });
    expect(story.state).toBe('released');
  });

  test('was a part that waited: it is stopped, whether the rest was back with its author or given up', () => {
    expect(partReleased().restored(EPOCH).now).toMatchObject({
      state: 'returned',
      turn: 2,
      batches: [{ state: 'halted' }],
    });
    const given = partReleased().does('author', 'withdraw-file', { path: 'b.csv' });
    expect(given.state).toBe('releasing');
    expect(given.restored(EPOCH)).toMatchObject({ state: 'returned' });
    expect(again(given.adds('c.csv')).state).toBe('approved');
  });

  test('was the first of two signatures: the second alone does nothing', () => {
    const part = proposed('public').restored(EPOCH);
    expect(part.now.proposedPart).toBeNull();
    const recall = aRequest('released').does('checkerA', 'revoke', { file: 1, category: 'disclosure' });
    recall.restored(EPOCH).does('owner', 'revoke', { file: 1, category: 'disclosure' });
    expect(recall.now.batches[0]?.files[0]?.revoked).toBe(false);
  });

  test('cannot come back to an author who has begun another request here', () => {
    expect(aRequest('approved').restored(EPOCH, true).state).toBe('withdrawn');
    // The rest of it was given up, which makes room for another.
    const part = partReleased().does('author', 'withdraw-file', { path: 'b.csv' });
    expect(part.restored(EPOCH, true).now).toMatchObject({
      state: 'withdrawn',
      batches: [{ state: 'halted' }],
    });
  });
});

test('a second restore goes on counting from the first', () => {
  const twice = aRequest('approved')
    .restored(EPOCH)
    .restored(EPOCH + 60);
  expect(twice.now.epoch).toBe(EPOCH + 60);
  expect(again(twice).now.batches.at(-1)?.number).toBe(EPOCH + 61);
});

test('a release can be halted though its author has begun another request', () => {
  const story = aRequest('approved').with({ activeRequest: 'request-2' });
  story.does('checkerA', 'halt', { batch: 1 });
  expect(story.now).toMatchObject({ state: 'withdrawn', batches: [{ state: 'halted' }] });
  const part = partReleased().does('author', 'withdraw-file', { path: 'b.csv' });
  part.with({ activeRequest: 'request-2' }).does('checkerA', 'halt', { batch: 1 });
  expect(part.now).toMatchObject({ state: 'withdrawn', batches: [{ state: 'halted' }] });
  const alone = aRequest('approved').does('checkerA', 'halt', { batch: 1 });
  expect([alone.state, alone.now.author]).toEqual(['consolidating', P.author]);
});
