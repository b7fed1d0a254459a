/**
 * What the signed grades of an output add up to.
 *
 * Only reviews that are valid now are asked. A reviewer whose grade does not count (not signed since it
 * changed, or bound to something else) leaves the output undecided: nothing leaves on a half-said word.
 */
import { CHECKERS } from './policy.ts';
import { explainedDigest, keyOf, sameKey } from './grade-key.ts';
import { validReviews } from './independence.ts';
import { isStrong } from './strength.ts';
import { gradeOf, outputsAtStake } from './lookup.ts';
import type { Decisions } from './entries.ts';
import type {
  Approval,
  Decision,
  Facts,
  Grade,
  GradeKey,
  ReleasePolicy,
  ReleaseRequest,
  RequestFile,
  Review,
} from './types.ts';

/** `arbitrated`: a third checker approves this output and said why the dissent does not hold. */
export function decisionOf(grades: readonly Grade[], arbitrated: boolean): Decision {
  const [first] = grades;
  if (first === undefined || grades.length < CHECKERS) return 'incomplete';
  if (grades.includes('undecided')) return 'incomplete';
  if (grades.every((grade) => grade === first)) return first as Exclude<Grade, 'undecided'>;
  const approvals = grades.filter((grade) => grade === 'approve').length;
  return approvals >= CHECKERS && arbitrated ? 'approve' : 'conflicted';
}

/** Of every output at stake, by path. */
export function decisions(request: ReleaseRequest, facts: Facts, policy: ReleasePolicy): Decisions {
  const reviews = validReviews(request, facts, policy);
  return Object.fromEntries(
    outputsAtStake(request).map((file) => {
      const key = keyOf(request, file);
      const grades = reviews.map((review) => signedGrade(request, review, file, key, policy));
      const arbitrated = reviews.some(
        (review, index) => grades[index] === 'approve' && hasArbitrated(request, review, policy),
      );
      return [file.path, decisionOf(grades, arbitrated)];
    }),
  );
}

/** Who approved this file as it is, with what. */
export function approvals(
  request: ReleaseRequest,
  file: RequestFile,
  facts: Facts,
  policy: ReleasePolicy,
): Approval[] {
  const key = keyOf(request, file);
  return validReviews(request, facts, policy)
    .filter((review) => signedGrade(request, review, file, key, policy) === 'approve')
    .map(({ checker, work }) => ({ checker, key, strength: work }));
}

export function allApproved(found: Decisions): boolean {
  const all = Object.values(found);
  return all.length > 0 && all.every((decision) => decision === 'approve');
}

function hasArbitrated(
  request: ReleaseRequest,
  { checker, as, turn }: Review,
  policy: ReleasePolicy,
): boolean {
  return (
    as === 'arbiter' &&
    request.arbitrations.some(
      (each) => each.checker === checker && each.turn === turn && isStrong(each.strength, policy),
    )
  );
}

function signedGrade(
  request: ReleaseRequest,
  { checker }: Review,
  file: RequestFile,
  present: GradeKey,
  policy: ReleasePolicy,
): Grade {
  const given = gradeOf(request, checker, file.path);
  const stands = given?.signed && isStrong(given.strength, policy) && sameKey(given.key, present);
  return stands ? given.grade : 'undecided';
}

/** What the last finished review said of a file, if that still is about this file so explained. */
export function storedDecision(request: ReleaseRequest, file: RequestFile): Decision {
  const { decided } = file;
  const holds = decided?.sha256 === file.sha256 && decided.explained === explainedDigest(request, file);
  return holds ? decided.decision : 'incomplete';
}
