/** Words for people: what states, bars, categories and commands are called on a page or in a refusal. */
import type { CommandType } from './commands.ts';
import type { Bar } from './independence.ts';
import type {
  ColumnRole,
  Decision,
  Grade,
  IncidentOutcome,
  RejectCategory,
  ReturnCategory,
  RevokeCategory,
  State,
} from './types.ts';

export const STATE_WORDS = {
  draft: 'a draft',
  submitted: 'waiting for its checkers',
  reviewing: 'under review',
  consolidating: 'being discussed by its checkers',
  returned: 'back with its author',
  approved: 'approved and queued',
  releasing: 'on its way out',
  released: 'released',
  rejected: 'rejected',
  withdrawn: 'withdrawn',
  revoked: 'revoked',
} as const satisfies Record<State, string>;

/** What a grade is called once it is given. */
export const GRADE_WORDS = {
  approve: 'approved',
  changes: 'changes requested',
  reject: 'rejected',
  undecided: 'to be looked at again',
} as const satisfies Record<Grade, string>;

export const DECISION_WORDS = {
  incomplete: 'not decided',
  approve: 'approved',
  changes: 'changes needed',
  reject: 'may not leave',
  conflicted: 'the checkers disagree',
} as const satisfies Record<Decision, string>;

export const RETURN_WORDS = {
  'author-asked': 'the author asked for it',
  'wrong-files': 'wrong files',
  'incomplete-context': 'the explanation is incomplete',
} as const satisfies Record<ReturnCategory, string>;

export const REJECT_WORDS = {
  'not-permitted': 'not permitted by policy',
  identifying: 'person-level or identifying',
  unsafe: 'unsafe in any form',
  'outside-purpose': 'outside the purpose of the project',
  duplicate: 'a duplicate',
} as const satisfies Record<RejectCategory, string>;

export const REVOKE_WORDS = {
  disclosure: 'a disclosure was found',
  'policy-breach': 'it breaks policy',
  'wrong-file': 'the wrong file',
  'data-owner': 'the data owner asked for it',
} as const satisfies Record<RevokeCategory, string>;

/** Ends "The incident was closed: …". */
export const OUTCOME_WORDS = {
  contained: 'nobody outside kept a copy',
  reported: 'whoever must know was told',
  'no-disclosure': 'the file gave nobody away',
} as const satisfies Record<IncidentOutcome, string>;

/** Ends "Column … is …". */
export const ROLE_WORDS = {
  count: 'counted as people',
  other: 'not counted as people',
} as const satisfies Record<ColumnRole, string>;

export const BAR_WORDS = {
  author: 'is or was an author of this request',
  member: 'is a member of the project',
  copilot: 'is co-pilot of the project',
  'ran-a-job': 'ran a job behind a file',
  committed: 'wrote or committed code behind a file',
  'same-organisation': 'belongs to the organisation of the other checker',
  unknown: 'cannot be compared with people who are not known yet',
} as const satisfies Record<Bar, string>;

/** Ends "It is …: you cannot …". */
export const COMMAND_WORDS = {
  create: 'start it again',
  'add-file': 'add a file',
  'update-file': 'update a file',
  'move-file': 'move a file',
  'retype-file': 'change what a file is',
  'withdraw-file': 'withdraw a file',
  'set-role': 'say what a column is',
  'clear-role': 'leave a column to the checks',
  explain: 'edit context or controls',
  'accept-policy': 'accept the policy',
  'name-co-author': 'name a co-author',
  'except-hint': 'ask for an exception',
  'resolve-hint': 'answer a hint',
  submit: 'submit it',
  withdraw: 'withdraw it',
  'take-over': 'take it over',
  claim: 'claim it',
  unclaim: 'give it back',
  assign: 'assign a checker',
  unassign: 'remove a checker',
  grade: 'grade a file',
  'grade-group': 'grade a group',
  'confirm-grade': 'confirm a grade',
  'clear-grade': 'clear a grade',
  'reset-grades': 'reset your grades',
  sign: 'sign a review',
  arbitrate: 'settle a disagreement',
  return: 'return it',
  'close-request': 'reject it',
  'propose-part': 'propose a part of it',
  'confirm-part': 'confirm a part of it',
  'queue-release': 'queue its release',
  halt: 'halt it',
  'start-upload': 'start its upload',
  'confirm-upload': 'confirm an upload',
  'fail-upload': 'record a failed upload',
  revoke: 'revoke a file',
  'close-incident': 'close an incident',
  'close-by-operators': 'close it',
  comment: 'comment',
  'delete-comment': 'delete a comment',
  'publish-comment': 'publish a comment',
} as const satisfies Record<CommandType, string>;

/** At most so many names in one sentence. */
const NAMED = 5;

/** `a, b and 3 more` */
export function some(names: readonly (string | number)[]): string {
  const shown = names.slice(0, NAMED);
  const rest = names.length - shown.length;
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ');
}
