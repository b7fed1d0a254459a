/**
 * The checkers' work: grades, given in the viewer on the bytes, and the signature under them.
 *
 * A signature covers every output at stake. A verdict other than `submit` gives that grade to every
 * output not graded singly and then signs; with file numbers it grades those and does not sign. What it
 * would mean is played on a copy first, so a refused signature leaves no grade behind.
 */
import type { Refusal } from '../lib/refusal.ts';
import type { CommandOf } from './commands.ts';
import { approving } from './consolidating.ts';
import { allApproved, decisions } from './decisions.ts';
import { isBlank, ofGrade } from './editing.ts';
import { keyOf, sameKey, sameThing } from './grade-key.ts';
import { validReviews } from './independence.ts';
import { gradeOf, groupsWithout, hasSigned, idOf, outputsAtStake } from './lookup.ts';
import { CHECKERS } from './policy.ts';
import { no } from './refusals.ts';
import { answer, type At, type Drafted, type Outcome } from './rule.ts';
import { play } from './stamp.ts';
import { PHASE } from './states.ts';
import { openHints } from './submitting.ts';
import type {
  Facts,
  GivenGrade,
  GradeEntry,
  ReleasePolicy,
  ReleaseRequest,
  RequestFile,
  State,
} from './types.ts';
import { unread, wasShown } from './views.ts';

const GRADE_EVENT = {
  approve: 'REQUEST_FILE_APPROVE',
  changes: 'REQUEST_FILE_REQUEST_CHANGES',
  reject: 'REQUEST_FILE_REJECT',
} as const satisfies Record<GivenGrade, string>;

export function grade({ request, command, facts, policy }: At<'grade'>): Outcome {
  const checker = idOf(command.by);
  const file = outputsAtStake(request).find(({ path }) => path === command.path);
  if (!file) return { no: [no.noFile()] };
  return answer([!wasShown(checker, file, facts, policy) && no.notShown([file.number])], () => [
    graded(request, checker, file, command.grade),
  ]);
}

/** In bulk only "changes needed", and only where nothing is said yet. */
export function gradeGroup({ request, command, facts, policy }: At<'grade-group'>): Outcome {
  const checker = idOf(command.by);
  const files = ungraded(request, checker).filter(({ group }) => group === command.group);
  const unseen = files.filter((file) => !wasShown(checker, file, facts, policy));
  return answer([files.length === 0 && no.noFile(), unseen.length > 0 && no.notShown(numbers(unseen))], () =>
    files.map((file) => graded(request, checker, file, 'changes')),
  );
}

/** One file; or a whole group, if nothing in it has changed since. */
export function confirmGrade({ request, command, facts, policy }: At<'confirm-grade'>): Outcome {
  const checker = idOf(command.by);
  const carried = outputsAtStake(request).flatMap((file) => {
    const held = gradeOf(request, checker, file.path);
    const named = command.path === file.path || command.group === file.group;
    return named && held?.carried && sameThing(held.key, keyOf(request, file)) ? [{ file, held }] : [];
  });
  const changed =
    command.path === undefined &&
    carried.some(({ file, held }) => held.key.siblings !== keyOf(request, file).siblings);
  const unseen = carried.map(({ file }) => file).filter((file) => !wasShown(checker, file, facts, policy));
  return answer(
    [
      carried.length === 0 && no.nothingCarried(),
      changed && no.groupChanged(),
      unseen.length > 0 && no.notShown(numbers(unseen)),
    ],
    () =>
      carried.map(
        ({ file }): Drafted => ({
          type: 'REQUEST_FILE_CONFIRM',
          path: file.path,
          sha256: file.sha256,
          checker,
          key: keyOf(request, file),
        }),
      ),
  );
}

export function clearGrade({ request, command }: At<'clear-grade'>): Outcome {
  const checker = idOf(command.by);
  const held = gradeOf(request, checker, command.path);
  return answer([hasSigned(request, checker) && no.keepGrades(), !held && no.notGraded()], () =>
    cleared([held!]),
  );
}

export function resetGrades({ request, command }: At<'reset-grades'>): Outcome {
  const checker = idOf(command.by);
  return answer([hasSigned(request, checker) && no.keepGrades()], () =>
    cleared(request.grades.filter((each) => each.checker === checker)),
  );
}

export function sign(at: At<'sign'>): Outcome {
  const { request, command, facts, policy } = at;
  const checker = idOf(command.by);
  if (command.verdict !== 'submit') {
    const why = verdictRefusal(request, policy);
    if (why) return { no: [why] };
  }
  if (command.files && command.verdict !== 'submit') {
    return gradeNumbers(at, command.verdict, command.files);
  }
  const unseen = unread(checker, request, facts, policy);
  if (unseen.length > 0) return { no: [no.notShown(unseen)] };

  const grades = verdictGrades(request, checker, command);
  const { request: after } = play(request, grades, command.by, facts.at);
  const missing = ungraded(after, checker);
  const silent = uncommented(after, checker);
  const hints = openHints(after, facts, checker);
  // A signature is repeated in vain, unless the other one came to count only after it was given.
  const bothIn =
    request.state !== 'consolidating' && stateAfter(after, checker, facts, policy) === 'consolidating';
  return answer(
    [
      isSigned(after, checker) && !bothIn && no.signed(),
      missing.length > 0 && no.ungraded(numbers(missing)),
      silent.length > 0 && no.uncommented(silent),
      hints.length > 0 && no.openHints(hints.length),
    ],
    () => [...grades, ...signature(after, command, facts, policy)],
  );
}

/** The third checker's word against a dissent: it counts with their approval, and only with a reason. */
export function arbitrate({ request, command }: At<'arbitrate'>): Outcome {
  const { by, reason } = command;
  const checker = idOf(by);
  const third = request.seats.some((seat) => seat.checker === checker && seat.as === 'arbiter');
  return answer([!third && no.notArbiter(), isBlank(reason) && no.reason()], () => [
    { type: 'REQUEST_EDIT', edit: 'arbitrate', checker, reason },
  ]);
}

/** The label says more than that a review is there: some deployments, and every zone of its own trust, refuse it. */
function verdictRefusal(request: ReleaseRequest, policy: ReleasePolicy): Refusal | undefined {
  if (policy.trust === 'zone') return no.labelsOnlySubmit();
  return policy.blind === 'strict' && PHASE[request.state] === 'independent' ? no.blind() : undefined;
}

function gradeNumbers(
  { request, command, facts, policy }: At<'sign'>,
  given: GivenGrade,
  wanted: readonly number[],
): Outcome {
  const checker = idOf(command.by);
  const files = outputsAtStake(request).filter(({ number }) => wanted.includes(number));
  const unseen = files.filter((file) => !wasShown(checker, file, facts, policy));
  const all = files.length > 0 && wanted.every((number) => files.some((file) => file.number === number));
  return answer([!all && no.noFile(), unseen.length > 0 && no.notShown(numbers(unseen))], () =>
    files.map((file) => graded(request, checker, file, given)),
  );
}

/** `approve`, `changes`, `reject`: that grade for every output not graded singly. */
function verdictGrades(request: ReleaseRequest, checker: number, { verdict }: CommandOf<'sign'>): Drafted[] {
  if (verdict === 'submit') return [];
  return ungraded(request, checker).map((file) => graded(request, checker, file, verdict));
}

/** The review itself; and when both are in and every output is approved, the airlock queues the release. */
function signature(
  request: ReleaseRequest,
  { by, verdict }: CommandOf<'sign'>,
  facts: Facts,
  policy: ReleasePolicy,
): Drafted[] {
  const checker = idOf(by);
  const seat = request.seats.find((each) => each.checker === checker)!;
  const record = outputsAtStake(request).map((file) => {
    const held = gradeOf(request, checker, file.path)!;
    return { path: file.path, grade: held.grade as GivenGrade, key: held.key };
  });
  const to = stateAfter(request, checker, facts, policy);
  const signed: Drafted = {
    type: 'REQUEST_REVIEW',
    to,
    checker,
    verdict,
    as: seat.as,
    record,
  };
  const { request: after } = play(request, [signed], by, facts.at);
  const found = decisions(after, facts, policy);
  const waits = to !== 'consolidating' || after.halted || policy.confirm || !allApproved(found);
  return waits ? [signed] : [signed, ...approving(after, facts, policy)];
}

/** Where this checker's signature takes the request: on, once it makes two that count. */
function stateAfter(request: ReleaseRequest, checker: number, facts: Facts, policy: ReleasePolicy): State {
  const others = validReviews(request, facts, policy).filter((each) => each.checker !== checker);
  const both = request.state === 'consolidating' || others.length + 1 >= CHECKERS;
  return both ? 'consolidating' : 'reviewing';
}

/** Outputs without a grade of this checker that counts now. */
export function ungraded(request: ReleaseRequest, checker: number): RequestFile[] {
  return outputsAtStake(request).filter((file) => !countingGrade(request, checker, file));
}

function countingGrade(request: ReleaseRequest, checker: number, file: RequestFile): GradeEntry | undefined {
  const held = gradeOf(request, checker, file.path);
  if (!held || held.carried || held.grade === 'undecided') return undefined;
  return sameKey(held.key, keyOf(request, file)) ? held : undefined;
}

/** Nothing was changed since this checker signed. */
function isSigned(request: ReleaseRequest, checker: number): boolean {
  return (
    hasSigned(request, checker) &&
    outputsAtStake(request).every(({ path }) => gradeOf(request, checker, path)?.signed)
  );
}

/** Groups where this checker is not content and has not said why. */
function uncommented(request: ReleaseRequest, checker: number): string[] {
  const groups = outputsAtStake(request)
    .filter((file) => ['changes', 'reject'].includes(countingGrade(request, checker, file)?.grade ?? ''))
    .map(({ group }) => group);
  return groupsWithout(request, new Set(groups), ({ by }) => by === checker);
}

function graded(request: ReleaseRequest, checker: number, file: RequestFile, given: GivenGrade): Drafted {
  return {
    type: GRADE_EVENT[given],
    path: file.path,
    sha256: file.sha256,
    checker,
    key: keyOf(request, file),
  };
}

function cleared(grades: readonly GradeEntry[]): Drafted[] {
  return grades.map((each) => ({ type: 'REQUEST_FILE_RESET_REVIEW', ...ofGrade(each) }));
}

function numbers(files: readonly RequestFile[]): number[] {
  return files.map(({ number }) => number);
}
