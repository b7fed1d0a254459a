/** May this person? One row per command; a page's button and the command ask the same row. */
import type { Refusal } from '../lib/refusal.ts';
import type { Command, CommandType } from './commands.ts';
import { whyNotChecker, whyNotSeated } from './independence.ts';
import { isEditor, isSeated } from './lookup.ts';
import { no } from './refusals.ts';
import { PHASE } from './states.ts';
import type { Actor, Facts, ReleasePolicy, ReleaseRequest, Role } from './types.ts';

/**
 * author, editor: by what they are on the request, and still members · checker: qualified and
 * independent · seat: such a checker, assigned · anyone: the rule itself looks closer
 */
type Capacity =
  | 'author'
  | 'editor'
  | 'withdrawer'
  | 'successor'
  | 'checker'
  | 'seat'
  | 'seated'
  | 'halter'
  | 'recaller'
  | 'incident'
  | 'operator'
  | 'airlock'
  | 'anyone';

export const WHO = {
  'add-file': 'editor',
  'update-file': 'editor',
  'move-file': 'editor',
  'retype-file': 'editor',
  'withdraw-file': 'editor',
  'set-role': 'editor',
  'clear-role': 'editor',
  explain: 'editor',
  'accept-policy': 'author',
  'name-co-author': 'author',
  'except-hint': 'editor',
  'resolve-hint': 'anyone',
  submit: 'author',
  withdraw: 'withdrawer',
  'take-over': 'successor',
  claim: 'checker',
  unclaim: 'seated',
  assign: 'airlock',
  unassign: 'airlock',
  grade: 'seat',
  'grade-group': 'seat',
  'confirm-grade': 'seat',
  'clear-grade': 'seat',
  'reset-grades': 'seat',
  sign: 'seat',
  arbitrate: 'seat',
  return: 'checker',
  'close-request': 'checker',
  'propose-part': 'seat',
  'confirm-part': 'seat',
  'queue-release': 'checker',
  halt: 'halter',
  'start-upload': 'airlock',
  'confirm-upload': 'airlock',
  'fail-upload': 'airlock',
  revoke: 'recaller',
  'close-incident': 'incident',
  'close-by-operators': 'operator',
  comment: 'anyone',
  'delete-comment': 'anyone',
  'publish-comment': 'anyone',
} as const satisfies Record<Exclude<CommandType, 'create'>, Capacity>;

/** What GitHub has a command or a label for. Everything else is done in the viewer. */
export const FROM_GITHUB: readonly CommandType[] = [
  'create',
  'add-file',
  'submit',
  'withdraw',
  'claim',
  'unclaim',
  'sign',
  'return',
  'close-request',
  'halt',
  'revoke',
];
/** What a scheduled request does besides, in its author's name. */
const SCHEDULED: readonly CommandType[] = ['explain', 'accept-policy'];

/** What gives an opinion that could let bytes out: under `review.trust: zone` a passkey's work. */
const NEEDS_PASSKEY: readonly CommandType[] = [
  'grade',
  'grade-group',
  'confirm-grade',
  'arbitrate',
  'propose-part',
  'confirm-part',
  'queue-release',
];
const NEEDS_FRESH: readonly CommandType[] = ['confirm-part', 'queue-release', 'revoke'];

export function mayPerson(
  request: ReleaseRequest,
  command: Exclude<Command, { type: 'create' }>,
  facts: Facts,
  policy: ReleasePolicy,
): Refusal | undefined {
  const { by, type } = command;
  const capacity: Capacity = WHO[type];
  if (by.kind === 'airlock') {
    return capacity === 'airlock' || capacity === 'halter' ? undefined : no.inViewer();
  }
  return HOLDS[capacity](by.id, request, facts, policy) ?? signInRefusal(type, by, facts, policy);
}

/** Whether this person has come by a door that the command is taken from. */
export function signInRefusal(
  type: CommandType,
  by: Actor & { kind: 'person' },
  facts: Facts,
  policy: ReleasePolicy,
): Refusal | undefined {
  const { session, automated, id } = by;
  if (!session) {
    return FROM_GITHUB.includes(type) || (automated && SCHEDULED.includes(type)) ? undefined : no.inViewer();
  }
  if (session.person !== id) return no.inViewer();
  if (policy.trust === 'zone' && NEEDS_PASSKEY.includes(type) && session.strength !== 'passkey') {
    return no.passkey();
  }
  // One that lies ahead of a clock that went back has ended: see sign-in/sessions.ts.
  return NEEDS_FRESH.includes(type) && facts.at - session.signedInAt > policy.freshMs
    ? no.stale()
    : undefined;
}

export function hasRole(facts: Facts, person: number, role: Role): boolean {
  return facts.people[person]?.roles.includes(role) === true;
}

/** In the authors' phase whoever may see unreleased outputs, in review the independent checkers. */
export function mayComment(person: number, request: ReleaseRequest, facts: Facts): Refusal | undefined {
  if (PHASE[request.state] === 'author') {
    return hasRole(facts, person, 'member') ? undefined : no.commentClosed();
  }
  return whyNotChecker(person, request, facts) ? no.commentClosed() : undefined;
}

type Holds = (
  person: number,
  request: ReleaseRequest,
  facts: Facts,
  policy: ReleasePolicy,
) => Refusal | undefined;

const HOLDS: Record<Capacity, Holds> = {
  author: (person, request, facts) =>
    request.author === person ? memberRefusal(person, facts) : no.notAuthor(),
  editor: (person, request, facts) =>
    isEditor(request, person) ? memberRefusal(person, facts) : no.notAuthor(),
  // Taking back what one asked for needs no rights; a lead may do it for them.
  withdrawer: (person, request, facts) =>
    request.author === person || hasRole(facts, person, 'lead') ? undefined : no.notAuthor(),
  successor: (person, request, facts) =>
    request.coAuthors.includes(person) || hasRole(facts, person, 'lead')
      ? memberRefusal(person, facts)
      : no.notSuccessor(),
  checker: whyNotChecker,
  seat: whyNotSeated,
  seated: (person, request) => (isSeated(request, person) ? undefined : no.notAssigned()),
  halter: whyNotChecker,
  recaller: (person, _request, facts) =>
    hasRole(facts, person, 'checker') || hasRole(facts, person, 'data-owner') ? undefined : no.notRecaller(),
  incident: (person, _request, facts) =>
    (['checker', 'data-owner', 'operator'] as const).some((role) => hasRole(facts, person, role))
      ? undefined
      : no.notIncident(),
  operator: (person, _request, facts) => (hasRole(facts, person, 'operator') ? undefined : no.notOperator()),
  airlock: () => no.notAirlock(),
  anyone: () => undefined,
};

export function memberRefusal(person: number, facts: Facts): Refusal | undefined {
  return hasRole(facts, person, 'member') ? undefined : no.notMember();
}
