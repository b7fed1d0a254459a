/** From nothing to submitted, and back out: create, submit, withdraw, take over; and answers to hints. */
import type { Refusal } from '../lib/refusal.ts';
import { storedDecision } from './decisions.ts';
import { isBlank, isReleased, notOpen, ofGrade } from './editing.ts';
import { stampFirst } from './stamp.ts';
import type { CommandOf } from './commands.ts';
import type { Entry } from './entries.ts';
import { explainedGroup } from './explained.ts';
import {
  filesAtStake,
  groupsWithout,
  idOf,
  isEditor,
  liveFiles,
  lockedPaths,
  openBatch,
  outputsAtStake,
} from './lookup.ts';
import { hasRole, memberRefusal, signInRefusal } from './permission.ts';
import { no } from './refusals.ts';
import { answer, type At, type Drafted, type Outcome } from './rule.ts';
import { whyNotSeated } from './independence.ts';
import { PHASE } from './states.ts';
import { isStrong, strengthOf } from './strength.ts';
import type { Facts, Hint, ReleasePolicy, ReleaseRequest, RequestFile } from './types.ts';

/** The only command without a request before it. */
export function create(
  command: CommandOf<'create'>,
  facts: Facts,
  policy: ReleasePolicy,
): { no: Refusal[] } | { first: Entry } {
  const { by, author, id, workspace, project } = command;
  if (by.kind !== 'person' || by.id !== author) return { no: [no.someoneElse()] };
  const against = [
    memberRefusal(author, facts),
    signInRefusal('create', by, facts, policy),
    ...notOpen(facts),
    facts.activeRequest !== null && no.active(facts.activeRequest),
  ].filter((each) => each !== undefined && each !== false);
  if (against.length > 0) return { no: against };
  const automated = by.automated === true;
  const first = { type: 'REQUEST_CREATE', id, workspace, project, author, automated } as const;
  return { first: stampFirst(first, by, facts.at) };
}

export function submit({ request, facts, policy }: At<'submit'>): Outcome {
  const outputs = outputsAtStake(request);
  const unexplained = groupsInUse(request).filter((name) => !explainedGroup(request, name));
  const unknown = facts.deeds.filter((deed) => !deed.known).map(({ named }) => named);
  const blocking = hintsAtStake(request, facts).filter(
    ({ id, severity, final }) =>
      severity === 'block' && !final && !request.exceptions.some(({ hint }) => hint === id),
  );
  const final = finalHints(request, facts);
  const open = openHints(request, facts, 'author', policy);
  return answer(
    [
      ...notOpen(facts),
      request.acceptedPolicy !== policy.policyText && no.notAccepted(),
      openBatch(request) !== undefined && no.onItsWay(),
      outputs.length === 0 && no.noOutputs(),
      unexplained.length > 0 && no.notExplained(unexplained),
      filesAtStake(request).some(({ path }) => !facts.files[path]) && no.notOutput(),
      outputs.some(({ source, sha256 }) => isReleased(request, [source, sha256], facts)) &&
        no.alreadyReleased(),
      outputs.some((file) => storedDecision(request, file) === 'reject') && no.wasRejected(),
      unknown.length > 0 && no.committers(unknown),
      outputs.some(({ sha256 }) => facts.unchecked.includes(sha256)) && no.checksRunning(),
      blocking.length > 0 && no.blocked(blocking.length),
      final.length > 0 && no.final(final.length),
      open.length > 0 && no.openHints(open.length),
      answersMissing(request),
    ],
    () => [...overturned(request), { type: 'REQUEST_SUBMIT', to: 'submitted' }],
  );
}

/** A queued part stays inside with the rest; one that is on its way arrives. */
export function withdraw({ request }: At<'withdraw'>): Outcome {
  return answer([], () => [...haltQueued(request), { type: 'REQUEST_WITHDRAW', to: 'withdrawn' }]);
}

/** A co-author at any time; the lead when the author is no longer there to do it. */
export function takeOver({ request, command, facts }: At<'take-over'>): Outcome {
  const who = idOf(command.by);
  const present = hasRole(facts, request.author, 'member') && !request.coAuthors.includes(who);
  return answer(
    [present && no.authorHere(), facts.activeRequest !== null && no.active(facts.activeRequest)],
    () => [{ type: 'REQUEST_TRANSFER', author: who }],
  );
}

export function exceptHint({ command, facts }: At<'except-hint'>): Outcome {
  const { hint, reason, by } = command;
  const isFinal = facts.hints.some(({ id, final }) => id === hint && final);
  return answer(
    [
      !hintNamed(facts, hint) && no.unknownHint(),
      isFinal && no.noException(),
      isBlank(reason) && no.reason(),
    ],
    () => [{ type: 'HINT_EXCEPTION', hint, person: idOf(by), reason }],
  );
}

/** Authors answer in their phase, assigned checkers in theirs; each for themselves. */
export function resolveHint({ request, command, facts, policy }: At<'resolve-hint'>): Outcome {
  const { hint, reason, by } = command;
  const person = idOf(by);
  const authors = PHASE[request.state] === 'author';
  const whyNot = authors
    ? isEditor(request, person)
      ? memberRefusal(person, facts)
      : no.notAuthor()
    : (whyNotSeated(person, request, facts, policy) ??
      (isStrong(strengthOf(by), policy) ? undefined : no.passkey()));
  return answer([whyNot, !hintNamed(facts, hint) && no.unknownHint(), isBlank(reason) && no.reason()], () => [
    { type: 'HINT_RESOLVE', hint, person, as: authors ? 'author' : 'checker', reason },
  ]);
}

/** Hints about what this turn is about; of supporting files only the final ones, of withdrawn files none. */
export function hintsAtStake(request: ReleaseRequest, facts: Facts): Hint[] {
  const paths = new Set(outputsAtStake(request).map(({ path }) => path));
  const all = new Set(filesAtStake(request).map(({ path }) => path));
  return facts.hints.filter(({ path, final }) => path === undefined || (final ? all : paths).has(path));
}

/** Nothing is released while one stands; of a part, while one stands at a file of it. */
export function finalHints(request: ReleaseRequest, facts: Facts, part?: readonly string[]): Hint[] {
  return hintsAtStake(request, facts).filter(
    ({ final, path }) => final && (part === undefined || path === undefined || part.includes(path)),
  );
}

/** Warnings without an answer: the authors answer for each other, a checker only for themselves. */
export function openHints(
  request: ReleaseRequest,
  facts: Facts,
  as: 'author' | number,
  policy: ReleasePolicy,
): Hint[] {
  return hintsAtStake(request, facts).filter(
    ({ id, severity, byAuthor }) =>
      severity === 'warn' &&
      !(as === 'author' && byAuthor) &&
      !request.resolutions.some(
        (each) =>
          each.hint === id &&
          (as === 'author'
            ? each.as === 'author'
            : each.by === as && each.as === 'checker' && isStrong(each.strength, policy)),
      ),
  );
}

/** Batches that wait are halted when their request closes. */
export function haltQueued(request: ReleaseRequest): Drafted[] {
  return request.batches
    .filter(({ state }) => state === 'queued')
    .map(({ number }): Drafted => ({ type: 'REQUEST_HALT', to: request.state, batch: number }));
}

function groupsInUse(request: ReleaseRequest): string[] {
  const used = new Set(filesAtStake(request).map(({ group }) => group));
  return request.groups.map(({ name }) => name).filter((name) => used.has(name));
}

function hintNamed(facts: Facts, id: string): boolean {
  return facts.hints.some((hint) => hint.id === id);
}

/** What was returned with a question needs an answer, in the group where it was asked. */
function answersMissing(request: ReleaseRequest): Refusal | false {
  if (request.state === 'draft' || request.returnedEarly) return false;
  const locked = lockedPaths(request);
  const asked = new Set(
    request.files
      .filter(({ type, path }) => type === 'output' && !locked.has(path))
      .filter((file) => asksForAnswer(request, file))
      .map(({ group }) => group),
  );
  const silent = groupsWithout(
    request,
    asked,
    ({ by, visibility }) => visibility === 'public' && isEditor(request, by),
  );
  return silent.length > 0 && no.unanswered(silent);
}

/** A withdrawn file still answers for what was said of it; a live one for all that is not approved as it is. */
function asksForAnswer(request: ReleaseRequest, file: RequestFile): boolean {
  if (!file.withdrawn) return storedDecision(request, file) !== 'approve';
  return file.decided !== undefined && !['approve', 'incomplete'].includes(file.decided.decision);
}

/** A new turn: approvals ask to be confirmed, everything else to be looked at afresh. */
function overturned(request: ReleaseRequest): Drafted[] {
  const live = new Set(liveFiles(request).map(({ path }) => path));
  return request.grades
    .filter(({ path, grade, carried }) => live.has(path) && grade !== 'undecided' && !carried)
    .map(
      (entry): Drafted =>
        entry.grade === 'approve'
          ? { type: 'REQUEST_FILE_CARRY', ...ofGrade(entry) }
          : { type: 'REQUEST_FILE_UNDECIDED', ...ofGrade(entry) },
    );
}
