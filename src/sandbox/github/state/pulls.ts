/** Pull requests between branches of one repository, or from a fork of it. */
import { countCommits, diff, isAncestor, mergeBase, type FileChange } from '../git/history.ts';
import { mergeTrees } from '../git/merge.ts';
import { ZERO } from '../git/objects.ts';
import { fail, invalid, type Failure } from './failure.ts';
import { textFaults } from './issues.ts';
import type { Issue, PullRequest, Repo, Signed, User } from './model.ts';
import type { SandboxState } from './state.ts';

/** An issue that is a pull request. */
export type Pull = Issue & { pull: PullRequest };

export interface NewPull {
  title: string;
  body?: string | null;
  /** Branch, or `owner:branch`. */
  head: string;
  /** Name of the fork, where both belong to one organisation. */
  headRepo?: string;
  base: string;
  draft?: boolean;
}

export class Pulls {
  readonly #state: SandboxState;

  constructor(state: SandboxState) {
    this.#state = state;
  }

  find(repo: Repo, number: number): Pull | undefined {
    const issue = repo.issues.get(number);
    return issue?.pull ? (issue as Pull) : undefined;
  }

  all(repo: Repo): Pull[] {
    return [...repo.issues.values()].filter((issue): issue is Pull => issue.pull !== null);
  }

  async create(actor: Signed, repo: Repo, given: NewPull): Promise<Pull | Failure> {
    const no = this.#state.repos.refuse(actor, repo, 'pull.create') ?? textFaults('PullRequest', given);
    if (no) return no;
    const store = this.#state.repos.git(repo);
    const from = this.#headOf(actor, repo, given);
    const head = from?.branch;
    const headSha = from && this.#state.repos.git(from.repo).branch(from.branch);
    const baseSha = store.branch(given.base);
    if (!from || head === undefined || !headSha)
      return invalid({ resource: 'PullRequest', field: 'head', code: 'invalid' });
    if (!baseSha) return invalid({ resource: 'PullRequest', field: 'base', code: 'invalid' });
    const isFork = from.repo.id !== repo.id;
    if (isFork) await this.#state.forks.bring(from.repo, repo, headSha);
    if (await isAncestor(store, headSha, baseSha)) {
      return invalid({
        resource: 'PullRequest',
        code: 'custom',
        message: `No commits between ${given.base} and ${head}`,
      });
    }
    if (
      this.all(repo).some(
        (one) =>
          one.state === 'open' &&
          one.pull.head === head &&
          one.pull.headRepo === (isFork ? from.repo.id : undefined) &&
          one.pull.base === given.base,
      )
    ) {
      return invalid({
        resource: 'PullRequest',
        code: 'custom',
        message: `A pull request already exists for ${this.#state.repos.ownerOf(repo).login}:${head}.`,
      });
    }
    const issue = this.#state.issues.blank(actor, repo, given.title, given.body ?? null);
    issue.pull = {
      head,
      ...(isFork ? { headRepo: from.repo.id } : {}),
      base: given.base,
      headSha,
      baseSha,
      draft: given.draft ?? false,
      mergedAt: null,
      mergedBy: null,
      mergeSha: null,
    };
    const pull = issue as Pull;
    await store.setRef(`refs/pull/${pull.number}/head`, headSha);
    await this.refreshCounts(repo, pull);
    this.#state.issues.emit('opened', repo, pull, actor);
    return pull;
  }

  async merge(
    actor: Signed,
    repo: Repo,
    pull: Pull,
    options: { method: 'merge' | 'squash'; sha?: string; title?: string; message?: string },
  ): Promise<{ sha: string } | Failure> {
    const no = this.#state.repos.refuse(actor, repo, 'pull.merge');
    if (no) return no;
    const store = this.#state.repos.git(repo);
    return store.lock(async () => {
      if (pull.state !== 'open') return fail(405, 'Pull Request is not mergeable');
      if (options.sha && options.sha !== pull.pull.headSha)
        return fail(409, 'Head branch was modified. Review and try the merge again.');
      const base = store.branch(pull.pull.base);
      const [ours, theirs] = await Promise.all([
        store.commitAt(base ?? ZERO),
        store.commitAt(pull.pull.headSha),
      ]);
      if (!base || !ours || !theirs) return fail(405, 'Base branch was deleted');
      const common = await mergeBase(store, base, theirs.sha);
      const tree = await mergeTrees(
        store,
        (await store.commitAt(common ?? ZERO))?.tree,
        ours.tree,
        theirs.tree,
      );
      if (!tree) return fail(405, 'Pull Request is not mergeable');
      const author = this.#state.repos.signature(actor.user);
      const owner = this.#state.repos.ownerOf(repo).login;
      const title =
        options.title ??
        (options.method === 'merge'
          ? `Merge pull request #${pull.number} from ${owner}/${pull.pull.head}`
          : `${pull.title} (#${pull.number})`);
      const body = options.message ?? (options.method === 'merge' ? pull.title : (pull.body ?? ''));
      const commit = store.putCommit({
        tree,
        parents: options.method === 'merge' ? [base, theirs.sha] : [base],
        author,
        committer: author,
        message: body ? `${title}\n\n${body}` : title,
      });
      await store.setRef(`refs/heads/${pull.pull.base}`, commit.sha);
      await this.#markMerged(actor, repo, pull, commit.sha);
      await this.#state.pushes.happened(repo, actor.user, [
        { ref: `refs/heads/${pull.pull.base}`, before: base, after: commit.sha },
      ]);
      return { sha: commit.sha };
    });
  }

  /** After a push: open pull requests of the branch follow it, those whose commits arrived in their base are merged. */
  async branchMoved(repo: Repo, by: User, branch: string, before: string, after: string): Promise<void> {
    const store = this.#state.repos.git(repo);
    const actor: Signed = { kind: 'person', user: by };
    await this.#forkMoved(repo, actor, branch, before, after);
    for (const pull of this.all(repo).filter((one) => one.state === 'open')) {
      if (
        pull.pull.headRepo === undefined &&
        pull.pull.head === branch &&
        after !== ZERO &&
        pull.pull.headSha !== after
      ) {
        pull.pull.headSha = after;
        await store.setRef(`refs/pull/${pull.number}/head`, after);
        await this.refreshCounts(repo, pull);
        this.#state.issues.emit('synchronize', repo, pull, actor, { before, after });
      } else if (pull.pull.headRepo === undefined && pull.pull.head === branch && after === ZERO) {
        this.#close(pull, by.id);
        this.#state.issues.emit('closed', repo, pull, actor);
      }
      if (pull.pull.base !== branch || after === ZERO) continue;
      if (pull.state === 'open' && (await isAncestor(store, pull.pull.headSha, after))) {
        await this.#markMerged(actor, repo, pull, after);
      } else {
        await this.refreshCounts(repo, pull);
      }
    }
  }

  /** The repository that the proposed branch is in; undefined when it is gone. */
  headRepo(repo: Repo, pull: Pull): Repo | undefined {
    return pull.pull.headRepo === undefined ? repo : this.#state.repos.byId(pull.pull.headRepo);
  }

  /** A branch of a fork moved: what is proposed from it follows. */
  async #forkMoved(fork: Repo, actor: Signed, branch: string, before: string, after: string): Promise<void> {
    const repo = fork.forkOf === undefined ? undefined : this.#state.repos.byId(fork.forkOf);
    if (!repo) return;
    const store = this.#state.repos.git(repo);
    for (const pull of this.all(repo)) {
      if (pull.state !== 'open' || pull.pull.headRepo !== fork.id || pull.pull.head !== branch) continue;
      if (after === ZERO) {
        this.#close(pull, actor.user.id);
        this.#state.issues.emit('closed', repo, pull, actor);
        continue;
      }
      await this.#state.forks.bring(fork, repo, after);
      pull.pull.headSha = after;
      await store.setRef(`refs/pull/${pull.number}/head`, after);
      await this.refreshCounts(repo, pull);
      this.#state.issues.emit('synchronize', repo, pull, actor, { before, after });
    }
  }

  emit(action: string, repo: Repo, issue: Issue, by: User | null, extra: Record<string, unknown>): void {
    if (!issue.pull) return;
    this.#state.hooks.emit({
      event: 'pull_request',
      action,
      account: repo.owner,
      repo,
      sender: by,
      extra: { number: issue.number, pull_request: this.#state.present.pull(repo, issue as Pull), ...extra },
    });
  }

  /** What the presenter shows besides the record; counted by git when a branch moves, not when read. */
  readonly #counts = new Map<
    string,
    { commits: number; files: number; additions: number; deletions: number }
  >();

  counts(repo: Repo, pull: Pull): { commits: number; files: number; additions: number; deletions: number } {
    return (
      this.#counts.get(`${repo.id}/${pull.number}`) ?? { commits: 0, files: 0, additions: 0, deletions: 0 }
    );
  }

  async refreshCounts(repo: Repo, pull: Pull): Promise<void> {
    const store = this.#state.repos.git(repo);
    const base =
      pull.pull.mergedAt === null ? (store.branch(pull.pull.base) ?? pull.pull.baseSha) : pull.pull.baseSha;
    pull.pull.baseSha = base;
    const commits = await countCommits(store, pull.pull.headSha, base);
    const files = await this.files(repo, pull);
    this.#counts.set(`${repo.id}/${pull.number}`, {
      commits,
      files: files.length,
      additions: files.reduce((sum, file) => sum + file.additions, 0),
      deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    });
  }

  async files(repo: Repo, pull: Pull): Promise<FileChange[]> {
    const store = this.#state.repos.git(repo);
    const common = await mergeBase(store, pull.pull.baseSha, pull.pull.headSha);
    return diff(store, common, pull.pull.headSha);
  }

  async #markMerged(actor: Signed, repo: Repo, pull: Pull, sha: string): Promise<void> {
    // What it brought stays what it brought: from here on its base no longer follows the branch.
    pull.pull.mergedAt = this.#state.clock.now();
    await this.refreshCounts(repo, pull);
    pull.pull.mergedBy = actor.user.id;
    pull.pull.mergeSha = sha;
    this.#close(pull, actor.user.id);
    this.#state.issues.note(pull, actor, { event: 'merged' });
    this.#state.issues.emit('closed', repo, pull, actor);
  }

  #close(pull: Pull, by: number): void {
    pull.state = 'closed';
    pull.closedAt = this.#state.clock.now();
    pull.closedBy = by;
  }

  /** Where two repositories of one owner are meant, GitHub wants the other one by name. */
  #headOf(actor: Signed, repo: Repo, given: NewPull): { repo: Repo; branch: string } | undefined {
    const [, owner, branch] = /^(?:([^:]+):)?(.+)$/.exec(given.head) ?? [];
    if (branch === undefined) return undefined;
    const { repos, forks } = this.#state;
    const account = owner ?? repos.ownerOf(repo).login;
    const isOwn = account.toLowerCase() === repos.ownerOf(repo).login.toLowerCase();
    const from =
      given.headRepo !== undefined
        ? repos.find(account, given.headRepo)
        : isOwn
          ? repo
          : forks.of(repo).find((fork) => repos.ownerOf(fork).login.toLowerCase() === account.toLowerCase());
    if (!from || !forks.inNetwork(from, repo)) return undefined;
    // Whoever proposes must be able to read what they propose.
    return repos.refuse(actor, from, 'contents.read') ? undefined : { repo: from, branch };
  }
}
