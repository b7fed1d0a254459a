/** Repositories, files, commits and check runs: pages and what their forms do. */
import { CommitPage } from './commit.tsx';
import { CommitsPage, FilePage, RepositoryPage } from './repository.tsx';
import { RunPage } from './run.tsx';
import { segments } from './api.ts';
import type { PagesBackend } from './backend.ts';
import type { Pages, Visit } from './pages.ts';
import { checksOf, repoOf } from './routes-issues.tsx';
import type { Annotation, CheckRun, Comment, Commit, Entry, Repository } from './shapes.ts';

const RAW = 'application/vnd.github.raw+json';

export function codePages(add: Pages, backend: PagesBackend): void {
  add.get('/:owner/:repo', async (visit) => repository(visit));
  add.get('/:owner/:repo/tree/*rest', async (visit) => repository(visit));
  add.get('/:owner/:repo/blob/*rest', file);
  add.get('/:owner/:repo/commits', commits);
  add.get('/:owner/:repo/commit/:sha', commit);
  add.post('/:owner/:repo/commit/:sha/comment', async (visit) => {
    const { sha } = visit.request.params as { sha: string };
    const body = (visit.request.body as { body?: string }).body ?? '';
    visit.done(
      await visit.api.send('POST', `/repos/${repoOf(visit)}/commits/${encodeURIComponent(sha)}/comments`, {
        body,
      }),
    );
  });
  add.get('/:owner/:repo/runs/:id', run);
  add.post('/:owner/:repo/runs/:id/action', async (visit) => {
    const { identifier } = visit.request.body as { identifier?: string };
    await press(visit, (login, repo, id) => backend.clickAction(login, repo, id, String(identifier)));
  });
  add.post('/:owner/:repo/runs/:id/rerequest', async (visit) => {
    await press(visit, (login, repo, id) => backend.rerequest(login, repo, id));
  });
}

async function press(
  visit: Visit,
  act: (login: string, repo: string, id: number) => Promise<string | undefined>,
): Promise<void> {
  const { login } = visit.view.session;
  if (!login) return visit.done({ status: 401, data: { message: 'Choose who you are first (top right).' } });
  const no = await act(login, decodeURIComponent(repoOf(visit)), Number(visit.request.params['id']));
  visit.done(no ? { status: 403, data: { message: no } } : { status: 200, data: undefined });
}

/** Splits `branch/with/slash/folder/file` by the branches that exist; a commit id is one segment. */
async function place(
  visit: Visit,
  repo: Repository,
): Promise<{ branch: string; path: string; branches: string[] }> {
  const listed = await visit.api.find<{ name: string }[]>(`/repos/${repoOf(visit)}/branches?per_page=100`);
  const branches = (listed ?? []).map((branch) => branch.name);
  const rest = ([] as string[])
    .concat((visit.request.params['rest'] as string | string[] | undefined) ?? [])
    .join('/');
  if (!rest) return { branch: repo.default_branch, path: '', branches };
  const branch = branches.find((name) => rest === name || rest.startsWith(`${name}/`)) ?? rest.split('/')[0]!;
  return { branch, path: rest.slice(branch.length + 1), branches };
}

async function repository(visit: Visit): Promise<void> {
  const base = `/repos/${repoOf(visit)}`;
  const repo = await visit.api.find<Repository>(base);
  if (!repo) return visit.notFound();
  const { branch, path, branches } = await place(visit, repo);
  const ref = encodeURIComponent(branch);
  const [head, entries] = await Promise.all([
    visit.api.find<Commit>(`${base}/commits/${ref}`),
    visit.api.find<Entry[]>(`${base}/contents/${segments(path)}?ref=${ref}`),
  ]);
  if (path && !Array.isArray(entries)) return visit.notFound();
  const listing = (entries ?? []).sort(
    (a, b) => Number(b.type === 'dir') - Number(a.type === 'dir') || (a.name < b.name ? -1 : 1),
  );
  const readme = listing.find((entry) => /^readme\.md$/i.test(entry.name));
  const text = readme
    ? await visit.api.get<string>(`${base}/contents/${segments(readme.path)}?ref=${ref}`, RAW)
    : undefined;
  const checks = head ? await checksOf(visit, repoOf(visit), head.sha) : [];
  visit.show(
    <RepositoryPage
      view={visit.view}
      repo={repo}
      branch={branch}
      path={path}
      head={head}
      checks={checks}
      entries={listing}
      readme={text?.status === 200 ? String(text.data) : undefined}
      branches={branches}
    />,
  );
}

async function file(visit: Visit): Promise<void> {
  const base = `/repos/${repoOf(visit)}`;
  const repo = await visit.api.find<Repository>(base);
  if (!repo) return visit.notFound();
  const { branch, path } = await place(visit, repo);
  const { status, data } = await visit.api.get<unknown>(
    `${base}/contents/${segments(path)}?ref=${encodeURIComponent(branch)}`,
    RAW,
  );
  if (status !== 200) return visit.notFound();
  const text = typeof data === 'string' ? data : JSON.stringify(data, null, 2);
  visit.show(<FilePage view={visit.view} repo={repo} branch={branch} path={path} text={text} />);
}

async function commits(visit: Visit): Promise<void> {
  const base = `/repos/${repoOf(visit)}`;
  const repo = await visit.api.find<Repository>(base);
  if (!repo) return visit.notFound();
  const found = await visit.api.find<Commit[]>(`${base}/commits?per_page=50`);
  visit.show(
    <CommitsPage view={visit.view} repo={repo} branch={repo.default_branch} commits={found ?? []} />,
  );
}

async function commit(visit: Visit): Promise<void> {
  const base = `/repos/${repoOf(visit)}`;
  const sha = encodeURIComponent(String(visit.request.params['sha']));
  const [repo, found, comments] = await Promise.all([
    visit.api.find<Repository>(base),
    visit.api.find<Commit>(`${base}/commits/${sha}`),
    visit.api.find<Comment[]>(`${base}/commits/${sha}/comments?per_page=100`),
  ]);
  if (!repo || !found) return visit.notFound();
  const checks = await checksOf(visit, repoOf(visit), found.sha);
  visit.show(
    <CommitPage view={visit.view} repo={repo} commit={found} checks={checks} comments={comments ?? []} />,
  );
}

async function run(visit: Visit): Promise<void> {
  const base = `/repos/${repoOf(visit)}/check-runs/${Number(visit.request.params['id'])}`;
  const [found, notes] = await Promise.all([
    visit.api.find<CheckRun>(base),
    visit.api.find<Annotation[]>(`${base}/annotations?per_page=100`),
  ]);
  if (!found) return visit.notFound();
  visit.show(
    <RunPage
      view={visit.view}
      repo={decodeURIComponent(repoOf(visit))}
      run={found}
      annotations={notes ?? []}
    />,
  );
}
