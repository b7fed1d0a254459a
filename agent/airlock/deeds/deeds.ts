/**
 * What people did to make the files of a request: who asked for the jobs, and who wrote the commits that
 * the jobs ran, with everything those build on. The face of this folder.
 *
 * The signed manifest says which job and which commit; the history is read here, from git objects. An
 * address belongs to whom governance says, so what is unknown today is known once governance names it.
 * Code of reusable actions is no deed: it is written by others, in organisations that governance lists.
 */
import { GitFailed, isSha } from '../../../src/lib/git.ts';
import { projectOfRepository, type Governance } from '../../../src/governance/governance.ts';
import { committersOf, knownPeople } from '../../../src/release/release.ts';
import type { Deed } from '../../../src/release/types.ts';
import type { Mirrors, RepositoryPlace } from '../../store/mirror.ts';
import type { DeedsOf, FileOrigin } from '../face.ts';
import { Histories, type Found } from './histories.ts';

export interface DeedsOptions {
  /** The airlock's own mirrors, filled through the proxy with its own key. */
  mirrors: Pick<Mirrors, 'hold' | 'dirOf'>;
  governance: () => Governance | undefined;
  /** Longer histories are not read; their writers are unknown. */
  maxCommits?: number;
}

export function deedsFrom({ mirrors, governance, maxCommits }: DeedsOptions): DeedsOf {
  const histories = new Histories(mirrors, maxCommits === undefined ? {} : { maxCommits });
  return async (files) => {
    const found: Deed[] = [];
    for (const file of oncePer(files, ({ job, user }) => `${job} ${user}`)) found.push(ranBy(file));
    const commits = oncePer(files, ({ repo, repository, commit }) => `${repo} ${repository} ${commit}`);
    for (const file of commits) found.push(...(await writtenBy(file, histories, governance())));
    return unique(found);
  };
}

function ranBy({ user, job }: FileOrigin): Deed {
  return Number.isSafeInteger(user) && user > 0
    ? { known: true, deed: 'ran-a-job', person: user }
    : { known: false, deed: 'ran-a-job', named: `job ${job}` };
}

async function writtenBy(
  file: FileOrigin,
  histories: Histories,
  governance: Governance | undefined,
): Promise<Deed[]> {
  const place = placeOf(file);
  const unknown = (named: string): Deed[] => [{ known: false, deed: 'committed', named }];
  if (!place || !isSha(file.commit)) return unknown(`the commit behind ${file.path}`);
  const short = file.commit.slice(0, 12);
  if (!governance) return unknown(`commit ${short}: no governance version is in force`);
  const found = await foundIn(histories, place, file.commit);
  if ('missing' in found) return unknown(`commit ${short}: ${place.owner}/${place.name} no longer has it`);
  if ('tooLong' in found) return unknown(`commit ${short}: its history is too long to be read`);
  const project = projectOfRepository(governance, file.repository);
  return committersOf(
    // One fact per address. Who committed stands among them, so the place for it is left to GitHub itself.
    [...found.addresses].map(([author, at]) => ({
      at,
      author,
      committer: 'noreply@github.com',
      coAuthors: [],
    })),
    knownPeople(governance, project?.id ?? ''),
  );
}

/** A repository that is denied was renamed or taken away: that is no accident that passes. */
async function foundIn(histories: Histories, place: RepositoryPlace, commit: string): Promise<Found> {
  try {
    return await histories.addresses(place, commit);
  } catch (error) {
    if (error instanceof GitFailed && error.trouble === 'denied') return { missing: true };
    throw error;
  }
}

/** Its mirror is known by number; the address says only by which name the job knew it. */
export function placeOf({
  repo,
  repository,
}: Pick<FileOrigin, 'repo' | 'repository'>): RepositoryPlace | undefined {
  const [, owner, name] =
    /\/([A-Za-z0-9][A-Za-z0-9-]{0,38})\/([A-Za-z0-9._-]{1,100}?)(?:\.git)?$/.exec(repo) ?? [];
  if (owner === undefined || name === undefined || !Number.isSafeInteger(repository) || repository < 1)
    return undefined;
  return { key: String(repository), owner, name, id: repository };
}

function oncePer<T>(all: readonly T[], key: (each: T) => string): T[] {
  return [...new Map(all.map((each) => [key(each), each])).values()];
}

function unique(deeds: readonly Deed[]): Deed[] {
  return oncePer(deeds, (deed) => `${deed.deed} ${deed.known ? deed.person : `? ${deed.named}`}`);
}
