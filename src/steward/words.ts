/** Why the steward does not do what the hub wishes. Codes go back to the hub; the sentences are for its log. */
import { refusal, type Refusal } from '../lib/refusal.ts';
import type { GitHubTrouble } from './github.ts';

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
  reviews,
  reviewTaken: (named: string) =>
    refuse(
      'review-taken',
      `A repository ${named} that everybody can read is there already, and it is left as it is.`,
      'Make it private yourself if it is the one, or name another in deployment.yml.',
    ),
  reviewGone: (named: string, id: number) =>
    refuse(
      'review-gone',
      `The review repository ${named} (${id}) is not there any more: deleted, transferred, or out of the steward's reach.`,
      'Bring it back or install the steward App on it; or name another in deployment.yml. None is made in its place.',
    ),
  reviewArchived: (named: string) =>
    refuse(
      'review-archived',
      `The review repository ${named} is archived.`,
      'Unarchive it, or name another.',
    ),
  reviewElsewhere: (named: string) =>
    refuse(
      'review-elsewhere',
      `${named} is a study's repository, or another of the deployment, and no place for reviews.`,
      'Name a repository of their own for reviews in deployment.yml.',
    ),
  reviewReaders: (named: string, people: readonly number[]) =>
    refuse(
      'review-readers',
      `People who are neither checkers nor publishers can read ${named}: ${people.join(', ')}.`,
      "Set the organisation's base permissions to No permission, and take their access away.",
    ),
  teamShared: (slug: string) =>
    refuse(
      'team-shared',
      `teams.yml lists ${slug} also for another role, whose people must not read reviews.`,
      'Give checkers and publishers a team of their own.',
    ),
  teamName: (slug: string, made: string) =>
    refuse('team-name', `GitHub calls the team ${slug} ${made}.`, `Write ${made} in teams.yml.`),
  unknownTask: (what: string) =>
    refuse(
      'unknown-task',
      `The steward does not know how to do "${what}".`,
      'Run hub and steward of one version.',
    ),
  malformedTask: () =>
    refuse(
      'malformed-task',
      'What the hub asks for is not understood.',
      'Run hub and steward of one version.',
    ),
  noProposals: () =>
    refuse(
      'no-proposals',
      'deployment.yml names no repository for proposals.',
      'Fork the governance repository in its organisation, and name the fork as github.repos.proposals.',
    ),
  proposalsGone: (id: number) =>
    refuse(
      'proposals-gone',
      `The repository for proposals (${id}) is not there, or out of the steward's reach.`,
      'Install the steward App on it, or name another in deployment.yml.',
    ),
  proposalsElsewhere: (id: number) =>
    refuse(
      'proposals-elsewhere',
      `The repository for proposals (${id}) is no fork of the governance repository in its organisation.`,
      'Name such a fork as github.repos.proposals in deployment.yml.',
    ),
  proposalsArchived: (id: number) =>
    refuse('proposals-archived', `The repository for proposals (${id}) is archived.`, 'Unarchive it.'),
  notJoined: (slug: string, people: readonly number[]) =>
    refuse(
      'not-joined',
      `GitHub does not take these accounts into the team ${slug}: ${people.join(', ')}.`,
      'Invite them to the organisation; an account that is gone leaves people.yml.',
    ),
  noKey: (place: string) =>
    refuse(
      'app-key',
      `The steward App's private key cannot be read from ${place}.`,
      'Download it from the App\'s settings page, "Private keys", and chmod 600 it.',
    ),
};

/** What a "no" of GitHub means for a review repository. */
function reviews({ call, status }: GitHubTrouble, named: string, org: string): Refusal {
  if (call === 'organisation' && status === 404)
    return refuse(
      'review-not-installed',
      `The steward App is not installed on the organisation ${org}.`,
      'Install it there.',
    );
  if (call === 'token' && status === 422)
    return refuse(
      'review-out-of-reach',
      `The steward App may not administer ${named}.`,
      'Accept the permissions that steward.yml asks for, and install the App on the repository.',
    );
  if (status === 301 || (call === 'create-repository' && status === 422))
    return refuse(
      'review-name',
      `A repository is or was called ${named} and is out of the steward's reach.`,
      'Install the App on it, or name another in deployment.yml.',
    );
  if (status === 403)
    return refuse(
      'review-forbidden',
      `GitHub does not let the steward App do what ${named} takes (${call}).`,
      'Accept the permissions that steward.yml asks for; look whether the organisation lets Apps make repositories and teams.',
    );
  return refuse(
    'github',
    `GitHub did not do what ${named} takes (${call}: ${status || 'no answer'}).`,
    'The steward tries again; look at the log if this lasts.',
  );
}
