/** Every refusal of the room, in the words of its catalogue: who does what, and what they are told. */
import { expect, test } from '@jest/globals';
import { FROM_GITHUB, refusalOutside } from '../../src/release/release.ts';
import { no } from '../../src/release/refusals.ts';
import { PERSONS } from './refused/people.ts';
import { STATES } from './refused/states.ts';
import { FILES } from './refused/files.ts';
import { SUBMISSION } from './refused/submission.ts';
import { REVIEW } from './refused/review.ts';
import { RELEASE } from './refused/release.ts';
import { TALK } from './refused/talk.ts';

const CASES = [...PERSONS, ...STATES, ...FILES, ...SUBMISSION, ...REVIEW, ...RELEASE, ...TALK];

test.each(CASES)('%s: %s', (code, _when, asked) => {
  expect(asked()).toBe(`release.${code}`);
});

test('every refusal of the catalogue is one of these, says something and ends its sentences', () => {
  const all = Object.values(no).map((make) =>
    (make as (...given: unknown[]) => ReturnType<typeof no.path>)(['unknown'], 'submit'),
  );
  const tested = new Set(CASES.map(([code]) => `release.${code}`));
  for (const { code, says, next } of [...all, no.state('draft', 'halt')]) {
    expect(tested).toContain(code);
    expect(says).toMatch(/\.$/);
    expect(next).toMatch(/^$|\.$/);
  }
});

test('a person reads what happened and what to do', () => {
  expect(
    [
      no.notIndependent(['author', 'same-organisation', 'committed']),
      no.state('returned', 'sign'),
      no.notShown([1, 2, 3, 4, 5, 6, 7]),
      no.blocked(1),
      no.openHints(2),
    ].map(({ says, next }) => `${says} ${next}`),
  ).toMatchInlineSnapshot(`
   [
     "You cannot check this request: you are or were an author of this request; you belong to the organisation of the other checker; you wrote or committed code behind a file. Another checker has to do it.",
     "The request is back with its author: you cannot sign a review. Reload the page to see what can be done now.",
     "You have not been shown every file as it is now: 1, 2, 3, 4, 5 and 2 more. Open them in the viewer, each to its end, then sign again.",
     "1 blocking hint has no exception. Correct the outputs, or give a reason for each.",
     "You have not answered 2 warnings. Answer each in the viewer.",
   ]
  `);
});

test('outside the zone a refusal is made from its code alone, and counts and names nothing', () => {
  const all = Object.values(no).map((make) =>
    (make as (...given: unknown[]) => ReturnType<typeof no.path>)(['unknown'], 'submit'),
  );
  for (const { code } of all) {
    const told = refusalOutside(code);
    expect(told.code).toBe(code);
    expect(told.says).toMatch(/^[^"]*\.$/);
    expect(told.says).not.toMatch(/undefined|unknown,|\bunknown\.$/);
  }
  expect(refusalOutside('release.full-stop')).toMatchObject({ says: 'This was refused in the zone.' });
  expect(refusalOutside('release.places-taken')).toEqual(no.full());
  expect(refusalOutside('release.bytes-changed').says).toBe('This was refused in the zone.');
});

test('what is said on GitHub about a signature helps and gives no count', () => {
  expect(FROM_GITHUB).toContain('sign');
  const codes = ['not-opened', 'ungraded', 'comment-missing', 'not-independent'];
  expect(codes.map((code) => refusalOutside(`release.${code}`)).map(({ says, next }) => `${says} ${next}`))
    .toMatchInlineSnapshot(`
   [
     "Your signature was not taken. Open every file in the viewer as it is now, then sign again.",
     "Your signature was not taken. Grade or confirm every output in the viewer, then sign again.",
     "Your signature was not taken. Say in the viewer what should change, then sign again.",
     "You cannot check this request: you are not independent of it. The viewer says more.",
   ]
  `);
});
