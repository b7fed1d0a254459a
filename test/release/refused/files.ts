/** Files and explanations. */
import { controls, copy, add, tiny, rejectedFile, partReleased, type Case } from './scenes.ts';
import type { CommandOf } from '../../../src/release/release.ts';
import { AIRLOCK, aDraft, aHash, aRequest, onGitHub, P, type Name, type Story } from '../world.ts';

const SAID = { path: 'a.csv', column: 'n', as: 'other', reason: 'It is a year.' } as const;
const say = (story: Story, more: Partial<CommandOf<'set-role'>> = {}, who: Name = 'author') =>
  story.code(who, 'set-role', { ...SAID, ...more });

export const FILES: Case[] = [
  ['path', 'the path leaves the workspace', () => add(aDraft(), '../c.csv')],
  [
    'group-name',
    'the group has a name for mischief',
    () => add(aDraft().writes('c.csv'), 'c.csv', { group: '<b>' }),
  ],
  [
    'group-name',
    'a file is moved into one',
    () => aDraft().code('author', 'move-file', { path: 'a.csv', group: '' }),
  ],
  [
    'unknown-group',
    'a group that is not there is explained',
    () => aDraft().code('author', 'explain', { group: 'none', context: 'x', controls }),
  ],
  [
    'unknown-file',
    'a file that is not there is moved',
    () => aDraft().code('author', 'move-file', { path: 'none.csv', group: 'x' }),
  ],
  [
    'unknown-file',
    'a file is withdrawn twice',
    () =>
      aDraft()
        .does('author', 'withdraw-file', { path: 'a.csv' })
        .code('author', 'withdraw-file', { path: 'a.csv' }),
  ],
  [
    'unknown-file',
    'a supporting file is graded',
    () => aRequest('submitted').code('checkerA', 'grade', { path: 'notes.txt', grade: 'approve' }),
  ],
  [
    'unknown-file',
    'a group without ungraded files is graded',
    () => aRequest('submitted').code('checkerA', 'grade-group', { group: 'background' }),
  ],
  [
    'unknown-file',
    'a number names no output',
    () => aRequest('submitted').code(onGitHub('checkerA'), 'sign', { verdict: 'approve', files: [1, 3] }),
  ],
  [
    'unknown-file',
    'no number is named',
    () => aRequest('submitted').code(onGitHub('checkerA'), 'sign', { verdict: 'approve', files: [] }),
  ],
  [
    'unknown-file',
    'an upload of another file fails',
    () => aRequest('releasing').code(AIRLOCK, 'fail-upload', { batch: 1, path: 'none.csv' }),
  ],
  ['file-exists', 'a file is added twice', () => add(aDraft(), 'a.csv')],
  ['not-an-output', 'the workspace lists no such output', () => add(aDraft(), 'c.csv')],
  [
    'not-an-output',
    'an output went away before submission',
    () => aDraft().with({ files: {} }).code('author', 'submit', {}),
  ],
  [
    'copy-differs',
    'the file changed while it was copied',
    () => add(aDraft().writes('c.csv', 'other'), 'c.csv'),
  ],
  [
    'not-updated',
    'an unchanged file is updated',
    () => aDraft().code('author', 'update-file', copy('a.csv')),
  ],
  ['file-type', 'the type is not released here', () => add(aDraft().writes('c.exe'), 'c.exe')],
  ['file-type', 'the file has no type', () => add(aDraft().writes('Makefile'), 'Makefile')],
  [
    'type-mismatch',
    'a picture is named csv',
    () =>
      add(
        aDraft().with({ files: { 'c.csv': { sha256: aHash('c.csv'), size: 10, looksLike: 'png' } } }),
        'c.csv',
      ),
  ],
  ['too-large', 'the file is too large', () => add(tiny(), 'c.csv')],
  [
    'already-released',
    'another request released the bytes',
    () =>
      add(
        aDraft()
          .writes('c.csv')
          .with({ released: [aHash('c.csv')] }),
        'c.csv',
      ),
  ],
  [
    'already-released',
    'a supporting file that is released becomes an output',
    () =>
      aDraft()
        .with({ released: [aHash('notes.txt')] })
        .code('author', 'retype-file', { path: 'notes.txt', as: 'output' }),
  ],
  [
    'already-released',
    'another request released them since',
    () =>
      aDraft()
        .with({ released: [aHash('a.csv')] })
        .code('author', 'submit', {}),
  ],
  [
    'was-revoked',
    'revoked bytes come back without a reason',
    () =>
      add(
        aDraft()
          .writes('c.csv')
          .with({ revoked: [aHash('c.csv')] }),
        'c.csv',
        { reason: ' ' },
      ),
  ],
  [
    'was-rejected',
    'rejected bytes come back under another name',
    () =>
      add(
        rejectedFile().does('author', 'withdraw-file', { path: 'a.csv' }).writes('c.csv', 'a.csv'),
        'c.csv',
        { ...copy('a.csv'), path: 'c.csv' },
      ),
  ],
  [
    'was-rejected',
    'a rejected file is updated',
    () =>
      rejectedFile()
        .writes('a.csv', 'new')
        .code('author', 'update-file', {
          path: 'a.csv',
          source: aHash('new'),
          sha256: aHash('new'),
          size: 1,
        }),
  ],
  [
    'was-rejected',
    'a rejected file is submitted again',
    () => rejectedFile().says('author').code('author', 'submit', {}),
  ],
  [
    'locked',
    'a released part is withdrawn',
    () => partReleased().code('author', 'withdraw-file', { path: 'a.csv' }),
  ],
  [
    'locked',
    'a released part is moved',
    () => partReleased().code('author', 'move-file', { path: 'a.csv', group: 'x' }),
  ],
  [
    'same-group',
    'a file is moved to where it is',
    () => aDraft().code('author', 'move-file', { path: 'a.csv', group: 'tables' }),
  ],
  [
    'same-type',
    'a file becomes what it is',
    () => aDraft().code('author', 'retype-file', { path: 'a.csv', as: 'output' }),
  ],
  [
    'policy-version',
    'an old policy text is accepted',
    () => aDraft().code('author', 'accept-policy', { version: '0' }),
  ],
  [
    'co-author',
    'a co-pilot is named co-author',
    () => aDraft().code('author', 'name-co-author', { person: P.copilot }),
  ],
  [
    'co-author',
    'the author names themselves',
    () => aDraft().code('author', 'name-co-author', { person: P.author }),
  ],
  [
    'author-present',
    'the lead takes over from an author who is there',
    () => aDraft().code('lead', 'take-over', {}),
  ],
  [
    'unknown-file',
    'something is said of a file that is not there',
    () => say(aDraft(), { path: 'none.csv' }),
  ],
  [
    'unknown-file',
    'something is taken back of a file that is not there',
    () => aDraft().code('author', 'clear-role', { path: 'none.csv', column: 'n' }),
  ],
  ['column', 'a column has no heading', () => say(aDraft(), { column: ' ' })],
  ['column', 'a heading has no end', () => say(aDraft(), { column: 'n'.repeat(201) })],
  ['reason-missing', 'a column is something else without a reason', () => say(aDraft(), { reason: '' })],
  ['same-role', 'the same is said twice', () => say(aDraft().does('author', 'set-role', SAID))],
  [
    'unknown-role',
    'what nobody said is taken back',
    () => aDraft().code('author', 'clear-role', { path: 'a.csv', column: 'n' }),
  ],
  ['locked', 'something is said of a file on its way out', () => say(partReleased())],
  [
    'locked',
    'something is taken back of a file on its way out',
    () => partReleased().code('author', 'clear-role', { path: 'a.csv', column: 'n' }),
  ],
  ['state', 'something is said of a column under review', () => say(aRequest('submitted'))],
  ['not-author', 'a checker says what a column is', () => say(aDraft(), {}, 'checkerA')],
];
