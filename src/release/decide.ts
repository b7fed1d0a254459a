/**
 * The door: a command is answered with entries or with a refusal.
 *
 * Three questions in this order: may this person, does the state allow it, and what does the rule of the
 * command say. Whoever stores the entries locks the request, so that facts and state are of one moment.
 */
import type { Refusal } from '../lib/refusal.ts';
import type { Command, CommandType } from './commands.ts';
import { clearRole, setRole } from './column-roles.ts';
import { comment, deleteComment, publishComment } from './comments.ts';
import { closeRequest, confirmPart, proposePart, queueRelease, returnRequest } from './consolidating.ts';
import {
  acceptPolicy,
  addFile,
  explain,
  moveFile,
  nameCoAuthor,
  retypeFile,
  updateFile,
  withdrawFile,
} from './editing.ts';
import type { Entry } from './entries.ts';
import { closeIncident } from './incidents.ts';
import { mayPerson } from './permission.ts';
import { stateAllows } from './policy.ts';
import { closeByOperators, revoke } from './recall.ts';
import { no } from './refusals.ts';
import { confirmUpload, failUpload, halt, startUpload } from './releasing.ts';
import { arbitrate, clearGrade, confirmGrade, grade, gradeGroup, resetGrades, sign } from './reviewing.ts';
import type { At, Outcome } from './rule.ts';
import { assign, claim, unassign, unclaim } from './seats.ts';
import { play } from './stamp.ts';
import { create, exceptHint, resolveHint, submit, takeOver, withdraw } from './submitting.ts';
import type { Facts, ReleasePolicy, ReleaseRequest } from './types.ts';

type Asked = Exclude<CommandType, 'create'>;

const RULES: { [T in Asked]: (at: At<T>) => Outcome } = {
  'add-file': addFile,
  'update-file': updateFile,
  'move-file': moveFile,
  'retype-file': retypeFile,
  'withdraw-file': withdrawFile,
  'set-role': setRole,
  'clear-role': clearRole,
  explain,
  'accept-policy': acceptPolicy,
  'name-co-author': nameCoAuthor,
  'except-hint': exceptHint,
  'resolve-hint': resolveHint,
  submit,
  withdraw,
  'take-over': takeOver,
  claim,
  unclaim,
  assign,
  unassign,
  grade,
  'grade-group': gradeGroup,
  'confirm-grade': confirmGrade,
  'clear-grade': clearGrade,
  'reset-grades': resetGrades,
  sign,
  arbitrate,
  return: returnRequest,
  'close-request': closeRequest,
  'propose-part': proposePart,
  'confirm-part': confirmPart,
  'queue-release': queueRelease,
  halt,
  'start-upload': startUpload,
  'confirm-upload': confirmUpload,
  'fail-upload': failUpload,
  revoke,
  'close-incident': closeIncident,
  'close-by-operators': closeByOperators,
  comment,
  'delete-comment': deleteComment,
  'publish-comment': publishComment,
};

/**
 * While governance has frozen the project, its backend or everything: what stops a release or takes one back, what
 * the zone itself writes down of what has happened already, and giving up one's own. All else stands still.
 */
const WHILE_FROZEN: readonly CommandType[] = [
  'withdraw',
  'unclaim',
  'unassign',
  'halt',
  'confirm-upload',
  'fail-upload',
  'revoke',
  'close-incident',
  'close-by-operators',
];

/** No entries at all is also a yes: the receiver confirmed what was known. */
export interface Decided {
  events: Entry[];
}

export function decide(
  request: ReleaseRequest | undefined,
  command: Command,
  facts: Facts,
  policy: ReleasePolicy,
): Decided | Refusal {
  const answer = weigh(request, command, facts, policy);
  return 'no' in answer ? answer.no[0]! : answer;
}

/** Every reason why not, for a button that says so; empty when the command would be taken. */
export function obstacles(
  request: ReleaseRequest | undefined,
  command: Command,
  facts: Facts,
  policy: ReleasePolicy,
): Refusal[] {
  const answer = weigh(request, command, facts, policy);
  return 'no' in answer ? answer.no : [];
}

function weigh(
  request: ReleaseRequest | undefined,
  command: Command,
  facts: Facts,
  policy: ReleasePolicy,
): Decided | { no: Refusal[] } {
  if (facts.frozen && !WHILE_FROZEN.includes(command.type)) return { no: [no.frozen()] };
  if (command.type === 'create') {
    if (request) return { no: [no.exists()] };
    const begun = create(command, facts, policy);
    return 'no' in begun ? begun : { events: [begun.first] };
  }
  if (!request) return { no: [no.unknown()] };
  const whyNot = mayPerson(request, command, facts, policy) ?? stateAllows(request.state, command.type);
  if (whyNot) return { no: [whyNot] };
  if (command.turn !== undefined && command.turn !== request.turn) return { no: [no.turnOver()] };
  // The table's own type ties each command to its rule; TypeScript cannot follow the lookup.
  const rule = RULES[command.type] as (at: At<Asked>) => Outcome;
  const outcome = rule({ request, command, facts, policy });
  if ('no' in outcome) return outcome;
  return { events: play(request, outcome.yes, command.by, facts.at).entries };
}
