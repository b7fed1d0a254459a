/**
 * What a grade is bound to. It counts only while its key equals the present one: other bytes, another
 * explanation, another file beside it or another turn, and it is no longer this file's grade.
 */
import { canonicalJson } from '../lib/canonical.ts';
import { sha256 } from '../lib/hash.ts';
import { liveFiles } from './lookup.ts';
import type { GradeKey, ReleaseRequest, RequestFile } from './types.ts';

/** Digest of the group's context and controls, and of what is said of the file's columns. A group that has files is never gone. */
export function explainedDigest(request: ReleaseRequest, file: Pick<RequestFile, 'group' | 'roles'>): string {
  const { context, controls } = request.groups.find((each) => each.name === file.group)!;
  const roles = rolesIn(file);
  return sha256(canonicalJson({ context, controls, ...(roles.length > 0 ? { roles } : {}) }));
}

/** In an order of their own: saying the same again in another order changes nothing. */
function rolesIn({ roles = [] }: Pick<RequestFile, 'roles'>): [column: string, as: string, reason: string][] {
  return roles
    .map(({ column, as, reason }): [string, string, string] => [column, as, reason])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Digest of what else lives in the file's group. */
function siblingsDigest(request: ReleaseRequest, file: RequestFile): string {
  const siblings = liveFiles(request)
    .filter(({ group, path }) => group === file.group && path !== file.path)
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map((each) => [each.path, each.sha256, each.type, ...rolesIn(each).map(([column, as]) => [column, as])]);
  return sha256(canonicalJson(siblings));
}

export function keyOf(request: ReleaseRequest, file: RequestFile): GradeKey {
  return {
    sha256: file.sha256,
    explained: explainedDigest(request, file),
    siblings: siblingsDigest(request, file),
    turn: request.turn,
  };
}

/** The same bytes under the same explanation: all that a carried grade needs. */
export function sameThing(a: GradeKey, b: GradeKey): boolean {
  return a.sha256 === b.sha256 && a.explained === b.explained;
}

export function sameKey(a: GradeKey, b: GradeKey): boolean {
  return sameThing(a, b) && a.siblings === b.siblings && a.turn === b.turn;
}

/** The key as one digest, with the request, path and checker it belongs to: what is stored and signed. */
export function keyDigest(request: string, path: string, checker: number, key: GradeKey): string {
  return sha256(canonicalJson({ request, path, checker, ...key }));
}
