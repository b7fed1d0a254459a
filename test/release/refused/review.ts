/** Grades, places and signatures. */
import { mixed, resubmitted, type Case } from './scenes.ts';
import { AIRLOCK, aRequest, onGitHub, P } from '../world.ts';

export const REVIEW: Case[] = [
  ['already-assigned', 'a checker claims twice', () => aRequest('submitted').code('checkerA', 'claim', {})],
  ['places-taken', 'a third checker claims', () => aRequest('submitted').code('checkerC', 'claim', {})],
  [
    'places-taken',
    'a fourth checker claims',
    () => mixed().does('checkerC', 'claim', {}).code('checkerD', 'claim', {}),
  ],
  [
    'not-idle',
    'the airlock frees the place of somebody who signed',
    () => aRequest('reviewing').code(AIRLOCK, 'unassign', { checker: P.checkerA }),
  ],
  [
    'already-signed',
    'a checker signs twice',
    () => aRequest('reviewing').code(onGitHub('checkerA'), 'sign', { verdict: 'submit' }),
  ],
  [
    'already-signed',
    'a checker leaves after signing',
    () => aRequest('reviewing').code('checkerA', 'unclaim', {}),
  ],
  [
    'no-clearing',
    'a grade is cleared after signing',
    () => aRequest('reviewing').code('checkerA', 'clear-grade', { path: 'a.csv' }),
  ],
  [
    'no-clearing',
    'grades are reset after signing',
    () => aRequest('reviewing').code('checkerA', 'reset-grades', {}),
  ],
  [
    'not-graded',
    'there is no grade to clear',
    () => aRequest('submitted').code('checkerA', 'clear-grade', { path: 'a.csv' }),
  ],
  [
    'not-opened',
    'a file is graded unseen',
    () =>
      aRequest('submitted')
        .with({ views: [] })
        .code('checkerA', 'grade', { path: 'a.csv', grade: 'approve' }),
  ],
  [
    'not-opened',
    'a group is graded unseen',
    () => aRequest('submitted').with({ views: [] }).code('checkerA', 'grade-group', { group: 'tables' }),
  ],
  [
    'not-opened',
    'a verdict is given unseen',
    () =>
      aRequest('submitted').with({ views: [] }).code(onGitHub('checkerA'), 'sign', { verdict: 'approve' }),
  ],
  [
    'not-opened',
    'numbers are graded unseen',
    () =>
      aRequest('submitted')
        .with({ views: [] })
        .code(onGitHub('checkerA'), 'sign', { verdict: 'approve', files: [1] }),
  ],
  [
    'not-opened',
    'a grade is confirmed unseen',
    () => resubmitted().with({ views: [] }).code('checkerA', 'confirm-grade', { path: 'a.csv' }),
  ],
  [
    'ungraded',
    'a checker signs before grading',
    () =>
      aRequest('submitted')
        .grades('checkerA', 'approve', 'a.csv')
        .code(onGitHub('checkerA'), 'sign', { verdict: 'submit' }),
  ],
  [
    'group-changed',
    'a group is confirmed that has changed',
    () => resubmitted().code('checkerA', 'confirm-grade', { group: 'tables' }),
  ],
  [
    'nothing-to-confirm',
    'there is no grade to confirm',
    () => aRequest('submitted').code('checkerA', 'confirm-grade', { path: 'a.csv' }),
  ],
  [
    'comment-missing',
    'changes are asked for without saying which',
    () => aRequest('submitted').code(onGitHub('checkerA'), 'sign', { verdict: 'changes' }),
  ],
  [
    'blind',
    'a label tells the verdict before both are in',
    () =>
      aRequest('submitted', { blind: 'strict' }).code(onGitHub('checkerA'), 'sign', { verdict: 'approve' }),
  ],
  [
    'turn-over',
    'a grade comes from a page of before the request was submitted again',
    () => {
      const story = resubmitted().opens('checkerA');
      return story.code('checkerA', 'grade', { path: 'a.csv', grade: 'approve', turn: 1 } as never);
    },
  ],
  [
    'signing-code-missing',
    'a label signs where the code is asked for',
    () =>
      aRequest('submitted', { signingCode: 'required' })
        .grades('checkerA', 'approve')
        .code(onGitHub('checkerA'), 'sign', { verdict: 'submit' }),
  ],
  [
    'signing-code-missing',
    'numbers are graded where the code is asked for',
    () =>
      aRequest('submitted', { signingCode: 'required' }).code(onGitHub('checkerA'), 'sign', {
        verdict: 'approve',
        files: [1],
      }),
  ],
  [
    'signing-code',
    'the code is for something else',
    () =>
      aRequest('submitted')
        .grades('checkerA', 'approve')
        .with({ signingCode: 'abc' })
        .code(onGitHub('checkerA'), 'sign', { verdict: 'submit', code: 'abd' }),
  ],
  [
    'labels-only-submit',
    'a label grades in a zone of its own trust',
    () => {
      const story = aRequest('submitted');
      story.policy = { ...story.policy, trust: 'zone' };
      return story.code(onGitHub('checkerA'), 'sign', { verdict: 'approve' });
    },
  ],
];
