/** Every type of entry that the reference names is written by some command; and no other but those listed. */
import { expect, test } from '@jest/globals';
import { STATES, type EntryType } from '../../src/release/release.ts';
import { AIRLOCK, aDraft, aRequest, P, type Story } from './world.ts';

const NAMED = [
  ...['REQUEST_CREATE', 'REQUEST_SUBMIT', 'REQUEST_WITHDRAW', 'REQUEST_REVIEW', 'REQUEST_APPROVE'],
  ...['REQUEST_REJECT', 'REQUEST_RETURN', 'REQUEST_RELEASE', 'REQUEST_EARLY_RETURN', 'REQUEST_HALT'],
  ...['REQUEST_PARTIAL_RELEASE', 'REQUEST_TRANSFER', 'REQUEST_CLAIM', 'REQUEST_UNCLAIM', 'REQUEST_ADMIN'],
  ...['REQUEST_EDIT', 'REQUEST_COMMENT', 'REQUEST_COMMENT_DELETE', 'REQUEST_COMMENT_VISIBILITY_PUBLIC'],
  ...['REQUEST_FILE_ADD', 'REQUEST_FILE_UPDATE', 'REQUEST_FILE_WITHDRAW', 'REQUEST_FILE_APPROVE'],
  ...['REQUEST_FILE_REQUEST_CHANGES', 'REQUEST_FILE_RESET_REVIEW', 'REQUEST_FILE_UNDECIDED'],
  ...['REQUEST_FILE_RELEASE', 'REQUEST_FILE_UPLOAD', 'REQUEST_FILE_CARRY', 'REQUEST_FILE_CONFIRM'],
  ...['REQUEST_FILE_UPLOAD_FAILED', 'REQUEST_FILE_REVOKE', 'HINT_RESOLVE', 'HINT_EXCEPTION', 'ROLE_OVERRIDE'],
] as EntryType[];
/** The third grade, and what a recall opens: ours. */
const OURS: EntryType[] = ['REQUEST_FILE_REJECT', 'INCIDENT_CLOSE'];

const RETURNED = (): Story => {
  const story = aRequest('submitted');
  for (const who of ['checkerA', 'checkerB'] as const) {
    story.grades(who, 'approve', 'a.csv').grades(who, 'changes', 'b.csv').says(who).signs(who);
  }
  return story;
};
const hint = { id: 'h', check: 'C7', severity: 'block', path: 'a.csv' } as const;

const STORIES: (() => Story)[] = [
  ...STATES.map((state) => () => aRequest(state)),
  () =>
    aDraft()
      .with({ hints: [hint] })
      .does('author', 'except-hint', { hint: 'h', reason: 'Agreed.' })
      .does('author', 'resolve-hint', { hint: 'h', reason: 'Seen.' })
      .does('author', 'set-role', { path: 'a.csv', column: 'n', as: 'other', reason: 'A year.' })
      .does('author', 'name-co-author', { person: P.coAuthor })
      .does('coAuthor', 'take-over', {}),
  () =>
    aRequest('submitted')
      .says('checkerA', 'tables', 'private', 'c1')
      .does('checkerA', 'publish-comment', { id: 'c1' })
      .does('checkerA', 'delete-comment', { id: 'c1' })
      .does('checkerA', 'unclaim', {})
      .does('checkerC', 'claim', {})
      .does('checkerC', 'return', { category: 'wrong-files' }),
  () => {
    const story = RETURNED().does('checkerB', 'return', {}).explains('tables', 'Boys only, n = 2100.');
    return story.writes('b.csv', 'x').does('author', 'update-file', story.copyOf('b.csv'));
  },
  () =>
    RETURNED()
      .does('checkerB', 'return', {})
      .writes('b.csv', 'x')
      .does('author', 'withdraw-file', { path: 'b.csv' })
      .says('author')
      .does('author', 'submit', {})
      .does('checkerA', 'confirm-grade', { path: 'a.csv' }),
  () =>
    RETURNED()
      .does('checkerA', 'propose-part', { paths: ['a.csv'] })
      .does('checkerB', 'confirm-part', {})
      .does('checkerA', 'halt', { batch: 1 }),
  () => aRequest('releasing').does(AIRLOCK, 'fail-upload', { batch: 1, path: 'a.csv' }),
  () => aDraft().does('operator1', 'close-by-operators', { to: 'withdrawn', reason: 'Stuck.' }),
  () => aRequest('submitted').grades('checkerA', 'reject', 'a.csv'),
  () =>
    aRequest('revoked').does('operator1', 'close-incident', {
      incident: 1,
      outcome: 'contained',
      reason: 'Gone.',
    }),
];

const written = new Set(STORIES.flatMap((told) => told().types()));

test.each(NAMED.map((type) => [type]))('%s is written', (type) => {
  expect(written).toContain(type);
});

test('what else is written is named as ours', () => {
  expect([...written].filter((type) => !NAMED.includes(type as EntryType)).sort()).toEqual([...OURS].sort());
});
