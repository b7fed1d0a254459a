/** Sets of released files: which they are, how they are told apart, and the releases they come from. */
import { sha256 } from '../lib/hash.ts';
import type { FileRef, ReleaseFacts, ReleasedFile } from './types.ts';

/** By release and number, each once. */
export function sorted(files: readonly FileRef[]): FileRef[] {
  const byName = new Map(
    files.map(({ release, number }) => [nameOf({ release, number }), { release, number }]),
  );
  return [...byName.values()].sort((a, b) =>
    a.release === b.release ? a.number - b.number : a.release < b.release ? -1 : 1,
  );
}

export const nameOf = ({ release, number }: FileRef): string => `${release}/${number}`;

/** The same for the same files, in whatever order they were named. */
export const keyOf = (files: readonly FileRef[]): string => sha256(sorted(files).map(nameOf).join(','));

export const releasesIn = (files: readonly FileRef[]): string[] => [
  ...new Set(sorted(files).map(({ release }) => release)),
];

/** What the zone declared of these files; those of releases that are not given are left out. */
export function declared(
  releases: readonly ReleaseFacts[],
  files: readonly FileRef[],
): (FileRef & ReleasedFile)[] {
  return sorted(files).flatMap(({ release, number }) => {
    const held = releases.find(({ id }) => id === release)?.files.find((file) => file.number === number);
    return held ? [{ release, ...held }] : [];
  });
}

/** Files of several releases may be published together when they came out of one workspace of one study. */
export function areOfOneWorkspace([first, ...others]: readonly ReleaseFacts[]): boolean {
  return others.every(
    (each) =>
      each.project === first!.project &&
      each.workspace === first!.workspace &&
      each.backend === first!.backend &&
      each.repository === first!.repository,
  );
}
