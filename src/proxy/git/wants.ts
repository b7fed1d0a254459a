/**
 * Which commits a caller may fetch, and which names of refs it may say.
 *
 * place: what a repository is to this deployment · named: the commit a signed task named · tip: what GitHub listed
 * a branch or a tag as, minutes ago, in this very repository. Nothing else is ever wanted by an agent or an
 * airlock, so a hostile one can neither fetch what nobody approved nor say anything by what it asks for
 * (docs/decisions/0031-wanted-commits.md).
 */
import type { KnownCaller } from '../callers.ts';
import { no } from '../words.ts';
import type { Advertised } from './advertised.ts';
import type { Approved } from './approved.ts';
import type { Judge } from './request.ts';

/** `code`: of the researchers; `other`: of the deployment's own, which the zone does not read. */
export type Place = 'governance' | 'action' | 'code' | 'other';

export interface Asked {
  caller: KnownCaller;
  repository: number;
  place: Place;
}

export interface Facts {
  approved: Approved;
  advertised: Advertised;
  /** Where governance is decided. */
  governanceBranch: string;
}

const FOLDERS = ['refs/heads/', 'refs/tags/'] as const;
const EVERYTHING = ['HEAD', ...FOLDERS];

/** Protocol alone: every want passes. */
export const anyWant: Judge = {
  want: () => undefined,
  prefixes(asked) {
    const meant = withoutGuesses(asked);
    if (meant.some((prefix) => !isListable(prefix))) return no.gitRef();
    return meant.length === 0 ? EVERYTHING : meant;
  },
};

export function judgeFor(asked: Asked, facts: Facts): Judge {
  const names = namesFor(asked, facts);
  return {
    want(sha) {
      const { caller, repository } = asked;
      if (asked.place === 'code' && facts.approved.commit(byTask(caller), repository, sha)) return undefined;
      return facts.advertised.names(repository, sha).some(names.tip) ? undefined : no.want();
    },
    prefixes(prefixes) {
      const meant = withoutGuesses(prefixes);
      if (meant.some((prefix) => !isListable(prefix))) return no.gitRef();
      if (meant.length === 0) return EVERYTHING;
      return [...new Set(meant.map((prefix) => (names.spoken(prefix) ? prefix : folderOf(prefix))))];
    },
  };
}

/** An airlock reads what the agents beside it ran. */
const byTask = ({ kind, backend, agent }: KnownCaller) =>
  kind === 'agent' ? { backend, agent } : { backend };

interface Names {
  /** Whether what this name stands for may be fetched. */
  tip(name: string): boolean;
  /** Whether this name may be said to GitHub; otherwise its whole folder is asked for. */
  spoken(name: string): boolean;
}

function namesFor({ caller, repository, place }: Asked, { approved, governanceBranch }: Facts): Names {
  const none = () => false;
  switch (place) {
    case 'governance': {
      const isIt = (name: string): boolean =>
        name === `refs/heads/${governanceBranch}` || name.startsWith('refs/tags/approved/');
      const spoken = (name: string): boolean =>
        name === `refs/heads/${governanceBranch}` || name === 'refs/tags/approved/';
      return { tip: isIt, spoken };
    }
    case 'action':
      return { tip: () => true, spoken: (name) => name === 'refs/heads/main' };
    case 'code': {
      // An airlock asks which branches lead to a commit, so it needs them all.
      if (caller.kind === 'airlock') return { tip: (name) => !name.startsWith('refs/tags/'), spoken: none };
      const branches = new Set(
        approved.branches(caller.backend, caller.agent, repository).map((branch) => `refs/heads/${branch}`),
      );
      const has = (name: string): boolean => branches.has(name);
      return { tip: has, spoken: has };
    }
    case 'other':
      return { tip: none, spoken: none };
  }
}

const isListable = (name: string): boolean =>
  name === 'HEAD' || FOLDERS.some((folder) => name.startsWith(folder));

const folderOf = (name: string): string => FOLDERS.find((folder) => name.startsWith(folder)) ?? name;

/** For each name git also asks for what it could be short for, even of a full one. */
function withoutGuesses(prefixes: readonly string[]): string[] {
  const full = prefixes.filter(isListable);
  const guesses = new Set(
    full.flatMap((name) => [
      `refs/${name}`,
      `refs/tags/${name}`,
      `refs/heads/${name}`,
      `refs/remotes/${name}`,
      `refs/remotes/${name}/HEAD`,
    ]),
  );
  return prefixes.filter((prefix) => !guesses.has(prefix));
}
