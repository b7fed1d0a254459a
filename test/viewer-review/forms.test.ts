/** What forms and addresses of the review pages mean, without a browser. */
import { expect, test } from '@jest/globals';
import { renderToString } from 'preact-render-to-string';
import { h } from 'preact';
import type { QueueRow } from '../../agent/airlock/face.ts';
import { countingIds } from '../../src/lib/ids.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import type { Form } from '../../web/airlock/parts.ts';
import { filtered, filterOf, type ActivityRow } from '../../web/airlock/review/activity-page.tsx';
import { kindOf, sayingOf } from '../../web/airlock/review/activity-words.ts';
import { commandOf, DEEDS } from '../../web/airlock/review/deeds.ts';
import { groupUrl, placeHash, readAnchor } from '../../web/airlock/review/links.ts';
import { Markdown } from '../../web/airlock/review/markdown.tsx';
import { figuresOf, ordered, wishOf } from '../../web/airlock/review/queue-order.ts';

const BY = { kind: 'person', id: 7 } as const;

function formOf(fields: Record<string, string | string[]>): Form {
  const all = (name: string): string[] => [fields[name] ?? []].flat();
  const first = (name: string): string => all(name)[0] ?? '';
  return { text: (name) => first(name).trim(), long: first, all, has: (name) => name in fields };
}

const asked = (deed: string, fields: Record<string, string | string[]> = {}) =>
  commandOf(deed, formOf(fields), BY, countingIds());

test.each([
  ['claim', {}, {}],
  ['unclaim', {}, {}],
  ['grade', { path: 'a.csv', grade: 'reject' }, { path: 'a.csv', grade: 'reject' }],
  ['grade-group', { group: 'g' }, { group: 'g' }],
  ['confirm-grade', { path: 'a.csv' }, { path: 'a.csv' }],
  ['confirm-grade', { group: 'g' }, { group: 'g' }],
  ['clear-grade', { path: 'a.csv' }, { path: 'a.csv' }],
  ['reset-grades', {}, {}],
  ['sign', {}, { verdict: 'submit' }],
  ['arbitrate', { reason: ' because ' }, { reason: 'because' }],
  ['return', { category: 'wrong-files' }, { category: 'wrong-files' }],
  ['return', { category: 'whatever' }, { category: undefined }],
  ['close-request', { category: 'unsafe', reason: ' ' }, { category: 'unsafe', reason: undefined }],
  ['propose-part', { path: ['a', 'b'] }, { paths: ['a', 'b'] }],
  ['confirm-part', {}, {}],
  ['queue-release', {}, {}],
  ['halt', { batch: '2' }, { batch: 2 }],
  [
    'revoke',
    { file: '3', category: 'disclosure', reason: 'x' },
    { file: 3, category: 'disclosure', reason: 'x' },
  ],
  ['close-by-operators', { to: 'rejected', reason: 'stuck' }, { to: 'rejected', reason: 'stuck' }],
  ['resolve-hint', { hint: 'h1', reason: 'fine' }, { hint: 'h1', reason: 'fine' }],
  ['except-hint', { hint: 'h1', reason: 'fine' }, { hint: 'h1', reason: 'fine' }],
  [
    'set-role',
    { path: 'a.csv', column: 'n', as: 'other', reason: ' years ' },
    { path: 'a.csv', column: 'n', as: 'other', reason: 'years' },
  ],
  ['clear-role', { path: 'a.csv', column: 'n' }, { path: 'a.csv', column: 'n' }],
  [
    'close-incident',
    { incident: '1', outcome: 'contained', reason: 'gone' },
    { incident: 1, outcome: 'contained', reason: 'gone' },
  ],
  ['delete-comment', { comment: 'c1' }, { id: 'c1' }],
  ['publish-comment', { comment: 'c1' }, { id: 'c1' }],
])('the form for %s asks for that and nothing else', (deed, fields, expected) => {
  expect(asked(deed, fields as Record<string, string>)).toEqual({ type: deed, by: BY, ...expected });
});

test.each([
  ['grade', { path: 'a.csv', grade: 'undecided' }],
  ['grade', { grade: 'approve' }],
  ['grade-group', {}],
  ['confirm-grade', {}],
  ['clear-grade', {}],
  ['close-request', { category: 'mood' }],
  ['halt', { batch: '1e3' }],
  ['revoke', { file: '0', category: 'disclosure' }],
  ['revoke', { file: '1', category: 'mood' }],
  ['close-by-operators', { to: 'released', reason: 'x' }],
  ['resolve-hint', { reason: 'x' }],
  ['set-role', { path: 'a.csv', as: 'other', reason: 'x' }],
  ['set-role', { path: 'a.csv', column: 'n', as: 'people', reason: 'x' }],
  ['clear-role', { column: 'n' }],
  ['close-incident', { incident: '0', outcome: 'contained', reason: 'x' }],
  ['close-incident', { incident: '1', outcome: 'forgotten', reason: 'x' }],
  ['comment', { text: 'x' }],
])('a form for %s that misses its point is refused', (deed, fields) => {
  const answer = asked(deed, fields as Record<string, string>);
  expect(isRefusal(answer) && answer.code).toBe('viewer.choice');
});

test('there is no deed beside those, and none of an author or of the airlock', () => {
  for (const deed of [
    'constructor',
    '__proto__',
    'submit',
    'withdraw',
    'assign',
    'start-upload',
    'confirm-upload',
    'create',
  ])
    expect(asked(deed)).toBeUndefined();
  expect(Object.keys(DEEDS)).toHaveLength(25);
});

test('a comment is private unless it is made public, and its place is one that can be found again', () => {
  const base = { group: 'g', text: ' words ', file: '3' };
  expect(asked('comment', base)).toMatchObject({ visibility: 'private', text: 'words', anchor: '3' });
  expect(asked('comment', { ...base, visibility: 'public', place: 'row=7,column=n, all' })).toMatchObject({
    visibility: 'public',
    anchor: '3:row=7,column=n, all',
  });
  expect(asked('comment', { ...base, place: 'nonsense' })).toMatchObject({ anchor: '3' });
  expect(asked('comment', { ...base, file: '../1' })).toMatchObject({ anchor: undefined });
});

test('addresses hold any name of a group, and places survive the way there and back', () => {
  expect(groupUrl('abc', 'a / b?c#d')).toBe('/requests/abc/groups/a%20%2F%20b%3Fc%23d');
  expect(placeHash({ row: 7, column: 'a,b' })).toBe(`#${encodeURIComponent('row=7,column=a,b')}`);
  expect(placeHash({})).toBe('');
  expect(readAnchor('3:row=7,column=n')).toEqual({ file: 3, place: 'row=7,column=n' });
  expect(readAnchor('x')).toBeUndefined();
});

test('comments are formatted without HTML, scripts, pictures or addresses of our own', () => {
  const shown = (text: string) => renderToString(h(Markdown, { text }));
  expect(shown('**b** _i_ `c`\n\n> q\n\n- l')).toContain('<strong>b</strong> <em>i</em> <code>c</code>');
  const hostile = shown(
    '<script>x</script> <b onclick=x>y</b> [a](javascript:x) [b](data:text/html,x) [c](/sign-out) [d](//evil)',
  );
  expect(hostile).not.toMatch(/<(script|b|img|a)\b/);
  expect(shown('![p](http://x/p.png)')).not.toContain('<img');
  expect(shown('[gov](https://example.org/a)')).toContain(
    'href="https://example.org/a" rel="noopener noreferrer nofollow"',
  );
  expect(shown('[bank.example](https://evil.example)')).toContain('(evil.example)');
  expect(shown('a\u202eb')).toContain('RLO');
  expect(shown('# not a heading')).not.toContain('<h1');
});

const row = (over: Partial<QueueRow>): QueueRow => ({
  id: 'r',
  workspace: 'w',
  project: 'p',
  author: { id: 1, login: 'a', name: 'A' },
  state: 'submitted',
  turn: 1,
  createdAt: 0,
  submittedAt: 0,
  outputs: 1,
  bytes: 1,
  overdue: false,
  age: 0,
  mine: false,
  progress: null,
  hints: { block: 0, warn: 0 },
  mayClaim: null,
  ...over,
});

test('the queue is sorted by what is asked for, the longest waiting first among equals, and narrowed', () => {
  const rows = [
    row({ id: 'young', age: 1, bytes: 9, submittedAt: 5 }),
    row({ id: 'old', age: 4, overdue: true, project: 'q' }),
    row({ id: 'older', age: 4, submittedAt: -1, hints: { block: 0, warn: 3 } }),
  ];
  const names = (query: Record<string, unknown>) => ordered(rows, wishOf(query)).map(({ id }) => id);
  expect(names({})).toEqual(['older', 'old', 'young']);
  expect(names({ sort: 'size' })[0]).toBe('young');
  expect(names({ sort: 'hints' })[0]).toBe('older');
  expect(names({ sort: 'nonsense', overdue: '1' })).toEqual(['old']);
  expect(names({ project: 'q' })).toEqual(['old']);
  expect(figuresOf(rows)).toEqual({ waiting: 3, overdue: 1, medianAge: 4 });
  expect(figuresOf([])).toEqual({ waiting: 0, overdue: 0, medianAge: 0 });
});

test('activity is filtered by kind, person and turn, and says who did what', () => {
  const entry = (over: Partial<ActivityRow>): ActivityRow => ({
    type: 'REQUEST_SUBMIT',
    at: 0,
    turn: 0,
    phase: 'author',
    ...over,
  });
  const rows = [
    entry({ login: 'a', by: 1 }),
    entry({ type: 'REQUEST_CLAIM', turn: 1, ofLogin: 'b' }),
    entry({ type: 'REQUEST_FILE_APPROVE', turn: 1, login: 'b', by: 2, group: 'results' }),
  ];
  const found = (query: Record<string, unknown>) => filtered(rows, filterOf(query)).map(({ type }) => type);
  expect(found({})).toHaveLength(3);
  expect(found({ kind: 'review' })).toEqual(['REQUEST_CLAIM', 'REQUEST_FILE_APPROVE']);
  expect(found({ person: 'b', turn: '1' })).toHaveLength(2);
  expect(found({ group: 'results' })).toEqual(['REQUEST_FILE_APPROVE']);
  expect(found({ kind: ['x'], turn: '-1', group: 2 })).toHaveLength(3);
  expect(kindOf(rows[0]!)).toBe('status');
  expect(sayingOf(rows[1]!)).toBe('assigned a checker');
  expect(sayingOf({ type: 'REQUEST_CLAIM', by: 2 })).toBe('took a place as checker');
});
