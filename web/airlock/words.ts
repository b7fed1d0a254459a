/** Texts of the viewer's frame and of its own refusals. */
import { refusal, type Refusal } from '../../src/lib/refusal.ts';
import type { State } from '../../src/release/types.ts';

/** How numbers were hidden, as its author says. */
export const METHOD_WORDS: Readonly<Record<string, string>> = {
  rounding: 'rounding',
  midpoint: 'midpoint-6 rounding',
  suppression: 'suppression of small counts',
  none: 'none was needed',
};

export const STATE_LABELS = {
  draft: 'Draft',
  submitted: 'Submitted',
  reviewing: 'In review',
  consolidating: 'Consolidating',
  returned: 'Returned',
  approved: 'Approved',
  releasing: 'Releasing',
  released: 'Released',
  rejected: 'Rejected',
  withdrawn: 'Withdrawn',
  revoked: 'Revoked',
} as const satisfies Record<State, string>;

export const no = {
  notFound: (): Refusal =>
    refusal(
      'viewer.not-found',
      'There is no such page, or you may not see it.',
      'Look for it on your start page.',
    ),
  forged: (): Refusal =>
    refusal(
      'viewer.form',
      'This form was not made by a page of this viewer, or it is too old.',
      'Go back, reload the page and try again.',
    ),
  signedOut: (): Refusal =>
    refusal('viewer.signed-out', 'You are not signed in any more.', 'Sign in, then try again.'),
  busy: (): Refusal =>
    refusal(
      'viewer.busy',
      'Too many requests came from this browser.',
      'Wait a minute, then reload the page.',
    ),
  rightsUnknown: (): Refusal =>
    refusal(
      'viewer.rights-unknown',
      'The zone cannot read who may do what just now, so nothing is shown.',
      'Try again in a minute. If it stays like this, tell the operators.',
    ),
  tooLarge: (): Refusal => refusal('viewer.too-large', 'The form is too large.', 'Send less at once.'),
  odd: (): Refusal => refusal('viewer.bad-request', 'The request cannot be read.', 'Go back and try again.'),
  failed: (): Refusal =>
    refusal(
      'viewer.failed',
      'Something went wrong in the viewer. Nothing was changed, unless the page says so after a reload.',
      'Reload the page. If it happens again, tell the operators when it was.',
    ),
  choice: (what: string): Refusal =>
    refusal('viewer.choice', `The form misses ${what}.`, 'Fill it in and send it again.'),
};
