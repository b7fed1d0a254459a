/** What becomes of a request under review: returned, rejected, released in part or whole. */
import { allApproved, approvals, decisions } from './decisions.ts';
import type { Decisions } from './entries.ts';
import { ofGrade } from './editing.ts';
import { validReviews } from './independence.ts';
import { groupsWithout, hasSigned, idOf, isEditor, outputsAtStake } from './lookup.ts';
import { no } from './refusals.ts';
import { nextBatch } from './restoring.ts';
import { answer, type At, type Drafted, type Outcome } from './rule.ts';
import { PHASE } from './states.ts';
import { isStrong } from './strength.ts';
import { finalHints } from './submitting.ts';
import type { Facts, ReleasePolicy, ReleaseRequest, RequestFile } from './types.ts';

/** Before both reviews are in it breaks the turn off; after, it is the checkers' answer. */
export function returnRequest(at: At<'return'>): Outcome {
  const { request, command, facts, policy } = at;
  const { category } = command;
  if (PHASE[request.state] === 'independent') {
    return answer([!category && no.category()], () => [
      ...brokenOff(request),
      { type: 'REQUEST_EARLY_RETURN', to: 'returned', category: category! },
    ]);
  }
  const found = decisions(request, facts, policy);
  const silent = unexplained(request, found);
  return answer([silent.length > 0 && no.unexplained(silent)], () => [
    { type: 'REQUEST_RETURN', to: 'returned', category, decisions: found },
  ]);
}

/** The reason is given here, or stands in a public comment of this turn: on GitHub there is no room for one. */
export function closeRequest({ request, command, facts, policy }: At<'close-request'>): Outcome {
  const { by, category, reason } = command;
  const said = request.comments.some(
    (comment) => comment.by === idOf(by) && comment.turn === request.turn && comment.visibility === 'public',
  );
  return answer([!reason?.trim() && !said && no.reason()], () => [
    {
      type: 'REQUEST_REJECT',
      to: 'rejected',
      category,
      reason,
      decisions: decisions(request, facts, policy),
    },
  ]);
}

/** A person's own decision to release, where the airlock does not or may not take it. */
export function queueRelease({ request, facts, policy }: At<'queue-release'>): Outcome {
  const final = finalHints(request, facts);
  return answer(
    [
      !allApproved(decisions(request, facts, policy)) && no.notAllApproved(),
      final.length > 0 && no.final(final.length),
    ],
    () => approving(request, facts, policy).map((each) => ({ ...each, doer: undefined })),
  );
}

/** Both say that the part is safe without the rest: one by proposing it, the other by confirming. */
export function proposePart({ request, command, facts, policy }: At<'propose-part'>): Outcome {
  const paths = [...new Set(command.paths)];
  const final = finalHints(request, facts, paths);
  return answer(
    [
      !isReviewer(request, idOf(command.by), facts, policy) && no.notReviewer(),
      !isPart(request, paths, facts, policy) && no.partEmpty(),
      final.length > 0 && no.final(final.length),
    ],
    () => [
      {
        type: 'REQUEST_PARTIAL_RELEASE',
        to: request.state,
        step: 'proposed',
        paths,
        decisions: {},
      },
    ],
  );
}

export function confirmPart({ request, command, facts, policy }: At<'confirm-part'>): Outcome {
  const { proposedPart: part } = request;
  if (!part) return { no: [no.partNone()] };
  const { paths } = part;
  const who = idOf(command.by);
  const found = decisions(request, facts, policy);
  const rest = Object.fromEntries(Object.entries(found).filter(([path]) => !paths.includes(path)));
  const silent = unexplained(request, rest);
  const final = finalHints(request, facts, paths);
  const stillProposed = isReviewer(request, part.by, facts, policy) && isStrong(part.strength, policy);
  return answer(
    [
      !isReviewer(request, who, facts, policy) && no.notReviewer(),
      part.by === who && no.partOther(),
      (!stillProposed || !isPart(request, paths, facts, policy)) && no.partNone(),
      silent.length > 0 && no.unexplained(silent),
      final.length > 0 && no.final(final.length),
    ],
    () => [
      ...released(request, fileNamed(request, paths), true, facts, policy),
      { type: 'REQUEST_PARTIAL_RELEASE', to: 'returned', step: 'confirmed', paths, decisions: found },
    ],
  );
}

/** Every output at stake leaves; the airlock does it unless a person stands for it. */
export function approving(request: ReleaseRequest, facts: Facts, policy: ReleasePolicy): Drafted[] {
  const happenings: Drafted[] = [
    ...released(request, outputsAtStake(request), false, facts, policy),
    { type: 'REQUEST_APPROVE', to: 'approved', decisions: decisions(request, facts, policy) },
  ];
  return happenings.map((each) => ({ ...each, doer: { kind: 'airlock' } }));
}

function released(
  request: ReleaseRequest,
  files: readonly RequestFile[],
  part: boolean,
  facts: Facts,
  policy: ReleasePolicy,
): Drafted[] {
  const batch = nextBatch(request);
  return files.map((file) => ({
    type: 'REQUEST_FILE_RELEASE',
    batch,
    part,
    number: file.number,
    path: file.path,
    sha256: file.sha256,
    size: file.size,
    approvals: approvals(request, file, facts, policy),
  }));
}

function fileNamed(request: ReleaseRequest, paths: readonly string[]): RequestFile[] {
  return outputsAtStake(request).filter(({ path }) => paths.includes(path));
}

/** Some of the outputs, each approved as things stand, and not all of them. */
function isPart(
  request: ReleaseRequest,
  paths: readonly string[],
  facts: Facts,
  policy: ReleasePolicy,
): boolean {
  const found = decisions(request, facts, policy);
  return (
    paths.length > 0 &&
    paths.length < Object.keys(found).length &&
    paths.every((path) => found[path] === 'approve')
  );
}

/** Signed this turn, and it counts. */
function isReviewer(request: ReleaseRequest, person: number, facts: Facts, policy: ReleasePolicy): boolean {
  return validReviews(request, facts, policy).some(({ checker }) => checker === person);
}

/** Groups with something not approved in which no checker told the author so. */
function unexplained(request: ReleaseRequest, found: Decisions): string[] {
  const groups = outputsAtStake(request)
    .filter(({ path }) => found[path] !== undefined && found[path] !== 'approve')
    .map(({ group }) => group);
  return groupsWithout(
    request,
    new Set(groups),
    ({ by, visibility }) => visibility === 'public' && !isEditor(request, by),
  );
}

/** Signed grades of this turn become undecided, others vanish. Credited to whoever breaks it off. */
function brokenOff(request: ReleaseRequest): Drafted[] {
  return request.grades
    .filter(({ key }) => key.turn === request.turn)
    .map(
      (grade): Drafted =>
        hasSigned(request, grade.checker)
          ? { type: 'REQUEST_FILE_UNDECIDED', ...ofGrade(grade) }
          : { type: 'REQUEST_FILE_RESET_REVIEW', ...ofGrade(grade) },
    );
}
