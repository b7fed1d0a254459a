/**
 * The catalogue of this room's refusals: stable code, sentence, next step.
 *
 * None says anything about another checker's grades, signature or progress: a refusal is read by
 * people who may not know. File names and reasons stay in the viewer; GitHub is told the code only.
 */
import { refusal, type Refusal } from '../lib/refusal.ts';
import type { CommandType } from './commands.ts';
import type { Bar } from './independence.ts';
import type { State } from './types.ts';
import { BAR_WORDS, COMMAND_WORDS, some, STATE_WORDS } from './words.ts';

type Says = string | readonly [says: string, next: string];

/** `release.<name>`, with the sentence and what to do. */
const say = (name: string, says: Says): Refusal =>
  typeof says === 'string' ? refusal(`release.${name}`, says) : refusal(`release.${name}`, says[0], says[1]);

const LATER = 'Try again later.';
const VIEWER = 'Open them in the viewer';

export const no = {
  // May this person?
  notMember: () =>
    say('not-member', [
      'Only members who may see unreleased outputs can do this.',
      "Ask the project's lead for the role developer.",
    ]),
  notAuthor: () =>
    say('not-author', [
      'Only the author of the request can do this.',
      'Ask the author, or take the request over.',
    ]),
  notSuccessor: () =>
    say('not-successor', [
      "Only a co-author or the project's lead can take a request over.",
      'Ask one of them.',
    ]),
  notChecker: () =>
    say('not-checker', [
      'Only output checkers of this project can do this.',
      'Ask the governance team for the role.',
    ]),
  notIndependent: (bars: readonly Bar[]) =>
    say('not-independent', [
      `You cannot check this request: you ${bars.map((bar) => youDo(BAR_WORDS[bar])).join('; you ')}.`,
      'Another checker has to do it.',
    ]),
  notAssigned: () =>
    say('not-assigned', ['You are not assigned to this request.', 'Claim a free place first.']),
  notOperator: () => say('not-operator', 'Only operators of the deployment can do this.'),
  notRecaller: () =>
    say('not-recaller', [
      'Only a checker or the data owner can revoke a released file.',
      'Tell one of them what you found.',
    ]),
  notIncident: () =>
    say('not-incident', [
      'Only a checker, the data owner or an operator can close an incident.',
      'Tell one of them how it ended.',
    ]),
  notAirlock: () => say('not-airlock', 'Only the airlock itself does this.'),
  someoneElse: () => say('someone-else', 'A request is started by its author.'),
  passkey: () =>
    say('passkey-needed', [
      'This zone asks for a sign-in with a passkey.',
      'Sign in to the viewer with your passkey.',
    ]),
  stale: () =>
    say('fresh-sign-in', ['This needs a fresh sign-in to the viewer.', 'Sign in again, then repeat it.']),

  // Does the state allow it?
  state: (state: State, command: CommandType) =>
    say('state', [
      `The request is ${STATE_WORDS[state]}: you cannot ${COMMAND_WORDS[command]}.`,
      'Reload the page to see what can be done now.',
    ]),
  turnOver: () =>
    say('turn-over', [
      'The request came back and was submitted again since this page was made.',
      'Reload the page and look at what changed.',
    ]),
  exists: () => say('exists', 'This request exists already.'),
  unknown: () => say('unknown', ['There is no such request.', 'Look for it in the list of your requests.']),
  active: (id: string) =>
    say('active-request', [
      `There is an active request here already: ${id}.`,
      'Finish or withdraw it first.',
    ]),
  archived: () =>
    say('archived', ['The workspace is archived.', 'Ask the lead to take it out of the archive.']),
  closed: () =>
    say('project-closed', ['The project is not ongoing.', 'Ask the governance team to reopen it.']),
  frozen: () => say('frozen', ['This is paused by governance, or by the operator of the zone.', LATER]),

  // Files and explanations.
  path: () =>
    say('path', 'This is not the path of an output: it must stay in the workspace, without dot-files.'),
  groupName: () =>
    say('group-name', 'The name of a group has 1 to 64 letters, digits, spaces, dots or dashes.'),
  noGroup: (group: string) =>
    say('unknown-group', [`There is no group "${group}".`, 'Add a file to it first.']),
  noFile: () => say('unknown-file', ['The request has no such file.', 'Look at its list of files.']),
  fileThere: () =>
    say('file-exists', ['The file is on the request already.', 'Update it, or move it to another group.']),
  notOutput: () =>
    say('not-an-output', [
      'The workspace does not list this file as an output now.',
      'Withdraw it, or run the job again.',
    ]),
  copyDiffers: () => say('copy-differs', ['The file changed while it was copied.', 'Add it again.']),
  notChanged: () => say('not-updated', 'The file has not changed since it was added.'),
  fileType: (type: string) =>
    say('file-type', [
      `Files of type ${type} are not released here.`,
      'Write the output as one of the listed types.',
    ]),
  looksLike: (suffix: string, found: string) =>
    say('type-mismatch', [
      `The name says ${suffix}, the content says ${found}.`,
      'Name the file after what it is.',
    ]),
  tooLarge: (max: number) =>
    say('too-large', [`The file is larger than ${max} bytes.`, 'Aggregate it further, or split it.']),
  alreadyReleased: () =>
    say('already-released', ['These bytes are released already.', 'Add the file as a supporting file.']),
  wasRevoked: () =>
    say('was-revoked', ['These bytes were released once and revoked.', 'Say why they may leave now.']),
  wasRejected: () =>
    say('was-rejected', ['The checkers said that this file may not leave in this form.', 'Withdraw it.']),
  locked: () => say('locked', 'The file is part of a release already.'),
  sameGroup: () => say('same-group', 'The file is in this group already.'),
  sameType: () => say('same-type', 'The file is that already.'),
  column: () => say('column', ['A column has a heading of 1 to 200 characters.', 'Choose one of the file.']),
  sameRole: () => say('same-role', 'This is said of the column already, for this reason.'),
  noRole: () => say('unknown-role', 'Nothing is said of this column.'),
  policyVersion: () =>
    say('policy-version', ['There is a newer policy text.', 'Reload the page and read it.']),
  coAuthor: () => say('co-author', 'A co-author is another member who may see unreleased outputs.'),
  authorHere: () =>
    say('author-present', [
      'The author is still a member of the project.',
      'Ask them to name you as co-author.',
    ]),

  // Before submission.
  noOutputs: () => say('no-outputs', ['There is nothing to release on the request.', 'Add an output.']),
  notExplained: (groups: readonly string[]) =>
    say('not-explained', [
      `Context or controls are missing in: ${some(groups)}.`,
      'Fill in both for every group.',
    ]),
  notAccepted: () =>
    say('policy-not-accepted', ['The policy text is not accepted yet.', 'Read and accept it in the viewer.']),
  committers: (named: readonly string[]) =>
    say('unknown-committer', [
      `Nobody knows who this is: ${some(named)}.`,
      'Ask the governance team to add it to the person in people.yml.',
    ]),
  checksRunning: () => say('checks-running', ['The automatic checks have not ended.', LATER]),
  blocked: (hints: number) =>
    say('blocking-hints', [
      `${hints} blocking ${hints === 1 ? 'hint has' : 'hints have'} no exception.`,
      'Correct the outputs, or give a reason for each.',
    ]),
  final: (hints: number) =>
    say('final-hints', [
      `${hints} blocking ${hints === 1 ? 'hint admits' : 'hints admit'} no exception.`,
      'Take the files out, or wait until the check says otherwise.',
    ]),
  noException: () =>
    say('no-exception', [
      'No exception is made to this check.',
      'Take the file out, or wait until the check says otherwise.',
    ]),
  openHints: (hints: number) =>
    say('open-hints', [
      `You have not answered ${hints} ${hints === 1 ? 'warning' : 'warnings'}.`,
      'Answer each in the viewer.',
    ]),
  unanswered: (groups: readonly string[]) =>
    say('unanswered', [
      `Say what changed, in a comment, in: ${some(groups)}.`,
      'Comment on each of these groups.',
    ]),
  onItsWay: () =>
    say('upload-running', ['The part that was released is still on its way.', 'Wait until it has arrived.']),
  unknownHint: () => say('unknown-hint', ['There is no such hint now.', 'Reload the page.']),
  reason: () => say('reason-missing', ['A reason is needed.', 'Say why, in a sentence.']),

  // Review.
  seated: () => say('already-assigned', 'This person is assigned already.'),
  full: () => say('places-taken', 'All places on this request are taken.'),
  notBarred: () => say('not-idle', 'Whoever has signed and is still independent keeps their place.'),
  signed: () => say('already-signed', 'Your signature for this turn is recorded already.'),
  keepGrades: () =>
    say('no-clearing', [
      'After signing a grade can be changed, not cleared.',
      'Give the grade that holds now.',
    ]),
  notGraded: () => say('not-graded', 'You have not graded this file.'),
  notShown: (files: readonly number[]) =>
    say('not-opened', [
      `You have not been shown every file as it is now: ${some(files)}.`,
      `${VIEWER}, each to its end, then sign again.`,
    ]),
  ungraded: (files: readonly number[]) =>
    say('ungraded', [
      `These files have no grade of yours that counts: ${some(files)}.`,
      `${VIEWER} and grade or confirm them.`,
    ]),
  groupChanged: () =>
    say('group-changed', [
      'Files of this group changed since you graded it.',
      'Confirm its files one by one.',
    ]),
  nothingCarried: () => say('nothing-to-confirm', 'There is no grade of yours to confirm here.'),
  uncommented: (groups: readonly string[]) =>
    say('comment-missing', [
      `You ask for changes and do not say which, in: ${some(groups)}.`,
      'Comment on each of these groups first.',
    ]),
  blind: () =>
    say('blind', [
      'Until both reviews are in only grades given in the viewer count.',
      'Grade every file in the viewer, then sign with verdict: submit.',
    ]),
  labelsOnlySubmit: () =>
    say('labels-only-submit', [
      'In this zone grades are given in the viewer only.',
      'Grade every file there, then sign with verdict: submit.',
    ]),
  codeMissing: () =>
    say('signing-code-missing', [
      'Here a signature on GitHub carries the code that the viewer shows you; labels cannot.',
      'Grade every file in the viewer, then comment /submit-review with the code, or sign there.',
    ]),
  codeWrong: () =>
    say('signing-code', [
      'The code does not fit what is to be signed now.',
      'Copy it again from the viewer, then sign again.',
    ]),
  inViewer: () => say('viewer-only', ['This can only be done in the viewer.', 'Sign in there.']),

  // Consolidation and release.
  category: () =>
    say('category-missing', [
      'A category is needed.',
      'Choose author-asked, wrong-files or incomplete-context.',
    ]),
  unexplained: (groups: readonly string[]) =>
    say('public-comment-missing', [
      `The author is not told what to do, in: ${some(groups)}.`,
      'Comment publicly on each of these groups first.',
    ]),
  notAllApproved: () =>
    say('not-all-approved', [
      'Not every output is approved by two signed reviews.',
      'Discuss them, sign again, or return the request.',
    ]),
  notArbiter: () =>
    say('not-arbiter', 'Only the third checker, called in to settle a disagreement, can do this.'),
  notReviewer: () => say('not-reviewer', 'Only a checker with a signed review of this turn can do this.'),
  partEmpty: () =>
    say('part', [
      'A part is some of the approved outputs, not none and not all.',
      'Choose again; to release all of them, approve the others.',
    ]),
  partOther: () => say('part-other', ['Another person has to confirm the part.', 'Ask the other checker.']),
  partNone: () => say('part-none', 'No part is proposed as things stand.'),
  noBatch: () => say('unknown-batch', 'There is no such batch.'),
  tooLate: () => say('halt-too-late', ['The upload has begun.', 'Revoke the files instead.']),
  batchState: () => say('batch-state', 'The batch is not in a state for this.'),
  bytesChanged: (files: readonly number[]) =>
    say('bytes-changed', [
      `Stored copies are not what the checkers approved: ${some(files)}.`,
      'Nothing was uploaded. Tell the operators at once.',
    ]),
  lapsed: () =>
    say('approvals-lapsed', [
      'An approval no longer stands: two independent checkers are needed at release.',
      'Halt the release and have it checked again.',
    ]),
  uploadHash: () => say('upload-hash', 'The receiver confirmed other bytes than were sent.'),
  notOut: () => say('not-released', 'This file has not been released, or is revoked already.'),
  noIncident: () =>
    say('unknown-incident', ['There is no such open incident.', 'Reload the page: it may be closed.']),
  ownIncident: () =>
    say('incident-second-person', [
      'Neither an author of the request nor who asked for the recall closes its incident.',
      'Ask another checker, the data owner or an operator.',
    ]),
  secondPerson: () =>
    say('second-person', ['Two people have to ask for this.', 'Ask another person to confirm it.']),

  // Talk.
  noComment: () => say('unknown-comment', 'There is no such comment of yours.'),
  commentClosed: () =>
    say('comment-closed', [
      'You cannot comment while others are at work on the request.',
      'Wait for your turn.',
    ]),
  publicOnly: () => say('public-only', 'Private comments are for checkers while they review.'),
  commentText: (max: number) => say('comment-text', `A comment has 1 to ${max} characters.`),
  commentRead: () =>
    say('comment-read', [
      'While reviews are blind only comments of this turn can be deleted.',
      'Delete it once both reviews are in.',
    ]),
  commentFixed: () => say('comment-fixed', 'Only a private comment of this turn can be made public.'),
} as const;

/** "is a member" is said of others; a person is told "are a member". */
function youDo(words: string): string {
  return words
    .replace(/^is or was /, 'are or were ')
    .replace(/^is /, 'are ')
    .replace(/^belongs /, 'belong ');
}
