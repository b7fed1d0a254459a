/** Before submission. */
import { controls, hint, mixed, partReleased, type Case } from './scenes.ts';
import { aDraft, aHash, aRequest, onGitHub } from '../world.ts';

export const SUBMISSION: Case[] = [
  [
    'no-outputs',
    'only supporting files are asked for',
    () =>
      aDraft()
        .does('author', 'retype-file', { path: 'a.csv', as: 'supporting' })
        .does('author', 'retype-file', { path: 'b.csv', as: 'supporting' })
        .code('author', 'submit', {}),
  ],
  [
    'not-explained',
    'a group has no controls',
    () =>
      aDraft()
        .does('author', 'explain', { group: 'tables', context: 'x', controls: null })
        .code('author', 'submit', {}),
  ],
  [
    'not-explained',
    'a group has no context',
    () =>
      aDraft()
        .does('author', 'explain', { group: 'tables', context: ' ', controls })
        .code('author', 'submit', {}),
  ],
  [
    'policy-not-accepted',
    'the policy text changed since',
    () => {
      const story = aDraft();
      story.policy = { ...story.policy, policyText: '2' };
      return story.code('author', 'submit', {});
    },
  ],
  [
    'unknown-committer',
    'nobody knows who wrote a commit',
    () =>
      aDraft()
        .with({ deeds: [{ known: false, deed: 'committed', named: 'x@example.org' }] })
        .code('author', 'submit', {}),
  ],
  [
    'checks-running',
    'the checks have not ended',
    () =>
      aDraft()
        .with({ unchecked: [aHash('a.csv')] })
        .code('author', 'submit', {}),
  ],
  [
    'blocking-hints',
    'a blocking hint has no exception',
    () =>
      aDraft()
        .with({ hints: [hint('block', 'a.csv')] })
        .code('author', 'submit', {}),
  ],
  [
    'final-hints',
    'a hint admits no exception, on a supporting file',
    () =>
      aDraft()
        .with({ hints: [{ ...hint('block', 'notes.txt'), final: true }] })
        .code('author', 'submit', {}),
  ],
  [
    'no-exception',
    'an exception to such a hint is asked for',
    () =>
      aDraft()
        .with({ hints: [{ ...hint('block', 'a.csv'), final: true }] })
        .code('author', 'except-hint', { hint: hint('block').id, reason: 'It is harmless.' }),
  ],
  [
    'open-hints',
    'a warning is not answered by the author',
    () =>
      aDraft()
        .with({ hints: [hint('warn')] })
        .code('author', 'submit', {}),
  ],
  [
    'open-hints',
    'a warning is not answered by the checker',
    () =>
      aRequest('submitted')
        .grades('checkerA', 'approve')
        .with({ hints: [hint('warn', 'b.csv')] })
        .code(onGitHub('checkerA'), 'sign', { verdict: 'submit' }),
  ],
  [
    'unanswered',
    'a returned request is submitted without a word',
    () => aRequest('returned').code('author', 'submit', {}),
  ],
  [
    'upload-running',
    'the rest is submitted while a part is on its way',
    () => partReleased().says('author').code('author', 'submit', {}),
  ],
  [
    'unknown-hint',
    'an exception is asked for nothing',
    () => aDraft().code('author', 'except-hint', { hint: 'none', reason: 'x' }),
  ],
  [
    'unknown-hint',
    'nothing is answered',
    () => aDraft().code('author', 'resolve-hint', { hint: 'none', reason: 'x' }),
  ],
  [
    'reason-missing',
    'an exception has no reason',
    () =>
      aDraft()
        .with({ hints: [hint('block')] })
        .code('author', 'except-hint', { hint: 'h-block', reason: ' ' }),
  ],
  [
    'reason-missing',
    'an answer has no reason',
    () =>
      aDraft()
        .with({ hints: [hint('warn')] })
        .code('author', 'resolve-hint', { hint: 'h-warn', reason: '' }),
  ],
  [
    'reason-missing',
    'a request is rejected without a word',
    () => aRequest('consolidating').code('checkerC', 'close-request', { category: 'unsafe', reason: ' ' }),
  ],
  [
    'reason-missing',
    'operators give no reason',
    () => aDraft().code('operator1', 'close-by-operators', { to: 'withdrawn', reason: '' }),
  ],
  [
    'reason-missing',
    'an arbiter gives no reason',
    () => mixed().does('checkerC', 'claim', {}).code('checkerC', 'arbitrate', { reason: '' }),
  ],
];
