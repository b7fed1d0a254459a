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
import { filesAtStake, gradeOf, groupsWithout, hasSigned, idOf, outputsAtStake } from './lookup.ts';
import { CHECKERS } from './policy.ts';
import { no } from './refusals.ts';
import { answer, type At, type Drafted, type Outcome } from './rule.ts';
import { play } from './stamp.ts';
import { PHASE } from './states.ts';
import { isStrong, strengthOf, weakest } from './strength.ts';
import { finalHints, openHints } from './submitting.ts';
import type {
  Actor,
  Facts,
  GivenGrade,
  GradeEntry,
  ReleasePolicy,
  ReleaseRequest,
  RequestFile,
  State,
} from './types.ts';
import { shownIn, unread, wasShown } from './views.ts';

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
    graded(request, command.by, file, command.grade, { facts, policy }),
  ]);
}

/** In bulk only "changes needed", and only where nothing is said yet. */
export function gradeGroup({ request, command, facts, policy }: At<'grade-group'>): Outcome {
  const checker = idOf(command.by);
  const files = ungraded(request, checker, policy).filter(({ group }) => group === command.group);
  const unseen = files.filter((file) => !wasShown(checker, file, facts, policy));
  return answer([files.length === 0 && no.noFile(), unseen.length > 0 && no.notShown(numbers(unseen))], () =>
    files.map((file) => graded(request, command.by, file, 'changes', { facts, policy })),
  );
}

/** One file; or a whole group, if nothing in it has changed since. */
export function confirmGrade({ request, command, facts, policy }: At<'confirm-grade'>): Outcome {
  const checker = idOf(command.by);
  const carried = outputsAtStake(request).flatMap((file) => {
    const held = gradeOf(request, checker, file.path);
    const named = command.path === file.path || command.group === file.group;
    const waits = held !== undefined && isToGiveAgain(held, policy);
    return named && waits && sameThing(held.key, keyOf(request, file)) ? [{ file, held }] : [];
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
      carried.map(({ file, held }): Drafted => {
        const again = graded(request, command.by, file, held.grade as GivenGrade, { facts, policy });
        return held.grade === 'approve' ? { ...again, type: 'REQUEST_FILE_CONFIRM' } : again;
      }),
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
  const why = codeRefusal(at) ?? verdictRefusal(at);
  if (why) return { no: [why] };
  if (command.files && command.verdict !== 'submit') {
    return gradeNumbers(at, command.verdict, command.files);
  }
  const unseen = unread(checker, request, facts, policy);
  if (unseen.length > 0) return { no: [no.notShown(unseen)] };

  const grades = verdictGrades(at);
  const { request: after } = play(request, grades, command.by, facts.at);
  const missing = ungraded(after, checker, policy);
  const silent = uncommented(after, checker, policy);
  const hints = openHints(after, facts, checker, policy);
  // A signature is repeated in vain, unless the other one came to count only after it was given.
  const bothIn =
    request.state !== 'consolidating' && stateAfter(after, checker, facts, policy) === 'consolidating';
  return answer(
    [
      isSigned(after, checker, policy) && !bothIn && no.signed(),
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

/** A signature on GitHub shows by the code which bytes its owner was shown; in the viewer the session does. */
function codeRefusal({ command, facts, policy }: At<'sign'>): Refusal | undefined {
  const { by, code } = command;
  if (code !== undefined) return code === facts.signingCode ? undefined : no.codeWrong();
  const outside = by.kind === 'person' && !by.session;
  return outside && policy.signingCode === 'required' ? no.codeMissing() : undefined;
}

/** The label says more than that a review is there: some deployments, and every zone of its own trust, refuse it. */
function verdictRefusal({ request, command, policy }: At<'sign'>): Refusal | undefined {
  if (command.verdict === 'submit') return undefined;
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
    files.map((file) => graded(request, command.by, file, given, { facts, policy })),
  );
}

/** `approve`, `changes`, `reject`: that grade for every output not graded singly. */
function verdictGrades({ request, command, facts, policy }: At<'sign'>): Drafted[] {
  const { by, verdict } = command;
  if (verdict === 'submit') return [];
  return ungraded(request, idOf(by), policy).map((file) =>
    graded(request, by, file, verdict, { facts, policy }),
  );
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
    return { path: file.path, grade: held.grade as GivenGrade, key: held.key, strength: held.strength };
  });
  const looks = filesAtStake(request).map(({ sha256 }) => shownIn(checker, sha256, facts, policy));
  const to = stateAfter(request, checker, facts, policy);
  const signed: Drafted = {
    type: 'REQUEST_REVIEW',
    to,
    checker,
    verdict,
    as: seat.as,
    strength: strengthOf(by),
    work: weakest([...looks, ...record.map(({ strength }) => strength)]),
    record,
  };
  const { request: after } = play(request, [signed], by, facts.at);
  const found = decisions(after, facts, policy);
  const holds = policy.confirm || finalHints(after, facts).length > 0;
  const waits = to !== 'consolidating' || after.halted || holds || !allApproved(found);
  return waits ? [signed] : [signed, ...approving(after, facts, policy)];
}

/** Where this checker's signature takes the request: on, once it makes two that count. */
function stateAfter(request: ReleaseRequest, checker: number, facts: Facts, policy: ReleasePolicy): State {
  const others = validReviews(request, facts, policy).filter((each) => each.checker !== checker);
  const both = request.state === 'consolidating' || others.length + 1 >= CHECKERS;
  return both ? 'consolidating' : 'reviewing';
}

/** Outputs without a grade of this checker that counts now. */
export function ungraded(request: ReleaseRequest, checker: number, policy: ReleasePolicy): RequestFile[] {
  return outputsAtStake(request).filter((file) => !countingGrade(request, checker, file, policy));
}

/** Shown to its owner, and of no account until they say it once more. */
export function isToGiveAgain({ grade, carried, strength }: GradeEntry, policy: ReleasePolicy): boolean {
  return grade !== 'undecided' && (carried || !isStrong(strength, policy));
}

function countingGrade(
  request: ReleaseRequest,
  checker: number,
  file: RequestFile,
  policy: ReleasePolicy,
): GradeEntry | undefined {
  const held = gradeOf(request, checker, file.path);
  if (!held || held.grade === 'undecided' || isToGiveAgain(held, policy)) return undefined;
  return sameKey(held.key, keyOf(request, file)) ? held : undefined;
}

/** Nothing was changed since this checker signed, and what was signed counts. */
function isSigned(request: ReleaseRequest, checker: number, policy: ReleasePolicy): boolean {
  return (
    request.reviews.some(
      (each) => each.checker === checker && each.turn === request.turn && isStrong(each.work, policy),
    ) && outputsAtStake(request).every(({ path }) => gradeOf(request, checker, path)?.signed)
  );
}

/** Groups where this checker is not content and has not said why. */
function uncommented(request: ReleaseRequest, checker: number, policy: ReleasePolicy): string[] {
  const groups = outputsAtStake(request)
    .filter((file) =>
      ['changes', 'reject'].includes(countingGrade(request, checker, file, policy)?.grade ?? ''),
    )
    .map(({ group }) => group);
  return groupsWithout(request, new Set(groups), ({ by }) => by === checker);
}

function graded(
  request: ReleaseRequest,
  by: Actor,
  file: RequestFile,
  given: GivenGrade,
  { facts, policy }: { facts: Facts; policy: ReleasePolicy },
) {
  const checker = idOf(by);
  return {
    type: GRADE_EVENT[given],
    path: file.path,
    sha256: file.sha256,
    checker,
    key: keyOf(request, file),
    strength: weakest([strengthOf(by), shownIn(checker, file.sha256, facts, policy)]),
  };
}

function cleared(grades: readonly GradeEntry[]): Drafted[] {
  return grades.map((each) => ({ type: 'REQUEST_FILE_RESET_REVIEW', ...ofGrade(each) }));
}

function numbers(files: readonly RequestFile[]): number[] {
  return files.map(({ number }) => number);
}
