/** Consolidation and release. */
import { closing, mixed, proposed, partReleased, roles, type Case } from './scenes.ts';
import { AIRLOCK, aDraft, aHash, aRequest, P } from '../world.ts';

export const RELEASE: Case[] = [
  [
    'category-missing',
    'an early return has no category',
    () => aRequest('submitted').code('checkerA', 'return', {}),
  ],
  [
    'public-comment-missing',
    'a request is returned without telling why',
    () =>
      aRequest('submitted')
        .grades('checkerA', 'changes')
        .says('checkerA', 'tables', 'private')
        .signs('checkerA')
        .grades('checkerB', 'changes')
        .says('checkerB', 'tables', 'private')
        .signs('checkerB')
        .code('checkerA', 'return', {}),
  ],
  [
    'public-comment-missing',
    'a part is released without telling what is wrong with the rest',
    () => proposed('private').code('checkerB', 'confirm-part', {}),
  ],
  [
    'not-all-approved',
    'not every output is approved',
    () => aRequest('consolidating').code('checkerA', 'queue-release', {}),
  ],
  [
    'not-arbiter',
    'one of the two settles the disagreement',
    () => mixed().code('checkerA', 'arbitrate', { reason: 'I am right.' }),
  ],
  [
    'not-reviewer',
    'a third without a review proposes a part',
    () =>
      mixed()
        .does('checkerC', 'claim', {})
        .code('checkerC', 'propose-part', { paths: ['a.csv'] }),
  ],
  [
    'not-reviewer',
    'a third without a review confirms a part',
    () => proposed('public').does('checkerC', 'claim', {}).code('checkerC', 'confirm-part', {}),
  ],
  ['part', 'the part is not approved', () => mixed().code('checkerA', 'propose-part', { paths: ['b.csv'] })],
  ['part', 'the part is nothing', () => mixed().code('checkerA', 'propose-part', { paths: [] })],
  [
    'part',
    'the part is everything',
    () =>
      aRequest('reviewing', { confirm: true })
        .reviews('checkerB', 'approve')
        .code('checkerA', 'propose-part', { paths: ['a.csv', 'b.csv'] }),
  ],
  [
    'part-other',
    'one checker proposes and confirms',
    () => proposed('public').code('checkerA', 'confirm-part', {}),
  ],
  ['part-none', 'nothing is proposed', () => mixed().code('checkerA', 'confirm-part', {})],
  [
    'part-none',
    'the proposer is no longer independent',
    () =>
      proposed('public')
        .with({ deeds: [{ known: true, deed: 'committed', person: P.checkerA }] })
        .code('checkerB', 'confirm-part', {}),
  ],
  [
    'unknown-batch',
    'there is no such batch to halt',
    () => aRequest('approved').code('checkerA', 'halt', { batch: 2 }),
  ],
  [
    'unknown-batch',
    'there is no such batch to upload',
    () => aRequest('approved').code(AIRLOCK, 'start-upload', { batch: 2, hashes: {} }),
  ],
  [
    'unknown-batch',
    'there is no such batch to confirm',
    () => aRequest('releasing').code(AIRLOCK, 'confirm-upload', { batch: 2, path: 'a.csv', sha256: '' }),
  ],
  [
    'halt-too-late',
    'the upload has begun',
    () => aRequest('releasing').code('checkerA', 'halt', { batch: 1 }),
  ],
  [
    'batch-state',
    'an upload starts twice',
    () =>
      aRequest('releasing').code(AIRLOCK, 'start-upload', {
        batch: 1,
        hashes: { 'a.csv': aHash('a.csv'), 'b.csv': aHash('b.csv') },
      }),
  ],
  [
    'batch-state',
    'an upload fails that has arrived',
    () =>
      aRequest('releasing')
        .does(AIRLOCK, 'confirm-upload', { batch: 1, path: 'a.csv', sha256: aHash('a.csv') })
        .code(AIRLOCK, 'fail-upload', { batch: 1, path: 'a.csv' }),
  ],
  [
    'batch-state',
    'an upload is confirmed that did not start',
    () => partReleased().code(AIRLOCK, 'confirm-upload', { batch: 1, path: 'a.csv', sha256: aHash('a.csv') }),
  ],
  [
    'bytes-changed',
    'a stored copy is not what was approved',
    () =>
      aRequest('approved').code(AIRLOCK, 'start-upload', {
        batch: 1,
        hashes: { 'a.csv': aHash('a.csv'), 'b.csv': aHash('other') },
      }),
  ],
  [
    'approvals-lapsed',
    'a checker turns out to have written the code',
    () =>
      aRequest('approved')
        .with({ deeds: [{ known: true, deed: 'committed', person: P.checkerA }] })
        .code(AIRLOCK, 'start-upload', {
          batch: 1,
          hashes: { 'a.csv': aHash('a.csv'), 'b.csv': aHash('b.csv') },
        }),
  ],
  [
    'upload-hash',
    'the receiver confirms other bytes',
    () =>
      aRequest('releasing').code(AIRLOCK, 'confirm-upload', {
        batch: 1,
        path: 'a.csv',
        sha256: aHash('other'),
      }),
  ],
  [
    'not-released',
    'a file is revoked that is still inside',
    () => aRequest('approved').code('checkerA', 'revoke', { file: 1, category: 'disclosure' }),
  ],
  [
    'second-person',
    'one person revokes twice',
    () =>
      aRequest('released')
        .does('checkerA', 'revoke', { file: 1, category: 'disclosure' })
        .code('checkerA', 'revoke', { file: 1, category: 'disclosure' }),
  ],
  [
    'second-person',
    'one operator closes twice',
    () =>
      aDraft()
        .does('operator1', 'close-by-operators', { to: 'withdrawn', reason: 'Stuck.' })
        .code('operator1', 'close-by-operators', { to: 'withdrawn', reason: 'Stuck.' }),
  ],
  [
    'unknown-incident',
    'an incident is closed that is not there',
    () => aRequest('released').code('operator1', 'close-incident', closing),
  ],
  [
    'unknown-incident',
    'an incident is closed twice',
    () =>
      aRequest('revoked')
        .does('operator1', 'close-incident', closing)
        .code('operator2', 'close-incident', closing),
  ],
  [
    'incident-second-person',
    'the first who asked for the recall closes its incident',
    () => aRequest('revoked').code('checkerA', 'close-incident', closing),
  ],
  [
    'incident-second-person',
    'the second who asked for the recall closes its incident',
    () => aRequest('revoked').code('owner', 'close-incident', closing),
  ],
  [
    'incident-second-person',
    'an author who checks elsewhere closes an incident',
    () =>
      aRequest('revoked')
        .with(roles(P.author, 'member', 'checker'))
        .code('author', 'close-incident', closing),
  ],
  [
    'reason-missing',
    'an incident is closed without a word',
    () => aRequest('revoked').code('operator1', 'close-incident', { ...closing, reason: ' ' }),
  ],
];
