/** What GitHub knows of a pull request on governance: its commits, its files, who said what. */
import type { Governance, SeenReview } from '../../governance/governance.ts';
import type { Octokit } from '../app.ts';
import { orMissing } from '../trouble.ts';
import type { Room } from '../room.ts';
import type { RepoRef } from '../repo.ts';

/** GitHub lists no more commits of a pull request. */
const MOST_COMMITS = 250;
/** Of commits that came to the branch since the last look. */
const MOST_PAGES = 20;
const STATES = ['APPROVED', 'CHANGES_REQUESTED', 'COMMENTED', 'DISMISSED', 'PENDING'] as const;

export interface GovernancePull {
  number: number;
  head: string;
  base: string;
  open: boolean;
  merged: boolean;
  mergeCommit: string | null;
  author: { id: number; bot: boolean };
}

export class GovernancePulls {
  readonly #octokit: Octokit;
  readonly #at: { owner: string; repo: string };

  private constructor(octokit: Octokit, { owner, name }: RepoRef) {
    this.#octokit = octokit;
    this.#at = { owner, repo: name };
  }

  static async of({ app }: Room, repo: RepoRef): Promise<GovernancePulls> {
    return new GovernancePulls(await app.forInstallation(repo.installation), repo);
  }

  async pull(number: number): Promise<GovernancePull | undefined> {
    const found = await orMissing(this.#octokit.rest.pulls.get({ ...this.#at, pull_number: number }));
    if (!found) return undefined;
    const { head, base, state, merged, merge_commit_sha, user } = found.data;
    return {
      ...{ number, head: head.sha, base: base.ref, open: state === 'open', merged },
      mergeCommit: merge_commit_sha,
      author: { id: user.id, bot: user.type !== 'User' },
    };
  }

  async reviews(number: number): Promise<SeenReview[]> {
    const all = await this.#octokit.paginate(this.#octokit.rest.pulls.listReviews, {
      ...{ ...this.#at, pull_number: number, per_page: 100 },
    });
    return all.flatMap(({ user, state, commit_id }): SeenReview[] => {
      const known = STATES.find((each) => each === state);
      if (!user || !known) return [];
      return [
        { person: user.id, login: user.login, bot: user.type !== 'User', state: known, commit: commit_id },
      ];
    });
  }

  /** Authors and committers; null for each whom neither GitHub nor governance knows. */
  async writers(number: number, people: Governance['people']): Promise<(number | null)[]> {
    const all = await this.#octokit.paginate(this.#octokit.rest.pulls.listCommits, {
      ...{ ...this.#at, pull_number: number, per_page: 100 },
    });
    const found = all.flatMap(({ author, committer, commit }) => [
      idOf(author, commit.author?.email, people),
      // What people do on pages is committed by GitHub itself.
      ...(isGitHub(committer, commit.committer?.email)
        ? []
        : [idOf(committer, commit.committer?.email, people)]),
    ]);
    return [...new Set(all.length >= MOST_COMMITS ? [...found, null] : found)];
  }

  async files(number: number): Promise<string[]> {
    const all = await this.#octokit.paginate(this.#octokit.rest.pulls.listFiles, {
      ...{ ...this.#at, pull_number: number, per_page: 100 },
    });
    return all.flatMap(({ filename, previous_filename }) =>
      previous_filename === undefined ? [filename] : [filename, previous_filename],
    );
  }

  /** Merged ones that brought this commit to the branch. */
  async mergedWith(sha: string, branch: string): Promise<number[]> {
    const { data } = await this.#octokit.rest.repos.listPullRequestsAssociatedWithCommit({
      ...{ ...this.#at, commit_sha: sha, per_page: 100 },
    });
    return data.filter(({ merged_at, base }) => merged_at && base.ref === branch).map(({ number }) => number);
  }

  /**
   * Commits that the newer one has beyond the older, oldest first: all of them, however many pages that takes.
   * Undefined when it does not contain the older one, or when there are more than anybody looks at.
   */
  async between(older: string, newer: string): Promise<string[] | undefined> {
    const found: string[] = [];
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      const answer = await orMissing(
        this.#octokit.rest.repos.compareCommitsWithBasehead({
          ...{ ...this.#at, basehead: `${older}...${newer}`, per_page: 100, page },
        }),
      );
      if (!answer || !['ahead', 'identical'].includes(answer.data.status)) return undefined;
      found.push(...answer.data.commits.map(({ sha }) => sha));
      if (found.length >= answer.data.total_commits) return found;
    }
    return undefined;
  }
}

function idOf(account: unknown, email: string | undefined, people: Governance['people']): number | null {
  const id = (account as { id?: number } | null)?.id;
  if (id !== undefined) return id;
  const address = email?.toLowerCase() ?? '';
  const noreply = /^(\d+)\+[^@]+@users\.noreply\./.exec(address)?.[1];
  if (noreply !== undefined) return Number(noreply);
  const known = people.find(({ commitEmails }) =>
    commitEmails.some((each) => each.toLowerCase() === address),
  );
  return known?.id ?? null;
}

function isGitHub(account: unknown, email: string | undefined): boolean {
  const login = (account as { login?: string } | null)?.login;
  return login === 'web-flow' || (login === undefined && email === 'noreply@github.com');
}
