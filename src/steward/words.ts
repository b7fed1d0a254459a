/** Why the steward does not do what the hub wishes. Codes go back to the hub; the sentences are for its log. */
import { refusal, type Refusal } from '../lib/refusal.ts';

const refuse = (code: string, says: string, next: string): Refusal => refusal(`steward.${code}`, says, next);
const FORGED = 'Nothing was published. Find out who wrote to the hub and to its database.';

export const no = {
  tag: () => refuse('tag', 'The tag is not the one of this publication and edition.', FORGED),
  unsigned: (says: string) => refuse('unsigned', `A statement is not the zone's own word: ${says}`, FORGED),
  otherBackend: () =>
    refuse(
      'other-backend',
      'A statement was signed with a key of another backend, or with one not valid on that day.',
      FORGED,
    ),
  unstated: () =>
    refuse(
      'unstated',
      'The statements are not exactly two about each file, how it was made and how it was reviewed.',
      FORGED,
    ),
  mixed: () => refuse('mixed', 'The statements are not all about one workspace of one study.', FORGED),
  otherRelease: () =>
    refuse('other-release', 'The zone signed a file for another release than the hub says.', FORGED),
  otherRepository: () =>
    refuse('other-repository', 'The zone signed these files for another repository.', FORGED),
  notOfProject: () =>
    refuse(
      'not-of-project',
      'Governance does not list this repository under the project.',
      'Correct the project file.',
    ),
  fewCheckers: () =>
    refuse(
      'few-checkers',
      'A file was not approved by as many different people as the policy asks for, or by its own author.',
      FORGED,
    ),
  unknownChecker: () =>
    refuse(
      'unknown-checker',
      'Somebody who approved a file was no output checker of this project on that day.',
      'Look at teams.yml; recall the files if the approval does not hold.',
    ),
  notAskedFor: () =>
    refuse(
      'not-asked-for',
      'The publication was not asked for by the author or a lead of the project.',
      FORGED,
    ),
  fewPublishers: () =>
    refuse(
      'few-publishers',
      'Not enough output publishers approved who neither asked for it nor reviewed the files.',
      'Ask another publisher.',
    ),
  noOwner: () =>
    refuse(
      'no-owner',
      "Policy asks where the data owner's approval is written down, and nobody who asked or approved has said it.",
      'Withdraw the publication and ask again, with the reference.',
    ),
  bytesDiffer: () => refuse('bytes-differ', 'The hub gave other bytes than the zone signed.', FORGED),
  noWorkflow: () =>
    refuse(
      'no-workflow',
      'project.yaml cannot be read at the commit that made a file.',
      'Push the commit again.',
    ),
  faultyCrate: (says: string) =>
    refuse('faulty-crate', `The RO-Crate does not hold to its profile: ${says}`, 'Report this.'),
  privateRepository: () =>
    refuse(
      'private-repository',
      'The study repository is not public.',
      'Make it public; the steward looks again within the hour.',
    ),
  archived: () =>
    refuse(
      'archived',
      'The study repository is archived.',
      'Unarchive it; the steward looks again within the hour.',
    ),
  notInstalled: () =>
    refuse('not-installed', 'The steward App is not installed on the study repository.', 'Install it there.'),
  recalled: () => refuse('not-wanted', 'The publication was taken back while it was being made.', ''),
  governance: () =>
    refuse(
      'governance',
      'The governance repository could not be read afresh.',
      'Look at the log; the steward tries again.',
    ),
  github: (status: number) =>
    refuse(
      'github',
      `GitHub did not do what it was asked (${status || 'no answer'}).`,
      'The steward tries again; look at the log if this lasts.',
    ),
  noKey: (place: string) =>
    refuse(
      'app-key',
      `The steward App's private key cannot be read from ${place}.`,
      'Download it from the App\'s settings page, "Private keys", and chmod 600 it.',
    ),
};
