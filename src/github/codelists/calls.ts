/** What the App asks of GitHub about pull requests on the registry: only reads. */
import { requestedBy, type Review } from '../../codelists/codelists.ts';
import { repoClient, type RepoClient, type RepoRef } from '../repo.ts';
import { instantOf } from '../payloads.ts';
import type { Room } from '../room.ts';
import { orMissing } from '../trouble.ts';

export interface SeenPull {
  number: number;
  title: string;
  url: string;
  open: boolean;
  head: string;
  branch: string;
  /** Whether its branch is one of the registry itself. */
  own: boolean;
  base: string;
  author: { id: number; login: string };
  mergedAt: number | undefined;
  mergeCommit: string | undefined;
}

export type RegistryClient = Awaited<ReturnType<typeof registryClient>>;

export async function registryClient(room: Room, repo: RepoRef) {
  const [client, octokit] = [
    await repoClient(room.app, repo),
    await room.app.forInstallation(repo.installation),
  ];
  const at = { owner: repo.owner, repo: repo.name };
  const { rest } = octokit;
  return {
    files: client as Pick<RepoClient, 'file' | 'folder' | 'describe' | 'branchHead' | 'repo'>,

    async pull(number: number): Promise<SeenPull | undefined> {
      const found = await orMissing(rest.pulls.get({ ...at, pull_number: number }));
      if (!found) return undefined;
      const { data } = found;
      return {
        number,
        title: data.title,
        url: data.html_url,
        open: data.state === 'open',
        head: data.head.sha,
        branch: data.head.ref,
        own: (data.head.repo as { id: number } | null)?.id === repo.id,
        base: data.base.ref,
        author: { id: data.user?.id ?? 0, login: data.user?.login ?? '' },
        mergedAt: instantOf(data.merged_at),
        mergeCommit: data.merge_commit_sha ?? undefined,
      };
    },

    async openPulls(): Promise<number[]> {
      const all = await octokit.paginate(rest.pulls.list, { ...at, state: 'open', per_page: 100 });
      return all.map(({ number }) => number);
    },

    /** Paths that change, those that are gone too; a renamed file is both. */
    async changedPaths(number: number): Promise<{ path: string; gone: boolean }[]> {
      const files = await octokit.paginate(rest.pulls.listFiles, {
        ...at,
        pull_number: number,
        per_page: 100,
      });
      return files.flatMap(({ filename, status, previous_filename: before }) => [
        ...(status === 'renamed' && before ? [{ path: before, gone: true }] : []),
        { path: filename, gone: status === 'removed' },
      ]);
    },

    /** Oldest first; `before`: when it was merged. */
    async reviews(number: number, before: number | undefined): Promise<Review[]> {
      const all = await octokit.paginate(rest.pulls.listReviews, {
        ...at,
        pull_number: number,
        per_page: 100,
      });
      return all.flatMap(({ user, state, commit_id, submitted_at }) =>
        user
          ? [
              {
                person: user.id,
                isPerson: user.type === 'User',
                state,
                commit: commit_id ?? null,
                inTime: before === undefined || (instantOf(submitted_at) ?? Infinity) <= before,
              },
            ]
          : [],
      );
    },

    /** Whoever wrote a commit of it, and for whom the steward made one. */
    async writers(number: number): Promise<number[]> {
      const all = await octokit.paginate(rest.pulls.listCommits, {
        ...at,
        pull_number: number,
        per_page: 100,
      });
      return all.flatMap(({ author, commit }) => [
        ...(author && 'id' in author && typeof author.id === 'number' ? [author.id] : []),
        ...requestedBy(commit.message),
      ]);
    },
  };
}
