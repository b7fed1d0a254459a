/**
 * How the commit behind a file stands in its repository now: whether the default branch leads to it, another
 * branch, or none any more. Asked of git through the proxy, in the airlock's own mirrors; which branch is
 * the default one is what the remote's HEAD says, not what a branch is called.
 */
import { isSha } from '../../../src/lib/git.ts';
import type { Mirrors } from '../../store/mirror.ts';
import type { FileOrigin } from '../face.ts';
import { placeOf } from './deeds.ts';

export type Standing = 'default' | 'branch' | 'none' | 'unknown';

/** `unknown` where nobody can say (no repository, git or the network away); never rejects, always ends. */
export type StandingOf = (
  file: Pick<FileOrigin, 'repo' | 'repository' | 'commit'>,
  signal: AbortSignal,
) => Promise<Standing>;

export function standingFrom(mirrors: Pick<Mirrors, 'standing'>): StandingOf {
  return async (file, signal) => {
    const place = placeOf(file);
    if (!place || !isSha(file.commit)) return 'unknown';
    try {
      return await mirrors.standing(place, file.commit, signal);
    } catch {
      return 'unknown';
    }
  };
}
