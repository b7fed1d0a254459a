/** Releases: pages and downloads. A draft is found under its untagged name, by whoever may write. */
import type { PagesBackend } from './backend.ts';
import type { Pages, Visit } from './pages.ts';
import { ReleasePage, ReleasesPage } from './releases.tsx';
import { repoOf } from './routes-issues.tsx';
import type { Release, Repository } from './shapes.ts';

export function releasePages(add: Pages, backend: PagesBackend): void {
  add.get('/:owner/:repo/releases', async (visit) => {
    const base = `/repos/${repoOf(visit)}`;
    const [repo, releases, latest] = await Promise.all([
      visit.api.find<Repository>(base),
      visit.api.find<Release[]>(`${base}/releases?per_page=100`),
      visit.api.find<Release>(`${base}/releases/latest`),
    ]);
    if (!repo || !releases) return visit.notFound();
    visit.show(
      <ReleasesPage view={visit.view} repo={repo.full_name} releases={releases} latest={latest?.id} />,
    );
  });
  add.get('/:owner/:repo/releases/tag/:tag', async (visit) => {
    const base = `/repos/${repoOf(visit)}`;
    const [repo, releases, latest] = await Promise.all([
      visit.api.find<Repository>(base),
      visit.api.find<Release[]>(`${base}/releases?per_page=100`),
      visit.api.find<Release>(`${base}/releases/latest`),
    ]);
    const release = releases?.find((one) => placeOf(one) === visit.request.params['tag']);
    if (!repo || !release) return visit.notFound();
    visit.show(
      <ReleasePage
        view={visit.view}
        repo={repo.full_name}
        release={release}
        isLatest={release.id === latest?.id}
      />,
    );
  });
  add.get('/:owner/:repo/releases/download/:tag/:name', async (visit) => {
    const { tag = '', name = '' } = visit.request.params as Record<string, string>;
    const file = backend.download(visit.view.session.login, nameOf(visit), tag, name);
    return file ? visit.send(file) : visit.notFound();
  });
}

/** Last part of its address. */
function placeOf(release: Release): string {
  return decodeURIComponent(new URL(release.html_url).pathname.split('/').at(-1) ?? '');
}

const nameOf = (visit: Visit): string => decodeURIComponent(repoOf(visit));
