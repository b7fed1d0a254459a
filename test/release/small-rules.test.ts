/** Views, file marks, safe names, figures, chains: small rules with small tables. */
import { describe, expect, test } from '@jest/globals';
import {
  brokenAt,
  CHAIN_START,
  chained,
  CONTENT_OF,
  decisionDays,
  decisionsIn,
  figuresOfSteps,
  DEFAULT_POLICY,
  fileStatus,
  isOverdue,
  isSafePath,
  keyDigest,
  reviewRecord,
  suffixOf,
  unread,
  viewCounts,
  WESTERN,
  words,
  workingDaysBetween,
  type EntryOf,
  type View,
} from '../../src/release/release.ts';
import { days, hours } from '../../src/lib/clock.ts';
import { aDraft, aHash, aRequest, aSession, AT, aView, inViewer, P } from './world.ts';

describe('a look counts as having seen a file', () => {
  const zone = { ...DEFAULT_POLICY, trust: 'zone' as const };
  const counts = (more: Partial<View>, policy = DEFAULT_POLICY) =>
    viewCounts(aView(P.checkerA, 'hash', more), P.checkerA, 'hash', policy);

  test('when the page drew it after its last byte', () => {
    expect(counts({})).toBe(true);
    expect(counts({ size: 0, sent: 0 })).toBe(true);
  });

  test.each<[string, Partial<View>]>([
    ['a preview', { purpose: 'preview' }],
    ['a prefetch', { purpose: 'prefetch' }],
    ['a download', { purpose: 'download' }],
    ['HEAD', { method: 'HEAD' }],
    ['a range, even of everything', { range: true }],
    ['one byte less', { sent: 9 }],
    ['a page that never drew it', { shown: false }],
    ['other bytes', { sha256: 'other' }],
    ['the session of another person', { session: aSession(P.checkerB) }],
  ])('but not %s', (_case, more) => {
    expect(counts(more)).toBe(false);
  });

  test('in a zone of its own trust with a passkey only', () => {
    expect(counts({}, zone)).toBe(false);
    expect(counts({ session: aSession(P.checkerA, { strength: 'passkey' }) }, zone)).toBe(true);
  });

  test('and what is still unread is told by number, supporting files included', () => {
    const story = aRequest('submitted').with({ views: [aView(P.checkerA, aHash('a.csv'))] });
    expect(unread(P.checkerA, story.now, story.facts, story.policy)).toEqual([2, 3]);
  });
});

describe('a file of the workspace is', () => {
  const story = aRequest('returned')
    .does('author', 'withdraw-file', { path: 'b.csv' })
    .writes('notes.txt', 'new')
    .writes('c.csv');
  const status = (path: string, released: string[] = []) =>
    fileStatus(path, story.now, { ...story.facts, released });

  test.each<[string, string, string[], string]>([
    ['invalid when it is not listed', 'none.csv', [], 'invalid'],
    ['released by its bytes', 'c.csv', [aHash('c.csv')], 'released'],
    ['unreleased', 'c.csv', [], 'unreleased'],
    ['withdrawn', 'b.csv', [], 'withdrawn'],
    ['under review', 'a.csv', [], 'under-review'],
    ['updated on disk', 'notes.txt', [], 'updated'],
  ])('%s', (_case, path, released, expected) => {
    expect(status(path, released)).toBe(expected);
  });

  test('marked without any request too, and by what this request released', () => {
    expect(fileStatus('c.csv', undefined, story.facts)).toBe('unreleased');
    expect(fileStatus('c.csv', undefined, { ...story.facts, released: [aHash('c.csv')] })).toBe('released');
    const out = aRequest('approved');
    expect(fileStatus('a.csv', out.now, out.facts)).toBe('released');
    out.does('checkerA', 'halt', { batch: 1 });
    expect(fileStatus('a.csv', out.now, out.facts)).toBe('under-review');
    const recalled = aRequest('revoked');
    expect(fileStatus('a.csv', recalled.now, recalled.facts)).toBe('under-review');
  });
});

describe('names', () => {
  test.each(['a.csv', 'deep/er/a b.csv', 'ünï.csv', 'a..b.csv'])('%p may be asked for', (path) => {
    expect(isSafePath(path)).toBe(true);
  });

  test.each([
    '',
    '/a.csv',
    '../a.csv',
    'a/../b',
    'a//b',
    '.hidden',
    'a/.git/config',
    'a\\b',
    'a\u0000b',
    'a\u202eb',
    'x'.repeat(501),
  ])('%p may not', (path) => {
    expect(isSafePath(path)).toBe(false);
  });

  test('tell their type in lower case', () => {
    expect(['A.CSV', 'a.tar.gz', 'dir.d/file', 'file.'].map(suffixOf)).toEqual(['csv', 'gz', '', '']);
    for (const type of DEFAULT_POLICY.types) expect(CONTENT_OF[type]).toBeDefined();
  });

  test('are listed up to five', () => {
    expect([words.some([1, 2]), words.some(['a', 'b', 'c', 'd', 'e', 'f'])]).toEqual([
      '1, 2',
      'a, b, c, d, e and 1 more',
    ]);
  });
});

describe('waiting', () => {
  test('is counted in working days, with holidays', () => {
    const monday = Date.parse('2027-03-01T23:00Z');
    const count = (to: string, holidays: string[] = []) =>
      workingDaysBetween(monday, Date.parse(to), { ...WESTERN, holidays });
    expect([count('2027-03-01T23:59Z'), count('2027-03-02T00:00Z'), count('2027-03-08T09:00Z')]).toEqual([
      0, 1, 5,
    ]);
    expect(count('2027-03-08T09:00Z', ['2027-03-03'])).toBe(4);
  });

  test('is overdue after five of them, while checkers have it', () => {
    const overdue = (state: 'draft' | 'submitted' | 'returned', later: number) => {
      const story = aRequest(state);
      return isOverdue(story.now, AT + days(later), story.policy, WESTERN);
    };
    expect([
      overdue('submitted', 7),
      overdue('submitted', 8),
      overdue('returned', 8),
      overdue('draft', 8),
    ]).toEqual([false, true, false, false]);
  });

  test('is measured from submission to decision, turn by turn', () => {
    const story = aDraft().does('author', 'submit', {}).later(days(1));
    story
      .does('checkerA', 'return', { category: 'author-asked' })
      .does('author', 'submit', {})
      .later(hours(12));
    expect(decisionsIn(story.entries)).toEqual([]);
    for (const who of ['checkerA', 'checkerB'] as const) {
      story
        .does(who, 'claim', {})
        .opens(who)
        .grades(who, 'approve', 'a.csv')
        .grades(who, 'changes', 'b.csv')
        .says(who)
        .signs(who);
    }
    story
      .does('checkerA', 'propose-part', { paths: ['a.csv'] })
      .does(inViewer('checkerB', { signedInAt: story.facts.at }), 'confirm-part', {});
    expect(decisionsIn(story.entries).map(({ from, to }) => Math.floor((to - from) / hours(1)))).toEqual([
      12,
    ]);
    const other = aRequest('rejected');
    expect([...decisionsIn(other.entries), ...decisionsIn(aRequest('approved').entries)]).toHaveLength(2);
    expect(decisionsIn(aRequest('approved').entries.filter(({ type }) => type !== 'REQUEST_SUBMIT'))).toEqual(
      [],
    );
  });

  test('has a median and a 90th percentile of working days, from ten decisions on', () => {
    const monday = Date.parse('2027-03-01T09:00Z');
    const after = (...took: number[]) => took.map((n) => ({ from: monday, to: monday + days(n) }));
    const nine = after(11, 1, 2, 3, 0, 4, 7, 8, 10);

    expect(decisionDays([], WESTERN)).toEqual({ decided: 0, median: null, p90: null });
    expect(decisionDays(nine, WESTERN)).toEqual({ decided: 9, median: null, p90: null });
    // Weekends do not count: 28 days later are 20 working days.
    expect(decisionDays([...nine, ...after(28)], WESTERN)).toEqual({ decided: 10, median: 4, p90: 9 });
    expect(decisionDays([...nine, ...after(28)], { ...WESTERN, holidays: ['2027-03-02'] }).median).toBe(3);
  });

  test('belongs to the request that was submitted: what happens to another decides nothing of it', () => {
    const at = (n: number) => Date.parse('2027-03-01T09:00Z') + days(n);
    const steps = Array.from({ length: 10 }, (_, n) => [
      { request: `r${n}`, type: 'REQUEST_SUBMIT' as const, at: at(0) },
      { request: `r${n}`, type: 'REQUEST_APPROVE' as const, at: at(2) },
      { request: `s${n}`, type: 'REQUEST_APPROVE' as const, at: at(4) },
    ]).flat();
    expect(figuresOfSteps(steps, WESTERN)).toEqual({ decided: 10, median: 2, p90: 2 });
  });
});

describe('a chain of entries', () => {
  const links = () => {
    let previous = CHAIN_START;
    return aRequest('approved').entries.map((entry) => {
      const link = chained(entry, previous);
      previous = link.hash;
      return link;
    });
  };

  test('holds', () => {
    expect(brokenAt(links())).toBeUndefined();
  });

  test('shows where an entry was changed, lost or swapped', () => {
    const changed = links();
    changed[3] = { ...changed[3]!, entry: { ...changed[3]!.entry, at: 0 } };
    expect(brokenAt(changed)).toBe(3);
    expect(brokenAt(links().toSpliced(3, 1))).toBe(3);
    const [first, second, ...rest] = links();
    expect(brokenAt([second!, first!, ...rest])).toBe(0);
  });
});

test('a review is one text that names each grade with its key', () => {
  const review = aRequest('reviewing').entries.find(
    ({ type }) => type === 'REQUEST_REVIEW',
  ) as EntryOf<'REQUEST_REVIEW'>;
  const text = reviewRecord(review);
  expect(text).toBe(reviewRecord({ ...review, record: review.record.toReversed() }));
  expect(JSON.parse(text)).toMatchObject({
    checker: P.checkerA,
    grades: review.record.map(({ path, grade, key }) => ({
      path,
      grade,
      key: keyDigest('request-1', path, P.checkerA, key),
    })),
  });
});
