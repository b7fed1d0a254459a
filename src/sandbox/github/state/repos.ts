/** Repositories: making and finding them, refs, files, and what a changed ref sets off. */
import { GitStore } from '../git/store.ts';
import { editTree, type TreeEdit } from '../git/edit.ts';
import { ZERO, type Commit, type Signature } from '../git/objects.ts';
import { fail, type Failure } from './failure.ts';
import {
  completed,
  type Actor,
  type Level,
  type Org,
  type Permissions,
  type Repo,
  type Signed,
  type User,
} from './model.ts';
import { refuse, type Deed, type Place } from './permission.ts';
import { refuseMove } from './rulesets.ts';
import type { SandboxState } from './state.ts';

const ARCHIVED = 'Repository was archived so is read-only.';
/** `repo.admin` is what brings it back. */
const writes = (deed: Deed): boolean =>
  !/read$/.test(deed) && deed !== 'commit.comments' && deed !== 'repo.admin';

export class Repos {
  readonly #state: SandboxState;
  readonly #stores = new Map<number, GitStore>();

  constructor(state: SandboxState) {
    this.#state = state;
  }

  async add(
    owner: User | Org,
    name: string,
    options: { id?: number; private?: boolean; description?: string; defaultBranch?: string } = {},
  ): Promise<Repo> {
    const now = this.#state.clock.now();
    const repo: Repo = {
      id: this.#state.takeId(options.id),
      owner: owner.id,
      name,
      private: options.private ?? false,
      hasIssues: true,
      description: options.description ?? null,
      defaultBranch: options.defaultBranch ?? 'main',
      createdAt: now,
      updatedAt: now,
      pushedAt: now,
      lastNumber: 0,
      collaborators: new Map(),
      labels: new Map(),
      issues: new Map(),
      comments: new Map(),
      commitComments: new Map(),
      suites: new Map(),
      checks: new Map(),
      releases: new Map(),
      gone: new Map(),
    };
    this.#stores.set(repo.id, await GitStore.create(this.#state.gitRoot, repo.id, repo.defaultBranch));
    this.#state.data.repos.set(repo.id, repo);
    this.#state.touch();
    return repo;
  }

  async openAll(): Promise<void> {
    for (const repo of this.#state.data.repos.values()) {
      this.#stores.set(completed(repo).id, await GitStore.open(this.#state.gitRoot, repo.id));
    }
  }

  close(): void {
    for (const store of this.#stores.values()) store.close();
  }

  /** Forgets a repository as its deletion on GitHub does: everything about it is 404 from now on. */
  remove(repo: Repo): void {
    this.#stores.get(repo.id)?.close();
    this.#stores.delete(repo.id);
    this.#state.data.repos.delete(repo.id);
    this.#state.touch();
  }

  /** Settings. Switching issues on or off tells nobody, as on GitHub. */
  change(
    repo: Repo,
    change: { description?: string | null; hasIssues?: boolean; private?: boolean; archived?: boolean },
    by: User | null,
  ): void {
    const from = repo.description;
    const hides = change.private;
    if (change.archived !== undefined) repo.archived = change.archived;
    if (change.hasIssues !== undefined) repo.hasIssues = change.hasIssues;
    if (change.description !== undefined) repo.description = change.description;
    repo.updatedAt = this.#state.clock.now();
    this.#state.touch();
    this.#state.changed(repo);
    const emit = (event: string, action: string | null, extra: Record<string, unknown> = {}): void =>
      this.#state.hooks.emit({ event, action, account: repo.owner, repo, sender: by, extra });
    if (repo.description !== from) emit('repository', 'edited', { changes: { description: { from } } });
    if (hides === undefined || hides === repo.private) return;
    repo.private = hides;
    emit('repository', hides ? 'privatized' : 'publicized');
    if (!hides) emit('public', null);
  }

  git(repo: Repo): GitStore {
    const store = this.#stores.get(repo.id);
    if (!store) throw new Error(`no git store for repository ${repo.id}`);
    return store;
  }

  find(owner: string, name: string): Repo | undefined {
    const [ownerKey, nameKey] = [owner.toLowerCase(), name.toLowerCase()];
    for (const repo of this.#state.data.repos.values()) {
      if (repo.name.toLowerCase() === nameKey && this.ownerOf(repo).login.toLowerCase() === ownerKey)
        return repo;
    }
    return undefined;
  }

  byId(id: number): Repo | undefined {
    return this.#state.data.repos.get(id);
  }

  ownerOf(repo: Repo): User | Org {
    const owner = this.#state.people.account(repo.owner);
    if (!owner) throw new Error(`repository ${repo.id} has no owner`);
    return owner;
  }

  fullName(repo: Repo): string {
    return `${this.ownerOf(repo).login}/${repo.name}`;
  }

  /** Undefined when the actor may; else GitHub's answer. Pages ask this to show or hide a control. */
  refuse(actor: Actor, repo: Repo, deed: Deed): Failure | undefined {
    const no = refuse(actor, this.#place(repo), deed);
    return no ?? (repo.archived && writes(deed) ? fail(403, ARCHIVED) : undefined);
  }

  level(repo: Repo, userId: number): Level {
    return this.#state.people.level(repo, userId);
  }

  /** What the actor may see, owner by owner. */
  visible(actor: Actor): Repo[] {
    return [...this.#state.data.repos.values()].filter((repo) => !this.refuse(actor, repo, 'metadata.read'));
  }

  /** Writes files on a branch in one commit, as the contents API, the pages and the seed do. */
  async commitFiles(
    actor: Signed,
    repo: Repo,
    options: {
      branch?: string;
      message: string;
      /** Path → content, null deletes. */
      files: ReadonlyMap<string, Uint8Array | string | null>;
      author?: Signature;
      committer?: Signature;
      executable?: ReadonlySet<string>;
      /** What the paths must hold when the commit is made; null is nothing. */
      expect?: ReadonlyMap<string, string | null>;
      /** Moves the branch without an event or a permission check: the seed. */
      quietly?: boolean;
    },
  ): Promise<Commit | Failure> {
    const no = options.quietly ? undefined : this.refuse(actor, repo, 'contents.write');
    if (no) return no;
    const noWorkflows = this.refuseWorkflows(actor, repo, [...options.files.keys()]);
    if (noWorkflows) return noWorkflows;
    const store = this.git(repo);
    const branch = options.branch ?? repo.defaultBranch;
    return store.lock(async () => {
      const before = store.branch(branch);
      const isFirst = store.branches().length === 0;
      if (!before && !isFirst) return fail(404, `Branch ${branch} not found`);
      const move = { ref: `refs/heads/${branch}`, before, after: 'a commit', forward: true };
      const against = options.quietly
        ? undefined
        : refuseMove(repo, actor, this.level(repo, actor.user.id), move);
      if (against) return against;
      const parent = before ? await store.commitAt(before) : undefined;
      for (const [path, sha] of options.expect ?? []) {
        const held = parent && (await store.entry(parent.tree, path));
        if ((held?.sha ?? null) !== sha) return fail(409, `${path} does not match ${sha}`);
      }
      const edits: TreeEdit[] = [...options.files].map(([path, content]) => ({
        path,
        mode: options.executable?.has(path) ? '100755' : '100644',
        sha: content === null ? null : store.put('blob', Buffer.from(content)),
      }));
      const tree = await editTree(store, parent?.tree, edits);
      if (!tree) return fail(422, 'path contains a malformed path component');
      const author = options.author ?? this.signature(actor.user);
      const commit = store.putCommit({
        tree,
        parents: before ? [before] : [],
        author,
        committer: options.committer ?? author,
        message: options.message,
      });
      await store.setRef(`refs/heads/${branch}`, commit.sha);
      if (options.quietly) repo.pushedAt = this.#state.clock.now();
      else
        await this.#state.pushes.happened(repo, actor.user, [
          { ref: `refs/heads/${branch}`, before: before ?? ZERO, after: commit.sha },
        ]);
      this.#state.touch();
      return commit;
    });
  }

  /** Creates, moves or deletes (`sha` null) a ref. Not forced: only forwards. */
  async moveRef(
    actor: Signed,
    repo: Repo,
    ref: string,
    sha: string | null,
    force: boolean,
  ): Promise<Failure | undefined> {
    const no = this.refuse(actor, repo, 'contents.write');
    if (no) return no;
    const store = this.git(repo);
    return store.lock(async () => {
      const before = store.refs.get(ref);
      const forward =
        !before ||
        !sha ||
        before === sha ||
        !(await store.has(sha)) ||
        (await this.#state.pushes.isForward(repo, before, sha));
      const level = this.level(repo, actor.user.id);
      const against = refuseMove(repo, actor, level, { ref, before, after: sha ?? undefined, forward });
      if (against) return against;
      if (sha === null) {
        if (!before) return fail(422, 'Reference does not exist');
        if (ref === `refs/heads/${repo.defaultBranch}`) return fail(422, 'Cannot delete the default branch');
        await store.setRef(ref, ZERO);
        await this.#state.pushes.happened(repo, actor.user, [{ ref, before, after: ZERO }]);
        return undefined;
      }
      if (!(await store.has(sha))) return fail(422, 'Object does not exist');
      if (!force && !forward) {
        return fail(422, 'Update is not a fast forward');
      }
      if (!(await store.setRef(ref, sha))) return fail(422, `Reference ${ref} cannot be created`);
      if (before !== sha)
        await this.#state.pushes.happened(repo, actor.user, [{ ref, before: before ?? ZERO, after: sha }]);
      return undefined;
    });
  }

  /** An App needs a permission of its own to touch workflow files. */
  refuseWorkflows(actor: Signed, repo: Repo, paths: readonly string[]): Failure | undefined {
    const permissions = this.#appPermissions(actor, repo);
    if (!permissions || permissions['workflows'] === 'write') return undefined;
    const path = paths.find((one) => one.startsWith('.github/workflows/'));
    if (!path) return undefined;
    return fail(403, 'Resource not accessible by integration');
  }

  /** Undefined when no App is involved. */
  #appPermissions(actor: Signed, repo: Repo): Permissions | undefined {
    if (actor.kind === 'installation') return actor.permissions;
    return actor.via && (this.#state.apps.find(actor.via, repo.owner)?.permissions ?? {});
  }

  signature(user: User): Signature {
    return {
      name: user.name ?? user.login,
      email: user.email ?? `${user.id}+${user.login}@users.noreply.github.com`,
      at: this.#state.clock.now(),
      zone: '+0000',
    };
  }

  #place(repo: Repo): Place {
    return {
      private: repo.private,
      level: (userId) => this.level(repo, userId),
      covers: (actor) =>
        this.#state.apps.covers(actor.installation, repo) && (actor.repositories?.includes(repo.id) ?? true),
      appIn: (app) => {
        const installation = this.#state.apps.find(app, repo.owner);
        return {
          isSuspended: (installation?.suspendedAt ?? null) !== null,
          covers: installation !== undefined && this.#state.apps.covers(installation, repo),
          permissions: installation?.permissions ?? {},
        };
      },
    };
  }
}
