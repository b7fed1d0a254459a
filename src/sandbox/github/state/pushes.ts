/**
 * What a changed ref sets off: `create`, `delete`, `push`, a check suite for each App that may write
 * checks, `pull_request.synchronize`. The same for git over HTTP, the contents API, the git data API
 * and a merge.
 */
import { changedFiles, commitsOf, isAncestor, revList } from '../git/history.ts';
import { EMPTY_TREE, ZERO, type Commit } from '../git/objects.ts';
import type { Repo, User } from './model.ts';
import type { SandboxState } from './state.ts';

export interface RefChange {
  ref: string;
  before: string;
  after: string;
}

/** GitHub's limits: longer pushes are cut, wider ones are silent. */
const MOST_COMMITS = 2048;
const MOST_BRANCHES = 5000;
const MOST_TAGS = 3;

export class Pushes {
  readonly #state: SandboxState;

  constructor(state: SandboxState) {
    this.#state = state;
  }

  /** Call with the refs already moved, inside the repository's lock. */
  async happened(repo: Repo, by: User, changes: readonly RefChange[]): Promise<void> {
    repo.pushedAt = this.#state.clock.now();
    repo.updatedAt = repo.pushedAt;
    this.#state.touch();
    const branches = changes.filter(({ ref }) => ref.startsWith('refs/heads/'));
    const tags = changes.filter(({ ref }) => ref.startsWith('refs/tags/'));
    const told = [
      ...(branches.length > MOST_BRANCHES ? [] : branches),
      ...(tags.length > MOST_TAGS ? [] : tags),
    ];
    for (const change of told) await this.#tell(repo, by, change);
  }

  isForward(repo: Repo, before: string, after: string): Promise<boolean> {
    return isAncestor(this.#state.repos.git(repo), before, after);
  }

  async #tell(repo: Repo, by: User, change: RefChange): Promise<void> {
    const { ref, before, after } = change;
    const [created, deleted] = [before === ZERO, after === ZERO];
    const isBranch = ref.startsWith('refs/heads/');
    const name = ref.replace(/^refs\/(heads|tags)\//, '');
    if (created || deleted) this.#createOrDelete(repo, by, name, isBranch, created);
    await this.#push(repo, by, change);
    if (!isBranch) return;
    if (!deleted) await this.#state.checks.suitesForPush(repo, by, name, before, after);
    await this.#state.pulls.branchMoved(repo, by, name, before, after);
  }

  #createOrDelete(repo: Repo, by: User, name: string, isBranch: boolean, created: boolean): void {
    this.#state.hooks.emit({
      event: created ? 'create' : 'delete',
      action: null,
      account: repo.owner,
      repo,
      sender: by,
      extra: {
        ref: name,
        ref_type: isBranch ? 'branch' : 'tag',
        pusher_type: 'user',
        ...(created ? { master_branch: repo.defaultBranch, description: repo.description } : {}),
      },
    });
  }

  async #push(repo: Repo, by: User, { ref, before, after }: RefChange): Promise<void> {
    const store = this.#state.repos.git(repo);
    const { present } = this.#state;
    const deleted = after === ZERO;
    const head = deleted ? undefined : await store.commitAt(after);
    const commits = head ? await this.#newCommits(repo, ref, before, head) : [];
    const described = await Promise.all(commits.map((commit) => this.#described(repo, commit)));
    const forced = before !== ZERO && !deleted && !(await isAncestor(store, before, after));
    const web = present.web(repo);
    const range = before === ZERO ? after.slice(0, 12) : `${before.slice(0, 12)}...${after.slice(0, 12)}`;
    this.#state.hooks.emit({
      event: 'push',
      action: null,
      account: repo.owner,
      repo,
      sender: by,
      extra: {
        ref,
        before,
        after,
        repository: present.pushRepo(repo),
        pusher: { name: by.login, email: by.email ?? `${by.login}@users.noreply.github.com` },
        created: before === ZERO,
        deleted,
        forced,
        base_ref: null,
        compare: before === ZERO ? `${web}/commit/${after.slice(0, 12)}` : `${web}/compare/${range}`,
        commits: described,
        head_commit: head ? (described.at(-1) ?? (await this.#described(repo, head))) : null,
      },
    });
  }

  /** Oldest first: what this push brought to the branch. A new branch brings what no other branch has. */
  async #newCommits(repo: Repo, ref: string, before: string, head: Commit): Promise<Commit[]> {
    const store = this.#state.repos.git(repo);
    if (before !== ZERO && head.parents.length === 1 && head.parents[0] === before) return [head];
    const others = [...store.refs].filter(([other]) => other !== ref && other.startsWith('refs/heads/'));
    const not = before === ZERO ? [...new Set(others.map(([, sha]) => sha))] : [before];
    if (not.includes(head.sha)) return [];
    const shas = await revList(store, head.sha, { not, max: MOST_COMMITS });
    return commitsOf(store, shas.reverse());
  }

  async #described(repo: Repo, commit: Commit): Promise<Record<string, unknown>> {
    const store = this.#state.repos.git(repo);
    const parent = commit.parents[0] ? await store.commitAt(commit.parents[0]) : undefined;
    const files = await changedFiles(store, parent?.tree ?? EMPTY_TREE, commit.tree);
    const named = (status: string): string[] =>
      files.filter((file) => file.status === status).map((file) => file.path);
    return {
      ...this.#state.present.pushCommit(repo, commit),
      added: named('added'),
      removed: named('removed'),
      modified: named('modified'),
    };
  }
}
