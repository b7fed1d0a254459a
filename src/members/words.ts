/** What people are told about signing in and about released files. */
import { refusal } from '../lib/refusal.ts';

export const noSignIn = () =>
  refusal(
    'members.not-set-up',
    'Nobody can sign in on this hub yet.',
    'Its operator must name the App\'s client id and client secret in hub.yml (docs/install/github-app.md, "Sign-in").',
  );
export const wrongState = () =>
  refusal(
    'members.state',
    'This sign-in was not begun in this browser, took longer than ten minutes, or was used already.',
    'Begin again from the sign-in page.',
  );
export const denied = () =>
  refusal('members.denied', 'You did not let GitHub say who you are.', 'Sign in again and choose Authorize.');
export const githubRefused = () =>
  refusal(
    'members.github-refused',
    'GitHub did not confirm who you are.',
    'Begin again from the sign-in page.',
  );
export const githubAway = () =>
  refusal('members.github-away', 'GitHub does not answer at the moment.', 'Try again in a few minutes.');
export const noGovernance = () =>
  refusal(
    'members.no-governance',
    'No version of the governance repository is in force, so nobody can be let in.',
    'Try again in a few minutes.',
  );
export const unknownPerson = (login: string) =>
  refusal(
    'members.unknown-person',
    `GitHub says that you are ${login}. The governance repository of this deployment does not know that account, or no longer.`,
    'Ask whoever leads your project to propose you as a member.',
  );
export const tooOften = () =>
  refusal('members.too-often', 'That was asked too often in a short time.', 'Wait a minute, then try again.');
export const notOurForm = () =>
  refusal(
    'members.form',
    'This form does not come from a page of this hub that is open in this browser.',
    'Reload the page and send it again.',
  );
export const nothingHere = () =>
  refusal(
    'members.nothing-here',
    'There is nothing here, or you may not see it.',
    'Look for it from the front page; what is for members shows once you have signed in.',
  );

/** One sentence for a wrong number, an old one, somebody else's zone and too many tries: nothing tells them apart. */
export const noSuchNumber = () =>
  refusal(
    'sign-in.refused',
    'No viewer that you may enter waits with this number.',
    'Look at the number in your viewer again. It works for ten minutes; reload the viewer for a new one.',
  );

export const signInFirst = () =>
  refusal('members.sign-in-first', 'Nobody is signed in here.', 'Sign in with GitHub.');
export const nothingChosen = () =>
  refusal('members.nothing-chosen', 'No file is chosen.', 'Tick the files that are to become public.');
export const whichCategory = () =>
  refusal('members.which-category', 'A withdrawal says why.', 'Choose what fits best from the list.');
