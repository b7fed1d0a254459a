/** What the entries of checkers change: places, grades, signatures, and the end of a turn. */
import { explainedDigest } from './grade-key.ts';
import type { Changes } from './apply-edit.ts';
import type { Decisions } from './entries.ts';
import { strengthOf } from './strength.ts';
import type { Grade, GradeEntry, GradeKey, ReleaseRequest, Strength } from './types.ts';

type Handled =
  | 'REQUEST_CLAIM'
  | 'REQUEST_UNCLAIM'
  | 'REQUEST_FILE_APPROVE'
  | 'REQUEST_FILE_REQUEST_CHANGES'
  | 'REQUEST_FILE_REJECT'
  | 'REQUEST_FILE_CONFIRM'
  | 'REQUEST_FILE_RESET_REVIEW'
  | 'REQUEST_FILE_UNDECIDED'
  | 'REQUEST_FILE_CARRY'
  | 'REQUEST_REVIEW'
  | 'REQUEST_RETURN'
  | 'REQUEST_EARLY_RETURN'
  | 'REQUEST_REJECT'
  | 'REQUEST_PARTIAL_RELEASE'
  | 'REQUEST_RESTORE'
  | 'REQUEST_APPROVE';

export type ReviewChange = Changes<Handled>;

export const applyReview: ReviewChange = {
  REQUEST_CLAIM: (request, { checker, as, at }) => ({
    seats: [...request.seats, { checker, as, since: at }],
  }),
  // Who leaves a place takes along what they gave this turn; earlier reviews are history and stay.
  REQUEST_UNCLAIM: (request, { checker: gone }) => ({
    seats: request.seats.filter(({ checker }) => checker !== gone),
    grades: request.grades.filter(({ checker }) => checker !== gone),
    reviews: request.reviews.filter(({ checker, turn }) => checker !== gone || turn !== request.turn),
    proposedPart: request.proposedPart?.by === gone ? null : request.proposedPart,
  }),
  REQUEST_FILE_APPROVE: given('approve'),
  REQUEST_FILE_REQUEST_CHANGES: given('changes'),
  REQUEST_FILE_REJECT: given('reject'),
  REQUEST_FILE_CONFIRM: given('approve'),
  REQUEST_FILE_RESET_REVIEW: (request, { path, checker }) => ({
    grades: request.grades.filter((grade) => grade.path !== path || grade.checker !== checker),
  }),
  REQUEST_FILE_UNDECIDED: (request, entry) =>
    regraded(request, entry, { grade: 'undecided', signed: false, carried: false }),
  REQUEST_FILE_CARRY: (request, entry) => regraded(request, entry, { signed: false, carried: true }),
  REQUEST_REVIEW: (request, { to, checker, verdict, as, at, strength, work }) => ({
    state: to,
    reviews: [
      ...request.reviews.filter((each) => each.checker !== checker || each.turn !== request.turn),
      { checker, turn: request.turn, at, verdict, as, strength, work },
    ],
    grades: request.grades.map((grade) =>
      grade.checker === checker && grade.key.turn === request.turn ? { ...grade, signed: true } : grade,
    ),
  }),
  REQUEST_RETURN: (request, { to, decisions }) => ({
    state: to,
    ...decided(request, decisions),
    ...nextTurn(request),
  }),
  // The turn never was: what was said in it is sealed, and nothing was decided.
  REQUEST_EARLY_RETURN: (request, { to, turn }) => ({
    state: to,
    ...nextTurn(request),
    sealedTurns: [...request.sealedTurns, turn],
    resolutions: request.resolutions.filter((each) => each.turn !== turn),
    returnedEarly: true,
  }),
  REQUEST_RESTORE: (request, { to, turn, epoch, blind }) => ({
    state: to,
    epoch,
    proposedPart: null,
    proposedClose: null,
    proposedRecalls: [],
    batches: request.batches.map((batch) =>
      batch.state === 'queued' ? { ...batch, state: 'halted' } : batch,
    ),
    ...(to === 'returned' && request.state !== 'returned' ? nextTurn(request) : {}),
    ...(blind
      ? {
          sealedTurns: [...request.sealedTurns, turn],
          grades: request.grades.filter(({ key }) => key.turn !== turn),
          resolutions: request.resolutions.filter((each) => each.turn !== turn),
          returnedEarly: true,
        }
      : {}),
  }),
  REQUEST_REJECT: (request, { to, decisions }) => ({ state: to, ...decided(request, decisions) }),
  REQUEST_APPROVE: (request, { to, decisions }) => ({ state: to, ...decided(request, decisions) }),
  REQUEST_PARTIAL_RELEASE: (request, { to, step, paths, decisions, owner, by }) =>
    step === 'proposed'
      ? { proposedPart: { by: owner!, paths, strength: strengthOf(by) } }
      : { state: to, ...decided(request, decisions), ...nextTurn(request) },
};

type OfGrade = { path: string; checker: number };

function given(grade: Grade) {
  return (
    request: ReleaseRequest,
    { path, checker, key, strength }: OfGrade & { key: GradeKey; strength: Strength },
  ): Partial<ReleaseRequest> => ({
    grades: [
      ...request.grades.filter((each) => each.path !== path || each.checker !== checker),
      { checker, path, grade, key, strength, signed: false, carried: false },
    ],
    proposedPart: null,
  });
}

function regraded(
  request: ReleaseRequest,
  { path, checker }: OfGrade,
  change: Partial<GradeEntry>,
): Partial<ReleaseRequest> {
  return {
    grades: request.grades.map((grade) =>
      grade.path === path && grade.checker === checker ? { ...grade, ...change } : grade,
    ),
  };
}

/** Kept on the files for everybody to see when the turn is over, with what it was said about. */
function decided(
  request: ReleaseRequest,
  decisions: Decisions,
): Pick<ReleaseRequest, 'files' | 'rejectedHashes'> {
  const files = request.files.map((file) => {
    const decision = decisions[file.path];
    if (decision === undefined) return file;
    const { sha256 } = file;
    return { ...file, decided: { decision, sha256, explained: explainedDigest(request, file) } };
  });
  const rejected = request.files.filter(({ path }) => decisions[path] === 'reject');
  return { files, rejectedHashes: [...request.rejectedHashes, ...rejected.map(({ sha256 }) => sha256)] };
}

function nextTurn(request: ReleaseRequest): Partial<ReleaseRequest> {
  return { turn: request.turn + 1, proposedPart: null, returnedEarly: false, halted: false };
}
