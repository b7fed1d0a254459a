/** Forks: repositories that began as another one, and whose commits can be proposed to it. */
import { git } from '../../../lib/git.ts';
import { fail, type Failure } from './failure.ts';
import type { Org, Repo, User } from './model.ts';
import type { SandboxState } from './state.ts';

/** Between two repositories of this process, and no other way. */
const LOCAL = [['protocol.file.allow', 'always']] as const;

export class Forks {
  readonly #state: SandboxState;

  constructor(state: SandboxState) {
    this.#state = state;
  }

  of(repo: Repo): Repo[] {
    return [...this.#state.data.repos.values()].filter((one) => one.forkOf === repo.id);
  }

  /** All branches as they are. An account has one fork of a repository, except that an organisation may fork its own. */
  async make(
    source: Repo,
    account: User | Org,
    given: { name?: string; id?: number },
  ): Promise<Repo | Failure> {
    const { repos } = this.#state;
    const known = this.of(source).find((fork) => fork.owner === account.id);
    if (known) return known;
    const name = given.name ?? source.name;
    if (repos.find(account.login, name))
      return account.id === source.owner
        ? fail(403, 'The repository exists already: name the fork.')
        : fail(422, 'Name already exists on this account');
    const fork = await repos.add(account, name, {
      ...(given.id === undefined ? {} : { id: given.id }),
      private: source.private,
      defaultBranch: source.defaultBranch,
      ...(source.description === null ? {} : { description: source.description }),
    });
    fork.forkOf = source.id;
    // GitHub switches issues off in forks.
    fork.hasIssues = false;
    await this.bring(source, fork, '+refs/heads/*:refs/heads/*');
    this.#state.touch();
    return fork;
  }

  /** Whether commits of the one can be proposed to the other. */
  inNetwork(one: Repo, other: Repo): boolean {
    return one.id === other.id || one.forkOf === other.id || other.forkOf === one.id;
  }

  async bring(from: Repo, to: Repo, refspec: string): Promise<void> {
    const store = this.#state.repos.git(to);
    const source = this.#state.repos.git(from);
    await git(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', source.dir, refspec], {
      dir: store.dir,
      config: LOCAL,
    });
    await store.readRefs();
  }
}
