/** What a person is told who does not get in. One sentence for every wrong code: nothing can be learned from it. */
import { refusal } from '../../../src/lib/refusal.ts';

export const no = {
  refused: () =>
    refusal(
      'sign-in.refused',
      'The sign-in was refused.',
      'Start again, and type the code exactly as the page of the hub shows it.',
    ),
  busy: () =>
    refusal('sign-in.busy', 'Too many sign-ins were tried just now.', 'Wait ten minutes, then try again.'),
  away: () =>
    refusal('sign-in.hub-away', 'The hub does not answer, so no code can be had.', 'Try again in a minute.'),
  passkey: () =>
    refusal(
      'passkey.refused',
      'The passkey was not accepted.',
      'Use a passkey that was made in this viewer and confirmed by two operators.',
    ),
  passkeyOdd: () =>
    refusal('passkey.not-made', 'The passkey could not be made.', 'Reload the page and try again.'),
  passkeyLabel: () =>
    refusal('passkey.label', 'A passkey needs a name.', 'Write a name that tells your keys apart.'),
  passkeyMany: () =>
    refusal('passkey.too-many', 'You have ten passkeys already.', 'Remove one that you no longer use.'),
  passkeyUnknown: () => refusal('passkey.unknown', 'There is no such passkey.', 'Reload the page.'),
  notOperator: () => refusal('passkey.not-operator', 'Only operators of the deployment confirm passkeys.'),
  ownPasskey: () =>
    refusal('passkey.own', 'Nobody confirms their own passkey.', 'Ask two operators to confirm it.'),
  operatorPasskey: () =>
    refusal(
      'passkey.operator-session',
      'In this zone passkeys are confirmed from a session that was opened with a passkey.',
      'Sign in with your own passkey; the first ones are confirmed on the host: sallyport airlock passkey.',
    ),
  twice: () =>
    refusal(
      'passkey.confirmed-already',
      'You have confirmed this passkey.',
      'A second operator has to do it too.',
    ),
};
