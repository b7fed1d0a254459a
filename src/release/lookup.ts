/** Small questions about a request that many rules ask. */
import type { Actor, Batch, Comment, GradeEntry, ReleaseRequest, RequestFile } from './types.ts';

/** Stands for the airlock where a person's id is asked for; GitHub's ids begin at 1. */
export const AIRLOCK = 0;

export const AIRLOCK_ACTOR: Actor = { kind: 'airlock' };

export function idOf(by: Actor): number {
  return by.kind === 'person' ? by.id : AIRLOCK;
}

export function fileAt(request: ReleaseRequest, path: string): RequestFile | undefined {
  return request.files.find((file) => file.path === path);
}

export function liveFiles(request: ReleaseRequest): RequestFile[] {
  return request.files.filter(({ withdrawn }) => !withdrawn);
}

/** Paths that a release holds; a halted one lets go of them. */
export function lockedPaths(request: ReleaseRequest): Set<string> {
  const held = request.batches.filter(({ state }) => state !== 'halted');
  return new Set(held.flatMap(({ files }) => files.map(({ path }) => path)));
}

/** Live files that are not part of a release: what this turn is about. */
export function filesAtStake(request: ReleaseRequest): RequestFile[] {
  const locked = lockedPaths(request);
  return liveFiles(request).filter(({ path }) => !locked.has(path));
}

/** The outputs among them: each needs a grade of every checker. */
export function outputsAtStake(request: ReleaseRequest): RequestFile[] {
  return filesAtStake(request).filter(({ type }) => type === 'output');
}

export function gradeOf(request: ReleaseRequest, checker: number, path: string): GradeEntry | undefined {
  return request.grades.find((grade) => grade.checker === checker && grade.path === path);
}

export function isEditor(request: ReleaseRequest, person: number): boolean {
  return request.author === person || request.coAuthors.includes(person);
}

export function isSeated(request: ReleaseRequest, person: number): boolean {
  return request.seats.some(({ checker }) => checker === person);
}

/** Has this person signed in this turn? */
export function hasSigned(request: ReleaseRequest, person: number): boolean {
  return request.reviews.some(({ checker, turn }) => checker === person && turn === request.turn);
}

export function batchNumbered(request: ReleaseRequest, number: number): Batch | undefined {
  return request.batches.find((batch) => batch.number === number);
}

/** At most one batch is on its way at a time: nothing is submitted while one is. */
export function openBatch(request: ReleaseRequest): Batch | undefined {
  return request.batches.find(({ state }) => state === 'queued' || state === 'uploading');
}

/** Groups in which none of these comments stands, in the order of the request. */
export function groupsWithout(
  request: ReleaseRequest,
  groups: ReadonlySet<string>,
  counts: (comment: Comment) => boolean,
): string[] {
  const said = new Set(
    request.comments
      .filter((comment) => comment.turn === request.turn && counts(comment))
      .map(({ group }) => group),
  );
  return request.groups.map(({ name }) => name).filter((name) => groups.has(name) && !said.has(name));
}
