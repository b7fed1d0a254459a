/** What the checks over all files of a request are given, from what was found in each and around them. */
import type { FileReport, RequestFile } from '../../../src/disclosure/disclosure.ts';
import { suffixOf, type ReleaseRequest } from '../../../src/release/release.ts';
import { keptFor, type CheckKey, type KeptCheck } from './cache.ts';
import type { CheckedFile, Neighbour } from './inputs.ts';
import type { KnownFile } from './known.ts';

type Kept = ReadonlyMap<string, KeptCheck>;

/** A file as it is, without declared facts. */
export const bare = (sha256: string, path: string): CheckKey => ({
  sha256,
  suffix: suffixOf(path),
  factsKey: '',
});

/** Tables of these other requests stand beside ours. */
export const isCompared = ({ kind }: Neighbour): boolean => kind === 'released' || kind === 'pending';

/** What was released last under this path of this workspace: the version before. */
export function earlierOf(
  path: string,
  { workspace }: ReleaseRequest,
  neighbours: readonly Neighbour[],
): Neighbour | undefined {
  return neighbours
    .filter((each) => each.kind === 'released' && each.workspace === workspace && each.path === path)
    .sort((a, b) => b.at - a.at)[0];
}

/** Under the bare path stands the version before and no other: a file is not compared with that one twice. */
export function nameBeside(
  other: Neighbour,
  request: ReleaseRequest,
  neighbours: readonly Neighbour[],
): string {
  const { path, workspace, request: from } = other;
  if (other === earlierOf(path, request, neighbours)) return path;
  return workspace === request.workspace ? `${path} of request ${from}` : `${path} of workspace ${workspace}`;
}

export function tablesAt(
  kept: Kept,
  { sha256, path }: { sha256: string; path: string },
  name: string = path,
): KeptCheck['tables'] {
  return (keptFor(kept, bare(sha256, path))?.tables ?? []).map((table) => ({ ...table, path: name }));
}

/** `codeBefore`: the commit behind the version before, where it is known. */
export function wholeFile(
  request: ReleaseRequest,
  file: CheckedFile,
  { origin, scan, made }: KnownFile,
  neighbours: readonly Neighbour[],
  kept: Kept,
  codeBefore: string | undefined,
): RequestFile {
  const held = keptFor(kept, file);
  // What its author says of its columns holds for comparing too; F4 tells of it.
  const tables = file.facts.roles ? (held?.tables ?? []) : tablesAt(kept, file);
  const same = neighbours.filter(({ sha256 }) => sha256 === file.sha256);
  const before = (['revoked', 'rejected'] as const).find((kind) => same.some((each) => each.kind === kind));
  const earlier = earlierOf(file.path, request, neighbours);
  const newCode = made !== undefined && codeBefore !== undefined && made.commit !== codeBefore;
  return {
    path: file.path,
    group: file.group,
    output: file.output,
    size: file.size,
    sha256: file.sha256,
    report: held ? { ...held.report, path: file.path } : missing(file.path),
    tables,
    ...(before ? { before } : {}),
    ...(earlier ? { earlier: { tables: tablesAt(kept, earlier), newCode } } : {}),
    origin,
    scan,
  };
}

function missing(path: string): FileReport {
  const message = 'The stored copy could not be read for the automatic checks.';
  return { path, kind: 'other', findings: [{ check: 'F3', severity: 'B', place: {}, message }], columns: [] };
}
