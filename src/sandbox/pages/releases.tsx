/** Releases: the list, and one with notes and files. */
import type { VNode } from 'preact';
import { Layout, Time, type View } from './layout.tsx';
import { Markdown } from './markdown.tsx';
import type { Release } from './shapes.ts';

export function ReleasesPage(props: {
  view: View;
  repo: string;
  releases: Release[];
  latest: number | undefined;
}): VNode {
  const { view, repo, releases, latest } = props;
  return (
    <Layout view={view} title={`Releases · ${repo}`} repo={repo} tab="releases">
      <h1 class="f3 mb-3">Releases</h1>
      <div data-testid="releases">
        {releases.length === 0 ? <p class="color-fg-muted">There are no releases here.</p> : null}
        {releases.map((release) => (
          <ReleaseCard release={release} isLatest={release.id === latest} level="h2" />
        ))}
      </div>
    </Layout>
  );
}

export function ReleasePage(props: { view: View; repo: string; release: Release; isLatest: boolean }): VNode {
  const { view, repo, release, isLatest } = props;
  return (
    <Layout view={view} title={`${release.name || release.tag_name} · ${repo}`} repo={repo} tab="releases">
      <ReleaseCard release={release} isLatest={isLatest} level="h1" />
    </Layout>
  );
}

function ReleaseCard(props: { release: Release; isLatest: boolean; level: 'h1' | 'h2' }): VNode {
  const { release, isLatest, level: Heading } = props;
  return (
    <section class="Box p-4 mb-4" data-testid={`release ${release.tag_name}`}>
      <div class="sp-row">
        <Heading class="f3">
          <a href={pathOf(release.html_url)}>{release.name || release.tag_name}</a>
        </Heading>
        {release.draft ? <span class="Label Label--attention">Draft</span> : null}
        {release.prerelease ? <span class="Label Label--secondary">Pre-release</span> : null}
        {isLatest ? <span class="Label Label--success">Latest</span> : null}
      </div>
      <p class="color-fg-muted text-small">
        <code data-testid="tag">{release.tag_name}</code> by {release.author?.login} ·{' '}
        <Time at={release.published_at ?? release.created_at} />
      </p>
      <div data-testid="notes">
        <Markdown text={release.body ?? ''} />
      </div>
      {release.assets.length > 0 ? <Assets release={release} /> : null}
    </section>
  );
}

function Assets({ release }: { release: Release }): VNode {
  return (
    <table class="mt-3 width-full" data-testid="assets">
      <caption class="text-bold text-left">Assets ({release.assets.length})</caption>
      <thead>
        <tr>
          {['File', 'Size', 'Digest', 'Uploaded'].map((name) => (
            <th scope="col" class="text-left">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {release.assets.map((asset) => (
          <tr data-testid={`asset ${asset.name}`}>
            <td>
              {asset.state === 'uploaded' ? (
                <a href={pathOf(asset.browser_download_url)} data-testid={`download ${asset.name}`}>
                  {asset.label || asset.name}
                </a>
              ) : (
                `${asset.name} (upload broke off)`
              )}
            </td>
            <td>{asset.size} bytes</td>
            <td>
              <code class="text-small" data-testid="digest">
                {asset.digest ?? ''}
              </code>
            </td>
            <td>
              <Time at={asset.created_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const pathOf = (url: string): string => new URL(url).pathname;
