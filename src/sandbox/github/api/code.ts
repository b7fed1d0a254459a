/** Repositories, branches, commits, comparisons, archives. */
import {
  archive,
  commitsOf,
  countCommits,
  diff,
  mergeBase,
  revList,
  type FileChange,
} from '../git/history.ts';
import type { Commit } from '../git/objects.ts';
import type { Api } from '../http/api.ts';
import { json, ok, page, signed, text, type Answer, type RepoCall } from '../http/call.ts';
import { fail, isFailure, notFound, type Failure } from '../state/failure.ts';

export function codeRoutes(api: Api): void {
  api.onRepo('get', '', 'metadata.read', (call) => {
    const { actor, repo, state } = call;
    return ok(
      state.present.repoFull(
        repo,
        actor.kind === 'person' ? state.repos.level(repo, actor.user.id) : undefined,
      ),
    );
  });

  api.onRepo('patch', '', 'repo.admin', (call) => {
    const by = signed(call);
    if (isFailure(by)) return by;
    const given = json(call);
    const yes = (key: string): boolean | undefined =>
      typeof given[key] === 'boolean' ? given[key] : undefined;
    const visibility = text(given, 'visibility');
    call.state.repos.change(
      call.repo,
      {
        description: given['description'] === null ? null : text(given, 'description'),
        hasIssues: yes('has_issues'),
        archived: yes('archived'),
        private: visibility === undefined ? yes('private') : visibility !== 'public',
      },
      by.user,
    );
    return ok(call.state.present.repoFull(call.repo));
  });

  api.onRepo('get', '/branches', 'contents.read', (call) => {
    const { items, headers } = page(call, call.state.repos.git(call.repo).branches());
    return ok(
      items.map(({ name, sha }) => call.state.present.branch(call.repo, name, sha)),
      headers,
    );
  });

  api.onRepo('get', '/branches/*branch', 'contents.read', async (call) => {
    const name = call.params['branch'] ?? '';
    const store = call.state.repos.git(call.repo);
    const commit = await store.commitAt(store.branch(name) ?? '');
    return commit
      ? ok(call.state.present.fullBranch(call.repo, name, commit))
      : fail(404, 'Branch not found');
  });

  api.onRepo('get', '/commits', 'contents.read', listCommits);
  api.onRepo('get', '/compare/*basehead', 'contents.read', compare);

  for (const path of ['/tarball', '/tarball/*ref']) api.onRepo('get', path, 'contents.read', tarball);
}

/** Last, because its wildcard takes everything below `/commits/`. */
export function commitRoute(api: Api): void {
  api.onRepo('get', '/commits/*ref', 'contents.read', async (call) => {
    const commit = await resolve(call, call.params['ref'] ?? '');
    if (isFailure(commit)) return commit;
    if (call.accept.includes('sha'))
      return { status: 200, bytes: commit.sha, type: 'application/vnd.github.sha; charset=utf-8' };
    const files = await filesOf(call, commit);
    const { items, headers } = page({ ...call, query: filePages(call.query) }, files);
    return ok(
      {
        ...call.state.present.commit(call.repo, commit, files),
        files: items.map((file) => call.state.present.file(call.repo, commit.sha, file)),
      },
      headers,
    );
  });
}

/** 422 for a sha that is none of ours, 404 for a name: as GitHub tells them apart. */
export async function resolve(call: RepoCall, ref: string): Promise<Commit | Failure> {
  const commit = await call.state.repos.git(call.repo).resolve(ref);
  return commit ?? fail(422, `No commit found for SHA: ${ref}`);
}

async function filesOf(call: RepoCall, commit: Commit): Promise<FileChange[]> {
  const store = call.state.repos.git(call.repo);
  const parent = commit.parents[0] ? await store.commitAt(commit.parents[0]) : undefined;
  return diff(store, parent?.tree, commit.tree);
}

function filePages(query: URLSearchParams): URLSearchParams {
  const copy = new URLSearchParams(query);
  if (!copy.has('per_page')) copy.set('per_page', '100');
  return copy;
}

async function listCommits(call: RepoCall): Promise<Answer | Failure> {
  const store = call.state.repos.git(call.repo);
  if (store.branches().length === 0) return fail(409, 'Git Repository is empty.');
  const from = await store.resolve(call.query.get('sha') ?? call.repo.defaultBranch);
  if (!from) return notFound();
  const size = Math.min(100, Math.max(1, Number(call.query.get('per_page') ?? 30) || 30));
  const current = Math.max(1, Number(call.query.get('page') ?? 1) || 1);
  const shas = await revList(store, from.sha, {
    // One more than asked for tells whether there is a next page.
    max: size + 1,
    skip: (current - 1) * size,
    path: call.query.get('path') ?? undefined,
    since: call.query.get('since') ?? undefined,
    until: call.query.get('until') ?? undefined,
  });
  const links: string[] = [];
  const link = (to: number, rel: string): void => {
    const url = new URL(call.url);
    url.searchParams.set('page', String(to));
    links.push(`<${url.href}>; rel="${rel}"`);
  };
  if (current > 1) link(current - 1, 'prev');
  if (shas.length > size) link(current + 1, 'next');
  const commits = await commitsOf(store, shas.slice(0, size));
  return ok(
    commits.map((commit) => call.state.present.commit(call.repo, commit)),
    links.length > 0 ? { link: links.join(', ') } : {},
  );
}

async function tarball(call: RepoCall): Promise<Answer | Failure> {
  const commit = await resolve(call, call.params['ref'] || call.repo.defaultBranch);
  if (isFailure(commit)) return notFound();
  const name = `${call.state.repos.ownerOf(call.repo).login}-${call.repo.name}-${commit.sha.slice(0, 7)}`;
  return {
    status: 200,
    bytes: await archive(call.state.repos.git(call.repo), commit.sha, name),
    type: 'application/x-gzip',
    headers: { 'content-disposition': `attachment; filename=${name}.tar.gz` },
  };
}

/** `base...head`: what head has since it left base. */
async function compare(call: RepoCall): Promise<Answer | Failure> {
  const store = call.state.repos.git(call.repo);
  const [baseName, headName] = (call.params['basehead'] ?? '').split('...');
  const strip = (name: string | undefined): string => (name ?? '').replace(/^[\w.-]+:/, '');
  const [base, head] = await Promise.all([store.resolve(strip(baseName)), store.resolve(strip(headName))]);
  if (!base || !head) return notFound();
  const common = await store.commitAt((await mergeBase(store, base.sha, head.sha)) ?? '');
  if (!common) return fail(404, `No common ancestor between ${baseName} and ${headName}.`);
  const [ahead, behind] = await Promise.all([
    countCommits(store, head.sha, base.sha),
    countCommits(store, base.sha, head.sha),
  ]);
  // Oldest first, page by page; whoever asks for no page gets the newest 250.
  const paged = call.query.has('page') || call.query.has('per_page');
  const range = { not: [base.sha], max: paged ? ahead : 250 };
  const all = (await revList(store, head.sha, range)).reverse();
  const { items, headers } = paged ? page(call, all) : { items: all, headers: {} };
  const commits = await commitsOf(store, items);
  const files = await diff(store, common.tree, head.tree);
  const { present } = call.state;
  const web = present.web(call.repo);
  const status = ahead > 0 ? (behind > 0 ? 'diverged' : 'ahead') : behind > 0 ? 'behind' : 'identical';
  const answer = {
    url: `${present.apiRepo(call.repo)}/compare/${baseName}...${headName}`,
    html_url: `${web}/compare/${baseName}...${headName}`,
    permalink_url: `${web}/compare/${base.sha}...${head.sha}`,
    diff_url: `${web}/compare/${baseName}...${headName}.diff`,
    patch_url: `${web}/compare/${baseName}...${headName}.patch`,
    base_commit: present.commit(call.repo, base),
    merge_base_commit: present.commit(call.repo, common),
    status,
    ahead_by: ahead,
    behind_by: behind,
    total_commits: ahead,
    commits: commits.map((commit) => present.commit(call.repo, commit)),
    files: files.slice(0, 300).map((file) => present.file(call.repo, head.sha, file)),
  };
  return ok(answer, headers);
}
