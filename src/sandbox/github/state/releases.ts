/** Releases: drafts, and what publishing one sets off. A published release has a tag; a draft has none yet. */
import { changedFiles } from '../git/history.ts';
import { EMPTY_TREE, ZERO, type Commit } from '../git/objects.ts';
import { fail, invalid, isFailure, longerThan, notFound, type Failure } from './failure.ts';
import type { Actor, Release, Repo, Signed } from './model.ts';
import { ReleaseAssets } from './release-assets.ts';
import type { SandboxState } from './state.ts';

export interface ReleaseFields {
  tag?: string;
  target?: string;
  name?: string | null;
  body?: string | null;
  draft?: boolean;
  prerelease?: boolean;
  makeLatest?: 'true' | 'false' | 'legacy';
}

const MOST_BODY = 125_000;

export class Releases {
  readonly assets: ReleaseAssets;
  readonly #state: SandboxState;

  constructor(state: SandboxState) {
    this.#state = state;
    this.assets = new ReleaseAssets(state);
  }

  /** Newest first; drafts only for those who may write. */
  all(actor: Actor, repo: Repo): Release[] {
    const drafts = !this.#state.repos.refuse(actor, repo, 'contents.write');
    return [...repo.releases.values()]
      .filter((one) => drafts || !one.draft)
      .sort((a, b) => b.createdAt - a.createdAt || b.id - a.id);
  }

  /** A draft does not exist for whoever may not write. */
  find(actor: Actor, repo: Repo, id: number): Release | undefined {
    const release = repo.releases.get(id);
    if (!release?.draft) return release;
    return this.#state.repos.refuse(actor, repo, 'contents.write') ? undefined : release;
  }

  /** Published ones only, for everybody. */
  tagged(repo: Repo, tag: string): Release | undefined {
    return [...repo.releases.values()].find((one) => !one.draft && one.tag === tag);
  }

  latest(repo: Repo): Release | undefined {
    const whole = [...repo.releases.values()].filter((one) => !one.draft && !one.prerelease);
    const chosen = whole.filter((one) => one.latestAt !== null);
    if (chosen.length > 0) return newest(chosen, (one) => one.latestAt ?? 0);
    return newest(whole, (one) => one.createdAt);
  }

  async create(actor: Signed, repo: Repo, given: ReleaseFields): Promise<Release | Failure> {
    const fields = { ...given, draft: given.draft ?? false, prerelease: given.prerelease ?? false };
    const wrong = this.#state.repos.refuse(actor, repo, 'contents.write') ?? fieldFaults(fields);
    if (wrong) return wrong;
    const target = given.target ?? repo.defaultBranch;
    const commit = await this.#target(actor, repo, given.tag ?? '', target, !fields.draft);
    if (isFailure(commit)) return commit;
    if (!fields.draft && !(await this.#ensureTag(actor, repo, given.tag ?? '', commit))) return badTag();
    if (!fields.draft && this.tagged(repo, given.tag ?? '')) return taken();
    const now = this.#state.clock.now();
    const release: Release = {
      id: this.#state.nextId(),
      tag: given.tag ?? '',
      target,
      name: given.name ?? null,
      body: given.body ?? null,
      draft: true,
      prerelease: fields.prerelease,
      author: actor.user.id,
      assets: new Map(),
      createdAt: commit.committer.at,
      updatedAt: now,
      publishedAt: null,
      latestAt: null,
      untagged: `untagged-${commit.sha.slice(0, 12)}${this.#state.nextId().toString(16)}`,
    };
    repo.releases.set(release.id, release);
    if (!fields.draft) this.#markPublished(release, commit, given.makeLatest);
    this.#emit('created', actor, repo, release);
    if (!fields.draft) this.#emitPublished(actor, repo, release);
    return release;
  }

  async edit(
    actor: Signed,
    repo: Repo,
    release: Release,
    change: ReleaseFields,
  ): Promise<Failure | undefined> {
    const fields = {
      ...change,
      prerelease: change.prerelease ?? release.prerelease,
      tag: change.tag ?? release.tag,
    };
    const no = this.#state.repos.refuse(actor, repo, 'contents.write') ?? fieldFaults(fields);
    if (no) return no;
    const published = !(change.draft ?? release.draft);
    const tag = change.tag ?? release.tag;
    const commit = await this.#target(actor, repo, tag, change.target ?? release.target, published);
    if (isFailure(commit)) return commit;
    if (published && !(await this.#ensureTag(actor, repo, tag, commit))) return badTag();
    const other = this.tagged(repo, tag);
    if (published && other && other.id !== release.id) return taken();
    const wasPublished = !release.draft;
    const changes = this.#apply(release, change);
    if (published && !wasPublished) this.#markPublished(release, commit, change.makeLatest);
    else if (published && change.makeLatest) release.latestAt = this.#latestAt(release, change.makeLatest);
    // The tag stays where it is.
    else if (!published) Object.assign(release, { draft: true, publishedAt: null, latestAt: null });
    if (Object.keys(changes).length > 0) this.#emit('edited', actor, repo, release, { changes });
    if (published && !wasPublished) this.#emitPublished(actor, repo, release);
    if (!published && wasPublished) this.#emit('unpublished', actor, repo, release);
    return undefined;
  }

  /** The tag stays. */
  delete(actor: Signed, repo: Repo, release: Release): Failure | undefined {
    const no = this.#state.repos.refuse(actor, repo, 'contents.write');
    if (no) return no;
    repo.releases.delete(release.id);
    for (const asset of release.assets.values()) this.assets.forget(asset);
    this.#emit('deleted', actor, repo, release);
    return undefined;
  }

  #markPublished(release: Release, commit: Commit, makeLatest: ReleaseFields['makeLatest']): void {
    release.draft = false;
    release.createdAt = commit.committer.at;
    release.publishedAt = this.#state.clock.now();
    release.latestAt = this.#latestAt(release, makeLatest ?? 'true');
  }

  #emitPublished(actor: Signed, repo: Repo, release: Release): void {
    this.#emit('published', actor, repo, release);
    this.#emit(release.prerelease ? 'prereleased' : 'released', actor, repo, release);
  }

  /** Makes the tag when there is none: `create`, `push` and then the release's own events. */
  async #ensureTag(actor: Signed, repo: Repo, tag: string, commit: Commit): Promise<boolean> {
    const store = this.#state.repos.git(repo);
    const ref = `refs/tags/${tag}`;
    return store.lock(async () => {
      if (store.refs.has(ref)) return true;
      if (!(await store.setRef(ref, commit.sha))) return false;
      await this.#state.pushes.happened(repo, actor.user, [{ ref, before: ZERO, after: commit.sha }]);
      return true;
    });
  }

  /** The commit of the tag, or of the target: a branch or a whole sha, no tag and no full ref. */
  async #target(
    actor: Signed,
    repo: Repo,
    tag: string,
    target: string,
    published: boolean,
  ): Promise<Commit | Failure> {
    const store = this.#state.repos.git(repo);
    if (store.branches().length === 0) {
      return invalid({ resource: 'Release', code: 'custom', message: 'Repository is empty.' });
    }
    const wanted = store.branch(target) ?? (/^[0-9a-f]{40}$/.test(target) ? target : undefined);
    const commit = wanted ? await store.commitAt(wanted) : undefined;
    const held = store.refs.get(`refs/tags/${tag}`);
    if (!commit) {
      const field = { resource: 'Release', field: 'target_commitish', code: 'invalid' } as const;
      return published && !held ? invalid(...tagFaults(), field) : invalid(field);
    }
    const chosen = held ? ((await store.commitAt(held)) ?? commit) : commit;
    return (await this.#touchesWorkflows(actor, repo, chosen)) ? notFound() : chosen;
  }

  /** A release of a commit with other workflows than the default branch wants a permission of its own. */
  async #touchesWorkflows(actor: Signed, repo: Repo, commit: Commit): Promise<boolean> {
    if (!this.#state.repos.refuseWorkflows(actor, repo, ['.github/workflows/any'])) return false;
    const store = this.#state.repos.git(repo);
    const head = await store.commitAt(store.branch(repo.defaultBranch) ?? '');
    const changed = await changedFiles(store, head?.tree ?? EMPTY_TREE, commit.tree);
    return changed.some((file) => file.status !== 'removed' && file.path.startsWith('.github/workflows/'));
  }

  #apply(release: Release, change: ReleaseFields): Record<string, { from: string }> {
    const changes: Record<string, { from: string }> = {};
    if (change.tag !== undefined && change.tag !== release.tag) changes['tag_name'] = { from: release.tag };
    if (change.name !== undefined && change.name !== release.name)
      changes['name'] = { from: release.name ?? '' };
    if (change.body !== undefined && change.body !== release.body)
      changes['body'] = { from: release.body ?? '' };
    release.tag = change.tag ?? release.tag;
    release.target = change.target ?? release.target;
    if (change.name !== undefined) release.name = change.name;
    if (change.body !== undefined) release.body = change.body;
    release.prerelease = change.prerelease ?? release.prerelease;
    release.updatedAt = this.#state.clock.now();
    return changes;
  }

  #latestAt(release: Release, makeLatest: 'true' | 'false' | 'legacy'): number | null {
    return makeLatest === 'true' && !release.prerelease ? this.#state.clock.now() : null;
  }

  #emit(
    action: string,
    actor: Signed,
    repo: Repo,
    release: Release,
    extra: Record<string, unknown> = {},
  ): void {
    this.#state.touch();
    this.#state.hooks.emit({
      event: 'release',
      action,
      account: repo.owner,
      repo,
      sender: actor.user,
      extra: { release: this.#state.present.release(repo, release), ...extra },
    });
  }
}

function newest(list: readonly Release[], at: (one: Release) => number): Release | undefined {
  return [...list].sort((a, b) => at(b) - at(a) || b.id - a.id)[0];
}

function fieldFaults(fields: ReleaseFields): Failure | undefined {
  const { tag, body } = fields;
  if (tag === undefined) return fail(422, 'Invalid request.\n\n"tag_name" wasn\'t supplied.');
  if (!tag) return invalid({ resource: 'Release', field: 'tag_name', code: 'missing_field' });
  if (!isTagName(tag)) return badTag();
  if (fields.makeLatest === 'true' && (fields.prerelease || fields.draft)) {
    const message = 'Drafts and prereleases cannot be set as latest.';
    return invalid({ resource: 'Release', field: 'make_latest', code: 'custom', message });
  }
  if (!body || !longerThan(body, MOST_BODY)) return undefined;
  const message = `body is too long (maximum is ${MOST_BODY} characters)`;
  return invalid({ resource: 'Release', field: 'body', code: 'custom', message });
}

/** The rules of `git check-ref-format`. */
function isTagName(tag: string): boolean {
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\.$|^-|^\/|\/$/.test(tag)) return false;
  return tag !== '@' && tag.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'));
}

const badTag = (): Failure =>
  invalid({
    resource: 'Release',
    field: 'tag_name',
    code: 'custom',
    message: 'tag_name is not well-formed',
  });

const taken = (): Failure => invalid({ resource: 'Release', field: 'tag_name', code: 'already_exists' });

const tagFaults = () =>
  [
    { resource: 'Release', field: 'tag_name', code: 'custom', message: 'tag_name is not a valid tag' },
    { resource: 'Release', code: 'custom', message: 'Published releases must have a valid tag' },
  ] as const;
