/** What the publication room says. */
import { refusal, type Refusal } from '../lib/refusal.ts';
import type { WithdrawalCategory } from './types.ts';

export const no = {
  notReady: (): Refusal =>
    refusal(
      'publication.not-ready',
      'The governance repository has not been read yet.',
      'Try again in a minute.',
    ),
  noRelease: (): Refusal =>
    refusal(
      'publication.no-release',
      'There is no release here whose files have all arrived.',
      'Wait until the request is released, then ask again.',
    ),
  elsewhere: (): Refusal =>
    refusal(
      'publication.other-repository',
      'This release belongs to another repository.',
      "Ask in the release's own study repository.",
    ),
  privateRepository: (): Refusal =>
    refusal(
      'publication.private-repository',
      'The study repository is private: what is published there would be seen by members only.',
      'Make the repository public first, then ask again.',
    ),
  mayNotAsk: (): Refusal =>
    refusal(
      'publication.not-yours',
      'A publication is asked for by the author of every release in it or by a lead of the project.',
      'Ask one of them.',
    ),
  noFile: (): Refusal =>
    refusal(
      'publication.no-file',
      'The release has no file with such a number that is still out.',
      'Take the numbers from the list of released files.',
    ),
  nothingLeft: (): Refusal =>
    refusal(
      'publication.nothing-left',
      'Every file of this release that is still out is public already, or is part of a publication.',
      'Name file numbers to ask for a part, or withdraw the publication that has them.',
    ),
  alreadyPublic: (): Refusal =>
    refusal(
      'publication.already-public',
      'A file of this set is public by another publication.',
      'Withdraw that one first, or leave the file out.',
    ),
  unknown: (): Refusal =>
    refusal('publication.unknown', 'There is no such publication.', 'Look up its id on its issue.'),
  notOpen: (): Refusal =>
    refusal(
      'publication.not-open',
      'This publication has been decided.',
      'Ask for a new one if files are to be published.',
    ),
  notPublisher: (): Refusal =>
    refusal(
      'publication.not-publisher',
      'A publication is decided by people with the role output publisher for this project.',
      'Ask one of them; teams.yml in the governance repository lists them.',
    ),
  ownRequest: (): Refusal =>
    refusal(
      'publication.own-request',
      'Whoever asked for a publication, or for the release behind it, does not approve it.',
      'Ask another publisher.',
    ),
  reviewedThem: (): Refusal =>
    refusal(
      'publication.reviewed-them',
      'You reviewed a release of this set; a further person approves that it becomes public.',
      'Ask another publisher.',
    ),
  notYoursToEnd: (): Refusal =>
    refusal(
      'publication.not-yours-to-end',
      'A publication is withdrawn by its requester, a lead of the project, an output publisher, or governance for the owner of the data.',
      'Ask one of them.',
    ),
  badReference: (): Refusal =>
    refusal(
      'publication.bad-reference',
      "Where the data owner's approval is written down is told in one line: letters, digits, spaces and . _ : / # ( ) -, at most 100 of them.",
      'Write something like REF-12, and keep the rest in the document itself.',
    ),
  badDay: (): Refusal =>
    refusal(
      'publication.bad-day',
      "The day of the data owner's approval is written like 2026-11-03, and is not in the future.",
      'Write the day of the approval, or leave it out: then it is the day on which you say so.',
    ),
  ownerMissing: (): Refusal =>
    refusal(
      'publication.owner-missing',
      "The data behind these files has an owner, and nobody has said where the owner's approval is written down.",
      'Approve with it, for example /approve REF-12 2026-11-03, or have the request made again with it in the form Request publication.',
    ),
  otherWorkspace: (): Refusal =>
    refusal(
      'publication.other-workspace',
      'One publication takes files of one workspace.',
      'Ask once for each workspace.',
    ),
  twoVersions: (): Refusal =>
    refusal(
      'publication.two-versions',
      'Two versions of one file are in the set: they have the same path.',
      'Choose one of them. The other can have a publication of its own.',
    ),
  malformed: (): Refusal =>
    refusal(
      'publication.malformed',
      'The message is not one that this hub understands.',
      'Use the same version on both sides.',
    ),
  notWanted: (): Refusal =>
    refusal(
      'publication.not-wanted',
      'This file is not part of a publication that is to be made.',
      'Ask for the orders again.',
    ),
  ended: (): Refusal =>
    refusal('publication.ended', 'This publication was rejected or withdrawn before.', ''),
};

/** Why a publication ended without a person: all its files were recalled. */
export const RECALLED = 'recalled';

/** What a withdrawal's category means, as everybody reads it. */
export const WITHDRAWAL_WORDS: Record<WithdrawalCategory, string> = {
  disclosure: 'the files may tell more than they should',
  'policy-breach': 'the rules of publication were not kept',
  'wrong-file': 'a wrong file is among them',
  'data-owner': 'the owner of the data asked for it',
  superseded: 'other results take their place',
};
