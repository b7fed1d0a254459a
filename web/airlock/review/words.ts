/** What the review pages say. */
import type { Decision, Grade } from '../../../src/release/types.ts';
import { refusal, type Refusal } from '../../../src/lib/refusal.ts';

export const GRADE_LABELS = {
  approve: 'Approve',
  changes: 'Request changes',
  reject: 'Reject',
  undecided: 'Undecided',
} as const satisfies Record<Grade, string>;

export const GRADE_TONES = {
  approve: 'success',
  changes: 'attention',
  reject: 'danger',
  undecided: 'secondary',
} as const satisfies Record<Grade, string>;

export const DECISION_TONES = {
  incomplete: 'secondary',
  approve: 'success',
  changes: 'attention',
  reject: 'danger',
  conflicted: 'attention',
} as const satisfies Record<Decision, string>;

/** What was done, said once after the form. */
export const DONE: Readonly<Record<string, string>> = {
  claim: 'The request is yours to check.',
  unclaim: 'You gave your place back.',
  grade: 'Your grade is recorded.',
  'grade-group': 'Changes are requested on the files you had not graded.',
  'confirm-grade': 'Your grade is confirmed for this turn.',
  'clear-grade': 'Your grade is cleared.',
  'reset-grades': 'Your grades are cleared.',
  sign: 'Your review is recorded.',
  arbitrate: 'Your reason is recorded.',
  return: 'The request went back to its author.',
  'close-request': 'The request is rejected.',
  'propose-part': 'The other checker has to confirm the part.',
  'confirm-part': 'The part is queued for release, the rest went back.',
  'queue-release': 'The release is queued.',
  halt: 'The release is halted.',
  revoke: 'Your recall is recorded.',
  'close-by-operators': 'Your wish to close it is recorded.',
  'resolve-hint': 'Your answer is recorded.',
  'except-hint': 'The exception is recorded.',
  'set-role': 'The column is what you say. The checks run again.',
  'clear-role': 'The column is what the checks read in it. They run again.',
  'close-incident': 'The incident is closed.',
  comment: 'Your comment is there.',
  'delete-comment': 'The comment is deleted.',
  'publish-comment': 'The comment is public now.',
};

export const no = {
  readFirst: (): Refusal =>
    refusal(
      'viewer.not-read',
      'You have not been shown this file as it is now.',
      'Wait until it is drawn; then it can be graded.',
    ),
  field: (what: string): Refusal =>
    refusal('viewer.choice', `The form misses ${what}.`, 'Fill it in and send it again.'),
};

export const count = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
