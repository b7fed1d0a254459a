/** What the publication room says. */
import { refusal, type Refusal } from '../lib/refusal.ts';

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
      'A publication is asked for by the author of the request or by a lead of the project.',
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
      'You checked a file of this set for its release; a further person approves that it becomes public.',
      'Ask another publisher.',
    ),
  notYoursToEnd: (): Refusal =>
    refusal(
      'publication.not-yours-to-end',
      'A publication is withdrawn by its requester, a lead of the project, or an output publisher.',
      'Ask one of them.',
    ),
  noReason: (): Refusal =>
    refusal(
      'publication.no-reason',
      'A withdrawal needs a reason of at most 300 characters in one line.',
      'Write it after the command. It goes into the public record.',
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

/** Why an edition ended, for the public record. */
export const RECALLED = 'its files were recalled';
