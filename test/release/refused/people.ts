/** May this person? */
import { closing, made, hint, roles, type Case } from './scenes.ts';
import {
  AIRLOCK,
  aDraft,
  aHash,
  aRequest,
  aSession,
  AT,
  inViewer,
  onGitHub,
  P,
  PEOPLE,
  Story,
} from '../world.ts';

export const PERSONS: Case[] = [
  [
    'not-member',
    'a co-pilot starts a request',
    () => new Story().code('copilot', 'create', { ...made, author: P.copilot }),
  ],
  [
    'not-member',
    'an author who left the project submits',
    () => aDraft().with(roles(P.author)).code('author', 'submit', {}),
  ],
  [
    'not-member',
    'a co-author who left takes over',
    () =>
      aDraft()
        .does('author', 'name-co-author', { person: P.coAuthor })
        .with(roles(P.coAuthor))
        .code('coAuthor', 'take-over', {}),
  ],
  ['not-author', 'another member submits', () => aDraft().code('member', 'submit', {})],
  [
    'not-author',
    'another member adds a file',
    () => aDraft().code('member', 'withdraw-file', { path: 'a.csv' }),
  ],
  ['not-author', 'another member withdraws it', () => aDraft().code('member', 'withdraw', {})],
  [
    'not-author',
    'a member answers a hint of the author',
    () =>
      aDraft()
        .with({ hints: [hint('warn')] })
        .code('member', 'resolve-hint', { hint: 'h-warn', reason: 'No.' }),
  ],
  ['not-successor', 'a member takes over', () => aDraft().code('member', 'take-over', {})],
  ['not-checker', 'an outsider claims', () => aRequest('submitted').code('stranger', 'claim', {})],
  [
    'not-checker',
    'the airlock assigns a member',
    () => aRequest('submitted').code(AIRLOCK, 'assign', { checker: P.member }),
  ],
  [
    'not-independent',
    'a checker who ran the job grades',
    () =>
      aRequest('submitted')
        .with({ deeds: [{ known: true, deed: 'ran-a-job', person: P.checkerA }] })
        .code('checkerA', 'grade', { path: 'a.csv', grade: 'approve' }),
  ],
  [
    'not-independent',
    'two checkers of one organisation may not sit together',
    () =>
      aRequest('submitted', { sameOrganisation: false })
        .does('checkerB', 'unclaim', {})
        .code('checkerD', 'claim', {}),
  ],
  [
    'not-independent',
    'organisations became the same since',
    () =>
      aRequest('submitted', { sameOrganisation: false })
        .with({
          people: { ...PEOPLE, [P.checkerB]: { id: P.checkerB, roles: ['checker'], orgs: ['north'] } },
        })
        .code('checkerB', 'sign', { verdict: 'submit' }),
  ],
  [
    'not-assigned',
    'a checker without a place signs',
    () => aRequest('submitted').code(onGitHub('checkerC'), 'sign', { verdict: 'submit' }),
  ],
  [
    'not-assigned',
    'a checker gives back what they do not hold',
    () => aRequest('submitted').code('checkerC', 'unclaim', {}),
  ],
  [
    'not-assigned',
    'the airlock frees a place nobody holds',
    () => aRequest('submitted').code(AIRLOCK, 'unassign', { checker: P.checkerC }),
  ],
  [
    'not-operator',
    'a checker closes it as operator',
    () => aRequest('submitted').code('checkerA', 'close-by-operators', { to: 'withdrawn', reason: 'Stuck.' }),
  ],
  [
    'not-recaller',
    'a member revokes',
    () => aRequest('released').code('member', 'revoke', { file: 1, category: 'disclosure' }),
  ],
  [
    'not-airlock',
    'a person confirms an upload',
    () =>
      aRequest('releasing').code('checkerA', 'confirm-upload', {
        batch: 1,
        path: 'a.csv',
        sha256: aHash('a.csv'),
      }),
  ],
  ['someone-else', 'a member starts a request for another', () => new Story().code('member', 'create', made)],
  ['someone-else', 'the airlock starts one', () => new Story().code(AIRLOCK, 'create', made)],
  [
    'passkey-needed',
    'a code is not enough in a zone of its own trust',
    () =>
      aDraft({ trust: 'zone' })
        .does('author', 'submit', {})
        .does('checkerA', 'claim', {})
        .code('checkerA', 'grade', { path: 'a.csv', grade: 'approve' }),
  ],
  [
    'fresh-sign-in',
    'an old session queues a release',
    () =>
      aRequest('consolidating').code(
        inViewer('checkerA', { signedInAt: AT - 3_600_000 }),
        'queue-release',
        {},
      ),
  ],
  [
    'fresh-sign-in',
    'an old session recalls a file',
    () =>
      aRequest('released').code(inViewer('checkerA', { signedInAt: AT - 3_600_000 }), 'revoke', {
        file: 1,
        category: 'disclosure',
        reason: 'x',
      }),
  ],
  [
    'viewer-only',
    'a grade comes from GitHub',
    () => aRequest('submitted').code(onGitHub('checkerA'), 'grade', { path: 'a.csv', grade: 'approve' }),
  ],
  [
    'viewer-only',
    'a schedule does more than schedules do',
    () =>
      aDraft().code({ ...onGitHub('author'), automated: true } as never, 'name-co-author', {
        person: P.coAuthor,
      }),
  ],
  [
    'viewer-only',
    'somebody uses the session of another',
    () =>
      aRequest('submitted').code({ kind: 'person', id: P.checkerA, session: aSession(P.checkerB) }, 'grade', {
        path: 'a.csv',
        grade: 'approve',
      }),
  ],
  [
    'viewer-only',
    'the airlock grades',
    () => aRequest('submitted').code(AIRLOCK, 'grade', { path: 'a.csv', grade: 'approve' }),
  ],
  [
    'not-incident',
    'a member closes an incident',
    () => aRequest('revoked').code('member', 'close-incident', closing),
  ],
];
