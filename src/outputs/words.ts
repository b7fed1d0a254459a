/** What the outputs room says when the answer is no. */
import { refusal } from '../lib/refusal.ts';

export const notReady = () =>
  refusal('zone.not-ready', 'The hub has not read the governance repository yet.', 'Try again in a minute.');

export const messageMalformed = (what: string) =>
  refusal(
    'zone.malformed',
    `The message is not one of the protocol: ${what}.`,
    'Use the same version on both sides.',
  );

export const tooOften = () =>
  refusal('zone.too-often', 'This airlock asks too often.', 'Wait a minute before asking again.');

export const backendInactive = (backend: string) =>
  refusal(
    'zone.backend-inactive',
    `The backend "${backend}" is not in use.`,
    'Set it active in backends.yml.',
  );

export const noAirlock = (backend: string) =>
  refusal(
    'order.no-airlock',
    `No airlock of the backend "${backend}" is listed.`,
    'Have its key added to backends.yml under keys.viewer.',
  );

export const unknownRequest = () =>
  refusal('order.unknown-request', 'No release request with this id is known here.', 'Check the id.');

export const orderOtherContent = (id: string) =>
  refusal('order.other-content', `The order ${id} exists with other content.`, 'Use a new id.');

export const orderMalformed = (where: string) =>
  refusal('order.malformed', `The order is not one of the protocol: ${where}.`, 'Write it as documented.');

export const orderTooLong = () =>
  refusal(
    'order.too-long',
    'These are more patterns than fit into one order.',
    'Name folders, or ask twice.',
  );

export const orderExpired = () =>
  refusal(
    'order.expired',
    'The secure zone did not answer in time.',
    'Look at the request, then say it again; an operator sees whether the airlock calls.',
  );

export const foreignRequest = () =>
  refusal('shown.foreign', 'This request belongs to another airlock.', 'Use ids of your own.');

export const foreignWorkspace = () =>
  refusal(
    'shown.workspace',
    'The workspace is not one of this backend, or not of that repository and project.',
    'Compare the workspace, repository and project with governance.',
  );

export const stepsMalformed = () =>
  refusal('shown.steps', 'The steps are out of order or lie in the future.', 'Check the clock of the zone.');

export const olderEpoch = () =>
  refusal(
    'shown.older-epoch',
    'The zone has been restored from a backup since.',
    'Stop the airlock that was there before: only the restored one speaks for the zone.',
  );

export const releasedAlready = (release: string) =>
  refusal(
    'release.out-already',
    `A file of it is out already, by release ${release}.`,
    'The record of the zone may have lost this in a restore: close the request.',
  );

export const releaseUnknownRequest = () =>
  refusal(
    'release.unknown-request',
    'The hub was not shown this request by this airlock.',
    'Report the request first.',
  );

export const releaseOtherRequest = (what: string) =>
  refusal(
    'release.other-request',
    `The ${what} of the release is not the request's.`,
    'Declare what was approved.',
  );

export const releaseNoBatch = () =>
  refusal('release.no-batch', 'The request has no such batch on its way.', 'Report the request first.');

export const fileNotAllowed = (number: number, why: string) =>
  refusal(
    'release.file-not-allowed',
    `File ${number} may not be released: ${why}.`,
    'Correct the declaration.',
  );

export const approvalsMissing = (number: number) =>
  refusal(
    'release.not-approved',
    `File ${number} does not carry the approvals of two different checkers who are neither its author nor strangers to governance.`,
    'Have it checked by people who hold the role now.',
  );

export const releaseOtherContent = (id: string) =>
  refusal('release.other-content', `The release ${id} exists with other files.`, 'Make a new batch.');

export const notDeclared = () =>
  refusal(
    'release.not-declared',
    'This file was not declared by this airlock.',
    'Declare the release first.',
  );

export const wrongBytes = () =>
  refusal('release.wrong-bytes', 'These are not the bytes that were declared.', 'Send the approved copy.');

export const unknownOutput = () =>
  refusal('output.unknown', 'There is no such released file.', 'Open the release again.');

export const notReleased = () =>
  refusal('output.not-released', 'The release has not arrived as a whole yet.', 'Try again later.');

export const recalled = () =>
  refusal(
    'output.recalled',
    'This file was recalled after its release.',
    'Delete every copy you hold of it.',
  );

/** One answer to every failure: which of them it was helps only whoever guesses. */
export const signInRefused = () =>
  refusal('sign-in.refused', 'This code is not valid.', 'Ask for a new code and type it within ten minutes.');

export const numberTaken = () =>
  refusal('sign-in.number-taken', 'This number is in use.', 'Draw another number.');

export const signInBusy = () =>
  refusal('sign-in.busy', 'Too many sign-ins of this viewer are waiting.', 'Try again in ten minutes.');

export const unknownNumber = () =>
  refusal(
    'sign-in.unknown-number',
    'No viewer waits with this number.',
    'Look at the number in the viewer again; it changes after ten minutes.',
  );

export const unknownPerson = () =>
  refusal(
    'sign-in.unknown-person',
    'You are not listed in governance, so there is no viewer for you.',
    'Ask the governance team.',
  );

export const tooManyTries = () =>
  refusal('sign-in.too-many', 'There were too many wrong tries for your account.', 'Wait an hour.');
