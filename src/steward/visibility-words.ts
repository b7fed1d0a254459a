/** Why a repository is not made public. */
import { refusal, type Refusal } from '../lib/refusal.ts';

const refuse = (code: string, says: string, next: string): Refusal =>
  refusal(`visibility.${code}`, says, next);

export const no = {
  notOfProject: (id: number) =>
    refuse(
      'not-of-project',
      `No project of the governance repository has repository ${id}.`,
      'Nothing was changed. Add it to a project file, or find out who asked.',
    ),
  elsewhere: (id: number) =>
    refuse(
      'kept-private',
      `Repository ${id} is one that deployment.yml names for another purpose; it is never made public this way.`,
      'Take it out of the project file.',
    ),
  exempt: (ref: string) =>
    refuse(
      'exempt',
      `Governance says that this repository is no research (${ref}), and its topic says so too.`,
      'Take "exempt" out of the project file if it is to become public.',
    ),
  notDue: (due: string | undefined) =>
    refuse(
      'not-due',
      due === undefined
        ? 'Nothing asks for this repository to be public.'
        : `By what governance says, this repository has to be public on ${due}, and not before.`,
      'Nothing was changed. If this repeats, compare the clocks of hub and steward.',
    ),
  gone: (id: number) =>
    refuse(
      'gone',
      `Repository ${id} was not found in the organisation, or the App "Sallyport Steward" is not installed on it.`,
      'Install the App there; if the repository was moved or deleted, correct the project file.',
    ),
  otherOwner: (owner: string) =>
    refuse(
      'other-owner',
      `The repository belongs to ${owner}, which deployment.yml does not list among code_orgs.`,
      'Nothing was changed. Move it back, or list the organisation.',
    ),
  archived: () =>
    refuse(
      'archived',
      'The repository is archived on GitHub, and an archived repository cannot be changed.',
      'Unarchive it for the day; it is asked for again.',
    ),
  tooMuch: (why: string) =>
    refuse(
      'too-much',
      `Its history could not be looked through: ${why}.`,
      'Somebody has to look at it, and to make it smaller; nothing is made public unseen.',
    ),
  stayedPrivate: () =>
    refuse(
      'stayed-private',
      'GitHub was asked to make the repository public, and still shows it as private.',
      'Look whether the organisation lets repositories become public.',
    ),
  forbidden: (status: number) =>
    refuse(
      'forbidden',
      `GitHub did not let the steward make the repository public (${status}).`,
      'Give the App "Sallyport Steward" administration: write, and let the organisation have public repositories.',
    ),
};
